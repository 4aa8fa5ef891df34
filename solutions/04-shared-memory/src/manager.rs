//! A list that a server process owns, and proxies of it in other processes. The reference.

use crate::wire;
use ipc_channel::IpcError;
use ipc_channel::ipc::{self, IpcReceiver, IpcSender};
use nix::errno::Errno;
use nix::sys::signal::kill;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::collections::HashMap;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering};

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
    /// Starts a server, a child of this process, which owns one empty list.
    ///
    /// # Errors
    /// [`ManagerError::Os`].
    pub fn start() -> Result<Self, ManagerError> {
        let (requests, requests_in_server) = wire::channel()?;
        let (newcomers, newcomers_in_server) = ipc::channel()?;
        let door = Door { requests, newcomers };
        let mut server = Server {
            requests: requests_in_server,
            newcomers: newcomers_in_server,
            clients: HashMap::new(),
            list: vec![],
        };
        // SAFETY: the caller's process has one thread, so no lock is held that the child would wait for.
        match unsafe { fork() }? {
            // The server's ends are dropped here: with a copy of them, requests to a dead server
            // would wait in the pipe for ever.
            ForkResult::Parent { child } => Ok(Self { server: child, owner: Pid::this(), door }),
            ForkResult::Child => {
                // The server would wait for its own requests, and never see that nobody is left.
                drop(door);
                let served = catch_unwind(AssertUnwindSafe(|| server.serve()));
                // SAFETY: ends the process at once; it must not come back into the caller's code.
                unsafe { nix::libc::_exit(if served.is_ok() { 0 } else { 101 }) }
            }
        }
    }

    /// The server's process.
    pub fn pid(&self) -> Pid {
        self.server
    }

    /// A proxy of the list.
    pub fn list(&self) -> List {
        List { door: self.door.clone(), line: RefCell::new(None) }
    }

    /// Ends the server and reaps it. Blocks until it has ended.
    ///
    /// # Errors
    /// [`ManagerError::Gone`], [`ManagerError::NotYours`], [`ManagerError::Os`].
    pub fn shutdown(self) -> Result<(), ManagerError> {
        self.stop()
    }

    /// Is called once more by drop, after a shutdown: then there is no such child, and nothing happens.
    fn stop(&self) -> Result<(), ManagerError> {
        if Pid::this() != self.owner {
            return Err(ManagerError::NotYours);
        }
        // How the server ended says more than whether it took the request.
        let _ = self.door.requests.send(&Request::Shutdown);
        loop {
            match waitpid(self.server, None) {
                Ok(WaitStatus::Exited(_, 0)) => return Ok(()),
                Err(Errno::EINTR) => {}
                Ok(_) | Err(Errno::ECHILD) => return Err(ManagerError::Gone),
                Err(errno) => return Err(errno.into()),
            }
        }
    }
}

impl Drop for Manager {
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
    /// One request after the other, so each is atomic. Ends when it is told to, or when no process
    /// has a door any more.
    fn serve(&mut self) {
        while let Ok(request) = self.requests.recv() {
            match request {
                Request::Do(client, operation) => {
                    let answer = self.perform(operation);
                    // A client that has died in the meantime is no reason to end.
                    let _ = self.answers_of(client).map(|answers| answers.send(answer));
                }
                Request::Leave(client) => drop(self.clients.remove(&client)),
                Request::Shutdown => return,
            }
        }
    }

    /// The channel to a client, which has sent it before its first request: nobody is waited for here.
    fn answers_of(&mut self, client: Client) -> Option<&IpcSender<Answer>> {
        while !self.clients.contains_key(&client) {
            let (newcomer, answers) = self.newcomers.try_recv().ok()?;
            self.clients.retain(|client, _| is_alive(client));
            self.clients.insert(newcomer, answers);
        }
        self.clients.get(&client)
    }

    /// Does what a client wants.
    fn perform(&mut self, operation: Operation) -> Answer {
        match operation {
            Operation::Append(value) => self.append(value).map(|()| vec![]),
            Operation::Get(index) => Ok(vec![*self.element(index)?]),
            Operation::Set(index, value) => {
                *self.element(index)? = value;
                Ok(vec![])
            }
            Operation::Add(index, delta) => {
                let element = self.element(index)?;
                *element = element.checked_add(delta).ok_or(ManagerError::Overflow)?;
                Ok(vec![*element])
            }
            Operation::Exchange { index, old, new } => {
                let element = self.element(index)?;
                let seen = *element;
                if seen == old {
                    *element = new;
                }
                Ok(vec![seen])
            }
            Operation::Len => Ok(vec![self.list.len() as i64]),
            Operation::ToVec => Ok(self.list.clone()),
        }
    }

    fn append(&mut self, value: i64) -> Result<(), ManagerError> {
        if self.list.len() == MAX_ELEMENTS {
            return Err(ManagerError::Full);
        }
        self.list.push(value);
        Ok(())
    }

    fn element(&mut self, index: usize) -> Result<&mut i64, ManagerError> {
        let len = self.list.len();
        self.list.get_mut(index).ok_or(ManagerError::BadIndex { index, len })
    }
}

/// A client that was killed could not say that it leaves.
fn is_alive(client: &Client) -> bool {
    kill(Pid::from_raw(client.process), None) != Err(Errno::ESRCH)
}

/// A proxy: asks the server, wherever it is.
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
        self.ask(Operation::Append(value)).map(drop)
    }

    /// The element at `index`.
    ///
    /// # Errors
    /// [`ManagerError::BadIndex`], [`ManagerError::Gone`].
    pub fn get(&self, index: usize) -> Result<i64, ManagerError> {
        self.ask_number(Operation::Get(index))
    }

    /// Puts `value` in the place of the element at `index`.
    ///
    /// # Errors
    /// [`ManagerError::BadIndex`], [`ManagerError::Gone`].
    pub fn set(&self, index: usize, value: i64) -> Result<(), ManagerError> {
        self.ask(Operation::Set(index, value)).map(drop)
    }

    /// Adds `delta` to the element at `index`, in one step. Returns the sum.
    ///
    /// # Errors
    /// [`ManagerError::BadIndex`], [`ManagerError::Overflow`], [`ManagerError::Gone`].
    pub fn add(&self, index: usize, delta: i64) -> Result<i64, ManagerError> {
        self.ask_number(Operation::Add(index, delta))
    }

    /// How many elements there are.
    ///
    /// # Errors
    /// [`ManagerError::Gone`].
    #[expect(clippy::len_without_is_empty, reason = "a second question would be a race")]
    pub fn len(&self) -> Result<usize, ManagerError> {
        Ok(self.ask_number(Operation::Len)? as usize)
    }

    /// All elements, as they are at one moment.
    ///
    /// # Errors
    /// [`ManagerError::Gone`].
    pub fn to_vec(&self) -> Result<Vec<i64>, ManagerError> {
        self.ask(Operation::ToVec)
    }

    /// Go further: changes an element, and loses no change that comes in between. Returns its new value.
    ///
    /// # Errors
    /// [`ManagerError::BadIndex`], [`ManagerError::Gone`].
    pub fn update(
        &self,
        index: usize,
        mut change: impl FnMut(i64) -> i64,
    ) -> Result<i64, ManagerError> {
        let mut old = self.get(index)?;
        loop {
            let new = change(old);
            let seen = self.ask_number(Operation::Exchange { index, old, new })?;
            if seen == old {
                return Ok(new);
            }
            old = seen;
        }
    }

    /// Asks the server, and waits for its answer.
    fn ask(&self, operation: Operation) -> Answer {
        let mut line = self.line.borrow_mut();
        if !line.as_ref().is_some_and(Line::is_of_this_process) {
            *line = Some(Line::open(&self.door)?);
        }
        let line = line.as_ref().expect("it is open now");
        self.door.requests.send(&Request::Do(line.client, operation))?;
        line.answer()?
    }

    fn ask_number(&self, operation: Operation) -> Result<i64, ManagerError> {
        Ok(self.ask(operation)?[0])
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
    fn open(door: &Door) -> Result<Self, ManagerError> {
        static NUMBERS: AtomicU32 = AtomicU32::new(0);
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        let client = Client { process: Pid::this().as_raw(), number };
        let (answers_of_server, answers) = ipc::channel()?;
        door.newcomers.send((client, answers_of_server))?;
        Ok(Self { client, answers, requests: door.requests.clone() })
    }

    /// Waits for the next answer, and once more when a signal comes in between.
    fn answer(&self) -> Result<Answer, ManagerError> {
        loop {
            match self.answers.recv() {
                Err(IpcError::Io(error)) if error.kind() == io::ErrorKind::Interrupted => {}
                answer => return Ok(answer?),
            }
        }
    }

    fn is_of_this_process(&self) -> bool {
        self.client.process == Pid::this().as_raw()
    }
}

impl Drop for Line {
    /// Tells the server that its end can be closed as well.
    fn drop(&mut self) {
        if self.is_of_this_process() {
            let _ = self.requests.send(&Request::Leave(self.client));
        }
    }
}
