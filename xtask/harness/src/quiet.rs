//! When is a test dead? When every thread of every process waits, without a time limit, for something that only
//! another of them could do. That is a fact, not a guess about time: a thread that waits for nothing but a core
//! counts as running, so a busy machine changes nothing. The look is repeated, because it takes the threads one by
//! one: only if none has run in between was the whole of it true at once.

use crate::evidence::Stop;
use crate::procfs::{self, Activity, Thread};
use nix::unistd::Pid;
use std::time::{Duration, Instant};

/// How long all must have waited before they are taken for dead.
const QUIET: Duration = Duration::from_millis(150);
/// How many lines a report gives to what the threads do.
const LINES: usize = 12;

/// Looks at everything behind the walls, again and again.
#[derive(Default)]
pub(crate) struct Watch {
    threads: Vec<(Pid, Thread)>,
    quiet_since: Option<Instant>,
}

impl Watch {
    /// Looks once. Something to stop for, if there is: dead silence, or more threads than `most`.
    pub(crate) fn look(&mut self, living: &[Pid], most: usize) -> Option<Stop> {
        // Counted first, and no further than need be: those who fork without end are not given the time to go on.
        let mut alive = 0;
        for &pid in living {
            alive += procfs::live_threads(pid);
            if alive > most {
                return Some(Stop::Threads);
            }
        }
        let threads: Vec<(Pid, Thread)> = living
            .iter()
            .flat_map(|&pid| procfs::threads(pid).into_iter().map(move |thread| (pid, thread)))
            .collect();
        let at_rest = |activity: &Activity| {
            matches!(activity, Activity::Blocked(_) | Activity::Stopped | Activity::Ended)
        };
        let quiet = threads == self.threads
            && threads.iter().all(|(_, thread)| at_rest(&thread.activity))
            && threads.iter().any(|(_, thread)| thread.activity != Activity::Ended);
        self.threads = threads;
        if !quiet {
            self.quiet_since = None;
            return None;
        }
        let since = *self.quiet_since.get_or_insert_with(Instant::now);
        let dead =
            since.elapsed() >= QUIET && !living.iter().any(|&pid| procfs::has_hidden_timer(pid));
        dead.then(|| Stop::Quiet(self.lines()))
    }

    /// The time is over: was the test dead, as far as can be seen, or still going on?
    pub(crate) fn at_deadline(&mut self, living: &[Pid], most: usize) -> Stop {
        let before = std::mem::take(&mut self.threads);
        if let Some(stop) = self.look(living, most) {
            return stop;
        }
        let going =
            |activity: &Activity| matches!(activity, Activity::Running | Activity::Timed(_));
        let dead = self.threads == before
            && !self.threads.iter().any(|(_, thread)| going(&thread.activity))
            && !living.iter().any(|&pid| procfs::has_hidden_timer(pid));
        if dead { Stop::Quiet(self.lines()) } else { Stop::Deadline(self.lines()) }
    }

    /// What each thread does, in words.
    fn lines(&self) -> Vec<String> {
        let line = |(pid, thread): &(Pid, Thread)| {
            let whose = procfs::parent(*pid).filter(|parent| *parent == Pid::this());
            let Thread { tid, name, activity, .. } = thread;
            match whose {
                Some(_) => format!("the test's process {pid}, thread {tid} ({name}): {activity}"),
                None => format!("process {pid}, thread {tid} ({name}): {activity}"),
            }
        };
        let mut lines: Vec<String> = self.threads.iter().take(LINES).map(line).collect();
        if self.threads.len() > LINES {
            lines.push(format!("and {} threads more", self.threads.len() - LINES));
        }
        lines
    }
}
