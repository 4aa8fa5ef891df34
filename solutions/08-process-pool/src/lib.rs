//! A process pool: a few worker processes that do the work of many calls. The reference.

pub mod wire;

use crossbeam::channel;
use nix::errno::Errno;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::any::Any;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Why there is no pool.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PoolError {
    /// A pool of no workers would never do anything.
    NoWorkers,
    /// The process has so many threads, and a fork copies only one.
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

/// Why an item has no result. A worker sends it to its parent.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum TaskError {
    /// The function panicked, with this message.
    Panicked(String),
    /// The worker that had the item died, or no worker is left.
    WorkerDied,
}

/// What becomes of an item.
pub type TaskResult<R> = Result<R, TaskError>;

/// Is `n` a prime number?
pub fn is_prime(n: u64) -> bool {
    if n < 4 {
        return n >= 2;
    }
    if n.is_multiple_of(2) || n.is_multiple_of(3) {
        return false;
    }
    // Every other prime has one of the forms 6k - 1 and 6k + 1.
    (5..)
        .step_by(6)
        // Not i * i <= n, which overflows for the largest n.
        .take_while(|i| *i <= n / i)
        .all(|i| !n.is_multiple_of(i) && !n.is_multiple_of(i + 2))
}

/// Items on their way to a worker, and where their results go, together.
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
        while waitpid(self.0, None) == Err(Errno::EINTR) {}
    }
}

impl<T, R> Worker<T, R>
where
    T: Serialize + DeserializeOwned,
    R: Serialize + DeserializeOwned,
{
    /// Starts `count` children. Each applies `function` to each item that it gets.
    fn start_all(count: usize, function: &impl Fn(T) -> R) -> Result<Vec<Self>, PoolError> {
        let mut started = vec![];
        for _ in 0..count {
            let (requests, requests_in_child) = wire::channel()?;
            let (answers_in_child, answers) = wire::channel()?;
            // SAFETY: the process has one thread, so no lock is held that the child would wait for.
            match unsafe { fork() }? {
                ForkResult::Parent { child } => {
                    started.push(Self { requests, answers, child: Child(child) });
                }
                ForkResult::Child => {
                    // The parent's ends, also those to the other workers: while somebody holds a
                    // writer, its reader does not see the end.
                    drop((requests, answers, started));
                    run_as_worker(requests_in_child, answers_in_child, function)
                }
            }
        }
        Ok(started)
    }

    /// Lets the worker work on the items of a task. An error says that it died.
    fn ask(&mut self, task: &Task<T, R>) -> io::Result<Vec<TaskResult<R>>> {
        self.requests.send(&task.items)?;
        self.answers.recv()
    }
}

/// What a child does. It must not come back into the caller's code, whatever happens.
fn run_as_worker<T: DeserializeOwned, R: Serialize>(
    requests: wire::Receiver<Vec<T>>,
    answers: wire::Sender<Vec<TaskResult<R>>>,
    function: &impl Fn(T) -> R,
) -> ! {
    let served = catch_unwind(AssertUnwindSafe(|| serve(requests, answers, function)));
    // SAFETY: ends the process at once, without the parent's handlers and buffers.
    unsafe { nix::libc::_exit(if served.is_ok() { 0 } else { 101 }) }
}

/// Applies `function` to what comes, until nothing comes any more.
fn serve<T: DeserializeOwned, R: Serialize>(
    mut requests: wire::Receiver<Vec<T>>,
    mut answers: wire::Sender<Vec<TaskResult<R>>>,
    function: &impl Fn(T) -> R,
) {
    let answer = |item| catch_unwind(AssertUnwindSafe(|| function(item))).map_err(panicked);
    while let Ok(items) = requests.recv() {
        let answered = items.into_iter().map(answer).collect();
        // What the function printed would be lost at the end.
        let _ = io::stdout().flush();
        if answers.send(&answered).is_err() {
            break;
        }
    }
}

fn panicked(panic: Box<dyn Any + Send>) -> TaskError {
    let text = panic.downcast_ref::<&str>().map(|text| text.to_string());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    TaskError::Panicked(text.unwrap_or_default())
}

/// What the thread beside a worker does: one task after the other, so that never more than one is on
/// its way to the worker, and each side knows when the other reads.
fn attend<T, R>(mut worker: Worker<T, R>, tasks: channel::Receiver<Task<T, R>>)
where
    T: Serialize + DeserializeOwned,
    R: Serialize + DeserializeOwned,
{
    for task in tasks {
        // Nobody may want the results any more: then `send` fails, and that is fine.
        match worker.ask(&task) {
            Ok(answers) => drop(task.reply.send(answers)),
            Err(_) => {
                // Reaped before anybody hears of its death.
                drop(worker);
                return drop(task.reply.send(all_lost(task.items.len())));
            }
        }
    }
}

/// The results of `count` items whose worker died.
fn all_lost<R>(count: usize) -> Vec<TaskResult<R>> {
    (0..count).map(|_| Err(TaskError::WorkerDied)).collect()
}

/// When there are many items, each worker gets about so many tasks: few, because each costs two messages; but more than
/// one, because some take longer, and whoever is free takes the next.
const TASKS_PER_WORKER: usize = 4;

/// Worker processes that apply one function to whatever they are given.
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
    /// # Errors
    /// [`PoolError::NoWorkers`]; [`PoolError::SeveralThreads`]; [`PoolError::Os`]. No child is left then.
    pub fn new(workers: usize, function: impl Fn(T) -> R) -> Result<Self, PoolError> {
        if workers == 0 {
            return Err(PoolError::NoWorkers);
        }
        match count_threads() {
            1 => {}
            several => return Err(PoolError::SeveralThreads(several)),
        }
        // What is in the buffer now would be printed by each child again.
        let _ = io::stdout().flush();
        // All children come before the first thread.
        let started = Worker::start_all(workers, &function)?;
        let pids = started.iter().map(|worker| worker.child.0).collect();
        let (task_in, tasks) = channel::unbounded();
        let mut pool = Self { pids, tasks: Some(task_in), attendants: vec![] };
        for worker in started {
            let tasks = tasks.clone();
            let attendant = thread::Builder::new().spawn(move || attend(worker, tasks))?;
            pool.attendants.push(attendant);
        }
        Ok(pool)
    }

    /// The workers' pids, also of those that have died.
    pub fn pids(&self) -> &[Pid] {
        &self.pids
    }

    /// Hands in one item, and returns at once.
    pub fn apply_async(&self, item: T) -> Pending<R> {
        Pending(self.hand_in(vec![item]))
    }

    /// Puts a task into the queue, and says where its results will come.
    fn hand_in(&self, items: Vec<T>) -> Batch<R> {
        let (reply, results) = mpsc::channel();
        let batch = Batch { count: items.len(), results };
        self.enqueue(Task { items, reply });
        batch
    }

    /// When no worker is left the task is dropped, and its reply with it: whoever waits sees the end.
    fn enqueue(&self, task: Task<T, R>) {
        let tasks = self.tasks.as_ref().expect("the pool is open as long as it lives");
        drop(tasks.send(task));
    }

    /// Hands in all items, many of them as one task, and returns at once.
    pub fn map_async(&self, items: impl IntoIterator<Item = T>) -> PendingAll<R> {
        let mut items = items.into_iter().collect::<Vec<T>>().into_iter();
        let size = (items.len() / (self.pids.len() * TASKS_PER_WORKER)).max(1);
        let mut batches = vec![];
        while items.len() > 0 {
            batches.push(self.hand_in(items.by_ref().take(size).collect()));
        }
        PendingAll(batches)
    }

    /// Hands in all items, and blocks until all have a result. They come in the order of the items.
    pub fn map(&self, items: impl IntoIterator<Item = T>) -> Vec<TaskResult<R>> {
        self.map_async(items).get()
    }

    /// Hands in all items, and gives their results one by one, in the order of the items.
    pub fn imap(&self, items: impl IntoIterator<Item = T>) -> Imap<R> {
        // Each is a task of its own, or the first would come as late as the last of its task.
        let pending: Vec<Pending<R>> =
            items.into_iter().map(|item| self.apply_async(item)).collect();
        Imap(pending.into_iter())
    }

    /// Go further: as [`Pool::imap`], but in the order in which they are ready.
    pub fn imap_unordered(&self, items: impl IntoIterator<Item = T>) -> Unordered<R> {
        let (reply, results) = mpsc::channel();
        let mut missing = 0;
        for item in items {
            self.enqueue(Task { items: vec![item], reply: reply.clone() });
            missing += 1;
        }
        Unordered { results, missing }
    }

    /// Blocks until all that was handed in is done and all workers have ended, and reaps them.
    pub fn close(self) {
        // Dropping it does it.
    }
}

impl<T, R> Drop for Pool<T, R> {
    /// As [`Pool::close`].
    fn drop(&mut self) {
        // The attendants find the end of the queue behind the last task.
        self.tasks = None;
        for attendant in self.attendants.drain(..) {
            let _ = attendant.join();
        }
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
        self.results.recv().unwrap_or_else(|_| all_lost(self.count))
    }
}

/// The result of a task of one item.
fn only<R>(mut results: Vec<TaskResult<R>>) -> TaskResult<R> {
    results.pop().unwrap_or(Err(TaskError::WorkerDied))
}

/// The result of one item, which may still be computed.
#[must_use]
pub struct Pending<R>(Batch<R>);

impl<R> Pending<R> {
    /// Blocks until it is there.
    ///
    /// # Errors
    /// [`TaskError::Panicked`]; [`TaskError::WorkerDied`].
    pub fn get(self) -> TaskResult<R> {
        only(self.0.get())
    }

    /// Go further: blocks until it is there, but not longer than `limit`.
    ///
    /// # Errors
    /// Itself, when the limit is over: it can be asked again.
    pub fn get_within(self, limit: Duration) -> Result<TaskResult<R>, Self> {
        match self.0.results.recv_timeout(limit) {
            Ok(results) => Ok(only(results)),
            Err(mpsc::RecvTimeoutError::Disconnected) => Ok(Err(TaskError::WorkerDied)),
            Err(mpsc::RecvTimeoutError::Timeout) => Err(self),
        }
    }
}

/// The results of many items, which may still be computed.
#[must_use]
pub struct PendingAll<R>(Vec<Batch<R>>);

impl<R> PendingAll<R> {
    /// Blocks until all are there. They come in the order of the items.
    pub fn get(self) -> Vec<TaskResult<R>> {
        let mut results = Vec::with_capacity(self.0.iter().map(|batch| batch.count).sum());
        for batch in self.0 {
            results.append(&mut batch.get());
        }
        results
    }
}

/// The results of many items, one by one, in the order of the items.
pub struct Imap<R>(std::vec::IntoIter<Pending<R>>);

impl<R> Iterator for Imap<R> {
    type Item = TaskResult<R>;

    /// Blocks until the next one is there.
    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(Pending::get)
    }
}

/// The results of many items, one by one, as they get ready.
pub struct Unordered<R> {
    results: mpsc::Receiver<Vec<TaskResult<R>>>,
    missing: usize,
}

impl<R> Iterator for Unordered<R> {
    type Item = TaskResult<R>;

    /// Blocks until one more is there.
    fn next(&mut self) -> Option<Self::Item> {
        self.missing = self.missing.checked_sub(1)?;
        Some(self.results.recv().map_or(Err(TaskError::WorkerDied), only))
    }
}

/// How many threads this process has.
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
