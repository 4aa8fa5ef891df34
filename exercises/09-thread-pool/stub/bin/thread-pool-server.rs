//! `thread-pool-server KEY [WORKERS]`: tells whoever asks what time it is, and takes a second for it. Ends on a stop and
//! on Ctrl-C.

use message_queue::queue::{Key, MessageQueue, MqError};
use nix::sys::signal::{SigSet, Signal};
use nix::unistd::Pid;
use std::num::NonZero;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use thread_pool::Served;

/// Serves until it is stopped, and removes the queue.
pub fn main() -> ExitCode {
    let Some((key, workers)) = arguments() else {
        eprintln!("usage: thread-pool-server KEY [WORKERS]    (a key other than 0; 4 workers)");
        return ExitCode::from(2);
    };
    match run(key, workers) {
        Ok(Served { answered, failed, refused }) => {
            println!("Stopped. Answered: {answered}, failed: {failed}, refused: {refused}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("thread-pool-server: {error}");
            ExitCode::FAILURE
        }
    }
}

fn arguments() -> Option<(Key, NonZero<usize>)> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let workers = arguments.get(1).map_or("4", String::as_str);
    Some((arguments.first()?.parse().ok()?, workers.parse().ok()?))
}

fn run(key: Key, workers: NonZero<usize>) -> Result<Served, MqError> {
    let queue = MessageQueue::create(key)?;
    stop_on_ctrl_c(queue.clone());
    println!("Serving under key {key} with {workers} workers. Ctrl-C ends it.");
    thread_pool::serve(queue, workers, slow_answer)
}

/// The time, a second later, and who told it.
fn slow_answer(client: Pid) -> String {
    thread::sleep(Duration::from_secs(1));
    let worker = thread::current().id();
    println!("{worker:?} has answered client {client}");
    format!("{} from {worker:?}", time_of_day())
}

/// Hours, minutes and seconds in Greenwich.
fn time_of_day() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    let (hours, minutes) = (seconds / 3600 % 24, seconds / 60 % 60);
    format!("{hours:02}:{minutes:02}:{:02} UTC", seconds % 60)
}

/// Ctrl-C does what a client could do: it sends a stop. So the server has one way to end, and removes its queue.
fn stop_on_ctrl_c(queue: MessageQueue) {
    let mut signals = SigSet::empty();
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        signals.add(signal);
    }
    // Blocked before there is a second thread, which inherits it: only sigwait() takes them then.
    signals.thread_block().expect("these are signals");
    thread::spawn(move || {
        while signals.wait().is_ok() {
            // Without a queue the server has ended already.
            let _ = thread_pool::stop(&queue);
        }
    });
}
