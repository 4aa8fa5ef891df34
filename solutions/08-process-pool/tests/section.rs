//! The exercise's tests, with the reference in the exercise's place.

extern crate process_pool_solution as process_pool;

#[path = "../../../exercises/08-process-pool/tests/section.rs"]
mod section;
