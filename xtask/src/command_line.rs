//! What can be typed after `cargo xtask`.

use crate::{check, class, hint, list, run, verify};
use clap::{Parser, Subcommand};

/// Checks the exercises of the course: tells what to write next, and why.
#[derive(Parser)]
#[command(
    bin_name = "cargo xtask",
    disable_version_flag = true,
    after_help = "Begin with:   cargo xtask check process\nA SECTION is its number, its name, or the beginning of its name: 3, pipes, pi."
)]
pub struct CommandLine {
    #[command(subcommand)]
    pub verb: Verb,
}

/// One verb, one module.
#[derive(Subcommand)]
pub enum Verb {
    Check(check::Arguments),
    List(list::Arguments),
    Hint(hint::Arguments),
    Run(run::Arguments),
    Verify(verify::Arguments),
    Report(class::report::Arguments),
    Handout(class::handout::Arguments),
    Doctor(class::doctor::Arguments),
}
