//! The exercise's program, with the reference in the exercise's place.

extern crate philosophers_solution as philosophers;

#[path = "../../../../exercises/12-philosophers/src/bin/philosophers-demo.rs"]
mod program;

fn main() -> std::process::ExitCode {
    program::main()
}
