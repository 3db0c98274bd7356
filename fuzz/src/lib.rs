//! What the fuzz targets share.
//!
//! | module   | duty                                                            |
//! |----------|-----------------------------------------------------------------|
//! | `crash`  | what a crash leaves of a change, and what recovery makes of it  |
//! | `model`  | the models to which the tests hold the server, too              |
//! | `place`  | a Users directory, used again for every input                   |
//! | `served` | what the server makes of a maildrop: numbers, messages, UPDATE  |
//! | `edits`  | small changes of the server's own files, checksums corrected    |
//! | `input`  | an input as numbers                                             |

#![forbid(unsafe_code)]

pub mod crash;
pub mod edits;
pub mod input;
#[path = "../../tests/model/mod.rs"]
pub mod model;
pub mod place;
pub mod served;
