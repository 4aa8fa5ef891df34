//! A request and its reply, beside the bare system calls.

use harness::measure::{Bound, compare, pin_to_one_core, report};
use message_queue_solution::queue::{MessageQueue, MqError};
use message_queue_solution::{REPLY, REQUEST, STOP, ask, serve, stop};
use nix::libc::{self, c_long, c_void};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};

/// What is answered: as long as a date.
const DATE: &str = "Thu Jan  1 00:00:00 1970";

fn main() -> Result<(), MqError> {
    pin_to_one_core();
    let queue = MessageQueue::create_private()?;
    let server = in_child(|| {
        let _ = serve(&queue, || DATE.to_owned());
    });
    let bare = BareQueue::new();
    let bare_server = in_child(|| {
        while bare.receive(-STOP).0 == REQUEST {
            bare.send(REPLY, DATE.as_bytes());
        }
    });

    let measured = compare(
        101,
        500,
        || assert_eq!(ask(&queue).expect("a reply"), DATE),
        || {
            bare.send(REQUEST, b"");
            assert_eq!(bare.receive(REPLY).1, DATE.len());
        },
    );
    report(
        "message-queue: request and reply",
        "bare msgsnd and msgrcv",
        measured,
        Bound::AtMost(1.1),
    );

    stop(&queue)?;
    bare.send(STOP, b"");
    for child in [server, bare_server] {
        waitpid(child, None).expect("the server ends");
    }
    bare.remove();
    queue.remove()
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

/// The system calls, with a buffer that is just large enough.
struct BareQueue(i32);

#[repr(C)]
struct Buffer {
    kind: c_long,
    body: [u8; 64],
}

impl BareQueue {
    fn new() -> Self {
        // SAFETY: no memory of this process is touched.
        Self(unsafe { libc::msgget(libc::IPC_PRIVATE, libc::IPC_CREAT | 0o600) })
    }

    fn send(&self, kind: i64, body: &[u8]) {
        let mut buffer = Buffer { kind, body: [0; 64] };
        buffer.body[..body.len()].copy_from_slice(body);
        // SAFETY: the buffer has at least as many bytes as are announced.
        let sent =
            unsafe { libc::msgsnd(self.0, (&raw const buffer).cast::<c_void>(), body.len(), 0) };
        assert_eq!(sent, 0, "sent");
    }

    /// Type and length of the message.
    fn receive(&self, wanted: i64) -> (i64, usize) {
        let mut buffer = Buffer { kind: 0, body: [0; 64] };
        // SAFETY: the buffer has room for as many bytes as are announced.
        let length =
            unsafe { libc::msgrcv(self.0, (&raw mut buffer).cast::<c_void>(), 64, wanted, 0) };
        (buffer.kind, usize::try_from(length).expect("a message"))
    }

    fn remove(&self) {
        // SAFETY: no memory of this process is touched.
        unsafe { libc::msgctl(self.0, libc::IPC_RMID, std::ptr::null_mut()) };
    }
}
