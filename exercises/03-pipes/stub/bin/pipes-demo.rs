//! Asks for sentences, and lets a child process turn each of them round. Ends with the input.

use std::io::{BufRead, Write, stdin, stdout};

/// Reads a sentence a line. Ctrl-D ends it.
pub fn main() -> std::io::Result<()> {
    print_prompt()?;
    for sentence in stdin().lock().lines() {
        match pipes::reverse_in_child(&sentence?) {
            Ok(reversed) => println!("{reversed}"),
            Err(error) => println!("the child gave no answer: {error:?}"),
        }
        print_prompt()?;
    }
    println!();
    Ok(())
}

fn print_prompt() -> std::io::Result<()> {
    print!("A sentence: ");
    // A line that has not ended yet is not printed by itself.
    stdout().flush()
}
