//! Three forks, three philosophers: each needs the two beside the plate.

use std::sync::Mutex;
use std::thread;

pub fn wrong() {
    let forks = [Mutex::new(0), Mutex::new(0), Mutex::new(0)];
    thread::scope(|threads| {
        for [left, right] in [[0, 1], [1, 2], [2, 0]] {
            let forks = &forks;
            threads.spawn(move || {
                let mut one = forks[left].lock().unwrap();
                let mut other = forks[right].lock().unwrap();
                *one += 1;
                *other += 1;
            });
        }
    });
}

pub fn mended() {
    let forks = [Mutex::new(0), Mutex::new(0), Mutex::new(0)];
    thread::scope(|threads| {
        for [low, high] in [[0, 1], [1, 2], [0, 2]] {
            let forks = &forks;
            threads.spawn(move || {
                let mut one = forks[low].lock().unwrap();
                let mut other = forks[high].lock().unwrap();
                *one += 1;
                *other += 1;
            });
        }
    });
}
