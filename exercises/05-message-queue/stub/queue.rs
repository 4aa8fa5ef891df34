//! A System V message queue with typed receive. It is given: read it, and leave it as it is.
//!
//! nix has no System V queues, so this file calls C's functions itself. Every `unsafe` block says why it is sound;
//! nobody who uses the queue has to write one.

use nix::errno::Errno;
use nix::libc::{self, c_int, c_void};
use std::mem::MaybeUninit;
use std::num::NonZero;

/// The most bytes that a message may have. It is the limit that Linux sets, too.
pub const MAX_MESSAGE_BYTES: usize = 8192;

/// The number under which programs find the same queue. It can't be 0: to the kernel that means "no key".
pub type Key = NonZero<i32>;

/// What can go wrong at a message queue.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum MqError {
    /// There is a queue with this key already.
    Exists,
    /// There is no queue with this key.
    NoQueue,
    /// The queue was removed, perhaps while somebody waited at it.
    Removed,
    /// The message is longer than [`MAX_MESSAGE_BYTES`]; its length in bytes.
    TooLong(usize),
    /// A type of message is 1 at least; this one is not.
    BadType(i64),
    /// The message is not UTF-8.
    NotUtf8,
    /// A system call failed.
    Os(Errno),
}

impl std::fmt::Display for MqError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exists => write!(f, "there is a queue with this key already"),
            Self::NoQueue => write!(f, "there is no queue with this key"),
            Self::Removed => write!(f, "the queue was removed"),
            Self::TooLong(bytes) => {
                write!(f, "a message of {bytes} bytes is too long: {MAX_MESSAGE_BYTES} fit")
            }
            Self::BadType(kind) => write!(f, "{kind} is no type of a message: 1 is the lowest"),
            Self::NotUtf8 => write!(f, "the message is not text"),
            Self::Os(errno) => write!(f, "{}", errno.desc()),
        }
    }
}

impl std::error::Error for MqError {}

/// A message, as it is received.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Message {
    /// Its type, 1 or more. (`type` is a word of Rust's own.)
    pub kind: i64,
    /// Its bytes.
    pub body: Vec<u8>,
}

/// Which message to receive.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Select {
    /// The oldest, whatever its type.
    Any,
    /// The oldest of this type.
    Exactly(i64),
    /// Of all whose type is at most this one: those of the lowest type, and of these the oldest.
    AtMost(i64),
}

/// A handle to a queue in the kernel. Clones, and copies in forked processes, are handles to the same queue.
///
/// Dropping a handle leaves the queue where it is, and so does the end of the process: a queue stays until somebody
/// calls [`MessageQueue::remove`].
#[derive(Clone, Debug)]
pub struct MessageQueue {
    id: c_int,
}

impl MessageQueue {
    /// A new queue, under a key that no other queue has.
    ///
    /// # Errors
    /// [`MqError::Exists`] when one has it; [`MqError::Os`].
    pub fn create(key: Key) -> Result<Self, MqError> {
        Self::get(key.get(), libc::IPC_CREAT | libc::IPC_EXCL | 0o600)
    }

    /// A new queue without a key. Only this process, and those that it forks, can reach it.
    ///
    /// # Errors
    /// [`MqError::Os`] when there are too many queues.
    pub fn create_private() -> Result<Self, MqError> {
        Self::get(libc::IPC_PRIVATE, libc::IPC_CREAT | 0o600)
    }

    /// The queue that somebody else made under this key.
    ///
    /// # Errors
    /// [`MqError::NoQueue`] when nobody did; [`MqError::Os`], also when it is another user's.
    pub fn open(key: Key) -> Result<Self, MqError> {
        Self::get(key.get(), 0)
    }

    fn get(key: libc::key_t, flags: c_int) -> Result<Self, MqError> {
        // SAFETY: the function takes two numbers, and touches no memory of ours.
        match Errno::result(unsafe { libc::msgget(key, flags) }) {
            Ok(id) => Ok(Self { id }),
            Err(Errno::EEXIST) => Err(MqError::Exists),
            Err(Errno::ENOENT) => Err(MqError::NoQueue),
            Err(errno) => Err(MqError::Os(errno)),
        }
    }

    /// Puts a message of type `kind` into the queue. Blocks while the queue is full (16384 bytes on Linux).
    ///
    /// # Errors
    /// [`MqError::TooLong`] and [`MqError::BadType`], and nothing is sent; [`MqError::Removed`]; [`MqError::Os`].
    pub fn send(&self, body: &[u8], kind: i64) -> Result<(), MqError> {
        let mut buffer = Buffer { kind: checked(kind)?, body: NO_BYTES };
        let place = buffer.body.get_mut(..body.len()).ok_or(MqError::TooLong(body.len()))?;
        place.write_copy_of_slice(body);
        let start = (&raw const buffer).cast::<c_void>();
        // SAFETY: `start` points to a type and, behind it, to the bytes that are announced.
        uninterrupted(|| unsafe { libc::msgsnd(self.id, start, body.len(), 0) } as isize)?;
        Ok(())
    }

    /// Takes a message out of the queue. Blocks until there is one that `select` names; all others stay.
    ///
    /// # Errors
    /// [`MqError::Removed`], also when it happens in the middle of the wait; [`MqError::BadType`]; [`MqError::Os`].
    pub fn receive(&self, select: Select) -> Result<Message, MqError> {
        self.take(select, 0)
    }

    /// As [`MessageQueue::receive`], but never blocks: `Ok(None)` when no such message is there now.
    ///
    /// # Errors
    /// As [`MessageQueue::receive`].
    pub fn try_receive(&self, select: Select) -> Result<Option<Message>, MqError> {
        match self.take(select, libc::IPC_NOWAIT) {
            Ok(message) => Ok(Some(message)),
            Err(MqError::Os(Errno::ENOMSG)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn take(&self, select: Select, flags: c_int) -> Result<Message, MqError> {
        // How C's function is told which message is wanted.
        let wanted = match select {
            Select::Any => 0,
            Select::Exactly(kind) => checked(kind)?,
            Select::AtMost(kind) => -checked(kind)?,
        };
        let mut buffer = Buffer { kind: 0, body: NO_BYTES };
        let start = (&raw mut buffer).cast::<c_void>();
        let receive = || {
            // SAFETY: `start` points to room for a type and, behind it, for as many bytes as are announced.
            unsafe { libc::msgrcv(self.id, start, MAX_MESSAGE_BYTES, wanted, flags) }
        };
        let length = uninterrupted(receive)?;
        // SAFETY: the kernel has written so many bytes.
        let body = unsafe { buffer.body[..length].assume_init_ref() };
        Ok(Message { kind: buffer.kind, body: body.to_vec() })
    }

    /// Removes the queue, with all that is in it. Whoever waits at it gets [`MqError::Removed`].
    ///
    /// # Errors
    /// [`MqError::Removed`] when somebody else did it before; [`MqError::Os`].
    pub fn remove(self) -> Result<(), MqError> {
        // SAFETY: this command uses no third argument, so it may be null.
        let remove = || unsafe { libc::msgctl(self.id, libc::IPC_RMID, std::ptr::null_mut()) };
        uninterrupted(|| remove() as isize)?;
        Ok(())
    }
}

/// A message as the kernel wants it: its type, and its bytes right behind. There is room for the longest message.
#[repr(C)]
struct Buffer {
    kind: libc::c_long,
    body: [MaybeUninit<u8>; MAX_MESSAGE_BYTES],
}

/// Room for bytes. Only those that were written are ever read, so it is not filled with zeros first, at each message.
const NO_BYTES: [MaybeUninit<u8>; MAX_MESSAGE_BYTES] = [MaybeUninit::uninit(); MAX_MESSAGE_BYTES];

fn checked(kind: i64) -> Result<i64, MqError> {
    if kind >= 1 { Ok(kind) } else { Err(MqError::BadType(kind)) }
}

/// Makes a system call, once more after each signal that interrupts it. The number that it returned.
fn uninterrupted(mut call: impl FnMut() -> isize) -> Result<usize, MqError> {
    loop {
        match Errno::result(call()) {
            Ok(number) => return Ok(number.unsigned_abs()),
            Err(Errno::EINTR) => {}
            // Removed in the middle of the call; and before it, when the number of the queue has no meaning any more.
            Err(Errno::EIDRM | Errno::EINVAL) => return Err(MqError::Removed),
            Err(errno) => return Err(MqError::Os(errno)),
        }
    }
}
