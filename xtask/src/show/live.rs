//! The line that says what is going on, and gives way to what is printed for good.

use super::text;
use std::io::{IsTerminal, Write, stderr};
use std::sync::{Mutex, PoisonError};

/// The widest line: a terminal is at least so wide.
const COLUMNS: usize = 79;

/// A line on standard error, if that is a terminal that can go back to the beginning of a line.
pub struct Live {
    /// How wide the line is that stands there now; `None` where there is none to be had.
    width: Mutex<Option<usize>>,
}

impl Default for Live {
    /// A line that is empty as yet.
    fn default() -> Self {
        let dumb = std::env::var("TERM").is_ok_and(|terminal| terminal == "dumb");
        let there = stderr().is_terminal() && !dumb;
        Self { width: Mutex::new(there.then_some(0)) }
    }
}

impl Live {
    /// Is there a terminal for it?
    pub fn is_there(&self) -> bool {
        self.width.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Puts `line` in the place of what stands there.
    pub fn say(&self, line: &str) {
        let line: String = text::safe(line).replace('\n', " ").chars().take(COLUMNS).collect();
        let mut width = self.width.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(width) = width.as_mut() {
            let columns = line.chars().count();
            // Spaces over the rest of the old line, and no escape sequence: that is enough.
            eprint!("\r{line}{:1$}\r", "", width.saturating_sub(columns));
            let _ = stderr().flush();
            *width = columns;
        }
    }

    /// Takes the line away.
    pub fn clear(&self) {
        self.say("");
    }
}
