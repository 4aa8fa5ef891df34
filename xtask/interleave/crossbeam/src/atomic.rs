//! A value that is read and written in one, as in `crossbeam::atomic`. Each operation is one step.

use crossbeam::atomic as real;
use interleave::Place;
use interleave::object::Handle;
use interleave::operation::Operation;
use interleave_std::sync::atomic::{step, update};
use std::fmt;
use std::panic::{Location, RefUnwindSafe};

/// A value that threads share.
pub struct AtomicCell<T> {
    handle: Handle,
    real: real::AtomicCell<T>,
}

// A panic leaves it as it was, whatever it holds.
impl<T> RefUnwindSafe for AtomicCell<T> {}

impl<T> AtomicCell<T> {
    /// A new one with this value.
    #[track_caller]
    pub const fn new(value: T) -> Self {
        Self { handle: Handle::new(), real: real::AtomicCell::new(value) }
    }

    /// The value.
    pub fn into_inner(self) -> T {
        self.real.into_inner()
    }

    /// Does the real one do it without a lock?
    pub const fn is_lock_free() -> bool {
        real::AtomicCell::<T>::is_lock_free()
    }

    /// Writes it.
    #[track_caller]
    pub fn store(&self, value: T) {
        let place = Location::caller();
        step(&self.handle, Operation::Store, place, || self.real.store(value), untold);
    }

    /// Writes it, and returns what was there before.
    #[track_caller]
    pub fn swap(&self, value: T) -> T {
        self.change(|| self.real.swap(value), |_| true, Location::caller())
    }

    /// Does it in one step. Whoever changes nothing has only looked.
    fn change<R>(
        &self,
        act: impl FnOnce() -> R,
        has_changed: impl FnOnce(&R) -> bool,
        place: Place,
    ) -> R {
        update(&self.handle, Operation::Update, place, |_| act(), has_changed, untold)
    }
}

impl<T: Default> AtomicCell<T> {
    /// Takes it, and leaves the default.
    #[track_caller]
    pub fn take(&self) -> T {
        self.swap(T::default())
    }
}

impl<T: Copy> AtomicCell<T> {
    /// Reads it.
    #[track_caller]
    pub fn load(&self) -> T {
        step(&self.handle, Operation::Load, Location::caller(), || self.real.load(), untold)
    }
}

impl<T: Copy + Eq> AtomicCell<T> {
    /// Writes `new` if `current` is there.
    ///
    /// # Errors
    /// What is there instead.
    #[track_caller]
    pub fn compare_exchange(&self, current: T, new: T) -> Result<T, T> {
        let exchange = || self.real.compare_exchange(current, new);
        self.change(exchange, Result::is_ok, Location::caller())
    }

    /// Writes what `f` makes of it, for as long as it takes.
    ///
    /// # Errors
    /// What is there, when `f` returns `None`.
    #[track_caller]
    pub fn fetch_update<F: FnMut(T) -> Option<T>>(&self, mut f: F) -> Result<T, T> {
        let mut old = self.load();
        while let Some(new) = f(old) {
            match self.compare_exchange(old, new) {
                Ok(old) => return Ok(old),
                Err(other) => old = other,
            }
        }
        Err(old)
    }
}

/// Its values may be of a kind that nobody can print.
fn untold<R>(_: &R) -> String {
    String::new()
}

macro_rules! operations {
    ($($type:ty)*: $operations:tt) => {
        $(operations!(@one $type: $operations);)*
    };
    (@one $type:ty: ($($operation:ident)*)) => {
        impl AtomicCell<$type> {
            $(
                /// Changes it, and returns what was there before.
                #[track_caller]
                pub fn $operation(&self, value: $type) -> $type {
                    let act = || {
                        let old = self.real.$operation(value);
                        (old, self.real.load())
                    };
                    self.change(act, |(old, new)| old != new, Location::caller()).0
                }
            )*
        }
    };
}

operations!(
    u8 i8 u16 i16 u32 i32 u64 i64 u128 i128 usize isize:
    (fetch_add fetch_sub fetch_and fetch_nand fetch_or fetch_xor fetch_max fetch_min)
);
operations!(bool: (fetch_and fetch_nand fetch_or fetch_xor));

impl<T> From<T> for AtomicCell<T> {
    #[track_caller]
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: Default> Default for AtomicCell<T> {
    #[track_caller]
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: Copy + fmt::Debug> fmt::Debug for AtomicCell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.real.fmt(f)
    }
}
