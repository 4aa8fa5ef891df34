//! [`std::time`](::std::time), with a clock of its own in an exploration: it goes on when somebody looks at it, and
//! when nobody can do anything but wait.

use ::std::ops::{Add, AddAssign, Sub, SubAssign};
use ::std::panic::Location;
use ::std::time as real;
use interleave::operation::{Answer, Moment, Operation};
use interleave::{Task, current};
pub use real::{Duration, SystemTime, SystemTimeError, TryFromFloatSecsError, UNIX_EPOCH};

/// A moment, of the real clock or of that of an exploration.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Instant(Clock);

#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
enum Clock {
    Explored(Duration),
    Real(real::Instant),
}

/// The moment so much later than now.
pub(crate) fn deadline_after(task: &Task, limit: Duration) -> Moment {
    let limit = Moment::try_from(limit.as_nanos()).unwrap_or(Moment::MAX);
    task.clock().saturating_add(limit)
}

impl Instant {
    /// See [`std::time::Instant::now`](::std::time::Instant::now).
    #[track_caller]
    pub fn now() -> Self {
        let place = Location::caller();
        let Some(task) = current() else { return Self(Clock::Real(real::Instant::now())) };
        match task.perform(Operation::Now, place) {
            Answer::Number(moment) => Self(Clock::Explored(Duration::from_nanos(moment))),
            _ => unreachable!("a clock says a number"),
        }
    }

    /// For the stand-in of crossbeam: the moment of an exploration's clock.
    #[doc(hidden)]
    pub fn moment(self) -> Option<Moment> {
        match self.0 {
            Clock::Explored(moment) => Moment::try_from(moment.as_nanos()).ok(),
            Clock::Real(_) => None,
        }
    }

    /// For the stand-in of crossbeam: the moment of the real clock.
    #[doc(hidden)]
    pub fn real(self) -> Option<real::Instant> {
        match self.0 {
            Clock::Explored(_) => None,
            Clock::Real(moment) => Some(moment),
        }
    }

    /// See [`std::time::Instant::duration_since`](::std::time::Instant::duration_since).
    pub fn duration_since(&self, earlier: Self) -> Duration {
        self.checked_duration_since(earlier).unwrap_or_default()
    }

    /// See [`std::time::Instant::checked_duration_since`](::std::time::Instant::checked_duration_since).
    pub fn checked_duration_since(&self, earlier: Self) -> Option<Duration> {
        match (self.0, earlier.0) {
            (Clock::Explored(late), Clock::Explored(early)) => late.checked_sub(early),
            (Clock::Real(late), Clock::Real(early)) => late.checked_duration_since(early),
            // One of the two comes from outside the exploration.
            _ => None,
        }
    }

    /// See [`std::time::Instant::saturating_duration_since`](::std::time::Instant::saturating_duration_since).
    pub fn saturating_duration_since(&self, earlier: Self) -> Duration {
        self.duration_since(earlier)
    }

    /// See [`std::time::Instant::elapsed`](::std::time::Instant::elapsed).
    #[track_caller]
    pub fn elapsed(&self) -> Duration {
        Self::now().duration_since(*self)
    }

    /// See [`std::time::Instant::checked_add`](::std::time::Instant::checked_add).
    pub fn checked_add(&self, duration: Duration) -> Option<Self> {
        Some(Self(match self.0 {
            Clock::Explored(moment) => Clock::Explored(moment.checked_add(duration)?),
            Clock::Real(moment) => Clock::Real(moment.checked_add(duration)?),
        }))
    }

    /// See [`std::time::Instant::checked_sub`](::std::time::Instant::checked_sub).
    pub fn checked_sub(&self, duration: Duration) -> Option<Self> {
        Some(Self(match self.0 {
            Clock::Explored(moment) => Clock::Explored(moment.checked_sub(duration)?),
            Clock::Real(moment) => Clock::Real(moment.checked_sub(duration)?),
        }))
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        self.checked_add(duration).expect("overflow when adding duration to instant")
    }
}

impl Sub<Duration> for Instant {
    type Output = Self;

    fn sub(self, duration: Duration) -> Self {
        self.checked_sub(duration).expect("overflow when subtracting duration from instant")
    }
}

impl Sub for Instant {
    type Output = Duration;

    fn sub(self, earlier: Self) -> Duration {
        self.duration_since(earlier)
    }
}

impl AddAssign<Duration> for Instant {
    fn add_assign(&mut self, duration: Duration) {
        *self = *self + duration;
    }
}

impl SubAssign<Duration> for Instant {
    fn sub_assign(&mut self, duration: Duration) {
        *self = *self - duration;
    }
}
