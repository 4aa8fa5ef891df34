//! Events: threads that wait until the data is there.
//!
//! The types and the contracts are given. Write the bodies that say `todo!`, in their order.

#![allow(unused_variables, dead_code, reason = "the bodies are still to be written")]

use std::fmt;
use std::io::{self, BufRead};
use std::num::NonZeroUsize;
use std::sync::{Condvar, Mutex};
use std::time::Duration;

/// Something that happens once, and for which threads can wait. Once it has happened it stays so.
#[derive(Debug, Default)]
pub struct Event {
    happened: Mutex<bool>,
    changed: Condvar,
}

impl Event {
    /// An event that has not happened yet.
    pub const fn new() -> Self {
        Self { happened: Mutex::new(false), changed: Condvar::new() }
    }

    /// Says that it has happened, and wakes every thread that waits for it. A second call changes
    /// nothing.
    pub fn set(&self) {
        todo!("change the flag under the lock, and notify all who wait")
    }

    /// Blocks until it has happened; returns at once when it has already.
    ///
    /// It takes no processor time while it waits. A *spurious wakeup*, when the condition variable
    /// wakes although nobody has called [`Event::set`], does not end the wait.
    pub fn wait(&self) {
        todo!("wait for the condition variable until the flag says that it has happened")
    }

    /// Has it happened? Does not wait for it.
    pub fn is_set(&self) -> bool {
        todo!("look at the flag")
    }

    /// Go further: blocks until it has happened, but not longer than `limit`. Has it happened?
    ///
    /// A spurious wakeup neither ends the wait nor makes it longer.
    pub fn wait_for(&self, limit: Duration) -> bool {
        todo!("as wait, with Condvar::wait_timeout: how much of the limit is left?")
    }
}

/// A function of a list of numbers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Statistic {
    /// The least of them.
    Min,
    /// The greatest of them.
    Max,
    /// The one in the middle, when they are sorted; the mean of the two in the middle, when their
    /// count is even.
    Median,
    /// The arithmetic mean.
    Mean,
    /// The sample standard deviation: the squares are divided by the count less one.
    StdDev,
}

/// Why there is no value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StatError {
    /// So many numbers are needed, and there are fewer.
    TooFew {
        /// How many are needed.
        needed: usize,
    },
    /// A number is infinite or NaN, or the value is too large.
    NotFinite,
}

impl fmt::Display for StatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooFew { needed: 1 } => write!(f, "needs a number"),
            Self::TooFew { needed } => write!(f, "needs {needed} numbers"),
            Self::NotFinite => write!(f, "is not a finite number"),
        }
    }
}

impl std::error::Error for StatError {}

impl Statistic {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Min, Self::Max, Self::Median, Self::Mean, Self::StdDev];

    /// Its value for `numbers`, which may come in any order.
    ///
    /// # Errors
    /// [`StatError::TooFew`] for less than two numbers when it is the standard deviation, for none
    /// when it is another; [`StatError::NotFinite`] when one of the numbers is not finite, or the
    /// value is not.
    pub fn compute(self, numbers: &[f64]) -> Result<f64, StatError> {
        todo!("refuse what has no value, and let statrs compute the rest")
    }
}

/// A word that is not a finite number, and where it stands. Lines and words are counted from 1.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BadNumber {
    /// The line.
    pub line: usize,
    /// The word in this line.
    pub word: usize,
    /// The word itself.
    pub text: String,
}

/// What was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Input {
    /// The finite numbers, in their order.
    pub numbers: Vec<f64>,
    /// What was refused, in its order.
    pub refused: Vec<BadNumber>,
}

/// Reads numbers to the end of `reader`: words between white space, on any number of lines.
///
/// A word is a number when [`str::parse`] says so and the number is finite. The others are refused.
///
/// # Errors
/// What `reader` reports.
pub fn read_numbers(reader: impl BufRead) -> io::Result<Input> {
    todo!("line by line and word by word; what is not a finite number is refused")
}

/// Lets `workers` threads apply each of `functions` to the numbers that `input` returns.
///
/// First all workers are started; each waits until the numbers are there. Then the caller's own
/// thread calls `input`, once. Then the workers take functions from a queue until it is empty. No other
/// thread calls a function. Blocks until all workers have ended, also when there is an error or a
/// panic. The results come in the order of `functions`.
///
/// # Errors
/// What `input` returns; no function is called then.
///
/// # Panics
/// When `input` panics, and no function is called then; when a function panics.
pub fn apply_all<F, R, E>(
    functions: Vec<F>,
    workers: NonZeroUsize,
    input: impl FnOnce() -> Result<Vec<f64>, E>,
) -> Result<Vec<R>, E>
where
    F: FnOnce(&[f64]) -> R + Send,
    R: Send,
{
    todo!("a queue of functions, a queue of results, an event; and set it on every path")
}

/// What became of all statistics.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Each statistic with its value, in the order of [`Statistic::ALL`].
    pub results: Vec<(Statistic, Result<f64, StatError>)>,
    /// What was refused of the input.
    pub refused: Vec<BadNumber>,
}

/// Reads numbers, and lets `workers` threads compute all statistics of them.
///
/// The workers are there, and wait, before the first byte is read. See [`apply_all`].
///
/// # Errors
/// What `reader` reports.
pub fn run(reader: impl BufRead, workers: NonZeroUsize) -> io::Result<Report> {
    todo!("one function for each statistic, and one call of apply_all")
}

/// Go further: closed until it was counted down to zero; from then on it is open.
#[derive(Debug)]
pub struct Latch {
    missing: Mutex<usize>,
    opened: Event,
}

impl Latch {
    /// A latch that `count` calls of [`Latch::count_down`] open. With a count of zero it is open.
    pub fn new(count: usize) -> Self {
        todo!("how many calls are missing, and an event for the last")
    }

    /// Counts down by one, and opens the latch when it was the last. Does nothing when it is open.
    pub fn count_down(&self) {
        todo!("the last one sets the event")
    }

    /// Blocks until it is open.
    pub fn wait(&self) {
        todo!("wait for the event")
    }
}
