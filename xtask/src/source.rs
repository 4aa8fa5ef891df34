//! Whose answer is checked, and where cargo finds it.

use crate::catalogue::Section;
use crate::confinement::Confinement;
use crate::fault::Fault;
use crate::words;
use crate::{course, stage_source};
use std::path::{Path, PathBuf};

/// Whose answer is checked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Origin {
    /// The student's, in `exercises`.
    Exercise,
    /// The reference, in `solutions`.
    Solution,
    /// The one in another folder, of which only `src` is taken.
    Folder(PathBuf),
}

/// A crate that cargo can build, with the tests of its section.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The name of its package.
    pub package: String,
    /// What tells it from the other crates of its section that are built in the same target folder.
    pub place: String,
    /// The workspace that it is a member of.
    pub workspace: PathBuf,
    /// Its own folder, in which its tests run.
    pub folder: PathBuf,
    /// The folder that cargo builds it in.
    pub target: PathBuf,
    /// What stands before the name of each test.
    pub test_prefix: &'static str,
    /// The files that decide what is built.
    pub files: Vec<PathBuf>,
    /// What was not taken, in words.
    pub left_out: Vec<String>,
    /// What holds it in.
    pub confinement: Confinement,
}

/// Why there is nothing to be built.
#[derive(Clone, Debug)]
pub enum Unfit {
    /// The answer itself is at fault; what is wrong, as it is to be printed.
    Answer(Vec<String>),
    /// The checker or its use is.
    Fault(Fault),
}

impl From<Fault> for Unfit {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// The crate that is to be checked; its files were read, and are text.
pub fn prepare(section: &Section, origin: &Origin) -> Result<Candidate, Unfit> {
    let candidate = match origin {
        Origin::Exercise => {
            in_workspace(section, "exercise", section.name.clone(), course::exercise(section), "")
        }
        Origin::Solution => {
            let package = format!("{}-solution", section.name);
            in_workspace(section, "solution", package, course::solution(section), "section::")
        }
        Origin::Folder(folder) => {
            let source = source_folder(section, folder)?;
            let (files, left_out) = stage_source::take(&source)?;
            let staged = stage_source::stage(section, "from", files);
            staged.map(|candidate| Candidate { left_out, ..candidate })
        }
    }?;
    checked(candidate)
}

/// The candidate, if its files can be read, and are text.
pub fn checked(candidate: Candidate) -> Result<Candidate, Unfit> {
    // Rustc would say it too, but with fewer words about what to do.
    for file in &candidate.files {
        require_text(file)?;
    }
    Ok(candidate)
}

fn in_workspace(
    section: &Section,
    place: &str,
    package: String,
    folder: PathBuf,
    test_prefix: &'static str,
) -> Result<Candidate, Fault> {
    let source = folder.join("src");
    require_library(&source)?;
    let mut files = files_below(&source)?;
    files.retain(|file| file.is_file());
    files.push(folder.join("Cargo.toml"));
    files.extend(given_files(section)?);
    Ok(Candidate {
        package,
        place: place.into(),
        workspace: course::root(),
        folder,
        target: course::target(),
        test_prefix,
        files,
        left_out: vec![],
        confinement: Confinement::default(),
    })
}

/// What the course gives to every answer of the section: the tests and the programs.
pub fn given_files(section: &Section) -> Result<Vec<PathBuf>, Fault> {
    let exercise = course::exercise(section);
    let mut files = files_below(&exercise.join("tests"))?;
    let programs = exercise.join("src").join("bin");
    if programs.exists() {
        files.extend(files_below(&programs)?);
    }
    Ok(files)
}

/// The folder in `folder` that has the section's sources: a copy of the workspace, of `exercises`, of one exercise.
fn source_folder(section: &Section, folder: &Path) -> Result<PathBuf, Fault> {
    let name = section.folder_name();
    let places = [
        folder.join("exercises").join(&name).join("src"),
        folder.join(&name).join("src"),
        folder.join("src"),
    ];
    places.iter().find(|place| place.is_dir()).cloned().ok_or_else(|| {
        let (folder, name) = (folder.display(), &section.name);
        let what = words!(
            "{folder} has no sources of section {name}",
            "{folder} n'a pas de sources de la section {name}"
        );
        let places = places.iter().map(|place| format!("  {}", place.display()));
        let places = places.collect::<Vec<_>>().join("\n");
        Fault::new(what).next(words!(
            "There would have to be one of\n{places}",
            "Il faudrait l'un de\n{places}"
        ))
    })
}

/// Is this a folder with sources of one section, but not of which?
pub fn has_one_source(folder: &Path) -> bool {
    folder.join("src").is_dir() && !folder.join("exercises").is_dir()
}

/// There must be a `lib.rs`.
pub fn require_library(source: &Path) -> Result<(), Fault> {
    let library = source.join("lib.rs");
    match std::fs::metadata(&library) {
        Ok(data) if data.is_file() => Ok(()),
        Ok(_) => Err(Fault::not_a_file(&library)),
        Err(error) => Err(Fault::unreadable(&library, error).next({
            let source = course::shown(source);
            words!(
                "`git restore {source}` brings it back.",
                "`git restore {source}` le fait revenir."
            )
        })),
    }
}

/// All files below a folder, in the order of their names.
pub fn files_below(folder: &Path) -> Result<Vec<PathBuf>, Fault> {
    const MOST: usize = 1000;
    let mut files = vec![];
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let unreadable = |error| Fault::unreadable(&folder, error);
        for entry in std::fs::read_dir(&folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let kind = entry.file_type().map_err(unreadable)?;
            if kind.is_dir() {
                folders.push(entry.path());
            } else {
                files.push(entry.path());
            }
        }
        if files.len() + folders.len() > MOST {
            let folder = course::shown(&folder);
            return Err(Fault::new(words!(
                "there are more than {MOST} files in {folder}",
                "il y a plus de {MOST} fichiers dans {folder}"
            )));
        }
    }
    files.sort();
    Ok(files)
}

/// Have the two folders the same files, with the same content?
///
/// # Errors
/// One of them can't be read.
pub fn same(one: &Path, other: &Path) -> Result<bool, Fault> {
    let (files, others) = (files_below(one)?, files_below(other)?);
    let is_same = |(file, twin): (&PathBuf, &PathBuf)| {
        file.strip_prefix(one).ok() == twin.strip_prefix(other).ok()
            && std::fs::read(file).ok() == std::fs::read(twin).ok()
    };
    Ok(files.len() == others.len() && files.iter().zip(&others).all(is_same))
}

/// A source file must be UTF-8.
fn require_text(file: &Path) -> Result<(), Unfit> {
    let bytes = std::fs::read(file).map_err(|error| Fault::unreadable(file, error))?;
    let is_rust = file.extension().is_some_and(|extension| extension == "rs");
    match std::str::from_utf8(&bytes) {
        Err(error) if is_rust => {
            let line =
                bytes[..error.valid_up_to()].iter().filter(|&&byte| byte == b'\n').count() + 1;
            let file = course::shown(file);
            Err(Unfit::Answer(vec![words!(
                "{file}:{line}: the file is not UTF-8 from here on\nSave it as UTF-8 in your editor.",
                "{file}:{line}: à partir d'ici, le fichier n'est plus en UTF-8\nEnregistrez-le en UTF-8 dans votre \
                 éditeur."
            )]))
        }
        _ => Ok(()),
    }
}
