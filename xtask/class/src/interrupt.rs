//! Ctrl-C: what is done is kept, and it is said how to go on. Whatever is held in ends with this process.

use nix::sys::signal::{SigSet, Signal};
use std::process;

/// The exit code of what Ctrl-C has ended, as shells have it.
const INTERRUPTED: i32 = 130;

/// From now on Ctrl-C, or a request to end, prints `words` and ends this process.
pub fn say(words: &'static str) {
    let signals = SigSet::from_iter([Signal::SIGINT, Signal::SIGTERM]);
    // For this thread and those that it starts; programs are started without it.
    if signals.thread_block().is_err() {
        return;
    }
    std::thread::spawn(move || {
        if signals.wait().is_ok() {
            eprintln!("\n{words}");
            process::exit(INTERRUPTED);
        }
    });
}
