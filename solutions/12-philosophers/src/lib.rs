//! The dining philosophers: threads that each need two things, and share each of them with a neighbour.
//! The reference.

pub mod semaphore;

use semaphore::Semaphore;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::thread;

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
#[derive(Debug)]
pub struct Table {
    seats: Mutex<Seats>,
    /// A semaphore for each philosopher: the permit is there when they may begin to eat.
    served: Vec<Semaphore>,
}

/// What the lock guards.
#[derive(Debug)]
struct Seats {
    states: Vec<State>,
    /// Who is hungry, the longest first. Only the fair table asks for it.
    hungry: Vec<usize>,
    is_fair: bool,
}

impl Seats {
    fn state(&self, i: usize) -> Result<State, TableError> {
        self.states.get(i).copied().ok_or(TableError::NoSuchPhilosopher(i))
    }

    /// Left and right: the same one twice at a table for two; oneself, alone.
    fn neighbours(&self, i: usize) -> [usize; 2] {
        let n = self.states.len();
        [(i + n - 1) % n, (i + 1) % n]
    }

    fn can_eat(&self, i: usize) -> bool {
        let first_hungry = |j| self.hungry.iter().find(|&&hungry| hungry == i || hungry == j);
        let gives_way =
            |j| self.states[j] != State::Eating && (!self.is_fair || first_hungry(j) == Some(&i));
        self.states[i] == State::Hungry && self.neighbours(i).into_iter().all(gives_way)
    }

    fn become_hungry(&mut self, i: usize) -> Result<(), TableError> {
        if self.state(i)? != State::Thinking {
            return Err(TableError::NotThinking);
        }
        self.states[i] = State::Hungry;
        self.hungry.push(i);
        Ok(())
    }

    fn change(&mut self, i: usize, state: State) {
        self.states[i] = state;
        self.hungry.retain(|&hungry| hungry != i);
    }
}

impl Table {
    /// A table with `n` philosophers, who all think; `None` for 0.
    pub fn new(n: usize) -> Option<Self> {
        Self::with_rule(n, false)
    }

    /// Go further: a table where the longest hungry of two neighbours goes first. `None` for 0.
    pub fn fair(n: usize) -> Option<Self> {
        Self::with_rule(n, true)
    }

    fn with_rule(n: usize, is_fair: bool) -> Option<Self> {
        let states = vec![State::Thinking; n];
        let served = (0..n).map(|_| Semaphore::new(0)).collect();
        let seats = Mutex::new(Seats { states, hungry: vec![], is_fair });
        (n > 0).then_some(Self { seats, served })
    }

    /// What every philosopher does, all seen at one moment.
    pub fn snapshot(&self) -> Vec<State> {
        self.lock().states.clone()
    }

    /// Philosopher `i` is hungry, and takes both forks. Blocks while a neighbour eats.
    ///
    /// # Errors
    /// [`TableError::NoSuchPhilosopher`]; [`TableError::NotThinking`].
    pub fn take_forks(&self, i: usize) -> Result<(), TableError> {
        let mut seats = self.lock();
        seats.become_hungry(i)?;
        self.serve_if_possible(&mut seats, i);
        // Who waits with the lock in hand keeps out the neighbour that would put forks down.
        drop(seats);
        self.served[i].acquire();
        Ok(())
    }

    /// Philosopher `i` puts both forks down, and thinks. A neighbour who can eat now eats.
    ///
    /// # Errors
    /// [`TableError::NoSuchPhilosopher`]; [`TableError::NotEating`].
    pub fn put_forks(&self, i: usize) -> Result<(), TableError> {
        let mut seats = self.lock();
        if seats.state(i)? != State::Eating {
            return Err(TableError::NotEating);
        }
        seats.change(i, State::Thinking);
        for neighbour in seats.neighbours(i) {
            self.serve_if_possible(&mut seats, neighbour);
        }
        Ok(())
    }

    /// Go further: as `take_forks`, but does not wait.
    ///
    /// # Errors
    /// As [`Table::take_forks`].
    pub fn try_take_forks(&self, i: usize) -> Result<bool, TableError> {
        let mut seats = self.lock();
        seats.become_hungry(i)?;
        let can_eat = seats.can_eat(i);
        seats.change(i, if can_eat { State::Eating } else { State::Thinking });
        Ok(can_eat)
    }

    /// Lets philosopher `i` eat, if they are hungry and can.
    ///
    /// The state is changed here, by who serves, and not by who wakes up: nobody can come in between.
    fn serve_if_possible(&self, seats: &mut Seats, i: usize) {
        if seats.can_eat(i) {
            seats.change(i, State::Eating);
            self.served[i].release();
        }
    }

    /// Nobody can panic with the lock in hand: it guards no code but that of the seats.
    fn lock(&self) -> MutexGuard<'_, Seats> {
        self.seats.lock().unwrap()
    }
}

/// Both forks of a philosopher. They are put down when this is dropped, also when a panic drops it.
struct Forks<'a> {
    table: &'a Table,
    philosopher: usize,
}

impl<'a> Forks<'a> {
    fn take(table: &'a Table, philosopher: usize) -> Self {
        table.take_forks(philosopher).expect("a seat of its own, and no fork yet");
        Self { table, philosopher }
    }
}

impl Drop for Forks<'_> {
    fn drop(&mut self) {
        // A drop must not panic. Should `live` have put them down itself, nothing is left to do.
        let _ = self.table.put_forks(self.philosopher);
    }
}

/// A dinner of all philosophers of this table, each in a thread of its own; how many meals each has
/// finished.
pub fn dinner(table: &Table, meals: usize, live: impl Fn(usize, State) + Sync) -> Vec<usize> {
    let finished: Vec<AtomicUsize> = table.served.iter().map(|_| AtomicUsize::new(0)).collect();
    thread::scope(|scope| {
        let live = &live;
        let philosopher =
            |(i, finished)| scope.spawn(move || dine(table, i, meals, live, finished));
        let philosophers: Vec<_> = finished.iter().enumerate().map(philosopher).collect();
        // All are joined here: the scope would panic for one that panicked and was left to it.
        philosophers.into_iter().for_each(|philosopher| drop(philosopher.join()));
    });
    finished.into_iter().map(AtomicUsize::into_inner).collect()
}

/// The dinner of philosopher `i`. Counts in `finished`, which outlives a panic.
fn dine(
    table: &Table,
    i: usize,
    meals: usize,
    live: &impl Fn(usize, State),
    finished: &AtomicUsize,
) {
    live(i, State::Thinking);
    for _ in 0..meals {
        live(i, State::Hungry);
        let forks = Forks::take(table, i);
        live(i, State::Eating);
        drop(forks);
        finished.fetch_add(1, Ordering::Relaxed);
        live(i, State::Thinking);
    }
}
