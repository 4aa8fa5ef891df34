//! Sections, folders and archives for the tests.

use super::{Reach, Submission, Trouble, take};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use xtask::catalogue::Section;

/// Sections with these folders.
pub fn sections(folders: &[&str]) -> Vec<Section> {
    let section = |folder: &&str| {
        let (number, name) = folder.split_once('-').expect("NN-name");
        Section {
            number: number.parse().expect("a number"),
            name: name.into(),
            title: String::new(),
            minutes: 0,
            tests: vec![],
            tests_digest: None,
        }
    };
    folders.iter().map(section).collect()
}

/// A folder of the test's own, gone with this.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("class-intake-test-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir(&folder).expect("a new folder");
        Self(folder)
    }

    /// Writes a file below the folder.
    pub fn file(&self, path: impl AsRef<Path>, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().expect("it lies in the folder")).expect("a folder");
        fs::write(&path, text).expect("a file");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A small crate of section 3, as people hand it in.
pub const PIPES: [(&str, &str); 2] =
    [("exercises/03-pipes/src/lib.rs", "mod a;"), ("exercises/03-pipes/src/a.rs", "//")];

/// A submission in a class of sections 3 and 10.
pub fn take_entry(entry: &Path) -> Submission {
    let git = |_: &Reach| Command::new("git");
    take(entry, &sections(&["03-pipes", "10-locks"]), &git)
}

/// A submission that is a file with these bytes.
pub fn take_bytes(bytes: &[u8]) -> Submission {
    let folder = Folder::new();
    take_entry(&folder.file("Jane Doe.zip", bytes))
}

/// The files that were taken, with their sections.
pub fn paths(submission: &Submission) -> Vec<String> {
    let of_section = |(section, files): (&String, &Vec<_>)| -> Vec<String> {
        let path =
            |staged: &xtask::stage_source::Staged| format!("{section}/{}", staged.file.display());
        files.iter().map(path).collect()
    };
    submission.sections.iter().flat_map(of_section).collect()
}

/// Asserts that it is [`PIPES`], with nothing left out.
pub fn assert_pipes(submission: &Submission) {
    assert_eq!(submission.trouble, None, "{:?}", submission.left_out);
    assert_eq!(paths(submission), ["03-pipes/src/a.rs", "03-pipes/src/lib.rs"]);
    assert_eq!(submission.sections["03-pipes"][1].text, b"mod a;");
    assert_eq!(submission.left_out, [] as [String; 0]);
}

/// Asserts that nothing was taken, for a reason with these words.
pub fn assert_trouble(submission: &Submission, words: &str) {
    let trouble = match &submission.trouble {
        Some(Trouble::Theirs(why) | Trouble::Ours(why)) => why,
        None => "none",
    };
    assert!(trouble.contains(words), "{trouble}; {:?}", submission.left_out);
    assert!(submission.sections.is_empty());
}

/// Asserts that a line of what was left out has these words.
pub fn assert_left_out(submission: &Submission, words: &str) {
    let lines = &submission.left_out;
    assert!(lines.iter().any(|line| line.contains(words)), "{words}: {lines:?}");
}

/// A tar with a header of this kind and name, whatever that is, before each text.
pub fn tar(files: &[(tar::EntryType, &str, &str)]) -> Vec<u8> {
    let mut archive = vec![];
    for &(kind, name, text) in files {
        let mut header = tar::Header::new_gnu();
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(kind);
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        archive.extend(header.as_bytes());
        archive.extend(text.bytes());
        archive.resize(archive.len().next_multiple_of(512), 0);
    }
    archive.resize(archive.len() + 1024, 0);
    archive
}

/// A tar of regular files.
pub fn tar_of(files: &[(&str, &str)]) -> Vec<u8> {
    let regular = |&(name, text)| (tar::EntryType::Regular, name, text);
    tar(&files.iter().map(regular).collect::<Vec<_>>())
}

/// A zip of regular files, of any name, each packed.
pub fn zip_of(files: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = rawzip::ZipArchiveWriter::new(vec![]);
    for (name, text) in files {
        add(&mut archive, name.as_bytes(), text.as_bytes(), |builder| builder);
    }
    archive.finish().expect("a zip")
}

type Builder<'archive, 'name> = rawzip::ZipFileBuilder<'archive, 'name, Vec<u8>>;

/// Adds a file to a zip.
pub fn add(
    archive: &mut rawzip::ZipArchiveWriter<Vec<u8>>,
    name: &[u8],
    text: &[u8],
    change: impl for<'a, 'b> FnOnce(Builder<'a, 'b>) -> Builder<'a, 'b>,
) {
    use std::io::Write;
    let file = archive
        .new_file(rawzip::path::EntryPath::verbatim(name))
        .compression_method(rawzip::CompressionMethod::DEFLATE);
    let (mut entry, config) = change(file).start().expect("a file");
    let packed = flate2::write::DeflateEncoder::new(&mut entry, flate2::Compression::best());
    let mut writer = config.wrap(packed);
    writer.write_all(text).expect("written");
    let (packed, descriptor) = writer.finish().expect("written");
    packed.finish().expect("written");
    entry.finish(descriptor).expect("written");
}
