//! Is a test program still what its sources say?
//!
//! Cargo builds again what is *newer* than what was built from it. A file with an older date, put in the place of a newer
//! one, would not be built, and the verdict of the one before would be shown: whoever checks out, unpacks or undoes makes
//! such files. So the checker remembers the content of what each program was built from. The memory also saves
//! asking cargo when nothing at all has changed.

use crate::fault::Fault;
use crate::memory::{self, Shelf};
use crate::source::{self, Candidate};
use crate::words;
use crate::{course, digest};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::collections::btree_map::{BTreeMap, Entry};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// What a test program was built from.
#[derive(Deserialize, Serialize)]
pub struct Built {
    pub program: PathBuf,
    pub warnings: Vec<String>,
    /// The program's date when it was built: with another date, somebody else has built it since.
    program_date: Option<SystemTime>,
    /// The checker's date. Cargo makes it anew when the toolchain, its flags or the harness change, so it stands for
    /// all of them.
    checker_date: Option<SystemTime>,
    digests: Digests,
}

type Digests = BTreeMap<PathBuf, String>;

/// The sources as they are at one moment, beside what is remembered of the last build.
pub struct Snapshot {
    digests: Digests,
    built: Option<Built>,
    target: PathBuf,
    /// The answer's library: whatever else is built depends on it.
    library: Option<PathBuf>,
}

impl Snapshot {
    /// Looks at the sources. It must be taken before cargo reads them: what is saved later counts as changed.
    pub fn take(candidate: &Candidate) -> Result<Self, Fault> {
        let built: Option<Built> = memory::load(Shelf::Builds, &memory_name(candidate));
        let mut files: BTreeSet<&Path> = candidate.files.iter().map(PathBuf::as_path).collect();
        files.extend(built.iter().flat_map(|built| built.digests.keys().map(PathBuf::as_path)));
        let common = ["Cargo.toml", "Cargo.lock", ".cargo/config.toml"];
        let common = common.map(|name| candidate.workspace.join(name));
        files.extend(common.iter().filter(|file| file.exists()).map(PathBuf::as_path));
        let mut digests = Digests::new();
        for file in files.into_iter().filter(|file| file.exists()) {
            digests.insert(file.to_owned(), digest::of_file(file)?);
        }
        let library = candidate.files.iter().find(|file| file.ends_with("src/lib.rs")).cloned();
        Ok(Self { digests, built, target: candidate.target.clone(), library })
    }

    /// The program, if it was built from just these sources, by this checker.
    pub fn current(&self) -> Option<&Built> {
        self.built.as_ref().filter(|built| {
            built.digests == self.digests
                && built.program_date.is_some()
                && built.program_date == date(&built.program)
                && built.checker_date == checker_date()
        })
    }

    /// Gives a new date to every source file that cargo would wrongly take for built.
    pub fn refresh(&self) -> Result<(), Fault> {
        let is_source = |file: &&PathBuf| file.extension().is_some_and(|ending| ending == "rs");
        let sources = self.digests.keys().filter(is_source);
        match &self.built {
            Some(built) if date(&built.program) == built.program_date => {
                let changed =
                    sources.filter(|file| self.digests.get(*file) != built.digests.get(*file));
                self.renew(changed.filter(|file| date(file) <= built.program_date))
            }
            // Nobody knows what the program was built from. Where a file is newer, cargo builds anyway.
            built => {
                let built = built.as_ref().and_then(|built| date(&built.program));
                let something_built = self.target.join("debug").join("deps").exists();
                let newest = sources.clone().filter_map(|file| date(file)).max();
                match something_built && (built.is_none() || newest <= built) {
                    true => self.renew(sources),
                    false => Ok(()),
                }
            }
        }
    }

    /// Gives these files a new date. What is somebody else's can't have one, as in a course that was installed for many:
    /// then the library must.
    fn renew<'a>(&self, files: impl Iterator<Item = &'a PathBuf>) -> Result<(), Fault> {
        let refused: Vec<Fault> = files.filter_map(|file| touch(file).err()).collect();
        match (refused.into_iter().next(), &self.library) {
            (None, _) => Ok(()),
            (Some(fault), Some(library)) => touch(library).map_err(|_| fault),
            (Some(fault), None) => Err(fault),
        }
    }

    /// Remembers what `program` was built from: these sources, and those of the other `packages` of the course.
    pub fn remember(
        mut self,
        candidate: &Candidate,
        program: &Path,
        warnings: &[String],
        packages: &BTreeSet<PathBuf>,
    ) -> Result<(), Fault> {
        // One without has its sources among those of the candidate.
        let sources = packages.iter().map(|package| package.join("src"));
        for source in sources.filter(|source| source.exists()) {
            let files = source::files_below(&source)?;
            for file in files.into_iter().filter(|file| file.is_file()) {
                if let Entry::Vacant(entry) = self.digests.entry(file) {
                    let digest = digest::of_file(entry.key())?;
                    entry.insert(digest);
                }
            }
        }
        let built = Built {
            program: program.to_owned(),
            warnings: warnings.to_vec(),
            program_date: date(program),
            checker_date: checker_date(),
            digests: self.digests,
        };
        memory::save(Shelf::Builds, &memory_name(candidate), &built);
        Ok(())
    }
}

fn memory_name(candidate: &Candidate) -> String {
    let place = digest::of(candidate.folder.as_os_str().as_encoded_bytes());
    format!("built-{}-{place}", candidate.package)
}

fn checker_date() -> Option<SystemTime> {
    date(&std::env::current_exe().ok()?)
}

fn date(file: &Path) -> Option<SystemTime> {
    fs::metadata(file).ok()?.modified().ok()
}

fn touch(path: &Path) -> Result<(), Fault> {
    let now = SystemTime::now();
    fs::File::open(path).and_then(|file| file.set_modified(now)).map_err(|error| {
        let file = course::shown(path);
        Fault::new(words!(
            "{file} is older than what was built in its place, and can't be given a new date: {error}",
            "{file} est plus ancien que ce qui a été construit à sa place, et ne peut recevoir une nouvelle date : {error}"
        ))
        .next(words!(
            "Type   cargo clean   and check again.",
            "Tapez   cargo clean   et vérifiez de nouveau."
        ))
    })
}
