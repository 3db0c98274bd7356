//! Every number that bounds something, each with its reason.
//!
//! Numbers that a format fixes (a header's length, a record's) stay with the format.

use std::time::Duration;

/// Octets of a command line with its line end. RFC 1081 gives no limit; a
/// password may hold spaces and be long, and nobody types more than this.
pub const COMMAND_LINE: usize = 1024;

/// Octets of a one-line reply with its CRLF (RFC 1939, p. 3).
pub const REPLY_LINE: usize = 512;

/// Octets asked of the client per read: room for a burst of pipelined commands.
pub const INPUT_BUFFER: usize = 4096;

/// The same at first, before a client has sent as much at once: most never do.
pub const FIRST_INPUT_BUFFER: usize = 512;

/// Octets of replies gathered before they are written: large enough that a
/// system call costs little beside the copying, small enough to stay in cache.
pub const OUTPUT_BUFFER: usize = 64 * 1024;

/// Octets allocated for the replies of a connection at first: two of one line.
/// They are in memory for as long as it lasts.
pub const IDLE_OUTPUT: usize = 1024;

/// Octets by which the room for replies grows beyond that, and which an idle
/// connection may keep: enough for most messages.
pub const OUTPUT_STEP: usize = 8 * 1024;

/// Octets of a maildrop looked at in one go while it is burst or copied.
pub const FILE_BUFFER: usize = 256 * 1024;

/// Octets of each place at which a large part of a maildrop is sampled: more
/// than any header, so that no two places of it look alike by chance.
pub const SAMPLE: u64 = 16 * 1024;

/// Octets of a maildrop read in one go for RETR and TOP.
pub const MESSAGE_BUFFER: usize = 64 * 1024;

/// Octets of a user's name (RFC 1939, p. 3: an argument has up to 40).
pub const USER_NAME: usize = 40;

/// Octets of the password line. A longer one can't be typed in a command line.
pub const PASSWORD_LINE: usize = COMMAND_LINE;

/// Octets of `Users/.rhosts/NAME` that are looked at.
pub const RHOSTS_FILE: u64 = 64 * 1024;

/// Without a command for this long the session ends without UPDATE; RFC 1939,
/// p. 3 asks for at least ten minutes.
pub const AUTOLOGOUT: Duration = Duration::from_secs(600);

/// Who is not logged in by then makes room for others; by hand it takes some
/// ten seconds.
pub const LOGIN_TIME: Duration = Duration::from_secs(60);

/// What an option for a time accepts at most, some thirty years: more than that
/// can't be added to what the clock shows.
pub const LONGEST_TIME: Duration = Duration::from_secs(1_000_000_000);

/// From the first octet of a command line to its end; by hand it takes seconds,
/// and a client that sends an octet now and then must not keep its maildrop so.
pub const LINE_TIME: Duration = Duration::from_secs(60);

/// A reply of which the client takes nothing for this long ends the session.
pub const REPLY_STALL: Duration = Duration::from_secs(60);

/// Replies may be taken as slowly as one likes for this long; after that the
/// client must have taken, over all of them, [`REPLY_RATE`].
pub const REPLY_TIME: Duration = Duration::from_secs(600);

/// Octets per second of a reply that takes longer than [`REPLY_TIME`]: a modem
/// of 1,200 bits per second, the slowest of the memo's days, carries 120.
pub const REPLY_RATE: u64 = 100;

/// Octets written to a pipe or a terminal in one go: a part of which nothing
/// more is taken for [`REPLY_STALL`] ends the session.
pub const PIPE_PART: usize = 4096;

/// Logins that may fail on a connection; then it is closed. A typing error or
/// two is human.
pub const FAILED_LOGINS: u32 = 3;

/// How long the reply to the first failed login takes; each further one takes
/// twice as long. Guessing costs the guesser time, and a person hardly notices.
pub const LOGIN_DELAY: Duration = Duration::from_secs(1);

/// Bad commands on a connection before a login: a student who tries every
/// command of the memo in the wrong state gets through, a web browser that
/// sends its headers does not.
pub const BAD_COMMANDS_BEFORE_LOGIN: u32 = 25;

/// Bad commands after a login: of somebody known, one expects better.
pub const BAD_COMMANDS: u32 = 100;

/// How long a login waits for a delivery or another program that is writing.
pub const LOGIN_LOCK_WAIT: Duration = Duration::from_secs(2);

/// How long UPDATE waits for the same: a QUIT that gives up leaves mail to be
/// fetched twice, and clients wait for a minute or more.
pub const UPDATE_LOCK_WAIT: Duration = Duration::from_secs(30);

/// How long a delivery waits for the write lock before it says "try again".
pub const DELIVERY_LOCK_WAIT: Duration = Duration::from_secs(30);

/// Pause between two looks at a lock that somebody holds; locks are held for
/// moments, and 200 looks a second cost nothing.
pub const LOCK_PAUSE: Duration = Duration::from_millis(5);

/// How often a login or a delivery starts again because the maildrop was
/// replaced under its hands. An editor replaces a file once.
pub const REOPENINGS: usize = 10;

/// Pause between the two looks after which a delivery says that there is no such
/// user: longer than an editor that replaces a file leaves its name free.
pub const ABSENCE_PAUSE: Duration = Duration::from_millis(250);

/// File systems stamp times with the tick of the kernel's clock, 1 to 10 ms;
/// two changes within one tick may look like one. Twice the slowest tick.
pub const CLOCK_GRAIN: Duration = Duration::from_millis(20);

/// Octets that a delivery appends with one call: a writer without a lock can
/// come between two calls, but not into one. A multiple of `FILE_BUFFER`.
pub const APPEND_BUFFER: usize = 16 * 1024 * 1024;

/// Octets of a message that `deliver` accepts unless told otherwise.
pub const MAX_MESSAGE: u64 = 64 * 1024 * 1024;

/// Octets of an incoming message held in memory; more goes to a nameless file.
pub const SPOOL_MEMORY: usize = 1024 * 1024;

/// Sessions at once unless told otherwise: three descriptors each must fit
/// beside the rest into what a system usually allows a process.
pub const MAX_SESSIONS: usize = 300;

/// Octets of stack per session. Only touched pages cost memory.
pub const SESSION_STACK: usize = 256 * 1024;

/// Connections that the system keeps for us until they are accepted; it cuts
/// this down to what it allows (net.core.somaxconn, usually 4096). With the 128
/// of std, a lab that connects all at once waits for a second and more.
pub const BACKLOG: i32 = 4096;

/// Threads that wait for clients at an address. More than that end after their
/// session: they would only keep memory that a crowd has needed once.
pub const WAITING_THREADS: usize = 16;

/// Pause after an accept that failed for want of descriptors or memory, so
/// that the wait for better times does not take a whole processor.
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Messages of a maildrop. With some 90 octets each they are what a session with
/// a large maildrop needs most memory for; nobody's mailbox comes near it.
pub const MESSAGES: usize = 10_000_000;

/// Between two lines of the log about the same trouble, of which there may be
/// thousands in a second.
pub const LOG_PAUSE: Duration = Duration::from_secs(1);

/// Of a response of many lines a transcript shows the first and the last: the
/// headers of most messages, and how it ends.
pub const ELISION_FIRST: usize = 8;
pub const ELISION_LAST: usize = 4;

/// Octets of a line of a response that a transcript shows: what a wide terminal
/// holds, and more than a well-made line has.
pub const SHOWN_LINE: usize = 200;

/// Octets of a transcript that are gathered at most before they are written; when
/// the client is waited for, they are written anyway.
pub const TRANSCRIPT_BUFFER: usize = 16 * 1024;

/// Names that are tried for a transcript: other servers may have taken as many
/// in the same second.
pub const TRANSCRIPT_NAMES: u64 = 1000;
