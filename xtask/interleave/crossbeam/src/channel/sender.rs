//! The end where messages go in.

use super::recorded;
use crate::end::End;
use crate::{task, time};
use crossbeam::channel::{self as real, SendError, SendTimeoutError, TrySendError};
use interleave::channel::{NotSent, Shared};
use interleave::operation::Moment;
use std::fmt;
use std::panic::{Location, RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::time::Duration;

/// Sends messages into a channel.
pub struct Sender<T> {
    pub(super) kind: Kind<T>,
}

pub(super) enum Kind<T> {
    /// With its number in the record of a run.
    Real(real::Sender<T>, u32),
    Explored(End<T>),
}

// A panic leaves a channel as it was, whatever it carries.
impl<T> UnwindSafe for Sender<T> {}
impl<T> RefUnwindSafe for Sender<T> {}

impl<T> Sender<T> {
    pub(super) fn real(sender: real::Sender<T>, number: u32) -> Self {
        Self { kind: Kind::Real(sender, number) }
    }

    pub(super) fn explored(end: End<T>) -> Self {
        Self { kind: Kind::Explored(end) }
    }

    /// Sends, and waits until there is room.
    ///
    /// # Errors
    /// The message, when nobody is left that could receive it.
    #[track_caller]
    pub fn send(&self, message: T) -> Result<(), SendError<T>> {
        match &self.kind {
            Kind::Real(sender, number) => {
                recorded("send", *number, Location::caller(), || sender.send(message))
            }
            Kind::Explored(end) => {
                end.channel().send(&task(), message, None, Location::caller()).map_err(disconnected)
            }
        }
    }

    /// Sends if there is room.
    ///
    /// # Errors
    /// The message, when there is none, or nobody is left that could receive it.
    #[track_caller]
    pub fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        match &self.kind {
            Kind::Real(sender, number) => {
                recorded("send", *number, Location::caller(), || sender.try_send(message))
            }
            Kind::Explored(end) => {
                let sent = end.channel().try_send(&task(), message, Location::caller());
                sent.map_err(|not_sent| match not_sent {
                    NotSent::Full(message) => TrySendError::Full(message),
                    NotSent::Disconnected(message) => TrySendError::Disconnected(message),
                })
            }
        }
    }

    /// Sends, and waits for room, but not longer than so.
    ///
    /// # Errors
    /// The message, when it was not sent.
    #[track_caller]
    pub fn send_timeout(&self, message: T, timeout: Duration) -> Result<(), SendTimeoutError<T>> {
        match &self.kind {
            Kind::Real(sender, number) => {
                let send = || sender.send_timeout(message, timeout);
                recorded("send", *number, Location::caller(), send)
            }
            Kind::Explored(end) => {
                send_until(end.channel(), message, time::from_now(&task(), timeout))
            }
        }
    }

    /// Sends, and waits for room until it is so late.
    ///
    /// # Errors
    /// The message, when it was not sent.
    #[track_caller]
    pub fn send_deadline(
        &self,
        message: T,
        deadline: time::Deadline,
    ) -> Result<(), SendTimeoutError<T>> {
        match &self.kind {
            Kind::Real(sender, number) => {
                let send = || sender.send_deadline(message, time::real(deadline));
                recorded("send", *number, Location::caller(), send)
            }
            Kind::Explored(end) => send_until(end.channel(), message, time::moment(deadline)),
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
            Kind::Real(sender, _) => sender.len(),
            Kind::Explored(end) => super::len(end.channel()),
        }
    }

    /// The number of messages that fit in; `None` for any number.
    pub fn capacity(&self) -> Option<usize> {
        match &self.kind {
            Kind::Real(sender, _) => sender.capacity(),
            Kind::Explored(end) => end.channel().capacity(),
        }
    }

    /// Do both send into the same channel?
    pub fn same_channel(&self, other: &Self) -> bool {
        match (&self.kind, &other.kind) {
            (Kind::Real(one, _), Kind::Real(other, _)) => one.same_channel(other),
            (Kind::Explored(one), Kind::Explored(other)) => {
                Arc::ptr_eq(one.channel(), other.channel())
            }
            _ => false,
        }
    }
}

/// Why it was not sent, where there is only one reason.
pub(super) fn disconnected<T>(not_sent: NotSent<T>) -> SendError<T> {
    let (NotSent::Full(message) | NotSent::Disconnected(message)) = not_sent;
    SendError(message)
}

#[track_caller]
fn send_until<T>(
    channel: &Shared<T>,
    message: T,
    deadline: Moment,
) -> Result<(), SendTimeoutError<T>> {
    let sent = channel.send(&task(), message, Some(deadline), Location::caller());
    sent.map_err(|not_sent| match not_sent {
        NotSent::Full(message) => SendTimeoutError::Timeout(message),
        NotSent::Disconnected(message) => SendTimeoutError::Disconnected(message),
    })
}

impl<T> Clone for Sender<T> {
    #[track_caller]
    fn clone(&self) -> Self {
        match &self.kind {
            Kind::Real(sender, number) => Self::real(sender.clone(), *number),
            Kind::Explored(end) => Self::explored(end.clone_at(Location::caller())),
        }
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("Sender { .. }")
    }
}
