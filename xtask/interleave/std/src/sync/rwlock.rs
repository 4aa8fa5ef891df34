//! [`std::sync::RwLock`](::std::sync::RwLock).

use super::{LockResult, TryLockError, TryLockResult, map_lock, map_try_lock};
use ::std::fmt;
use ::std::ops::{Deref, DerefMut};
use ::std::panic::Location;
use ::std::sync as real;
use interleave::object::{Handle, ObjectId, State};
use interleave::operation::{Answer, Operation};
use interleave::{Task, current, record};

/// A lock for one writer, or any number of readers.
pub struct RwLock<T: ?Sized> {
    handle: Handle,
    real: real::RwLock<T>,
}

/// A lock that is read, until this is dropped.
#[must_use = "it is unlocked at once"]
pub struct RwLockReadGuard<'a, T: ?Sized> {
    lock: &'a RwLock<T>,
    real: Option<real::RwLockReadGuard<'a, T>>,
    is_explored: bool,
}

/// A lock that is written, until this is dropped.
#[must_use = "it is unlocked at once"]
pub struct RwLockWriteGuard<'a, T: ?Sized> {
    lock: &'a RwLock<T>,
    real: Option<real::RwLockWriteGuard<'a, T>>,
    is_explored: bool,
}

impl<T> RwLock<T> {
    /// See [`std::sync::RwLock::new`](::std::sync::RwLock::new).
    #[track_caller]
    pub const fn new(value: T) -> Self {
        Self { handle: Handle::new(), real: real::RwLock::new(value) }
    }

    /// See [`std::sync::RwLock::into_inner`](::std::sync::RwLock::into_inner).
    pub fn into_inner(self) -> LockResult<T> {
        self.real.into_inner()
    }
}

impl<T: ?Sized> RwLock<T> {
    /// See [`std::sync::RwLock::read`](::std::sync::RwLock::read).
    #[track_caller]
    pub fn read(&self) -> LockResult<RwLockReadGuard<'_, T>> {
        let place = Location::caller();
        let task = current();
        if let Some(task) = &task {
            task.perform(Operation::Read(self.id(task)), place);
        }
        let read = || self.real.read();
        let result = match task.is_none() && record::is_on() {
            true => record::wait("read", self.recorded(), 0, place, read, |_| true),
            false => read(),
        };
        map_lock(result, |real| self.read_guard(real, task.is_some()))
    }

    /// See [`std::sync::RwLock::write`](::std::sync::RwLock::write).
    #[track_caller]
    pub fn write(&self) -> LockResult<RwLockWriteGuard<'_, T>> {
        let place = Location::caller();
        let task = current();
        if let Some(task) = &task {
            task.perform(Operation::Write(self.id(task)), place);
        }
        let write = || self.real.write();
        let result = match task.is_none() && record::is_on() {
            true => record::wait("write", self.recorded(), 0, place, write, |_| true),
            false => write(),
        };
        map_lock(result, |real| self.write_guard(real, task.is_some()))
    }

    /// See [`std::sync::RwLock::try_read`](::std::sync::RwLock::try_read).
    #[track_caller]
    pub fn try_read(&self) -> TryLockResult<RwLockReadGuard<'_, T>> {
        let place = Location::caller();
        let task = current();
        if let Some(task) = &task
            && task.perform(Operation::TryRead(self.id(task)), place) == Answer::Refused
        {
            return Err(TryLockError::WouldBlock);
        }
        let result = self.real.try_read();
        let has_it = !matches!(result, Err(TryLockError::WouldBlock));
        if task.is_none() && has_it && record::is_on() {
            record::event("read", self.recorded(), place);
        }
        map_try_lock(result, |real| self.read_guard(real, task.is_some()))
    }

    /// See [`std::sync::RwLock::try_write`](::std::sync::RwLock::try_write).
    #[track_caller]
    pub fn try_write(&self) -> TryLockResult<RwLockWriteGuard<'_, T>> {
        let place = Location::caller();
        let task = current();
        if let Some(task) = &task
            && task.perform(Operation::TryWrite(self.id(task)), place) == Answer::Refused
        {
            return Err(TryLockError::WouldBlock);
        }
        let result = self.real.try_write();
        let has_it = !matches!(result, Err(TryLockError::WouldBlock));
        if task.is_none() && has_it && record::is_on() {
            record::event("write", self.recorded(), place);
        }
        map_try_lock(result, |real| self.write_guard(real, task.is_some()))
    }

    /// See [`std::sync::RwLock::is_poisoned`](::std::sync::RwLock::is_poisoned).
    pub fn is_poisoned(&self) -> bool {
        self.real.is_poisoned()
    }

    /// See [`std::sync::RwLock::clear_poison`](::std::sync::RwLock::clear_poison).
    pub fn clear_poison(&self) {
        self.real.clear_poison();
    }

    /// See [`std::sync::RwLock::get_mut`](::std::sync::RwLock::get_mut).
    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        self.real.get_mut()
    }

    fn recorded(&self) -> u32 {
        self.handle.recorded("rwlock")
    }

    fn id(&self, task: &Task) -> ObjectId {
        self.handle.id(task, || State::RwLock { writer: None, readers: vec![], queue: vec![] })
    }

    fn read_guard<'a>(
        &'a self,
        real: real::RwLockReadGuard<'a, T>,
        is_explored: bool,
    ) -> RwLockReadGuard<'a, T> {
        RwLockReadGuard { lock: self, real: Some(real), is_explored }
    }

    fn write_guard<'a>(
        &'a self,
        real: real::RwLockWriteGuard<'a, T>,
        is_explored: bool,
    ) -> RwLockWriteGuard<'a, T> {
        RwLockWriteGuard { lock: self, real: Some(real), is_explored }
    }
}

macro_rules! guard {
    ($guard:ident) => {
        impl<T: ?Sized> Drop for $guard<'_, T> {
            #[track_caller]
            fn drop(&mut self) {
                let place = Location::caller();
                if !self.is_explored && record::is_on() {
                    record::event("unlock", self.lock.recorded(), place);
                }
                self.real = None;
                if let (true, Some(task)) = (self.is_explored, current()) {
                    task.unlock(self.lock.id(&task), place);
                }
            }
        }

        impl<T: ?Sized> Deref for $guard<'_, T> {
            type Target = T;

            fn deref(&self) -> &T {
                self.real.as_ref().expect("it is locked")
            }
        }

        impl<T: ?Sized + fmt::Debug> fmt::Debug for $guard<'_, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                (**self).fmt(f)
            }
        }

        impl<T: ?Sized + fmt::Display> fmt::Display for $guard<'_, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                (**self).fmt(f)
            }
        }
    };
}

guard!(RwLockReadGuard);
guard!(RwLockWriteGuard);

impl<'a, T: ?Sized> RwLockWriteGuard<'a, T> {
    /// See [`std::sync::RwLockWriteGuard::downgrade`](::std::sync::RwLockWriteGuard::downgrade).
    #[track_caller]
    pub fn downgrade(mut s: Self) -> RwLockReadGuard<'a, T> {
        let place = Location::caller();
        let (lock, is_explored) = (s.lock, s.is_explored);
        let real = real::RwLockWriteGuard::downgrade(s.real.take().expect("it is locked"));
        // It stays locked.
        ::std::mem::forget(s);
        if let (true, Some(task)) = (is_explored, current()) {
            task.downgrade(lock.id(&task), place);
        }
        lock.read_guard(real, is_explored)
    }
}

impl<T: ?Sized> DerefMut for RwLockWriteGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.real.as_mut().expect("it is locked")
    }
}

impl<T: Default> Default for RwLock<T> {
    #[track_caller]
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for RwLock<T> {
    #[track_caller]
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.real.fmt(f)
    }
}
