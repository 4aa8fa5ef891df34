//! A child that does nothing: started and joined, beside the bare system calls.

use harness::measure::{Bound, compare, pin_to_one_core, report};
use nix::libc;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use process_solution::{Exit, Process};

fn main() {
    pin_to_one_core();
    let measured = compare(
        201,
        40,
        || {
            let mut child = Process::new(|| 0).start().expect("a child");
            assert_eq!(child.join(), Ok(Exit::Code(0)));
        },
        || {
            // SAFETY: the process has one thread.
            match unsafe { fork() }.expect("a child") {
                ForkResult::Parent { child } => drop(waitpid(child, None).expect("its end")),
                // SAFETY: ends the process at once.
                ForkResult::Child => unsafe { libc::_exit(0) },
            }
        },
    );
    report("process: start and join", "bare fork and wait", measured, Bound::AtMost(1.15));
}
