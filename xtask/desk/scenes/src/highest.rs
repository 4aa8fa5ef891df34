//! The highest of some numbers: two threads compare what they have with the best so far.

use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::thread;

pub fn wrong() {
    let best = AtomicU32::new(0);
    thread::scope(|threads| {
        for mine in [7, 9] {
            let best = &best;
            threads.spawn(move || {
                if mine > best.load(SeqCst) {
                    best.store(mine, SeqCst);
                }
            });
        }
    });
    assert_eq!(best.into_inner(), 9);
}

pub fn mended() {
    let best = AtomicU32::new(0);
    thread::scope(|threads| {
        for mine in [7, 9] {
            let best = &best;
            threads.spawn(move || {
                best.fetch_max(mine, SeqCst);
            });
        }
    });
    assert_eq!(best.into_inner(), 9);
}
