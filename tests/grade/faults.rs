//! The classic faults of POP3 servers, and by which statements each must be found out: by those
//! that it breaks, and by no others.

use pop1081::grade::catalogue::Rfc;
use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// RETR is the end of the server.
    RetrCrashes,
    /// RETR is never answered, and nobody else is.
    RetrHangs,
    /// RETR sends lines without end.
    RetrFloods,
    /// Each session leaves a descriptor open.
    LeaksDescriptors,
    /// Each session leaves a child that has ended.
    LeavesZombies,
    /// Each session leaves a child that goes on.
    LeavesChildren,
    /// After eight sessions nobody is accepted.
    StopsAccepting,
    /// The server ends with its first session.
    EndsWithSession,
    /// What QUIT removes is removed in memory alone.
    RemovesInMemory,
    /// The lock outlives the server.
    LockOutlives,
    /// Writes to standard output without end.
    FloodsOutput,
    /// Fills the directory with files.
    FillsDirectory,
    /// RETR 0 sends message 1.
    RetrZero,
    /// LIST lists deleted messages.
    DeletedListed,
    /// TOP leaves the mark of RETR.
    TopMarks,
    /// Any session that ends frees the lock.
    LockFreedByAll,
    /// While a client is logged in, STAT of any other is answered.
    LoginIsShared,
    /// The beginning of the name does.
    NamePrefix,
    /// STAT counts deleted messages.
    DeletedCounted,
    /// STAT counts the octets of deleted messages, but not the messages.
    DeletedOctetsCounted,
    /// RETR sends deleted messages.
    DeletedFetched,
    /// DELE takes deleted messages.
    DeletedTwice,
    /// After a DELE the later messages move up.
    NumbersShift,
    /// LIST numbers messages from 0.
    ListFromZero,
    /// The lines of TOP are counted from the first header.
    TopCountsHeaders,
    /// A blank line more after each message.
    ExtraBlankLine,
    /// No byte-stuffing.
    Unstuffed,
    /// No CRLF after a last line that has no end.
    UnendedLastLine,
    /// No "." after a message.
    NoEnd,
    /// Lines are cut where a buffer of 1 kB ends.
    LongLinesCut,
    /// Spaces and tabs at the end of a line are lost.
    TrailingBlanks,
    /// The eighth bit is lost.
    SevenBits,
    /// A line end counts one octet.
    LineFeedCounted,
    /// The dots of byte-stuffing count.
    StuffingCounted,
    /// RSET sets the highest number accessed to 0.
    RsetZeroesLast,
    /// RSET leaves it as it is.
    RsetKeepsLast,
    /// RSET unmarks nothing.
    RsetDoesNothing,
    /// What was accessed is forgotten with the session.
    LastNotKept,
    /// What is remembered is a number, not a message.
    LastIsNumber,
    /// TOP raises the highest number accessed.
    TopAccesses,
    /// RETR of a lower number lowers the highest number accessed.
    LastLowers,
    /// DELE does not raise it.
    DeleNotAccessed,
    /// DELE removes.
    DeleAtOnce,
    /// A broken connection updates the maildrop.
    DeleteOnDisconnect,
    /// QUIT removes nothing.
    NothingRemoved,
    /// QUIT removes the next message too.
    NeighbourRemoved,
    /// Nothing is locked.
    NoLock,
    /// A broken connection keeps its lock.
    LockNotFreed,
    /// So does QUIT: nobody logs in a second time.
    LockKeptByQuit,
    /// USER is taken after a good USER.
    SecondUser,
    /// USER takes every name.
    EveryName,
    /// PASS is taken without a USER.
    PassWithoutUser,
    /// PASS is taken again after a refused PASS.
    SecondGuess,
    /// Every password is right.
    AnyPassword,
    /// Only the beginning of the password is compared.
    PasswordPrefix,
    /// Any beginning of the password is right.
    PasswordBeginning,
    /// Capital and small letters of the password are the same.
    PasswordAnyCase,
    /// After a refused PASS the maildrop is open all the same.
    RefusedPassEnters,
    /// USER takes the lock.
    LockAtUser,
    /// QUIT closes without a word.
    QuitWithoutReply,
    /// QUIT does not close.
    QuitLeavesOpen,
    /// QUIT is answered, and the connection stays open for ever.
    NeverCloses,
    /// QUIT with an argument is a QUIT.
    QuitWithArgument,
    /// Commands without arguments take some.
    ArgumentsIgnored,
    /// What is no command here closes the connection.
    MistakeCloses,
    /// A number beyond 64 bits ends the session.
    HugeNumberKills,
    /// NOOP is answered twice.
    TwoReplies,
    /// NOOP is not answered.
    Silence,
    /// "+ok".
    SmallLetters,
    /// Lines end in LF alone.
    BareLineFeeds,
    /// Whatever arrives at once is taken for one line.
    ReadIsALine,
    /// The greeting is -ERR.
    NegativeGreeting,
    /// RPOP ends the session.
    RpopCloses,
    /// STAT says more than two numbers.
    StatSaysMore,
    /// STAT has two spaces between its numbers.
    TwoSpaces,
    /// The unique-id is the number of the message.
    UniqueIdIsNumber,
    /// The unique-id is another one in each session.
    UniqueIdOfSession,
    /// All messages have the same unique-id.
    UniqueIdAlike,
    /// The unique-id has a space in it.
    UniqueIdWithSpace,
    /// Every greeting has the same timestamp.
    SameTimestamp,
    /// The third wrong password closes the connection.
    ThreeGuesses,
    /// APOP takes every digest.
    AnyDigest,
    /// No fault: where the memo leaves freedom, everything is done otherwise.
    Liberal,
    /// No fault: PASS waits for the lock before it is refused.
    WaitsForLock,
    /// No fault: each answer takes some time.
    Slow(Duration),
    /// No fault: answers come octet by octet.
    SingleOctets,
    /// That command is answered with +OK in the other state.
    StateNotChecked(&'static str),
}

/// Faults of a server that the examiner has started, and the statements that they break.
pub const STARTED: &[(Fault, &str)] = &[
    (Fault::LeaksDescriptors, "~closes-descriptors"),
    (Fault::LeavesZombies, "~ends-processes"),
    (Fault::LeavesChildren, "~ends-processes"),
    (Fault::StopsAccepting, "serves-on"),
    (Fault::EndsWithSession, "example-next-connection finished-update serves-on"),
    (Fault::RemovesInMemory, "durable-removal"),
    (Fault::LockOutlives, "durable-maildrop"),
    (Fault::DeleAtOnce, "durable-maildrop"),
    (Fault::NothingRemoved, "durable-removal finished-update"),
    (Fault::TrailingBlanks, "retr-sends"),
    (Fault::RetrCrashes, "retr-sends"),
    (Fault::RetrHangs, "retr-sends"),
    (Fault::RetrFloods, "retr-sends"),
    (Fault::FloodsOutput, ""),
    (Fault::FillsDirectory, ""),
];

/// Each fault, the memo by which it is one, and the statements that it breaks; ~ before those by
/// which it is only noted.
pub const MATRIX: &[(Fault, Rfc, &str)] = &[
    (Fault::RetrZero, Rfc::Rfc1081, "retr-no-such"),
    (Fault::DeletedListed, Rfc::Rfc1081, "list-without-deleted"),
    (Fault::DeletedCounted, Rfc::Rfc1081, "stat-without-deleted summary-stat-counts"),
    (Fault::DeletedOctetsCounted, Rfc::Rfc1081, "stat-without-deleted"),
    (Fault::DeletedFetched, Rfc::Rfc1081, "dele-future-reference retr-not-deleted"),
    (Fault::DeletedTwice, Rfc::Rfc1081, "dele-future-reference dele-not-deleted"),
    (
        Fault::NumbersShift,
        Rfc::Rfc1081,
        "dele-future-reference dele-not-deleted list-not-deleted list-without-deleted \
         retr-not-deleted top-not-deleted",
    ),
    (
        Fault::ListFromZero,
        Rfc::Rfc1081,
        "example-session list-all list-number-first ~list-nothing-more list-size-next \
         list-without-deleted message-ids",
    ),
    (Fault::TopCountsHeaders, Rfc::Rfc1081, "top-sends"),
    (Fault::ExtraBlankLine, Rfc::Rfc1081, "retr-sends"),
    (
        Fault::Unstuffed,
        Rfc::Rfc1081,
        "byte-stuffing multiline-five-octets retr-stuffed top-stuffed unstuffing",
    ),
    (Fault::UnendedLastLine, Rfc::Rfc1081, "multiline-five-octets retr-sends"),
    (
        Fault::NoEnd,
        Rfc::Rfc1081,
        "byte-stuffing example-session format-messages last-line-apart minimal-commands \
         multiline-five-octets multiline-last-line multiline-lines retr-sends retr-stuffed unstuffing",
    ),
    (Fault::LongLinesCut, Rfc::Rfc1081, "retr-sends"),
    (Fault::SevenBits, Rfc::Rfc1081, "retr-sends"),
    (Fault::LineFeedCounted, Rfc::Rfc1081, "format-octets list-size-next stat-size-next"),
    (Fault::StuffingCounted, Rfc::Rfc1081, "format-stuffing-not-counted list-size-next stat-size-next"),
    (Fault::RsetZeroesLast, Rfc::Rfc1081, "rset-highest"),
    (Fault::RsetKeepsLast, Rfc::Rfc1081, "rset-highest"),
    (Fault::RsetDoesNothing, Rfc::Rfc1081, "rset-unmarks"),
    (Fault::LastNotKept, Rfc::Rfc1081, "highest-at-start last-newer-unseen pass-finds-last"),
    (Fault::LastIsNumber, Rfc::Rfc1081, "highest-at-start pass-finds-last"),
    (Fault::TopAccesses, Rfc::Rfc1081, "top-accesses-nothing"),
    (Fault::TopMarks, Rfc::Rfc1081, "top-accesses-nothing"),
    (Fault::LockFreedByAll, Rfc::Rfc1081, "pass-locks"),
    (Fault::LoginIsShared, Rfc::Rfc1081, "identify-first"),
    (Fault::NamePrefix, Rfc::Rfc1081, "pass-judges-the-pair"),
    (Fault::ThreeGuesses, Rfc::Rfc1081, "~refused-pass-thrice"),
    (Fault::TrailingBlanks, Rfc::Rfc1081, "format-messages retr-sends"),
    (Fault::LastLowers, Rfc::Rfc1081, "retr-never-lowers"),
    (Fault::DeleNotAccessed, Rfc::Rfc1081, "dele-raises-highest"),
    (Fault::DeleAtOnce, Rfc::Rfc1081, "rset-unmarks transaction-until-quit"),
    (Fault::DeleteOnDisconnect, Rfc::Rfc1081, "transaction-until-quit"),
    (Fault::NothingRemoved, Rfc::Rfc1081, "finished-update update-from-transaction update-removes"),
    (Fault::NeighbourRemoved, Rfc::Rfc1081, "finished-update update-from-transaction update-removes"),
    (Fault::NoLock, Rfc::Rfc1081, "identified-acquires pass-locks pass-refused-locked pass-unable-to-lock"),
    (Fault::LockNotFreed, Rfc::Rfc1081, "exchange-until-end"),
    (Fault::LockKeptByQuit, Rfc::Rfc1081, "finished-update update-releases update-unlocks"),
    (Fault::SecondUser, Rfc::Rfc1081, "user-only-when"),
    (Fault::EveryName, Rfc::Rfc1081, "~user-unheard-of"),
    (Fault::PassWithoutUser, Rfc::Rfc1081, "pass-judges-the-pair pass-only-after-user user-comes-first"),
    (Fault::SecondGuess, Rfc::Rfc1081, "pass-only-after-user"),
    (Fault::AnyPassword, Rfc::Rfc1081, "pass-argument pass-invalid pass-refused-denied"),
    (Fault::PasswordPrefix, Rfc::Rfc1081, "pass-invalid pass-refused-denied"),
    (Fault::PasswordBeginning, Rfc::Rfc1081, "pass-argument pass-invalid"),
    (Fault::PasswordAnyCase, Rfc::Rfc1081, "pass-invalid"),
    (Fault::RefusedPassEnters, Rfc::Rfc1081, "identify-first refused-pass-then-user"),
    (Fault::LockAtUser, Rfc::Rfc1081, "pass-locks"),
    (
        Fault::QuitWithoutReply,
        Rfc::Rfc1081,
        "example-session quit-any-time quit-ok refused-pass-then-quit refused-user-then-quit \
         summary-update update-quit-any-time update-tells-success user-then-quit",
    ),
    (
        Fault::QuitLeavesOpen,
        Rfc::Rfc1081,
        "example-session goodbye-then-closed refused-pass-then-quit refused-user-then-quit \
         summary-update update-closes user-then-quit",
    ),
    (
        Fault::NeverCloses,
        Rfc::Rfc1081,
        "example-session goodbye-then-closed refused-pass-then-quit refused-user-then-quit \
         summary-update update-closes user-then-quit",
    ),
    (Fault::QuitWithArgument, Rfc::Rfc1081, "~quit-no-argument ~update-quit-no-argument"),
    (
        Fault::ArgumentsIgnored,
        Rfc::Rfc1081,
        "~last-no-argument ~noop-no-argument ~rset-no-argument ~stat-no-argument",
    ),
    (
        Fault::MistakeCloses,
        Rfc::Rfc1081,
        "dele-only-transaction greeting-then-authorization identify-first last-only-transaction \
         list-only-transaction noop-only-transaction pass-only-authorization retr-only-transaction \
         rset-only-transaction stat-only-transaction summary-authorization summary-optional \
         summary-replies summary-transaction top-only-transaction user-only-authorization ~empty-line",
    ),
    (Fault::HugeNumberKills, Rfc::Rfc1081, "list-no-such retr-no-such"),
    (Fault::TwoReplies, Rfc::Rfc1081, "noop-does-nothing transaction-one-response"),
    (
        Fault::Silence,
        Rfc::Rfc1081,
        "minimal-commands noop-ok noop-only-transaction summary-authorization summary-transaction \
         transaction-one-response",
    ),
    (Fault::SmallLetters, Rfc::Rfc1081, "two-indicators"),
    (Fault::BareLineFeeds, Rfc::Rfc1081, "greeting-one-line multiline-lines response-crlf"),
    (Fault::ReadIsALine, Rfc::Rfc1081, "command-crlf summary-update ~commands-at-once"),
    (Fault::NegativeGreeting, Rfc::Rfc1081, "example-session greeting-positive"),
    (Fault::StatSaysMore, Rfc::Rfc1081, "~listings-stay-plain ~stat-nothing-more"),
    (Fault::TwoSpaces, Rfc::Rfc1939, "stat-single-spaces"),
    (Fault::UniqueIdIsNumber, Rfc::Rfc1939, "uidl-persists"),
    (Fault::UniqueIdOfSession, Rfc::Rfc1939, "uidl-persists uidl-persists-without-update"),
    (Fault::UniqueIdAlike, Rfc::Rfc1939, "uidl-unique"),
    (Fault::UniqueIdWithSpace, Rfc::Rfc1939, "uidl-format"),
    (Fault::SameTimestamp, Rfc::Rfc1939, "apop-timestamp-differs"),
    (Fault::AnyDigest, Rfc::Rfc1939, "apop-refused-remains"),
    (Fault::StateNotChecked("DELE"), Rfc::Rfc1081, "dele-only-transaction summary-authorization"),
    (Fault::StateNotChecked("LAST"), Rfc::Rfc1081, "last-only-transaction summary-authorization"),
    (
        Fault::StateNotChecked("LIST"),
        Rfc::Rfc1081,
        "greeting-then-authorization identify-first list-only-transaction summary-authorization",
    ),
    (Fault::StateNotChecked("NOOP"), Rfc::Rfc1081, "noop-only-transaction summary-authorization"),
    (Fault::StateNotChecked("PASS"), Rfc::Rfc1081, "pass-only-authorization summary-transaction"),
    (
        Fault::StateNotChecked("RETR"),
        Rfc::Rfc1081,
        "identify-first retr-only-transaction summary-authorization",
    ),
    (Fault::StateNotChecked("RSET"), Rfc::Rfc1081, "rset-only-transaction summary-authorization"),
    (
        Fault::StateNotChecked("STAT"),
        Rfc::Rfc1081,
        "greeting-then-authorization identify-first stat-only-transaction summary-authorization",
    ),
    (Fault::StateNotChecked("TOP"), Rfc::Rfc1081, "summary-optional top-only-transaction"),
    (Fault::StateNotChecked("UIDL"), Rfc::Rfc1939, "uidl-only-transaction"),
    (Fault::StateNotChecked("USER"), Rfc::Rfc1081, "summary-transaction user-only-authorization"),
    (Fault::RpopCloses, Rfc::Rfc1081, ""),
    (Fault::WaitsForLock, Rfc::Rfc1081, ""),
    (Fault::SingleOctets, Rfc::Rfc1081, ""),
];
