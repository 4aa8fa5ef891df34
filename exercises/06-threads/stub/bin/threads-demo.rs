//! Estimates π with more and more threads, and tells how long each estimate took.
//!
//! Use: `threads-demo [POINTS [SEED]]`

use std::process::ExitCode;
use std::time::Instant;

/// Takes the numbers of the command line, and prints a table.
pub fn main() -> ExitCode {
    match numbers() {
        Ok((points, seed)) => print_table(points, seed),
        Err(word) => {
            eprintln!("{word:?} is not a number. Use: threads-demo [POINTS [SEED]]");
            ExitCode::from(2)
        }
    }
}

/// How many points, and which seed; or the word that is no number.
fn numbers() -> Result<(usize, u64), String> {
    let mut words = std::env::args().skip(1);
    let points = words.next().unwrap_or("1000000".into());
    let seed = words.next().unwrap_or("1".into());
    Ok((points.parse().map_err(|_| points)?, seed.parse().map_err(|_| seed)?))
}

fn print_table(points: usize, seed: u64) -> ExitCode {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!("π from {points} points, on {cores} cores");
    println!("threads  estimate    time");
    for threads in [1, 2, 4, 8] {
        let started = Instant::now();
        match threads::estimate_pi(points, threads, seed) {
            Ok(pi) => println!("{threads:7}  {pi:.6}  {:4} ms", started.elapsed().as_millis()),
            Err(error) => {
                eprintln!("no estimate: {error:?}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}
