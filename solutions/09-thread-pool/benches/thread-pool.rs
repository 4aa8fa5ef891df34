//! Requests to a server with several workers, beside a server with one.

use harness::measure::{Bound, compare, report};
use message_queue::queue::MessageQueue;
use nix::unistd::Pid;
use std::hint::black_box;
use std::num::NonZero;
use std::thread;
use std::time::Duration;
use thread_pool_solution::{ask_from_thread, serve, stop};

const REQUESTS: usize = 160;
/// Each asks again as soon as it has its reply. There are enough of them that no worker has to wait for a request.
const CLIENTS: usize = 16;

fn main() {
    // Work that waits, as for a disk or another server, needs no core of its own.
    let waits = |_| {
        thread::sleep(Duration::from_millis(2));
        String::from("done")
    };
    let measured = compare(9, 1, || ask_all(8, waits), || ask_all(1, waits));
    report("thread-pool: work that waits, 8 workers", "one", measured, Bound::AtLeast(0.9 * 8.0));

    let cores = thread::available_parallelism().map_or(1, usize::from);
    let computes = |_| (0..1_000_000).fold(0_u64, |sum, n| black_box(sum ^ n)).to_string();
    let measured = compare(9, 1, || ask_all(cores, computes), || ask_all(1, computes));
    let what = format!("thread-pool: work that computes, {cores} workers");
    report(&what, "one", measured, Bound::AtLeast(0.9 * cores as f64));
}

/// Starts a server, lets the clients ask it, and stops it.
fn ask_all(workers: usize, job: impl Fn(Pid) -> String + Sync) {
    let workers = NonZero::new(workers).expect("a worker");
    let queue = MessageQueue::create_private().expect("a queue");
    let ask_in_turn = || {
        for _ in 0..REQUESTS / CLIENTS {
            ask_from_thread(&queue).expect("a reply").expect("what the job said");
        }
    };
    thread::scope(|scope| {
        let server = scope.spawn(|| serve(queue.clone(), workers, &job));
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(ask_in_turn)).collect();
        for client in clients {
            client.join().expect("a client that was served");
        }
        stop(&queue).expect("a server");
        let served = server.join().expect("no panic").expect("no error");
        assert_eq!(served.answered, REQUESTS);
    });
}
