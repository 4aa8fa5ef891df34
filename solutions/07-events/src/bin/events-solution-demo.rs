//! The exercise's program, with the reference in the exercise's place.

extern crate events_solution as events;

#[path = "../../../../exercises/07-events/src/bin/events-demo.rs"]
mod program;

fn main() -> std::io::Result<()> {
    program::main()
}
