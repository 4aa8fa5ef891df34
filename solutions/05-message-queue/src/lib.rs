//! Message queues: a server and its clients, and nobody takes what is meant for another. The reference.

pub mod queue;

use queue::{Key, MAX_MESSAGE_BYTES, MessageQueue, MqError, Select};

/// The type of a request: "what time is it?" Its body is empty.
pub const REQUEST: i64 = 1;

/// The type of the message that stops the server. Its body is empty.
pub const STOP: i64 = 2;

/// The type of a reply. Its body is text.
pub const REPLY: i64 = 3;

/// Sends a request, and returns the reply. Blocks until a reply is there.
///
/// # Errors
/// [`MqError::NotUtf8`]; [`MqError::Removed`]; [`MqError::Os`].
pub fn ask(queue: &MessageQueue) -> Result<String, MqError> {
    queue.send(b"", REQUEST)?;
    let reply = queue.receive(Select::Exactly(REPLY))?;
    String::from_utf8(reply.body).map_err(|_| MqError::NotUtf8)
}

/// Asks the server to stop. Does not wait until it has.
///
/// # Errors
/// [`MqError::Removed`]; [`MqError::Os`].
pub fn stop(queue: &MessageQueue) -> Result<(), MqError> {
    queue.send(b"", STOP)
}

/// Answers requests until it is asked to stop. Returns how many it has answered.
///
/// # Errors
/// [`MqError::TooLong`]; [`MqError::Removed`]; [`MqError::Os`].
pub fn serve(queue: &MessageQueue, mut now: impl FnMut() -> String) -> Result<usize, MqError> {
    let mut answered = 0;
    // One receive waits for both types, and replies have a higher one. The lower of the two goes first, so a stop is
    // taken when no request is left.
    while queue.receive(Select::AtMost(STOP))?.kind == REQUEST {
        queue.send(now().as_bytes(), REPLY)?;
        answered += 1;
    }
    Ok(answered)
}

/// Removes the queue when it is dropped: at the end of a scope, at a `?` and when a panic unwinds.
struct Owner(MessageQueue);

impl Drop for Owner {
    fn drop(&mut self) {
        // That somebody else removed it was told by the call that failed because of it.
        let _ = self.0.clone().remove();
    }
}

/// A whole server: creates the queue, [`serve`]s, and removes the queue again, whatever happens in between.
///
/// # Errors
/// [`MqError::Exists`]; as [`serve`].
pub fn run_server(key: Key, now: impl FnMut() -> String) -> Result<usize, MqError> {
    // There is an owner only if the queue is ours: one that was there before is not removed.
    let owner = Owner(MessageQueue::create(key)?);
    serve(&owner.0, now)
}

/// Go further: throws away the replies that nobody fetched, and returns how many there were.
///
/// # Errors
/// [`MqError::Removed`]; [`MqError::Os`].
pub fn forget_replies(queue: &MessageQueue) -> Result<usize, MqError> {
    let mut forgotten = 0;
    while queue.try_receive(Select::Exactly(REPLY))?.is_some() {
        forgotten += 1;
    }
    Ok(forgotten)
}

/// Go further: sends `body`, of any length, as messages of type `kind`, of which only the last is not full.
///
/// # Errors
/// As [`MessageQueue::send`], but never [`MqError::TooLong`].
pub fn send_long(queue: &MessageQueue, body: &[u8], kind: i64) -> Result<(), MqError> {
    let full = body.chunks_exact(MAX_MESSAGE_BYTES);
    let rest = full.remainder();
    for part in full {
        queue.send(part, kind)?;
    }
    queue.send(rest, kind)
}

/// Go further: receives what [`send_long`] sent under the type `kind`.
///
/// # Errors
/// As [`MessageQueue::receive`].
pub fn receive_long(queue: &MessageQueue, kind: i64) -> Result<Vec<u8>, MqError> {
    let mut body = vec![];
    loop {
        let mut part = queue.receive(Select::Exactly(kind))?.body;
        let is_last = part.len() < MAX_MESSAGE_BYTES;
        body.append(&mut part);
        if is_last {
            return Ok(body);
        }
    }
}
