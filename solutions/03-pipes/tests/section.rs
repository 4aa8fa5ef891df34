//! The exercise's tests, with the reference in the exercise's place.

extern crate pipes_solution as pipes;

#[path = "../../../exercises/03-pipes/tests/section.rs"]
mod section;
