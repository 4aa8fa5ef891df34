//! Signals as something to be read: none of them interrupts the desk at a place where it would do harm.

use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::unistd::Pid;
use std::os::fd::{AsFd, BorrowedFd};

/// The signals of a terminal, and the request to end.
pub struct Signals(SignalFd);

impl Signals {
    /// From now on these signals wait to be taken. The caller must be the only thread.
    ///
    /// # Errors
    /// The system has no descriptor for it.
    pub fn hold() -> nix::Result<Self> {
        let held = SigSet::from_iter([
            Signal::SIGINT,
            Signal::SIGTERM,
            Signal::SIGHUP,
            Signal::SIGTSTP,
            Signal::SIGCONT,
            Signal::SIGWINCH,
        ]);
        held.thread_block()?;
        SignalFd::with_flags(&held, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK).map(Self)
    }

    pub fn descriptor(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }

    /// The signals that have come. Never blocks.
    pub fn take(&self) -> Vec<Came> {
        let signals = std::iter::from_fn(|| self.0.read_signal().ok().flatten());
        let came = |number: u32| match Signal::try_from(number as i32) {
            Ok(Signal::SIGTSTP) => Came::Suspend,
            Ok(Signal::SIGWINCH) => Came::OtherSize,
            Ok(Signal::SIGCONT) => Came::Back,
            Ok(signal) => Came::End(signal),
            Err(_) => Came::End(Signal::SIGTERM),
        };
        signals.map(|signal| came(signal.ssi_signo)).collect()
    }
}

/// What a signal means.
pub enum Came {
    /// A request to end.
    End(Signal),
    /// Ctrl-Z, if the terminal is not raw, or a request of the same kind.
    Suspend,
    /// The terminal has another size.
    OtherSize,
    /// The desk was stopped, and goes on: somebody else may have used the terminal.
    Back,
}

/// Stops this process and those that were started with it, as Ctrl-Z does, and returns when they go on. A shell that
/// could bring them back is told; where there is none the kernel does not stop them.
pub fn stop_here() {
    let stop = SigSet::from_iter([Signal::SIGTSTP]);
    let _ = nix::sys::signal::kill(Pid::from_raw(0), Signal::SIGTSTP);
    // It is delivered at this moment.
    let _ = stop.thread_unblock();
    let _ = stop.thread_block();
}
