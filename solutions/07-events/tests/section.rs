//! The exercise's tests, with the reference in the exercise's place.

extern crate events_solution as events;

#[path = "../../../exercises/07-events/tests/section.rs"]
mod section;
