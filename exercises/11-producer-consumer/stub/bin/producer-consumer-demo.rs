//! One producer, some consumers, and the Fibonacci numbers between them:
//! `producer-consumer-demo [N] [CAPACITY] [CONSUMERS]`.

use producer_consumer::{Buffer, FibonacciError, put_fibonacci, run};
use std::io::{Write, stdout};
use std::process::ExitCode;
use std::thread::sleep;
use std::time::Duration;

/// So long a consumer works on a number: the producer is faster, and has to wait for it.
const WORK: Duration = Duration::from_millis(150);

/// Shows who takes which number. Ends with the last one, or with Ctrl-C.
pub fn main() -> ExitCode {
    let arguments: Option<Vec<usize>> =
        std::env::args().skip(1).map(|word| word.parse().ok()).collect();
    let (n, capacity, consumers) = match arguments.as_deref() {
        Some([]) => (20, 3, 2),
        Some(&[n]) => (n, 3, 2),
        Some(&[n, capacity]) => (n, capacity, 2),
        Some(&[n, capacity, consumers]) => (n, capacity, consumers),
        _ => return complain("usage: producer-consumer-demo [N] [CAPACITY] [CONSUMERS]"),
    };
    if consumers == 0 || consumers > 100 {
        return complain("CONSUMERS must be a number from 1 to 100");
    }
    let Some(buffer) = Buffer::new(capacity) else {
        return complain("CAPACITY must be 1 at least");
    };
    let consumers = (1..=consumers).map(|me| move |buffer: &Buffer<i64>| consume(me, buffer));
    match run(&buffer, vec![|buffer: &Buffer<i64>| produce(n, buffer)], consumers.collect()) {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => complain(&format!("a thread ended too early: {error:?}")),
    }
}

fn produce(n: usize, buffer: &Buffer<i64>) {
    match put_fibonacci(n, buffer) {
        Ok(()) => say(&format!("producer     has put F(0) to F({n}), and ends")),
        Err(FibonacciError::Overflow) => {
            say("producer     can't count further in 64 bits, and ends")
        }
        Err(FibonacciError::Closed) => say("producer     finds no consumer any more, and ends"),
    };
}

/// Takes until the end, or until nobody reads what it says.
fn consume(me: usize, buffer: &Buffer<i64>) {
    while let Some(number) = buffer.take() {
        if !say(&format!("consumer {me:3} takes {number}")) {
            return;
        }
        sleep(WORK);
    }
    say(&format!("consumer {me:3} has come to the end"));
}

/// Prints a line, if anybody reads it.
fn say(line: &str) -> bool {
    writeln!(stdout(), "{line}").is_ok()
}

fn complain(what: &str) -> ExitCode {
    eprintln!("{what}");
    ExitCode::FAILURE
}
