//! [`std::sync::LazyLock`](::std::sync::LazyLock).

use super::OnceLock;
use ::std::fmt;
use ::std::ops::Deref;
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
}

impl<T, F: FnOnce() -> T> Deref for LazyLock<T, F> {
    type Target = T;

    #[track_caller]
    fn deref(&self) -> &T {
        Self::force(self)
    }
}

impl<T: fmt::Debug, F> fmt::Debug for LazyLock<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}
