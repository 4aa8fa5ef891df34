//! The exercise's program, with the reference in the exercise's place.

extern crate thread_pool_solution as thread_pool;

#[path = "../../../../exercises/09-thread-pool/src/bin/thread-pool-client.rs"]
mod program;

fn main() -> std::process::ExitCode {
    program::main()
}
