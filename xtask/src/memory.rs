//! What the checker remembers from one call to the next, a JSON file a thing. It is a convenience: what can't be read
//! counts as forgotten, and what can't be written is not remembered.
//!
//! What is the learner's lies in the course's folder, and not at home: it goes where the course goes, two copies of the
//! course do not mix, and a home that can't be written does no harm.

use crate::catalogue::Section;
use crate::judge::{Judged, JudgedTest};
use crate::{course, digest, source};
use serde::Deserialize;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs;
use std::path::PathBuf;

/// Whose memory it is, and how long it lasts.
#[derive(Clone, Copy, Debug)]
pub enum Shelf {
    /// The learner's: `cargo clean` leaves it.
    Learner,
    /// That of what was built: it goes with it.
    Builds,
}

impl Shelf {
    fn folder(self) -> PathBuf {
        match self {
            Self::Learner => course::root().join(".progress"),
            Self::Builds => course::scratch().join("memory"),
        }
    }

    fn file(self, name: &str) -> PathBuf {
        self.folder().join(format!("{name}.json"))
    }
}

/// What was remembered under this name.
pub fn load<T: DeserializeOwned>(shelf: Shelf, name: &str) -> Option<T> {
    serde_json::from_slice(&fs::read(shelf.file(name)).ok()?).ok()
}

/// Remembers `value` under this name. Another checker sees the old value or the new one, never half of it.
pub fn save<T: Serialize>(shelf: Shelf, name: &str, value: &T) {
    let file = shelf.file(name);
    let written = || -> std::io::Result<()> {
        fs::create_dir_all(shelf.folder())?;
        let draft = file.with_extension(format!("{}.tmp", std::process::id()));
        fs::write(&draft, serde_json::to_vec(value)?)?;
        fs::rename(&draft, &file)
    };
    // A full disk or a read-only folder is told by cargo, which needs them more.
    let _ = written();
}

/// How far a student had come with a section at the last check.
#[derive(Deserialize, Serialize)]
pub struct Progress {
    section: String,
    /// The digest of the sources that were checked.
    sources: String,
    pub points: u32,
    /// The tests that had passed, by name.
    pub passed: Vec<String>,
    /// The first test that had not, of those that count.
    pub first_failure: Option<String>,
}

impl Progress {
    /// What is to be remembered of a check.
    pub fn of(judged: &Judged) -> Self {
        let name = |test: &JudgedTest| test.test.name.clone();
        let tests = judged.tests();
        Self {
            section: judged.section.folder_name(),
            sources: sources(&judged.section),
            points: judged.points(),
            passed: tests.iter().filter(|test| test.passed()).map(name).collect(),
            first_failure: tests.iter().find(|test| test.counts() && !test.passed()).map(name),
        }
    }

    pub fn save(&self) {
        save(Shelf::Learner, &self.section, self);
    }

    /// What is remembered of the section.
    pub fn load(section: &Section) -> Option<Self> {
        load(Shelf::Learner, &section.folder_name())
    }

    /// Are the sources still those that were checked?
    pub fn is_current(&self, section: &Section) -> bool {
        self.sources == sources(section)
    }
}

/// One digest of all sources of an exercise.
fn sources(section: &Section) -> String {
    let files = source::files_below(&course::exercise(section).join("src")).unwrap_or_default();
    let digests = files.iter().filter_map(|file| digest::of_file(file).ok());
    digest::of(digests.collect::<String>().as_bytes())
}
