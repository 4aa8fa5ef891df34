//! Whoever comes first lights the oven; who comes later finds it lit.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::thread;

pub fn wrong() {
    let (lit, matches) = (AtomicBool::new(false), AtomicU32::new(0));
    thread::scope(|threads| {
        for _ in 0..2 {
            threads.spawn(|| {
                if !lit.load(SeqCst) {
                    lit.store(true, SeqCst);
                    matches.fetch_add(1, SeqCst);
                }
            });
        }
    });
    assert_eq!(matches.into_inner(), 1);
}

pub fn mended() {
    let (lit, matches) = (AtomicBool::new(false), AtomicU32::new(0));
    thread::scope(|threads| {
        for _ in 0..2 {
            threads.spawn(|| {
                if !lit.swap(true, SeqCst) {
                    matches.fetch_add(1, SeqCst);
                }
            });
        }
    });
    assert_eq!(matches.into_inner(), 1);
}
