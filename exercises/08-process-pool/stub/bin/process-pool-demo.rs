//! Looks for the largest primes below 10^12, with four worker processes.

use process_pool::{Pool, is_prime};
use std::time::Instant;

/// Prints the primes among the largest odd numbers below 10^12, as soon as they are found.
pub fn main() {
    let numbers: Vec<u64> = (0..100).map(|i| 1_000_000_000_000 - 1 - 2 * i).collect();
    let pool = match Pool::new(4, is_prime) {
        Ok(pool) => pool,
        Err(error) => return eprintln!("no pool: {error:?}"),
    };
    println!("The workers: {:?}", pool.pids());
    let started = Instant::now();
    for (number, answer) in numbers.iter().zip(pool.imap(numbers.clone())) {
        match answer {
            Ok(true) => println!("{number} is prime"),
            Ok(false) => {}
            Err(error) => println!("{number}: {error:?}"),
        }
    }
    println!("{} numbers in {:.2?}", numbers.len(), started.elapsed());
    pool.close();
}
