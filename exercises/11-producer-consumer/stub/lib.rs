//! Producers and consumers: threads that pass items through a buffer with a limited number of slots.
//!
//! The types and the contracts are given, and so is the [`Semaphore`]. Write the bodies that say
//! `todo!`, in their order.

#![allow(unused_variables, dead_code, reason = "the bodies are still to be written")]

pub mod semaphore;

use semaphore::Semaphore;
use std::sync::Mutex;

/// A queue with a limited number of slots. Any number of threads may put and take at the same time.
///
/// Whatever is in it when it is dropped is dropped with it.
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
    /// As many as the buffer's capacity. Behind the last one comes the first one again.
    slots: Vec<Option<T>>,
    /// The slot from which the next item is taken.
    front: usize,
    /// The slot into which the next item is put.
    back: usize,
    closed: bool,
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
    /// An empty buffer with `capacity` slots; `None` for 0, which could hold nothing.
    pub fn new(capacity: usize) -> Option<Self> {
        todo!("an empty ring, a permit in `free` for each slot, and none in `filled`")
    }

    /// Puts an item in. Blocks while all slots are filled, until another thread takes an item or
    /// closes the buffer.
    ///
    /// # Errors
    /// [`Closed`], with the item, when the buffer is closed: before the call or while it waits.
    pub fn put(&self, item: T) -> Result<(), Closed<T>> {
        todo!("wait for a free slot; only then lock; fill the slot, and tell those who take")
    }

    /// Takes the item that has been in the buffer for the longest time. Blocks while there is none,
    /// until another thread puts an item in or closes the buffer.
    ///
    /// `None` is the end: the buffer is closed, and everything that was in it has been taken.
    /// Every thread that takes gets it, and gets it again when it asks again.
    pub fn take(&self) -> Option<T> {
        todo!("wait for a filled slot; only then lock; empty the slot, and tell those who put")
    }

    /// Closes the buffer: nothing can be put in any more, and what is in it can still be taken.
    ///
    /// Every thread that waits is let go. Never blocks for long; closing twice is the same as once.
    pub fn close(&self) {
        todo!("note it in the ring; then how does *everyone* who waits get to know it?")
    }

    /// Go further: puts an item in if there is room for it at once. Does not wait.
    ///
    /// # Errors
    /// [`TryPutError`], with the item.
    pub fn try_put(&self, item: T) -> Result<(), TryPutError<T>> {
        todo!("as `put`, with a permit that is there or not")
    }

    /// Go further: waits as [`Buffer::take`] does until there is an item, and takes all that are
    /// there then, in their order, at most `most`. Does not wait for more.
    ///
    /// Nothing is the end, or `most` is 0: then it does not wait at all.
    pub fn take_batch(&self, most: usize) -> Vec<T> {
        todo!("wait for the first item, and for no other")
    }
}

/// Puts the Fibonacci numbers F(0), F(1), …, F(n) into the buffer, in this order, each as soon as it
/// is known. Blocks as [`Buffer::put`] does. Does not close the buffer: others may still put.
///
/// # Errors
/// [`FibonacciError::Overflow`] when the next number does not fit: F(92) does, F(93) does not. Those
/// before it are in the buffer. [`FibonacciError::Closed`] when the buffer is closed.
pub fn put_fibonacci(n: usize, buffer: &Buffer<i64>) -> Result<(), FibonacciError> {
    todo!("add with `checked_add`, and only when the sum is needed")
}

/// Runs every producer and every consumer in a thread of its own, all at the same time, and returns
/// what the consumers returned, in their order. Blocks, without using the processor, until all have ended.
///
/// The buffer is closed when the last producer has ended: then nothing more will come. It is closed as
/// well when the last consumer has ended: then nobody will take any more, and a producer must not
/// wait for that. To end is to return or to panic. A side without any threads has ended from the start.
///
/// # Errors
/// [`Panicked`] when a thread panicked. The others have come to their own end even so.
pub fn run<T: Send, R: Send>(
    buffer: &Buffer<T>,
    producers: Vec<impl FnOnce(&Buffer<T>) + Send>,
    consumers: Vec<impl FnOnce(&Buffer<T>) -> R + Send>,
) -> Result<Vec<R>, Panicked> {
    todo!("start all; on every way out of a thread see whether it was the last; join all")
}
