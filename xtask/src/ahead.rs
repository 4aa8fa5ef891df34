//! `cargo xtask` alone: where you are, and what to type next.

use crate::catalogue::{self, Section};
use crate::fault::Fault;
use crate::list::{self, State};
use crate::memory::Progress;
use crate::show::{FAINT, GOOD, STRONG};
use crate::{course, language, words};
use anstream::println;
use std::process::ExitCode;

/// Prints a page of less than fifteen lines, from what is remembered. Nothing is built.
///
/// # Errors
/// The sections can't be read.
pub fn run() -> Result<ExitCode, Fault> {
    let sections = catalogue::select(&[])?;
    let remembered: Vec<_> = sections.iter().map(Progress::load).collect();
    let points: u32 = remembered.iter().flatten().map(|progress| progress.points).sum();
    let all: u32 = sections.iter().map(Section::points).sum();
    let mut open = vec![];
    for (section, progress) in sections.iter().zip(&remembered) {
        let state = list::state(section, progress.as_ref());
        if state != State::Done {
            open.push((section, state));
        }
    }
    let (count, whole) = (sections.len(), sections.len() - open.len());
    println!(
        "{STRONG}{}{STRONG:#}",
        words!(
            "{whole} of {count} sections are whole, {points} of {all} points",
            "Sections terminées : {whole} sur {count}, points : {points} sur {all}"
        )
    );
    match open.first() {
        Some((section, state)) => next(section, state),
        None => println!("\n{GOOD}{}{GOOD:#}", words!("All done.", "Tout est terminé.")),
    }
    Ok(ExitCode::SUCCESS)
}

fn next(section: &Section, state: &State) {
    let (number, name, minutes) = (section.number, &section.name, section.minutes);
    println!(
        "\n{}{state}",
        words!(
            "You are at section {number}, {name} (about {minutes} minutes): ",
            "Vous êtes à la section {number}, {name} (environ {minutes} minutes) : "
        )
    );
    let folder = course::exercise(section);
    let french = folder.join("README.fr.md");
    let is_french = language::chosen() == language::Language::French && french.exists();
    let lesson = if is_french { french } else { folder.join("README.md") };
    let (lesson, library) = (course::shown(&lesson), course::shown(&folder.join("src/lib.rs")));
    println!("{}", words!("  Read   {lesson}", "  Lisez     {lesson}"));
    println!("{}", words!("  Write  {library}", "  Écrivez   {library}"));
    println!("\n{}", words!("Type next:", "Tapez ensuite :"));
    let ways = [
        (
            "watch",
            words!("checks on every save, until you quit", "vérifie à chaque enregistrement"),
        ),
        (&format!("check {name}"), words!("checks once", "vérifie une fois")),
        (&format!("hint {name}"), words!("a hint for the first test to mend", "un indice")),
        ("list", words!("all sections", "toutes les sections")),
        ("--help", words!("all that can be typed", "tout ce qui peut être tapé")),
    ];
    for (verb, what) in ways {
        println!("  cargo xtask {verb:<26} {FAINT}{what}{FAINT:#}");
    }
}
