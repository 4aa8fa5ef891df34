//! The exercise's tests, with the reference in the exercise's place.

extern crate process_solution as process;

#[path = "../../../exercises/01-process/tests/section.rs"]
mod section;
