//! Two workers, two jobs: each worker fetches the number of its next job.

use std::sync::Mutex;
use std::thread;

pub fn wrong() {
    let (next, done) = (Mutex::new(0), Mutex::new([0, 0]));
    thread::scope(|workers| {
        for _ in 0..2 {
            workers.spawn(|| {
                let job: usize = *next.lock().unwrap();
                *next.lock().unwrap() += 1;
                done.lock().unwrap()[job] += 1;
            });
        }
    });
    assert_eq!(done.into_inner().unwrap(), [1, 1]);
}

pub fn mended() {
    let (next, done) = (Mutex::new(0), Mutex::new([0, 0]));
    thread::scope(|workers| {
        for _ in 0..2 {
            workers.spawn(|| {
                let mut next = next.lock().unwrap();
                let job: usize = *next;
                *next += 1;
                drop(next);
                done.lock().unwrap()[job] += 1;
            });
        }
    });
    assert_eq!(done.into_inner().unwrap(), [1, 1]);
}
