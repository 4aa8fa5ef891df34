//! Processes: work that is done beside the caller, in memory of its own.
//!
//! The types and the contracts are given. Write the bodies that say `todo!`, in their order.

#![allow(unused_variables, dead_code, reason = "the bodies are still to be written")]

use nix::errno::Errno;
use nix::sys::signal::Signal;
use nix::unistd::Pid;
use std::io::Write;
use std::time::Duration;

/// The Fibonacci numbers F(0) to F(`n`): n + 1 of them. They begin with 0 and 1, and each of the
/// others is the sum of the two before it.
///
/// `None` when F(`n`) does not fit into a `u64`: F(93) is the last that does.
pub fn fibonacci(n: usize) -> Option<Vec<u64>> {
    todo!("begin with 0 and 1, add with care, and stop at F(n)")
}

/// Something to do in a process of its own.
pub trait Run {
    /// Does it. The value becomes the exit code of the process: 0 says that all went well.
    ///
    /// Only the low eight bits of it arrive, as POSIX says: 0 to 255 as they are, but 256 as 0 and
    /// -1 as 255.
    fn run(self) -> i32;
}

/// A task as an object: it writes the Fibonacci numbers F(0) to F(`n`).
#[derive(Clone, Debug)]
pub struct Fibonacci<W> {
    /// The index of the last number.
    pub n: usize,
    /// Where the numbers go.
    pub out: W,
}

impl<W: Write> Run for Fibonacci<W> {
    /// Writes the numbers as one line, with one space between two of them, and flushes it.
    ///
    /// The code is 0; or 1 when F(n) does not fit into a `u64`, and then nothing is written; or 1
    /// when `out` takes no more.
    fn run(self) -> i32 {
        todo!("make one line of the numbers, and write it; every failure is a 1")
    }
}

/// A task as a function: whatever can be called once and returns a code.
impl<F: FnOnce() -> i32> Run for F {
    fn run(self) -> i32 {
        todo!("call it")
    }
}

/// What can go wrong with a child process.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ProcessError {
    /// The process has more than one thread; how many.
    SeveralThreads(usize),
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

impl From<Errno> for ProcessError {
    fn from(errno: Errno) -> Self {
        Self::Os(errno)
    }
}

/// A task that has no process yet.
#[derive(Debug)]
#[must_use = "nothing runs before it is started"]
pub struct Process<R> {
    task: R,
}

impl<R: Run> Process<R> {
    /// Keeps `task` for [`Process::start`]. Nothing runs yet.
    pub fn new(task: R) -> Self {
        Self { task }
    }

    /// Starts a child process that runs the task, and returns while it runs.
    ///
    /// The child works on a copy of the caller's memory: what it changes there, the caller never
    /// sees. It never comes back out of this function. It ends with the code that `run` returns, or
    /// with code 101 when `run` panics; none of the caller's destructors and exit handlers runs in
    /// it. What is printed to the standard output, before the start or in the child, is printed
    /// once, also when `run` panics.
    ///
    /// The caller's own copy of the task is dropped.
    ///
    /// # Errors
    /// [`ProcessError::SeveralThreads`] when the caller has more than one thread, and then no child
    /// is started: it would have a copy of the calling thread alone, and a lock that another thread
    /// held would stay locked in it for ever. A thread that has just ended may still be counted for a
    /// moment. [`ProcessError::Os`] when the system gives no process.
    pub fn start(self) -> Result<Child, ProcessError> {
        todo!("one thread only? flush; fork; the child runs the task, flushes and ends in here")
    }
}

/// A child process.
///
/// Dropping it waits until it has ended, and reaps it, so that no zombie stays. That holds when the
/// caller panics, too.
#[derive(Debug)]
#[must_use = "dropping a child waits for it"]
pub struct Child {
    pid: Pid,
    /// How it ended, once that is known: the system tells it only once.
    exit: Option<Exit>,
}

impl Child {
    /// The number of the process. After it was reaped, the system may give it to another.
    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// Waits until it has ended, reaps it, and says how it ended. Asked again, it says the same.
    ///
    /// Blocks without using the processor. A signal that comes in between does no harm.
    ///
    /// # Errors
    /// [`ProcessError::Os`]: `ECHILD` when somebody else has reaped it.
    pub fn join(&mut self) -> Result<Exit, ProcessError> {
        todo!("waitpid() for this child; keep what it says")
    }

    /// Can it still run? A child that a signal has only stopped is alive, a zombie is not.
    ///
    /// Never blocks. [`Child::join`] works as before, whatever the answer is.
    ///
    /// # Errors
    /// As [`Child::join`].
    pub fn is_alive(&mut self) -> Result<bool, ProcessError> {
        todo!("waitpid() can be told not to wait; keep what it says")
    }

    /// Go further: joins, but waits for `limit` at most. `Ok(None)` when it is still running then.
    ///
    /// Blocks without using the processor. A signal that comes in between does no harm.
    ///
    /// # Errors
    /// As [`Child::join`].
    pub fn join_within(&mut self, limit: Duration) -> Result<Option<Exit>, ProcessError> {
        todo!("what does poll() say of a descriptor from pidfd_open()?")
    }
}

// Write `impl Drop for Child` here: it keeps the promise that the comment on `Child` makes.

/// Go further: runs all tasks at the same time, each in a child of its own, and says how each of
/// them ended, in the order of the tasks.
///
/// # Errors
/// As [`Process::start`] and [`Child::join`]; the children that were started are reaped even so.
pub fn run_all<R: Run>(tasks: impl IntoIterator<Item = R>) -> Result<Vec<Exit>, ProcessError> {
    todo!("start them all before you wait for the first")
}
