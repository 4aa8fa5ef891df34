//! The exercise's program, with the reference in the exercise's place.

extern crate threads_solution as threads;

#[path = "../../../../exercises/06-threads/src/bin/threads-demo.rs"]
mod program;

fn main() -> std::process::ExitCode {
    program::main()
}
