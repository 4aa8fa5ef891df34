//! A hostile submission, as its file tells it: the reference with a few changes, or whole files, and what must come
//! of it.

use serde::Deserialize;
use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Component, Path, PathBuf};
use xtask::catalogue::{self, Section};
use xtask::course;
use xtask::mistake::{self, Edit};
use xtask::stage_source::{self, Staged};

/// Somebody tries something.
#[derive(Debug)]
pub struct Hostile {
    /// The name of its file, without the ending.
    pub name: String,
    /// What it tries, in a sentence.
    pub why: String,
    pub kind: Kind,
    /// The section that it is handed in for. It may bring others; nothing is said of them.
    pub section: Section,
    pub outcome: Outcome,
    /// What the inspection must point at.
    pub suspicious: Option<String>,
    /// What must be among that which was left out.
    pub left_out: Option<String>,
    changes: Changes,
}

/// What it is up to.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// To lie about the result.
    Lie,
    /// To change the rules.
    Rules,
    /// To break the compiler.
    Compiler,
    /// To break the machine.
    Machine,
    /// To disturb the others.
    Neighbours,
}

/// What must come of it, for the section that it is handed in for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// There is nothing that can be taken.
    NotHandedIn,
    /// The compiler refuses it, dies of it or is stopped, within its limits.
    DoesNotCompile,
    /// It is judged, and gets no point.
    NoPoints,
    /// This test gives this verdict.
    Test(String, harness::Verdict),
    /// This test, of a wrong answer that forges its verdict, gives some verdict that is neither "passed" nor "not checked".
    NotBelieved(String),
    /// It is without effect: every test gives what it gives for the reference.
    AsReference,
    /// It does not compile, or is without effect: that depends on what holds the compiler in.
    Harmless,
    /// Nobody can tell by a test; the inspection shows it to the teacher.
    Flagged,
}

/// The file, as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    why: String,
    kind: Kind,
    section: String,
    outcome: Option<String>,
    test: Option<String>,
    verdict: Option<String>,
    suspicious: Option<String>,
    left_out: Option<String>,
    /// What is written at the end of `src/lib.rs`.
    #[serde(default)]
    append: String,
    #[serde(default, rename = "edit")]
    edits: Vec<Edit>,
    #[serde(default, rename = "file")]
    files: Vec<Text>,
    #[serde(default, rename = "link")]
    links: Vec<Link>,
    #[serde(default, rename = "fifo")]
    fifos: Vec<Fifo>,
}

#[derive(Debug)]
struct Changes {
    append: String,
    edits: Vec<Edit>,
    files: Vec<Text>,
    links: Vec<Link>,
    fifos: Vec<Fifo>,
}

/// A file; in the place of the reference's, where that has one there.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    /// From the top of the submission.
    path: PathBuf,
    #[serde(default)]
    before: String,
    #[serde(default)]
    text: String,
    /// `text` stands there so often.
    #[serde(default = "once")]
    times: usize,
    #[serde(default)]
    after: String,
    /// What cannot be written in TOML, at the very end.
    #[serde(default)]
    bytes: Vec<u8>,
}

/// A symbolic link; in the place of the reference's file or folder, where that has one there.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Link {
    path: PathBuf,
    to: PathBuf,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fifo {
    path: PathBuf,
}

fn once() -> usize {
    1
}

/// All of them, by name; or what is wrong with the first that is not as it should be.
pub fn load() -> Result<Vec<Hostile>, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join("hostile");
    let entries = fs::read_dir(&folder).map_err(|error| error.to_string())?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "toml"));
    files.sort();
    let load =
        |file: &PathBuf| load_one(file).map_err(|what| format!("{}: {what}", file.display()));
    files.iter().map(load).collect()
}

fn load_one(file: &Path) -> Result<Hostile, String> {
    let text = fs::read_to_string(file).map_err(|error| error.to_string())?;
    let file_name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let file: File = toml::from_str(&text).map_err(|error| error.to_string())?;
    if file.why.trim().is_empty() {
        return Err("it does not say what it tries".into());
    }
    let section = catalogue::select_one(&file.section).map_err(|fault| fault.what)?;
    let outcome = outcome(&file, &section)?;
    if outcome == Outcome::Flagged && file.suspicious.is_none() {
        return Err("it does not say what must be pointed at".into());
    }
    let File { why, kind, suspicious, left_out, append, edits, files, links, fifos, .. } = file;
    let changes = Changes { append, edits, files, links, fifos };
    Ok(Hostile { name: file_name, why, kind, section, outcome, suspicious, left_out, changes })
}

fn outcome(file: &File, section: &Section) -> Result<Outcome, String> {
    if let Some(test) = file.test.as_ref()
        && !section.tests.iter().any(|known| known.name == *test)
    {
        return Err(format!("there is no test {test}"));
    }
    let outcome = match (file.outcome.as_deref(), &file.test, &file.verdict) {
        (None, Some(test), Some(verdict)) => {
            let verdict = harness::Verdict::from_name(verdict)
                .ok_or_else(|| format!("there is no verdict {verdict}"))?;
            Outcome::Test(test.clone(), verdict)
        }
        (Some("not-believed"), Some(test), None) => Outcome::NotBelieved(test.clone()),
        (Some("not-handed-in"), None, None) => Outcome::NotHandedIn,
        (Some("does-not-compile"), None, None) => Outcome::DoesNotCompile,
        (Some("no-points"), None, None) => Outcome::NoPoints,
        (Some("as-reference"), None, None) => Outcome::AsReference,
        (Some("harmless"), None, None) => Outcome::Harmless,
        (Some("flagged"), None, None) => Outcome::Flagged,
        _ => {
            return Err("it says its outcome in a way that is not known, or not at all".into());
        }
    };
    Ok(outcome)
}

impl Hostile {
    /// Writes the submission into a folder, as a student would hand it in.
    ///
    /// # Errors
    /// An edit does not fit the reference, a path leads out of the folder, or the disk refuses.
    pub fn write(&self, folder: &Path) -> Result<(), String> {
        let section = Path::new("exercises").join(self.section.folder_name());
        for Staged { file, text } in self.reference()? {
            put(&folder.join(&section).join(file), &text)?;
        }
        for file in &self.changes.files {
            let text = [&file.before, &file.text.repeat(file.times), &file.after]
                .map(|text| text.as_bytes())
                .concat();
            put(&inside(folder, &file.path)?, &[text, file.bytes.clone()].concat())?;
        }
        for link in &self.changes.links {
            let path = make_room(inside(folder, &link.path)?)?;
            symlink(&link.to, path).map_err(|error| error.to_string())?;
        }
        for fifo in &self.changes.fifos {
            let path = make_room(inside(folder, &fifo.path)?)?;
            nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRWXU)
                .map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    /// The reference with the edits in it.
    fn reference(&self) -> Result<Vec<Staged>, String> {
        let source = course::solution(&self.section).join("src");
        let (mut files, _) = stage_source::take(&source).map_err(|fault| fault.what)?;
        self.changes.edits.iter().try_for_each(|edit| mistake::apply(edit, &mut files))?;
        let library = files.iter_mut().find(|staged| staged.file == Path::new("src/lib.rs"));
        library.ok_or("there is no library")?.text.extend(self.changes.append.bytes());
        Ok(files)
    }
}

/// The path in the folder; what this writes is never beside it.
fn inside(folder: &Path, path: &Path) -> Result<PathBuf, String> {
    match path.components().all(|part| matches!(part, Component::Normal(_))) {
        true => Ok(folder.join(path)),
        false => Err(format!("{} leads out of the submission", path.display())),
    }
}

fn put(path: &Path, text: &[u8]) -> Result<(), String> {
    let above = path.parent().unwrap_or(path);
    fs::create_dir_all(above)
        .and_then(|()| fs::write(path, text))
        .map_err(|error| format!("{}: {error}", path.display()))
}

/// The path, with nothing there and a folder above.
fn make_room(path: PathBuf) -> Result<PathBuf, String> {
    let above = path.parent().unwrap_or(&path);
    let cleared = fs::create_dir_all(above).and_then(|()| match fs::symlink_metadata(&path) {
        Ok(data) if data.is_dir() => fs::remove_dir_all(&path),
        Ok(_) => fs::remove_file(&path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    });
    cleared.map(|()| path.clone()).map_err(|error| format!("{}: {error}", path.display()))
}
