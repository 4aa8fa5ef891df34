//! The exercise's program, with the reference in the exercise's place.

extern crate message_queue_solution as message_queue;

#[path = "../../../../exercises/05-message-queue/src/bin/message-queue-client.rs"]
mod program;

fn main() -> std::process::ExitCode {
    program::main()
}
