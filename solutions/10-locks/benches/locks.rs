//! Counting in three ways with as many threads as there are cores, beside one thread that counts locally.

use harness::measure::{Bound, compare, report};
use locks_solution::{Throws, count_locally, count_with_atomic, count_with_mutex};
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;

const THROWS: usize = 2_000_000;

fn main() {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let source = |thread| Throws::new(1, thread);
    let locally = |threads| count_locally(&AtomicU64::new(0), THROWS, threads, source);
    let mutex = || count_with_mutex(&Mutex::new(0), THROWS, cores, source);
    let atomic = || count_with_atomic(&AtomicU64::new(0), THROWS, cores, source);

    let measured = compare(9, 1, || locally(cores), || locally(1));
    let least = Bound::AtLeast(0.9 * cores as f64);
    report(&format!("locks: local counts, {cores} threads"), "one thread", measured, least);
    // What sharing costs: the reason for local counts.
    let measured = compare(5, 1, atomic, || locally(1));
    report("locks: one shared atomic", "one thread", measured, Bound::AtLeast(0.0));
    let measured = compare(5, 1, mutex, || locally(1));
    report("locks: one shared mutex", "one thread", measured, Bound::AtLeast(0.0));
}
