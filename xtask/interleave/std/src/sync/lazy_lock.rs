//! [`std::sync::LazyLock`](::std::sync::LazyLock).

use super::OnceLock;
use ::std::fmt;
use ::std::ops::{Deref, DerefMut};
use ::std::sync as real;

/// A value that is made when it is looked at for the first time.
pub struct LazyLock<T, F = fn() -> T> {
    value: OnceLock<T>,
    init: real::Mutex<Option<F>>,
}

impl<T, F: FnOnce() -> T> LazyLock<T, F> {
    /// See [`std::sync::LazyLock::new`](::std::sync::LazyLock::new).
    #[track_caller]
    pub const fn new(f: F) -> Self {
        Self { value: OnceLock::new(), init: real::Mutex::new(Some(f)) }
    }

    /// See [`std::sync::LazyLock::force`](::std::sync::LazyLock::force).
    #[track_caller]
    pub fn force(this: &Self) -> &T {
        this.value.get_or_init(|| {
            let init = this.init.lock().unwrap_or_else(real::PoisonError::into_inner).take();
            init.expect("LazyLock instance has previously been poisoned")()
        })
    }

    /// See [`std::sync::LazyLock::force_mut`](::std::sync::LazyLock::force_mut).
    #[track_caller]
    pub fn force_mut(this: &mut Self) -> &mut T {
        Self::force(this);
        this.value.get_mut().expect("it was made just now, or before")
    }
}

impl<T, F> LazyLock<T, F> {
    /// See [`std::sync::LazyLock::get`](::std::sync::LazyLock::get).
    #[track_caller]
    pub fn get(this: &Self) -> Option<&T> {
        this.value.get()
    }

    /// See [`std::sync::LazyLock::get_mut`](::std::sync::LazyLock::get_mut).
    pub fn get_mut(this: &mut Self) -> Option<&mut T> {
        this.value.get_mut()
    }
}

impl<T, F: FnOnce() -> T> Deref for LazyLock<T, F> {
    type Target = T;

    #[track_caller]
    fn deref(&self) -> &T {
        Self::force(self)
    }
}

impl<T, F: FnOnce() -> T> DerefMut for LazyLock<T, F> {
    #[track_caller]
    fn deref_mut(&mut self) -> &mut T {
        Self::force_mut(self)
    }
}

impl<T: Default> Default for LazyLock<T> {
    #[track_caller]
    fn default() -> Self {
        Self::new(T::default)
    }
}

impl<T: fmt::Debug, F> fmt::Debug for LazyLock<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}
