//! The exercise's program, with the reference in the exercise's place.

extern crate locks_solution as locks;

#[path = "../../../../exercises/10-locks/src/bin/locks-demo.rs"]
mod program;

fn main() -> std::process::ExitCode {
    program::main()
}
