//! Queues that never wait, as in `crossbeam::queue`. Each operation is one step.

use crossbeam::queue as real;
use interleave::Place;
use interleave::object::Handle;
use interleave::operation::Operation;
use interleave_std::sync::atomic::{step, update};
use std::fmt;
use std::panic::{Location, RefUnwindSafe, UnwindSafe};

macro_rules! queue {
    ($name:ident) => {
        // A panic leaves a queue as it was, whatever is in it.
        impl<T> UnwindSafe for $name<T> {}
        impl<T> RefUnwindSafe for $name<T> {}

        impl<T> $name<T> {
            /// Takes the first one.
            #[track_caller]
            pub fn pop(&self) -> Option<T> {
                let tell = |first: &Option<T>| match first {
                    Some(_) => "pop",
                    None => "pop, and it is empty",
                };
                let pop = || self.real.pop();
                change(&self.handle, Location::caller(), pop, Option::is_some, tell)
            }

            /// Is there none?
            #[track_caller]
            pub fn is_empty(&self) -> bool {
                self.len() == 0
            }

            /// How many there are.
            #[track_caller]
            pub fn len(&self) -> usize {
                let place = Location::caller();
                let tell = |length: &usize| format!("{length} in it");
                step(&self.handle, Operation::Load, place, || self.real.len(), tell)
            }
        }

        impl<T> IntoIterator for $name<T> {
            type Item = T;
            type IntoIter = <real::$name<T> as IntoIterator>::IntoIter;

            fn into_iter(self) -> Self::IntoIter {
                self.real.into_iter()
            }
        }

        impl<T> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.real.fmt(f)
            }
        }
    };
}

/// A queue with a limit.
pub struct ArrayQueue<T> {
    handle: Handle,
    real: real::ArrayQueue<T>,
}

/// A queue without a limit.
pub struct SegQueue<T> {
    handle: Handle,
    real: real::SegQueue<T>,
}

queue!(ArrayQueue);
queue!(SegQueue);

impl<T> ArrayQueue<T> {
    /// One for so many.
    ///
    /// # Panics
    /// When it is for none.
    #[track_caller]
    pub fn new(capacity: usize) -> Self {
        Self { handle: Handle::new(), real: real::ArrayQueue::new(capacity) }
    }

    /// Puts one in, if there is room.
    ///
    /// # Errors
    /// What was to be put in, when there is none.
    #[track_caller]
    pub fn push(&self, value: T) -> Result<(), T> {
        let tell = |pushed: &Result<(), T>| match pushed {
            Ok(()) => "push",
            Err(_) => "push, and it is full",
        };
        let push = || self.real.push(value);
        change(&self.handle, Location::caller(), push, Result::is_ok, tell)
    }

    /// Puts one in, in the place of the first one where there is no room; and returns that.
    #[track_caller]
    pub fn force_push(&self, value: T) -> Option<T> {
        let push = || self.real.force_push(value);
        change(&self.handle, Location::caller(), push, |_| true, |_| "push")
    }

    /// How many fit in.
    pub fn capacity(&self) -> usize {
        self.real.capacity()
    }

    /// Is there no room?
    #[track_caller]
    pub fn is_full(&self) -> bool {
        self.len() == self.capacity()
    }
}

impl<T> SegQueue<T> {
    /// An empty one.
    #[track_caller]
    pub const fn new() -> Self {
        Self { handle: Handle::new(), real: real::SegQueue::new() }
    }

    /// Puts one in.
    #[track_caller]
    pub fn push(&self, value: T) {
        let push = || self.real.push(value);
        change(&self.handle, Location::caller(), push, |()| true, |()| "push");
    }
}

impl<T> Default for SegQueue<T> {
    #[track_caller]
    fn default() -> Self {
        Self::new()
    }
}

/// Does it in one step. Whoever changes nothing has only looked.
fn change<R>(
    handle: &Handle,
    place: Place,
    act: impl FnOnce() -> R,
    has_changed: impl FnOnce(&R) -> bool,
    tell: impl FnOnce(&R) -> &'static str,
) -> R {
    let tell = |result: &R| tell(result).to_owned();
    update(handle, Operation::Update, place, |_| act(), has_changed, tell)
}
