//! What cannot differ is explored once: sleep sets.
//!
//! Two steps that touch nothing in common give the same result in either order. When one order has been explored,
//! the step that came first there is put to sleep in the other: it need not be tried again until a step comes
//! that touches something of it. Every state is still reached, as P. Godefroid shows in "Partial-Order
//! Methods for the Verification of Concurrent Systems" (LNCS 1032, 1996), chapter 5.
//!
//! This holds only for a search without a bound on forced switches: a schedule within the bound may be asleep because of
//! one beyond it.

use crate::object::{ObjectId, ThreadId};
use crate::operation::{Side, Way};

/// What a step can touch.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Resource {
    Object(ObjectId),
    /// How many senders, or receivers, a channel has. Only the last one that goes changes the channel itself.
    Ends(ObjectId, Side),
    Thread(ThreadId),
    Clock,
}

/// What a step touches, and whether it changes it.
pub(crate) type Footprint = Vec<(Resource, bool)>;

/// A step that could be taken: which thread goes on, and how.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Step {
    pub(crate) thread: ThreadId,
    pub(crate) way: Way,
}

/// Steps that need not be taken until something that they touch is touched.
#[derive(Clone, Debug, Default)]
pub(crate) struct SleepSet(Vec<(Step, Footprint)>);

impl SleepSet {
    pub(crate) fn contains(&self, step: Step) -> bool {
        self.0.iter().any(|(asleep, _)| *asleep == step)
    }

    pub(crate) fn add(&mut self, step: Step, footprint: Footprint) {
        self.0.push((step, footprint));
    }

    /// Wakes what a step with this footprint could change.
    pub(crate) fn wake(&mut self, footprint: &Footprint) {
        self.0.retain(|(_, asleep)| are_independent(asleep, footprint));
    }
}

/// Do the two touch nothing in common, or only to look at it?
fn are_independent(a: &Footprint, b: &Footprint) -> bool {
    !a.iter()
        .any(|(x, x_changes)| b.iter().any(|(y, y_changes)| x == y && (*x_changes || *y_changes)))
}
