//! What threads use to wait for each other, as in `crossbeam::sync`.

mod parker;
mod wait_group;

pub use parker::{Parker, Unparker};
pub use wait_group::WaitGroup;
