//! The exercise's program, with the reference in the exercise's place.

extern crate signal_solution as signal;

#[path = "../../../../exercises/02-signal/src/bin/signal-demo.rs"]
mod program;

fn main() -> std::process::ExitCode {
    program::main()
}
