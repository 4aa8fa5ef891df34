//! A process pool: a few worker processes that do the work of many calls.
//!
//! The types and the contracts are given. Write the bodies that say `todo!`, in their order.

#![allow(unused_variables, dead_code, reason = "the bodies are still to be written")]

pub mod wire;

use crossbeam::channel;
use nix::errno::Errno;
use nix::unistd::Pid;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

/// Why there is no pool.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PoolError {
    /// A pool of no workers would never do anything.
    NoWorkers,
    /// The process has so many threads, and a fork copies only one: a lock that another one holds
    /// would stay locked in the child for ever.
    SeveralThreads(usize),
    /// A system call failed.
    Os(Errno),
}

impl From<Errno> for PoolError {
    fn from(errno: Errno) -> Self {
        Self::Os(errno)
    }
}

impl From<io::Error> for PoolError {
    fn from(error: io::Error) -> Self {
        Self::Os(error.raw_os_error().map_or(Errno::UnknownErrno, Errno::from_raw))
    }
}

/// Why an item has no result. A worker sends it to its parent: the derives let it travel.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum TaskError {
    /// The function panicked, with this message; empty when it is not a text.
    Panicked(String),
    /// The worker that had the item died, or no worker is left.
    WorkerDied,
}

/// What becomes of an item.
pub type TaskResult<R> = Result<R, TaskError>;

/// Is `n` a prime number? Any `n` gets an answer, and none takes more than √n steps.
pub fn is_prime(n: u64) -> bool {
    todo!("which numbers have no divisor but 1 and themselves? Up to where must you look?")
}

/// Items on their way to a worker, and where their results go. They go there together, in the order of the items.
struct Task<T, R> {
    items: Vec<T>,
    reply: mpsc::Sender<Vec<TaskResult<R>>>,
}

/// A child process, as its parent sees it. The fields are dropped in their order: the child sees the
/// end of its requests before it is waited for.
struct Worker<T, R> {
    requests: wire::Sender<Vec<T>>,
    answers: wire::Receiver<Vec<TaskResult<R>>>,
    child: Child,
}

/// A child process that is waited for when this is dropped.
struct Child(Pid);

impl Drop for Child {
    fn drop(&mut self) {
        todo!("wait for the child, and once more when a signal interrupts it")
    }
}

impl<T, R> Worker<T, R>
where
    T: Serialize + DeserializeOwned,
    R: Serialize + DeserializeOwned,
{
    /// Starts `count` children. Each applies `function` to each item that it gets, until none come any
    /// more. A panic of `function` is an answer as well. A child holds no ends but its own two, and
    /// never comes back out of this function.
    ///
    /// # Errors
    /// [`PoolError::Os`]; the children that were started already have ended then.
    fn start_all(count: usize, function: &impl Fn(T) -> R) -> Result<Vec<Self>, PoolError> {
        todo!("for each: two pipes and a fork; in the child: close what is not yours, and serve")
    }

    /// Lets the worker work on the items of a task, and blocks until it has. An error says that it died.
    fn ask(&mut self, task: &Task<T, R>) -> io::Result<Vec<TaskResult<R>>> {
        todo!("send the items, and receive the answers")
    }
}

/// What the thread beside a worker does: takes one task after the other, and sends the results where
/// they belong, until the queue is closed and empty, or the worker is dead.
fn attend<T, R>(worker: Worker<T, R>, tasks: channel::Receiver<Task<T, R>>)
where
    T: Serialize + DeserializeOwned,
    R: Serialize + DeserializeOwned,
{
    todo!("for each task: ask the worker, and reply; leave when it is dead")
}

/// Worker processes that apply one function to whatever they are given.
///
/// All tasks stand in one queue; a worker that is free takes the next one, and only one. The work goes
/// on whether or not somebody waits for the results. Beside each worker the caller's process has
/// a thread, which waits for it.
pub struct Pool<T, R> {
    pids: Vec<Pid>,
    /// `None` once the pool is being closed.
    tasks: Option<channel::Sender<Task<T, R>>>,
    attendants: Vec<JoinHandle<()>>,
}

impl<T, R> Pool<T, R>
where
    T: Serialize + DeserializeOwned + Send + 'static,
    R: Serialize + DeserializeOwned + Send + 'static,
{
    /// Starts `workers` child processes that wait for items to apply `function` to.
    ///
    /// They are the only ones: no call starts another. They end when the pool does, and also when
    /// the caller's process dies.
    ///
    /// # Errors
    /// [`PoolError::NoWorkers`]; [`PoolError::SeveralThreads`] when the caller's thread is not the only
    /// one of its process; [`PoolError::Os`]. No child and no open descriptor is left then.
    pub fn new(workers: usize, function: impl Fn(T) -> R) -> Result<Self, PoolError> {
        todo!("look whether it may be, start all the workers, and only then the threads")
    }

    /// The workers' pids, also of those that have died.
    pub fn pids(&self) -> &[Pid] {
        todo!("what new has noted")
    }

    /// Hands in one item, and returns at once.
    pub fn apply_async(&self, item: T) -> Pending<R> {
        todo!("hand in a task of one item")
    }

    /// Puts a task into the queue, and says where its results will come.
    fn hand_in(&self, items: Vec<T>) -> Batch<R> {
        todo!("a channel for the reply, and a task in the queue")
    }

    /// Hands in all items, and returns at once.
    ///
    /// Where there are at least eight items for each worker, several may share a task: to send each alone can cost more
    /// than the work on it. What becomes of one is no matter of the others in its task, unless the worker dies.
    pub fn map_async(&self, items: impl IntoIterator<Item = T>) -> PendingAll<R> {
        todo!("cut the items into tasks, and hand in each")
    }

    /// Hands in all items, and blocks until all have a result. They come in the order of the items.
    pub fn map(&self, items: impl IntoIterator<Item = T>) -> Vec<TaskResult<R>> {
        todo!("map_async, and get")
    }

    /// Hands in all items, each alone, and returns at once. The results can be taken one by one, in the
    /// order of the items, while later items are still at work.
    pub fn imap(&self, items: impl IntoIterator<Item = T>) -> Imap<R> {
        todo!("apply_async for each item, and an iterator over what it returns")
    }

    /// Go further: as [`Pool::imap`], but the results come in the order in which they are ready.
    pub fn imap_unordered(&self, items: impl IntoIterator<Item = T>) -> Unordered<R> {
        todo!("one channel for all the replies; how many are missing?")
    }

    /// Blocks until all that was handed in is done and all workers have ended, and reaps them. The
    /// results can be taken afterwards.
    pub fn close(self) {
        // Dropping it does it.
    }
}

impl<T, R> Drop for Pool<T, R> {
    /// As [`Pool::close`].
    fn drop(&mut self) {
        todo!("close the queue, and join the threads")
    }
}

/// The results of one task, which may still be computed.
struct Batch<R> {
    /// How many there will be.
    count: usize,
    results: mpsc::Receiver<Vec<TaskResult<R>>>,
}

impl<R> Batch<R> {
    /// Blocks until they are there.
    fn get(self) -> Vec<TaskResult<R>> {
        todo!("wait for the reply; what does it mean that none can come any more?")
    }
}

/// The result of one item, which may still be computed. Dropping it does not stop the work.
#[must_use]
pub struct Pending<R>(Batch<R>);

impl<R> Pending<R> {
    /// Blocks until it is there.
    ///
    /// # Errors
    /// [`TaskError::Panicked`]; [`TaskError::WorkerDied`].
    pub fn get(self) -> TaskResult<R> {
        todo!("get the batch; it has one result")
    }

    /// Go further: blocks until it is there, but not longer than `limit`.
    ///
    /// # Errors
    /// Itself, when the limit is over: it can be asked again.
    pub fn get_within(self, limit: Duration) -> Result<TaskResult<R>, Self> {
        todo!("as get, with recv_timeout")
    }
}

/// The results of many items, which may still be computed.
#[must_use]
pub struct PendingAll<R>(Vec<Batch<R>>);

impl<R> PendingAll<R> {
    /// Blocks until all are there. They come in the order of the items.
    pub fn get(self) -> Vec<TaskResult<R>> {
        todo!("get each of them, in their order")
    }
}

/// The results of many items, one by one, in the order of the items.
pub struct Imap<R>(std::vec::IntoIter<Pending<R>>);

impl<R> Iterator for Imap<R> {
    type Item = TaskResult<R>;

    /// Blocks until the next one is there.
    fn next(&mut self) -> Option<Self::Item> {
        todo!("get the next one, if there is one")
    }
}

/// Go further: the results of many items, one by one, as they get ready.
pub struct Unordered<R> {
    results: mpsc::Receiver<Vec<TaskResult<R>>>,
    missing: usize,
}

impl<R> Iterator for Unordered<R> {
    type Item = TaskResult<R>;

    /// Blocks until one more is there.
    fn next(&mut self) -> Option<Self::Item> {
        todo!("one is missing less; what if it can't come any more?")
    }
}

/// Given: how many threads this process has.
///
/// A thread that was joined can be on its way out for a moment. It holds no lock any more, and does not count.
fn count_threads() -> usize {
    const PF_EXITING: u32 = 4;
    let is_ending = |stat: &str| {
        // Behind the name in parentheses: its state, five numbers, its flags.
        let flags = stat.rsplit(')').next()?.split_whitespace().nth(6)?;
        Some(flags.parse::<u32>().ok()? & PF_EXITING != 0)
    };
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    tasks
        .filter_map(|task| std::fs::read_to_string(task.path().join("stat")).ok())
        .filter(|stat| is_ending(stat) != Some(true))
        .count()
}
