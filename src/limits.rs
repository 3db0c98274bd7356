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

/// Octets of replies gathered before they are written: large enough that a
/// system call costs little beside the copying, small enough to stay in cache.
pub const OUTPUT_BUFFER: usize = 64 * 1024;

/// Octets that an idle connection may keep allocated for its replies.
pub const IDLE_OUTPUT: usize = 8 * 1024;

/// Octets of a maildrop looked at in one go while it is burst or copied.
pub const FILE_BUFFER: usize = 256 * 1024;

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

/// A reply of which the client takes nothing for this long ends the session.
pub const REPLY_STALL: Duration = Duration::from_secs(60);

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

/// Pause after an accept that failed for want of descriptors or memory, so
/// that the wait for better times does not take a whole processor.
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
