//! An append through a proxy, beside a bare round trip through two pipes, and beside Python's manager.

use harness::measure::{Bound, Measured, compare, pin_to_one_core, python, report};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork, pipe, read, write};
use shared_memory_solution::manager::Manager;

/// Rounds and calls: short rounds, so that an interruption meets few of them, and not more elements than a list may have.
const ROUNDS: usize = 161;
const CALLS: u32 = 25;

/// The same in Python; prints the seconds of one append, the median of many rounds.
const PYTHON: &str = "
from multiprocessing import Manager
from statistics import median
from time import perf_counter
with Manager() as manager:
    numbers = manager.list()
    def seconds_of_one():
        started = perf_counter()
        for _ in range(25):
            numbers.append(7)
        return (perf_counter() - started) / 25
    print(median(seconds_of_one() for _ in range(161)))
";

fn main() {
    pin_to_one_core();
    let manager = Manager::start().expect("a server");
    let list = manager.list();
    let (request_in_child, request) = pipe().expect("a pipe");
    let (answer, answer_in_child) = pipe().expect("a pipe");
    let raw = in_child(|| {
        let mut buffer = [0; 8];
        while read(&request_in_child, &mut buffer) == Ok(8) {
            write(&answer_in_child, &buffer).expect("room in the pipe");
        }
    });
    let mut buffer = [0; 8];
    let measured = compare(
        ROUNDS,
        CALLS,
        || list.append(7).expect("the server appends"),
        || {
            write(&request, &buffer).expect("room in the pipe");
            assert_eq!(read(&answer, &mut buffer), Ok(8));
        },
    );
    report("manager: append", "bare round trip", measured, Bound::AtMost(2.0));
    if let Some(other) = python(PYTHON) {
        let measured = Measured { ours: measured.ours, other };
        report("manager: append", "Python's manager", measured, Bound::AtLeast(1.0));
    }

    write(&request, b"end").expect("the word to end");
    waitpid(raw, None).expect("the child ends");
}

fn in_child(work: impl FnOnce()) -> Pid {
    // SAFETY: the process has one thread.
    match unsafe { fork() }.expect("a child") {
        ForkResult::Parent { child } => child,
        ForkResult::Child => {
            work();
            std::process::exit(0)
        }
    }
}
