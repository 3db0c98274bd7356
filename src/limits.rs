//! The bounds of the server: how much it accepts, how long it waits, how much memory
//! it takes, each with its unit and its reason.
//!
//! Numbers that a protocol or a file format fixes, and those by which one algorithm
//! works (a window, a sample), are beside it.

use std::time::Duration;

/// Octets of a command line with its line end. RFC 1081 gives no limit; a
/// password may hold spaces and be long, and nobody types more than this.
pub const COMMAND_LINE: usize = 1024;

/// Octets of a one-line reply with its CRLF (RFC 1939, p. 3).
pub const REPLY_LINE: usize = 512;

/// Octets of a client read at a time: room for some 150 pipelined commands. Every
/// session has a buffer of this size.
pub const INPUT_BUFFER: usize = 2048;

/// Octets of replies gathered before they are written: large enough that a
/// system call costs little beside the copying, small enough to stay in cache.
pub const OUTPUT_BUFFER: usize = 64 * 1024;

/// Octets allocated for the replies of a connection at first: two of one line.
/// They are in memory for as long as it lasts.
pub const IDLE_OUTPUT: usize = 1024;

/// Octets by which the room for replies grows beyond that, and which an idle
/// connection may keep: enough for most messages.
pub const OUTPUT_STEP: usize = 8 * 1024;

/// Octets of a maildrop read at once while it is burst or copied.
pub const FILE_BUFFER: usize = 256 * 1024;

/// Octets of each sample of a large part of a maildrop: more than any header, so
/// that no two samples are alike by chance.
pub const SAMPLE: u64 = 16 * 1024;

/// Octets of mail that a removal moves at a time: so much free disk it needs twice, and
/// each time costs a few flushes.
pub const MOVED_PART: u64 = 32 * 1024 * 1024;

/// Octets that every disk and file system writes as one at least.
pub const SECTOR: u64 = 512;

/// The same on a full disk: two of these parts fit into the block that `NAME.lock` has.
pub const SMALLEST_PART: u64 = 1024;

/// Octets that `NAME.lock` keeps after a change, so that the next one of its size needs
/// no new blocks.
pub const KEPT_PAYLOAD: u64 = 64 * 1024;

/// Octets of a maildrop read at once for RETR and TOP.
pub const MESSAGE_BUFFER: usize = 64 * 1024;

/// Octets of a user's name (RFC 1939, p. 3: an argument has up to 40).
pub const USER_NAME: usize = 40;

/// Octets of the password line: a longer one does not fit into a command line.
pub const PASSWORD_LINE: usize = COMMAND_LINE;

/// Octets of a list of users: some hundred thousand of them.
pub const USER_LIST: u64 = 16 * 1024 * 1024;

/// Wrong lines of it that are named: a terminal has 24, and it may be another kind of file.
pub const FAULTS_NAMED: u64 = 20;

/// Files of new users that one thread flushes, if there are not many more, and how many
/// threads do so.
pub const FLUSHED_BY_ONE: usize = 64;
pub const FLUSHING: usize = 16;

/// Octets of `Users/.rhosts/NAME` that are read.
pub const RHOSTS_FILE: u64 = 64 * 1024;

/// Without a command for this long the session ends without UPDATE, before the login
/// as after it; RFC 1939, p. 4 asks for at least ten minutes.
pub const AUTOLOGOUT: Duration = Duration::from_secs(600);

/// A client must log in within this time while more than half of the slots are
/// taken; by hand it takes some ten seconds.
pub const LOGIN_TIME: Duration = Duration::from_secs(60);

/// After that time, how long until the slots are looked at again.
pub const CROWD_LOOK: Duration = Duration::from_secs(10);

/// A TCP connection on which nothing has passed for this long is asked whether the machine
/// at its other end is still there; with what follows, a maildrop whose client has lost
/// its network or its power is free again after two minutes.
pub const KEEPALIVE_IDLE: Duration = Duration::from_secs(60);

/// Pause between these questions, and how many remain without an answer: as many as are
/// lost on a bad line.
pub const KEEPALIVE_PAUSE: Duration = Duration::from_secs(15);
pub const KEEPALIVE_RETRIES: u32 = 4;

/// How long a server that ends waits for the sessions in UPDATE: twice as long as one of
/// them waits for another program, and less than the 90 seconds after which systemd kills.
pub const END_TIME: Duration = Duration::from_secs(60);

/// Longest time that an option accepts, some thirty years: more than that can't be
/// added to the time of a clock.
pub const LONGEST_TIME: Duration = Duration::from_secs(1_000_000_000);

/// From the first octet of a command line to its end; by hand it takes seconds,
/// and a client that sends an octet now and then must not keep its maildrop so.
pub const LINE_TIME: Duration = Duration::from_secs(60);

/// A reply of which the client takes nothing for this long ends the session.
pub const REPLY_STALL: Duration = Duration::from_secs(60);

/// A client may take replies as slowly as it likes for this long; after that it
/// must have taken [`REPLY_RATE`] on average.
pub const REPLY_TIME: Duration = Duration::from_secs(600);

/// Octets per second of a reply that takes longer than [`REPLY_TIME`]: a modem
/// of 1,200 bits per second, the slowest of the memo's days, carries 120.
pub const REPLY_RATE: u64 = 100;

/// Octets written to a pipe or a terminal at once. If none is taken for
/// [`REPLY_STALL`] the session ends.
pub const PIPE_PART: usize = 4096;

/// Failed logins after which a connection is closed: two may be typing errors.
pub const FAILED_LOGINS: u32 = 3;

/// Delay of the reply to the first failed login, doubled for each further one: it
/// slows down guessing, and a person hardly notices.
pub const LOGIN_DELAY: Duration = Duration::from_secs(1);

/// Bad commands on a connection before a login: a student who tries every
/// command of the memo in the wrong state gets through.
pub const BAD_COMMANDS_BEFORE_LOGIN: u32 = 25;

/// Bad commands after a login: a person at telnet stays below, a broken client does
/// not go on for ever.
pub const BAD_COMMANDS: u32 = 100;

/// How long a login waits for a delivery or another program that is writing.
pub const LOGIN_LOCK_WAIT: Duration = Duration::from_secs(2);

/// How long UPDATE waits for the same: after a QUIT that gives up, mail is fetched
/// twice, and clients wait for a minute or more.
pub const UPDATE_LOCK_WAIT: Duration = Duration::from_secs(30);

/// How long a delivery waits for the write lock before it says "try again".
pub const DELIVERY_LOCK_WAIT: Duration = Duration::from_secs(30);

/// Pause between two attempts to take a lock: locks are held for moments, and 200
/// attempts a second cost nothing.
pub const LOCK_PAUSE: Duration = Duration::from_millis(5);

/// The first such pause, of which each further one is twice the last: a delivery or a
/// login holds a lock for a millisecond or less.
pub const FIRST_LOCK_PAUSE: Duration = Duration::from_micros(200);

/// How often a login or a delivery starts again because the maildrop was replaced
/// meanwhile. An editor replaces a file once.
pub const REOPENINGS: usize = 100;

/// Pause between the two looks after which a delivery says that there is no such
/// user: longer than an editor that replaces a file leaves its name free.
pub const ABSENCE_PAUSE: Duration = Duration::from_millis(250);

/// Twice the slowest tick of the clock by which file systems stamp times, which is
/// 1 to 10 ms: two changes within one tick may have the same time.
pub const CLOCK_GRAIN: Duration = Duration::from_millis(20);

/// Octets that the system takes with one call at most. A longer delivery needs a second
/// one, and a writer without a lock can come in between.
pub const ONE_CALL: usize = 0x7fff_f000;

/// Octets of a message that `deliver` accepts by default.
pub const MAX_MESSAGE: u64 = 64 * 1024 * 1024;

/// Octets of an incoming message in which its Return-Path is looked for.
pub const HEADERS: u64 = 64 * 1024;

/// Sessions at once by default: with three descriptors each they stay below what a
/// system usually allows a process.
pub const MAX_SESSIONS: usize = 300;

/// Octets of stack per session. Only touched pages cost memory.
pub const SESSION_STACK: usize = 256 * 1024;

/// Connections that may wait to be accepted; the system may allow fewer
/// (net.core.somaxconn, usually 4096). With the 128 of std, a lab that connects all
/// at once waits for a second and more.
pub const BACKLOG: i32 = 4096;

/// Threads that wait for clients at an address. More than that end after their
/// session: they would only keep memory that a crowd has needed once.
pub const WAITING_THREADS: usize = 16;

/// Pause after an accept that failed for lack of descriptors or memory, so that trying again
/// does not take a whole processor; and between two where accept(2) has no timeout.
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How long a server may be silent until `talk` goes on without it, where its input has
/// ended or waits for a reply: UPDATE may wait half as long for a lock.
pub const TALK_SILENCE: Duration = Duration::from_secs(60);

/// Octets of a line that `talk` sends at once, and of a line of the server that it keeps.
pub const TALK_PART: usize = 8 * 1024;

/// Messages of a maildrop, at some 90 octets of memory each: more than any mailbox
/// has.
pub const MESSAGES: usize = 10_000_000;

/// Shortest time between two lines of the log about the same kind of error, of which
/// there may be thousands in a second.
pub const LOG_PAUSE: Duration = Duration::from_secs(1);

/// Lines of a long response that a transcript shows, at its start and at its end: the
/// headers of most messages, and how it ends.
pub const ELISION_FIRST: usize = 8;
pub const ELISION_LAST: usize = 4;

/// Octets of a line of a response that a transcript shows: the width of a wide
/// terminal, and more than an ordinary line has.
pub const SHOWN_LINE: usize = 200;

/// Octets of a transcript that are buffered at most; they are also written whenever
/// the server waits for the client.
pub const TRANSCRIPT_BUFFER: usize = 16 * 1024;

/// Octets of a transcript that is summed up: that of a session of some days.
pub const READ_TRANSCRIPT: u64 = 64 * 1024 * 1024;

/// Names that are tried for a transcript: other servers may have taken some in the
/// same second.
pub const TRANSCRIPT_NAMES: u64 = 1000;

/// Octets behind line one that are checked when a server starts.
pub const CHECKED_AT_START: u64 = 64 * 1024;

/// Texts of one or a few lines that wait for a terminal or a pipe before more are dropped.
pub const TERMINAL_QUEUE: usize = 1024;

/// How long the end of the program waits until they are written.
pub const TERMINAL_END: Duration = Duration::from_secs(1);
