//! A door that opens for those who wait, and shuts again.

use std::sync::{Condvar, Mutex};
use std::thread;

pub fn wrong() {
    let (open, moved) = (Mutex::new(false), Condvar::new());
    thread::scope(|threads| {
        threads.spawn(|| {
            let mut is_open = open.lock().unwrap();
            while !*is_open {
                is_open = moved.wait(is_open).unwrap();
            }
        });
        threads.spawn(|| {
            *open.lock().unwrap() = true;
            moved.notify_all();
            *open.lock().unwrap() = false;
        });
    });
}

pub fn mended() {
    let (opened, moved) = (Mutex::new(0), Condvar::new());
    thread::scope(|threads| {
        threads.spawn(|| {
            let mut times = opened.lock().unwrap();
            while *times == 0 {
                times = moved.wait(times).unwrap();
            }
        });
        threads.spawn(|| {
            *opened.lock().unwrap() += 1;
            moved.notify_all();
        });
    });
}
