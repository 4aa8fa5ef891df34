//! System V and POSIX objects: which are there, and how those that were left are removed.

use crate::{Walls, sys};
use nix::mount::{MntFlags, MsFlags};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fmt, fs};

/// An object that outlives the process that made it.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum IpcObject {
    /// A System V shared memory segment: its id, and the key that it was made with.
    SharedMemory(i32, i32),
    /// A System V message queue: id and key.
    MessageQueue(i32, i32),
    /// A System V semaphore set: id and key.
    SemaphoreSet(i32, i32),
    /// A POSIX shared memory object or named semaphore.
    PosixShared(PathBuf),
    /// A POSIX message queue.
    PosixQueue(PathBuf),
}

impl fmt::Display for IpcObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SharedMemory(id, key) => {
                write!(f, "the System V shared memory segment {id} (key {key})")
            }
            Self::MessageQueue(id, key) => write!(f, "the System V message queue {id} (key {key})"),
            Self::SemaphoreSet(id, key) => write!(f, "the System V semaphore set {id} (key {key})"),
            Self::PosixShared(path) => write!(f, "the POSIX object {}", path.display()),
            Self::PosixQueue(path) => write!(f, "the POSIX message queue {}", path.display()),
        }
    }
}

impl IpcObject {
    /// Removes it, if this user may.
    pub(crate) fn remove(&self) {
        match self {
            Self::SharedMemory(id, _) => sys::remove_shared_memory(*id),
            Self::MessageQueue(id, _) => sys::remove_message_queue(*id),
            Self::SemaphoreSet(id, _) => sys::remove_semaphore_set(*id),
            Self::PosixShared(path) | Self::PosixQueue(path) => {
                // Whoever else removed it first did the same work.
                let _ = fs::remove_file(path);
            }
        }
    }
}

/// The objects of this user that can be seen from here.
pub(crate) fn objects() -> BTreeSet<IpcObject> {
    let mut objects = BTreeSet::new();
    objects.extend(system_v("shm").map(|(id, key)| IpcObject::SharedMemory(id, key)));
    objects.extend(system_v("msg").map(|(id, key)| IpcObject::MessageQueue(id, key)));
    objects.extend(system_v("sem").map(|(id, key)| IpcObject::SemaphoreSet(id, key)));
    objects.extend(files_in(Path::new("/dev/shm")).map(IpcObject::PosixShared));
    objects.extend(files_in(Path::new("/dev/mqueue")).map(IpcObject::PosixQueue));
    objects
}

/// Makes the POSIX objects of a new IPC namespace visible, where the system has a place for them.
pub(crate) fn mount_posix_folders() -> bool {
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
    let mount = |kind, folder, options| {
        nix::mount::mount(Some(kind), folder, Some(kind), flags, options).is_ok()
    };
    // What is in there is memory, and no limit of a process counts it.
    let memory = mount("tmpfs", "/dev/shm", Some("size=64m,nr_inodes=1k"));
    // Without a folder for the queues they can be made all the same, but not seen: cover the old ones at least.
    let _ = nix::mount::umount2("/dev/mqueue", MntFlags::MNT_DETACH);
    mount("mqueue", "/dev/mqueue", None);
    memory
}

/// Id and key of each object in a table of `/proc/sysvipc` that belongs to this user.
fn system_v(table: &str) -> impl Iterator<Item = (i32, i32)> {
    let text = fs::read_to_string(format!("/proc/sysvipc/{table}")).unwrap_or_default();
    let me = nix::unistd::geteuid().to_string();
    let rows: Vec<Vec<String>> =
        text.lines().map(|line| line.split_whitespace().map(str::to_owned).collect()).collect();
    let owner = rows.first().and_then(|head| head.iter().position(|name| name == "uid"));
    rows.into_iter().skip(1).filter_map(move |row| {
        let mine = row.get(owner?)? == &me;
        mine.then_some((row.get(1)?.parse().ok()?, row.first()?.parse().ok()?))
    })
}

fn files_in(folder: &Path) -> impl Iterator<Item = PathBuf> {
    use std::os::unix::fs::MetadataExt;
    let me = nix::unistd::geteuid().as_raw();
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter(move |entry| entry.metadata().is_ok_and(|data| data.uid() == me))
        .map(|entry| entry.path())
}

/// What in `now` was not there `before`, in words; removed at once where no namespace does it.
pub(crate) fn left_since(before: &BTreeSet<IpcObject>, walls: Walls) -> Vec<String> {
    let mut lines = vec![];
    for object in objects().difference(before) {
        if walls == Walls::Subreaper {
            object.remove();
        }
        lines.push(format!("{object} was left"));
    }
    lines
}
