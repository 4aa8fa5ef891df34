//! Thread pools: a server whose requests are answered by a few threads that stay. The reference.

use crossbeam::channel::{Receiver, Sender, bounded, unbounded};
use message_queue::queue::{MessageQueue, MqError, Select};
use nix::unistd::{Pid, gettid};
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;

/// The type of a request. Its body is the client's pid, in decimal digits.
pub const REQUEST: i64 = 1;

/// The type of the message that stops the server. Its body is empty.
pub const STOP: i64 = 2;

/// The type of the replies to this client. No two clients have the same, and none has [`REQUEST`] or [`STOP`].
pub fn reply_type(client: Pid) -> i64 {
    i64::from(client.as_raw()) + 3
}

/// What a server has done.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Served {
    /// Requests whose client got what the job said.
    pub answered: usize,
    /// Requests whose job panicked, or said too much for a message. Their clients got an empty reply.
    pub failed: usize,
    /// Requests that were not taken: they named no client, or there was no room for them.
    pub refused: usize,
}

/// Does `work` once on each of `jobs`, on as many threads as there are `workers`.
///
/// `work` does not panic: whoever has work that may panic catches that inside it.
pub fn run_pool<J: Send>(
    workers: NonZero<usize>,
    jobs: impl IntoIterator<Item = J>,
    work: impl Fn(J) + Sync,
) {
    run_workers(workers, unbounded(), work, |sender| {
        jobs.into_iter().for_each(|job| sender.send(job).expect("a worker that waits for jobs"));
    });
}

/// Runs `hand_over` on this thread, and the `workers` on theirs, on what it sends.
fn run_workers<J: Send>(
    workers: NonZero<usize>,
    (sender, receiver): (Sender<J>, Receiver<J>),
    work: impl Fn(J) + Sync,
    hand_over: impl FnOnce(&Sender<J>),
) {
    thread::scope(|scope| {
        for _ in 0..workers.get() {
            scope.spawn(|| receiver.iter().for_each(&work));
        }
        hand_over(&sender);
        // The workers end when the channel is empty and has no sender; the scope waits for them.
        drop(sender);
    });
}

/// Sends a request, and returns the reply to this process; `None` when it is empty.
///
/// # Errors
/// [`MqError::NotUtf8`]; [`MqError::Removed`]; [`MqError::Os`].
pub fn ask(queue: &MessageQueue) -> Result<Option<String>, MqError> {
    ask_as(Pid::this(), queue)
}

fn ask_as(client: Pid, queue: &MessageQueue) -> Result<Option<String>, MqError> {
    queue.send(client.to_string().as_bytes(), REQUEST)?;
    let reply = queue.receive(Select::Exactly(reply_type(client)))?;
    let text = String::from_utf8(reply.body).map_err(|_| MqError::NotUtf8)?;
    Ok(Some(text).filter(|text| !text.is_empty()))
}

/// Asks the server to stop. Does not wait until it has.
///
/// # Errors
/// [`MqError::Removed`]; [`MqError::Os`].
pub fn stop(queue: &MessageQueue) -> Result<(), MqError> {
    queue.send(b"", STOP)
}

/// The clients whose requests come, up to a stop or an error.
struct Clients<'a> {
    queue: &'a MessageQueue,
    refused: usize,
    ended: Result<(), MqError>,
}

impl Iterator for Clients<'_> {
    type Item = Pid;

    fn next(&mut self) -> Option<Pid> {
        loop {
            // Requests before a stop, and never a reply: those have higher types.
            match self.queue.receive(Select::AtMost(STOP)) {
                Ok(message) if message.kind == STOP => return None,
                Ok(message) => match client_in(&message.body) {
                    Some(client) => return Some(client),
                    None => self.refused += 1,
                },
                Err(error) => {
                    self.ended = Err(error);
                    return None;
                }
            }
        }
    }
}

/// The pid in the body of a request. A negative one would make its reply a request or a stop.
fn client_in(body: &[u8]) -> Option<Pid> {
    let pid = std::str::from_utf8(body).ok()?.parse().ok()?;
    (pid > 0).then_some(Pid::from_raw(pid))
}

/// Lets `job` answer the client. Has the client got what it said?
fn answer(queue: &MessageQueue, client: Pid, job: impl Fn(Pid) -> String) -> bool {
    // A panic that went on would end the worker.
    let text = catch_unwind(AssertUnwindSafe(|| job(client)));
    let is_sent = text.is_ok_and(|text| queue.send(text.as_bytes(), reply_type(client)).is_ok());
    if !is_sent {
        // Or the client would wait for ever. When this fails as well, the queue is gone: it knows.
        let _ = queue.send(b"", reply_type(client));
    }
    is_sent
}

/// Answers requests until it is asked to stop, as many at the same time as there are `workers`.
///
/// # Errors
/// [`MqError::Removed`]; [`MqError::Os`].
pub fn serve(
    queue: MessageQueue,
    workers: NonZero<usize>,
    job: impl Fn(Pid) -> String + Sync,
) -> Result<Served, MqError> {
    serve_through(unbounded(), queue, workers, job)
}

/// Answers the requests that find room in the channel, and removes the queue.
fn serve_through(
    channel: (Sender<Pid>, Receiver<Pid>),
    queue: MessageQueue,
    workers: NonZero<usize>,
    job: impl Fn(Pid) -> String + Sync,
) -> Result<Served, MqError> {
    let (answered, failed) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let work = |client| {
        let count = if answer(&queue, client, &job) { &answered } else { &failed };
        count.fetch_add(1, Relaxed);
    };
    let mut clients = Clients { queue: &queue, refused: 0, ended: Ok(()) };
    let mut crowded_out = 0;
    run_workers(workers, channel, work, |sender| {
        for client in clients.by_ref() {
            if sender.try_send(client).is_err() {
                crowded_out += 1;
                let _ = queue.send(b"", reply_type(client));
            }
        }
    });
    let Clients { refused, ended, .. } = clients;
    // No worker is left that would want to send: now it may go.
    let removed = queue.remove();
    ended.and(removed)?;
    Ok(Served {
        answered: answered.into_inner(),
        failed: failed.into_inner(),
        refused: refused + crowded_out,
    })
}

/// Go further: as [`ask`], but several threads of one process may ask at the same time.
///
/// # Errors
/// As [`ask`].
pub fn ask_from_thread(queue: &MessageQueue) -> Result<Option<String>, MqError> {
    // The kernel numbers threads and processes together, so no other client has this number.
    ask_as(gettid(), queue)
}

/// Go further: as [`serve`], but only `waiting` requests may wait for a worker.
///
/// # Errors
/// As [`serve`].
pub fn serve_with_limit(
    queue: MessageQueue,
    workers: NonZero<usize>,
    waiting: NonZero<usize>,
    job: impl Fn(Pid) -> String + Sync,
) -> Result<Served, MqError> {
    serve_through(bounded(waiting.get()), queue, workers, job)
}
