//! Grading a class: what can be typed. It is done by a program of its own, `xtask/class`, which only teachers build: it
//! takes libraries that no student has to compile.

use crate::fault::Fault;
use crate::hand_over;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Options of `check` for a whole class.
#[derive(clap::Args, Clone, Debug)]
#[command(next_help_heading = "For a whole class")]
#[group(id = "of_class", multiple = true)]
pub struct Arguments {
    /// Grade every entry of a folder: folders, zips, tars, git repositories.
    /// Nothing but the sections' `src` is taken from them
    #[arg(long, value_name = "DIR", verbatim_doc_comment,
          conflicts_with_all = ["from", "solutions", "replay", "thorough", "picture"])]
    pub class: Option<PathBuf>,
    /// Where the reports go [default: report]
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
    /// Go on where an earlier run ended; what is unchanged is not done again
    /// [this is so unless you say --fresh]
    #[arg(long, conflicts_with = "fresh", verbatim_doc_comment)]
    pub resume: bool,
    /// Do everything again
    #[arg(long)]
    pub fresh: bool,
    /// Grade part K of N; `cargo xtask report merge` puts the parts together
    #[arg(long, value_name = "K/N")]
    pub shard: Option<Shard>,
    /// Points a stage, in place of the course's: a TOML file, see the README
    #[arg(long, value_name = "FILE")]
    pub weights: Option<PathBuf>,
    /// Grade without holding in what submissions do: on a machine that has
    /// nothing to lose
    #[arg(long, verbatim_doc_comment)]
    pub unsafe_no_sandbox: bool,
}

impl Arguments {
    /// Where the reports go.
    pub fn report(&self) -> &Path {
        self.report.as_deref().unwrap_or(Path::new("report"))
    }

    /// The first option that was typed of those that mean something only where grades are given.
    pub fn first_of_grading(&self) -> Option<&'static str> {
        let typed = [
            (self.report.is_some(), "--report"),
            (self.resume, "--resume"),
            (self.fresh, "--fresh"),
            (self.shard.is_some(), "--shard"),
            (self.weights.is_some(), "--weights"),
            (self.unsafe_no_sandbox, "--unsafe-no-sandbox"),
        ];
        typed.into_iter().find_map(|(is_typed, option)| is_typed.then_some(option))
    }
}

/// Part `number` of `count`, from 1.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Shard {
    pub number: u32,
    pub count: u32,
}

impl std::str::FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/').and_then(|(number, count)| {
            Some(Self { number: number.parse().ok()?, count: count.parse().ok()? })
        });
        parts
            .filter(|shard| (1..=shard.count).contains(&shard.number))
            .ok_or_else(|| "a part is K/N, with K from 1 to N: 1/4 is the first of four".into())
    }
}

/// `cargo xtask report`.
pub mod report {
    use std::path::PathBuf;

    /// Puts the reports of several runs together
    #[derive(clap::Args, Clone, Debug)]
    pub struct Arguments {
        #[command(subcommand)]
        pub verb: Verb,
    }

    #[derive(clap::Subcommand, Clone, Debug)]
    pub enum Verb {
        /// Makes one report of those of several shards
        Merge {
            /// Folders that `check --class --report` has written
            #[arg(required = true, value_name = "DIR")]
            from: Vec<PathBuf>,
            /// Where the whole goes
            #[arg(long, value_name = "DIR", default_value = "report")]
            report: PathBuf,
        },
    }
}

/// `cargo xtask handout`.
pub mod handout {
    use std::path::PathBuf;

    /// Writes the students' edition: no solutions, no mistakes, no grading
    #[derive(clap::Args, Clone, Debug)]
    pub struct Arguments {
        /// A folder that is not there yet, or is empty
        #[arg(value_name = "DIR")]
        pub folder: PathBuf,
    }
}

/// `cargo xtask doctor`.
pub mod doctor {
    /// Says what this machine can do for grading, and what to install
    #[derive(clap::Args, Clone, Debug)]
    pub struct Arguments {}
}

/// Lets the program that grades do what was typed.
///
/// # Errors
/// That it is not here, or could not be started.
pub fn hand_over() -> Result<ExitCode, Fault> {
    hand_over::hand_over("class", "xtask-class", "Building what grades: once, half a minute.")
}
