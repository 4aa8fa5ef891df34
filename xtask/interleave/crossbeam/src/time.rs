//! Between the times of the program and the virtual clock.

use interleave::Task;
use interleave::operation::Moment;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// The moment when this time will have passed.
pub(crate) fn from_now(task: &Task, time: Duration) -> Moment {
    task.clock().saturating_add(nanoseconds(time))
}

/// As the virtual clock counts it.
pub(crate) fn nanoseconds(time: Duration) -> Moment {
    Moment::try_from(time.as_nanos()).unwrap_or(Moment::MAX)
}

/// What the program is told of a moment of the virtual clock.
pub(crate) fn instant(moment: Moment) -> Instant {
    let start = start();
    start.checked_add(Duration::from_nanos(moment)).unwrap_or(start)
}

/// The moment that the program means.
pub(crate) fn moment(instant: Instant) -> Moment {
    nanoseconds(instant.saturating_duration_since(start()))
}

/// An `Instant` can't be made from a number, so the virtual clock starts at one that is kept.
fn start() -> Instant {
    static START: OnceLock<Instant> = OnceLock::new();
    *START.get_or_init(Instant::now)
}
