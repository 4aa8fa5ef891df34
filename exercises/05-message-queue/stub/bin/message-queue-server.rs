//! `message-queue-server KEY`: tells whoever asks what time it is. Ends on a stop and on Ctrl-C.

use message_queue::queue::{Key, MessageQueue};
use nix::sys::signal::{SigSet, Signal};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

/// Serves until it is stopped, and removes the queue.
pub fn main() -> ExitCode {
    let Some(key) = std::env::args().nth(1).and_then(|key| key.parse().ok()) else {
        eprintln!("usage: message-queue-server KEY    (a number other than 0)");
        return ExitCode::from(2);
    };
    stop_on_ctrl_c(key);
    println!("Starting under key {key}. Ctrl-C ends it.");
    match message_queue::run_server(key, time_of_day) {
        Ok(answered) => {
            println!("Stopped. Requests answered: {answered}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("message-queue-server: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Hours, minutes and seconds in Greenwich.
fn time_of_day() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    let (hours, minutes) = (seconds / 3600 % 24, seconds / 60 % 60);
    format!("{hours:02}:{minutes:02}:{:02} UTC", seconds % 60)
}

/// Ctrl-C does what a client could do: it sends a stop. So the server has one way to end, and removes its queue.
fn stop_on_ctrl_c(key: Key) {
    let mut signals = SigSet::empty();
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        signals.add(signal);
    }
    // Blocked before there is a second thread, which inherits it: only sigwait() takes them then.
    signals.thread_block().expect("these are signals");
    std::thread::spawn(move || {
        // Again after each: a signal may come before the queue is there.
        while signals.wait().is_ok() {
            let _ = MessageQueue::open(key).and_then(|queue| message_queue::stop(&queue));
        }
    });
}
