//! A shelf with one place: the main thread puts two loaves on it, two customers take one each.

use std::sync::{Condvar, Mutex};
use std::thread;

pub fn wrong() {
    let (full, changed) = (Mutex::new(false), Condvar::new());
    let change = |wanted| {
        let mut is_full = full.lock().unwrap();
        while *is_full == wanted {
            is_full = changed.wait(is_full).unwrap();
        }
        *is_full = wanted;
        changed.notify_one();
    };
    thread::scope(|threads| {
        threads.spawn(|| change(false));
        threads.spawn(|| change(false));
        change(true);
        change(true);
    });
}

pub fn mended() {
    let (full, changed) = (Mutex::new(false), Condvar::new());
    let change = |wanted| {
        let mut is_full = full.lock().unwrap();
        while *is_full == wanted {
            is_full = changed.wait(is_full).unwrap();
        }
        *is_full = wanted;
        changed.notify_all();
    };
    thread::scope(|threads| {
        threads.spawn(|| change(false));
        threads.spawn(|| change(false));
        change(true);
        change(true);
    });
}
