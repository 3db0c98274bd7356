//! The server that is examined, and whom it knows.

use std::net::SocketAddr;

pub struct Examinee {
    pub address: SocketAddr,
    pub name: String,
    pub password: String,
}
