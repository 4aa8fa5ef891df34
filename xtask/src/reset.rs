//! `cargo xtask reset`.

use crate::fault::Fault;
use std::process::ExitCode;

/// Brings the stub of a section back, and keeps what was there
#[derive(clap::Args)]
pub struct Arguments {
    /// Number, name, or the beginning of a name
    section: String,
}

pub fn run(arguments: Arguments) -> Result<ExitCode, Fault> {
    todo!("{}", arguments.section)
}
