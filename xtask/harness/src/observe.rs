//! What a test can see of its own process and of others: threads and what they wait in, children, descriptors, IPC
//! objects.
//!
//! A test that has to wait until something has happened asks [`eventually`], and never sleeps for a guessed time.

pub use crate::ipc::IpcObject;
pub use crate::procfs::{Activity, Thread};
use crate::{ipc, procfs};
use nix::unistd::Pid;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// How long [`eventually`] waits; longer than a test's deadline, so that a hang is told as what it is.
const PATIENCE: Duration = Duration::from_secs(60);

/// Blocks until `holds` is true, looking every half millisecond.
///
/// # Panics
/// After a minute, with `what`. The deadline of a test is shorter, so in a test this reads as a loop that does not end.
#[track_caller]
pub fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < PATIENCE, "never came true: {what}");
        std::thread::sleep(Duration::from_micros(500));
    }
}

/// The threads of a process, by their number; none when it is gone.
pub fn threads_of(pid: Pid) -> Vec<Thread> {
    procfs::threads(pid)
}

/// The threads of this process.
pub fn threads() -> Vec<Thread> {
    procfs::threads(Pid::this())
}

/// Does every thread of this process or child wait, without a time limit?
pub fn is_blocked(pid: Pid) -> bool {
    let threads = procfs::threads(pid);
    let waits =
        |thread: &Thread| matches!(thread.activity, Activity::Blocked(_) | Activity::Unknown(_));
    !threads.is_empty() && threads.iter().all(waits)
}

/// The children of this process, ended ones that were not waited for among them.
pub fn children() -> Vec<Pid> {
    procfs::children(Pid::this())
}

/// The children of this process that have ended and were not waited for.
pub fn zombies() -> Vec<Pid> {
    children().into_iter().filter(|&pid| procfs::is_zombie(pid)).collect()
}

/// The parent of a process; `None` when the process is gone.
pub fn parent_of(pid: Pid) -> Option<Pid> {
    procfs::parent(pid)
}

/// The numbers of the open descriptors of this process.
pub fn descriptors() -> BTreeSet<i32> {
    // The list has the descriptor with which the list was read; by now it is closed.
    let listed = procfs::descriptors(Pid::this()).into_iter();
    listed.filter(|number| std::fs::read_link(format!("/proc/self/fd/{number}")).is_ok()).collect()
}

/// The System V and POSIX objects of this user that are there: in a namespace of its own, only the test's.
pub fn ipc_objects() -> BTreeSet<IpcObject> {
    ipc::objects()
}
