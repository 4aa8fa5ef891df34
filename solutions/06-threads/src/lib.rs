//! Threads: several flows of control in one process, which share its memory. The reference.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::any::Any;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

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
    let is_inside = |point: &Point| point.x * point.x + point.y * point.y < 1.0;
    points.into_iter().filter(is_inside).count()
}

/// An endless stream of random points, spread evenly over the square from (-1, -1) to (1, 1).
#[derive(Debug)]
pub struct Points {
    rng: StdRng,
}

impl Points {
    /// The stream of one thread. Equal pairs give equal streams, different pairs different ones.
    pub fn new(seed: u64, thread: usize) -> Self {
        // Side by side, not added: else thread 1 of seed 0 and thread 0 of seed 1 were the same.
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(&(thread as u64).to_le_bytes());
        Self { rng: StdRng::from_seed(key) }
    }
}

impl Iterator for Points {
    type Item = Point;

    fn next(&mut self) -> Option<Point> {
        let x = self.rng.random_range(-1.0..1.0);
        let y = self.rng.random_range(-1.0..1.0);
        Some(Point { x, y })
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

    fn run(self) -> usize {
        count_inside(self.source.take(self.points))
    }
}

/// A task as a function: whatever can be called once.
impl<T, F: FnOnce() -> T> Run for F {
    type Output = T;

    fn run(self) -> T {
        self()
    }
}

/// A thread that was started. Dropping it does not stop the thread.
#[derive(Debug)]
pub struct Thread<T> {
    handle: JoinHandle<T>,
}

impl<T: Send + 'static> Thread<T> {
    /// Starts a thread that runs `task`, and returns at once.
    pub fn start(task: impl Run<Output = T> + Send + 'static) -> Self {
        Self { handle: thread::spawn(|| task.run()) }
    }

    /// Blocks until the thread has ended, and returns what came out of its task.
    ///
    /// # Errors
    /// [`ThreadError::Panicked`].
    pub fn join(self) -> Result<T, ThreadError> {
        outcome(self.handle.join())
    }
}

/// What came out of a thread, with the message of a panic as the error.
fn outcome<T>(joined: thread::Result<T>) -> Result<T, ThreadError> {
    joined.map_err(|payload| ThreadError::Panicked(message(&*payload)))
}

/// `panic!("text")` carries a `&str`, `panic!("{number}")` a `String`.
fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| text.to_string());
    let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "a panic without a message".into())
}

/// How many of `points` thread number `thread` of `threads` gets: all get the same, and the first
/// ones get one more each when some are left over.
///
/// # Panics
/// When `threads` is zero.
pub fn share(points: usize, threads: usize, thread: usize) -> usize {
    points / threads + usize::from(thread < points % threads)
}

/// Calls `work(0)`, `work(1)` … in `threads` new threads, all at once; what they return, in that order.
///
/// # Errors
/// [`ThreadError::NoThreads`]; [`ThreadError::Panicked`], the first one in that order.
pub fn map_threads<T: Send>(
    threads: usize,
    work: impl Fn(usize) -> T + Sync,
) -> Result<Vec<T>, ThreadError> {
    if threads == 0 {
        return Err(ThreadError::NoThreads);
    }
    let work = &work;
    thread::scope(|scope| {
        // Two loops. With one, each thread would be waited for before the next is started.
        let started: Vec<_> =
            (0..threads).map(|thread| scope.spawn(move || work(thread))).collect();
        let outcomes: Vec<_> = started.into_iter().map(|handle| outcome(handle.join())).collect();
        // Only now, as all are joined: the first error ends this line.
        outcomes.into_iter().collect()
    })
}

/// How many of `points` points lie inside, counted by `threads` threads.
///
/// # Errors
/// As [`map_threads`].
pub fn count_in_threads<S: Iterator<Item = Point>>(
    points: usize,
    threads: usize,
    source: impl Fn(usize) -> S + Sync,
) -> Result<usize, ThreadError> {
    let counts = map_threads(threads, |thread| {
        Count { source: source(thread), points: share(points, threads, thread) }.run()
    })?;
    Ok(counts.into_iter().sum())
}

/// Estimates π with `points` random points and `threads` threads.
///
/// # Errors
/// [`ThreadError::NoPoints`]; [`ThreadError::NoThreads`].
pub fn estimate_pi(points: usize, threads: usize, seed: u64) -> Result<f64, ThreadError> {
    if points == 0 {
        return Err(ThreadError::NoPoints);
    }
    let inside = count_in_threads(points, threads, |thread| Points::new(seed, thread))?;
    // The circle covers π/4 of the square.
    Ok(4.0 * inside as f64 / points as f64)
}

/// Go further: cuts `data` into one piece a thread, and calls `work` on all of them at once.
///
/// # Errors
/// As [`map_threads`].
pub fn map_pieces<T: Sync, R: Send>(
    data: &[T],
    threads: usize,
    work: impl Fn(&[T]) -> R + Sync,
) -> Result<Vec<R>, ThreadError> {
    map_threads(threads, |thread| {
        let start = (0..thread).map(|before| share(data.len(), threads, before)).sum();
        work(&data[start..][..share(data.len(), threads, thread)])
    })
}

/// Go further: `threads` threads search, and the first that finds something stops the others.
///
/// # Errors
/// As [`map_threads`].
pub fn search_until_found<T: Send>(
    threads: usize,
    search: impl Fn(usize, &AtomicBool) -> Option<T> + Sync,
) -> Result<Option<T>, ThreadError> {
    let stop = AtomicBool::new(false);
    let found = map_threads(threads, |thread| {
        let _on_panic = StopOnPanic(&stop);
        let found = search(thread, &stop);
        if found.is_some() {
            // Nothing but the flag itself is handed over by it.
            stop.store(true, Ordering::Relaxed);
        }
        found
    })?;
    Ok(found.into_iter().flatten().next())
}

/// Dropped when a search ends, be it by a panic: the others would go on for ever.
struct StopOnPanic<'a>(&'a AtomicBool);

impl Drop for StopOnPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.store(true, Ordering::Relaxed);
        }
    }
}
