//! Programs with mistakes, as students make them, for the checker's own tests.

use interleave_std as std;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier, Condvar, Mutex, OnceLock, RwLock, mpsc};
use std::thread;
use std::time::Duration;

/// Two locks, in one order and in the other.
pub fn deadlock() {
    let left = Arc::new(Mutex::new(1));
    let right = Arc::new(Mutex::new(2));
    let (other_left, other_right) = (Arc::clone(&left), Arc::clone(&right));
    let other = thread::spawn(move || {
        let mut right = other_right.lock().unwrap();
        let left = other_left.lock().unwrap();
        *right += *left;
    });
    {
        let mut left = left.lock().unwrap();
        let right = right.lock().unwrap();
        *left += *right;
    }
    other.join().unwrap();
}

/// Looks, lets the lock go, and waits: too late.
pub fn lost_wakeup() {
    let (permits, released) = (Mutex::new(0), Condvar::new());
    thread::scope(|scope| {
        scope.spawn(|| {
            while *permits.lock().unwrap() == 0 {
                let guard = permits.lock().unwrap();
                drop(released.wait(guard).unwrap());
            }
        });
        *permits.lock().unwrap() += 1;
        released.notify_one();
    });
}

/// Reads and writes in two steps.
pub fn lost_update() {
    let count = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let old = count.load(SeqCst);
                count.store(old + 1, SeqCst);
            });
        }
    });
    assert_eq!(count.load(SeqCst), 2, "both have counted");
}

/// Waits for what nobody says.
pub fn endless() {
    let ready = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !ready.load(SeqCst) {
                thread::yield_now();
            }
        });
        ready.store(false, SeqCst);
    });
}

/// A bit of everything else, and a panic at the end.
pub fn medley() {
    let (table, open, ready) = (RwLock::new(0), Barrier::new(2), OnceLock::new());
    let lock = Mutex::new(0);
    let (sender, receiver) = mpsc::sync_channel(0);
    thread::scope(|scope| {
        let worker = scope.spawn(|| {
            *table.write().unwrap() += 1;
            ready.get_or_init(|| 1);
            thread::park();
            open.wait();
            drop(lock.try_lock());
            sender.send(1).unwrap();
            drop(sender);
        });
        drop(table.read());
        worker.thread().unpark();
        open.wait();
        thread::sleep(Duration::from_millis(1));
        while receiver.recv_timeout(Duration::from_millis(1)).is_err() {}
        let _ = receiver.try_recv();
    });
    panic!("at the <end> & \"over\"");
}
