//! The learner's desk: what stays open beside the editor, and what is played with.

mod board;
mod r#break;
mod gone;
mod key;
mod listing;
mod play;
mod predict;
mod record;
mod signals;
mod terminal;
mod watch;

use std::process::ExitCode;
use xtask::command_line::{CommandLine, Verb};
use xtask::show;

fn main() -> ExitCode {
    let CommandLine { verb, .. } = CommandLine::read();
    let result = match verb {
        Some(Verb::Watch(arguments)) => watch::run(arguments),
        Some(Verb::Predict(arguments)) => predict::run(&arguments),
        Some(Verb::Break(arguments)) => r#break::run(&arguments),
        Some(Verb::Run(arguments)) => record::run(&arguments),
        _ => unreachable!("the checker keeps what is its own"),
    };
    result.unwrap_or_else(|fault| {
        show::fault(&fault);
        ExitCode::from(2)
    })
}
