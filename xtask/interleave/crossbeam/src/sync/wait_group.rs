//! Waits for a group of threads.

use crate::end::End;
use crate::task;
use crossbeam::sync as real;
use interleave::channel::Shared;
use interleave::operation::Side;
use std::fmt;
use std::panic::Location;
use std::sync::Arc;

/// One member of a group; the group is complete when all its members have been dropped.
pub struct WaitGroup {
    kind: Kind,
}

enum Kind {
    Real(real::WaitGroup),
    /// A sender of a channel without messages: with the last of them it is disconnected.
    Explored(End<()>),
}

impl WaitGroup {
    /// The first member of a new group.
    #[track_caller]
    pub fn new() -> Self {
        let place = Location::caller();
        let kind = match interleave::current() {
            Some(task) => {
                Kind::Explored(End::new(Shared::new(&task, None, place), Side::Sender, place))
            }
            None => Kind::Real(real::WaitGroup::new()),
        };
        Self { kind }
    }

    /// Leaves the group, and waits for all the others to do so.
    #[track_caller]
    pub fn wait(self) {
        match self.kind {
            Kind::Real(group) => group.wait(),
            Kind::Explored(member) => {
                let channel = Arc::clone(member.channel());
                drop(member);
                let received = channel.receive(&task(), None, Location::caller());
                debug_assert!(received.is_err(), "nobody sends");
            }
        }
    }
}

impl Default for WaitGroup {
    #[track_caller]
    fn default() -> Self {
        Self::new()
    }
}

impl Clone for WaitGroup {
    #[track_caller]
    fn clone(&self) -> Self {
        let kind = match &self.kind {
            Kind::Real(group) => Kind::Real(group.clone()),
            Kind::Explored(member) => Kind::Explored(member.clone_at(Location::caller())),
        };
        Self { kind }
    }
}

impl fmt::Debug for WaitGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Real(group) => group.fmt(f),
            Kind::Explored(_) => f.pad("WaitGroup { .. }"),
        }
    }
}
