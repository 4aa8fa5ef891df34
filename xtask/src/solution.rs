//! `cargo xtask solution`.

use crate::fault::Fault;
use std::process::ExitCode;

/// Shows the reference beside your own answer
#[derive(clap::Args)]
pub struct Arguments {
    /// Number, name, or the beginning of a name
    section: String,
}

pub fn run(arguments: Arguments) -> Result<ExitCode, Fault> {
    todo!("{}", arguments.section)
}
