//! What can be typed after `cargo xtask`.

mod french;
mod refusal;

use crate::language::{self, Language};
use crate::{check, class, desk, hint, list, reset, run, show, solution, verify};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

/// Checks the exercises of the course: tells what to write next, and why.
#[derive(Parser)]
#[command(
    bin_name = "cargo xtask",
    disable_version_flag = true,
    after_help = "Begin with:   cargo xtask, which says where you are\nA SECTION is its number, its name, or the beginning of its name: 3, pipes, pi."
)]
pub struct CommandLine {
    #[command(subcommand)]
    pub verb: Option<Verb>,
    /// The language: en, fr [default: COURSE_LANG, then the locale]
    #[arg(long, global = true, value_enum, value_name = "LANGUAGE", hide_possible_values = true)]
    pub lang: Option<Language>,
}

impl CommandLine {
    /// What was typed, and the language chosen. Ends the program when it is not understood, or asks for help.
    pub fn read() -> Self {
        let typed = language::typed(std::env::args_os());
        let read = match language::wanted(typed) {
            Language::English => Self::of(Self::command()),
            Language::French => Self::of(french::in_french(Self::command())),
        };
        let read = read.unwrap_or_else(|error| refuse(&error, typed));
        // What a program is to read says the same to everybody.
        let is_for_programs =
            matches!(&read.verb, Some(Verb::Check(check)) if check.format != check::Format::Text);
        language::choose(if is_for_programs { Some(Language::English) } else { read.lang });
        read
    }

    fn of(command: clap::Command) -> clap::error::Result<Self> {
        Self::from_arg_matches(&command.try_get_matches()?)
    }
}

/// Says what clap has to say, help or a refusal, and ends.
fn refuse(error: &clap::Error, typed: Option<Language>) -> ! {
    language::choose(typed);
    match (language::chosen(), refusal::in_french(error)) {
        (Language::French, Some(fault)) => {
            show::fault(&fault);
            std::process::exit(2)
        }
        _ => error.exit(),
    }
}

/// One verb, one module.
#[derive(Subcommand)]
pub enum Verb {
    Check(check::Arguments),
    List(list::Arguments),
    Hint(hint::Arguments),
    Watch(desk::watch::Arguments),
    Predict(desk::predict::Arguments),
    Break(desk::r#break::Arguments),
    Run(run::Arguments),
    Reset(reset::Arguments),
    Solution(solution::Arguments),
    Verify(verify::Arguments),
    Report(class::report::Arguments),
    Handout(class::handout::Arguments),
    Doctor(class::doctor::Arguments),
}
