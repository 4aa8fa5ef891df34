//! Processes: work that is done beside the caller, in memory of its own. The reference.

use nix::errno::Errno;
use nix::libc;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;
use nix::sys::stat::stat;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};
use std::io::Write;
use std::os::fd::{AsFd, FromRawFd, OwnedFd, RawFd};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// The Fibonacci numbers F(0) to F(`n`): n + 1 of them. `None` when F(`n`) does not fit.
pub fn fibonacci(n: usize) -> Option<Vec<u64>> {
    let mut last = 0;
    let mut chain = vec![last];
    // The one that follows may not fit; that matters only when it is asked for.
    let mut next = Some(1_u64);
    for _ in 0..n {
        let term = next?;
        next = term.checked_add(last);
        last = term;
        chain.push(term);
    }
    Some(chain)
}

/// Something to do in a process of its own.
pub trait Run {
    /// Does it. The value becomes the exit code of the process: 0 says that all went well.
    ///
    /// Only the low eight bits of it arrive: 0 to 255 as they are, but 256 as 0 and -1 as 255.
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
    fn run(mut self) -> i32 {
        let Some(chain) = fibonacci(self.n) else {
            return 1;
        };
        let terms: Vec<String> = chain.iter().map(u64::to_string).collect();
        let written = writeln!(self.out, "{}", terms.join(" ")).and_then(|()| self.out.flush());
        i32::from(written.is_err())
    }
}

/// A task as a function: whatever can be called once and returns a code.
impl<F: FnOnce() -> i32> Run for F {
    fn run(self) -> i32 {
        self()
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
    /// # Errors
    /// [`ProcessError::SeveralThreads`]; [`ProcessError::Os`] when the system gives no process.
    pub fn start(self) -> Result<Child, ProcessError> {
        let threads = thread_count()?;
        if threads > 1 {
            return Err(ProcessError::SeveralThreads(threads));
        }
        // What is still in the buffer would be copied with it, and printed by both.
        flush_stdout();
        // SAFETY: there is one thread, so no lock is held by a thread that the child does not have.
        match unsafe { fork() }? {
            ForkResult::Parent { child } => Ok(Child { pid: child, exit: None }),
            ForkResult::Child => self.run_and_exit(),
        }
    }

    /// The life of the child.
    fn run_and_exit(self) -> ! {
        // A panic must not unwind into the caller's code, which belongs to the parent.
        let code = catch_unwind(AssertUnwindSafe(|| self.task.run())).unwrap_or(101);
        flush_stdout();
        // SAFETY: ends the process at once; exit() would run the caller's exit handlers.
        unsafe { libc::_exit(code) }
    }
}

/// Each thread of a process has a folder in this one, and a folder has two links and one more for each folder in it. So
/// one system call tells how many threads there are.
fn thread_count() -> Result<usize, ProcessError> {
    let links = stat("/proc/self/task")?.st_nlink;
    Ok(links as usize - 2)
}

fn flush_stdout() {
    // A standard output that is closed is no reason not to run.
    let _ = std::io::stdout().flush();
}

/// A child process. Dropping it waits for it and reaps it.
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

    /// Waits until it has ended, reaps it, and says how it ended.
    ///
    /// # Errors
    /// [`ProcessError::Os`]: `ECHILD` when somebody else has reaped it.
    pub fn join(&mut self) -> Result<Exit, ProcessError> {
        loop {
            if let Some(exit) = self.reap(None)? {
                return Ok(exit);
            }
        }
    }

    /// Can it still run? Never blocks.
    ///
    /// # Errors
    /// As [`Child::join`].
    pub fn is_alive(&mut self) -> Result<bool, ProcessError> {
        let exit = self.reap(Some(WaitPidFlag::WNOHANG))?;
        Ok(exit.is_none())
    }

    /// How it ended; `None` when `flag` says not to wait and it is still running.
    fn reap(&mut self, flag: Option<WaitPidFlag>) -> Result<Option<Exit>, ProcessError> {
        while self.exit.is_none() {
            match waitpid(self.pid, flag) {
                Ok(WaitStatus::Exited(_, code)) => self.exit = Some(Exit::Code(code)),
                Ok(WaitStatus::Signaled(_, signal, _)) => self.exit = Some(Exit::Signal(signal)),
                Ok(WaitStatus::StillAlive) => break,
                Ok(_) | Err(Errno::EINTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        Ok(self.exit)
    }

    /// Go further: joins, but waits for `limit` at most. `Ok(None)` when it is still running then.
    ///
    /// # Errors
    /// [`ProcessError::Os`].
    pub fn join_within(&mut self, limit: Duration) -> Result<Option<Exit>, ProcessError> {
        if self.exit.is_none() {
            wait_for_end(self.pid, limit)?;
        }
        self.reap(Some(WaitPidFlag::WNOHANG))
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // Nobody is left who could be told of an error.
        let _ = self.join();
    }
}

/// Blocks until the process has ended, for `limit` at most. Does not reap it.
fn wait_for_end(pid: Pid, limit: Duration) -> Result<(), ProcessError> {
    let process = open_process(pid)?;
    let mut events = [PollFd::new(process.as_fd(), PollFlags::POLLIN)];
    let started = Instant::now();
    loop {
        let left = limit.saturating_sub(started.elapsed());
        // poll() knows no limit beyond 24 days.
        let timeout = PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX);
        match poll(&mut events, timeout) {
            Ok(_) => return Ok(()),
            Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
}

/// A descriptor for a process, which becomes readable when the process ends.
fn open_process(pid: Pid) -> Result<OwnedFd, ProcessError> {
    // SAFETY: this call reads and writes no memory of this process.
    let number = unsafe { libc::syscall(libc::SYS_pidfd_open, pid.as_raw(), 0) };
    let number = Errno::result(number)? as RawFd;
    // SAFETY: the descriptor is new, so nobody else has it.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

/// Go further: runs all tasks at the same time, each in a child of its own, and says how each of
/// them ended.
///
/// # Errors
/// As [`Process::start`] and [`Child::join`]; the children that were started are reaped even so.
pub fn run_all<R: Run>(tasks: impl IntoIterator<Item = R>) -> Result<Vec<Exit>, ProcessError> {
    // All are started before the first is waited for. When one fails, the others are dropped.
    let children: Result<Vec<Child>, ProcessError> =
        tasks.into_iter().map(|task| Process::new(task).start()).collect();
    children?.iter_mut().map(Child::join).collect()
}
