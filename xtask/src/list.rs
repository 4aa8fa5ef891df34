//! `cargo xtask list`: the sections, and how far you are.

use crate::catalogue::{self, Section, Stage};
use crate::fault::Fault;
use crate::memory::Progress;
use crate::show::{FAINT, GOOD, STRONG};
use crate::words;
use anstream::println;
use std::process::ExitCode;

/// Lists the sections, and how far you were at the last check
#[derive(clap::Args)]
pub struct Arguments {}

pub fn run(_: Arguments) -> Result<ExitCode, Fault> {
    let sections = catalogue::select(&[])?;
    let heads = words!(
        "    section             minutes  points  state",
        "    section             minutes  points  état"
    );
    println!("{STRONG}{heads}{STRONG:#}");
    let mut next = None;
    for section in &sections {
        let progress = Progress::load(section);
        let points = progress.as_ref().map_or(0, |progress| progress.points);
        let state = state(section, progress.as_ref());
        if state != State::Done && next.is_none() {
            next = Some(section);
        }
        println!(
            "{:3} {:<20} {:>6} {:>3}/{:<4}  {state}",
            section.number,
            section.name,
            section.minutes,
            points,
            section.points()
        );
    }
    match next {
        Some(section) => {
            println!("\n{}  cargo xtask check {}", words!("Next:", "Ensuite :"), section.name);
        }
        None => println!("\n{GOOD}{}{GOOD:#}", words!("All done.", "Tout est terminé.")),
    }
    Ok(ExitCode::SUCCESS)
}

/// How far a section is.
#[derive(PartialEq)]
pub enum State {
    NotChecked,
    Passed(usize, usize),
    Changed(usize, usize),
    Done,
}

/// How far the section is, as far as is remembered.
pub fn state(section: &Section, progress: Option<&Progress>) -> State {
    let Some(progress) = progress else {
        return State::NotChecked;
    };
    let counted = section.tests.iter().filter(|test| test.stage != Stage::Further);
    let (passed, all) = counted.fold((0, 0), |(passed, all), test| {
        (passed + usize::from(progress.passed.contains(&test.name)), all + 1)
    });
    match progress.is_current(section) {
        false => State::Changed(passed, all),
        true if passed == all => State::Done,
        true => State::Passed(passed, all),
    }
}

impl std::fmt::Display for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotChecked => {
                let unchecked = words!("not checked yet", "pas encore vérifiée");
                write!(f, "{FAINT}{unchecked}{FAINT:#}")
            }
            Self::Passed(passed, all) => f.write_str(&words!(
                "{passed} of {all} tests",
                "tests réussis : {passed} sur {all}"
            )),
            Self::Changed(passed, all) => f.write_str(&words!(
                "{passed} of {all} tests, and changed since",
                "tests réussis : {passed} sur {all}, et modifiée depuis"
            )),
            Self::Done => write!(f, "{GOOD}{}{GOOD:#}", words!("done", "terminée")),
        }
    }
}
