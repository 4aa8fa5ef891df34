//! The end where messages come out.

use super::iter::{IntoIter, Iter, TryIter};
use super::recorded;
use super::timer::Timer;
use crate::end::End;
use crate::{task, time};
use crossbeam::channel::{self as real, RecvError, RecvTimeoutError, TryRecvError};
use interleave::Place;
use interleave::channel::{NotReceived, Shared};
use interleave::operation::Moment;
use std::fmt;
use std::panic::{Location, RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::time::Duration;

/// Receives messages from a channel.
pub struct Receiver<T> {
    pub(super) kind: Kind<T>,
}

pub(super) enum Kind<T> {
    /// With its number in the record of a run.
    Real(real::Receiver<T>, u32),
    Explored(End<T>),
    /// A timer sends into it. It is never disconnected, so nobody counts its receivers.
    Timed(Arc<Shared<T>>, Arc<Timer>),
}

// A panic leaves a channel as it was, whatever it carries.
impl<T> UnwindSafe for Receiver<T> {}
impl<T> RefUnwindSafe for Receiver<T> {}

impl<T> Receiver<T> {
    pub(super) fn real(receiver: real::Receiver<T>, number: u32) -> Self {
        Self { kind: Kind::Real(receiver, number) }
    }

    pub(super) fn explored(end: End<T>) -> Self {
        Self { kind: Kind::Explored(end) }
    }

    pub(super) fn timed(channel: Arc<Shared<T>>, timer: Timer) -> Self {
        Self { kind: Kind::Timed(channel, Arc::new(timer)) }
    }

    /// Receives, and waits until there is a message.
    ///
    /// # Errors
    /// When there is none, and nobody is left that could send one.
    #[track_caller]
    pub fn recv(&self) -> Result<T, RecvError> {
        self.recv_at(Location::caller())
    }

    /// As [`recv`](Self::recv), on behalf of this line.
    pub(super) fn recv_at(&self, place: Place) -> Result<T, RecvError> {
        match &self.kind {
            Kind::Real(receiver, number) => recorded("receive", *number, place, || receiver.recv()),
            _ => self.receive(None, place).map_err(|_| RecvError),
        }
    }

    /// Receives if there is a message.
    ///
    /// # Errors
    /// When there is none.
    #[track_caller]
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        self.try_recv_at(Location::caller())
    }

    /// As [`try_recv`](Self::try_recv), on behalf of this line.
    pub(super) fn try_recv_at(&self, place: Place) -> Result<T, TryRecvError> {
        let channel = match &self.kind {
            Kind::Real(receiver, number) => {
                return recorded("receive", *number, place, || receiver.try_recv());
            }
            Kind::Explored(end) => end.channel(),
            Kind::Timed(channel, timer) => {
                timer.look(&task(), place);
                channel
            }
        };
        channel.try_receive(&task(), place).map_err(|why| match why {
            NotReceived::Empty => TryRecvError::Empty,
            NotReceived::Disconnected => TryRecvError::Disconnected,
        })
    }

    /// Receives, and waits for a message, but not longer than so.
    ///
    /// # Errors
    /// When there was none in this time, or nobody is left that could send one.
    #[track_caller]
    pub fn recv_timeout(&self, timeout: Duration) -> Result<T, RecvTimeoutError> {
        match &self.kind {
            Kind::Real(receiver, number) => {
                let receive = || receiver.recv_timeout(timeout);
                recorded("receive", *number, Location::caller(), receive)
            }
            _ => self.receive_until(time::from_now(&task(), timeout)),
        }
    }

    /// Receives, and waits for a message until it is so late.
    ///
    /// # Errors
    /// When there was none until then, or nobody is left that could send one.
    #[track_caller]
    pub fn recv_deadline(&self, deadline: time::Deadline) -> Result<T, RecvTimeoutError> {
        match &self.kind {
            Kind::Real(receiver, number) => {
                let receive = || receiver.recv_deadline(time::real(deadline));
                recorded("receive", *number, Location::caller(), receive)
            }
            _ => self.receive_until(time::moment(deadline)),
        }
    }

    #[track_caller]
    fn receive_until(&self, deadline: Moment) -> Result<T, RecvTimeoutError> {
        self.receive(Some(deadline), Location::caller()).map_err(|why| match why {
            NotReceived::Empty => RecvTimeoutError::Timeout,
            NotReceived::Disconnected => RecvTimeoutError::Disconnected,
        })
    }

    /// Receives in an exploration.
    fn receive(&self, deadline: Option<Moment>, place: Place) -> Result<T, NotReceived> {
        let task = task();
        let (channel, timer) = self.parts().expect("the real ones receive by themselves");
        loop {
            let rings = timer.and_then(|timer| timer.catch_up(&task));
            let until = deadline.into_iter().chain(rings).min();
            match channel.receive(&task, until, place) {
                // The time of the timer has come, not that of the caller.
                Err(NotReceived::Empty) if until != deadline => {}
                received => return received,
            }
        }
    }

    /// The explored channel, and the timer that sends into it.
    pub(super) fn parts(&self) -> Option<(&Arc<Shared<T>>, Option<&Timer>)> {
        match &self.kind {
            Kind::Real(..) => None,
            Kind::Explored(end) => Some((end.channel(), None)),
            Kind::Timed(channel, timer) => Some((channel, Some(timer))),
        }
    }

    /// Is there no message in the channel?
    #[track_caller]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Is there no room in the channel?
    #[track_caller]
    pub fn is_full(&self) -> bool {
        self.capacity() == Some(self.len())
    }

    /// The number of messages in the channel.
    #[track_caller]
    pub fn len(&self) -> usize {
        match &self.kind {
            Kind::Real(receiver, _) => receiver.len(),
            Kind::Explored(end) => super::len(end.channel()),
            Kind::Timed(channel, timer) => {
                timer.look(&task(), Location::caller());
                super::len(channel)
            }
        }
    }

    /// The number of messages that fit in; `None` for any number.
    pub fn capacity(&self) -> Option<usize> {
        match &self.kind {
            Kind::Real(receiver, _) => receiver.capacity(),
            Kind::Explored(end) => end.channel().capacity(),
            Kind::Timed(channel, _) => channel.capacity(),
        }
    }

    /// Receives until nobody is left that could send.
    #[track_caller]
    pub fn iter(&self) -> Iter<'_, T> {
        Iter { receiver: self, made: Location::caller() }
    }

    /// Receives what is there.
    #[track_caller]
    pub fn try_iter(&self) -> TryIter<'_, T> {
        TryIter { receiver: self, made: Location::caller() }
    }

    /// Do both receive from the same channel?
    pub fn same_channel(&self, other: &Self) -> bool {
        match (&self.kind, &other.kind) {
            (Kind::Real(one, _), Kind::Real(other, _)) => one.same_channel(other),
            _ => match (self.parts(), other.parts()) {
                (Some((one, _)), Some((other, _))) => Arc::ptr_eq(one, other),
                _ => false,
            },
        }
    }
}

impl<T> Clone for Receiver<T> {
    #[track_caller]
    fn clone(&self) -> Self {
        let kind = match &self.kind {
            Kind::Real(receiver, number) => Kind::Real(receiver.clone(), *number),
            Kind::Explored(end) => Kind::Explored(end.clone_at(Location::caller())),
            Kind::Timed(channel, timer) => Kind::Timed(Arc::clone(channel), Arc::clone(timer)),
        };
        Self { kind }
    }
}

impl<'a, T> IntoIterator for &'a Receiver<T> {
    type Item = T;
    type IntoIter = Iter<'a, T>;

    #[track_caller]
    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<T> IntoIterator for Receiver<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    #[track_caller]
    fn into_iter(self) -> IntoIter<T> {
        IntoIter { receiver: self, made: Location::caller() }
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("Receiver { .. }")
    }
}
