//! System calls that neither std nor nix puts into safe words. All unsafe code of the harness but the page is here.

use crate::evidence::End;
use nix::errno::Errno;
use nix::libc;
use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous};
use nix::unistd::{ForkResult, Pid};
use std::num::NonZeroUsize;

/// Forks. `None` in the child, which has this thread alone.
///
/// The caller answers for it that no lock is held that the child takes: the harness forks only from the
/// thread of a test whose program runs nothing else.
pub(crate) fn fork() -> nix::Result<Option<Pid>> {
    // SAFETY: the copy of the test program has libtest's main thread, which waits and holds no lock, beside this one.
    match unsafe { nix::unistd::fork() }? {
        ForkResult::Parent { child } => Ok(Some(child)),
        ForkResult::Child => Ok(None),
    }
}

/// Ends this process at once: no destructors, no handlers of `atexit`.
pub(crate) fn exit_now(code: i32) -> ! {
    // SAFETY: always sound; the process ends.
    unsafe { libc::_exit(code) }
}

/// Reaps one ended child: `Ok(None)` when none has ended yet, `ECHILD` when there is none at all.
///
/// nix's `waitpid` has no word for a death by a real-time signal.
pub(crate) fn reap(which: Option<Pid>, block: bool) -> nix::Result<Option<(Pid, End)>> {
    let mut status = 0;
    let flags = if block { 0 } else { libc::WNOHANG };
    loop {
        // SAFETY: `status` is a valid place for the answer.
        let pid = unsafe { libc::waitpid(which.map_or(-1, Pid::as_raw), &mut status, flags) };
        match Errno::result(pid) {
            Err(Errno::EINTR) => continue,
            Err(error) => return Err(error),
            Ok(0) => return Ok(None),
            Ok(pid) => {
                let end = if libc::WIFSIGNALED(status) {
                    End::Signal(libc::WTERMSIG(status))
                } else {
                    End::Code(libc::WEXITSTATUS(status))
                };
                return Ok(Some((Pid::from_raw(pid), end)));
            }
        }
    }
}

/// Closes every descriptor from `first` on.
pub(crate) fn close_from(first: i32) {
    // SAFETY: called in a fresh child, which uses none of its parent's descriptors.
    let done = unsafe { libc::syscall(libc::SYS_close_range, first, u32::MAX, 0u32) } == 0;
    // A kernel before 5.9 does not have the call.
    let open = if done { vec![] } else { crate::procfs::descriptors(Pid::this()) };
    for number in open.into_iter().filter(|number| *number >= first) {
        // SAFETY: as above; the one that the list was read with is closed already.
        unsafe { libc::close(number) };
    }
}

/// Gives signals that whoever started this program ignored their default again: all but SIGPIPE, which Rust ignores.
pub(crate) fn heed_signals() {
    for number in (1..=libc::SIGRTMAX()).filter(|number| *number != libc::SIGPIPE) {
        // SAFETY: an action of all zeros is the default one.
        let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
        // SAFETY: asks for the action only, and `action` is a valid place for the answer.
        let known = unsafe { libc::sigaction(number, std::ptr::null(), &mut action) } == 0;
        if known && action.sa_sigaction == libc::SIG_IGN {
            // SAFETY: no handler is installed, and none is lost.
            unsafe { libc::signal(number, libc::SIG_DFL) };
        }
    }
}

/// Gives up every capability, among them those that a new user namespace hands out.
pub(crate) fn drop_capabilities() {
    #[repr(C)]
    struct Header {
        version: u32,
        pid: i32,
    }
    let header = Header { version: 0x2008_0522, pid: 0 };
    let none = [0u32; 6];
    // SAFETY: version 3 of the call reads the header and twice three words.
    unsafe { libc::syscall(libc::SYS_capset, &header, none.as_ptr()) };
}

/// Zeroed memory that this process shares with the processes it forks, for as long as they live.
///
/// `T` must be valid when all its bytes are zero: only atomics are asked for.
pub(crate) fn shared_zeroed<T>() -> nix::Result<&'static T> {
    let size = NonZeroUsize::new(size_of::<T>()).expect("a type with a size");
    let protection = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
    // SAFETY: a new mapping, wherever the kernel likes; never unmapped, hence 'static.
    let memory = unsafe { mmap_anonymous(None, size, protection, MapFlags::MAP_SHARED)? };
    // SAFETY: page-aligned, large enough, zeroed, and by contract valid so.
    Ok(unsafe { memory.cast::<T>().as_ref() })
}

pub(crate) fn remove_shared_memory(id: i32) {
    // SAFETY: IPC_RMID reads and writes no memory of this process.
    unsafe { libc::shmctl(id, libc::IPC_RMID, std::ptr::null_mut()) };
}

pub(crate) fn remove_message_queue(id: i32) {
    // SAFETY: IPC_RMID reads and writes no memory of this process.
    unsafe { libc::msgctl(id, libc::IPC_RMID, std::ptr::null_mut()) };
}

pub(crate) fn remove_semaphore_set(id: i32) {
    // SAFETY: IPC_RMID reads and writes no memory of this process.
    unsafe { libc::semctl(id, 0, libc::IPC_RMID) };
}
