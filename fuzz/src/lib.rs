//! What the fuzz targets share.
//!
//! | module   | duty                                                            |
//! |----------|-----------------------------------------------------------------|
//! | `model`  | the models to which the tests hold the server, too              |
//! | `place`  | a Users directory, used again for every input                   |
//! | `served` | what the server makes of a maildrop: numbers, messages, UPDATE  |
//! | `edits`  | small changes of the server's own files, checksums corrected    |

#![forbid(unsafe_code)]

pub mod edits;
#[path = "../../tests/model/mod.rs"]
pub mod model;
pub mod place;
pub mod served;
