//! Two transfers at the same time, between the same two accounts.

use std::sync::Mutex;
use std::thread;

pub fn wrong() {
    let (ann, bob) = (Mutex::new(100), Mutex::new(100));
    thread::scope(|threads| {
        threads.spawn(|| {
            let mut from = ann.lock().unwrap();
            let mut to = bob.lock().unwrap();
            *from -= 10;
            *to += 10;
        });
        threads.spawn(|| {
            let mut from = bob.lock().unwrap();
            let mut to = ann.lock().unwrap();
            *from -= 20;
            *to += 20;
        });
    });
}

pub fn mended() {
    let (ann, bob) = (Mutex::new(100), Mutex::new(100));
    thread::scope(|threads| {
        threads.spawn(|| {
            let mut from = ann.lock().unwrap();
            let mut to = bob.lock().unwrap();
            *from -= 10;
            *to += 10;
        });
        threads.spawn(|| {
            let mut to = ann.lock().unwrap();
            let mut from = bob.lock().unwrap();
            *from -= 20;
            *to += 20;
        });
    });
}
