//! Waits for several channels, and does what can be done first.

use super::receiver::{self, Receiver};
use super::recorded;
use super::sender::{self, Sender};
use super::timer::Timer;
use crate::{task, time};
use crossbeam::channel::{self as real, RecvError, SelectTimeoutError, SendError, TrySelectError};
use interleave::channel::select;
use interleave::operation::{Arm, Moment, Patience};
use interleave::record;
use std::fmt;
use std::mem;
use std::panic::Location;
use std::time::Duration;

/// A list of things to do, of which one will be done.
#[derive(Clone)]
pub struct Select<'a> {
    kind: Kind<'a>,
}

#[derive(Clone)]
enum Kind<'a> {
    Real(real::Select<'a>),
    Explored {
        arms: Vec<Listed<'a>>,
        /// The number of the next one.
        next: usize,
    },
}

#[derive(Clone)]
struct Listed<'a> {
    index: usize,
    arm: Arm,
    timer: Option<&'a Timer>,
}

/// The one that was chosen. It still has to be carried out.
#[must_use = "it has to be carried out"]
pub struct SelectedOperation<'a> {
    kind: Chosen<'a>,
}

enum Chosen<'a> {
    Real(real::SelectedOperation<'a>),
    Explored(usize, Promise),
}

/// That a chosen arm will be carried out. The explorer has counted on it.
struct Promise(Arm);

impl<'a> Select<'a> {
    /// An empty list.
    pub fn new() -> Self {
        let kind = match interleave::current() {
            Some(_) => Kind::Explored { arms: vec![], next: 0 },
            None => Kind::Real(real::Select::new()),
        };
        Self { kind }
    }

    /// Adds to send into this channel. Returns the number of this operation.
    pub fn send<T>(&mut self, sender: &'a Sender<T>) -> usize {
        match (&mut self.kind, &sender.kind) {
            (Kind::Real(select), sender::Kind::Real(sender, _)) => select.send(sender),
            (Kind::Explored { arms, next }, sender::Kind::Explored(end)) => {
                let arm = Arm::Send(end.channel().id(&task()));
                list(arms, next, arm, None)
            }
            _ => mixed(),
        }
    }

    /// Adds to receive from this channel. Returns the number of this operation.
    pub fn recv<T>(&mut self, receiver: &'a Receiver<T>) -> usize {
        match (&mut self.kind, &receiver.kind) {
            (Kind::Real(select), receiver::Kind::Real(receiver, _)) => select.recv(receiver),
            (Kind::Explored { arms, next }, _) => {
                let Some((channel, timer)) = receiver.parts() else { mixed() };
                list(arms, next, Arm::Receive(channel.id(&task())), timer)
            }
            _ => mixed(),
        }
    }

    /// Takes an operation out of the list.
    ///
    /// # Panics
    /// When it is not in the list.
    pub fn remove(&mut self, index: usize) {
        match &mut self.kind {
            Kind::Real(select) => select.remove(index),
            Kind::Explored { arms, .. } => {
                let position = arms.iter().position(|listed| listed.index == index);
                arms.remove(position.expect("no operation with this index"));
            }
        }
    }

    /// Chooses one that can be done at once.
    ///
    /// # Errors
    /// When there is none.
    #[track_caller]
    pub fn try_select(&mut self) -> Result<SelectedOperation<'a>, TrySelectError> {
        match &mut self.kind {
            Kind::Real(select) => select.try_select().map(SelectedOperation::real),
            Kind::Explored { arms, .. } => choose(arms, Patience::None).ok_or(TrySelectError),
        }
    }

    /// Chooses one that can be done, and waits until there is one.
    ///
    /// # Panics
    /// When the list is empty.
    #[track_caller]
    pub fn select(&mut self) -> SelectedOperation<'a> {
        match &mut self.kind {
            Kind::Real(select) => {
                let chosen = match record::is_on() {
                    true => {
                        let place = Location::caller();
                        record::wait("select", 0, 0, place, || select.select(), |_| true)
                    }
                    false => select.select(),
                };
                SelectedOperation::real(chosen)
            }
            Kind::Explored { arms, .. } => {
                assert!(!arms.is_empty(), "no operations have been added to `Select`");
                choose(arms, Patience::Endless).expect("its patience has no end")
            }
        }
    }

    /// Chooses one that can be done, and waits for one, but not longer than so.
    ///
    /// # Errors
    /// When there was none in this time.
    #[track_caller]
    pub fn select_timeout(
        &mut self,
        timeout: Duration,
    ) -> Result<SelectedOperation<'a>, SelectTimeoutError> {
        match &mut self.kind {
            Kind::Real(select) => select.select_timeout(timeout).map(SelectedOperation::real),
            Kind::Explored { arms, .. } => choose_until(arms, time::from_now(&task(), timeout)),
        }
    }

    /// Chooses one that can be done, and waits for one until it is so late.
    ///
    /// # Errors
    /// When there was none until then.
    #[track_caller]
    pub fn select_deadline(
        &mut self,
        deadline: time::Deadline,
    ) -> Result<SelectedOperation<'a>, SelectTimeoutError> {
        match &mut self.kind {
            Kind::Real(select) => {
                select.select_deadline(time::real(deadline)).map(SelectedOperation::real)
            }
            Kind::Explored { arms, .. } => choose_until(arms, time::moment(deadline)),
        }
    }
}

fn list<'a>(
    arms: &mut Vec<Listed<'a>>,
    next: &mut usize,
    arm: Arm,
    timer: Option<&'a Timer>,
) -> usize {
    let index = *next;
    arms.push(Listed { index, arm, timer });
    *next += 1;
    index
}

#[track_caller]
fn choose_until<'a>(
    arms: &[Listed<'_>],
    deadline: Moment,
) -> Result<SelectedOperation<'a>, SelectTimeoutError> {
    choose(arms, Patience::Until(deadline)).ok_or(SelectTimeoutError)
}

#[track_caller]
fn choose<'a>(arms: &[Listed<'_>], patience: Patience) -> Option<SelectedOperation<'a>> {
    let (task, place) = (task(), Location::caller());
    let wanted: Vec<Arm> = arms.iter().map(|listed| listed.arm).collect();
    let timers = arms.iter().filter_map(|listed| listed.timer);
    if patience == Patience::None {
        timers.clone().for_each(|timer| timer.look(&task, place));
    }
    loop {
        let rings = timers.clone().filter_map(|timer| timer.catch_up(&task)).min();
        let until = match (patience, rings) {
            (Patience::Until(deadline), Some(rings)) => Patience::Until(deadline.min(rings)),
            (Patience::Endless, Some(rings)) => Patience::Until(rings),
            _ => patience,
        };
        match select(&task, wanted.clone(), until, place) {
            // The time of a timer has come, not that of the caller.
            None if until != patience => {}
            chosen => {
                let Listed { index, arm, .. } = arms[chosen?];
                return Some(SelectedOperation { kind: Chosen::Explored(index, Promise(arm)) });
            }
        }
    }
}

/// The explorer can't see a channel from outside, and outside nobody can see one of the explorer.
fn mixed() -> ! {
    assert!(
        interleave::current().is_some(),
        "a channel of an exploration is selected outside of it"
    );
    // It waits in a way that the explorer takes for what it is: something that can't be checked.
    loop {
        std::thread::park();
    }
}

impl<'a> SelectedOperation<'a> {
    fn real(operation: real::SelectedOperation<'a>) -> Self {
        Self { kind: Chosen::Real(operation) }
    }

    /// Its number.
    pub fn index(&self) -> usize {
        match &self.kind {
            Chosen::Real(operation) => operation.index(),
            Chosen::Explored(index, _) => *index,
        }
    }

    /// Sends into the chosen channel.
    ///
    /// # Errors
    /// The message, when nobody is left that could receive it.
    ///
    /// # Panics
    /// When it is not the chosen one.
    #[track_caller]
    pub fn send<T>(self, sender: &Sender<T>, message: T) -> Result<(), SendError<T>> {
        match (self.kind, &sender.kind) {
            (Chosen::Real(operation), sender::Kind::Real(sender, number)) => {
                let place = Location::caller();
                recorded("send", *number, place, || operation.send(sender, message))
            }
            (Chosen::Explored(_, promise), sender::Kind::Explored(end)) => {
                let channel = end.channel();
                promise.keep(Arm::Send(channel.id(&task())));
                channel.send_chosen(&task(), message).map_err(sender::disconnected)
            }
            _ => panic!("passed a sender that wasn't selected"),
        }
    }

    /// Receives from the chosen channel.
    ///
    /// # Errors
    /// When there is no message, and nobody is left that could send one.
    ///
    /// # Panics
    /// When it is not the chosen one.
    #[track_caller]
    pub fn recv<T>(self, receiver: &Receiver<T>) -> Result<T, RecvError> {
        match (self.kind, &receiver.kind) {
            (Chosen::Real(operation), receiver::Kind::Real(receiver, number)) => {
                let place = Location::caller();
                recorded("receive", *number, place, || operation.recv(receiver))
            }
            (Chosen::Explored(_, promise), _) => {
                let (channel, _) =
                    receiver.parts().expect("passed a receiver that wasn't selected");
                promise.keep(Arm::Receive(channel.id(&task())));
                channel.receive_chosen(&task()).map_err(|_| RecvError)
            }
            _ => panic!("passed a receiver that wasn't selected"),
        }
    }
}

impl Promise {
    fn keep(self, arm: Arm) {
        assert!(self.0 == arm, "passed a channel that wasn't selected");
        mem::forget(self);
    }
}

impl Drop for Promise {
    fn drop(&mut self) {
        // A second panic would end the process, and hide the first.
        if !std::thread::panicking() {
            panic!("dropped `SelectedOperation` without completing the operation");
        }
    }
}

impl Default for Select<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Select<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("Select { .. }")
    }
}

impl fmt::Debug for SelectedOperation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("SelectedOperation { .. }")
    }
}
