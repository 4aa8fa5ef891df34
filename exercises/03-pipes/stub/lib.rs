//! Pipes: two processes that talk through the kernel.
//!
//! The types and the contracts are given. Write the bodies that say `todo!`, in their order.

#![allow(unused_variables, dead_code, reason = "the bodies are still to be written")]

use nix::errno::Errno;
use nix::sys::signal::Signal;
use std::os::fd::OwnedFd;

/// The largest message, in bytes. [`Sender::send`] refuses a larger one, and [`Receiver::recv`]
/// does not believe a header that announces one.
pub const MAX_MESSAGE_BYTES: usize = 16 << 20;

/// What can go wrong between two ends of a pipe.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PipeError {
    /// Every other end is closed, and no message had begun.
    Closed,
    /// Every other end was closed in the middle of a message.
    Truncated,
    /// The message is longer than [`MAX_MESSAGE_BYTES`]; its length in bytes.
    TooLong(usize),
    /// The child gave no answer, or did not end with code 0; how it ended.
    Child(Exit),
    /// The answer is not UTF-8.
    NotUtf8,
    /// A system call failed.
    Os(Errno),
}

/// How a child ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Exit {
    /// It ended itself with this code.
    Code(i32),
    /// This signal ended it.
    Signal(Signal),
}

impl From<Errno> for PipeError {
    fn from(errno: Errno) -> Self {
        Self::Os(errno)
    }
}

/// The end of a pipe into which messages go. Dropping it closes it.
#[derive(Debug)]
pub struct Sender {
    pipe: OwnedFd,
}

/// The end of a pipe out of which messages come. Dropping it closes it.
#[derive(Debug)]
pub struct Receiver {
    pipe: OwnedFd,
}

impl From<OwnedFd> for Sender {
    fn from(pipe: OwnedFd) -> Self {
        Self { pipe }
    }
}

impl From<OwnedFd> for Receiver {
    fn from(pipe: OwnedFd) -> Self {
        Self { pipe }
    }
}

/// A new pipe, as its two ends. A program that is started later does not inherit them.
///
/// # Errors
/// [`PipeError::Os`] when there are too many open descriptors.
pub fn channel() -> Result<(Sender, Receiver), PipeError> {
    todo!("make a pipe that is closed on exec, and wrap its two ends")
}

impl Sender {
    /// Sends one message: its length as four bytes, little-endian, and then its bytes.
    ///
    /// Both are written together: up to 4096 bytes (`PIPE_BUF`) of one write() are never mixed with
    /// what other processes write into the same pipe. Blocks while the pipe is full (64 KiB on Linux),
    /// until all of it is in the pipe. A signal that comes in between does no harm.
    ///
    /// # Errors
    /// [`PipeError::TooLong`], and nothing is sent; [`PipeError::Closed`] when nobody can read it
    /// any more; [`PipeError::Os`].
    pub fn send(&mut self, message: &[u8]) -> Result<(), PipeError> {
        todo!("write the header and the message, however many calls of write() it takes")
    }
}

impl Receiver {
    /// Receives one message, just as it was sent.
    ///
    /// Blocks until all of it is there. A signal that comes in between does no harm.
    ///
    /// # Errors
    /// [`PipeError::Closed`] when no message comes any more; [`PipeError::Truncated`] when half of one
    /// came; [`PipeError::TooLong`] when the header announces more than [`MAX_MESSAGE_BYTES`]: no
    /// memory is reserved for it; [`PipeError::Os`].
    pub fn recv(&mut self) -> Result<Vec<u8>, PipeError> {
        todo!(
            "read the header, then as many bytes as it says, however many calls of read() it takes"
        )
    }
}

/// Lets a new child process do `work` on `request`, and returns its answer.
///
/// Both travel through pipes, as one message each. Blocks until the child has ended, and reaps it,
/// also when there is an error. Neither process keeps an end of a pipe that it does not use. The child
/// never comes back out of this function: it ends with code 0 once it has answered, with code 101
/// when `work` panics.
///
/// # Errors
/// [`PipeError::Child`] when the child gave no answer, or ended with another code than 0 or by a
/// signal; [`PipeError::TooLong`] when `request` is too long, and no child is started;
/// [`PipeError::Os`].
pub fn ask_child(
    request: &[u8],
    work: impl FnOnce(Vec<u8>) -> Vec<u8>,
) -> Result<Vec<u8>, PipeError> {
    todo!("two pipes, fork, close what is not yours; send and receive; only then wait")
}

/// The characters of `sentence` in reverse order, reversed by a child process.
///
/// # Errors
/// As [`ask_child`]; [`PipeError::NotUtf8`] when the answer is not a sentence.
pub fn reverse_in_child(sentence: &str) -> Result<String, PipeError> {
    todo!("ask a child: characters, not bytes")
}

/// Go further: receives one message as [`Receiver::recv`] does, but waits at most `limit_ms`
/// milliseconds for it to begin. `Ok(None)` when none began in time, and nothing is lost then.
///
/// # Errors
/// As [`Receiver::recv`].
pub fn recv_within(receiver: &mut Receiver, limit_ms: u16) -> Result<Option<Vec<u8>>, PipeError> {
    todo!("ask poll() whether the pipe is readable before you read")
}

/// Go further: one child for each request, all of them at work at the same time; their answers in the
/// order of the requests.
///
/// # Errors
/// As [`ask_child`], the first one in that order; all children are reaped even so.
pub fn ask_children(
    requests: &[&[u8]],
    work: impl Fn(Vec<u8>) -> Vec<u8>,
) -> Result<Vec<Vec<u8>>, PipeError> {
    todo!("start them all before you wait for the first answer; who inherits which ends?")
}
