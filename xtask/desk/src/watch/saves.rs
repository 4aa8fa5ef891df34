//! Tells when a file of a section was saved: by events of the kernel, or by looking every second where there are none.

use nix::errno::Errno;
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify, InotifyEvent};
use nix::sys::statfs::{FsType, statfs};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// How saves are noticed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Manner {
    Events,
    Polling,
}

/// Watches the folders of some sections.
pub struct Saves {
    folders: Vec<PathBuf>,
    means: Means,
}

enum Means {
    /// Each watched folder's number, and to which of `folders` it belongs.
    Events(Inotify, BTreeMap<i32, usize>),
    Polling(Vec<Seen>),
}

/// The files of one folder as they were seen last.
type Seen = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

/// A file is complete when its writer closes it, or when it comes from elsewhere under its name.
const SAVED: AddWatchFlags = AddWatchFlags::IN_CLOSE_WRITE
    .union(AddWatchFlags::IN_MOVED_TO)
    .union(AddWatchFlags::IN_MOVED_FROM)
    .union(AddWatchFlags::IN_DELETE)
    .union(AddWatchFlags::IN_CREATE);
/// Folders in folders: no section has so many.
const DEPTH: usize = 8;
/// Files and folders of one section that are looked at.
const MOST: usize = 1000;

impl Saves {
    /// Watches these folders.
    pub fn of(folders: Vec<PathBuf>) -> Self {
        let means = match folders.iter().all(|folder| has_events(folder)) {
            true => by_events(&folders),
            false => None,
        };
        let means = means.unwrap_or_else(|| Means::Polling(look(&folders)));
        Self { folders, means }
    }

    pub fn manner(&self) -> Manner {
        match self.means {
            Means::Events(..) => Manner::Events,
            Means::Polling(_) => Manner::Polling,
        }
    }

    /// Becomes readable with a save, where there are events.
    pub fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        match &self.means {
            Means::Events(inotify, _) => Some(inotify.as_fd()),
            Means::Polling(_) => None,
        }
    }

    /// The folders, as indices, in which something was saved since the last call. Never blocks.
    pub fn take(&mut self) -> Vec<usize> {
        match &mut self.means {
            Means::Events(inotify, watched) => match inotify.read_events() {
                Ok(events) => {
                    let saved = saved(&events, watched);
                    if events.iter().any(|event| event.mask.contains(AddWatchFlags::IN_ISDIR)) {
                        // A new folder is watched from now on. What was written before is in the same save.
                        watch_all(inotify, watched, &self.folders);
                    }
                    saved
                }
                Err(_) => vec![],
            },
            Means::Polling(seen) => {
                let now = look(&self.folders);
                let before = std::mem::replace(seen, now);
                (0..seen.len()).filter(|&index| seen[index] != before[index]).collect()
            }
        }
    }
}

/// The folders that the events speak of. Backup files of editors are none of them.
fn saved(events: &[InotifyEvent], watched: &BTreeMap<i32, usize>) -> Vec<usize> {
    let mut saved = vec![];
    for event in events {
        let is_folder = event.mask.contains(AddWatchFlags::IN_ISDIR);
        // A file that was only created is still being written.
        let is_complete = is_folder || !event.mask.contains(AddWatchFlags::IN_CREATE);
        let concerns = is_folder || event.name.as_deref().is_some_and(is_source);
        let is_overflow = event.mask.contains(AddWatchFlags::IN_Q_OVERFLOW);
        if is_overflow {
            return watched
                .values()
                .copied()
                .collect::<std::collections::BTreeSet<_>>()
                .into_iter()
                .collect();
        }
        if let (true, true, Some(&index)) = (is_complete, concerns, watched.get(&event.wd.as_raw()))
            && !saved.contains(&index)
        {
            saved.push(index);
        }
    }
    saved
}

fn is_source(name: &OsStr) -> bool {
    let name = Path::new(name);
    let hidden = name.as_os_str().as_encoded_bytes().starts_with(b".");
    !hidden && name.extension().is_some_and(|ending| ending == "rs" || ending == "toml")
}

/// `None` when the kernel has no room for more watches.
fn by_events(folders: &[PathBuf]) -> Option<Means> {
    let inotify = Inotify::init(InitFlags::IN_CLOEXEC | InitFlags::IN_NONBLOCK).ok()?;
    let mut watched = BTreeMap::new();
    watch_all(&inotify, &mut watched, folders).then_some(Means::Events(inotify, watched))
}

/// Watches the folders and all below them; those that are watched already stay so. Says whether there was room.
fn watch_all(inotify: &Inotify, watched: &mut BTreeMap<i32, usize>, folders: &[PathBuf]) -> bool {
    for (index, folder) in folders.iter().enumerate() {
        for folder in below(folder).into_iter().filter(|path| path.is_dir()) {
            match inotify.add_watch(&folder, SAVED | AddWatchFlags::IN_ONLYDIR) {
                Ok(number) => drop(watched.insert(number.as_raw(), index)),
                Err(Errno::ENOSPC | Errno::ENOMEM) => return false,
                // It has just gone away.
                Err(_) => {}
            }
        }
    }
    true
}

fn look(folders: &[PathBuf]) -> Vec<Seen> {
    let sources = |folder: &PathBuf| {
        let files = below(folder).into_iter();
        let files = files.filter(|file| file.file_name().is_some_and(is_source));
        let seen = |file: PathBuf| {
            let data = fs::metadata(&file).ok()?;
            Some((file, (data.modified().ok(), data.len())))
        };
        files.filter_map(seen).collect()
    };
    folders.iter().map(sources).collect()
}

/// The folder and what is in it: of a section, what counts for its build.
fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![folder.to_owned()];
    let mut level = found.clone();
    for _ in 0..DEPTH {
        let entries = level.iter().flat_map(|folder| fs::read_dir(folder).into_iter().flatten());
        let paths: Vec<_> = entries.flatten().map(|entry| entry.path()).take(MOST).collect();
        level = paths.iter().filter(|path| path.is_dir() && !path.is_symlink()).cloned().collect();
        found.extend(paths);
        if level.is_empty() || found.len() > MOST {
            break;
        }
    }
    found
}

/// What is changed on another machine, or on the other side of a virtual one, makes no event here.
fn has_events(folder: &Path) -> bool {
    // From statfs(2), and for the last two from the sources of their makers.
    const REMOTE: [u32; 10] = [
        0x6969,      // NFS
        0x517b,      // SMB
        0xff53_4d42, // CIFS
        0xfe53_4d42, // SMB2
        0x0102_1997, // 9p: /mnt/c of WSL
        0x6573_5546, // FUSE: sshfs and its like
        0x00c3_6400, // Ceph
        0x5346_414f, // AFS
        0x0bd0_0bd0, // Lustre
        0x786f_4256, // shared folders of VirtualBox
    ];
    let Ok(system) = statfs(folder) else { return true };
    let FsType(number) = system.filesystem_type();
    !REMOTE.contains(&(number as u32))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both means must tell the same of the same save.
    fn both(name: &str, test: impl Fn(&Path, &mut Saves)) {
        for polls in [false, true] {
            let name = format!("saves-{}-{name}-{polls}", std::process::id());
            let folder = std::env::temp_dir().join(name);
            fs::create_dir_all(folder.join("src")).unwrap();
            fs::write(folder.join("src/lib.rs"), "one").unwrap();
            let folders = vec![folder.clone()];
            let means = match polls {
                true => Means::Polling(look(&folders)),
                false => by_events(&folders).unwrap(),
            };
            test(&folder, &mut Saves { folders, means });
            fs::remove_dir_all(folder).unwrap();
        }
    }

    #[test]
    fn a_save_in_place_is_one() {
        both("in-place", |folder, saves| {
            assert_eq!(saves.take(), [0; 0]);
            fs::write(folder.join("src/lib.rs"), "three").unwrap();
            assert_eq!(saves.take(), [0]);
            assert_eq!(saves.take(), [0; 0]);
        });
    }

    /// Most editors write a new file and rename it.
    #[test]
    fn a_save_by_renaming_is_one_and_a_backup_is_none() {
        both("renaming", |folder, saves| {
            fs::write(folder.join("src/lib.rs~"), "one").unwrap();
            fs::write(folder.join("src/.lib.rs.swp"), "one").unwrap();
            assert_eq!(saves.take(), [0; 0]);
            fs::rename(folder.join("src/lib.rs~"), folder.join("src/lib.rs")).unwrap();
            fs::write(folder.join("src/lib.rs"), "three").unwrap();
            assert_eq!(saves.take(), [0]);
        });
    }

    #[test]
    fn what_is_saved_in_a_new_folder_is_noticed() {
        both("new-folder", |folder, saves| {
            fs::create_dir(folder.join("src/part")).unwrap();
            saves.take();
            fs::write(folder.join("src/part/mod.rs"), "one").unwrap();
            assert_eq!(saves.take(), [0]);
        });
    }

    /// `git checkout`, or the reset, may put another `src` in the place of the old one.
    #[test]
    fn another_src_is_watched_like_the_first() {
        both("another-src", |folder, saves| {
            fs::rename(folder.join("src"), folder.join("old")).unwrap();
            fs::create_dir(folder.join("src")).unwrap();
            saves.take();
            fs::write(folder.join("src/lib.rs"), "three").unwrap();
            assert_eq!(saves.take(), [0]);
        });
    }
}
