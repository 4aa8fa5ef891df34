//! The exercise's tests, with the reference in the exercise's place.

extern crate philosophers_solution as philosophers;

#[path = "../../../exercises/12-philosophers/tests/section.rs"]
mod section;
