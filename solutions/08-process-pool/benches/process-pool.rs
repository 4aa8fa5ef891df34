//! The pool's `map` beside a loop, where it pays and where it must not cost; and beside Python's pool.

use harness::measure::{Bound, Measured, compare, python, report, time};
use process_pool_solution::{Pool, is_prime};
use std::hint::black_box;
use std::ops::Range;

/// The primes among them take a third of a million divisions.
const LARGE: Range<u64> = 1_000_000_000_000..1_000_000_004_000;
/// They take a few, and the primes some hundreds.
const SMALL: Range<u64> = 1_000_000..1_100_000;
const SMALLER: Range<u64> = 0..100_000;
/// The large ones with as many workers.
const PYTHON: &str = "
import multiprocessing, os, time
def is_prime(n):
    if n < 4:
        return n >= 2
    if n % 2 == 0 or n % 3 == 0:
        return False
    i = 5
    while i * i <= n:
        if n % i == 0 or n % (i + 2) == 0:
            return False
        i += 6
    return True
with multiprocessing.get_context('fork').Pool(len(os.sched_getaffinity(0))) as pool:
    pool.map(is_prime, range(100))
    start = time.perf_counter()
    pool.map(is_prime, range(1_000_000_000_000, 1_000_000_004_000))
    print(time.perf_counter() - start)
";

fn main() {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let pool = Pool::new(cores, is_prime).expect("a pool");
    let in_pool = |numbers: &Range<u64>| drop(black_box(pool.map(numbers.clone())));
    let in_loop = |numbers: &Range<u64>| {
        let _ = black_box(numbers.clone().map(is_prime).collect::<Vec<bool>>());
    };

    let large = format!("process-pool: numbers near 10^12, {cores} workers");
    let measured = compare(15, 1, || in_pool(&LARGE), || in_loop(&LARGE));
    report(&large, "a loop", measured, Bound::AtLeast(0.9 * cores as f64));
    if let Some(other) = python(PYTHON) {
        let ours = time(5, &mut || in_pool(&LARGE));
        report(&large, "Python's pool", Measured { ours, other }, Bound::AtLeast(1.0));
    }
    let small = format!("process-pool: 100000 numbers of 7 digits, {cores} workers");
    let measured = compare(51, 1, || in_pool(&SMALL), || in_loop(&SMALL));
    report(&small, "a loop", measured, Bound::AtLeast(1.0));
    // Below that there is less work in a number than in sending it.
    let smaller = format!("process-pool: the numbers below 100000, {cores} workers");
    let measured = compare(51, 1, || in_pool(&SMALLER), || in_loop(&SMALLER));
    report(&smaller, "a loop", measured, Bound::AtLeast(0.0));
}
