//! Message queues: a server and its clients, and nobody takes what is meant for another.
//!
//! The queue itself is given, in [`queue`]. Write the bodies that say `todo!`, in their order.

#![allow(unused_variables, dead_code, reason = "the bodies are still to be written")]

pub mod queue;

use queue::{Key, MessageQueue, MqError};

/// The type of a request: "what time is it?" Its body is empty.
pub const REQUEST: i64 = 1;

/// The type of the message that stops the server. Its body is empty.
pub const STOP: i64 = 2;

/// The type of a reply. Its body is text.
pub const REPLY: i64 = 3;

/// Sends a request, and returns the reply. Blocks until a reply is there, without polling.
///
/// All other messages stay in the queue, and so does the queue.
///
/// # Errors
/// [`MqError::NotUtf8`] when the reply is not text; [`MqError::Removed`] when the queue goes before a reply comes;
/// [`MqError::Os`].
pub fn ask(queue: &MessageQueue) -> Result<String, MqError> {
    todo!("send an empty request; receive a reply, and nothing else")
}

/// Asks the server to stop. Does not wait until it has, and leaves the queue to the server.
///
/// # Errors
/// [`MqError::Removed`]; [`MqError::Os`].
pub fn stop(queue: &MessageQueue) -> Result<(), MqError> {
    todo!("send the empty message that stops the server")
}

/// Answers requests until it is asked to stop. Returns how many it has answered.
///
/// The body of each reply is what `now` says: it is called once a request, after the request came. A stop counts
/// only when no request is left in the queue. Messages of other types stay in the queue, in their order. While
/// there is nothing to do it blocks, and uses no CPU.
///
/// # Errors
/// [`MqError::TooLong`] when what `now` says does not fit into a message; [`MqError::Removed`] when the queue goes;
/// [`MqError::Os`].
pub fn serve(queue: &MessageQueue, now: impl FnMut() -> String) -> Result<usize, MqError> {
    todo!("receive a request or a stop, and leave replies to whom they are meant for")
}

/// A whole server: creates the queue, [`serve`]s, and removes the queue again. Returns how many requests it answered.
///
/// The queue is removed also when there is an error, and when `now` panics; the panic then goes on to the caller.
///
/// # Errors
/// [`MqError::Exists`] when there is a queue with this key already, and nothing happens to that one; as [`serve`].
pub fn run_server(key: Key, now: impl FnMut() -> String) -> Result<usize, MqError> {
    todo!("who creates the queue removes it, whatever happens in between")
}

/// Go further: throws away the replies that nobody fetched, and returns how many there were. Never blocks.
///
/// All other messages stay in the queue, in their order.
///
/// # Errors
/// [`MqError::Removed`]; [`MqError::Os`].
pub fn forget_replies(queue: &MessageQueue) -> Result<usize, MqError> {
    todo!("take replies as long as there is one, without waiting for more")
}

/// Go further: sends `body`, of any length, as messages of type `kind`.
///
/// Each but the last has [`MAX_MESSAGE_BYTES`](queue::MAX_MESSAGE_BYTES) bytes, and the last has fewer, so that it can
/// be told from the others: when nothing is left for it, it is empty. Blocks while the queue is full.
///
/// # Errors
/// As [`MessageQueue::send`], but never [`MqError::TooLong`].
pub fn send_long(queue: &MessageQueue, body: &[u8], kind: i64) -> Result<(), MqError> {
    todo!("full messages first, and then one that is not full")
}

/// Go further: receives what [`send_long`] sent under the type `kind`. Blocks until all of it is there.
///
/// Messages of other types stay in the queue.
///
/// # Errors
/// As [`MessageQueue::receive`].
pub fn receive_long(queue: &MessageQueue, kind: i64) -> Result<Vec<u8>, MqError> {
    todo!("put the messages together, up to the first that is not full")
}
