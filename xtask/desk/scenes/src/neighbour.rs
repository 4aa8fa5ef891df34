//! One puts down a fork, and wakes the neighbour who is hungry.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Condvar, Mutex};
use std::thread;

pub fn wrong() {
    let (free, hungry) = (Mutex::new(false), AtomicBool::new(false));
    let put_down = Condvar::new();
    thread::scope(|threads| {
        threads.spawn(|| {
            let is_wanted = hungry.load(SeqCst);
            *free.lock().unwrap() = true;
            if is_wanted {
                put_down.notify_one();
            }
        });
        threads.spawn(|| {
            let mut is_free = free.lock().unwrap();
            while !*is_free {
                hungry.store(true, SeqCst);
                is_free = put_down.wait(is_free).unwrap();
            }
        });
    });
}

pub fn mended() {
    let (free, hungry) = (Mutex::new(false), AtomicBool::new(false));
    let put_down = Condvar::new();
    thread::scope(|threads| {
        threads.spawn(|| {
            *free.lock().unwrap() = true;
            if hungry.load(SeqCst) {
                put_down.notify_one();
            }
        });
        threads.spawn(|| {
            let mut is_free = free.lock().unwrap();
            while !*is_free {
                hungry.store(true, SeqCst);
                is_free = put_down.wait(is_free).unwrap();
            }
        });
    });
}
