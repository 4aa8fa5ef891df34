//! What the readers of folders and archives find, heaped up: the text of what may be taken, and what is to be said.

use super::limits::{
    ARCHIVE_BYTES, DEPTH, ENTRIES, FILE_BYTES, LEFT_OUT, MANIFEST_BYTES, SHOWN_CHARS,
    STUDENT_BYTES, UNPACKED_BYTES, WHOLE_DEPTH, WHOLE_PATH_BYTES, WRAPPERS,
};
use super::place::{Own, Place, Root};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use xtask::catalogue::Section;

/// Why nothing can be taken from a submission, in words.
#[derive(Clone, Debug, PartialEq)]
pub enum Trouble {
    /// What was handed in is not fit to be read.
    Theirs(String),
    /// This machine can't read it: that is no fault of the student's.
    Ours(String),
}

impl Trouble {
    /// There is more of it than anybody writes.
    pub fn bomb() -> Self {
        let mebibytes = UNPACKED_BYTES >> 20;
        Self::Theirs(format!(
            "it unpacks to more than {mebibytes} MiB: is there a target folder in it?"
        ))
    }
}

/// Why a file has no text here.
pub enum Unread {
    /// It is left out, for this reason.
    Left(&'static str),
    /// With it the whole submission is.
    Trouble(Trouble),
}

impl From<Trouble> for Unread {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

/// The text of a file, or why it has none.
pub type Content = Result<Vec<u8>, &'static str>;

/// What was found.
pub struct Pile<'a> {
    sections: &'a [Section],
    /// The files of each folder of each section.
    pub roots: BTreeMap<Root, BTreeMap<String, Content>>,
    /// The `student.toml` of each folder.
    pub students: BTreeMap<String, Content>,
    /// What the course has itself.
    pub own: BTreeSet<Own>,
    /// What else is to be said.
    pub notes: Notes,
    /// Files of any kind.
    files: usize,
    entries: usize,
    unpacked: u64,
    /// The first file, when it looks like an archive.
    lone: Option<Vec<u8>>,
    inner: bool,
}

impl<'a> Pile<'a> {
    pub fn new(sections: &'a [Section]) -> Self {
        Self {
            sections,
            roots: BTreeMap::new(),
            students: BTreeMap::new(),
            own: BTreeSet::new(),
            notes: Notes::default(),
            files: 0,
            entries: 0,
            unpacked: 0,
            lone: None,
            inner: false,
        }
    }

    /// Is there nothing in it?
    pub fn is_empty(&self) -> bool {
        self.files == 0
    }

    /// The archive that is all there is, once: the submission is in there.
    pub fn inner_archive(&mut self) -> Option<Vec<u8>> {
        let only = self.files == 1 && !self.inner;
        self.inner = true;
        self.lone.take().filter(|_| only)
    }

    /// An archive in there would be no submission.
    pub fn has_no_inner_archive(&mut self) {
        self.inner = true;
    }

    /// Counts one more entry, of whatever kind.
    pub fn count(&mut self) -> Result<(), Trouble> {
        self.entries += 1;
        if self.entries > ENTRIES {
            let what = format!("there are more than {ENTRIES} files and folders in it");
            return Err(Trouble::Theirs(what + ": is there a target folder?"));
        }
        Ok(())
    }

    /// A folder. Is there any use in looking into it?
    pub fn folder(&mut self, name: &[u8]) -> bool {
        let Some(path) = self.path(name) else { return false };
        let last = path.rsplit('/').next().unwrap_or(&path);
        // What a manifest would be in there tells what the folder is.
        match Place::of(&format!("{path}/Cargo.toml"), self.sections) {
            Place::Source { inside, .. } if depth(&inside) > DEPTH => {
                self.notes.file(&path, "a folder that lies too deep");
                false
            }
            Place::Source { .. } => true,
            Place::Own(Own::Manifest) => depth(&path) < WHOLE_DEPTH && !last.starts_with('.'),
            Place::Own(own) => {
                self.own.insert(own);
                false
            }
            Place::Student(_) | Place::Other => false,
        }
    }

    /// Something that is no regular file, or one that can't be read.
    pub fn left(&mut self, name: &[u8], why: &'static str) {
        self.files += 1;
        let Some(path) = self.path(name) else { return };
        match Place::of(&path, self.sections) {
            Place::Source { root, inside } => self.put(root, inside, Err(why)),
            Place::Student(folder) => drop(self.students.insert(folder, Err(why))),
            Place::Own(own) => drop(self.own.insert(own)),
            Place::Other if depth(&path) <= WRAPPERS + 2 => self.notes.file(&path, why),
            Place::Other => {}
        }
    }

    /// How much a reader need read of the file with this name; nothing, when nobody asks for it.
    pub fn wants(&self, name: &[u8]) -> Option<u64> {
        let path = plain(name).ok()?;
        match Place::of(&path, self.sections) {
            Place::Source { .. } if is_junk(&path) => None,
            Place::Source { .. } => Some(FILE_BYTES),
            Place::Student(_) => Some(STUDENT_BYTES),
            Place::Own(Own::Manifest) => Some(MANIFEST_BYTES),
            Place::Other if self.may_be_the_submission(&path) => Some(ARCHIVE_BYTES),
            Place::Own(_) | Place::Other => None,
        }
    }

    /// A regular file. `text` reads it, and at most so many bytes of it.
    pub fn file(
        &mut self,
        name: &[u8],
        size: u64,
        text: impl FnOnce(u64) -> Result<Vec<u8>, Unread>,
    ) -> Result<(), Trouble> {
        let Some(path) = self.path(name) else { return Ok(()) };
        if is_junk(&path) {
            return Ok(());
        }
        let most = self.wants(name);
        self.files += 1;
        let content = match most {
            None => Err(""),
            Some(most) if size > most => Err("too large"),
            Some(most) => match text(most) {
                Ok(text) => Ok(text),
                Err(Unread::Left(why)) => Err(why),
                Err(Unread::Trouble(trouble)) => return Err(trouble),
            },
        };
        match Place::of(&path, self.sections) {
            Place::Other => self.lone = content.ok(),
            place => self.keep(place, content)?,
        }
        Ok(())
    }

    fn keep(&mut self, place: Place, content: Content) -> Result<(), Trouble> {
        self.unpacked += content.as_ref().map_or(0, |text| text.len() as u64);
        if self.unpacked > UNPACKED_BYTES {
            return Err(Trouble::bomb());
        }
        match place {
            Place::Source { root, inside } => self.put(root, inside, content),
            Place::Student(folder) => drop(self.students.insert(folder, content)),
            Place::Own(Own::Manifest) if has_patch(&content) => drop(self.own.insert(Own::Patch)),
            Place::Own(own) => drop(self.own.insert(own)),
            Place::Other => {}
        }
        Ok(())
    }

    fn put(&mut self, root: Root, inside: String, content: Content) {
        let path = format!("{}{}", root.path, inside.strip_prefix("src").unwrap_or(&inside));
        let files = self.roots.entry(root).or_default();
        if files.insert(inside, content).is_some() {
            self.notes.file(&path, "is in the archive more than once; the last one counts");
        }
    }

    fn may_be_the_submission(&self, path: &str) -> bool {
        let first = self.files == 0 && !self.inner;
        first && super::archive::without_ending(path) != path && depth(path) <= WRAPPERS + 1
    }

    /// The path that is meant, if it is one; otherwise that is said.
    fn path(&mut self, name: &[u8]) -> Option<String> {
        match plain(name) {
            Ok(path) => (!path.is_empty()).then_some(path),
            Err(why) => {
                self.files += 1;
                self.notes.file(&String::from_utf8_lossy(name), why);
                None
            }
        }
    }
}

/// The path without empty parts and `.`, if it stays below where it begins and is fit to be shown.
fn plain(name: &[u8]) -> Result<String, &'static str> {
    if name.len() > WHOLE_PATH_BYTES {
        return Err("a path that is too long");
    }
    let name = std::str::from_utf8(name).map_err(|_| "a name that is not UTF-8")?;
    if name.starts_with('/') {
        return Err("a path from the root of the file system");
    }
    if name.contains('\\') {
        return Err("a name with a backslash");
    }
    if name.contains(char::is_control) {
        return Err("a name with control characters");
    }
    let parts: Vec<&str> =
        name.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    if parts.contains(&"..") {
        return Err("a path that climbs out of the submission");
    }
    Ok(parts.join("/"))
}

/// Files that systems and editors leave everywhere.
fn is_junk(path: &str) -> bool {
    let last = path.rsplit('/').next().unwrap_or(path);
    let named =
        [".DS_Store", ".gitattributes", ".gitignore", ".gitkeep", "Thumbs.db", "desktop.ini"];
    last.starts_with("._")
        || named.contains(&last)
        || path.split('/').any(|part| part == "__MACOSX")
}

fn depth(path: &str) -> usize {
    path.split('/').count()
}

/// Does the manifest put other packages into the places of some? Nothing but a word in the report depends on it, so it is
/// not worth the time that it can take to parse what somebody has made up.
fn has_patch(manifest: &Content) -> bool {
    let text = String::from_utf8_lossy(manifest.as_deref().unwrap_or_default());
    text.lines().any(|line| {
        let line: String =
            line.chars().filter(|c| !c.is_whitespace() && !"'\"".contains(*c)).collect();
        let key = line.trim_start_matches('[');
        let rest = key.strip_prefix("patch").or_else(|| key.strip_prefix("replace"));
        rest.is_some_and(|rest| rest.starts_with(['.', ']', '=']))
    })
}

/// All that the reader has, if it is at most so much.
pub fn read_at_most(reader: impl Read, most: u64) -> Result<Vec<u8>, Unread> {
    let mut text = vec![];
    match reader.take(most + 1).read_to_end(&mut text) {
        Err(_) => Err(Unread::Left("can't be read")),
        Ok(_) if text.len() as u64 > most => Err(Unread::Left("too large")),
        Ok(_) => Ok(text),
    }
}

/// Lines of what was left out, not more than a person reads.
#[derive(Default)]
pub struct Notes {
    lines: Vec<String>,
    more: usize,
}

impl Notes {
    /// A file or a folder, and why it was left out.
    pub fn file(&mut self, path: &str, why: &str) {
        let mut shown: String = path.chars().take(SHOWN_CHARS).collect();
        if shown.len() < path.len() {
            shown.push('…');
        }
        self.say(format!("{}: {why}", one_line(&shown)));
    }

    /// A line.
    pub fn say(&mut self, line: String) {
        if self.lines.len() < LEFT_OUT {
            self.lines.push(line);
        } else {
            self.more += 1;
        }
    }

    /// The lines of both, these first.
    pub fn and(mut self, others: Self) -> Self {
        others.lines.into_iter().for_each(|line| self.say(line));
        self.more += others.more;
        self
    }

    /// The lines, and how many there would be more.
    pub fn into_lines(self) -> Vec<String> {
        let more = (self.more > 0).then(|| format!("and {} more", self.more));
        self.lines.into_iter().chain(more).collect()
    }
}

/// The text without anything that could make another line of it, or turn it around.
pub fn one_line(text: &str) -> String {
    let plain = |c: char| match c {
        '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{feff}' => '\u{fffd}',
        '\u{2028}' | '\u{2029}' => '\u{fffd}',
        c if c.is_control() => '\u{fffd}',
        c => c,
    };
    xtask::show::text::safe(&text.chars().map(plain).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_is_seen_in_each_of_its_forms() {
        let is_seen = |text: &str| has_patch(&Ok(text.into()));
        assert!(is_seen("[package]\n[patch.crates-io]"));
        assert!(is_seen("[ 'patch' . crates-io ]"));
        assert!(is_seen("patch.crates-io.nix = { path = \"x\" }"));
        assert!(is_seen("[replace]"));
        assert!(!is_seen("[dependencies]\npatched = \"1\" # patch"));
        assert!(!has_patch(&Err("too large")));
    }

    #[test]
    fn a_path_is_shown_in_one_line_and_not_whole_when_it_is_long() {
        let mut notes = Notes::default();
        notes.file(&format!("a\u{202e}\n{}", "x".repeat(500)), "why");
        let lines = notes.into_lines();
        assert!(lines[0].starts_with("a\u{fffd}\u{fffd}x") && lines[0].ends_with("x…: why"));
        assert!(lines[0].chars().count() < SHOWN_CHARS + 10);
    }
}
