//! Runs test programs: one process a test, some of them at a time.

use crate::catalogue::Test;
use crate::source::Candidate;
use harness::{Limits, Report};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

/// Runs every one of the tests, `jobs` at a time; their reports in the order of the tests. Tells `progress` how many
/// are done.
pub fn execute(
    tests: &[Test],
    candidate: &Candidate,
    program: &Path,
    limits: Limits,
    jobs: usize,
    progress: &dyn Fn(usize),
) -> Vec<Report> {
    let next = AtomicUsize::new(0);
    let mut reports: Vec<Option<Report>> = vec![None; tests.len()];
    let (sender, receiver) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..jobs.clamp(1, tests.len().max(1)) {
            let (sender, next) = (sender.clone(), &next);
            scope.spawn(move || {
                while let Some((index, test)) = take(next, tests) {
                    let name = format!("{}{}", candidate.test_prefix, test.name);
                    let report = harness::run_test(program, &candidate.folder, &name, limits);
                    if sender.send((index, report)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        for (done, (index, report)) in receiver.iter().enumerate() {
            reports[index] = Some(report);
            progress(done + 1);
        }
    });
    reports.into_iter().flatten().collect()
}

/// From the end: the last stage has the longest tests, and what begins early can overlap with the rest.
fn take<'a, T>(taken: &AtomicUsize, all: &'a [T]) -> Option<(usize, &'a T)> {
    let index = all.len().checked_sub(taken.fetch_add(1, Ordering::Relaxed) + 1)?;
    all.get(index).map(|one| (index, one))
}
