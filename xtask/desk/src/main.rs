//! The learner's desk: what stays open beside the editor, and what is played with.

mod board;
mod r#break;
mod listing;
mod play;
mod predict;
mod record;
mod terminal;

use clap::Parser;
use std::process::ExitCode;
use xtask::command_line::{CommandLine, Verb};
use xtask::{language, show};

fn main() -> ExitCode {
    let CommandLine { verb, lang } = CommandLine::parse();
    language::choose(lang);
    let result: Result<ExitCode, xtask::fault::Fault> = match verb {
        Verb::Watch(arguments) => todo!("{arguments:?}"),
        Verb::Predict(arguments) => predict::run(&arguments),
        Verb::Break(arguments) => r#break::run(&arguments),
        Verb::Run(arguments) => record::run(&arguments),
        _ => unreachable!("the checker keeps what is its own"),
    };
    result.unwrap_or_else(|fault| {
        show::fault(&fault);
        ExitCode::from(2)
    })
}
