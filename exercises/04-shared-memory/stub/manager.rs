//! A list that a server process owns, and proxies of it in other processes.
//!
//! ```text
//!   client ──┐                                             ┌──▶ client
//!   client ──┼── requests: one pipe ──▶ server ── answers: ┼──▶ client
//!   client ──┘                          (list)  a channel each ▶ client
//! ```

use crate::wire;
use ipc_channel::IpcError;
use ipc_channel::ipc::{IpcReceiver, IpcSender};
use nix::errno::Errno;
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::collections::HashMap;
use std::io;

/// How many elements a list may have.
///
/// So many fit into one message that the channel takes at once: the server never waits for a client.
pub const MAX_ELEMENTS: usize = 4096;

/// What can go wrong with a managed list.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum ManagerError {
    /// The server is not there any more.
    Gone,
    /// There is no such element.
    BadIndex {
        /// The index that was asked for.
        index: usize,
        /// How many elements there are.
        len: usize,
    },
    /// The list has [`MAX_ELEMENTS`] elements.
    Full,
    /// The sum does not fit into an `i64`.
    Overflow,
    /// Only the process that started a manager may shut it down.
    NotYours,
    /// A system call failed with this error number.
    Os(i32),
}

impl From<Errno> for ManagerError {
    fn from(errno: Errno) -> Self {
        Self::Os(errno as i32)
    }
}

impl From<io::Error> for ManagerError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset => Self::Gone,
            _ => Self::Os(error.raw_os_error().unwrap_or(Errno::EIO as i32)),
        }
    }
}

impl From<IpcError> for ManagerError {
    fn from(error: IpcError) -> Self {
        match error {
            IpcError::Disconnected => Self::Gone,
            IpcError::Io(error) => error.into(),
            IpcError::SerializationError(_) => Self::Os(Errno::EBADMSG as i32),
        }
    }
}

/// Who asks: one proxy in one process.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
struct Client {
    process: i32,
    number: u32,
}

/// What comes to the server through the pipe that all clients share.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
enum Request {
    Do(Client, Operation),
    Leave(Client),
    Shutdown,
}

/// What a client wants with the list.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
enum Operation {
    Append(i64),
    Get(usize),
    Set(usize, i64),
    Add(usize, i64),
    /// Puts `new` in the place of `old`, if `old` is there. Gives what was there.
    Exchange {
        index: usize,
        old: i64,
        new: i64,
    },
    Len,
    ToVec,
}

/// What a client is answered: an operation gives no numbers, one, or all.
type Answer = Result<Vec<i64>, ManagerError>;

/// A new client, and the channel into which its answers go.
type Newcomer = (Client, IpcSender<Answer>);

/// The ways to the server. While somebody has them, the server lives.
#[derive(Clone, Debug)]
struct Door {
    requests: wire::Sender<Request>,
    newcomers: IpcSender<Newcomer>,
}

/// The process that started the server, and what it needs to end it. Dropping it shuts the server down.
#[derive(Debug)]
pub struct Manager {
    server: Pid,
    owner: Pid,
    door: Door,
}

impl Manager {
    /// Starts a server, a child of this process, which owns one empty list. The process must have one
    /// thread.
    ///
    /// The server ends when it is told to, and also when no process has this manager or one of its
    /// proxies any more, however those processes ended. The child never comes back out of this function.
    ///
    /// # Errors
    /// [`ManagerError::Os`].
    pub fn start() -> Result<Self, ManagerError> {
        todo!("a pipe and a channel, fork, each side drops what is not its own; serve in the child")
    }

    /// The server's process.
    pub fn pid(&self) -> Pid {
        self.server
    }

    /// A proxy of the list. Forked processes may use it as well.
    pub fn list(&self) -> List {
        List { door: self.door.clone(), line: RefCell::new(None) }
    }

    /// Ends the server and reaps it. Requests that came before are answered; proxies get
    /// [`ManagerError::Gone`] from now on. Blocks until the server has ended; a signal that comes in
    /// between does no harm.
    ///
    /// # Errors
    /// [`ManagerError::Gone`] when the server had died before; [`ManagerError::NotYours`] in a forked copy,
    /// and the server lives on; [`ManagerError::Os`].
    pub fn shutdown(self) -> Result<(), ManagerError> {
        self.stop()
    }

    /// What shutdown and drop do. After a shutdown it is called once more, by drop, and does nothing.
    fn stop(&self) -> Result<(), ManagerError> {
        todo!("is it this process's server? send Shutdown, wait for the child, see how it ended")
    }
}

impl Drop for Manager {
    /// As [`Manager::shutdown`]. A forked copy leaves the server alone.
    fn drop(&mut self) {
        let _ = self.stop();
    }
}

/// What the server process has.
struct Server {
    requests: wire::Receiver<Request>,
    newcomers: IpcReceiver<Newcomer>,
    clients: HashMap<Client, IpcSender<Answer>>,
    list: Vec<i64>,
}

impl Server {
    /// Performs one request after the other and answers it, until it is told to end, or no process has a
    /// door any more. A client that dies is no reason to end.
    fn serve(&mut self) {
        todo!("receive requests in a loop; what does it mean that receiving fails?")
    }

    /// The channel to a client; `None` when there is none. Never waits: a client has sent it before its
    /// first request. Forgets clients that have died.
    fn answers_of(&mut self, client: Client) -> Option<&IpcSender<Answer>> {
        todo!("while this client is not known: try to receive a newcomer")
    }

    /// Does what a client wants.
    fn perform(&mut self, operation: Operation) -> Answer {
        todo!("an arm for each operation; no bad index and no overflow may end the server")
    }
}

/// A proxy: asks the server, wherever it is. Every method blocks until the server has answered, and a
/// signal that comes in between does no harm.
#[derive(Debug)]
pub struct List {
    door: Door,
    /// `None` until the first question.
    line: RefCell<Option<Line>>,
}

impl Clone for List {
    /// Another proxy of the same list, with a line of its own.
    fn clone(&self) -> Self {
        Self { door: self.door.clone(), line: RefCell::new(None) }
    }
}

impl List {
    /// Appends an element.
    ///
    /// # Errors
    /// [`ManagerError::Full`], [`ManagerError::Gone`].
    pub fn append(&self, value: i64) -> Result<(), ManagerError> {
        todo!("ask")
    }

    /// The element at `index`.
    ///
    /// # Errors
    /// [`ManagerError::BadIndex`], [`ManagerError::Gone`].
    pub fn get(&self, index: usize) -> Result<i64, ManagerError> {
        todo!("ask for a number")
    }

    /// Puts `value` in the place of the element at `index`.
    ///
    /// # Errors
    /// [`ManagerError::BadIndex`], [`ManagerError::Gone`].
    pub fn set(&self, index: usize, value: i64) -> Result<(), ManagerError> {
        todo!("ask")
    }

    /// Adds `delta` to the element at `index`, in one step. Returns the sum.
    ///
    /// # Errors
    /// [`ManagerError::BadIndex`], [`ManagerError::Overflow`], [`ManagerError::Gone`].
    pub fn add(&self, index: usize, delta: i64) -> Result<i64, ManagerError> {
        todo!("one operation, not two")
    }

    /// How many elements there are.
    ///
    /// # Errors
    /// [`ManagerError::Gone`].
    #[expect(clippy::len_without_is_empty, reason = "a second question would be a race")]
    pub fn len(&self) -> Result<usize, ManagerError> {
        todo!("ask for a number")
    }

    /// All elements, as they are at one moment.
    ///
    /// # Errors
    /// [`ManagerError::Gone`].
    pub fn to_vec(&self) -> Result<Vec<i64>, ManagerError> {
        todo!("ask")
    }

    /// Go further: changes an element, and loses no change that comes in between. Returns its new value.
    ///
    /// `change` is called in this process; and once more, with what is there then, when somebody else has
    /// changed the element in the meantime. The server serves others while `change` is at work,
    /// and `change` may use this proxy too.
    ///
    /// # Errors
    /// [`ManagerError::BadIndex`], [`ManagerError::Gone`].
    pub fn update(
        &self,
        index: usize,
        change: impl FnMut(i64) -> i64,
    ) -> Result<i64, ManagerError> {
        todo!("get, change, and Exchange until nobody came in between")
    }

    /// Asks the server, and waits for its answer.
    fn ask(&self, operation: Operation) -> Answer {
        todo!("open a line unless this process has one; send the request; wait for the answer")
    }

    /// Asks for one number.
    fn ask_number(&self, operation: Operation) -> Result<i64, ManagerError> {
        todo!("ask, and take the number out of the answer")
    }
}

/// The way by which one client gets its answers.
///
/// A forked process has a copy of it, and would take its parent's answers: it must open its own.
#[derive(Debug)]
struct Line {
    client: Client,
    answers: IpcReceiver<Answer>,
    requests: wire::Sender<Request>,
}

impl Line {
    /// Opens a line for this process.
    fn open(door: &Door) -> Result<Self, ManagerError> {
        todo!("a new client; a channel for its answers, whose sender goes through the door")
    }

    /// Waits for the next answer, and once more when a signal comes in between.
    fn answer(&self) -> Result<Answer, ManagerError> {
        todo!("receive; what if a signal interrupts it?")
    }

    fn is_of_this_process(&self) -> bool {
        todo!("which process has opened it, and which one is this?")
    }
}

impl Drop for Line {
    /// Tells the server that its end can be closed as well.
    fn drop(&mut self) {
        todo!("say Leave, but not for another process")
    }
}
