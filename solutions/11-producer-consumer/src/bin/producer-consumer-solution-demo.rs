//! The exercise's program, with the reference in the exercise's place.

extern crate producer_consumer_solution as producer_consumer;

#[path = "../../../../exercises/11-producer-consumer/src/bin/producer-consumer-demo.rs"]
mod program;

fn main() -> std::process::ExitCode {
    program::main()
}
