//! What the sessions of a server share.

use crate::transcript::Transcripts;
use crate::users::Users;
use std::time::Duration;

/// What all sessions of a server have in common.
#[derive(Clone, Debug)]
pub struct Site {
    pub users: Users,
    /// The host's name in greeting and goodbye.
    pub host: String,
    /// USER does not tell whether there is such a user.
    pub hide_users: bool,
    /// How long a login may take; `None`: as long as it likes.
    pub login_time: Option<Duration>,
    /// How long the reply to a first failed login takes.
    pub login_delay: Duration,
    /// `None`: nothing is recorded.
    pub transcripts: Option<Transcripts>,
}
