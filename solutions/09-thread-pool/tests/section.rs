//! The exercise's tests, with the reference in the exercise's place.

extern crate thread_pool_solution as thread_pool;

#[path = "../../../exercises/09-thread-pool/tests/section.rs"]
mod section;
