//! Measures one way of doing a thing against another, for `cargo bench`.
//!
//! Both take turns, so that whatever else the machine does meets both; and medians are compared, so that one
//! interruption does not count.

use nix::sched::{CpuSet, sched_setaffinity};
use nix::unistd::Pid;
use std::process::Command;
use std::time::{Duration, Instant};

/// How long one call took in each of the two ways: medians.
#[derive(Clone, Copy, Debug)]
pub struct Measured {
    /// In the way that is measured.
    pub ours: Duration,
    /// In the way that it is measured against.
    pub other: Duration,
}

/// What is demanded of a measurement.
#[derive(Clone, Copy, Debug)]
pub enum Bound {
    /// Ours takes at most so many times as long.
    AtMost(f64),
    /// Ours is at least so many times as fast.
    AtLeast(f64),
}

/// Calls both by turns: `rounds` times `calls` calls of each.
///
/// # Panics
/// When there are no rounds or no calls.
pub fn compare(
    rounds: usize,
    calls: u32,
    mut ours: impl FnMut(),
    mut other: impl FnMut(),
) -> Measured {
    assert!(rounds > 0 && calls > 0, "nothing to be measured");
    let mut times = [vec![], vec![]];
    for _ in 0..rounds {
        times[0].push(time(calls, &mut ours));
        times[1].push(time(calls, &mut other));
    }
    let [ours, other] = times.map(median);
    Measured { ours, other }
}

/// How long one of `calls` calls takes.
pub fn time(calls: u32, call: &mut impl FnMut()) -> Duration {
    let started = Instant::now();
    for _ in 0..calls {
        call();
    }
    started.elapsed() / calls
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// Prints one line: what was measured, against what, and whether it is as it must be.
pub fn report(what: &str, against: &str, measured: Measured, bound: Bound) {
    let (ours, other) = (measured.ours.as_secs_f64(), measured.other.as_secs_f64());
    let (ratio, words, holds) = match bound {
        Bound::AtMost(most) => (ours / other, format!("at most {most}"), ours / other <= most),
        Bound::AtLeast(least) => (other / ours, format!("at least {least}"), other / ours >= least),
    };
    let unit = if matches!(bound, Bound::AtMost(_)) { "times as long" } else { "times as fast" };
    let holds = if holds { "" } else { "  MISSED" };
    let (ours, other) = (measured.ours, measured.other);
    println!("{what}: {ours:.2?}, {against}: {other:.2?}; {ratio:.2} {unit} ({words}){holds}");
}

/// Keeps this thread, and what it starts, on one core. A round trip that sometimes crosses to another core and sometimes
/// does not has two typical times, and no median worth telling.
pub fn pin_to_one_core() {
    let mut cores = CpuSet::new();
    // Without a core 0 the thread stays where it may be.
    if cores.set(0).is_ok() {
        let _ = sched_setaffinity(Pid::from_raw(0), &cores);
    }
}

/// Runs a script of Python that prints how many seconds the work took. `None`, and a line that says so, where Python is
/// not installed or the script fails.
pub fn python(script: &str) -> Option<Duration> {
    let output = Command::new("python3").args(["-c", script]).output();
    let seconds = output.ok().filter(|output| output.status.success());
    let seconds = seconds.and_then(|output| String::from_utf8(output.stdout).ok());
    let seconds = seconds.and_then(|text| text.trim().parse().ok()).map(Duration::from_secs_f64);
    if seconds.is_none() {
        println!("(no comparison with Python: python3 is not here, or can't do it)");
    }
    seconds
}
