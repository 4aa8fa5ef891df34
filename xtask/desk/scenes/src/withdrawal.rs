//! Two threads take money from one account, if there is enough in it.

use std::sync::Mutex;
use std::thread;

pub fn wrong() {
    let account = Mutex::new(100);
    thread::scope(|threads| {
        for _ in 0..2 {
            threads.spawn(|| {
                let balance = *account.lock().unwrap();
                if balance >= 70 {
                    *account.lock().unwrap() -= 70;
                }
            });
        }
    });
    assert_eq!(account.into_inner().unwrap(), 30);
}

pub fn mended() {
    let account = Mutex::new(100);
    thread::scope(|threads| {
        for _ in 0..2 {
            threads.spawn(|| {
                let mut balance = account.lock().unwrap();
                if *balance >= 70 {
                    *balance -= 70;
                }
            });
        }
    });
    assert_eq!(account.into_inner().unwrap(), 30);
}
