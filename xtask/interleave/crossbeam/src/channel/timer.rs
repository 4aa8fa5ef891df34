//! The sending side of `after`, `at`, `tick` and `never`.
//!
//! No thread waits to send in time: whoever receives looks first whether the time has come, and if not, waits no
//! longer than until then. Nobody else could notice the difference.

use crate::time;
use interleave::channel::Shared;
use interleave::operation::{Moment, Operation};
use interleave::{Place, Task};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Sends the time, at its time.
pub(crate) struct Timer {
    sends: Mutex<Option<Sends>>,
}

struct Sends {
    channel: Arc<Shared<Instant>>,
    next: Moment,
    period: Option<Moment>,
}

impl Timer {
    /// Sends at this moment.
    pub(crate) fn once(channel: Arc<Shared<Instant>>, next: Moment) -> Self {
        Self { sends: Mutex::new(Some(Sends { channel, next, period: None })) }
    }

    /// Sends whenever this time has passed.
    pub(crate) fn again_and_again(
        channel: Arc<Shared<Instant>>,
        task: &Task,
        period: Duration,
    ) -> Self {
        let next = time::from_now(task, period);
        let period = Some(time::nanoseconds(period));
        Self { sends: Mutex::new(Some(Sends { channel, next, period })) }
    }

    /// Sends nothing.
    pub(crate) fn never() -> Self {
        Self { sends: Mutex::new(None) }
    }

    /// Sends what is due, and says when the next message will be.
    pub(crate) fn catch_up(&self, task: &Task) -> Option<Moment> {
        let mut guard = self.sends.lock().unwrap_or_else(PoisonError::into_inner);
        let sends = guard.as_mut()?;
        let now = task.clock();
        if now >= sends.next {
            // What nobody has taken makes way: there is place for one.
            let _ = sends.channel.receive_chosen(task);
            let sent = sends.channel.send_chosen(task, time::instant(sends.next));
            debug_assert!(sent.is_ok(), "its receivers are never disconnected");
            match sends.period {
                Some(period) => sends.next = now.saturating_add(period),
                None => *guard = None,
            }
        }
        guard.as_ref().map(|sends| sends.next)
    }

    /// Sends what is due when somebody looks, and does not wait. Time passes when it is looked at: else who looks again
    /// and again would look for ever.
    pub(crate) fn look(&self, task: &Task, place: Place) {
        if self.catch_up(task).is_some() {
            task.perform(Operation::Now, place);
            self.catch_up(task);
        }
    }
}
