//! Makes a class to try the grading on: references, stubs and known mistakes, handed in as students do it.
//!
//! ```text
//! cargo run -p xtask-class --example generate -- DIR --students 200 --seed 1 --sections process,pipes
//! ```
//! What was put in, and what must come of it, is in `DIR.expected.json`, beside the class.

mod class;

use clap::Parser;
use class::Plan;
use std::path::PathBuf;
use std::process::ExitCode;
use xtask::fault::Fault;
use xtask::{catalogue, show};

/// Makes a class of invented students
#[derive(Parser)]
struct Arguments {
    /// A folder that is not there yet
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// How many hand something in
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=5000))]
    students: u16,
    /// The same seed makes the same class
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Their names, with commas between them; none: all
    #[arg(long, value_name = "SECTIONS", value_delimiter = ',')]
    sections: Vec<String>,
}

fn main() -> ExitCode {
    match make(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            show::fault(&fault);
            ExitCode::from(2)
        }
    }
}

fn make(arguments: &Arguments) -> Result<(), Fault> {
    let sections = catalogue::select(&arguments.sections)?;
    let plan = Plan { students: arguments.students.into(), seed: arguments.seed, sections };
    let expected = class::generate(&plan, &arguments.folder)?;
    let mut file = arguments.folder.clone().into_os_string();
    file.push(".expected.json");
    let mut text = serde_json::to_string_pretty(&expected)
        .map_err(|error| Fault::new(format!("can't write what is expected: {error}")))?;
    text.push('\n');
    let file = PathBuf::from(file);
    std::fs::write(&file, text)
        .map_err(|error| Fault::new(format!("can't write {}: {error}", file.display())))?;
    println!(
        "{} has {} entries; see {}",
        arguments.folder.display(),
        plan.students,
        file.display()
    );
    Ok(())
}
