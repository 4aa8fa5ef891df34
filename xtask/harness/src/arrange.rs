//! What sets a test up: children that do something, signals that get a handler. What has to do with a thread's handle
//! stays in the tests, since that is another type where they are built with a stand-in for `std`.

use nix::libc;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Starts a child that does `work`, and ends with code 0; with 101 when an assertion in it fails.
///
/// To be called while the process has one thread. Does not wait for the child.
///
/// # Panics
/// When there can't be another process.
#[track_caller]
pub fn in_child(work: impl FnOnce()) -> Pid {
    in_child_with_code(|| {
        work();
        0
    })
}

/// Starts a child that does `work`, and ends with its result as the code; with 101 when it panics.
///
/// To be called while the process has one thread. Does not wait for the child: see [`code_of`].
///
/// # Panics
/// When there can't be another process.
#[track_caller]
pub fn in_child_with_code(work: impl FnOnce() -> i32) -> Pid {
    // SAFETY: the process has one thread, so the child has no lock whose owner it lacks.
    match unsafe { fork() }.unwrap() {
        ForkResult::Parent { child } => child,
        ForkResult::Child => {
            let result = catch_unwind(AssertUnwindSafe(work));
            // SAFETY: ends the process at once. What the parent is to do at its own exit is not done here.
            unsafe { libc::_exit(result.unwrap_or(101)) }
        }
    }
}

/// Waits for a child; the code that it ended with. Blocks until the child ends.
///
/// # Panics
/// When a signal ended it, or there is no such child.
#[track_caller]
pub fn code_of(child: Pid) -> i32 {
    match waitpid(child, None).unwrap() {
        WaitStatus::Exited(_, code) => code,
        other => panic!("a child did not end by itself: {other:?}"),
    }
}

/// SIGUSR1 gets a handler that does nothing, and system calls are not taken up again after it.
///
/// # Panics
/// When the kernel refuses.
#[track_caller]
pub fn catch_signal() {
    extern "C" fn nothing(_: libc::c_int) {}
    let action = SigAction::new(SigHandler::Handler(nothing), SaFlags::empty(), SigSet::empty());
    // SAFETY: the handler does nothing.
    unsafe { sigaction(Signal::SIGUSR1, &action) }.unwrap();
}
