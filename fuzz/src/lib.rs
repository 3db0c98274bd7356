//! What the fuzz targets share.
//!
//! | module   | duty                                                            |
//! |----------|-----------------------------------------------------------------|
//! | `model`  | what a maildrop holds, worked out line by line                  |
//! | `place`  | a Users directory, used again for every input                   |
//! | `served` | what the server makes of a maildrop: numbers, messages, UPDATE  |
//! | `edits`  | small changes of the server's own files, checksums made good    |

#![forbid(unsafe_code)]

pub mod edits;
pub mod model;
pub mod place;
pub mod served;
