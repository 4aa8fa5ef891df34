//! A repository of ours, by which git reads somebody's objects and nothing else of theirs.

use super::super::limits::{GIT_FOLDER_TIME, GIT_LISTING_BYTES, UNPACKED_BYTES};
use super::super::pile::{Pile, Trouble, Unread};
use super::{Git, Reach, commit, program, strange};
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};

/// A repository of ours, with nothing in it but the way to somebody's objects.
pub struct Repository<'a> {
    git: &'a Git<'a>,
    folder: PathBuf,
    objects: Option<PathBuf>,
}

impl Drop for Repository<'_> {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// What the folders' names begin with.
const NAME: &str = "class-git-";

/// Removes what runs that were killed have left. No folder is needed for so long.
fn sweep() -> io::Result<()> {
    for entry in fs::read_dir(std::env::temp_dir())?.flatten() {
        let is_ours = entry.file_name().as_encoded_bytes().starts_with(NAME.as_bytes());
        let is_old = || entry.metadata()?.modified()?.elapsed().map_err(io::Error::other);
        if is_ours && is_old().is_ok_and(|age| age > GIT_FOLDER_TIME) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
    Ok(())
}

/// A folder that was not there before, and that nobody else can look into.
fn new_folder() -> io::Result<PathBuf> {
    static MADE: AtomicU32 = AtomicU32::new(0);
    static SWEPT: Once = Once::new();
    const TRIES: u32 = 100;
    SWEPT.call_once(|| drop(sweep()));
    let mut result = Err(io::ErrorKind::AlreadyExists.into());
    // One that was killed may have left its folder, and have had the same number as this process.
    for _ in 0..TRIES {
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("{NAME}{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        result = DirBuilder::new().mode(0o700).create(&folder).map(|()| folder);
        if !matches!(&result, Err(error) if error.kind() == io::ErrorKind::AlreadyExists) {
            break;
        }
    }
    result
}

/// A file of a commit.
struct Listed {
    name: Vec<u8>,
    mode: Vec<u8>,
    id: String,
    size: u64,
}

impl<'a> Repository<'a> {
    /// `commit` tells how long the names of objects are.
    pub fn new(git: &'a Git<'a>, objects: Option<&Path>, commit: &str) -> Result<Self, Trouble> {
        let unwritable = |error| {
            Trouble::Ours(format!("can't make a folder for git in the temporary one: {error}"))
        };
        let objects = objects.map(fs::canonicalize).transpose().map_err(unwritable)?;
        let folder = new_folder().map_err(unwritable)?;
        let ours = Self { git, folder, objects };
        let long_names = commit.len() > 40;
        let fill = |folder: &Path| -> io::Result<()> {
            fs::create_dir(folder.join("refs"))?;
            fs::write(folder.join("HEAD"), "ref: refs/heads/none\n")?;
            if long_names {
                let format =
                    "[core]\nrepositoryformatversion = 1\n[extensions]\nobjectformat = sha256\n";
                fs::write(folder.join("config"), format)?;
            }
            match &ours.objects {
                Some(objects) => symlink(objects, folder.join("objects")),
                None => fs::create_dir(folder.join("objects")),
            }
        };
        fill(&ours.folder).map_err(unwritable)?;
        Ok(ours)
    }

    /// Reads the files of the commit.
    pub fn files(&self, commit: &str, pile: &mut Pile) -> Result<(), Trouble> {
        let arguments = ["ls-tree", "-r", "-z", "-l", "--full-tree", commit];
        let listing = self.run(&arguments, vec![], GIT_LISTING_BYTES)?;
        let files: Option<Vec<Listed>> =
            listing.split(|&byte| byte == 0).filter(|line| !line.is_empty()).map(listed).collect();
        let files = files.ok_or_else(|| strange("git lists it in an unknown form"))?;
        for _ in &files {
            pile.count()?;
        }
        pile.has_no_inner_archive();
        let texts = self.texts(&files, pile)?;
        let mut rest = &texts[..];
        for file in &files {
            match &file.mode[..] {
                [b'1', b'0', b'0', ..] => {
                    pile.file(&file.name, file.size, |_| next_text(&mut rest, file))?;
                }
                b"120000" => pile.left(&file.name, "a symbolic link"),
                b"160000" => pile.left(&file.name, "a submodule"),
                _ => pile.left(&file.name, "something of an unknown kind"),
            }
        }
        Ok(())
    }

    /// The texts of those files that are wanted, one after the other as git writes them.
    fn texts(&self, files: &[Listed], pile: &Pile) -> Result<Vec<u8>, Trouble> {
        let mut asked = String::new();
        let mut bytes = 0;
        for file in files.iter().filter(|file| file.mode.starts_with(b"100")) {
            if pile.wants(&file.name).is_some_and(|most| file.size <= most) {
                asked.push_str(&file.id);
                asked.push('\n');
                bytes += file.size;
            }
        }
        if bytes > UNPACKED_BYTES {
            return Err(Trouble::bomb());
        }
        self.run(&["cat-file", "--batch"], asked.into_bytes(), bytes + GIT_LISTING_BYTES)
    }

    /// What git answers, which is at most so much.
    pub fn run(&self, arguments: &[&str], input: Vec<u8>, most: u64) -> Result<Vec<u8>, Trouble> {
        let mut command = (self.git)(&Reach { read: self.objects.as_deref(), write: &self.folder });
        // Nothing of the teacher's own git gets in either.
        let inherited = std::env::vars_os().map(|(name, _)| name);
        for name in inherited.filter(|name| name.as_encoded_bytes().starts_with(b"GIT_")) {
            command.env_remove(name);
        }
        command
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_NO_LAZY_FETCH", "1")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("LC_ALL", "C")
            .arg(format!("--git-dir={}", self.folder.display()))
            // What these files say follows from the objects, unless somebody has made them up.
            .args(["-c", "core.commitGraph=false", "-c", "core.multiPackIndex=false"])
            // What is larger, git looks through piece by piece.
            .args(["-c", "core.bigFileThreshold=2m"])
            .args(arguments);
        // Two runs must say the same, so the name of the folder must not be in it.
        let folder = self.folder.display().to_string();
        program::answer(command, input, most).map_err(|trouble| match trouble {
            Trouble::Theirs(why) => Trouble::Theirs(why.replace(&folder, "it")),
            ours => ours,
        })
    }
}

/// A line of `git ls-tree -l`: mode, kind, object and size, then a tab and the name.
fn listed(line: &[u8]) -> Option<Listed> {
    let tab = line.iter().position(|&byte| byte == b'\t')?;
    let words = std::str::from_utf8(&line[..tab]).ok()?;
    let words: Vec<&str> = words.split_ascii_whitespace().collect();
    let [mode, _, id, size] = words[..] else { return None };
    Some(Listed {
        name: line[tab + 1..].to_owned(),
        mode: mode.into(),
        id: commit(id)?,
        size: if size == "-" { 0 } else { size.parse().ok()? },
    })
}

/// Takes one text off the front of what `git cat-file` says: a line with its size, the text, and an end of line.
fn next_text(rest: &mut &[u8], file: &Listed) -> Result<Vec<u8>, Unread> {
    let wrong = || Unread::from(strange("git does not give what it has listed"));
    let line = format!("{} blob {}\n", file.id, file.size);
    let size = usize::try_from(file.size).map_err(|_| wrong())?;
    let text = rest.strip_prefix(line.as_bytes()).ok_or_else(wrong)?;
    let (text, after) = text.split_at_checked(size).ok_or_else(wrong)?;
    *rest = after.strip_prefix(b"\n").ok_or_else(wrong)?;
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::SystemTime;

    #[test]
    fn what_a_killed_run_has_left_is_removed_and_nothing_else() {
        let old = new_folder().expect("a folder");
        let new = new_folder().expect("a folder");
        symlink(&new, old.join("objects")).expect("a link");
        let folder = fs::File::open(&old).expect("the folder");
        folder.set_modified(SystemTime::now() - 2 * GIT_FOLDER_TIME).expect("an old time");
        sweep().expect("swept");
        assert!(!old.exists() && new.exists());
        fs::remove_dir(new).expect("removed");
    }
}
