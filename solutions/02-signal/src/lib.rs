//! Signals: a child that talks until it is told to stop. The reference.

use nix::errno::Errno;
use nix::libc::{self, c_int};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{
    SaFlags, SigAction, SigHandler, SigSet, SigmaskHow, Signal, kill, sigaction,
};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork, write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicI32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

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

/// A signal is blocked as long as this lives. Dropping it gives the thread the mask back that it had before.
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
    let mask_before = SigSet::from(signal).thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
    Ok(Blocked { mask_before })
}

impl Drop for Blocked {
    fn drop(&mut self) {
        // The whole mask, and not "unblock": the signal may have been blocked before.
        let _ = self.mask_before.thread_set_mask();
    }
}

/// Where the handler writes. An atomic: a lock might be held by what the handler has interrupted.
static OUTPUT: AtomicI32 = AtomicI32::new(-1);

/// The handler: writes [`LAST_WORDS`], and kills its own process. All it does is async-signal-safe.
extern "C" fn say_last_words(_: c_int) {
    // SAFETY: install_handler() was given an open descriptor, and its caller keeps it open.
    let output = unsafe { BorrowedFd::borrow_raw(OUTPUT.load(Ordering::Relaxed)) };
    // The process ends in any case, and there is nobody to tell.
    let _ = say(LAST_WORDS, output);
    // Its own pid: 0 would be the whole process group.
    let _ = kill(Pid::this(), Signal::SIGKILL);
}

/// Makes a SIGUSR1 write [`LAST_WORDS`] into `output`, and then kill this process by SIGKILL.
///
/// `output` must stay open.
///
/// # Errors
/// What the system says, if it refuses.
pub fn install_handler(output: BorrowedFd<'_>) -> nix::Result<()> {
    OUTPUT.store(output.as_raw_fd(), Ordering::Relaxed);
    let handler = SigHandler::Handler(say_last_words);
    let action = SigAction::new(handler, SaFlags::empty(), SigSet::empty());
    // SAFETY: the handler does only what is async-signal-safe: an atomic, write, getpid, kill.
    unsafe { sigaction(Signal::SIGUSR1, &action) }.map(drop)
}

/// Writes a line in a single call, so that no signal can come between two halves of it.
fn say(line: &str, output: BorrowedFd<'_>) -> nix::Result<()> {
    loop {
        match write(output, line.as_bytes()) {
            Err(Errno::EINTR) => {}
            result => return result.map(drop),
        }
    }
}

/// Says [`HELLO`] at once, and again after each `period`. Comes back only when it can't.
fn talk(period: Duration, output: BorrowedFd<'_>) -> nix::Result<()> {
    loop {
        say(HELLO, output)?;
        sleep(period);
    }
}

/// A child process that talks. Dropping it ends the child at once by SIGKILL, and reaps it.
#[derive(Debug)]
pub struct Talker {
    pid: Pid,
    /// How it ended, once it was waited for.
    exit: Option<Exit>,
}

/// Starts a child process that says [`HELLO`] into `output` at once, and again after each `period`,
/// until a SIGUSR1 makes it say [`LAST_WORDS`] and kill itself by SIGKILL. Returns while it talks.
///
/// # Errors
/// What fork() says, if there can't be another process.
pub fn start(period: Duration, output: impl AsFd) -> nix::Result<Talker> {
    // The child inherits the mask: a SIGUSR1 that comes before its handler stands waits for it.
    let _blocked = block(Signal::SIGUSR1)?;
    // SAFETY: the child makes system calls alone: it takes no lock and asks for no memory.
    match unsafe { fork() }? {
        ForkResult::Parent { child } => Ok(Talker { pid: child, exit: None }),
        ForkResult::Child => {
            let _ = live(period, output.as_fd());
            // SAFETY: ends the process at once; exit() would print what the parent has buffered.
            unsafe { libc::_exit(1) }
        }
    }
}

/// What the child does. Comes back only when something fails.
fn live(period: Duration, output: BorrowedFd<'_>) -> nix::Result<()> {
    install_handler(output)?;
    // Not the mask of the caller, who may block SIGUSR1.
    SigSet::from(Signal::SIGUSR1).thread_unblock()?;
    talk(period, output)
}

impl Talker {
    /// The child's process id.
    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// Sends the child SIGUSR1, waits until it has ended, reaps it, and says how it ended.
    ///
    /// # Errors
    /// What the system says, if somebody else has reaped the child.
    pub fn farewell(&mut self) -> nix::Result<Exit> {
        self.ask_to_end()?;
        self.reap()
    }

    /// Sends SIGUSR1, unless the child is reaped: its pid may be another process's by now.
    fn ask_to_end(&self) -> nix::Result<()> {
        match self.exit {
            Some(_) => Ok(()),
            // A child that has ended, but is not reaped, takes it without a word.
            None => kill(self.pid, Signal::SIGUSR1),
        }
    }

    /// Waits for the child to end, once; afterwards it is remembered how it did.
    fn reap(&mut self) -> nix::Result<Exit> {
        if let Some(exit) = self.exit {
            return Ok(exit);
        }
        let exit = wait(self.pid)?;
        self.exit = Some(exit);
        Ok(exit)
    }
}

impl Drop for Talker {
    fn drop(&mut self) {
        if self.exit.is_none() {
            // SIGKILL, and not SIGUSR1: the last words wait for as long as the output is full.
            let _ = kill(self.pid, Signal::SIGKILL);
            let _ = self.reap();
        }
    }
}

fn wait(child: Pid) -> nix::Result<Exit> {
    loop {
        match waitpid(child, None) {
            Ok(WaitStatus::Exited(_, code)) => return Ok(Exit::Code(code)),
            Ok(WaitStatus::Signaled(_, signal, _)) => return Ok(Exit::Signal(signal)),
            Ok(_) | Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno),
        }
    }
}

/// Go further: waits until one of `signals` comes, takes it, and says which it was. No handler runs.
///
/// The caller has blocked the `signals` before.
///
/// # Errors
/// `EINVAL` when `signals` is empty: nothing could ever come.
pub fn wait_for(signals: &[Signal]) -> nix::Result<Signal> {
    if signals.is_empty() {
        return Err(Errno::EINVAL);
    }
    signals.iter().copied().collect::<SigSet>().wait()
}

impl Talker {
    /// Go further: as [`Talker::farewell`], but waits at most `limit_ms` milliseconds for the child to
    /// end. `Ok(None)` when it has not ended by then.
    ///
    /// # Errors
    /// As [`Talker::farewell`].
    pub fn farewell_within(&mut self, limit_ms: u16) -> nix::Result<Option<Exit>> {
        self.ask_to_end()?;
        if self.exit.is_none() && !ends_within(self.pid, limit_ms)? {
            return Ok(None);
        }
        self.reap().map(Some)
    }
}

/// Does the child end within the limit? It is not reaped.
fn ends_within(child: Pid, limit_ms: u16) -> nix::Result<bool> {
    let deadline = Instant::now() + Duration::from_millis(limit_ms.into());
    // SAFETY: reads and writes no memory of this process.
    let number = unsafe { libc::syscall(libc::SYS_pidfd_open, child.as_raw(), 0) };
    let number = Errno::result(number)? as RawFd;
    // SAFETY: a new descriptor, which nobody else has.
    let child = unsafe { OwnedFd::from_raw_fd(number) };
    let mut events = [PollFd::new(child.as_fd(), PollFlags::POLLIN)];
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let left = PollTimeout::try_from(left).expect("no more than limit_ms");
        match poll(&mut events, left) {
            Err(Errno::EINTR) => {}
            ready => return Ok(ready? > 0),
        }
    }
}
