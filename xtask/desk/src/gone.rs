//! When nobody reads any more, or nothing more comes.

use std::io::{Error, ErrorKind};
use std::process::exit;
use xtask::fault::Fault;

/// What is to be said of an error of standard input or output. Who has read enough, as `head` has, wants to hear nothing:
/// then the program ends here. Not for a screen, which has to be given back first.
pub fn gone(error: Error) -> Fault {
    match error.kind() {
        ErrorKind::BrokenPipe => exit(0),
        _ => Fault::new(error.to_string()),
    }
}
