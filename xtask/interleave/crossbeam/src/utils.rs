//! Small helpers, as in `crossbeam::utils`.

pub use crossbeam::utils::CachePadded;

use crossbeam::utils as real;
use interleave::operation::Operation;
use std::panic::Location;

/// Waits a little longer each time. In an exploration time does not help, so it lets the others go first.
#[derive(Debug, Default)]
pub struct Backoff {
    /// It counts in an exploration too: [`is_completed`](Self::is_completed) depends on it.
    real: real::Backoff,
}

impl Backoff {
    /// One that has not waited yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// As if it had not waited yet.
    pub fn reset(&self) {
        self.real.reset();
    }

    /// Waits because somebody else was faster.
    #[track_caller]
    pub fn spin(&self) {
        self.real.spin();
        let_others_go();
    }

    /// Waits for somebody else to get on.
    #[track_caller]
    pub fn snooze(&self) {
        self.real.snooze();
        let_others_go();
    }

    /// Has it waited so long that it would be better to block?
    pub fn is_completed(&self) -> bool {
        self.real.is_completed()
    }
}

#[track_caller]
fn let_others_go() {
    if let Some(task) = interleave::current() {
        task.perform(Operation::Yield, Location::caller());
    }
}
