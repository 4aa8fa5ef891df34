//! Starts a task as an object, one as a function and one that never ends by itself; then tells how
//! each of them ended.

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, pause};
use process::{Exit, Fibonacci, Process, ProcessError};
use std::io::stdout;
use std::process::ExitCode;

const USAGE: &str = "usage: process-demo [N]
Starts three processes. One of them writes the Fibonacci numbers F(0) to F(N): N is 10 unless you
say otherwise, and above 93 the numbers do not fit, so that it ends with code 1.";

/// Reads the one argument, and shows what it is for.
pub fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(n) = index(&arguments) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match show(n) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("process-demo: {error:?}");
            ExitCode::FAILURE
        }
    }
}

fn index(arguments: &[String]) -> Option<usize> {
    match arguments {
        [] => Some(10),
        [n] => n.parse().ok(),
        _ => None,
    }
}

fn show(n: usize) -> Result<(), ProcessError> {
    let me = Pid::this();
    println!("{me}: I am the parent.");
    let object = Process::new(Fibonacci { n, out: stdout() }).start()?;
    let function = Process::new(|| {
        println!("{}: I am a function's process.", Pid::this());
        7
    })
    .start()?;
    let sleeper = Process::new(|| {
        loop {
            pause();
        }
    })
    .start()?;
    // It would never end by itself, and dropping it waits for its end.
    kill(sleeper.pid(), Signal::SIGTERM)?;

    let children = [("object", object), ("function", function), ("sleeper", sleeper)];
    for (name, mut child) in children {
        let exit = match child.join()? {
            Exit::Code(code) => format!("ended with code {code}"),
            Exit::Signal(signal) => format!("was ended by {signal}"),
        };
        println!("{me}: the {name}, process {}, {exit}.", child.pid());
    }
    Ok(())
}
