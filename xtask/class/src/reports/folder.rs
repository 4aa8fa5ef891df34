//! The folder of a report: which files in it are ours, and how they are replaced without ever being half there.
//!
//! A list in the folder names them. What is not in it is not touched.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use xtask::fault::Fault;

/// The list, a file a line.
const LIST: &str = ".report-files";
/// What stands behind the name of a file that is not whole yet.
const DRAFT: &str = ".draft";
/// The list of a class of a hundred thousand would be shorter.
const LIST_BYTES: u64 = 8 << 20;
/// So many foreign files are named.
const NAMED: usize = 3;

/// A folder that is being written.
pub struct Folder {
    path: PathBuf,
    /// What is or may be there of ours.
    owned: BTreeSet<String>,
    written: BTreeSet<String>,
}

impl Folder {
    /// The folder, in which these files are to be written; it is made where it is missing.
    ///
    /// # Errors
    /// It holds what no report has written, and so is not ours; or something foreign stands in the place of a file.
    pub fn open(path: &Path, files: &[String]) -> Result<Self, Fault> {
        let io = |error: io::Error| cannot(path, &error);
        fs::create_dir_all(path).map_err(io)?;
        let list = listed(path)?;
        if list.is_none() {
            require_empty(path)?;
        }
        let mut owned = list.unwrap_or_default();
        for file in files.iter().filter(|file| !owned.contains(*file)) {
            require_free(&path.join(file))?;
        }
        for folder in files.iter().filter_map(|file| Path::new(file).parent()) {
            make(&path.join(folder))?;
        }
        // From here on they are ours, also if this process ends before all of them are written.
        owned.extend(files.iter().cloned());
        let folder = Self { path: path.to_owned(), owned, written: BTreeSet::new() };
        folder.put_list(&folder.owned)?;
        Ok(folder)
    }

    /// Writes one of the files.
    ///
    /// # Errors
    /// Why it can't be written; the file is as it was before.
    pub fn write(&mut self, file: &str, text: &str) -> Result<(), Fault> {
        write_file(&self.path.join(file), text)?;
        self.written.insert(file.to_owned());
        Ok(())
    }

    /// Removes what earlier reports have left and this one has not written.
    ///
    /// # Errors
    /// Why it can't be removed.
    pub fn finish(self) -> Result<(), Fault> {
        for stale in self.owned.difference(&self.written) {
            remove(&self.path.join(stale))?;
        }
        for file in &self.owned {
            remove(&draft_of(&self.path.join(file)))?;
        }
        self.put_list(&self.written)
    }

    fn put_list(&self, files: &BTreeSet<String>) -> Result<(), Fault> {
        let lines: String = files.iter().map(|file| format!("{file}\n")).collect();
        write_file(&self.path.join(LIST), &lines)
    }
}

/// Writes a file so that it is there whole, or as it was before: also if this process is killed, or the disk is full.
///
/// # Errors
/// Why it can't be written.
pub fn write_file(file: &Path, text: &str) -> Result<(), Fault> {
    let draft = draft_of(file);
    let written = || -> io::Result<()> {
        // A new file, whatever stands there: no link is followed.
        match fs::remove_file(&draft) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut output = fs::File::create_new(&draft)?;
        output.write_all(text.as_bytes())?;
        output.flush()?;
        fs::rename(&draft, file)
    };
    written().map_err(|error| {
        let _ = fs::remove_file(&draft);
        cannot(file, &error)
    })
}

fn draft_of(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(DRAFT);
    name.into()
}

fn cannot(path: &Path, error: &io::Error) -> Fault {
    Fault::new(format!("can't write {}: {error}", path.display()))
        .next("Is the disk full, or the folder read-only? What was there before is still there.")
}

/// The files that the list names; none when there is no list.
fn listed(folder: &Path) -> Result<Option<BTreeSet<String>>, Fault> {
    let list = folder.join(LIST);
    let unreadable = |why: String| {
        Fault::new(format!("can't read {}: {why}", list.display()))
            .next("Choose another folder, or move this one away.")
    };
    match fs::symlink_metadata(&list) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error.to_string())),
        Ok(data) if !data.is_file() => return Err(unreadable("it is no file".into())),
        Ok(data) if data.len() > LIST_BYTES => return Err(unreadable("it is too large".into())),
        Ok(_) => {}
    }
    let text = fs::read_to_string(&list).map_err(|error| unreadable(error.to_string()))?;
    match text.lines().find(|line| !is_ours(line)) {
        Some(line) => Err(unreadable(format!("no report writes {line:?}"))),
        None => Ok(Some(text.lines().map(String::from).collect())),
    }
}

/// Could a report have written it? A list that somebody else wrote must not make us remove other files.
fn is_ours(file: &str) -> bool {
    let plain = |name: &str| {
        let mut bytes = name.bytes();
        bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
    };
    let page = file.strip_prefix("students/").and_then(|name| name.strip_suffix(".html"));
    super::FILES.contains(&file)
        || page.is_some_and(|name| name.starts_with(|c: char| c.is_ascii_digit()) && plain(name))
}

/// A folder without a list may have nothing in it, but for the list that was about to be written.
fn require_empty(folder: &Path) -> Result<(), Fault> {
    let io = |error: io::Error| cannot(folder, &error);
    let ours = format!("{LIST}{DRAFT}");
    let mut foreign = vec![];
    for entry in fs::read_dir(folder).map_err(io)? {
        let name = entry.map_err(io)?.file_name();
        if name != *ours {
            foreign.push(name.to_string_lossy().into_owned());
        }
    }
    if foreign.is_empty() {
        return Ok(());
    }
    foreign.sort();
    let more = if foreign.len() > NAMED { ", …" } else { "" };
    foreign.truncate(NAMED);
    let what =
        format!("{} is no report: there is {}{more} in it", folder.display(), foreign.join(", "));
    Err(Fault::new(what).next("It is left as it is. Choose a new or an empty folder: --report DIR"))
}

fn require_free(file: &Path) -> Result<(), Fault> {
    match fs::symlink_metadata(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => Err(foreign(file)),
        Err(error) => Err(cannot(file, &error)),
        Ok(_) => Err(foreign(file)),
    }
}

fn foreign(file: &Path) -> Fault {
    Fault::new(format!("{} is there already, and no report has written it", file.display()))
        .next("It is left as it is. Choose another folder: --report DIR")
}

/// Makes the folder; what it is now must be one, and no link to another.
fn make(folder: &Path) -> Result<(), Fault> {
    match fs::create_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        made => return made.map_err(|error| cannot(folder, &error)),
    }
    match fs::symlink_metadata(folder) {
        Ok(data) if data.is_dir() => Ok(()),
        _ => Err(foreign(folder)),
    }
}

fn remove(file: &Path) -> Result<(), Fault> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Fault::new(format!("can't remove {}: {error}", file.display())))
        }
        _ => Ok(()),
    }
}
