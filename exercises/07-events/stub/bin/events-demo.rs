//! Reads numbers until the input ends, and prints what five functions make of them.

use std::io::{Error, stdin};
use std::num::NonZeroUsize;

/// Two threads for five functions: who is done takes the next one.
const WORKERS: NonZeroUsize = NonZeroUsize::new(2).unwrap();

/// Reads numbers, any number of them a line. Ctrl-D ends them.
pub fn main() -> Result<(), Error> {
    println!("Numbers, with blanks or new lines in between. Ctrl-D ends them:");
    let report = events::run(stdin().lock(), WORKERS)?;
    for bad in report.refused {
        println!("line {}, word {}: {:?} is not a finite number", bad.line, bad.word, bad.text);
    }
    for (statistic, value) in report.results {
        let name = format!("{statistic:?}");
        match value {
            Ok(value) => println!("{name:<8}{value}"),
            Err(error) => println!("{name:<8}{error}"),
        }
    }
    Ok(())
}
