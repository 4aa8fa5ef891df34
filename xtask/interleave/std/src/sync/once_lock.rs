//! [`std::sync::OnceLock`](::std::sync::OnceLock).

use ::std::fmt;
use ::std::panic::Location;
use ::std::sync as real;
use interleave::object::{Handle, ObjectId, State};
use interleave::operation::{Answer, Operation};
use interleave::{Place, Task, current};

/// A value that is set once.
pub struct OnceLock<T> {
    handle: Handle,
    real: real::OnceLock<T>,
}

impl<T> OnceLock<T> {
    /// See [`std::sync::OnceLock::new`](::std::sync::OnceLock::new).
    #[track_caller]
    pub const fn new() -> Self {
        Self { handle: Handle::new(), real: real::OnceLock::new() }
    }

    /// See [`std::sync::OnceLock::get`](::std::sync::OnceLock::get).
    #[track_caller]
    pub fn get(&self) -> Option<&T> {
        let place = Location::caller();
        if let Some(task) = current() {
            task.perform(Operation::PeekOnce(self.id(&task)), place);
        }
        self.real.get()
    }

    /// See [`std::sync::OnceLock::get_mut`](::std::sync::OnceLock::get_mut).
    pub fn get_mut(&mut self) -> Option<&mut T> {
        self.real.get_mut()
    }

    /// See [`std::sync::OnceLock::wait`](::std::sync::OnceLock::wait).
    #[track_caller]
    pub fn wait(&self) -> &T {
        let place = Location::caller();
        let Some(task) = current() else { return self.real.wait() };
        task.perform(Operation::AwaitOnce(self.id(&task)), place);
        self.real.get().expect("it was waited for")
    }

    /// See [`std::sync::OnceLock::set`](::std::sync::OnceLock::set).
    #[track_caller]
    pub fn set(&self, value: T) -> Result<(), T> {
        let mut value = Some(value);
        let mut take = || value.take().expect("it is asked for once");
        self.init_at(&mut take, Location::caller());
        value.map_or(Ok(()), Err)
    }

    /// See [`std::sync::OnceLock::get_or_init`](::std::sync::OnceLock::get_or_init).
    #[track_caller]
    pub fn get_or_init<F: FnOnce() -> T>(&self, f: F) -> &T {
        self.init_at(f, Location::caller())
    }

    /// See [`std::sync::OnceLock::into_inner`](::std::sync::OnceLock::into_inner).
    pub fn into_inner(self) -> Option<T> {
        self.real.into_inner()
    }

    /// See [`std::sync::OnceLock::take`](::std::sync::OnceLock::take).
    pub fn take(&mut self) -> Option<T> {
        self.handle = Handle::at(self.handle.created());
        self.real.take()
    }

    /// Waits until somebody has made it, or has panicked; and says whether it is there.
    pub(super) fn wait_for_outcome(&self, place: Place) -> bool {
        match current() {
            Some(task) => {
                task.perform(Operation::AwaitOutcome(self.id(&task)), place) == Answer::Done
            }
            None => {
                self.real.wait();
                true
            }
        }
    }

    fn id(&self, task: &Task) -> ObjectId {
        let done = self.real.get().is_some();
        self.handle.id(task, || State::Once { runner: None, done, failed: false })
    }

    fn init_at(&self, f: impl FnOnce() -> T, place: Place) -> &T {
        let Some(task) = current() else { return self.real.get_or_init(f) };
        let once = self.id(&task);
        if task.perform(Operation::EnterOnce(once), place) == Answer::Done {
            let leave = Leave { task: &task, once, place };
            let value = f();
            // Until then others see what `f` has done, and no value.
            ::std::mem::forget(leave);
            task.perform(Operation::LeaveOnce(once, true), place);
            let _ = self.real.set(value);
        }
        self.real.get().expect("it was set just now, or before")
    }
}

/// The end of an initialisation by a panic: the next one may try.
struct Leave<'a> {
    task: &'a Task,
    once: ObjectId,
    place: Place,
}

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        self.task.do_at_once(Operation::LeaveOnce(self.once, false), self.place);
    }
}

impl<T> Default for OnceLock<T> {
    #[track_caller]
    fn default() -> Self {
        Self::new()
    }
}

impl<T> From<T> for OnceLock<T> {
    #[track_caller]
    fn from(value: T) -> Self {
        Self { handle: Handle::new(), real: value.into() }
    }
}

impl<T: Clone> Clone for OnceLock<T> {
    fn clone(&self) -> Self {
        Self { handle: Handle::at(self.handle.created()), real: self.real.clone() }
    }
}

impl<T: PartialEq> PartialEq for OnceLock<T> {
    fn eq(&self, other: &Self) -> bool {
        self.real == other.real
    }
}

impl<T: Eq> Eq for OnceLock<T> {}

impl<T: fmt::Debug> fmt::Debug for OnceLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.real.fmt(f)
    }
}
