//! Pipes: two processes that talk through the kernel. The reference.

use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork, pipe2, read, write};
use std::os::fd::{AsFd, OwnedFd};
use std::panic::{AssertUnwindSafe, catch_unwind};

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
    let (reader, writer) = pipe2(OFlag::O_CLOEXEC)?;
    Ok((Sender { pipe: writer }, Receiver { pipe: reader }))
}

impl Sender {
    /// Sends one message: its length as four bytes, little-endian, and then its bytes.
    ///
    /// Both are written together. Blocks while the pipe is full, until all of it is in the pipe.
    ///
    /// # Errors
    /// [`PipeError::TooLong`], and nothing is sent; [`PipeError::Closed`]; [`PipeError::Os`].
    pub fn send(&mut self, message: &[u8]) -> Result<(), PipeError> {
        // One buffer and one call: a small message is not mixed with what others write.
        self.write_all(&[&header(message)?, message].concat())
    }

    /// write() may take a part only: the rest is for the next call.
    fn write_all(&mut self, mut bytes: &[u8]) -> Result<(), PipeError> {
        while !bytes.is_empty() {
            match write(&self.pipe, bytes) {
                Ok(taken) => bytes = &bytes[taken..],
                Err(Errno::EINTR) => {}
                // Rust's runtime ignores SIGPIPE, so the call fails instead of ending the process.
                Err(Errno::EPIPE) => return Err(PipeError::Closed),
                Err(errno) => return Err(errno.into()),
            }
        }
        Ok(())
    }
}

/// The four bytes before `message`.
fn header(message: &[u8]) -> Result<[u8; 4], PipeError> {
    match u32::try_from(message.len()) {
        Ok(length) if message.len() <= MAX_MESSAGE_BYTES => Ok(length.to_le_bytes()),
        _ => Err(PipeError::TooLong(message.len())),
    }
}

impl Receiver {
    /// Receives one message, just as it was sent. Blocks until all of it is there.
    ///
    /// # Errors
    /// [`PipeError::Closed`]; [`PipeError::Truncated`]; [`PipeError::TooLong`]; [`PipeError::Os`].
    pub fn recv(&mut self) -> Result<Vec<u8>, PipeError> {
        let mut header = [0; 4];
        match self.read_full(&mut header)? {
            0 => return Err(PipeError::Closed),
            4 => {}
            _ => return Err(PipeError::Truncated),
        }
        let length = u32::from_le_bytes(header) as usize;
        if length > MAX_MESSAGE_BYTES {
            return Err(PipeError::TooLong(length));
        }
        let mut message = vec![0; length];
        match self.read_full(&mut message)? {
            read if read == length => Ok(message),
            _ => Err(PipeError::Truncated),
        }
    }

    /// Fills `buffer`, unless the end of the stream comes first; the number of bytes that came.
    fn read_full(&mut self, buffer: &mut [u8]) -> Result<usize, PipeError> {
        let mut filled = 0;
        while filled < buffer.len() {
            match read(&self.pipe, &mut buffer[filled..]) {
                Ok(0) => break,
                Ok(length) => filled += length,
                Err(Errno::EINTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        Ok(filled)
    }
}

/// A child that works on one request: where its answer comes from, and what is to be waited for.
struct Worker {
    child: Pid,
    request: Sender,
    answer: Receiver,
}

impl Worker {
    /// Starts a child that receives one request, works on it and answers. `others` run already.
    fn start(
        work: impl FnOnce(Vec<u8>) -> Vec<u8>,
        others: &mut Vec<Self>,
    ) -> Result<Self, PipeError> {
        let (request, mut request_in_child) = channel()?;
        let (mut answer_in_child, answer) = channel()?;
        // SAFETY: the child runs `work`, which is promised to be fit for it, and ends.
        match unsafe { fork() }? {
            ForkResult::Parent { child } => Ok(Self { child, request, answer }),
            ForkResult::Child => {
                // The parent's ends, also those to its other children: while somebody holds a
                // writer, the reader does not see the end of the stream.
                drop((request, answer));
                others.clear();
                // A panic must not unwind into the caller's code, which belongs to the parent.
                let served = catch_unwind(AssertUnwindSafe(|| {
                    answer_in_child.send(&work(request_in_child.recv()?))
                }));
                let code = match served {
                    Ok(Ok(())) => 0,
                    Ok(Err(_)) => 1,
                    Err(_) => 101,
                };
                // SAFETY: ends the process at once; exit() would run the parent's handlers a second time.
                unsafe { nix::libc::_exit(code) }
            }
        }
    }

    /// Takes the answer and reaps the child.
    fn finish(mut self) -> Result<Vec<u8>, PipeError> {
        // Read first: a child whose answer does not fit into the pipe ends only when it is read.
        let answer = self.answer.recv();
        match wait(self.child)? {
            Exit::Code(0) => answer.map_err(|_| PipeError::Child(Exit::Code(0))),
            exit => Err(PipeError::Child(exit)),
        }
    }
}

fn wait(child: Pid) -> Result<Exit, PipeError> {
    loop {
        match waitpid(child, None) {
            Ok(WaitStatus::Exited(_, code)) => return Ok(Exit::Code(code)),
            Ok(WaitStatus::Signaled(_, signal, _)) => return Ok(Exit::Signal(signal)),
            Ok(_) | Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
}

/// Lets a new child process do `work` on `request`, and returns its answer.
///
/// Blocks until the child has ended, and reaps it, also when there is an error.
///
/// # Errors
/// [`PipeError::Child`]; [`PipeError::TooLong`], and no child is started; [`PipeError::Os`].
pub fn ask_child(
    request: &[u8],
    work: impl FnOnce(Vec<u8>) -> Vec<u8>,
) -> Result<Vec<u8>, PipeError> {
    header(request)?;
    let mut worker = Worker::start(work, &mut vec![])?;
    // That the child did not take the request is told better by how it ended.
    let _ = worker.request.send(request);
    worker.finish()
}

/// The characters of `sentence` in reverse order, reversed by a child process.
///
/// # Errors
/// As [`ask_child`]; [`PipeError::NotUtf8`].
pub fn reverse_in_child(sentence: &str) -> Result<String, PipeError> {
    let answer = ask_child(sentence.as_bytes(), |request| {
        let sentence = String::from_utf8(request).expect("the bytes of a sentence");
        sentence.chars().rev().collect::<String>().into_bytes()
    })?;
    String::from_utf8(answer).map_err(|_| PipeError::NotUtf8)
}

/// Go further: receives one message, but waits at most `limit_ms` milliseconds for it to begin.
///
/// # Errors
/// As [`Receiver::recv`].
pub fn recv_within(receiver: &mut Receiver, limit_ms: u16) -> Result<Option<Vec<u8>>, PipeError> {
    let mut events = [PollFd::new(receiver.pipe.as_fd(), PollFlags::POLLIN)];
    match poll(&mut events, PollTimeout::from(limit_ms))? {
        0 => Ok(None),
        _ => receiver.recv().map(Some),
    }
}

/// Go further: one child for each request, all of them at work at the same time.
///
/// # Errors
/// As [`ask_child`], the first one in the order of the requests.
pub fn ask_children(
    requests: &[&[u8]],
    work: impl Fn(Vec<u8>) -> Vec<u8>,
) -> Result<Vec<Vec<u8>>, PipeError> {
    requests.iter().try_for_each(|request| header(request).map(drop))?;
    let mut workers = vec![];
    let mut failure = None;
    for request in requests {
        match Worker::start(&work, &mut workers) {
            Ok(mut worker) => {
                let _ = worker.request.send(request);
                workers.push(worker);
            }
            Err(error) => {
                failure = Some(error);
                break;
            }
        }
    }
    // Every child is finished before the first error is returned.
    let answers: Vec<_> = workers.into_iter().map(Worker::finish).collect();
    let answers = answers.into_iter().collect::<Result<_, _>>()?;
    failure.map_or(Ok(answers), Err)
}
