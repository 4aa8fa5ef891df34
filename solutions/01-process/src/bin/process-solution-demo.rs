//! The exercise's program, with the reference in the exercise's place.

extern crate process_solution as process;

#[path = "../../../../exercises/01-process/src/bin/process-demo.rs"]
mod program;

fn main() -> std::process::ExitCode {
    program::main()
}
