//! `cargo xtask solution`: the reference beside your own answer, once that is whole.

use crate::catalogue::{self, Section};
use crate::fault::Fault;
use crate::list::{self, State};
use crate::memory::Progress;
use crate::show::{self, BAD, FAINT, GOOD, STRONG, text};
use crate::{course, source, words};
use anstream::println;
use similar::{ChangeTag, TextDiff};
use std::fs;
use std::path::Path;
use std::process::ExitCode;

/// Shows the reference beside your own answer, once your tests pass
#[derive(clap::Args)]
pub struct Arguments {
    /// Number, name, or the beginning of a name
    section: String,
    /// Show it before they do
    #[arg(long)]
    reveal: bool,
}

/// How many lines around a difference are shown.
const AROUND: usize = 3;

/// Prints the differences, file by file: lines of your own with `-`, of the reference with `+`.
///
/// # Errors
/// There is no such section, this edition has no solutions, or it is not earned yet.
pub fn run(arguments: Arguments) -> Result<ExitCode, Fault> {
    let section = catalogue::select_one(&arguments.section)?;
    course::require_solutions()?;
    let is_whole = list::state(&section, Progress::load(&section).as_ref()) == State::Done;
    if !is_whole && !arguments.reveal {
        let name = &section.name;
        let hint = match show::is_watched() {
            true => "h".to_owned(),
            false => format!("cargo xtask hint {name}"),
        };
        return Err(Fault::new(words!(
            "all tests of {name} must pass first",
            "les tests de {name} doivent d'abord tous réussir"
        ))
        .next(words!(
            "A hint:            {hint}\nTo see it anyway:  cargo xtask solution {name} --reveal",
            "Un indice :             {hint}\nLa voir tout de même :  cargo xtask solution {name} --reveal"
        )));
    }
    compare(&section)?;
    Ok(ExitCode::SUCCESS)
}

fn compare(section: &Section) -> Result<(), Fault> {
    let (own, reference) =
        (course::exercise(section).join("src"), course::solution(section).join("src"));
    let [here, there] = [&own, &reference].map(|folder| course::shown(folder));
    println!("{BAD}-{BAD:#} {}", words!("your own: {here}", "votre texte : {here}"));
    println!("{GOOD}+{GOOD:#} {}", words!("the reference: {there}", "la référence : {there}"));
    // Its programs are the exercise's own, and complete there.
    let programs = reference.join("bin");
    let files = source::files_below(&reference)?;
    for file in files.iter().filter(|file| !file.starts_with(&programs)) {
        let name = file.strip_prefix(&reference).unwrap_or(file);
        let read = |path: &Path| fs::read_to_string(path).unwrap_or_default();
        differences(&name.display().to_string(), &read(&own.join(name)), &read(file));
    }
    let mistakes = course::shown(&course::solution(section).join("mistakes"));
    println!("\n{}", words!("Common mistakes:  {mistakes}", "Erreurs courantes :  {mistakes}"));
    Ok(())
}

/// What differs in one file; nothing where nothing does.
fn differences(name: &str, own: &str, reference: &str) {
    let diff = TextDiff::from_lines(own, reference);
    let groups = diff.grouped_ops(AROUND);
    if groups.is_empty() {
        return;
    }
    println!("\n{STRONG}{name}{STRONG:#}");
    for group in &groups {
        if let Some(first) = group.first() {
            let line = first.new_range().start + 1;
            println!("{FAINT}{}{FAINT:#}", words!("  line {line}", "  ligne {line}"));
        }
        for change in group.iter().flat_map(|operation| diff.iter_changes(operation)) {
            let line = text::safe(change.value().trim_end_matches('\n'));
            match change.tag() {
                ChangeTag::Equal => println!("  {FAINT}{line}{FAINT:#}"),
                ChangeTag::Delete => println!("{BAD}-{BAD:#} {line}"),
                ChangeTag::Insert => println!("{GOOD}+{GOOD:#} {line}"),
            }
        }
    }
}
