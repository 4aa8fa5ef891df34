//! The checker of the course. One verb, one module; `cargo xtask --help` lists them.

mod catalogue;
mod check;
mod compile;
mod course;
mod digest;
mod examine;
mod execute;
mod fault;
mod freshness;
mod hint;
mod judge;
mod lesson;
mod list;
mod memory;
mod mistake;
mod replay;
mod run;
mod schedule;
mod show;
mod source;
mod stage_source;
mod test_file;
mod verify;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Checks the exercises of the course: tells what to write next, and why.
#[derive(Parser)]
#[command(
    bin_name = "cargo xtask",
    disable_version_flag = true,
    after_help = "Begin with:   cargo xtask check process\nA SECTION is its number, its name, or the beginning of its name: 3, pipes, pi."
)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    Check(check::Arguments),
    List(list::Arguments),
    Hint(hint::Arguments),
    Run(run::Arguments),
    Verify(verify::Arguments),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().verb {
        Verb::Check(arguments) => check::run(arguments),
        Verb::List(arguments) => list::run(arguments),
        Verb::Hint(arguments) => hint::run(arguments),
        Verb::Run(arguments) => run::run(arguments),
        Verb::Verify(arguments) => verify::run(arguments),
    };
    result.unwrap_or_else(|fault| {
        show::fault(&fault);
        ExitCode::from(2)
    })
}
