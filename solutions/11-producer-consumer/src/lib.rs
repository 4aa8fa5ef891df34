//! Producers and consumers: threads that pass items through a buffer with a limited number of slots.
//! The reference.

pub mod semaphore;

use semaphore::Semaphore;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, Scope, ScopedJoinHandle};

/// A queue with a limited number of slots. Any number of threads may put and take at the same time.
#[derive(Debug)]
pub struct Buffer<T> {
    /// A permit for each slot into which something can be put.
    free: Semaphore,
    /// A permit for each item that can be taken.
    filled: Semaphore,
    ring: Mutex<Ring<T>>,
}

/// What the lock guards: the slots, and the two places at which they are used next.
#[derive(Debug)]
struct Ring<T> {
    slots: Vec<Option<T>>,
    front: usize,
    back: usize,
    closed: bool,
}

impl<T> Ring<T> {
    fn push(&mut self, item: T) {
        self.slots[self.back] = Some(item);
        self.back = (self.back + 1) % self.slots.len();
    }

    /// The item at the front; `None` when there is none.
    fn pop(&mut self) -> Option<T> {
        let item = self.slots[self.front].take()?;
        self.front = (self.front + 1) % self.slots.len();
        Some(item)
    }
}

/// The buffer is closed: the item that it did not take.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Closed<T>(pub T);

/// Why [`Buffer::try_put`] did not take an item: with the item.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TryPutError<T> {
    /// No slot is free at this moment.
    Full(T),
    /// The buffer is closed.
    Closed(T),
}

/// Why not all Fibonacci numbers went into the buffer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FibonacciError {
    /// The next one does not fit into an `i64`.
    Overflow,
    /// The buffer was closed.
    Closed,
}

/// A producer or a consumer panicked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Panicked;

impl<T> Buffer<T> {
    /// An empty buffer with `capacity` slots; `None` for 0.
    pub fn new(capacity: usize) -> Option<Self> {
        let slots: Vec<Option<T>> = (0..capacity).map(|_| None).collect();
        (capacity > 0).then(|| Self {
            free: Semaphore::new(capacity),
            filled: Semaphore::new(0),
            ring: Mutex::new(Ring { slots, front: 0, back: 0, closed: false }),
        })
    }

    /// Puts an item in. Blocks while all slots are filled.
    ///
    /// # Errors
    /// [`Closed`], with the item.
    pub fn put(&self, item: T) -> Result<(), Closed<T>> {
        // Before the lock: who waits with the lock in hand keeps out the one that would make room.
        self.free.acquire();
        self.put_with_permit(item)
    }

    /// Takes the oldest item. Blocks while there is none. `None` is the end.
    pub fn take(&self) -> Option<T> {
        self.filled.acquire();
        self.take_with_permit()
    }

    /// Closes the buffer: nothing can be put in any more, and what is in it can still be taken.
    pub fn close(&self) {
        self.lock().closed = true;
        // One permit for each side is enough: whoever gets it hands it on.
        self.free.release();
        self.filled.release();
    }

    /// Go further: puts an item in if there is room for it at once.
    ///
    /// # Errors
    /// [`TryPutError`], with the item.
    pub fn try_put(&self, item: T) -> Result<(), TryPutError<T>> {
        if self.free.try_acquire() {
            return self.put_with_permit(item).map_err(|Closed(item)| TryPutError::Closed(item));
        }
        // Another thread may have the permit of the end in its hand just now.
        if self.lock().closed {
            Err(TryPutError::Closed(item))
        } else {
            Err(TryPutError::Full(item))
        }
    }

    /// Go further: waits for the first item, and takes all that are there then, at most `most`.
    pub fn take_batch(&self, most: usize) -> Vec<T> {
        let mut items = vec![];
        while items.len() < most {
            if items.is_empty() {
                self.filled.acquire();
            } else if !self.filled.try_acquire() {
                break;
            }
            match self.take_with_permit() {
                Some(item) => items.push(item),
                None => break,
            }
        }
        items
    }

    /// The rest of a put, by who has a permit of `free`.
    fn put_with_permit(&self, item: T) -> Result<(), Closed<T>> {
        let mut ring = self.lock();
        if ring.closed {
            drop(ring);
            self.free.release();
            return Err(Closed(item));
        }
        ring.push(item);
        drop(ring);
        self.filled.release();
        Ok(())
    }

    /// The rest of a take, by who has a permit of `filled`.
    fn take_with_permit(&self) -> Option<T> {
        let item = self.lock().pop();
        match item {
            Some(_) => self.free.release(),
            // A permit without an item is that of the end: the next one shall see it, too.
            None => self.filled.release(),
        }
        item
    }

    /// Nobody can panic with the lock in hand: it guards no code but that of the ring.
    fn lock(&self) -> MutexGuard<'_, Ring<T>> {
        self.ring.lock().unwrap()
    }
}

/// Puts the Fibonacci numbers F(0), F(1), …, F(n) into the buffer, in this order.
///
/// # Errors
/// [`FibonacciError::Overflow`], with all before it in the buffer; [`FibonacciError::Closed`].
pub fn put_fibonacci(n: usize, buffer: &Buffer<i64>) -> Result<(), FibonacciError> {
    // F(0) and the number before it: their sum is F(1).
    let (mut before, mut number) = (1_i64, 0_i64);
    for index in 0..=n {
        if index > 0 {
            let next = before.checked_add(number).ok_or(FibonacciError::Overflow)?;
            (before, number) = (number, next);
        }
        buffer.put(number).map_err(|_| FibonacciError::Closed)?;
    }
    Ok(())
}

/// Runs every producer and every consumer in a thread of its own, and returns what the consumers
/// returned. The buffer is closed when the last thread of either side has ended.
///
/// # Errors
/// [`Panicked`] when a thread panicked. The others have come to their own end even so.
pub fn run<T: Send, R: Send>(
    buffer: &Buffer<T>,
    producers: Vec<impl FnOnce(&Buffer<T>) + Send>,
    consumers: Vec<impl FnOnce(&Buffer<T>) -> R + Send>,
) -> Result<Vec<R>, Panicked> {
    thread::scope(|scope| {
        let producers = start(scope, buffer, producers);
        let consumers = start(scope, buffer, consumers);
        let produced = join(producers);
        let consumed = join(consumers);
        produced.and(consumed)
    })
}

/// Closes its buffer when it is dropped: at the end of its scope, and when a panic unwinds it.
struct CloseOnDrop<'a, T>(&'a Buffer<T>);

impl<T> Drop for CloseOnDrop<'_, T> {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Starts a thread for each job. When the last of them has ended, the buffer is closed.
fn start<'scope, T: Send, R: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    buffer: &'scope Buffer<T>,
    jobs: Vec<impl FnOnce(&Buffer<T>) -> R + Send + 'scope>,
) -> Vec<ScopedJoinHandle<'scope, R>> {
    // Every thread has a clone, and the last clone that goes takes the value with it.
    let side = Arc::new(CloseOnDrop(buffer));
    jobs.into_iter()
        .map(|job| {
            let side = Arc::clone(&side);
            scope.spawn(move || job(side.0))
        })
        .collect()
}

fn join<R>(threads: Vec<ScopedJoinHandle<'_, R>>) -> Result<Vec<R>, Panicked> {
    // All of them, also behind one that panicked: the scope would panic for who is left to it.
    let ended: Vec<_> = threads.into_iter().map(ScopedJoinHandle::join).collect();
    ended.into_iter().collect::<Result<_, _>>().map_err(|_| Panicked)
}
