//! A dinner, with a line for each change: `philosophers-demo [PHILOSOPHERS] [MEALS]`.

use philosophers::{State, Table, dinner};
use std::io::{Write, stdout};
use std::process::ExitCode;
use std::sync::Mutex;
use std::thread::sleep;
use std::time::Duration;

/// Shows what every philosopher does, and counts the meals. Ends with the last meal, or with Ctrl-C.
pub fn main() -> ExitCode {
    let arguments: Option<Vec<usize>> =
        std::env::args().skip(1).map(|word| word.parse().ok()).collect();
    let (n, meals) = match arguments.as_deref() {
        Some([]) => (5, 3),
        Some(&[n]) => (n, 3),
        Some(&[n, meals]) => (n, meals),
        _ => return complain("usage: philosophers-demo [PHILOSOPHERS] [MEALS]"),
    };
    let Some(table) = Table::new(n).filter(|_| n <= 20) else {
        return complain("PHILOSOPHERS must be a number from 1 to 20");
    };
    say("·  thinks    o  is hungry    █  eats\n");
    let last_said = Mutex::new(vec![State::Thinking; n]);
    let finished = dinner(&table, meals, |i, state| {
        show(&table, &mut last_said.lock().unwrap(), i, state);
        sleep(duration(i, state));
    });
    say(&format!("\nmeals: {finished:?}"));
    ExitCode::SUCCESS
}

/// Prints the whole table, now that philosopher `i` says what they do.
fn show(table: &Table, last_said: &mut [State], i: usize, state: State) {
    last_said[i] = state;
    let seats: String = table.snapshot().into_iter().zip(last_said).map(sign).collect();
    let word = match state {
        State::Thinking => "thinks",
        State::Hungry => "is hungry",
        State::Eating => "eats",
    };
    say(&format!("{seats}   {i} {word}"));
}

/// What the table says is true; that one is hungry they say just before they ask for the forks.
fn sign((seen, said): (State, &mut State)) -> &'static str {
    match (seen, said) {
        (State::Eating, _) => " █ ",
        (State::Hungry, _) | (State::Thinking, State::Hungry) => " o ",
        (State::Thinking, _) => " · ",
    }
}

/// Everybody has a pace of their own, or all would be hungry at the same moments.
fn duration(i: usize, state: State) -> Duration {
    let pace = 1 + i as u64 * 3 % 5;
    match state {
        State::Thinking => Duration::from_millis(150 * pace),
        State::Hungry => Duration::ZERO,
        State::Eating => Duration::from_millis(300 + 100 * pace),
    }
}

/// Prints a line. When nobody reads it any more, the dinner goes on all the same.
fn say(line: &str) {
    let _ = writeln!(stdout(), "{line}");
}

fn complain(what: &str) -> ExitCode {
    eprintln!("{what}");
    ExitCode::FAILURE
}
