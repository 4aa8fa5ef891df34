//! Thread pools: a server whose requests are answered by a few threads that stay.
//!
//! The queue is the one that section 5 was given. The types and the contracts are given, too. Write the bodies that
//! say `todo!`, in their order.

#![allow(unused_variables, dead_code, reason = "the bodies are still to be written")]

use message_queue::queue::{MessageQueue, MqError};
use nix::unistd::Pid;
use std::num::NonZero;

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

/// Does `work` once on each of `jobs`, on as many threads as there are `workers`. Returns when all of it is done and
/// the threads have ended.
///
/// The calling thread takes the next job from `jobs` and hands it over; it does no work itself. The threads are
/// started once and stay until the end. While there is no job for them they wait, and use no CPU.
///
/// `work` does not panic: whoever has work that may panic catches that inside it.
pub fn run_pool<J: Send>(
    workers: NonZero<usize>,
    jobs: impl IntoIterator<Item = J>,
    work: impl Fn(J) + Sync,
) {
    todo!("a channel for the jobs; threads that receive from it until it is closed")
}

/// Sends a request, and returns the reply to this process: `None` when it is empty, because the job failed. Blocks
/// until the reply is there, without polling.
///
/// All other messages stay in the queue. One thread of a process may ask at a time.
///
/// # Errors
/// [`MqError::NotUtf8`] when the reply is not text; [`MqError::Removed`] when the queue goes before the reply comes;
/// [`MqError::Os`].
pub fn ask(queue: &MessageQueue) -> Result<Option<String>, MqError> {
    todo!("send your own pid; receive a reply to it, and nothing else")
}

/// Asks the server to stop. Does not wait until it has, and leaves the queue to the server.
///
/// # Errors
/// [`MqError::Removed`]; [`MqError::Os`].
pub fn stop(queue: &MessageQueue) -> Result<(), MqError> {
    todo!("send the empty message that stops the server")
}

/// Answers requests until it is asked to stop, as many at the same time as there are `workers`. The queue is the
/// server's own: it is removed at the end.
///
/// The calling thread receives; the `workers` are threads of their own, as in [`run_pool`]. Each reply is what `job`
/// says to the client's pid. A request whose body is no pid (a positive `i32`) is refused: it is counted, and nobody
/// gets a reply.
///
/// A job that panics costs no worker. Its client, and one whose answer does not fit into a message, gets an empty
/// reply.
///
/// A stop counts only when no request is left in the queue. Then all that were taken are finished, the threads end, and
/// the queue is removed, in this order. A client that waits gets its reply before the queue goes. Messages of other types
/// are left alone until then.
///
/// # Errors
/// [`MqError::Removed`] when somebody else removes the queue, after the jobs that were taken; [`MqError::Os`]. The queue is
/// removed then, too.
pub fn serve(
    queue: MessageQueue,
    workers: NonZero<usize>,
    job: impl Fn(Pid) -> String + Sync,
) -> Result<Served, MqError> {
    todo!("run a pool on the requests that come; remove the queue when it has come to its end")
}

/// Go further: as [`ask`], but several threads of one process may ask at the same time, and each gets its own reply.
///
/// # Errors
/// As [`ask`].
pub fn ask_from_thread(queue: &MessageQueue) -> Result<Option<String>, MqError> {
    todo!("threads have numbers as processes have, and none is both")
}

/// Go further: as [`serve`], but only `waiting` requests may wait for a worker. Where there is no room for a request
/// it is refused, and its client gets an empty reply at once.
///
/// # Errors
/// As [`serve`].
pub fn serve_with_limit(
    queue: MessageQueue,
    workers: NonZero<usize>,
    waiting: NonZero<usize>,
    job: impl Fn(Pid) -> String + Sync,
) -> Result<Served, MqError> {
    todo!("a channel with a limit, and a send that does not wait")
}
