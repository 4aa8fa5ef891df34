//! Events: threads that wait until the data is there. The reference.

use crossbeam::channel::{self, Receiver, Sender};
use statrs::statistics::{Data, Median, Statistics};
use std::fmt;
use std::io::{self, BufRead};
use std::num::NonZeroUsize;
use std::sync::{Condvar, Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

/// Something that happens once, and for which threads can wait.
#[derive(Debug, Default)]
pub struct Event {
    happened: Mutex<bool>,
    changed: Condvar,
}

impl Event {
    /// An event that has not happened yet.
    pub const fn new() -> Self {
        Self { happened: Mutex::new(false), changed: Condvar::new() }
    }

    /// Says that it has happened, and wakes every thread that waits for it.
    pub fn set(&self) {
        // Under the lock: a waiter has not looked yet, or waits already and hears the notification.
        *self.happened.lock().unwrap() = true;
        self.changed.notify_all();
    }

    /// Blocks until it has happened.
    pub fn wait(&self) {
        let mut happened = self.happened.lock().unwrap();
        // A loop: a wakeup is no proof that anything has happened.
        while !*happened {
            happened = self.changed.wait(happened).unwrap();
        }
    }

    /// Has it happened?
    pub fn is_set(&self) -> bool {
        *self.happened.lock().unwrap()
    }

    /// Go further: blocks until it has happened, but not longer than `limit`. Has it happened?
    pub fn wait_for(&self, limit: Duration) -> bool {
        let started = Instant::now();
        let mut happened = self.happened.lock().unwrap();
        while !*happened {
            // What is left of the limit: another wakeup does not start it anew.
            let Some(rest) = limit.checked_sub(started.elapsed()) else { break };
            happened = self.changed.wait_timeout(happened, rest).unwrap().0;
        }
        *happened
    }
}

/// A function of a list of numbers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Statistic {
    /// The least of them.
    Min,
    /// The greatest of them.
    Max,
    /// The one in the middle, when they are sorted; the mean of the two in the middle, when their count is even.
    Median,
    /// The arithmetic mean.
    Mean,
    /// The sample standard deviation: the squares are divided by the count less one.
    StdDev,
}

/// Why there is no value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StatError {
    /// So many numbers are needed, and there are fewer.
    TooFew {
        /// How many are needed.
        needed: usize,
    },
    /// A number is infinite or NaN, or the value is too large.
    NotFinite,
}

impl fmt::Display for StatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooFew { needed: 1 } => write!(f, "needs a number"),
            Self::TooFew { needed } => write!(f, "needs {needed} numbers"),
            Self::NotFinite => write!(f, "is not a finite number"),
        }
    }
}

impl std::error::Error for StatError {}

impl Statistic {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Min, Self::Max, Self::Median, Self::Mean, Self::StdDev];

    /// Its value for `numbers`, which may come in any order.
    ///
    /// # Errors
    /// [`StatError::TooFew`]; [`StatError::NotFinite`].
    pub fn compute(self, numbers: &[f64]) -> Result<f64, StatError> {
        let needed = if self == Self::StdDev { 2 } else { 1 };
        if numbers.len() < needed {
            return Err(StatError::TooFew { needed });
        }
        // Not left to statrs: its minimum of 1 and NaN is 1.
        if !numbers.iter().all(|number| number.is_finite()) {
            return Err(StatError::NotFinite);
        }
        let value = match self {
            Self::Min => Statistics::min(numbers),
            Self::Max => Statistics::max(numbers),
            Self::Median => Data::new(numbers.to_vec()).median(),
            Self::Mean => Statistics::mean(numbers),
            Self::StdDev => Statistics::std_dev(numbers),
        };
        if value.is_finite() { Ok(value) } else { Err(StatError::NotFinite) }
    }
}

/// A word that is not a finite number, and where it stands. Lines and words are counted from 1.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BadNumber {
    /// The line.
    pub line: usize,
    /// The word in this line.
    pub word: usize,
    /// The word itself.
    pub text: String,
}

/// What was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Input {
    /// The finite numbers, in their order.
    pub numbers: Vec<f64>,
    /// What was refused, in its order.
    pub refused: Vec<BadNumber>,
}

/// Reads numbers to the end of `reader`: words between white space.
///
/// # Errors
/// What `reader` reports.
pub fn read_numbers(reader: impl BufRead) -> io::Result<Input> {
    let mut input = Input::default();
    for (line, text) in (1..).zip(reader.lines()) {
        for (word, text) in (1..).zip(text?.split_whitespace()) {
            // "nan" and "inf" are numbers to the parser, and 1e999 is infinite.
            match text.parse().ok().filter(|number: &f64| number.is_finite()) {
                Some(number) => input.numbers.push(number),
                None => input.refused.push(BadNumber { line, word, text: text.into() }),
            }
        }
    }
    Ok(input)
}

/// Lets `workers` threads apply each of `functions` to the numbers that `input` returns.
///
/// The workers are there, and wait, before `input` is called by the caller's own thread. They have ended when this
/// returns, however it ends. The results come in the order of `functions`.
///
/// # Errors
/// What `input` returns; no function is called then.
///
/// # Panics
/// When `input` or a function panics.
pub fn apply_all<F, R, E>(
    functions: Vec<F>,
    workers: NonZeroUsize,
    input: impl FnOnce() -> Result<Vec<f64>, E>,
) -> Result<Vec<R>, E>
where
    F: FnOnce(&[f64]) -> R + Send,
    R: Send,
{
    let tasks = queue_of(functions);
    let (result_in, result_out) = channel::unbounded();
    let data = OnceLock::new();
    let ready = Event::new();
    thread::scope(|scope| {
        // Before the first worker starts: the scope waits for all of them, whatever goes wrong in it.
        let release = SetOnDrop(&ready);
        for _ in 0..workers.get() {
            scope.spawn(|| work(&ready, &data, &tasks, &result_in));
        }
        let numbers = input()?;
        data.get_or_init(|| numbers);
        drop(release);
        Ok(())
    })?;
    drop(result_in);
    let mut results: Vec<(usize, R)> = result_out.iter().collect();
    results.sort_by_key(|(place, _)| *place);
    Ok(results.into_iter().map(|(_, result)| result).collect())
}

/// A queue with all the functions, each with its place. It is closed: who finds it empty is done.
fn queue_of<F>(functions: Vec<F>) -> Receiver<(usize, F)> {
    let (task_in, tasks) = channel::unbounded();
    for task in functions.into_iter().enumerate() {
        task_in.send(task).expect("the receiver is there");
    }
    tasks
}

/// What each worker does: waits for the data, and then takes tasks until there are none.
fn work<F: FnOnce(&[f64]) -> R, R>(
    ready: &Event,
    data: &OnceLock<Vec<f64>>,
    tasks: &Receiver<(usize, F)>,
    results: &Sender<(usize, R)>,
) {
    ready.wait();
    // The input failed: the event only says that nobody has to wait any longer.
    let Some(numbers) = data.get() else { return };
    for (place, function) in tasks {
        results.send((place, function(numbers))).expect("the receiver is there");
    }
}

/// Sets the event at the end of its life: also when the input fails or panics.
struct SetOnDrop<'a>(&'a Event);

impl Drop for SetOnDrop<'_> {
    fn drop(&mut self) {
        self.0.set();
    }
}

/// What became of all statistics.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Each statistic with its value, in the order of [`Statistic::ALL`].
    pub results: Vec<(Statistic, Result<f64, StatError>)>,
    /// What was refused of the input.
    pub refused: Vec<BadNumber>,
}

/// Reads numbers, and lets `workers` threads compute all statistics of them. See [`apply_all`].
///
/// # Errors
/// What `reader` reports.
pub fn run(reader: impl BufRead, workers: NonZeroUsize) -> io::Result<Report> {
    let mut refused = vec![];
    let functions = Statistic::ALL.map(|it| move |numbers: &[f64]| (it, it.compute(numbers)));
    let results = apply_all(functions.into(), workers, || {
        let input = read_numbers(reader)?;
        refused = input.refused;
        io::Result::Ok(input.numbers)
    })?;
    Ok(Report { results, refused })
}

/// Go further: opens when it was counted down to zero, and stays open.
#[derive(Debug)]
pub struct Latch {
    missing: Mutex<usize>,
    opened: Event,
}

impl Latch {
    /// A latch that `count` calls of [`Latch::count_down`] open. With a count of zero it is open.
    pub fn new(count: usize) -> Self {
        let opened = Event::new();
        if count == 0 {
            opened.set();
        }
        Self { missing: Mutex::new(count), opened }
    }

    /// Counts down by one. Does nothing when it is open.
    pub fn count_down(&self) {
        let mut missing = self.missing.lock().unwrap();
        *missing = missing.saturating_sub(1);
        if *missing == 0 {
            self.opened.set();
        }
    }

    /// Blocks until it is open.
    pub fn wait(&self) {
        self.opened.wait();
    }
}
