//! Signals: a child that talks until it is told to stop.
//!
//! The types and the contracts are given. Write the bodies that say `todo!`, and the two of `drop`, in
//! their order.

#![allow(unused_variables, dead_code, reason = "the bodies are still to be written")]

use nix::libc::c_int;
use nix::sys::signal::{SigSet, Signal};
use nix::unistd::Pid;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::AtomicI32;
use std::time::Duration;

/// What a talker says, again and again.
pub const HELLO: &str = "Hello!\n";

/// What a talker says once, at its end.
pub const LAST_WORDS: &str = "These are my last words.\n";

/// How a child ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Exit {
    /// It ended itself with this code.
    Code(i32),
    /// This signal ended it.
    Signal(Signal),
}

/// A signal is blocked as long as this lives: one that comes waits until it is dropped.
///
/// Dropping it gives the thread the mask back that it had before: what was blocked then is blocked
/// again, and nothing else.
#[derive(Debug)]
#[must_use = "the signal is blocked only as long as this lives"]
pub struct Blocked {
    mask_before: SigSet,
}

/// Blocks `signal` for this thread, beside those that it blocks already.
///
/// # Errors
/// What the system says, if it refuses.
pub fn block(signal: Signal) -> nix::Result<Blocked> {
    todo!("add the signal to the thread's mask, and keep the mask from before")
}

impl Drop for Blocked {
    fn drop(&mut self) {
        // To be written: give the thread the mask back that it had before.
        // There is no `todo!` here: it would panic while another `todo!` unwinds, and abort the program.
    }
}

/// Where the handler writes: the number of a descriptor. A handler can't be given one, so it looks here.
static OUTPUT: AtomicI32 = AtomicI32::new(-1);

/// The handler: writes [`LAST_WORDS`] into [`OUTPUT`], and kills its own process by SIGKILL, also
/// when nobody can read them.
///
/// It may have interrupted anything, the allocator or a `println!` for example. So it takes no lock
/// and asks for no memory.
extern "C" fn say_last_words(signal: c_int) {
    todo!("write the last words, then kill this process")
}

/// Makes `say_last_words` the handler of SIGUSR1 in this process.
///
/// From then on a SIGUSR1, at whatever moment it comes, makes this process write [`LAST_WORDS`] into
/// `output`, and then kill itself, and nobody else, by SIGKILL. `output` must stay open. Of several
/// calls, the last one counts.
///
/// # Errors
/// What the system says, if it refuses.
pub fn install_handler(output: BorrowedFd<'_>) -> nix::Result<()> {
    todo!("tell the handler where it writes, then install it with sigaction")
}

/// Says [`HELLO`] at once, and again after each `period`. Sleeps in between.
///
/// Each hello is one call of write(), so that no signal can come between two halves of a line. A
/// signal that only interrupts does no harm. Comes back only when a hello can't be written.
///
/// # Errors
/// What write() says.
fn talk(period: Duration, output: BorrowedFd<'_>) -> nix::Result<()> {
    todo!("write, sleep, and so on")
}

/// A child process that talks, made by [`start`].
///
/// Dropping it ends the child at once by SIGKILL, without last words, and reaps it.
#[derive(Debug)]
pub struct Talker {
    pid: Pid,
    /// How it ended, once it was waited for.
    exit: Option<Exit>,
}

/// Starts a child process that says [`HELLO`] into `output` at once, and again after each `period`,
/// until a SIGUSR1 makes it say [`LAST_WORDS`] and kill itself by SIGKILL. Returns while it talks.
///
/// A SIGUSR1 is never too early, even if it comes before the child has done anything, and even if the
/// caller blocks SIGUSR1. The child belongs to the caller's process group, so that Ctrl-C ends both.
/// When a hello can't be written, it ends with code 1, and it never comes back out of this function.
/// Other signals do to it what they always do.
///
/// The caller's signal mask and its own handlers are afterwards what they were before, also when
/// there is an error, and no signal that comes for the caller meanwhile is lost. The caller gets no
/// further copy of `output`: once it has closed its own, only the child writes.
///
/// A `period` of zero is allowed: the child talks as fast as somebody reads.
///
/// # Errors
/// What fork() says, if there can't be another process.
pub fn start(period: Duration, output: impl AsFd) -> nix::Result<Talker> {
    todo!("block SIGUSR1, fork; in the child: install the handler, unblock, talk, _exit(1)")
}

impl Talker {
    /// The child's process id.
    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// Sends the child SIGUSR1, waits until it has ended, reaps it, and says how it ended.
    ///
    /// Blocks until the last words are said: for as long as the output is full. A signal that comes
    /// in between does no harm. A child that had ended before is only reaped. Called again, it says
    /// the same, and sends nothing: by then the pid may belong to another process.
    ///
    /// # Errors
    /// What the system says, if somebody else has reaped the child.
    pub fn farewell(&mut self) -> nix::Result<Exit> {
        todo!("kill with SIGUSR1, waitpid, and remember how it ended")
    }
}

impl Drop for Talker {
    fn drop(&mut self) {
        // To be written: unless it is reaped already, kill the child by SIGKILL and reap it.
    }
}

/// Go further: waits until one of `signals` comes, takes it, and says which it was. No handler runs.
///
/// Blocks without polling. The caller has blocked the `signals` before; one that came since then is
/// taken at once. Any other signal is handled as always, and the wait goes on.
///
/// # Errors
/// `EINVAL` when `signals` is empty: nothing could ever come.
pub fn wait_for(signals: &[Signal]) -> nix::Result<Signal> {
    todo!("make a set of them, and wait for the set")
}

impl Talker {
    /// Go further: as [`Talker::farewell`], but waits at most `limit_ms` milliseconds for the child to
    /// end. `Ok(None)` when it has not ended by then; it can be asked again.
    ///
    /// # Errors
    /// As [`Talker::farewell`].
    pub fn farewell_within(&mut self, limit_ms: u16) -> nix::Result<Option<Exit>> {
        todo!("a pidfd becomes readable when its process ends, and poll() waits for that")
    }
}
