//! What the students get: by a list of what belongs to it, so that whatever else lies about stays here.

use super::text;
use std::fs;
use std::path::{Path, PathBuf};
use xtask::catalogue::{self, Section};
use xtask::fault::Fault;
use xtask::{course, source};

/// What students get as it is.
const AS_IT_IS: [&str; 7] = [
    ".cargo/config.toml",
    ".gitignore",
    ".rustfmt.toml",
    "Cargo.lock",
    "LICENSE-MIT",
    "exercises/GLOSSARY.md",
    "exercises/LISEZ-MOI.md",
];
/// The endings of what belongs to an exercise: code, its data, lessons and their pictures.
const OF_EXERCISES: [&str; 5] = ["rs", "toml", "md", "svg", "png"];
/// The members of the workspace that only the whole course has.
const OF_TEACHERS: [&str; 2] = ["solutions/*-*", "xtask/class"];

/// The students' edition, file by file.
pub struct Edition {
    /// Each file's path in it, and what it says.
    pub files: Vec<(PathBuf, Vec<u8>)>,
    /// What lies in the exercises and does not belong there.
    pub left_out: Vec<String>,
    /// How many sections it has.
    pub sections: usize,
}

impl Edition {
    /// Reads it from the course.
    ///
    /// # Errors
    /// A file can't be read, is not what it should be, or is an answer where a stub belongs.
    pub fn collect() -> Result<Self, Fault> {
        let sections = catalogue::select(&[])?;
        let mut edition = Self { files: vec![], left_out: vec![], sections: sections.len() };
        for name in AS_IT_IS {
            edition.take(&course::root().join(name))?;
        }
        let page = text::without_marked(&read_text("README.md")?)
            .map_err(|what| Fault::new(format!("README.md: {what}")))?;
        edition.files.push(("README.md".into(), page.into_bytes()));
        let (manifest, members) = text::without_members(&read_text("Cargo.toml")?, &OF_TEACHERS)
            .map_err(|what| Fault::new(format!("Cargo.toml: {what}")))?;
        edition.files.push(("Cargo.toml".into(), manifest.into_bytes()));
        for section in &sections {
            edition.take_exercise(section)?;
        }
        // The globs among the members are those of the exercises.
        for package in members.iter().filter(|member| !member.contains('*')) {
            edition.take_package(&course::root().join(package))?;
        }
        Ok(edition)
    }

    fn take_exercise(&mut self, section: &Section) -> Result<(), Fault> {
        let folder = course::exercise(section);
        let first = self.files.len();
        for file in source::files_below(&folder)? {
            let inside = file.strip_prefix(&folder).unwrap_or(&file);
            let ending = inside.extension().and_then(|ending| ending.to_str());
            let hidden = |part: &std::ffi::OsStr| part.as_encoded_bytes().starts_with(b".");
            let belongs = ending.is_some_and(|ending| OF_EXERCISES.contains(&ending));
            if belongs && !inside.iter().any(hidden) {
                self.take(&file)?;
            } else {
                self.left_out.push(course::shown(&file));
            }
        }
        let is_stub = self.files[first..].iter().any(|(_, text)| is_unwritten(text));
        if is_stub {
            return Ok(());
        }
        let what =
            format!("no `todo!` is in {}: it is an answer, not a stub", course::shown(&folder));
        Err(Fault::new(what)
            .next(format!("`git restore {}` brings it back.", course::shown(&folder))))
    }

    /// A package of the checker: what is built of it. Its own tests stay, as they have answers among them.
    fn take_package(&mut self, folder: &Path) -> Result<(), Fault> {
        self.take(&folder.join("Cargo.toml"))?;
        source::files_below(&folder.join("src"))?.iter().try_for_each(|file| self.take(file))
    }

    fn take(&mut self, file: &Path) -> Result<(), Fault> {
        let unreadable = |error| Fault::new(format!("can't read {}: {error}", course::shown(file)));
        // A link could lead to an answer.
        if !file.symlink_metadata().map_err(unreadable)?.is_file() {
            return Err(Fault::new(format!("{} is not a file", course::shown(file))));
        }
        let text = fs::read(file).map_err(unreadable)?;
        self.files.push((file.strip_prefix(course::root()).unwrap_or(file).to_owned(), text));
        Ok(())
    }
}

fn read_text(name: &str) -> Result<String, Fault> {
    fs::read_to_string(course::root().join(name))
        .map_err(|error| Fault::new(format!("can't read {name}: {error}")))
}

/// Is something still to be written there?
fn is_unwritten(text: &[u8]) -> bool {
    text.windows(6).any(|word| word == b"todo!(")
}
