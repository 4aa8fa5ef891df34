//! Two threads meet: who comes first sleeps until the other one is there, too.

use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Condvar, Mutex};
use std::thread;

pub fn wrong() {
    let (here, bench) = (AtomicU32::new(0), Mutex::new(()));
    let complete = Condvar::new();
    let meet = || {
        if here.fetch_add(1, SeqCst) == 1 {
            complete.notify_all();
        } else {
            let seat = bench.lock().unwrap();
            drop(complete.wait(seat).unwrap());
        }
    };
    thread::scope(|threads| {
        threads.spawn(meet);
        threads.spawn(meet);
    });
}

pub fn mended() {
    let (here, complete) = (Mutex::new(0), Condvar::new());
    let meet = || {
        let mut count = here.lock().unwrap();
        *count += 1;
        complete.notify_all();
        while *count < 2 {
            count = complete.wait(count).unwrap();
        }
    };
    thread::scope(|threads| {
        threads.spawn(meet);
        threads.spawn(meet);
    });
}
