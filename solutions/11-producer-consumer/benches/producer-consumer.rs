//! Three producers and three consumers, beside the same in Python.

use harness::measure::{Bound, Measured, python, report, time};
use producer_consumer_solution::{Buffer, run};
use std::hint::black_box;
use std::time::Duration;

const ITEMS: usize = 60_000;
const PYTHON: &str = "
import threading, time
ITEMS, CAPACITY, SIDES = 60_000, 5, 3
slots, front, back = [None] * CAPACITY, 0, 0
free, filled, lock = threading.Semaphore(CAPACITY), threading.Semaphore(0), threading.Lock()
def put(item):
    global back
    free.acquire()
    with lock:
        slots[back] = item
        back = (back + 1) % CAPACITY
    filled.release()
def take():
    global front
    filled.acquire()
    with lock:
        item = slots[front]
        front = (front + 1) % CAPACITY
    free.release()
    return item
def produce():
    for item in range(ITEMS // SIDES):
        put(item)
def consume():
    while take() is not None:
        pass
start = time.perf_counter()
producers = [threading.Thread(target=produce) for _ in range(SIDES)]
consumers = [threading.Thread(target=consume) for _ in range(SIDES)]
for thread in producers + consumers:
    thread.start()
for thread in producers:
    thread.join()
for _ in consumers:
    put(None)
for thread in consumers:
    thread.join()
print(time.perf_counter() - start)
";

fn main() {
    let Some(other) = python(PYTHON) else { return };
    let produce = |buffer: &Buffer<usize>| {
        for item in 0..ITEMS / 3 {
            buffer.put(item).expect("an open buffer");
        }
    };
    let consume = |buffer: &Buffer<usize>| {
        while let Some(item) = buffer.take() {
            black_box(item);
        }
    };
    let once = || -> Duration {
        time(1, &mut || {
            let buffer = Buffer::new(5).expect("slots");
            run(&buffer, vec![produce; 3], vec![consume; 3]).expect("no panic");
        })
    };
    let mut times: Vec<Duration> = (0..9).map(|_| once()).collect();
    times.sort();
    let measured = Measured { ours: times[4], other };
    report("producer-consumer: 60000 items", "Python", measured, Bound::AtLeast(5.0));
}
