//! The exercise's program, with the reference in the exercise's place.

extern crate shared_memory_solution as shared_memory;

#[path = "../../../../exercises/04-shared-memory/src/bin/shared-memory-demo.rs"]
mod program;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    program::main()
}
