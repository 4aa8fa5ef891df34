//! What a test can see of its own process and of others: threads and what they wait in, children, signals, descriptors,
//! memory, IPC objects.
//!
//! A test that has to wait until something has happened asks [`eventually`], and never sleeps for a guessed time.

pub use crate::ipc::IpcObject;
pub use crate::procfs::{Activity, Thread};
use crate::{ipc, procfs};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::{Pid, gettid, read};
use std::collections::BTreeSet;
use std::os::fd::{AsFd, OwnedFd};
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

/// The threads of this process but the one that asks. One whose work is over may be there for a moment still.
pub fn other_threads() -> Vec<Thread> {
    let me = this_thread();
    threads().into_iter().filter(|thread| thread.tid != me).collect()
}

/// The kernel's number of the thread that asks.
pub fn this_thread() -> i32 {
    gettid().as_raw()
}

/// The thread of this process with this name, which has 15 bytes at most.
pub fn thread(name: &str) -> Option<Thread> {
    threads().into_iter().find(|thread| thread.name == name)
}

/// How often each of the other threads went to sleep by itself.
pub fn naps() -> Vec<u64> {
    other_threads().iter().map(|thread| thread.voluntary_switches).collect()
}

/// Does the thread with this name wait, and still a millisecond later? Blocks for as long. One that looks again and
/// again without a pause does not.
pub fn stays_waiting(name: &str) -> bool {
    let waits = || thread(name).is_some_and(|thread| thread.waits());
    waits() && {
        std::thread::sleep(Duration::from_millis(1));
        waits()
    }
}

/// Does a thread of the process wait for a message in a System V queue?
pub fn waits_in_msgrcv(pid: Pid) -> bool {
    threads_of(pid).iter().any(Thread::waits_in_msgrcv)
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

/// Has a signal been sent to the process that has not arrived yet? Not when the process is gone.
pub fn has_pending_signal(pid: Pid) -> bool {
    procfs::has_pending_signal(pid)
}

/// The bytes of memory that this process has for its data.
///
/// # Panics
/// When the kernel does not tell.
#[track_caller]
pub fn memory_in_use() -> usize {
    procfs::data_bytes(Pid::this()).expect("the memory of this process")
}

/// Would a read of this pipe find bytes?
///
/// # Panics
/// When it can't be asked.
#[track_caller]
pub fn is_readable(reader: &OwnedFd) -> bool {
    let mut events = [PollFd::new(reader.as_fd(), PollFlags::POLLIN)];
    poll(&mut events, PollTimeout::ZERO).unwrap() > 0
        && events[0].revents().is_some_and(|revents| revents.contains(PollFlags::POLLIN))
}

/// Takes out of the pipe what is in it, up to 64 KiB, without waiting for more.
///
/// # Panics
/// When it can't be read.
#[track_caller]
pub fn drain(reader: &OwnedFd) -> Vec<u8> {
    let mut bytes = vec![0; 1 << 16];
    let length = if is_readable(reader) { read(reader, &mut bytes).unwrap() } else { 0 };
    bytes.truncate(length);
    bytes
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
