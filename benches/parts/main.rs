//! Parts of the server, each beside the limit that the machine sets: a count of
//! line ends, a copy, one read.
//!
//! Nothing here has a network; what a client sees is measured by `load`.

mod burst;
mod command;
mod listing;
mod login;
mod mail;
mod stuffing;

fn main() {
    divan::main();
}
