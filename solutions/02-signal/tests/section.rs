//! The exercise's tests, with the reference in the exercise's place.

extern crate signal_solution as signal;

#[path = "../../../exercises/02-signal/tests/section.rs"]
mod section;
