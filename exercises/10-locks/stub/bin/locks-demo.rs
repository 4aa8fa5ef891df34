//! Counts the same throws with a mutex, with an atomic number and in local variables, and tells how long
//! each took. Then five guests share the two chairs of a semaphore.
//!
//! Use: `locks-demo [THROWS [THREADS]]`

use locks::{Semaphore, Throws, count_locally, count_with_atomic, count_with_mutex};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

/// Takes the numbers of the command line, and prints what it saw.
pub fn main() -> ExitCode {
    match numbers() {
        Ok((throws @ 1.., threads @ 1..=256)) => {
            estimate_pi(throws, threads);
            seat_guests();
            ExitCode::SUCCESS
        }
        Ok(_) => complain("There must be at least one throw, and 1 to 256 threads."),
        Err(word) => complain(&format!("{word:?} is not a number.")),
    }
}

fn complain(what: &str) -> ExitCode {
    eprintln!("{what} Use: locks-demo [THROWS [THREADS]]");
    ExitCode::from(2)
}

/// How many throws, and how many threads; or the word that is no number.
fn numbers() -> Result<(usize, usize), String> {
    let mut words = std::env::args().skip(1);
    let throws = words.next().unwrap_or("1000000".into());
    let threads = words.next().unwrap_or("4".into());
    Ok((throws.parse().map_err(|_| throws)?, threads.parse().map_err(|_| threads)?))
}

fn estimate_pi(throws: usize, threads: usize) {
    println!("π from {throws} throws, in {threads} threads");
    let source = |thread| Throws::new(1, thread);
    let print = |way, inside: u64, started: Instant| {
        let pi = 4.0 * inside as f64 / throws as f64;
        println!("  {way}  {pi:.6}  {:4} ms", started.elapsed().as_millis());
    };
    let (started, inside) = (Instant::now(), Mutex::new(0));
    count_with_mutex(&inside, throws, threads, source);
    print("mutex ", inside.into_inner().expect("no thread panicked"), started);
    let (started, inside) = (Instant::now(), AtomicU64::new(0));
    count_with_atomic(&inside, throws, threads, source);
    print("atomic", inside.into_inner(), started);
    let (started, inside) = (Instant::now(), AtomicU64::new(0));
    count_locally(&inside, throws, threads, source);
    print("local ", inside.into_inner(), started);
}

fn seat_guests() {
    println!("five guests, two chairs");
    let chairs = Semaphore::new(2);
    std::thread::scope(|scope| {
        for guest in 1..=5 {
            let chairs = &chairs;
            scope.spawn(move || {
                let _chair = chairs.permit();
                println!("  guest {guest} sits down");
                std::thread::sleep(Duration::from_millis(200));
                println!("  guest {guest} gets up");
            });
        }
    });
}
