//! Channels, as in `crossbeam::channel`.

mod iter;
mod receiver;
mod select_macro;
mod selection;
mod sender;
mod timer;

pub use crate::select;
pub use crossbeam::channel::{
    RecvError, RecvTimeoutError, SelectTimeoutError, SendError, SendTimeoutError, TryRecvError,
    TrySelectError, TrySendError,
};
pub use iter::{IntoIter, Iter, TryIter};
pub use receiver::Receiver;
pub use selection::{Select, SelectedOperation};
pub use sender::Sender;

use crate::end::End;
use crate::{task, time};
use crossbeam::channel as real;
use interleave::channel::Shared;
use interleave::operation::Side;
use interleave::{Place, record};
use std::panic::Location;
use std::sync::Arc;
use std::time::{Duration, Instant};
use timer::Timer;

/// A channel with place for so many messages. With 0 each one goes from hand to hand.
#[track_caller]
pub fn bounded<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    let place = Location::caller();
    channel(Some(capacity)).unwrap_or_else(|| {
        let (sender, receiver) = real::bounded(capacity);
        let number = record::new_object("channel", place);
        (Sender::real(sender, number), Receiver::real(receiver, number))
    })
}

/// A channel with place for any number of messages.
#[track_caller]
pub fn unbounded<T>() -> (Sender<T>, Receiver<T>) {
    let place = Location::caller();
    channel(None).unwrap_or_else(|| {
        let (sender, receiver) = real::unbounded();
        let number = record::new_object("channel", place);
        (Sender::real(sender, number), Receiver::real(receiver, number))
    })
}

/// An explored channel, in an exploration.
#[track_caller]
fn channel<T>(capacity: Option<usize>) -> Option<(Sender<T>, Receiver<T>)> {
    let task = interleave::current()?;
    let place = Location::caller();
    let channel = Shared::new(&task, capacity, place);
    let sender = End::new(Arc::clone(&channel), Side::Sender, place);
    let receiver = End::new(channel, Side::Receiver, place);
    Some((Sender::explored(sender), Receiver::explored(receiver)))
}

/// Receives one message, after this time.
#[track_caller]
pub fn after(time: Duration) -> Receiver<Instant> {
    match interleave::current() {
        Some(task) => {
            let channel = Shared::new(&task, Some(1), Location::caller());
            let timer = Timer::once(Arc::clone(&channel), time::from_now(&task, time));
            Receiver::timed(channel, timer)
        }
        None => Receiver::real(real::after(time), timer_number(Location::caller())),
    }
}

/// Receives one message, when it is so late.
#[track_caller]
pub fn at(when: time::Deadline) -> Receiver<Instant> {
    match interleave::current() {
        Some(task) => {
            let channel = Shared::new(&task, Some(1), Location::caller());
            let timer = Timer::once(Arc::clone(&channel), time::moment(when));
            Receiver::timed(channel, timer)
        }
        None => Receiver::real(real::at(time::real(when)), timer_number(Location::caller())),
    }
}

/// Receives a message each time that this time has passed.
#[track_caller]
pub fn tick(time: Duration) -> Receiver<Instant> {
    match interleave::current() {
        Some(task) => {
            let channel = Shared::new(&task, Some(1), Location::caller());
            let timer = Timer::again_and_again(Arc::clone(&channel), &task, time);
            Receiver::timed(channel, timer)
        }
        None => Receiver::real(real::tick(time), timer_number(Location::caller())),
    }
}

/// Never receives anything, and is never disconnected.
#[track_caller]
pub fn never<T>() -> Receiver<T> {
    match interleave::current() {
        Some(task) => {
            Receiver::timed(Shared::new(&task, Some(0), Location::caller()), Timer::never())
        }
        None => Receiver::real(real::never(), timer_number(Location::caller())),
    }
}

fn timer_number(place: Place) -> u32 {
    record::new_object("timer", place)
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

/// The number of messages in an explored channel. One without places has none: what is offered there is still with
/// its sender.
#[track_caller]
fn len<T>(channel: &Shared<T>) -> usize {
    let offered_or_in = channel.len(&task(), Location::caller());
    if channel.capacity() == Some(0) { 0 } else { offered_or_in }
}
