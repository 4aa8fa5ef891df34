//! Locks: threads that share memory take turns. The reference.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// An endless stream of random throws at a square: did the dart hit the circle in it?
#[derive(Debug)]
pub struct Throws {
    rng: StdRng,
}

impl Throws {
    /// The stream of one thread.
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

/// Runs `work(thread, share)` in `threads` new threads at once. All shares together are `throws`.
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
pub fn update<T: Clone>(shared: &Mutex<T>, change: impl FnOnce(T) -> T) {
    // A panic in `change` leaves the old value whole, so a poisoned lock is as good as any.
    let mut value = shared.lock().unwrap_or_else(PoisonError::into_inner);
    *value = change(value.clone());
}

/// Replaces `shared` by what `change` makes of it, without a lock.
pub fn update_atomic(shared: &AtomicU64, change: impl Fn(u64) -> u64) {
    let mut old = shared.load(Ordering::Relaxed);
    // Only this one number is shared, so no order with other memory is needed.
    while let Err(newer) =
        shared.compare_exchange(old, change(old), Ordering::Relaxed, Ordering::Relaxed)
    {
        old = newer;
    }
}

/// Adds the hits of `throws` throws to `shared`, each as soon as it is known.
///
/// # Panics
/// When `threads` is zero; when a source panics.
pub fn count_with_mutex<S: Iterator<Item = bool>>(
    shared: &Mutex<u64>,
    throws: usize,
    threads: usize,
    source: impl Fn(usize) -> S + Sync,
) {
    in_threads(throws, threads, |thread, share| {
        for hit in source(thread).take(share) {
            // Locked for the addition alone: the others throw meanwhile.
            if hit {
                update(shared, |inside| inside + 1);
            }
        }
    });
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
    in_threads(throws, threads, |thread, share| {
        for hit in source(thread).take(share) {
            if hit {
                shared.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
}

/// As [`count_with_atomic`], but each thread adds its hits all at once, after its last throw.
///
/// # Panics
/// As [`count_with_mutex`].
pub fn count_locally<S: Iterator<Item = bool>>(
    shared: &AtomicU64,
    throws: usize,
    threads: usize,
    source: impl Fn(usize) -> S + Sync,
) {
    in_threads(throws, threads, |thread, share| {
        let inside = source(thread).take(share).filter(|&hit| hit).count();
        shared.fetch_add(inside as u64, Ordering::Relaxed);
    });
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
        Self { permits: Mutex::new(permits), released: Condvar::new() }
    }

    /// Takes a permit. Blocks while there is none.
    pub fn acquire(&self) {
        // Looks again after each wake-up: somebody else may have been faster.
        let none = |permits: &mut usize| *permits == 0;
        let mut permits = self.released.wait_while(self.lock(), none).expect(NO_PANIC);
        *permits -= 1;
    }

    /// Takes a permit if there is one; says whether it did. Never waits for one.
    pub fn try_acquire(&self) -> bool {
        take(&mut self.lock())
    }

    /// Gives a permit back, or a new one, and wakes one of those that wait.
    pub fn release(&self) {
        *self.lock() += 1;
        // With each permit, whatever the number was: the one woken before may not have run yet.
        self.released.notify_one();
    }

    /// Takes a permit that comes back by itself. Blocks while there is none.
    pub fn permit(&self) -> Permit<'_> {
        self.acquire();
        Permit { semaphore: self }
    }

    /// Go further: takes a permit, but waits for it no longer than `limit`; says whether it got one.
    pub fn acquire_within(&self, limit: Duration) -> bool {
        let none = |permits: &mut usize| *permits == 0;
        let (mut permits, _) =
            self.released.wait_timeout_while(self.lock(), limit, none).expect(NO_PANIC);
        take(&mut permits)
    }

    fn lock(&self) -> MutexGuard<'_, usize> {
        self.permits.lock().expect(NO_PANIC)
    }
}

const NO_PANIC: &str = "nobody panics with this lock in hand";

/// One of the permits, if there is one.
fn take(permits: &mut usize) -> bool {
    let is_there = *permits > 0;
    if is_there {
        *permits -= 1;
    }
    is_there
}

/// One permit of a semaphore. Dropping it gives the permit back, also when that is by a panic.
#[derive(Debug)]
#[must_use = "it is given back at once"]
pub struct Permit<'a> {
    semaphore: &'a Semaphore,
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.semaphore.release();
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
        let tickets = Tickets { next: 0, called: permits };
        Self { tickets: Mutex::new(tickets), served: Condvar::new() }
    }

    /// Takes a permit. Blocks until there is one, and nobody who came before still waits.
    pub fn acquire(&self) {
        let mut tickets = self.tickets.lock().expect(NO_PANIC);
        let mine = tickets.next;
        tickets.next += 1;
        while mine >= tickets.called {
            tickets = self.served.wait(tickets).expect(NO_PANIC);
        }
    }

    /// Gives a permit back, or a new one.
    pub fn release(&self) {
        self.tickets.lock().expect(NO_PANIC).called += 1;
        // All of them: nobody can tell which one the next number belongs to.
        self.served.notify_all();
    }
}
