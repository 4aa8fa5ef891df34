//! `cargo xtask`: a match over the verbs; `cargo xtask --help` lists them.

use std::process::ExitCode;
use xtask::command_line::{CommandLine, Verb};
use xtask::{ahead, check, class, desk, hint, list, reset, run, show, solution, verify};

fn main() -> ExitCode {
    let CommandLine { verb, .. } = CommandLine::read();
    let result = match verb {
        None => ahead::run(),
        Some(Verb::Check(arguments)) if arguments.is_of_class() => class::hand_over(),
        Some(Verb::Check(arguments)) => check::run(arguments),
        Some(Verb::List(arguments)) => list::run(arguments),
        Some(Verb::Hint(arguments)) => hint::run(arguments),
        Some(Verb::Run(arguments)) => run::run(arguments),
        Some(Verb::Reset(arguments)) => reset::run(arguments),
        Some(Verb::Solution(arguments)) => solution::run(arguments),
        Some(Verb::Watch(_) | Verb::Predict(_) | Verb::Break(_)) => desk::hand_over(),
        Some(Verb::Verify(arguments)) => verify::run(arguments),
        Some(Verb::Report(_) | Verb::Handout(_) | Verb::Doctor(_)) => class::hand_over(),
    };
    result.unwrap_or_else(|fault| {
        show::fault(&fault);
        ExitCode::from(2)
    })
}
