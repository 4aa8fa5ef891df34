//! The exercise's program, with the reference in the exercise's place.

extern crate pipes_solution as pipes;

#[path = "../../../../exercises/03-pipes/src/bin/pipes-demo.rs"]
mod program;

fn main() -> std::io::Result<()> {
    program::main()
}
