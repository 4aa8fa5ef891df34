//! `message-queue-client KEY [time|stop]`: asks the server under this key, or stops it. Without a command it asks what to
//! do, until the input ends.

use message_queue::queue::{MessageQueue, MqError};
use std::io::{BufRead, Write, stdin, stdout};
use std::process::ExitCode;

/// Does one command, or those that are typed.
pub fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(key) = arguments.first().and_then(|key| key.parse().ok()) else {
        eprintln!("usage: message-queue-client KEY [time|stop]    (a number other than 0)");
        return ExitCode::from(2);
    };
    let done = MessageQueue::open(key).and_then(|queue| match arguments.get(1) {
        Some(command) => obey(&queue, command).map(drop),
        None => converse(&queue),
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(MqError::NoQueue) => {
            eprintln!("message-queue-client: no server under key {key}. Start one first:");
            eprintln!("    message-queue-server {key}");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("message-queue-client: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Obeys what is typed, until the server was told to stop or the input ends.
fn converse(queue: &MessageQueue) -> Result<(), MqError> {
    print_prompt();
    for command in stdin().lock().lines().map_while(Result::ok) {
        if obey(queue, command.trim())? == Next::Leave {
            return Ok(());
        }
        print_prompt();
    }
    println!();
    Ok(())
}

/// What to do after a command.
#[derive(PartialEq)]
enum Next {
    GoOn,
    Leave,
}

fn obey(queue: &MessageQueue, command: &str) -> Result<Next, MqError> {
    match command {
        "time" => println!("{}", message_queue::ask(queue)?),
        "stop" => {
            message_queue::stop(queue)?;
            println!("The server stops.");
            return Ok(Next::Leave);
        }
        "quit" => return Ok(Next::Leave),
        _ => println!("I know: time, stop, quit"),
    }
    Ok(Next::GoOn)
}

fn print_prompt() {
    print!("time, stop or quit: ");
    // A line that has not ended yet is not printed by itself.
    let _ = stdout().flush();
}
