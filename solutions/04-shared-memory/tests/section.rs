//! The exercise's tests, with the reference in the exercise's place.

extern crate shared_memory_solution as shared_memory;

#[path = "../../../exercises/04-shared-memory/tests/section.rs"]
mod section;
