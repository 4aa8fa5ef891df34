//! `thread-pool-client KEY time|stop|many [CLIENTS]`: asks the server under this key, stops it, or starts many clients
//! that ask at the same time.

use message_queue::queue::{MessageQueue, MqError};
use std::process::{Child, Command, ExitCode};

/// Does one command.
pub fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words[..] {
        [key, "time"] => with_queue(key, tell_time),
        [key, "stop"] => with_queue(key, |queue| Ok(thread_pool::stop(queue)?)),
        [key, "many"] => start_clients(key, 8),
        [key, "many", count] => count.parse().map_or(Err(USAGE.into()), |n| start_clients(key, n)),
        _ => Err(USAGE.into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("thread-pool-client: {error}");
            ExitCode::FAILURE
        }
    }
}

const USAGE: &str = "usage: thread-pool-client KEY time|stop|many [CLIENTS]";

/// Whatever went wrong, in words.
type Outcome = Result<(), Box<dyn std::error::Error>>;

fn with_queue(key: &str, action: impl FnOnce(&MessageQueue) -> Outcome) -> Outcome {
    let key = key.parse().map_err(|_| "a key is a number other than 0")?;
    match MessageQueue::open(key) {
        Ok(queue) => action(&queue),
        Err(MqError::NoQueue) => {
            let start = format!("thread-pool-server {key}");
            Err(format!("no server under key {key}. Start one first:\n    {start}").into())
        }
        Err(error) => Err(error.into()),
    }
}

fn tell_time(queue: &MessageQueue) -> Outcome {
    let answer = thread_pool::ask(queue)?.ok_or("the server has no answer")?;
    println!("client {}: {answer}", std::process::id());
    Ok(())
}

/// Starts this program `count` times, and waits for all of them.
fn start_clients(key: &str, count: usize) -> Outcome {
    let program = std::env::current_exe()?;
    let start = |_| Command::new(&program).args([key, "time"]).spawn();
    let clients: Vec<Child> = (0..count).map(start).collect::<Result<_, _>>()?;
    for mut client in clients {
        client.wait()?;
    }
    Ok(())
}
