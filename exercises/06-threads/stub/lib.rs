//! Threads: several flows of control in one process, which share its memory.
//!
//! The types and the contracts are given. Write the bodies that say `todo!`, in their order.

#![allow(unused_variables, dead_code, reason = "the bodies are still to be written")]

use rand::rngs::StdRng;
use std::sync::atomic::AtomicBool;
use std::thread::JoinHandle;

/// A point of the plane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// How far right.
    pub x: f64,
    /// How far up.
    pub y: f64,
}

/// What can go wrong with work that is shared among threads.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ThreadError {
    /// Work for zero threads: nobody would do it.
    NoThreads,
    /// An estimate from zero points.
    NoPoints,
    /// A thread panicked; with what message.
    Panicked(String),
}

/// How many of `points` lie inside the circle of radius 1 round (0, 0). Its edge is not inside.
pub fn count_inside(points: impl IntoIterator<Item = Point>) -> usize {
    todo!("look at every point, and count those less than 1 away from (0, 0)")
}

/// An endless stream of random points, spread evenly over the square from (-1, -1) to (1, 1).
#[derive(Debug)]
pub struct Points {
    rng: StdRng,
}

impl Points {
    /// The stream of one thread.
    ///
    /// Equal pairs of `seed` and `thread` give equal streams, today and tomorrow. Different pairs give
    /// different streams: two threads never work on the same points.
    pub fn new(seed: u64, thread: usize) -> Self {
        todo!("a generator whose 32 bytes of seed are made of both numbers")
    }
}

impl Iterator for Points {
    type Item = Point;

    /// The next point. There always is one.
    fn next(&mut self) -> Option<Point> {
        todo!("two random numbers, each from -1 to 1")
    }
}

/// Something to do in a thread of its own.
pub trait Run {
    /// What comes out of it.
    type Output;
    /// Does it.
    fn run(self) -> Self::Output;
}

/// A task as an object: it counts how many of the first `points` points of `source` lie inside.
#[derive(Clone, Debug)]
pub struct Count<S> {
    /// Where the points come from.
    pub source: S,
    /// How many of them.
    pub points: usize,
}

impl<S: Iterator<Item = Point>> Run for Count<S> {
    type Output = usize;

    /// Takes `points` points out of the source, one after the other, and none more.
    fn run(self) -> usize {
        todo!("count those inside among the first of the source")
    }
}

/// A task as a function: whatever can be called once.
impl<T, F: FnOnce() -> T> Run for F {
    type Output = T;

    fn run(self) -> T {
        todo!("call it")
    }
}

/// A thread that was started. Dropping it does not stop the thread.
#[derive(Debug)]
pub struct Thread<T> {
    handle: JoinHandle<T>,
}

impl<T: Send + 'static> Thread<T> {
    /// Starts a new thread that runs `task`, and returns at once.
    ///
    /// # Panics
    /// When the system has no thread left, as [`std::thread::spawn`] does.
    pub fn start(task: impl Run<Output = T> + Send + 'static) -> Self {
        todo!("spawn a thread, and keep what you need to wait for it")
    }

    /// Blocks until the thread has ended, and returns what came out of its task. Does not use a core
    /// while it waits.
    ///
    /// # Errors
    /// [`ThreadError::Panicked`] when the task panicked, with the text that was given to `panic!`.
    pub fn join(self) -> Result<T, ThreadError> {
        todo!("wait for its end; a panic there is an error here")
    }
}

/// How many of `points` thread number `thread` of `threads` gets: all get the same, and the first
/// ones get one more each when some are left over. All shares together are `points`.
///
/// # Panics
/// When `threads` is zero.
pub fn share(points: usize, threads: usize, thread: usize) -> usize {
    todo!("divide; who gets one of the remainder?")
}

/// Calls `work(0)`, `work(1)` … in `threads` new threads, all at once, one call in each. What they
/// return, in that order.
///
/// Blocks until all of them have ended, also when one of them panics, and works on nothing meanwhile.
///
/// # Errors
/// [`ThreadError::NoThreads`]; [`ThreadError::Panicked`] when one of them panicked: the first of those
/// in that order.
///
/// # Panics
/// When the system has no thread left.
pub fn map_threads<T: Send>(
    threads: usize,
    work: impl Fn(usize) -> T + Sync,
) -> Result<Vec<T>, ThreadError> {
    todo!("a scope: start all of them, then join all of them, and only then look for errors")
}

/// How many of `points` points lie inside, counted by `threads` threads.
///
/// Thread number i calls `source(i)` itself, and takes [`share`]`(points, threads, i)` points out of
/// it. Points are not stored: a billion of them needs no more memory than one.
///
/// # Errors
/// As [`map_threads`].
pub fn count_in_threads<S: Iterator<Item = Point>>(
    points: usize,
    threads: usize,
    source: impl Fn(usize) -> S + Sync,
) -> Result<usize, ThreadError> {
    todo!("each thread counts its share; add up what they return")
}

/// Estimates π with `points` random points and `threads` threads: 4 times the part that lies inside.
///
/// Thread number i counts in `Points::new(seed, i)`. So the same three numbers always give the same
/// estimate, whichever thread is the fastest. Another number of threads means other streams, and
/// another estimate.
///
/// # Errors
/// [`ThreadError::NoPoints`]; [`ThreadError::NoThreads`].
pub fn estimate_pi(points: usize, threads: usize, seed: u64) -> Result<f64, ThreadError> {
    todo!("count in threads; mind what `/` does to two integers")
}

/// Go further: cuts `data` into one piece a thread, and calls `work` on all pieces at once, each in a
/// new thread. What the calls return, in the order of the pieces.
///
/// The pieces are as long as [`share`] says, and are not copied: the threads borrow them.
///
/// # Errors
/// As [`map_threads`].
pub fn map_pieces<T: Sync, R: Send>(
    data: &[T],
    threads: usize,
    work: impl Fn(&[T]) -> R + Sync,
) -> Result<Vec<R>, ThreadError> {
    todo!("where does each thread's piece begin?")
}

/// Go further: `threads` new threads search at once, and the first that finds something stops the
/// others. What was found; when several have found something, that of the lowest number.
///
/// `search` gets the number of its thread and a flag, and should return soon after the flag has become
/// true. It does so once a search has found something or has panicked. Blocks until all have ended.
///
/// # Errors
/// As [`map_threads`].
pub fn search_until_found<T: Send>(
    threads: usize,
    search: impl Fn(usize, &AtomicBool) -> Option<T> + Sync,
) -> Result<Option<T>, ThreadError> {
    todo!("one flag that all threads share; who sets it when a search panics?")
}
