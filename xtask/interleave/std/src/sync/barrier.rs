//! [`std::sync::Barrier`](::std::sync::Barrier).

use ::std::fmt;
use ::std::panic::Location;
use ::std::sync as real;
use interleave::object::{Handle, State};
use interleave::operation::{Answer, Operation};
use interleave::{current, record};

/// A barrier: it opens when enough threads have come.
pub struct Barrier {
    handle: Handle,
    needed: usize,
    real: real::Barrier,
}

/// Whether this thread was the one that opened it.
#[derive(Debug)]
pub struct BarrierWaitResult(bool);

impl BarrierWaitResult {
    /// Was it this thread?
    pub fn is_leader(&self) -> bool {
        self.0
    }
}

impl Barrier {
    /// See [`std::sync::Barrier::new`](::std::sync::Barrier::new).
    #[track_caller]
    pub const fn new(n: usize) -> Self {
        Self { handle: Handle::new(), needed: n, real: real::Barrier::new(n) }
    }

    /// See [`std::sync::Barrier::wait`](::std::sync::Barrier::wait).
    #[track_caller]
    pub fn wait(&self) -> BarrierWaitResult {
        let place = Location::caller();
        let Some(task) = current() else {
            let wait = || self.real.wait();
            let result = match record::is_on() {
                true => {
                    record::wait("pass", self.handle.recorded("barrier"), 0, place, wait, |_| true)
                }
                false => wait(),
            };
            return BarrierWaitResult(result.is_leader());
        };
        let state = || State::Barrier { needed: self.needed, arrived: 0, opened: 0 };
        let id = self.handle.id(&task, state);
        let Answer::Number(opened) = task.perform(Operation::Arrive(id), place) else {
            unreachable!("a barrier says how often it has opened")
        };
        let is_leader = task.has_passed(id, opened);
        task.perform(Operation::Pass(id, opened as usize), place);
        BarrierWaitResult(is_leader)
    }
}

impl fmt::Debug for Barrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Barrier").finish_non_exhaustive()
    }
}
