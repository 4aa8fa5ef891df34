//! Where things are.

use crate::catalogue::Section;
use crate::fault::Fault;
use crate::words;
use std::path::{Path, PathBuf};

/// The folder of the course: the workspace that this checker, or what grades a class, belongs to.
pub fn root() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let package = package.unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let mut above = package.ancestors().skip(1);
    above.find(|folder| folder.join("exercises").is_dir()).unwrap_or(&package).to_owned()
}

/// The references and the mistakes must be there.
///
/// # Errors
/// They are not: this is the students' edition.
pub fn require_solutions() -> Result<(), Fault> {
    match root().join("solutions").is_dir() {
        true => Ok(()),
        false => Err(Fault::new(words!(
            "this is the students' edition of the course: it has no solutions",
            "ceci est l'édition des étudiants : elle n'a pas de solutions"
        ))
        .next(words!(
            "The whole course is where the handout came from.",
            "Le cours entier est là d'où vient cette édition."
        ))),
    }
}

/// The folder that cargo builds in: this program lies in `debug` below it.
pub fn target() -> PathBuf {
    let program = std::env::current_exe().ok();
    // A test of the checker lies in `deps`, one level further down.
    let mut above = program.iter().flat_map(|program| program.ancestors().skip(1));
    let folder = above.find(|folder| !folder.ends_with("deps")).and_then(Path::parent);
    folder.map_or_else(|| root().join("target"), Path::to_owned)
}

/// The folder for what the checker itself remembers and stages; may be deleted at any time.
pub fn scratch() -> PathBuf {
    target().join("xtask")
}

/// `exercises/NN-section`.
pub fn exercise(section: &Section) -> PathBuf {
    root().join("exercises").join(section.folder_name())
}

/// `exercises/NN-section/stub`: what its `src` was before anybody wrote in it.
pub fn stub(section: &Section) -> PathBuf {
    exercise(section).join("stub")
}

/// `solutions/NN-section`.
pub fn solution(section: &Section) -> PathBuf {
    root().join("solutions").join(section.folder_name())
}

/// The path as people know it: from the course's folder, where it lies in there.
pub fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

/// The cargo that runs this program, or the one on the search path.
pub fn cargo() -> PathBuf {
    std::env::var_os("CARGO").map_or_else(|| "cargo".into(), PathBuf::from)
}

/// A path as the compiler was given it, told from the course's folder or from `workspace` where it lies in there, and
/// without going up and down again.
pub fn plain(file: &str, workspace: &Path) -> String {
    let path = Path::new(file);
    let file = shown(path.strip_prefix(workspace).unwrap_or(path));
    let mut parts: Vec<&str> = vec![];
    for part in file.split('/') {
        match (part, parts.last()) {
            ("..", Some(&last)) if last != ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    parts.join("/")
}
