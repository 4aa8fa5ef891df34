//! π with as many threads as there are cores, beside one thread; and beside Python.

use harness::measure::{Bound, Measured, compare, python, report, time};
use std::hint::black_box;
use threads_solution::estimate_pi;

const POINTS: usize = 4_000_000;
/// Python gets fewer points, and its time is counted a point.
const PYTHON: &str = "
import random, time
n, inside = 400_000, 0
start = time.perf_counter()
for _ in range(n):
    x, y = random.uniform(-1, 1), random.uniform(-1, 1)
    if x * x + y * y < 1:
        inside += 1
print((time.perf_counter() - start) * 10)
";

fn main() {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let estimate = |threads| drop(black_box(estimate_pi(POINTS, threads, 1)));
    let measured = compare(9, 1, || estimate(cores), || estimate(1));
    let what = format!("threads: π with {cores} threads");
    report(&what, "with one", measured, Bound::AtLeast(0.9 * cores as f64));
    if let Some(other) = python(PYTHON) {
        let ours = time(3, &mut || estimate(cores));
        report(&what, "Python", Measured { ours, other }, Bound::AtLeast(1.0));
    }
}
