//! Does the French face of the course say what the English one says? A translation falls behind without a sound: so
//! each part of it carries the stamp of the English that it mirrors.

mod face;
mod page;
mod terms;

use crate::catalogue::Section;
use crate::course;
use crate::digest;
use crate::fault::Fault;
use std::path::{Path, PathBuf};

pub use terms::Terms;

/// The folder of the exercises has a front page in French: then every section has to speak it.
pub fn is_wanted() -> bool {
    front_page().exists()
}

/// `exercises/LISEZ-MOI.md`.
pub fn front_page() -> PathBuf {
    course::root().join("exercises").join("LISEZ-MOI.md")
}

/// What is wrong with the French face of a section, a line each, with file and line.
///
/// # Errors
/// A file can't be read, or is not understood.
pub fn behind(section: &Section) -> Result<Vec<String>, Fault> {
    let folder = course::exercise(section);
    let mut wrong = page::behind(&folder, &Terms::load()?)?;
    wrong.extend(face::behind(section, &folder)?);
    Ok(wrong)
}

/// By this a translation knows the English again that it mirrors.
fn stamp(english: &str) -> String {
    digest::of(english.as_bytes())[..8].to_owned()
}

fn read(file: &Path) -> Result<String, Fault> {
    std::fs::read_to_string(file).map_err(|error| Fault::unreadable(file, error))
}
