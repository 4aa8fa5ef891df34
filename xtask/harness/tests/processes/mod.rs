//! Children and daemons, for bodies that misbehave.

use nix::unistd::{ForkResult, Pid, fork, setsid};

/// A child process, which does `work` and then ends at once.
pub(crate) fn child(work: impl FnOnce()) -> Pid {
    // SAFETY: the bodies that call this have one thread, so nothing that the child uses can be locked.
    match unsafe { fork() }.expect("a child") {
        ForkResult::Parent { child } => child,
        ForkResult::Child => {
            work();
            // SAFETY: always sound; the process ends.
            unsafe { nix::libc::_exit(0) }
        }
    }
}

/// A process in a session of its own, whose parent has ended and was waited for: nobody here is left to wait for it.
pub(crate) fn daemon(work: impl FnOnce()) {
    let parent = child(|| {
        setsid().expect("a session");
        child(work);
    });
    nix::sys::wait::waitpid(parent, None).expect("the end of the daemon's parent");
}

/// Waits for ever, whatever signals come that do not end the process.
pub(crate) fn wait_for_ever() -> ! {
    loop {
        nix::unistd::pause();
    }
}
