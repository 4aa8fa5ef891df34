//! Grades a class: `cargo xtask check --class`, and what belongs to it. Only teachers build it.

mod alike;
mod busy;
mod disk;
mod doctor;
mod done;
mod grading;
mod handout;
mod hold;
mod inspect;
mod intake;
mod interrupt;
mod jail;
mod merge;
mod record;
mod reports;
mod tokens;
mod unit;
mod walls;
mod weights;

use clap::{Parser, Subcommand};
use std::process::ExitCode;
use xtask::check::Format;
use xtask::command_line::{CommandLine, Verb};
use xtask::fault::Fault;
use xtask::{check, class, show};

/// The verb that this program starts itself with.
#[derive(Parser)]
struct Hidden {
    #[command(subcommand)]
    verb: HiddenVerb,
}

#[derive(Subcommand)]
enum HiddenVerb {
    Hold(hold::Arguments),
}

fn main() -> ExitCode {
    if std::env::args_os().nth(1).is_some_and(|verb| verb == "hold") {
        let HiddenVerb::Hold(arguments) = Hidden::parse().verb;
        return hold::run(arguments);
    }
    // Reports are read by others: they are in English, whatever the language of who grades.
    let CommandLine { verb, .. } = CommandLine::parse();
    let result = match verb {
        Some(Verb::Check(arguments)) => check(&arguments),
        Some(Verb::Doctor(class::doctor::Arguments {})) => doctor::run(),
        Some(Verb::Report(arguments)) => merge::run(&arguments),
        Some(Verb::Handout(arguments)) => handout::run(&arguments),
        _ => unreachable!("the checker keeps what is its own"),
    };
    result.unwrap_or_else(|fault| {
        show::fault(&fault);
        ExitCode::from(2)
    })
}

fn check(arguments: &check::Arguments) -> Result<ExitCode, Fault> {
    arguments.require_meaning()?;
    match (&arguments.class.class, &arguments.from) {
        (Some(_), _) if arguments.format != Format::Text => {
            Err(Fault::new("a class has its reports in files: --format is for one submission")
                .next("Leave --format out, and look into the folder that --report names."))
        }
        (Some(folder), _) => grading::class(folder, arguments),
        (None, Some(folder)) if arguments.format.is_of_platform() => {
            grading::one(folder, arguments)
        }
        _ => Err(Fault::new("which submission is it?").next("Name its folder: --from DIR")),
    }
}
