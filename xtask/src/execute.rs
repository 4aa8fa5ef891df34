//! Runs test programs: one process a test, some of them at a time.

use crate::catalogue::Test;
use crate::compile::Program;
use harness::{Limits, Report, Schedules};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

/// How tests are run.
#[derive(Clone, Debug)]
pub struct Manner {
    pub limits: Limits,
    /// How many run at once.
    pub jobs: usize,
    pub schedules: Schedules,
}

impl Default for Manner {
    fn default() -> Self {
        Self { limits: Limits::default(), jobs: default_jobs(), schedules: Schedules::Usual }
    }
}

/// How many tests run at once unless somebody says it: two a core, as much of a test is waiting.
pub fn default_jobs() -> usize {
    2 * cores()
}

/// How many processors there are.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Runs every one of the tests; their reports in the order of the tests. Tells of each when it is done.
pub fn execute(
    tests: &[Test],
    program: &Program,
    manner: &Manner,
    one_more: &dyn Fn(),
) -> Vec<Report> {
    let Program { candidate, path, .. } = program;
    let next = AtomicUsize::new(0);
    let mut reports: Vec<Option<Report>> = vec![None; tests.len()];
    let (sender, receiver) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..manner.jobs.clamp(1, tests.len().max(1)) {
            let (sender, next) = (sender.clone(), &next);
            scope.spawn(move || {
                while let Some((index, test)) = take(next, tests) {
                    let name = format!("{}{}", candidate.test_prefix, test.name);
                    let (limits, schedules) = (manner.limits, &manner.schedules);
                    let copy = candidate.confinement.running.command(path);
                    let report =
                        harness::run_test(copy, &candidate.folder, &name, limits, schedules);
                    if sender.send((index, report)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        for (index, report) in receiver {
            reports[index] = Some(report);
            one_more();
        }
    });
    reports.into_iter().flatten().collect()
}

/// From the end: the last stage has the longest tests, and what begins early can overlap with the rest.
fn take<'a, T>(taken: &AtomicUsize, all: &'a [T]) -> Option<(usize, &'a T)> {
    let index = all.len().checked_sub(taken.fetch_add(1, Ordering::Relaxed) + 1)?;
    all.get(index).map(|one| (index, one))
}
