//! [`std::sync::atomic`](::std::sync::atomic). In an exploration every operation is sequentially consistent, whatever
//! order it asks for.

use ::std::fmt;
use ::std::panic::Location;
use ::std::sync::atomic as real;
use interleave::object::{Handle, ObjectId, State};
use interleave::operation::{Answer, Operation};
use interleave::{Place, current};

pub use real::{Ordering, compiler_fence, fence};

/// Announces an operation that reads or writes, and does it when it is this thread's turn.
#[doc(hidden)]
pub fn step<R>(
    handle: &Handle,
    operation: impl FnOnce(ObjectId) -> Operation,
    place: Place,
    act: impl FnOnce() -> R,
    describe: impl FnOnce(&R) -> String,
) -> R {
    let Some(task) = current() else { return act() };
    task.perform(operation(handle.id(&task, || State::Atomic)), place);
    let result = act();
    task.note(|| describe(&result));
    result
}

/// As `step`, for an operation that reads and writes in one, and perhaps writes nothing. `act` is told whether to fail
/// without a reason.
#[doc(hidden)]
pub fn update<R>(
    handle: &Handle,
    operation: impl FnOnce(ObjectId) -> Operation,
    place: Place,
    act: impl FnOnce(bool) -> R,
    has_changed: impl FnOnce(&R) -> bool,
    describe: impl FnOnce(&R) -> String,
) -> R {
    let Some(task) = current() else { return act(false) };
    let operation = operation(handle.id(&task, || State::Atomic));
    let answer = task.perform(operation.clone(), place);
    let result = act(answer == Answer::Refused);
    task.note_update(operation, place, has_changed(&result));
    task.note(|| describe(&result));
    result
}

macro_rules! atomic {
    ($name:ident, $type:ty $(, $param:ident)?) => {
        #[doc = concat!("See [`std::sync::atomic::", stringify!($name), "`](::std::sync::atomic::", stringify!($name), ").")]
        pub struct $name$(<$param>)? {
            handle: Handle,
            real: real::$name$(<$param>)?,
        }

        impl$(<$param>)? $name$(<$param>)? {
            /// A new one with this value.
            #[track_caller]
            pub const fn new(value: $type) -> Self {
                Self { handle: Handle::new(), real: real::$name::new(value) }
            }

            /// Reads it.
            #[track_caller]
            pub fn load(&self, order: Ordering) -> $type {
                let place = Location::caller();
                let describe = |value: &$type| format!("{value:?}");
                step(&self.handle, Operation::Load, place, || self.real.load(order), describe)
            }

            /// Writes it.
            #[track_caller]
            pub fn store(&self, value: $type, order: Ordering) {
                let place = Location::caller();
                let describe = |(): &()| format!("{value:?}");
                step(&self.handle, Operation::Store, place, || self.real.store(value, order), describe);
            }

            /// Writes it, and returns what was there before.
            #[track_caller]
            pub fn swap(&self, value: $type, order: Ordering) -> $type {
                let change = |_: bool| self.real.swap(value, order);
                self.change(change, Location::caller())
            }

            /// Writes `new` if `current` is there.
            ///
            /// # Errors
            /// What is there instead.
            #[track_caller]
            pub fn compare_exchange(
                &self,
                current: $type,
                new: $type,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$type, $type> {
                let place = Location::caller();
                let act = |_| self.real.compare_exchange(current, new, success, failure);
                let describe = |result: &Result<$type, $type>| match result {
                    Ok(old) => format!("{old:?} → {new:?}"),
                    Err(other) => format!("{other:?}, not {current:?}"),
                };
                update(&self.handle, Operation::Update, place, act, Result::is_ok, describe)
            }

            /// As [`compare_exchange`](Self::compare_exchange), but it may fail without a reason.
            ///
            /// # Errors
            /// What is there.
            #[track_caller]
            pub fn compare_exchange_weak(
                &self,
                current: $type,
                new: $type,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$type, $type> {
                let place = Location::caller();
                let act = |fails| match fails {
                    true => Err(self.real.load(failure)),
                    false => self.real.compare_exchange(current, new, success, failure),
                };
                let describe = |result: &Result<$type, $type>| match result {
                    Ok(old) => format!("{old:?} → {new:?}"),
                    Err(other) => format!("stays {other:?}"),
                };
                update(&self.handle, Operation::WeakUpdate, place, act, Result::is_ok, describe)
            }

            /// Writes what `f` makes of it, for as long as it takes.
            ///
            /// # Errors
            /// What is there, when `f` returns `None`.
            #[track_caller]
            pub fn fetch_update<F: FnMut($type) -> Option<$type>>(
                &self,
                set_order: Ordering,
                fetch_order: Ordering,
                f: F,
            ) -> Result<$type, $type> {
                self.try_update(set_order, fetch_order, f)
            }

            /// Writes what `f` makes of it, for as long as it takes, and returns what was there before.
            #[track_caller]
            pub fn update(
                &self,
                set_order: Ordering,
                fetch_order: Ordering,
                mut f: impl FnMut($type) -> $type,
            ) -> $type {
                let mut old = self.load(fetch_order);
                loop {
                    match self.compare_exchange_weak(old, f(old), set_order, fetch_order) {
                        Ok(old) => return old,
                        Err(other) => old = other,
                    }
                }
            }

            /// Writes what `f` makes of it, for as long as it takes.
            ///
            /// # Errors
            /// What is there, when `f` returns `None`.
            #[track_caller]
            pub fn try_update(
                &self,
                set_order: Ordering,
                fetch_order: Ordering,
                mut f: impl FnMut($type) -> Option<$type>,
            ) -> Result<$type, $type> {
                let mut old = self.load(fetch_order);
                while let Some(new) = f(old) {
                    match self.compare_exchange_weak(old, new, set_order, fetch_order) {
                        Ok(old) => return Ok(old),
                        Err(other) => old = other,
                    }
                }
                Err(old)
            }

            /// The value, which nobody else can see at this moment.
            pub fn get_mut(&mut self) -> &mut $type {
                self.real.get_mut()
            }

            /// The value.
            pub fn into_inner(self) -> $type {
                self.real.into_inner()
            }

            /// Changes it in one step, and returns what was there before.
            #[track_caller]
            fn change(&self, change: impl FnOnce(bool) -> $type, place: Place) -> $type {
                let before = || self.real.load(Ordering::SeqCst);
                let act = |fails| {
                    let old = change(fails);
                    (old, before())
                };
                let has_changed = |(old, new): &($type, $type)| old != new;
                let describe = |(old, new): &($type, $type)| format!("{old:?} → {new:?}");
                update(&self.handle, Operation::Update, place, act, has_changed, describe).0
            }
        }

        impl$(<$param>)? From<$type> for $name$(<$param>)? {
            #[track_caller]
            fn from(value: $type) -> Self {
                Self::new(value)
            }
        }

        impl$(<$param>)? fmt::Debug for $name$(<$param>)? {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.real.fmt(f)
            }
        }
    };
}

macro_rules! operations {
    ($name:ident, $type:ty: $($operation:ident)*) => {
        impl $name {
            $(
                #[doc = concat!("See [`std`](::std::sync::atomic::", stringify!($name), "::", stringify!($operation), ").")]
                #[track_caller]
                pub fn $operation(&self, value: $type, order: Ordering) -> $type {
                    self.change(|_| self.real.$operation(value, order), Location::caller())
                }
            )*
        }

        impl Default for $name {
            #[track_caller]
            fn default() -> Self {
                Self::new(Default::default())
            }
        }
    };
}

macro_rules! integer {
    ($($name:ident $type:ty),*) => {
        $(
            atomic!($name, $type);
            operations!($name, $type:
                fetch_add fetch_sub fetch_and fetch_nand fetch_or fetch_xor fetch_max fetch_min);
        )*
    };
}

integer!(
    AtomicI8 i8, AtomicI16 i16, AtomicI32 i32, AtomicI64 i64, AtomicIsize isize,
    AtomicU8 u8, AtomicU16 u16, AtomicU32 u32, AtomicU64 u64, AtomicUsize usize
);
atomic!(AtomicBool, bool);
operations!(AtomicBool, bool: fetch_and fetch_nand fetch_or fetch_xor);
atomic!(AtomicPtr, *mut T, T);

impl AtomicBool {
    /// Negates it, and returns what was there before.
    #[track_caller]
    pub fn fetch_not(&self, order: Ordering) -> bool {
        self.fetch_xor(true, order)
    }
}

macro_rules! pointer_operations {
    ($($operation:ident)*) => {
        impl<T> AtomicPtr<T> {
            $(
                #[doc = concat!("See [`std`](::std::sync::atomic::AtomicPtr::", stringify!($operation), ").")]
                #[track_caller]
                pub fn $operation(&self, value: usize, order: Ordering) -> *mut T {
                    self.change(|_| self.real.$operation(value, order), Location::caller())
                }
            )*
        }
    };
}

pointer_operations!(
    fetch_ptr_add fetch_ptr_sub fetch_byte_add fetch_byte_sub fetch_or fetch_and fetch_xor
);

impl<T> Default for AtomicPtr<T> {
    #[track_caller]
    fn default() -> Self {
        Self::new(::std::ptr::null_mut())
    }
}
