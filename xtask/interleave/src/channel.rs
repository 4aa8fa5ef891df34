//! A channel of an exploration: what the channels of `std` and of `crossbeam` have in common. It exists only inside
//! one; outside, the stand-ins use the real ones.

use crate::Place;
use crate::object::{Channel, Handle, ObjectId, State};
use crate::operation::{Answer, Arm, Moment, Operation, Patience, Side};
use crate::scheduler::{Task, current};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The messages of a channel, and its ends.
#[derive(Debug)]
pub struct Shared<T> {
    handle: Handle,
    inner: Mutex<Inner<T>>,
}

#[derive(Debug)]
struct Inner<T> {
    messages: BTreeMap<u64, T>,
    capacity: Option<usize>,
    /// How many of each there are, also between two executions: a channel may be in a static.
    senders: usize,
    receivers: usize,
}

impl<T> Inner<T> {
    fn ends(&mut self, side: Side) -> &mut usize {
        match side {
            Side::Sender => &mut self.senders,
            Side::Receiver => &mut self.receivers,
        }
    }

    /// What the channel is like when an execution meets it.
    fn state(&self) -> State {
        State::Channel(Channel {
            messages: self.messages.keys().copied().collect(),
            next: self.messages.keys().next_back().map_or(0, |last| last + 1),
            capacity: self.capacity,
            senders: self.senders,
            receivers: self.receivers,
        })
    }
}

/// Why a message was not sent.
#[derive(Debug)]
pub enum NotSent<T> {
    /// There was no room for it (in time).
    Full(T),
    /// Nobody is left that could receive it.
    Disconnected(T),
}

/// Why no message was received.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum NotReceived {
    /// There was none (in time).
    Empty,
    /// There is none, and nobody is left that could send one.
    Disconnected,
}

impl<T> Shared<T> {
    /// A channel with one sender and one receiver, made at this place in an exploration.
    pub fn new(task: &Task, capacity: Option<usize>, place: Place) -> Arc<Self> {
        let inner = Inner { messages: BTreeMap::new(), capacity, senders: 1, receivers: 1 };
        let shared = Arc::new(Self { handle: Handle::at(place), inner: Mutex::new(inner) });
        shared.id(task);
        shared
    }

    /// The number of the channel in this execution. What was left in it by an earlier one is still there.
    pub fn id(&self, task: &Task) -> ObjectId {
        self.handle.id(task, || self.inner().state())
    }

    fn inner(&self) -> MutexGuard<'_, Inner<T>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends, and waits for room (until the deadline); with a capacity of 0, until somebody takes it.
    ///
    /// # Errors
    /// The message, when it was not sent.
    pub fn send(
        &self,
        task: &Task,
        message: T,
        deadline: Option<Moment>,
        place: Place,
    ) -> Result<(), NotSent<T>> {
        let id = self.id(task);
        let number = match task.perform(Operation::Send(id, deadline), place) {
            Answer::Number(number) => number,
            Answer::TimedOut => return Err(NotSent::Full(message)),
            _ => return Err(NotSent::Disconnected(message)),
        };
        self.inner().messages.insert(number, message);
        if self.inner().capacity != Some(0) {
            return Ok(());
        }
        let why_not = match task.perform(Operation::Handover(id, number, deadline), place) {
            Answer::TimedOut => NotSent::Full,
            Answer::Disconnected => NotSent::Disconnected,
            _ => return Ok(()),
        };
        match self.inner().messages.remove(&number) {
            Some(message) => Err(why_not(message)),
            None => Ok(()),
        }
    }

    /// Sends if there is room at once.
    ///
    /// # Errors
    /// The message, when it was not sent.
    pub fn try_send(&self, task: &Task, message: T, place: Place) -> Result<(), NotSent<T>> {
        let id = self.id(task);
        let answer = task.perform(Operation::TrySend(id), place);
        self.sent(answer, message)
    }

    /// After a selection has chosen to send into this channel.
    ///
    /// # Errors
    /// The message, when nobody is left that could receive it.
    pub fn send_chosen(&self, task: &Task, message: T) -> Result<(), NotSent<T>> {
        let answer = task.send_chosen(self.id(task));
        self.sent(answer, message)
    }

    fn sent(&self, answer: Answer, message: T) -> Result<(), NotSent<T>> {
        match answer {
            Answer::Number(number) => {
                self.inner().messages.insert(number, message);
                Ok(())
            }
            Answer::Refused => Err(NotSent::Full(message)),
            _ => Err(NotSent::Disconnected(message)),
        }
    }

    /// Receives, and waits for a message (until the deadline).
    ///
    /// # Errors
    /// Why there is none.
    pub fn receive(
        &self,
        task: &Task,
        deadline: Option<Moment>,
        place: Place,
    ) -> Result<T, NotReceived> {
        let answer = task.perform(Operation::Receive(self.id(task), deadline), place);
        self.received(answer)
    }

    /// Receives if there is a message.
    ///
    /// # Errors
    /// Why there is none.
    pub fn try_receive(&self, task: &Task, place: Place) -> Result<T, NotReceived> {
        let answer = task.perform(Operation::TryReceive(self.id(task)), place);
        self.received(answer)
    }

    /// After a selection has chosen to receive from this channel.
    ///
    /// # Errors
    /// When nobody is left that could send.
    pub fn receive_chosen(&self, task: &Task) -> Result<T, NotReceived> {
        let answer = task.receive_chosen(self.id(task));
        self.received(answer)
    }

    fn received(&self, answer: Answer) -> Result<T, NotReceived> {
        match answer {
            Answer::Number(number) => {
                self.inner().messages.remove(&number).ok_or(NotReceived::Empty)
            }
            Answer::Disconnected => Err(NotReceived::Disconnected),
            _ => Err(NotReceived::Empty),
        }
    }

    /// How many messages are in it.
    pub fn len(&self, task: &Task, place: Place) -> usize {
        task.perform(Operation::PeekChannel(self.id(task)), place);
        self.inner().messages.len()
    }

    /// How many fit in.
    pub fn capacity(&self) -> Option<usize> {
        self.inner().capacity
    }

    /// There is one end more.
    pub fn connect(&self, side: Side) {
        if let Some(task) = current() {
            task.connect(self.id(&task), side);
        }
        *self.inner().ends(side) += 1;
    }

    /// There is one end less. With the last receiver the messages go.
    pub fn disconnect(&self, side: Side, place: Place) {
        let answer =
            current().map(|task| task.perform(Operation::Disconnect(self.id(&task), side), place));
        let left = {
            let mut inner = self.inner();
            let ends = inner.ends(side);
            *ends = ends.saturating_sub(1);
            *ends
        };
        let is_over = answer.is_none() && side == Side::Receiver && left == 0;
        if is_over || answer == Some(Answer::Disconnected) {
            // Dropped without the lock in hand: they may hold ends of channels themselves.
            let messages = std::mem::take(&mut self.inner().messages);
            drop(messages);
        }
    }
}

/// Waits until one of the arms can be carried out, and says which; `None` when its patience is over.
pub fn select(task: &Task, arms: Vec<Arm>, patience: Patience, place: Place) -> Option<usize> {
    match task.perform(Operation::Select(arms, patience), place) {
        Answer::Number(arm) => usize::try_from(arm).ok(),
        _ => None,
    }
}
