//! Money goes from one account to another while somebody adds up both.

use std::sync::Mutex;
use std::thread;

pub fn wrong() {
    let (ann, bob) = (Mutex::new(100), Mutex::new(100));
    let total = thread::scope(|threads| {
        threads.spawn(|| {
            *ann.lock().unwrap() -= 10;
            *bob.lock().unwrap() += 10;
        });
        let audit = threads.spawn(|| {
            let first = ann.lock().unwrap();
            *first + *bob.lock().unwrap()
        });
        audit.join().unwrap()
    });
    assert_eq!(total, 200);
}

pub fn mended() {
    let (ann, bob) = (Mutex::new(100), Mutex::new(100));
    let total = thread::scope(|threads| {
        threads.spawn(|| {
            let mut from = ann.lock().unwrap();
            let mut to = bob.lock().unwrap();
            *from -= 10;
            *to += 10;
        });
        let audit = threads.spawn(|| {
            let first = ann.lock().unwrap();
            *first + *bob.lock().unwrap()
        });
        audit.join().unwrap()
    });
    assert_eq!(total, 200);
}
