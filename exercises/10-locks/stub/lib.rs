//! Locks: threads that share memory take turns.
//!
//! The types and the contracts are given. Write the bodies that say `todo!`, in their order.

#![allow(unused_variables, dead_code, reason = "the bodies are still to be written")]

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::sync::atomic::AtomicU64;
use std::sync::{Condvar, Mutex};
use std::thread;
use std::time::Duration;

/// An endless stream of random throws at a square: did the dart hit the circle in it?
#[derive(Debug)]
pub struct Throws {
    rng: StdRng,
}

impl Throws {
    /// The stream of one thread. Different pairs of `seed` and `thread` have different streams.
    pub fn new(seed: u64, thread: usize) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(&(thread as u64).to_le_bytes());
        Self { rng: StdRng::from_seed(key) }
    }
}

impl Iterator for Throws {
    type Item = bool;

    fn next(&mut self) -> Option<bool> {
        let [x, y]: [f64; 2] = [(); 2].map(|()| self.rng.random_range(-1.0..1.0));
        Some(x * x + y * y < 1.0)
    }
}

/// Runs `work(thread, share)` in `threads` new threads at once, and waits for all of them. `thread` is
/// the number of the thread, from 0 on. All shares together are `throws`.
///
/// This one is written already: it is what you did in section 6.
///
/// # Panics
/// When `threads` is zero; when `work` panics.
fn in_threads(throws: usize, threads: usize, work: impl Fn(usize, usize) + Sync) {
    assert!(threads > 0, "no threads");
    let work = &work;
    thread::scope(|scope| {
        for thread in 0..threads {
            let share = throws / threads + usize::from(thread < throws % threads);
            scope.spawn(move || work(thread, share));
        }
    });
}

/// Replaces the value behind `shared` by what `change` makes of it, with nobody in between.
///
/// The lock is held from before the value is read until the new one is there: this is the *critical
/// section*. Blocks while another thread holds the lock. When `change` panics, the value stays as it
/// was and the panic goes on to the caller; later updates work as if nothing had been, although the
/// lock is poisoned.
pub fn update<T: Clone>(shared: &Mutex<T>, change: impl FnOnce(T) -> T) {
    todo!("lock; give `change` a clone of the value; store what it returns; unlock")
}

/// Replaces `shared` by what `change` makes of it, without a lock.
///
/// No change of another thread is lost: when one comes in between, `change` is called again, with the
/// newer value.
pub fn update_atomic(shared: &AtomicU64, change: impl Fn(u64) -> u64) {
    todo!("store the new value only if the old one is still there; else begin again")
}

/// Makes `throws` throws in `threads` threads, and adds 1 to `shared` for each hit, as soon as it is
/// known.
///
/// Thread number i throws its share from `source(i)`, and no more. The lock is not held while a throw
/// is made.
///
/// # Panics
/// When `threads` is zero; when a source panics.
pub fn count_with_mutex<S: Iterator<Item = bool>>(
    shared: &Mutex<u64>,
    throws: usize,
    threads: usize,
    source: impl Fn(usize) -> S + Sync,
) {
    todo!("in threads: for each throw that is a hit, update the shared number")
}

/// As [`count_with_mutex`], without a lock.
///
/// # Panics
/// As [`count_with_mutex`].
pub fn count_with_atomic<S: Iterator<Item = bool>>(
    shared: &AtomicU64,
    throws: usize,
    threads: usize,
    source: impl Fn(usize) -> S + Sync,
) {
    todo!("as before; which operation adds in one step?")
}

/// As [`count_with_atomic`], but each thread adds its hits all at once, after its last throw: the
/// threads meet only once each.
///
/// # Panics
/// As [`count_with_mutex`].
pub fn count_locally<S: Iterator<Item = bool>>(
    shared: &AtomicU64,
    throws: usize,
    threads: usize,
    source: impl Fn(usize) -> S + Sync,
) {
    todo!("count in a variable of the thread's own, and add that at the end")
}

/// A counter of permits. Who takes one while there is none waits until somebody gives one back.
#[derive(Debug)]
pub struct Semaphore {
    permits: Mutex<usize>,
    released: Condvar,
}

impl Semaphore {
    /// A semaphore with so many permits.
    pub fn new(permits: usize) -> Self {
        todo!("as many permits, and a condition on which to wait")
    }

    /// Takes a permit. Blocks while there is none, and does not use a core while it waits.
    pub fn acquire(&self) {
        todo!("while there is no permit, wait on the condition; then take one")
    }

    /// Takes a permit if there is one; says whether it did. Never waits for one.
    pub fn try_acquire(&self) -> bool {
        todo!("look, and take one or leave it, under the lock")
    }

    /// Gives a permit back, or a new one: there may be more than in the beginning.
    ///
    /// Wakes one of those that wait, if any do, and no other. Never waits.
    pub fn release(&self) {
        todo!("one more permit; then tell one of those that wait")
    }

    /// Takes a permit that comes back by itself, when what is returned is dropped. Blocks while there
    /// is none.
    pub fn permit(&self) -> Permit<'_> {
        todo!("acquire; who releases?")
    }

    /// Go further: takes a permit, but waits for it no longer than `limit`; says whether it got one.
    pub fn acquire_within(&self, limit: Duration) -> bool {
        todo!("a condition can wait with a limit, too; is there a permit when it is over?")
    }
}

/// One permit of a semaphore. Dropping it gives the permit back, also when that is by a panic.
#[derive(Debug)]
#[must_use = "it is given back at once"]
pub struct Permit<'a> {
    semaphore: &'a Semaphore,
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        todo!("give the permit back")
    }
}

/// Go further: a semaphore that serves those who wait in the order in which they came.
#[derive(Debug)]
pub struct FairSemaphore {
    tickets: Mutex<Tickets>,
    served: Condvar,
}

/// As at a counter: everybody draws a number, and waits until it is called.
#[derive(Debug)]
struct Tickets {
    /// The number that the next one to come will draw.
    next: usize,
    /// So many numbers, from 0 on, may go in: one more with each permit.
    called: usize,
}

impl FairSemaphore {
    /// A semaphore with so many permits.
    pub fn new(permits: usize) -> Self {
        todo!("nobody has drawn a number; how many may go in at once?")
    }

    /// Takes a permit. Blocks until there is one, and nobody who came before still waits.
    pub fn acquire(&self) {
        todo!("draw a number, and wait until it is called")
    }

    /// Gives a permit back, or a new one: to the first of those that wait.
    pub fn release(&self) {
        todo!("call one number more; who has to look?")
    }
}
