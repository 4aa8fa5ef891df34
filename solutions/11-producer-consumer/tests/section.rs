//! The exercise's tests, with the reference in the exercise's place.

extern crate producer_consumer_solution as producer_consumer;

#[path = "../../../exercises/11-producer-consumer/tests/section.rs"]
mod section;
