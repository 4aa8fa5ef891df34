//! The exercise's tests, with the reference in the exercise's place.

extern crate threads_solution as threads;

#[path = "../../../exercises/06-threads/tests/section.rs"]
mod section;
