//! A counting semaphore, given complete. Section 10 is about how it is written.

use std::sync::{Condvar, Mutex};

/// A number of permits. Whoever wants one waits while there is none.
#[derive(Debug)]
pub struct Semaphore {
    permits: Mutex<usize>,
    released: Condvar,
}

impl Semaphore {
    /// A semaphore with so many permits.
    pub fn new(permits: usize) -> Self {
        Self { permits: Mutex::new(permits), released: Condvar::new() }
    }

    /// Takes a permit. Blocks while there is none; waiting costs no processor time.
    pub fn acquire(&self) {
        let permits = self.permits.lock().unwrap();
        let mut permits = self.released.wait_while(permits, |permits| *permits == 0).unwrap();
        *permits -= 1;
    }

    /// Takes a permit if there is one, and says whether there was. Does not wait.
    pub fn try_acquire(&self) -> bool {
        let mut permits = self.permits.lock().unwrap();
        let is_there = *permits > 0;
        if is_there {
            *permits -= 1;
        }
        is_there
    }

    /// Gives a permit, taken before or new, and wakes one of those that wait for it.
    pub fn release(&self) {
        *self.permits.lock().unwrap() += 1;
        self.released.notify_one();
    }
}
