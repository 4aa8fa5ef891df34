//! A crate made from somebody's `src` and the course's own manifest, tests and lock file, in a workspace of its own
//! below the target folder. Nothing else that lies beside that `src` can change how it is built or judged.

use crate::catalogue::Section;
use crate::confinement::Confinement;
use crate::course;
use crate::fault::Fault;
use crate::source::{Candidate, files_below, given_files, require_library};
use crate::words;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// A source file may be so large.
const FILE_BYTES: u64 = 1 << 20;

/// A file of the crate that is staged.
#[derive(Clone)]
pub struct Staged {
    /// Its path in the crate, as in `src/lib.rs`.
    pub file: PathBuf,
    /// What it says.
    pub text: Vec<u8>,
}

/// The files of somebody's `src`, and what of it is not taken, in words.
///
/// The programs are the course's own: they are no student's work.
pub fn take(source: &Path) -> Result<(Vec<Staged>, Vec<String>), Fault> {
    require_library(source)?;
    let mut files = vec![];
    let mut left_out = vec![];
    for path in files_below(source)? {
        let file = Path::new("src").join(path.strip_prefix(source).unwrap_or(&path));
        if file.starts_with("src/bin") || file == Path::new("src/main.rs") {
            continue;
        }
        match text_of(&path) {
            Ok(text) => files.push(Staged { file, text }),
            Err(reason) => left_out.push(format!("{}: {reason}", file.display())),
        }
    }
    Ok((files, left_out))
}

/// Stages a crate of these files and the section's programs, in a place of this name below [`staged`].
pub fn stage(section: &Section, place: &str, files: Vec<Staged>) -> Result<Candidate, Fault> {
    stage_alone(section, place, [files, programs(section)?].concat())
}

/// Stages a crate of these files alone, in a place of this name below [`staged`].
///
/// Only what differs from the last time is written: cargo builds by the dates of the files.
pub fn stage_alone(section: &Section, place: &str, files: Vec<Staged>) -> Result<Candidate, Fault> {
    let mut all = files;
    all.push(Staged { file: "Cargo.toml".into(), text: crate_manifest(section)?.into_bytes() });
    let (workspace, folder) = put_crate(section, place, &all)?;
    let full = |error: io::Error| cannot_write(&workspace, &error);
    let files: BTreeSet<PathBuf> = all.iter().map(|staged| folder.join(&staged.file)).collect();
    for stale in files_below(&folder.join("src"))?.iter().filter(|file| !files.contains(*file)) {
        fs::remove_file(stale).map_err(full)?;
    }
    Ok(Candidate {
        package: section.name.clone(),
        place: place.into(),
        workspace,
        folder,
        target: course::target(),
        test_prefix: "",
        files: files.into_iter().chain(given_files(section)?).collect(),
        left_out: vec![],
        confinement: Confinement::default(),
    })
}

/// Stages a crate of the same sources and tests, in which stand-ins take the places of `std` and `crossbeam`: there the
/// schedules of its threads can be explored. The crate itself knows nothing of it.
///
/// That a dependency may be called `std` is nowhere promised; a test of the checker watches over it.
pub fn stage_explored(section: &Section, candidate: &Candidate) -> Result<Candidate, Fault> {
    let place = format!("{}/explored", candidate.place);
    let manifest = explored_manifest(section, &candidate.folder.join("src").join("lib.rs"))?;
    let manifest = Staged { file: "Cargo.toml".into(), text: manifest.into_bytes() };
    let (workspace, folder) = put_crate(section, &place, &[manifest])?;
    let mut files = candidate.files.clone();
    files.push(folder.join("Cargo.toml"));
    Ok(Candidate {
        package: section.name.clone(),
        place,
        workspace,
        folder,
        target: candidate.target.clone(),
        test_prefix: "",
        files,
        left_out: vec![],
        confinement: candidate.confinement.clone(),
    })
}

/// Stages a crate of the sources in `candidate` and one program of the section, with the stand-ins, so that a run of it
/// can be recorded. The program is called `name`.
///
/// # Errors
/// Why it can't be written.
pub fn stage_recorded(
    section: &Section,
    candidate: &Candidate,
    program: &Path,
    name: &str,
) -> Result<PathBuf, Fault> {
    let place = format!("{}/recorded", candidate.place);
    let manifest = explored_manifest(section, &candidate.folder.join("src").join("lib.rs"))?;
    let mut manifest: Table = manifest.parse().expect("it was written just now");
    let mut binary = Table::new();
    binary.insert("name".into(), name.into());
    binary.insert("path".into(), program.display().to_string().into());
    manifest.insert("bin".into(), Value::Array(vec![binary.into()]));
    let text = manifest.to_string().into_bytes();
    let (workspace, _) = put_crate(section, &place, &[Staged { file: "Cargo.toml".into(), text }])?;
    Ok(workspace)
}

/// The folder of all that is staged in a place of this name.
pub fn staged(place: &str) -> PathBuf {
    course::scratch().join("staged").join(place)
}

/// Writes a crate of these files, alone in a workspace like the course's. The folders of the two.
fn put_crate(
    section: &Section,
    place: &str,
    files: &[Staged],
) -> Result<(PathBuf, PathBuf), Fault> {
    let workspace = staged(place).join(section.folder_name());
    let member = member(place);
    let folder = workspace.join(&member);
    let manifest = workspace_manifest(&member)?;
    let lock = fs::read(course::root().join("Cargo.lock"));
    let written = || -> io::Result<()> {
        put(&workspace.join("Cargo.toml"), manifest.as_bytes())?;
        if let (Ok(lock), false) = (&lock, workspace.join("Cargo.lock").exists()) {
            put(&workspace.join("Cargo.lock"), lock)?;
        }
        files.iter().try_for_each(|staged| put(&folder.join(&staged.file), &staged.text))
    };
    written().map_err(|error| cannot_write(&workspace, &error))?;
    Ok((workspace, folder))
}

/// The name of the crate's folder. Cargo tells crates apart by their path in the workspace, so two places must differ in
/// it; but not those that differ in a number: they have target folders of their own, and must say the same of a place.
fn member(place: &str) -> String {
    let parts = place
        .split('/')
        .map(|part| part.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-'));
    parts.collect::<Vec<_>>().join("-")
}

fn cannot_write(folder: &Path, error: &io::Error) -> Fault {
    Fault::unwritable(folder, error).next(words!(
        "Is the disk full, or the folder read-only?",
        "Le disque est-il plein, ou le dossier en lecture seule ?"
    ))
}

/// The programs of the section, as the course has them.
fn programs(section: &Section) -> Result<Vec<Staged>, Fault> {
    let exercise = course::exercise(section);
    let folder = exercise.join("src").join("bin");
    let paths = if folder.exists() { files_below(&folder)? } else { vec![] };
    let read = |path: PathBuf| {
        let unreadable = |error| Fault::new(format!("{}: {error}", course::shown(&path)));
        let text = fs::read(&path).map_err(unreadable)?;
        Ok(Staged { file: path.strip_prefix(&exercise).unwrap_or(&path).to_owned(), text })
    };
    paths.into_iter().map(read).collect()
}

/// What the file says, if it is one that is taken: regular, and of a size that a person writes.
fn text_of(file: &Path) -> Result<Vec<u8>, String> {
    let data = fs::symlink_metadata(file).map_err(|error| error.to_string())?;
    if data.is_symlink() {
        return Err(words!("a symbolic link", "un lien symbolique"));
    }
    if !data.is_file() {
        return Err(words!("not a regular file", "pas un fichier ordinaire"));
    }
    if data.len() > FILE_BYTES {
        return Err(words!("larger than {FILE_BYTES} bytes", "plus gros que {FILE_BYTES} octets"));
    }
    fs::read(file).map_err(|error| error.to_string())
}

/// Writes the file unless it says the same already.
fn put(file: &Path, text: &[u8]) -> io::Result<()> {
    if fs::read(file).is_ok_and(|present| present == text) {
        return Ok(());
    }
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(file, text)
}

/// The course's workspace with one member: the same packages, lints and profiles.
fn workspace_manifest(member: &str) -> Result<String, Fault> {
    let mut manifest = read(&course::root().join("Cargo.toml"))?;
    let workspace = table(&mut manifest, "workspace");
    workspace.insert("members".into(), Value::Array(vec![member.into()]));
    let packages = table(workspace, "dependencies");
    for (_, package) in packages.iter_mut() {
        if let Some(Value::String(path)) = package.get_mut("path") {
            *path = course::root().join(&path).display().to_string();
        }
    }
    Ok(manifest.to_string())
}

/// The exercise's manifest with the exercise's tests.
fn crate_manifest(section: &Section) -> Result<String, Fault> {
    let exercise = course::exercise(section);
    let mut manifest = read(&exercise.join("Cargo.toml"))?;
    let mut test = Table::new();
    test.insert("name".into(), "section".into());
    let path = exercise.join("tests").join("section.rs");
    test.insert("path".into(), path.display().to_string().into());
    manifest.insert("test".into(), Value::Array(vec![test.into()]));
    Ok(manifest.to_string())
}

/// The exercise's manifest for these sources, with the stand-ins, and without programs.
fn explored_manifest(section: &Section, library: &Path) -> Result<String, Fault> {
    let mut manifest: Table = crate_manifest(section)?.parse().expect("it was written just now");
    table(&mut manifest, "package").insert("autobins".into(), false.into());
    table(&mut manifest, "lib").insert("path".into(), library.display().to_string().into());
    let dependencies = table(&mut manifest, "dependencies");
    let folder = course::root().join("xtask").join("interleave");
    let stand_in = |name: &str| {
        let mut package = Table::new();
        package.insert("package".into(), format!("interleave-{name}").into());
        package.insert("path".into(), folder.join(name).display().to_string().into());
        Value::Table(package)
    };
    dependencies.insert("std".into(), stand_in("std"));
    dependencies.insert("core".into(), stand_in("core"));
    if dependencies.contains_key("crossbeam") {
        dependencies.insert("crossbeam".into(), stand_in("crossbeam"));
    }
    let harness = table(table(&mut manifest, "dev-dependencies"), "harness");
    harness.insert("features".into(), Value::Array(vec!["explore".into()]));
    Ok(manifest.to_string())
}

fn read(file: &Path) -> Result<Table, Fault> {
    let text = fs::read_to_string(file).map_err(|error| error.to_string());
    let table = text.and_then(|text| text.parse::<Table>().map_err(|error| error.to_string()));
    table.map_err(|error| Fault::unreadable(file, error))
}

fn table<'a>(parent: &'a mut Table, name: &str) -> &'a mut Table {
    let entry = parent.entry(name).or_insert_with(|| Table::new().into());
    if !entry.is_table() {
        *entry = Table::new().into();
    }
    entry.as_table_mut().expect("a table, by the line above")
}
