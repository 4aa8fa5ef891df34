//! A pool of two workers, who wait in a channel. Each job needs one, and for a part of it one more.

use crossbeam::channel;
use std::thread;

pub fn wrong() {
    let (back, free) = channel::bounded(2);
    back.send("Ada").unwrap();
    back.send("Ben").unwrap();
    thread::scope(|jobs| {
        for _ in 0..2 {
            jobs.spawn(|| {
                let worker = free.recv().unwrap();
                let helper = free.recv().unwrap();
                back.send(helper).unwrap();
                back.send(worker).unwrap();
            });
        }
    });
}

pub fn mended() {
    let (back, free) = channel::bounded(2);
    back.send("Ada").unwrap();
    back.send("Ben").unwrap();
    thread::scope(|jobs| {
        for _ in 0..2 {
            jobs.spawn(|| {
                let worker = free.recv().unwrap();
                back.send(worker).unwrap();
                let helper = free.recv().unwrap();
                back.send(helper).unwrap();
            });
        }
    });
}
