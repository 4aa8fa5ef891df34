//! The rows to choose from: each thread that has not ended, in each way in which it can go on.

use crate::board::{Board, letter};
use xtask::words;

/// A row: a thread, and what it can do or why it can't.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Row {
    pub thread: usize,
    /// The name of the thread.
    pub who: String,
    /// The key, with a number when the thread can go on in more than one way.
    pub key: String,
    /// The number of the choice; `None` when the thread can't go on.
    pub choice: Option<usize>,
    /// The line at which it is.
    pub line: u32,
    /// What it does if it is chosen, or why it can't.
    pub text: String,
    /// The locks in its hand.
    pub held: Vec<String>,
}

impl Row {
    /// What it holds, as a clause; nothing when it holds nothing.
    pub fn holds(&self) -> String {
        let held = self.held.join(", ");
        match held.is_empty() {
            true => String::new(),
            false => words!("holds {held}", "tient {held}"),
        }
    }
}

/// All rows, in the order of the threads; those that have ended have none.
pub fn rows(board: &Board) -> Vec<Row> {
    let turns = board.turns();
    let mut rows = vec![];
    for thread in 0..board.schedule.threads.len() {
        let own: Vec<_> = turns.iter().filter(|turn| turn.thread == thread).collect();
        let Some(place) = board.place(thread) else { continue };
        let row = |key: String, choice, text| {
            let who = board.schedule.threads[thread].clone();
            Row { thread, who, key, choice, line: place.line, text, held: board.held(thread) }
        };
        let key = letter(thread).to_string();
        match &own[..] {
            [] => rows.push(row(key, None, board.obstacle(thread))),
            [turn] => rows.push(row(key, Some(turn.choice), turn.text.clone())),
            several => rows.extend((1..).zip(several).map(|(number, turn)| {
                row(format!("{key}{number}"), Some(turn.choice), turn.text.clone())
            })),
        }
    }
    rows
}
