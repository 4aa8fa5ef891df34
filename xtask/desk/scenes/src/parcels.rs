//! Two producers number their parcels, and put them on one belt: in the order of their numbers?

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::thread;

pub fn wrong() {
    let (next, belt) = (AtomicU32::new(1), Mutex::new(vec![]));
    thread::scope(|producers| {
        for _ in 0..2 {
            producers.spawn(|| {
                let number = next.fetch_add(1, SeqCst);
                belt.lock().unwrap().push(number);
            });
        }
    });
    assert_eq!(belt.into_inner().unwrap(), [1, 2]);
}

pub fn mended() {
    let (next, belt) = (AtomicU32::new(1), Mutex::new(vec![]));
    thread::scope(|producers| {
        for _ in 0..2 {
            producers.spawn(|| {
                let mut belt = belt.lock().unwrap();
                belt.push(next.fetch_add(1, SeqCst));
            });
        }
    });
    assert_eq!(belt.into_inner().unwrap(), [1, 2]);
}
