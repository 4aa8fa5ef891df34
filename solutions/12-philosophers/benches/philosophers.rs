//! Five philosophers who do nothing but eat, beside the same in Python.

use harness::measure::{Bound, Measured, python, report, time};
use philosophers_solution::{Table, dinner};
use std::time::Duration;

const MEALS: usize = 4000;
const PYTHON: &str = "
import threading, time
N, MEALS = 5, 4000
THINKING, HUNGRY, EATING = range(3)
state, lock = [THINKING] * N, threading.Lock()
served = [threading.Semaphore(0) for _ in range(N)]
def serve(i):
    if state[i] == HUNGRY and state[i - 1] != EATING and state[(i + 1) % N] != EATING:
        state[i] = EATING
        served[i].release()
def philosopher(i):
    for _ in range(MEALS):
        with lock:
            state[i] = HUNGRY
            serve(i)
        served[i].acquire()
        with lock:
            state[i] = THINKING
            serve(i - 1 if i else N - 1)
            serve((i + 1) % N)
start = time.perf_counter()
threads = [threading.Thread(target=philosopher, args=(i,)) for i in range(N)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(time.perf_counter() - start)
";

fn main() {
    let Some(other) = python(PYTHON) else { return };
    let once = || -> Duration {
        time(1, &mut || {
            let table = Table::new(5).expect("a table");
            assert_eq!(dinner(&table, MEALS, |_, _| {}), [MEALS; 5]);
        })
    };
    let mut times: Vec<Duration> = (0..9).map(|_| once()).collect();
    times.sort();
    let measured = Measured { ours: times[4], other };
    report("philosophers: 5 with 4000 meals", "Python", measured, Bound::AtLeast(5.0));
}
