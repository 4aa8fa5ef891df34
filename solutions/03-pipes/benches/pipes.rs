//! A framed message there and back, beside the bare system calls.

use harness::measure::{Bound, compare, pin_to_one_core, report};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork, pipe, read, write};
use pipes_solution::channel;

/// A message as long as a short line.
const MESSAGE: [u8; 64] = [7; 64];
/// The same in a frame.
const FRAME_BYTES: usize = 4 + MESSAGE.len();

fn main() {
    pin_to_one_core();
    let (mut request, mut request_in_child) = channel().expect("a pipe");
    let (mut answer_in_child, mut answer) = channel().expect("a pipe");
    let framed = in_child(|| {
        while let Ok(message) = request_in_child.recv() {
            if message.is_empty() || answer_in_child.send(&message).is_err() {
                break;
            }
        }
    });
    let (raw_request_in_child, raw_request) = pipe().expect("a pipe");
    let (raw_answer, raw_answer_in_child) = pipe().expect("a pipe");
    let raw = in_child(|| {
        let mut buffer = [0; FRAME_BYTES];
        while read(&raw_request_in_child, &mut buffer) == Ok(FRAME_BYTES) {
            write(&raw_answer_in_child, &buffer).expect("room in the pipe");
        }
    });

    let mut buffer = [0; FRAME_BYTES];
    let measured = compare(
        31,
        2000,
        || {
            request.send(&MESSAGE).expect("room in the pipe");
            assert_eq!(answer.recv().expect("an answer"), MESSAGE);
        },
        || {
            write(&raw_request, &buffer).expect("room in the pipe");
            assert_eq!(read(&raw_answer, &mut buffer), Ok(FRAME_BYTES));
        },
    );
    report("pipes: framed round trip", "bare read and write", measured, Bound::AtMost(1.3));

    request.send(b"").expect("the word to end");
    write(&raw_request, b"end").expect("the word to end");
    for child in [framed, raw] {
        waitpid(child, None).expect("the child ends");
    }
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
