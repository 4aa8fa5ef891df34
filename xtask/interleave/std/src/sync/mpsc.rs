//! [`std::sync::mpsc`](::std::sync::mpsc). A channel is an explored one if it was made in an exploration.

use crate::time::deadline_after;
use ::std::fmt;
use ::std::panic::Location;
use ::std::sync::{Arc, mpsc as real};
use ::std::time::Duration;
use interleave::channel::{NotReceived, NotSent, Shared};
use interleave::operation::Side;
use interleave::{Place, current, own_line, record};

pub use real::{RecvError, RecvTimeoutError, SendError, TryRecvError, TrySendError};

/// The sending end of a channel without a limit.
pub struct Sender<T>(Sending<real::Sender<T>, T>);

/// The sending end of a channel with a limit.
pub struct SyncSender<T>(Sending<real::SyncSender<T>, T>);

/// The receiving end.
pub struct Receiver<T>(Receiving<T>);

enum Sending<R, T> {
    /// With its number in the record of a run.
    Real(R, u32),
    Explored(End<T>),
}

enum Receiving<T> {
    Real(real::Receiver<T>, u32),
    Explored(End<T>),
}

/// One end of an explored channel.
struct End<T> {
    shared: Arc<Shared<T>>,
    side: Side,
}

impl<T> Clone for End<T> {
    fn clone(&self) -> Self {
        self.shared.connect(self.side);
        Self { shared: Arc::clone(&self.shared), side: self.side }
    }
}

impl<T> Drop for End<T> {
    #[track_caller]
    fn drop(&mut self) {
        self.shared.disconnect(self.side, Location::caller());
    }
}

impl<R: Clone, T> Clone for Sending<R, T> {
    fn clone(&self) -> Self {
        match self {
            Self::Real(real, number) => Self::Real(real.clone(), *number),
            Self::Explored(end) => Self::Explored(end.clone()),
        }
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Clone for SyncSender<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// See [`std::sync::mpsc::channel`](::std::sync::mpsc::channel).
#[track_caller]
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    match explored(None, Location::caller()) {
        Some((sender, receiver)) => {
            (Sender(Sending::Explored(sender)), Receiver(Receiving::Explored(receiver)))
        }
        None => {
            let (sender, receiver) = real::channel();
            let number = record::new_object("channel", Location::caller());
            (Sender(Sending::Real(sender, number)), Receiver(Receiving::Real(receiver, number)))
        }
    }
}

/// See [`std::sync::mpsc::sync_channel`](::std::sync::mpsc::sync_channel).
#[track_caller]
pub fn sync_channel<T>(bound: usize) -> (SyncSender<T>, Receiver<T>) {
    match explored(Some(bound), Location::caller()) {
        Some((sender, receiver)) => {
            (SyncSender(Sending::Explored(sender)), Receiver(Receiving::Explored(receiver)))
        }
        None => {
            let (sender, receiver) = real::sync_channel(bound);
            let number = record::new_object("channel", Location::caller());
            (SyncSender(Sending::Real(sender, number)), Receiver(Receiving::Real(receiver, number)))
        }
    }
}

/// Sends or receives, and puts it into the record when there is one.
fn recorded<R, E>(
    what: &str,
    number: u32,
    place: Place,
    act: impl FnOnce() -> Result<R, E>,
) -> Result<R, E> {
    match record::is_on() {
        true => record::wait(what, number, 0, place, act, Result::is_ok),
        false => act(),
    }
}

fn explored<T>(capacity: Option<usize>, place: Place) -> Option<(End<T>, End<T>)> {
    let shared = Shared::new(&current()?, capacity, place);
    let sender = End { shared: Arc::clone(&shared), side: Side::Sender };
    Some((sender, End { shared, side: Side::Receiver }))
}

impl<T> End<T> {
    fn send(&self, message: T, place: Place) -> Result<(), SendError<T>> {
        // Outside the exploration the other end is gone with it.
        let Some(task) = current() else { return Err(SendError(message)) };
        self.shared.send(&task, message, None, place).map_err(|not_sent| match not_sent {
            NotSent::Full(message) | NotSent::Disconnected(message) => SendError(message),
        })
    }

    fn receive(&self, limit: Option<Duration>, place: Place) -> Result<T, NotReceived> {
        let task = current().ok_or(NotReceived::Disconnected)?;
        let deadline = limit.map(|limit| deadline_after(&task, limit));
        self.shared.receive(&task, deadline, place)
    }
}

impl<T> Sender<T> {
    /// See [`std::sync::mpsc::Sender::send`](::std::sync::mpsc::Sender::send).
    #[track_caller]
    pub fn send(&self, message: T) -> Result<(), SendError<T>> {
        match &self.0 {
            Sending::Real(real, number) => {
                recorded("send", *number, Location::caller(), || real.send(message))
            }
            Sending::Explored(end) => end.send(message, Location::caller()),
        }
    }
}

impl<T> SyncSender<T> {
    /// See [`std::sync::mpsc::SyncSender::send`](::std::sync::mpsc::SyncSender::send).
    #[track_caller]
    pub fn send(&self, message: T) -> Result<(), SendError<T>> {
        match &self.0 {
            Sending::Real(real, number) => {
                recorded("send", *number, Location::caller(), || real.send(message))
            }
            Sending::Explored(end) => end.send(message, Location::caller()),
        }
    }

    /// See [`std::sync::mpsc::SyncSender::try_send`](::std::sync::mpsc::SyncSender::try_send).
    #[track_caller]
    pub fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        let place = Location::caller();
        match &self.0 {
            Sending::Real(real, number) => {
                recorded("send", *number, place, || real.try_send(message))
            }
            Sending::Explored(end) => {
                let Some(task) = current() else { return Err(TrySendError::Disconnected(message)) };
                end.shared.try_send(&task, message, place).map_err(|not_sent| match not_sent {
                    NotSent::Full(message) => TrySendError::Full(message),
                    NotSent::Disconnected(message) => TrySendError::Disconnected(message),
                })
            }
        }
    }
}

impl<T> Receiver<T> {
    /// See [`std::sync::mpsc::Receiver::recv`](::std::sync::mpsc::Receiver::recv).
    #[track_caller]
    pub fn recv(&self) -> Result<T, RecvError> {
        self.recv_at(Location::caller())
    }

    fn recv_at(&self, place: Place) -> Result<T, RecvError> {
        match &self.0 {
            Receiving::Real(real, number) => recorded("receive", *number, place, || real.recv()),
            Receiving::Explored(end) => end.receive(None, place).map_err(|_| RecvError),
        }
    }

    /// See [`std::sync::mpsc::Receiver::recv_timeout`](::std::sync::mpsc::Receiver::recv_timeout).
    #[track_caller]
    pub fn recv_timeout(&self, timeout: Duration) -> Result<T, RecvTimeoutError> {
        match &self.0 {
            Receiving::Real(real, number) => {
                recorded("receive", *number, Location::caller(), || real.recv_timeout(timeout))
            }
            Receiving::Explored(end) => {
                end.receive(Some(timeout), Location::caller()).map_err(|why| match why {
                    NotReceived::Empty => RecvTimeoutError::Timeout,
                    NotReceived::Disconnected => RecvTimeoutError::Disconnected,
                })
            }
        }
    }

    /// See [`std::sync::mpsc::Receiver::try_recv`](::std::sync::mpsc::Receiver::try_recv).
    #[track_caller]
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        self.try_recv_at(Location::caller())
    }

    fn try_recv_at(&self, place: Place) -> Result<T, TryRecvError> {
        match &self.0 {
            Receiving::Real(real, number) => {
                recorded("receive", *number, place, || real.try_recv())
            }
            Receiving::Explored(end) => {
                let task = current().ok_or(TryRecvError::Disconnected)?;
                end.shared.try_receive(&task, place).map_err(|why| match why {
                    NotReceived::Empty => TryRecvError::Empty,
                    NotReceived::Disconnected => TryRecvError::Disconnected,
                })
            }
        }
    }

    /// See [`std::sync::mpsc::Receiver::iter`](::std::sync::mpsc::Receiver::iter).
    #[track_caller]
    pub fn iter(&self) -> Iter<'_, T> {
        Iter(self, Location::caller())
    }

    /// See [`std::sync::mpsc::Receiver::try_iter`](::std::sync::mpsc::Receiver::try_iter).
    #[track_caller]
    pub fn try_iter(&self) -> TryIter<'_, T> {
        TryIter(self, Location::caller())
    }
}

/// The messages, until the last sender is gone.
#[derive(Debug)]
pub struct Iter<'a, T>(&'a Receiver<T>, Place);

/// The messages that are there.
#[derive(Debug)]
pub struct TryIter<'a, T>(&'a Receiver<T>, Place);

/// The messages, until the last sender is gone.
#[derive(Debug)]
pub struct IntoIter<T>(Receiver<T>, Place);

impl<T> Iterator for Iter<'_, T> {
    type Item = T;

    #[track_caller]
    fn next(&mut self) -> Option<T> {
        self.0.recv_at(own_line(Location::caller(), self.1)).ok()
    }
}

impl<T> Iterator for TryIter<'_, T> {
    type Item = T;

    #[track_caller]
    fn next(&mut self) -> Option<T> {
        self.0.try_recv_at(own_line(Location::caller(), self.1)).ok()
    }
}

impl<T> Iterator for IntoIter<T> {
    type Item = T;

    #[track_caller]
    fn next(&mut self) -> Option<T> {
        self.0.recv_at(own_line(Location::caller(), self.1)).ok()
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
        IntoIter(self, Location::caller())
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for SyncSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SyncSender").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").finish_non_exhaustive()
    }
}
