//! The files beside a maildrop: control files, checksums, stamps.

pub mod checksum;
pub mod control_files;
pub mod stamp;
