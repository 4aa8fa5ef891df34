//! [`std::sync::Mutex`](::std::sync::Mutex).

use super::{LockResult, TryLockError, TryLockResult, map_lock, map_try_lock};
use ::std::fmt;
use ::std::ops::{Deref, DerefMut};
use ::std::panic::Location;
use ::std::sync as real;
use interleave::object::{Handle, ObjectId, State};
use interleave::operation::{Answer, Operation};
use interleave::{Place, Task, current, record};

/// A mutex. The real one in it guards the value; the explorer decides who gets it.
pub struct Mutex<T: ?Sized> {
    handle: Handle,
    real: real::Mutex<T>,
}

/// A locked mutex, until it is dropped.
#[must_use = "it is unlocked at once"]
pub struct MutexGuard<'a, T: ?Sized> {
    pub(super) mutex: &'a Mutex<T>,
    /// `None` only while a condition variable has it.
    pub(super) real: Option<real::MutexGuard<'a, T>>,
    /// Whether the explorer knows of it.
    pub(super) is_explored: bool,
}

impl<T> Mutex<T> {
    /// See [`std::sync::Mutex::new`](::std::sync::Mutex::new).
    #[track_caller]
    pub const fn new(value: T) -> Self {
        Self { handle: Handle::new(), real: real::Mutex::new(value) }
    }

    /// See [`std::sync::Mutex::into_inner`](::std::sync::Mutex::into_inner).
    pub fn into_inner(self) -> LockResult<T> {
        self.real.into_inner()
    }
}

impl<T: ?Sized> Mutex<T> {
    /// See [`std::sync::Mutex::lock`](::std::sync::Mutex::lock).
    #[track_caller]
    pub fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        let place = Location::caller();
        match current() {
            None => map_lock(self.lock_real(place), |guard| self.guard(guard, false)),
            Some(task) => {
                task.perform(Operation::Lock(self.id(&task)), place);
                self.granted()
            }
        }
    }

    /// See [`std::sync::Mutex::try_lock`](::std::sync::Mutex::try_lock).
    #[track_caller]
    pub fn try_lock(&self) -> TryLockResult<MutexGuard<'_, T>> {
        let place = Location::caller();
        match current() {
            None => {
                let result = self.real.try_lock();
                if record::is_on() && !matches!(result, Err(TryLockError::WouldBlock)) {
                    record::event("lock", self.recorded(), place);
                }
                map_try_lock(result, |guard| self.guard(guard, false))
            }
            Some(task) => match task.perform(Operation::TryLock(self.id(&task)), place) {
                Answer::Refused => Err(TryLockError::WouldBlock),
                _ => self.granted().map_err(TryLockError::Poisoned),
            },
        }
    }

    /// See [`std::sync::Mutex::is_poisoned`](::std::sync::Mutex::is_poisoned).
    pub fn is_poisoned(&self) -> bool {
        self.real.is_poisoned()
    }

    /// See [`std::sync::Mutex::clear_poison`](::std::sync::Mutex::clear_poison).
    pub fn clear_poison(&self) {
        self.real.clear_poison();
    }

    /// See [`std::sync::Mutex::get_mut`](::std::sync::Mutex::get_mut).
    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        self.real.get_mut()
    }

    fn lock_real(&self, place: Place) -> LockResult<real::MutexGuard<'_, T>> {
        if !record::is_on() {
            return self.real.lock();
        }
        match self.real.try_lock() {
            Ok(guard) => {
                record::event("lock", self.recorded(), place);
                Ok(guard)
            }
            // It waits, or finds it poisoned.
            Err(_) => {
                record::wait("lock", self.recorded(), 0, place, || self.real.lock(), |_| true)
            }
        }
    }

    /// Its number in the record of a run.
    pub(super) fn recorded(&self) -> u32 {
        self.handle.recorded("mutex")
    }

    pub(super) fn id(&self, task: &Task) -> ObjectId {
        self.handle.id(task, || State::Mutex { holder: None })
    }

    /// The explorer has given it to this thread: nobody else holds the real one.
    pub(super) fn granted(&self) -> LockResult<MutexGuard<'_, T>> {
        map_lock(self.real.lock(), |guard| self.guard(guard, true))
    }

    fn guard<'a>(&'a self, real: real::MutexGuard<'a, T>, is_explored: bool) -> MutexGuard<'a, T> {
        MutexGuard { mutex: self, real: Some(real), is_explored }
    }
}

impl<T: ?Sized> MutexGuard<'_, T> {
    fn unlock(&mut self, place: Place) {
        // Before it is unlocked: nobody else is seen to have it first.
        if record::is_on() && !self.is_explored && self.real.is_some() {
            record::event("unlock", self.mutex.recorded(), place);
        }
        let was_locked = self.real.take().is_some();
        if let (true, true, Some(task)) = (was_locked, self.is_explored, current()) {
            task.unlock(self.mutex.id(&task), place);
        }
    }
}

impl<T: ?Sized> Drop for MutexGuard<'_, T> {
    #[track_caller]
    fn drop(&mut self) {
        self.unlock(Location::caller());
    }
}

impl<T: ?Sized> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.real.as_ref().expect("it is locked")
    }
}

impl<T: ?Sized> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.real.as_mut().expect("it is locked")
    }
}

impl<T: Default> Default for Mutex<T> {
    #[track_caller]
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for Mutex<T> {
    #[track_caller]
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.real.fmt(f)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
