//! [`std::sync::Once`](::std::sync::Once).

use super::OnceLock;
use ::std::fmt;
use ::std::panic::Location;
use ::std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Something that is done once.
pub struct Once {
    done: OnceLock<()>,
    /// Who was to do it has panicked.
    poisoned: AtomicBool,
}

/// Given to who does it.
#[derive(Debug)]
pub struct OnceState {
    poisoned: bool,
}

impl OnceState {
    /// Has somebody panicked who was to do it?
    pub fn is_poisoned(&self) -> bool {
        self.poisoned
    }
}

impl Once {
    /// See [`std::sync::Once::new`](::std::sync::Once::new).
    #[expect(clippy::new_without_default, reason = "the real one has no default either")]
    #[track_caller]
    pub const fn new() -> Self {
        Self { done: OnceLock::new(), poisoned: AtomicBool::new(false) }
    }

    /// See [`std::sync::Once::call_once`](::std::sync::Once::call_once).
    #[track_caller]
    pub fn call_once<F: FnOnce()>(&self, f: F) {
        self.call_once_force(|state| {
            assert!(!state.poisoned, "Once instance has previously been poisoned");
            f();
        });
    }

    /// See [`std::sync::Once::call_once_force`](::std::sync::Once::call_once_force).
    #[track_caller]
    pub fn call_once_force<F: FnOnce(&OnceState)>(&self, f: F) {
        self.done.get_or_init(|| {
            let state = OnceState { poisoned: self.poisoned.swap(true, Relaxed) };
            f(&state);
            self.poisoned.store(false, Relaxed);
        });
    }

    /// See [`std::sync::Once::is_completed`](::std::sync::Once::is_completed).
    #[track_caller]
    pub fn is_completed(&self) -> bool {
        self.done.get().is_some()
    }

    /// See [`std::sync::Once::wait`](::std::sync::Once::wait).
    ///
    /// # Panics
    /// When somebody has panicked who was to do it.
    #[track_caller]
    pub fn wait(&self) {
        let is_done = self.done.wait_for_outcome(Location::caller());
        assert!(is_done, "Once instance has previously been poisoned");
    }

    /// See [`std::sync::Once::wait_force`](::std::sync::Once::wait_force).
    #[track_caller]
    pub fn wait_force(&self) {
        self.done.wait();
    }
}

impl fmt::Debug for Once {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Once").finish_non_exhaustive()
    }
}
