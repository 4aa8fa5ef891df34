//! A receiver as an iterator. It knows where it was made: an adaptor that asks for the next message has no line of the program.

use super::receiver::Receiver;
use interleave::{Place, own_line};
use std::fmt;
use std::iter::FusedIterator;
use std::panic::Location;

/// Each message, until nobody is left that could send one.
pub struct Iter<'a, T> {
    pub(super) receiver: &'a Receiver<T>,
    pub(super) made: Place,
}

/// Each message that is there; it does not wait.
pub struct TryIter<'a, T> {
    pub(super) receiver: &'a Receiver<T>,
    pub(super) made: Place,
}

/// Each message, until nobody is left that could send one; it owns the receiver.
pub struct IntoIter<T> {
    pub(super) receiver: Receiver<T>,
    pub(super) made: Place,
}

impl<T> Iterator for Iter<'_, T> {
    type Item = T;

    #[track_caller]
    fn next(&mut self) -> Option<T> {
        self.receiver.recv_at(own_line(Location::caller(), self.made)).ok()
    }
}

impl<T> Iterator for TryIter<'_, T> {
    type Item = T;

    #[track_caller]
    fn next(&mut self) -> Option<T> {
        self.receiver.try_recv_at(own_line(Location::caller(), self.made)).ok()
    }
}

impl<T> Iterator for IntoIter<T> {
    type Item = T;

    #[track_caller]
    fn next(&mut self) -> Option<T> {
        self.receiver.recv_at(own_line(Location::caller(), self.made)).ok()
    }
}

impl<T> FusedIterator for Iter<'_, T> {}
impl<T> FusedIterator for IntoIter<T> {}

impl<T> fmt::Debug for Iter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("Iter { .. }")
    }
}

impl<T> fmt::Debug for TryIter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("TryIter { .. }")
    }
}

impl<T> fmt::Debug for IntoIter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("IntoIter { .. }")
    }
}
