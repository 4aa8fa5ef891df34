//! Ends a recorded run that does not end by itself: on Ctrl-C, or when its time is over.
//!
//! The program shares the terminal, so a Ctrl-C has reached it already. Whether it ends then is its own affair; the next
//! one ends it for good.

use nix::sys::signal::{SigSet, Signal, kill};
use nix::unistd::Pid;
use std::collections::BTreeSet;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use xtask::words;

/// So long a program may take for its own ending when its time is over.
const GRACE: Duration = Duration::from_secs(2);

/// The processes of a run. None of them has been waited for, so their numbers are nobody else's.
#[derive(Clone, Debug, Default)]
pub struct Running(Arc<Mutex<BTreeSet<i32>>>);

impl Running {
    pub fn add(&self, process: Pid) {
        self.lock().insert(process.as_raw());
    }

    /// It must be called before the process is waited for.
    pub fn remove(&self, process: Pid) {
        self.lock().remove(&process.as_raw());
    }

    fn signal(&self, signal: Signal) {
        for &process in self.lock().iter() {
            let _ = kill(Pid::from_raw(process), signal);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeSet<i32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps the signals that end a program from this one. To be called before there is a second thread.
pub fn hold_back_signals() {
    let _ = signals().thread_block();
}

/// What the kernel sends when somebody wants the program to end.
pub fn signals() -> SigSet {
    [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGQUIT].into_iter().collect()
}

/// Ends the run on the second Ctrl-C, or after `limit`, until what it returns is dropped.
pub fn watch(running: Running, limit: Option<Duration>) -> mpsc::Sender<Signal> {
    let (sender, came) = mpsc::channel();
    let to_watch = sender.clone();
    std::thread::spawn(move || {
        while let Ok(signal) = signals().wait() {
            if to_watch.send(signal).is_err() {
                break;
            }
        }
    });
    std::thread::spawn(move || end(&running, limit, &came));
    sender
}

fn end(running: &Running, limit: Option<Duration>, came: &mpsc::Receiver<Signal>) {
    let first = match limit {
        Some(limit) => came.recv_timeout(limit),
        None => came.recv().map_err(|_| RecvTimeoutError::Disconnected),
    };
    let second = match first {
        // From the terminal it has come to the program, too. From elsewhere it has not.
        Ok(signal) => {
            if signal == Signal::SIGTERM {
                running.signal(signal);
            }
            let waited = came.recv_timeout(GRACE);
            if waited == Err(RecvTimeoutError::Timeout) {
                eprintln!(
                    "{}",
                    words!(
                        "The program has not ended yet. Ctrl-C again ends it for good.",
                        "Le programme n'est pas encore terminé. Un second Ctrl-C y met fin pour de bon."
                    )
                );
                came.recv().map_err(|_| RecvTimeoutError::Disconnected)
            } else {
                waited
            }
        }
        Err(RecvTimeoutError::Timeout) => {
            running.signal(Signal::SIGINT);
            came.recv_timeout(GRACE)
        }
        Err(RecvTimeoutError::Disconnected) => return,
    };
    if second != Err(RecvTimeoutError::Disconnected) {
        running.signal(Signal::SIGKILL);
    }
}
