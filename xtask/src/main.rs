//! `cargo xtask`: a match over the verbs; `cargo xtask --help` lists them.

use std::process::ExitCode;
use xtask::command_line::{CommandLine, Verb};
use xtask::{check, class, desk, hint, list, reset, run, show, solution, verify};

fn main() -> ExitCode {
    let CommandLine { verb, .. } = CommandLine::read();
    let result = match verb {
        Verb::Check(arguments) if arguments.is_of_class() => class::hand_over(),
        Verb::Check(arguments) => check::run(arguments),
        Verb::List(arguments) => list::run(arguments),
        Verb::Hint(arguments) => hint::run(arguments),
        Verb::Run(arguments) => run::run(arguments),
        Verb::Reset(arguments) => reset::run(arguments),
        Verb::Solution(arguments) => solution::run(arguments),
        Verb::Watch(_) | Verb::Predict(_) | Verb::Break(_) => desk::hand_over(),
        Verb::Verify(arguments) => verify::run(arguments),
        Verb::Report(_) | Verb::Handout(_) | Verb::Doctor(_) => class::hand_over(),
    };
    result.unwrap_or_else(|fault| {
        show::fault(&fault);
        ExitCode::from(2)
    })
}
