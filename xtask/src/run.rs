//! `cargo xtask run`: the programs of a section, with your code in them.

use crate::catalogue::{self, Section};
use crate::course;
use crate::desk;
use crate::fault::Fault;
use crate::words;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

/// Runs a program of a section, with your code in it
///
/// Without a program the section's demo is run, or its only program.
#[derive(clap::Args)]
pub struct Arguments {
    /// Number, name, or the beginning of a name
    pub section: String,
    /// Its name without the section's: demo, server, client
    pub program: Option<String>,
    /// Run the reference solution's program
    #[arg(long)]
    pub solution: bool,
    /// Record the run, and draw it as SVG
    #[arg(long, value_name = "FILE")]
    pub picture: Option<PathBuf>,
    /// Record the run, for Perfetto and chrome://tracing
    #[arg(long, value_name = "FILE")]
    pub chrome_trace: Option<PathBuf>,
    /// End a recorded run after so long, as Ctrl-C does
    #[arg(long = "for", value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    pub seconds: Option<u32>,
    /// What is handed to the program
    #[arg(last = true)]
    pub arguments: Vec<String>,
}

/// A program of a section, and whose code is in it.
pub struct Chosen {
    pub section: Section,
    /// Its name without the section's.
    pub program: String,
    /// The package with the code.
    pub package: String,
}

pub fn run(arguments: Arguments) -> Result<ExitCode, Fault> {
    if arguments.is_recorded() {
        return desk::hand_over();
    }
    let Chosen { program, package, .. } = choose(&arguments)?;
    // In the place of this program: the terminal, its signals and the exit code are the program's.
    let error = Command::new(course::cargo())
        .args(["run", "--quiet", "--package", &package, "--bin", &format!("{package}-{program}")])
        .arg("--target-dir")
        .arg(course::target())
        .arg("--")
        .args(arguments.arguments)
        .exec();
    Err(Fault::without_cargo(error))
}

impl Arguments {
    /// Is anything asked for that only a recorded run has?
    pub fn is_recorded(&self) -> bool {
        self.picture.is_some() || self.chrome_trace.is_some() || self.seconds.is_some()
    }
}

/// The program that was asked for.
///
/// # Errors
/// There is no such section or program, or it is not said which.
pub fn choose(arguments: &Arguments) -> Result<Chosen, Fault> {
    if arguments.solution {
        course::require_solutions()?;
    }
    let section = catalogue::select_one(&arguments.section)?;
    let programs = programs(&section)?;
    let wanted = arguments.program.as_deref();
    let program = chosen(&programs, wanted).map(str::to_owned).ok_or_else(|| {
        let name = &section.name;
        let what = match wanted {
            Some(wanted) => {
                words!("{name} has no program {wanted:?}", "{name} n'a pas de programme {wanted:?}")
            }
            None => words!("{name} has more than one program", "{name} a plus d'un programme"),
        };
        let lines =
            programs.iter().map(|short| format!("  cargo xtask run {} {short}", section.name));
        Fault::new(what).next(lines.collect::<Vec<_>>().join("\n"))
    })?;
    let package = match arguments.solution {
        true => format!("{}-solution", section.name),
        false => section.name.clone(),
    };
    Ok(Chosen { section, program, package })
}

/// The programs of a section, without the section's name before theirs.
fn programs(section: &Section) -> Result<Vec<String>, Fault> {
    let folder = course::exercise(section).join("src").join("bin");
    let entries = std::fs::read_dir(&folder).map_err(|error| Fault::unreadable(&folder, error))?;
    let mut programs: Vec<String> = entries
        .flatten()
        .filter_map(|entry| {
            let file = entry.file_name().into_string().ok()?;
            let name = file.strip_suffix(".rs")?;
            Some(name.strip_prefix(&format!("{}-", section.name))?.to_owned())
        })
        .collect();
    programs.sort();
    Ok(programs)
}

fn chosen<'a>(programs: &'a [String], wanted: Option<&str>) -> Option<&'a str> {
    let found = match wanted {
        Some(wanted) => {
            programs.iter().find(|short| wanted == *short || wanted.ends_with(&format!("-{short}")))
        }
        None if programs.len() == 1 => programs.first(),
        None => programs.iter().find(|short| *short == "demo"),
    };
    found.map(String::as_str)
}
