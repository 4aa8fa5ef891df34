//! The exercise's tests, with the reference in the exercise's place.

extern crate locks_solution as locks;

#[path = "../../../exercises/10-locks/tests/section.rs"]
mod section;
