//! Asks for numbers, and lets child processes compute the Fibonacci numbers up to there: into an array
//! that both processes see, and into a list that a server owns. Ends with the input, or with Ctrl-C.

use shared_memory::array::{LAST_FIBONACCI, SharedArray, fill_fibonacci};
use shared_memory::in_child;
use shared_memory::manager::{List, Manager, ManagerError};
use std::error::Error;
use std::io::{BufRead, Write, stdin, stdout};

/// How many numbers there is room for.
const CELLS: usize = 20;

/// Reads a number a line. Ctrl-D ends it.
pub fn main() -> Result<(), Box<dyn Error>> {
    print_prompt()?;
    for line in stdin().lock().lines() {
        match line?.trim().parse() {
            Ok(n) => {
                show_array(n)?;
                show_list(n)?;
            }
            Err(_) => println!("that is not a number from 0 on"),
        }
        print_prompt()?;
    }
    println!();
    Ok(())
}

fn print_prompt() -> std::io::Result<()> {
    print!("A number: ");
    // A line that has not ended yet is not printed by itself.
    stdout().flush()
}

/// The child writes into memory that the parent sees as well.
fn show_array(n: usize) -> Result<(), Box<dyn Error>> {
    let array = SharedArray::new(CELLS).map_err(|error| format!("no shared memory: {error:?}"))?;
    let filled = in_child(|| match fill_fibonacci(n, &array) {
        Ok(_) => true,
        Err(error) => {
            println!("  in shared memory: nothing, for {error:?}");
            false
        }
    })?;
    // A child that failed may have left anything: its numbers are not to be believed.
    if filled {
        println!("  in shared memory: {:?}", array.until_stop());
    }
    Ok(())
}

/// The child sends each number to a server, and the parent asks the server for all of them.
fn show_list(n: usize) -> Result<(), Box<dyn Error>> {
    let manager = Manager::start().map_err(|error| format!("no server: {error:?}"))?;
    let list = manager.list();
    let filled = in_child(|| match append_fibonacci(n, &list) {
        Ok(()) => true,
        Err(error) => {
            println!("  in the server's list: nothing, for {error:?}");
            false
        }
    })?;
    if filled {
        let numbers = list.to_vec().map_err(|error| format!("no answer: {error:?}"))?;
        println!("  in the server's list: {numbers:?}");
    }
    Ok(())
}

fn append_fibonacci(n: usize, list: &List) -> Result<(), ManagerError> {
    if n > LAST_FIBONACCI {
        return Err(ManagerError::Overflow);
    }
    let (mut this, mut next) = (0i64, 1i64);
    for _ in 0..=n {
        list.append(this)?;
        // Wraps only in numbers behind F(92), which are not sent.
        (this, next) = (next, this.wrapping_add(next));
    }
    Ok(())
}
