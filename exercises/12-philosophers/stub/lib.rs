//! The dining philosophers: threads that each need two things, and share each of them with a neighbour.
//!
//! The types and the contracts are given, and so is the [`Semaphore`]. Write the bodies that say
//! `todo!`, in their order.

#![allow(unused_variables, dead_code, reason = "the bodies are still to be written")]

pub mod semaphore;

use semaphore::Semaphore;
use std::sync::Mutex;

/// What a philosopher does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum State {
    /// Needs no fork.
    Thinking,
    /// Wants two forks, and has none.
    Hungry,
    /// Has both forks.
    Eating,
}

/// Why a philosopher's wish was not granted. Nothing has changed then.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TableError {
    /// There is no philosopher of this number.
    NoSuchPhilosopher(usize),
    /// Only who thinks can take forks: this one is hungry or eats already.
    NotThinking,
    /// Only who eats can put forks down: this one has none.
    NotEating,
}

/// A round table, with a fork between every two neighbours.
///
/// Philosopher `i` of `n` sits between `i - 1` and `i + 1`, and number 0 sits beside `n - 1`. Two
/// share both forks. One alone has no neighbour, and both forks to themselves.
#[derive(Debug)]
pub struct Table {
    /// What each philosopher does. Who eats has the forks: nothing else has to be written down.
    states: Mutex<Vec<State>>,
    /// A semaphore for each philosopher: the permit is there when they may begin to eat.
    served: Vec<Semaphore>,
}

impl Table {
    /// A table with `n` philosophers, who all think; `None` for 0.
    pub fn new(n: usize) -> Option<Self> {
        todo!("all think, and nobody has a permit")
    }

    /// What every philosopher does, all seen at one moment.
    pub fn snapshot(&self) -> Vec<State> {
        todo!("a copy, made under the lock")
    }

    /// Philosopher `i` is hungry, and takes both forks at once, or none yet.
    ///
    /// Blocks while a neighbour eats, and for no other reason: not for a neighbour who is hungry, too. While
    /// it waits it holds no fork, and uses no processor time.
    ///
    /// # Errors
    /// [`TableError::NoSuchPhilosopher`]; [`TableError::NotThinking`].
    pub fn take_forks(&self, i: usize) -> Result<(), TableError> {
        todo!(
            "under the lock: be hungry, and eat if you can; then, without the lock, wait for your permit"
        )
    }

    /// Philosopher `i` puts both forks down, and thinks. Each neighbour who is hungry and can eat now
    /// eats, when this returns. Does not wait for anybody.
    ///
    /// # Errors
    /// [`TableError::NoSuchPhilosopher`]; [`TableError::NotEating`].
    pub fn put_forks(&self, i: usize) -> Result<(), TableError> {
        todo!("under the lock: think, and look after both neighbours")
    }

    /// Go further: as [`Table::take_forks`], but does not wait. `Ok(false)`, and the philosopher still
    /// thinks, while a neighbour eats.
    ///
    /// # Errors
    /// As [`Table::take_forks`].
    pub fn try_take_forks(&self, i: usize) -> Result<bool, TableError> {
        todo!("look, and take both or none")
    }

    /// Go further: a table at which nobody starves. A philosopher waits there also for a neighbour who
    /// has been hungry for a longer time. `None` for 0.
    ///
    /// At the plain table 0 and 2 can eat by turns so that 1, between them, never gets both forks.
    pub fn fair(n: usize) -> Option<Self> {
        todo!("what does the table have to remember besides the states?")
    }
}

/// A dinner of all philosophers of this table, each in a thread of its own. Blocks until all have had
/// `meals` meals, and returns how many each has finished. When it begins, all must think.
///
/// A philosopher thinks; and then, `meals` times, is hungry, eats, and thinks. Each time
/// `live(i, state)` is called in the thread of philosopher `i`, and takes as long as it likes: hungry
/// before it takes the forks, eating while it has them, thinking when it has put them down.
///
/// One for whom `live` panics puts the forks down and leaves, with the meals finished so far. The
/// others get theirs.
pub fn dinner(table: &Table, meals: usize, live: impl Fn(usize, State) + Sync) -> Vec<usize> {
    todo!("a thread for each philosopher; forks go back on every way out of a meal")
}
