//! `cargo xtask reset`: the stub comes back, and what was there is kept.
//!
//! Each exercise carries its stub in a folder beside `src`, as plain files: a course that came as an archive has no history
//! to take it from, and in that of a learner the newest version is their own. `verify` proves that the two are the
//! same.

use crate::fault::Fault;
use crate::{catalogue, course, source, words};
use anstream::println;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Brings the stub of a section back, and keeps what was there
#[derive(clap::Args)]
pub struct Arguments {
    /// Number, name, or the beginning of a name
    section: String,
}

/// More resets of one section than anybody makes.
const MOST: usize = 10_000;

/// Puts the stub in the place of `src`, and says where `src` is now.
///
/// # Errors
/// There is no such section, it has no stub, or the disk refuses.
pub fn run(arguments: Arguments) -> Result<ExitCode, Fault> {
    let section = catalogue::select_one(&arguments.section)?;
    let (stub, source) = (course::stub(&section), course::exercise(&section).join("src"));
    let [stub_shown, source_shown] = [&stub, &source].map(|folder| course::shown(folder));
    if !stub.is_dir() {
        let what = words!(
            "the stub is not there: {stub_shown}",
            "le squelette n'est pas là : {stub_shown}"
        );
        return Err(Fault::new(what).next(words!(
            "It comes with the course; the folder can be copied from there.",
            "Il fait partie du cours ; ce dossier peut en être copié."
        )));
    }
    if source.is_dir() && source::same(&stub, &source)? {
        println!(
            "{}",
            words!("{source_shown} is the stub already.", "{source_shown} est déjà le squelette.")
        );
        return Ok(ExitCode::SUCCESS);
    }
    let kept = exchange(&stub, &source, &section.folder_name()).map_err(|error| {
        Fault::new(words!(
            "the stub can't be brought back: {error}",
            "impossible de rétablir le squelette : {error}"
        ))
    })?;
    let kept = course::shown(&kept);
    println!(
        "{}",
        words!("{source_shown} is the stub again.", "{source_shown} est de nouveau le squelette.")
    );
    println!("{}", words!("What was there is kept in", "Ce qui s'y trouvait est gardé dans"));
    println!("    {kept}");
    println!("{}", words!("To get it back:", "Pour le reprendre :"));
    println!("    cp -r {kept}/. {source_shown}");
    Ok(ExitCode::SUCCESS)
}

/// Moves `source` to a new folder of its own, and puts a copy of `stub` in its place. Where `source` is now.
fn exchange(stub: &Path, source: &Path, name: &str) -> io::Result<PathBuf> {
    let folder = new_folder(&course::root().join("kept"), name)?;
    // All that can fail for want of room is done before anything is moved.
    let draft = folder.join("stub");
    copy(stub, &draft)?;
    let kept = folder.join("src");
    match fs::rename(source, &kept) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    fs::rename(&draft, source).inspect_err(|_| {
        // Better no reset than no `src`.
        let _ = fs::rename(&kept, source);
    })?;
    Ok(kept)
}

/// The first of `name-1`, `name-2` … that is not there yet, made now: nobody else can have it.
fn new_folder(above: &Path, name: &str) -> io::Result<PathBuf> {
    fs::create_dir_all(above)?;
    for number in 1..MOST {
        let folder = above.join(format!("{name}-{number}"));
        match fs::create_dir(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other(format!("{} is full", above.display())))
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let files = source::files_below(from).map_err(|fault| io::Error::other(fault.what))?;
    for file in files {
        let copy = to.join(file.strip_prefix(from).unwrap_or(&file));
        fs::create_dir_all(copy.parent().unwrap_or(to))?;
        // Written, and not copied: it gets the date of now, so that cargo builds it.
        fs::write(copy, fs::read(file)?)?;
    }
    Ok(())
}
