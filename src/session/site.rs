//! What the sessions of a server share.

use crate::users::Users;

/// What all sessions of a server have in common.
#[derive(Clone, Debug)]
pub struct Site {
    pub users: Users,
    /// The host's name in greeting and goodbye.
    pub host: String,
    /// USER does not tell whether there is such a user.
    pub hide_users: bool,
}
