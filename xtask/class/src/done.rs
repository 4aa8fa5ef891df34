//! What is done already: the outcome of a unit, by a digest of everything that decides it.
//!
//! It is a convenience, as all that the checker remembers: what can't be read is done again.

use crate::record::Outcome;
use std::fs;
use std::path::PathBuf;
use xtask::catalogue::Section;
use xtask::course;
use xtask::digest;
use xtask::fault::Fault;
use xtask::source::files_below;
use xtask::stage_source::Staged;

/// Names a unit by its content. Two submissions with the same files in a section are one unit.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Key(String);

impl Key {
    /// The key of these files as an answer to the section, where `course` stands for all that they are judged by.
    pub fn of(course: &str, section: &Section, files: &[Staged]) -> Self {
        let mut all = format!("{course}\0{}", section.folder_name()).into_bytes();
        let mut files: Vec<&Staged> = files.iter().collect();
        files.sort_by(|one, other| one.file.cmp(&other.file));
        for staged in files {
            let name = staged.file.as_os_str().as_encoded_bytes();
            // With their lengths, or two files could read as one.
            for part in [name, &staged.text] {
                all.extend(part.len().to_le_bytes());
                all.extend(part);
            }
        }
        Self(digest::of(&all))
    }

    fn file(&self) -> PathBuf {
        folder().join(format!("{}.json", self.0))
    }

    /// What came of it before.
    pub fn load(&self) -> Option<Outcome> {
        serde_json::from_slice(&fs::read(self.file()).ok()?).ok()
    }

    /// Remembers what came of it, unless the checker was at fault. Another run sees all of it or nothing.
    ///
    /// # Errors
    /// Why it can't be written.
    pub fn save(&self, outcome: &Outcome) -> Result<(), Fault> {
        if !outcome.is_checked() {
            return Ok(());
        }
        let file = self.file();
        let written = || -> std::io::Result<()> {
            fs::create_dir_all(folder())?;
            let draft = file.with_extension(format!("{}.tmp", std::process::id()));
            fs::write(&draft, serde_json::to_vec(outcome)?)?;
            fs::rename(&draft, &file)
        };
        written().map_err(|error| {
            Fault::new(format!("can't write {}: {error}", file.display()))
                .next("What is done until now is kept. Make room, and give the same command again.")
        })
    }
}

fn folder() -> PathBuf {
    course::scratch().join("graded")
}

/// A digest of all that answers are judged by: tests, checker, packages, toolchain, and how they are held in.
///
/// # Errors
/// What of the course can't be read.
pub fn course_digest(others: &[&str]) -> Result<String, Fault> {
    let root = course::root();
    let mut files = vec![root.join("Cargo.toml"), root.join("Cargo.lock")];
    let checker = [
        "src",
        "class/src",
        "harness/src",
        "interleave/src",
        "interleave/std",
        "interleave/core",
        "interleave/crossbeam",
    ];
    for folder in checker.map(|folder| root.join("xtask").join(folder)) {
        files.extend(files_below(&folder)?);
    }
    for exercise in fs::read_dir(root.join("exercises")).into_iter().flatten().flatten() {
        let exercise = exercise.path();
        for folder in
            ["tests", "src"].map(|name| exercise.join(name)).iter().filter(|it| it.is_dir())
        {
            files.extend(files_below(folder)?);
        }
        let given = ["Cargo.toml", "section.toml"].map(|name| exercise.join(name));
        files.extend(given.into_iter().filter(|file| file.is_file()));
    }
    files.sort();
    let mut all = others.join("\0");
    for file in files {
        all.push_str(&course::shown(&file));
        all.push_str(&digest::of_file(&file)?);
    }
    Ok(digest::of(all.as_bytes()))
}
