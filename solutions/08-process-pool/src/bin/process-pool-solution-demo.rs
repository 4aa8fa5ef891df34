//! The exercise's program, with the reference in the exercise's place.

extern crate process_pool_solution as process_pool;

#[path = "../../../../exercises/08-process-pool/src/bin/process-pool-demo.rs"]
mod program;

fn main() {
    program::main();
}
