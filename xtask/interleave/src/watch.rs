//! Is the thread whose turn it is still doing something? The explorer sees only announced operations; a thread that waits
//! in anything else, or runs without end, would stop everything.

use std::fs;
use std::time::Duration;

/// How a thread is stuck.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Stuck {
    /// It waits, and uses no processor.
    Blocked,
    /// It runs, and does nothing that could be seen.
    Runs,
}

/// What was seen of the running thread.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    steps: u32,
    /// Its processor time at its last step, in ticks of 10 ms.
    ticks_at_step: u64,
    ticks: u64,
    /// In how many looks in a row it waited.
    blocked: u32,
}

impl Watch {
    /// How long to wait between two looks.
    pub(crate) const INTERVAL: Duration = Duration::from_millis(100);
    /// So many looks in a row a thread may wait: it may be for a page, or for a reader of its output.
    const PATIENCE: u32 = 10;
    /// So much processor time it may use without a step. Not a time on the wall: others may have the processor.
    const TICKS: u64 = 200;

    /// Looks at the thread of this process with this name. `steps` changes with each step of the execution.
    pub(crate) fn look(&mut self, steps: u32, thread: &str) -> Option<Stuck> {
        let (state, ticks) = stat_of(thread)?;
        if steps != self.steps {
            *self = Self { steps, ticks_at_step: ticks, ticks, blocked: 0 };
            return None;
        }
        let waits = state != 'R' && ticks == self.ticks;
        self.blocked = if waits { self.blocked + 1 } else { 0 };
        self.ticks = ticks;
        if self.blocked >= Self::PATIENCE {
            return Some(Stuck::Blocked);
        }
        (ticks - self.ticks_at_step.min(ticks) >= Self::TICKS).then_some(Stuck::Runs)
    }
}

/// State and processor time of the thread with this name, as proc(5) has them.
fn stat_of(name: &str) -> Option<(char, u64)> {
    let wanted = format!("({name})");
    let stats = fs::read_dir("/proc/self/task")
        .ok()?
        .filter_map(|entry| fs::read_to_string(entry.ok()?.path().join("stat")).ok());
    let stat = stats.into_iter().find(|stat| stat.contains(&wanted))?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |field: usize| fields.get(field).and_then(|ticks| ticks.parse::<u64>().ok());
    Some((fields.first()?.chars().next()?, ticks(11)? + ticks(12)?))
}
