//! Cargo builds again what is *newer* than what was built from it. A file with an older date, put in the place of a
//! newer one, would not be built, and the verdict of the one before would be shown. Whoever checks out, unpacks or
//! undoes makes such files; so the checker remembers what each test program was built from.

use crate::fault::Fault;
use crate::source::Candidate;
use crate::{course, digest, memory};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// What a test program was built from.
#[derive(Default, Deserialize, Serialize)]
struct Built {
    program: PathBuf,
    /// The program's date when it was built: another date, and somebody else has built it since.
    modified: Option<SystemTime>,
    /// The digest of each file.
    files: BTreeMap<PathBuf, String>,
}

/// Gives a new date to every file that cargo would wrongly take for built.
pub fn refresh(candidate: &Candidate) -> Result<(), Fault> {
    let Some(built) = memory::load::<Built>(&name(candidate)) else {
        return refresh_all(candidate, None);
    };
    if modified(&built.program) != built.modified {
        return refresh_all(candidate, modified(&built.program));
    }
    for file in &candidate.files {
        let same = built.files.get(file) == Some(&digest::of_file(file)?);
        if !same && modified(file) <= built.modified {
            touch(file)?;
        }
    }
    Ok(())
}

/// Nobody knows what the program was built from. Where a file is newer than it, cargo builds it anyway.
fn refresh_all(candidate: &Candidate, built: Option<SystemTime>) -> Result<(), Fault> {
    let something_built = course::target().join("debug").join("deps").exists();
    let newest = candidate.files.iter().filter_map(|file| modified(file)).max();
    if something_built && (built.is_none() || newest <= built) {
        candidate.files.iter().try_for_each(|file| touch(file))?;
    }
    Ok(())
}

/// Remembers that `program` was built from the candidate's files as they are now.
pub fn remember(candidate: &Candidate, program: &Path) -> Result<(), Fault> {
    let mut files = BTreeMap::new();
    for file in &candidate.files {
        files.insert(file.clone(), digest::of_file(file)?);
    }
    let built = Built { program: program.to_owned(), modified: modified(program), files };
    memory::save(&name(candidate), &built);
    Ok(())
}

fn name(candidate: &Candidate) -> String {
    let place = digest::of(candidate.folder.as_os_str().as_encoded_bytes());
    format!("built-{}-{place}", candidate.package)
}

fn modified(file: &Path) -> Option<SystemTime> {
    fs::metadata(file).ok()?.modified().ok()
}

fn touch(file: &Path) -> Result<(), Fault> {
    let now = SystemTime::now();
    fs::File::open(file).and_then(|file| file.set_modified(now)).map_err(|error| {
        let shown = course::shown(file);
        Fault::new(format!("{shown} is older than what was built in its place, and can't be given a new date: {error}"))
            .next("Type   cargo clean   and check again.")
    })
}
