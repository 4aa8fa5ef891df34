//! `cargo xtask hint`: a nudge, then what to use, then nearly the answer.

use crate::catalogue::{self, Section, Test};
use crate::fault::Fault;
use crate::memory::{self, Progress, Shelf};
use crate::show::{self, FAINT, STRONG, text};
use crate::translation::Translation;
use crate::words;
use anstream::println;
use std::process::ExitCode;

/// Gives a hint, and a plainer one at each further call
///
/// There are three for each test: where to look, what to use, nearly the answer.
#[derive(clap::Args)]
pub struct Arguments {
    /// Number, name, or the beginning of a name
    section: String,
    /// The test, or the beginning of its name; none: the first to mend
    test: Option<String>,
    /// Say this level, and do not count it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=3))]
    level: Option<u8>,
}

pub fn run(arguments: Arguments) -> Result<ExitCode, Fault> {
    let section = catalogue::select_one(&arguments.section)?;
    let test = chosen(&section, arguments.test.as_deref())?;
    let name = format!("hint-{}-{}", section.folder_name(), test.name.replace("::", "-"));
    let level = match arguments.level {
        Some(level) => usize::from(level),
        None => (memory::load::<usize>(Shelf::Learner, &name).unwrap_or(0) + 1)
            .clamp(1, test.hints.len()),
    };
    println!("{STRONG}{}{STRONG:#}\n", test.name);
    let translation = Translation::of(&section);
    let (hints, all) = (translation.hints(test), test.hints.len());
    println!("{}\n", text::wrapped(translation.why(test), "  "));
    println!("{}", words!("  Hint {level} of {all}", "  Indice {level} sur {all}"));
    println!("{}", text::wrapped(&hints[level - 1], "    "));
    if arguments.level.is_none() {
        memory::save(Shelf::Learner, &name, &level);
    }
    if level < test.hints.len() {
        let more = match show::is_watched() {
            true => "h".to_owned(),
            false => format!("cargo xtask hint {} {}", section.name, test.short_name()),
        };
        let more = words!("More:  {more}", "La suite :  {more}");
        println!("\n  {FAINT}{more}{FAINT:#}");
    }
    Ok(ExitCode::SUCCESS)
}

fn chosen<'a>(section: &'a Section, wanted: Option<&str>) -> Result<&'a Test, Fault> {
    if let Some(wanted) = wanted {
        return section.test(wanted);
    }
    let failed = Progress::load(section).and_then(|progress| progress.first_failure);
    match failed.and_then(|name| section.tests.iter().find(|test| test.name == name)) {
        Some(test) => Ok(test),
        None => section.tests.first().ok_or_else(|| {
            Fault::new(words!("the section has no tests", "la section n'a pas de tests"))
        }),
    }
}
