//! What students handed in, read into memory. Nothing of it is written anywhere, no link in it is followed, nothing of it
//! is run, and whatever it is, there is an answer: it may have been made by somebody who wants there to be none.

mod archive;
mod choose;
mod folder;
mod git;
mod limits;
mod pile;
mod place;
#[cfg(test)]
mod samples;
mod student;
mod tar;
mod zip;

pub use git::{Git, Reach};
pub use pile::Trouble;

use limits::{ARCHIVE_BYTES, SUBMISSIONS};
use nix::errno::Errno;
use nix::fcntl::open;
use nix::sys::stat::{Mode, fstat, lstat};
use pile::{Notes, Pile, Unread, read_at_most};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use xtask::catalogue::Section;
use xtask::fault::Fault;
use xtask::stage_source::Staged;

/// What one entry of the class's folder has.
pub struct Submission {
    /// The name of the file or folder: no two are the same in a class.
    pub entry: String,
    /// What the student is called, in one line that can be printed.
    pub name: String,
    /// The files that were taken of each section, by the section's folder in the course; each has a `src/lib.rs`.
    pub sections: BTreeMap<String, Vec<Staged>>,
    /// What was not taken, and why: some lines, in words.
    pub left_out: Vec<String>,
    /// Why nothing could be taken; nothing was, exactly when there is a reason.
    pub trouble: Option<Trouble>,
}

/// The submissions of a class, by name. Hidden files are none.
///
/// # Errors
/// There is no such folder, it can't be read, or there is nothing in it.
pub fn entries(class: &Path) -> Result<Vec<PathBuf>, Fault> {
    let shown = class.display();
    let next = "It has to be a folder with a file or a folder from each student.";
    let unreadable = |error| Fault::new(format!("can't read {shown}: {error}")).next(next);
    if !fs::metadata(class).map_err(unreadable)?.is_dir() {
        return Err(Fault::new(format!("{shown} is not a folder")).next(next));
    }
    let mut entries = vec![];
    for entry in fs::read_dir(class).map_err(unreadable)? {
        let name = entry.map_err(unreadable)?.file_name();
        if is_submission(&name) {
            entries.push(class.join(name));
        }
        if entries.len() > SUBMISSIONS {
            let what = format!("there are more than {SUBMISSIONS} entries in {shown}");
            return Err(Fault::new(what).next("Is it the right folder?"));
        }
    }
    if entries.is_empty() {
        return Err(Fault::new(format!("there is nothing in {shown}")).next(next));
    }
    entries.sort();
    Ok(entries)
}

/// Systems leave files of their own everywhere.
fn is_submission(name: &OsStr) -> bool {
    let name = name.as_bytes();
    !name.starts_with(b".") && !matches!(name, b"__MACOSX" | b"Thumbs.db" | b"desktop.ini")
}

/// Reads one submission. It does not fail: what is wrong is told in the answer. It may run git, and waits for it.
pub fn take(entry: &Path, sections: &[Section], git: &Git) -> Submission {
    let file_name = entry.file_name().unwrap_or(entry.as_os_str());
    let mut pile = Pile::new(sections);
    let read = read(entry, &mut pile, git);
    let mut notes = Notes::default();
    let name = student::name(&pile.students, &mut notes);
    let empty = pile.is_empty();
    let (taken, left_out) = match &read {
        Ok(()) => choose::choose(pile, sections),
        Err(_) => (BTreeMap::new(), pile.notes),
    };
    let trouble = read.err().or_else(|| taken.is_empty().then(|| nothing(empty, sections)));
    let entry = lossless(file_name);
    Submission {
        name: name.unwrap_or_else(|| name_of(&entry)),
        entry,
        sections: taken,
        left_out: notes.and(left_out).into_lines(),
        trouble,
    }
}

/// Why nothing was taken of a submission that could be read.
fn nothing(empty: bool, sections: &[Section]) -> Trouble {
    let wanted = sections.first().map(Section::folder_name).unwrap_or_default();
    match empty {
        true => Trouble::Theirs("there is nothing in it".into()),
        false => Trouble::Theirs(format!("no section is in it; one would be {wanted}/src/lib.rs")),
    }
}

/// What the student is called when nothing else tells it.
fn name_of(entry: &str) -> String {
    student::shown(archive::without_ending(entry))
        .unwrap_or_else(|| entry.escape_default().to_string())
}

/// The name as text, from which it could be had back: other bytes than UTF-8 as `\xff`, and `\` as `\\`.
fn lossless(name: &OsStr) -> String {
    let mut text = String::new();
    for chunk in name.as_bytes().utf8_chunks() {
        text.push_str(&chunk.valid().replace('\\', "\\\\"));
        text.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")));
    }
    text
}

/// Reads a submission, and the archive that it may consist of.
fn read(entry: &Path, pile: &mut Pile, git: &Git) -> Result<(), Trouble> {
    match open_carefully(entry)? {
        Handed::Folder(folder) if git::is_bare(&folder) => {
            return git::read_bare(&folder, entry, pile, git);
        }
        Handed::Folder(folder) => {
            let hidden = folder::open_folder(&folder, c".git").ok();
            folder::read(folder, pile)?;
            // A work tree that was not checked out: all there is lies in its repository.
            if let Some(hidden) = hidden.filter(|hidden| pile.is_empty() && git::is_bare(hidden)) {
                return git::read_bare(&hidden, &entry.join(".git"), pile, git);
            }
        }
        Handed::Archive(bytes) => archive::read(&bytes, pile, git)?,
    }
    match pile.inner_archive() {
        Some(bytes) => archive::read(&bytes, pile, git),
        None => Ok(()),
    }
}

/// What was handed in, opened.
enum Handed {
    Folder(OwnedFd),
    Archive(Vec<u8>),
}

fn open_carefully(entry: &Path) -> Result<Handed, Trouble> {
    let unreadable = |error: Errno| Trouble::Ours(format!("can't read it: {}", error.desc()));
    // To open a device can do something, so it is looked at first.
    let before = lstat(entry).map_err(unreadable)?;
    if let folder::Kind::Other(what) = folder::Kind::of(&before) {
        return Err(Trouble::Theirs(format!("it is {what}, neither a folder nor an archive")));
    }
    let opened = open(entry, folder::CAREFULLY, Mode::empty()).map_err(unreadable)?;
    let status = fstat(&opened).map_err(unreadable)?;
    match folder::Kind::of(&status) {
        folder::Kind::Folder => Ok(Handed::Folder(opened)),
        folder::Kind::File => match read_at_most(File::from(opened), ARCHIVE_BYTES) {
            Ok(bytes) => Ok(Handed::Archive(bytes)),
            Err(Unread::Trouble(trouble)) => Err(trouble),
            Err(Unread::Left(why)) => Err(Trouble::Theirs(format!(
                "the archive is {why}: at most {} MiB are read",
                ARCHIVE_BYTES >> 20
            ))),
        },
        folder::Kind::Other(what) => Err(Trouble::Theirs(format!("it is {what}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::samples::*;
    use super::*;
    use nix::unistd::mkfifo;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_class_is_listed_by_name_without_what_systems_leave() {
        let folder = Folder::new();
        for name in ["b/x", "a.zip", ".DS_Store", ".git/HEAD", "__MACOSX/x", "Thumbs.db"] {
            folder.file(name, "");
        }
        let entries = entries(&folder.0).expect("entries");
        assert_eq!(entries, [folder.0.join("a.zip"), folder.0.join("b")]);
    }

    #[test]
    fn what_is_no_class_is_said_with_what_it_should_be() {
        let folder = Folder::new();
        let fault = |path: &Path| entries(path).expect_err("a fault");
        assert!(fault(&folder.0).what.contains("there is nothing in"));
        assert!(fault(&folder.0.join("no")).what.contains("can't read"));
        assert!(fault(&folder.file(".file", "")).what.contains("is not a folder"));
        assert!(fault(&folder.0).next.is_some());
    }

    #[test]
    fn an_entry_that_is_neither_file_nor_folder_is_said_and_does_not_block() {
        let folder = Folder::new();
        folder.file("secret/03-pipes/src/lib.rs", "");
        let link = folder.0.join("link");
        symlink("secret", &link).expect("a link");
        assert_trouble(&take_entry(&link), "a symbolic link");
        let pipe = folder.0.join("pipe");
        mkfifo(&pipe, Mode::S_IRWXU).expect("a pipe");
        assert_trouble(&take_entry(&pipe), "a named pipe");
        assert_trouble(&take_entry(&folder.0.join("no")), "can't read it");
        fs::create_dir(folder.0.join("empty")).expect("a folder");
        assert_trouble(&take_entry(&folder.0.join("empty")), "there is nothing in it");
    }

    #[test]
    fn an_archive_that_is_too_large_is_not_even_read() {
        let folder = Folder::new();
        let file = File::create(folder.0.join("a.zip")).expect("a file");
        file.set_len(1 << 40).expect("a hole");
        assert_trouble(&take_entry(&folder.0.join("a.zip")), "at most 64 MiB");
    }

    #[test]
    fn the_name_is_the_students_or_else_the_entrys() {
        let folder = Folder::new();
        let name = |path: &str| take_entry(&folder.0.join(path)).name;
        folder.file("Jane Doe.tar.gz", "");
        assert_eq!(name("Jane Doe.tar.gz"), "Jane Doe");
        folder.file("j.doe/student.toml", "name = \"Jane Doe\"");
        assert_eq!(name("j.doe"), "Jane Doe");
        folder.file("王小明.zip", "");
        assert_eq!(name("王小明.zip"), "王小明");
        folder.file("\u{202e}.zip", "");
        assert_eq!(name("\u{202e}.zip"), "\\u{202e}.zip");
        folder.file("k.doe/student.toml", "nom = 1");
        let submission = take_entry(&folder.0.join("k.doe"));
        assert_eq!(submission.name, "k.doe");
        assert_left_out(&submission, "student.toml: has no line such as");
        folder.file("l.doe/student.toml", "#".repeat(5000));
        assert_left_out(&take_entry(&folder.0.join("l.doe")), "student.toml: too large");
        let wrapped =
            zip_of(&[("main/student.toml", "name = \"Jim\""), ("main/pipes/src/lib.rs", "")]);
        assert_eq!(take_bytes(&wrapped).name, "Jim");
    }

    #[test]
    fn entries_with_names_that_are_no_text_stay_apart() {
        let shown = |bytes: &[u8]| lossless(OsStr::from_bytes(bytes));
        assert_eq!(shown(b"a\xff\xfe"), "a\\xff\\xfe");
        assert_eq!(shown(b"a\\xff"), "a\\\\xff");
        assert_eq!(shown("é".as_bytes()), "é");
    }

    #[test]
    fn the_same_submission_gives_the_same_answer() {
        let folder = Folder::new();
        for (path, text) in PIPES {
            folder.file(format!("Jane/{path}"), text);
        }
        let mut archive = ::tar::Builder::new(vec![]);
        archive.append_dir_all("Jane", folder.0.join("Jane")).expect("a tar");
        let packed = take_bytes(&archive.into_inner().expect("a tar"));
        let plain = take_entry(&folder.0.join("Jane"));
        assert_eq!(paths(&packed), paths(&plain));
        assert_eq!(packed.left_out, plain.left_out);
    }
}
