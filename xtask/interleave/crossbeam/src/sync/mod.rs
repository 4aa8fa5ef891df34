//! What threads use to wait for each other, as in `crossbeam::sync`.

mod parker;
mod wait_group;

/// A lock for one writer, or any number of readers. How fast it is read is all that differs from that of `std`.
pub use interleave_std::sync::{
    RwLock as ShardedLock, RwLockReadGuard as ShardedLockReadGuard,
    RwLockWriteGuard as ShardedLockWriteGuard,
};
pub use parker::{Parker, Unparker};
pub use wait_group::WaitGroup;
