//! The exercise's tests, with the reference in the exercise's place.

extern crate message_queue_solution as message_queue;

#[path = "../../../exercises/05-message-queue/tests/section.rs"]
mod section;
