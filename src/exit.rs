//! Exit codes, those of sysexits(3), and why the program ends with one.

/// Something was looked over, and not all of it is right.
pub const NOT_ALL_RIGHT: u8 = 1;
/// The command line means nothing.
pub const USAGE: u8 = 64;
/// The message is not acceptable.
pub const BAD_DATA: u8 = 65;
/// There is no Users directory.
pub const NO_INPUT: u8 = 66;
/// There is no such user.
pub const NO_USER: u8 = 67;
/// The address can't be listened on.
pub const UNAVAILABLE: u8 = 69;
/// The system refuses something that should always work.
pub const SYSTEM: u8 = 71;
/// A file can't be created.
pub const CANNOT_CREATE: u8 = 73;
/// Something can't be written.
pub const CANNOT_WRITE: u8 = 74;
/// It may work next time.
pub const TRY_AGAIN: u8 = 75;
/// Somebody has pressed Ctrl-C; what a shell reports of it.
pub const INTERRUPTED: u8 = 130;
/// The port is not for ordinary users.
pub const NO_PERMISSION: u8 = 77;

/// An exit code and the sentence for standard error.
pub type Failure = (u8, String);
