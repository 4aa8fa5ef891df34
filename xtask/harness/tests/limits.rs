//! How soon the harness knows, and how much memory it takes: on a machine that is at rest, and on one that is not.

use harness::{Limits, Report, Schedules, Verdict};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// One measurement at a time.
static TURN: Mutex<()> = Mutex::new(());

fn turn() -> MutexGuard<'static, ()> {
    // A measurement that failed spoils nothing for the next.
    TURN.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Threads that keep the machine busy for as long as this lives.
struct Load(Arc<AtomicBool>, Vec<JoinHandle<()>>);

impl Load {
    fn new() -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let busy = |_| {
            let over = Arc::clone(&over);
            std::thread::spawn(move || {
                while !over.load(Relaxed) {
                    std::hint::spin_loop();
                }
            })
        };
        let threads = (0..4).map(busy).collect();
        Self(over, threads)
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.0.store(true, Relaxed);
        for thread in self.1.drain(..) {
            thread.join().expect("no panic");
        }
    }
}

/// Runs one of the ignored tests below: its report, and how long it took from beginning to end.
fn timed(test: &str, deadline: Duration) -> (Report, Duration) {
    let program = std::env::current_exe().expect("the path of this program");
    let limits = Limits { deadline, ..Limits::default() };
    let started = Instant::now();
    let report = harness::run_test(
        std::process::Command::new(program),
        Path::new("."),
        test,
        limits,
        &Schedules::Usual,
    );
    (report, started.elapsed())
}

#[test]
#[ignore = "never ends: a body for the other tests"]
fn spins() {
    harness::isolate(|| {
        loop {
            std::hint::spin_loop();
        }
    });
}

#[test]
#[ignore = "never ends: a body for the other tests"]
fn prints() {
    harness::isolate(|| {
        let line = "again and ".repeat(1000);
        loop {
            println!("{line}");
        }
    });
}

#[test]
#[ignore = "never ends: a body for the other tests"]
fn locks_twice() {
    harness::isolate(|| {
        let mutex = Mutex::new(());
        let _once = mutex.lock();
        let _twice = mutex.lock();
    });
}

#[test]
#[ignore = "a body for the other tests"]
fn takes_a_second() {
    harness::isolate(|| (0..10).for_each(|_| std::thread::sleep(Duration::from_millis(100))));
}

#[track_caller]
fn assert_hang_is_told_within(most: Duration) {
    let deadline = Duration::from_secs(1);
    let (report, took) = timed("spins", deadline);
    assert_eq!(report.verdict, Verdict::EndlessLoop, "{report}");
    assert!(took >= deadline && took <= deadline + most, "{took:?} for {deadline:?}");
}

#[track_caller]
fn assert_deadlock_is_told_within(most: Duration) {
    let (report, _) = timed("locks_twice", Duration::from_secs(5));
    assert_eq!(report.verdict, Verdict::Deadlock, "{report}");
    // The body begins with it.
    assert!(report.elapsed <= most, "{:?}", report.elapsed);
}

#[test]
fn a_hang_is_told_at_its_deadline() {
    let _turn = turn();
    assert_hang_is_told_within(Duration::from_millis(500));
}

/// Stops everything that belongs to the test for longer than its deadline, as a lid that is shut does.
#[test]
fn time_in_which_nothing_runs_does_not_count() {
    let _turn = turn();
    let deadline = Duration::from_secs(2);
    let runner = std::thread::spawn(move || timed("takes_a_second", deadline));
    // The copy, its guide, the keeper, the subject.
    harness::observe::eventually("all are there", || processes_of("takes_a_second").len() >= 4);
    let stopped = processes_of("takes_a_second");
    let all = |signal| stopped.iter().for_each(|&pid| kill(pid, signal).expect("a process"));
    all(Signal::SIGSTOP);
    std::thread::sleep(deadline + Duration::from_secs(1));
    all(Signal::SIGCONT);
    let (report, _) = runner.join().expect("a report");
    assert_eq!(report.verdict, Verdict::Passed, "{report}");
}

/// The processes that were started for this test.
fn processes_of(test: &str) -> Vec<Pid> {
    let numbers = std::fs::read_dir("/proc").expect("proc").flatten();
    let pids = numbers.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let is_one = |pid: &i32| {
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        line.split(|byte| *byte == 0).any(|word| word == test.as_bytes())
    };
    pids.filter(is_one).map(Pid::from_raw).collect()
}

#[test]
fn a_hang_is_told_on_a_busy_machine() {
    let _turn = turn();
    let _load = Load::new();
    assert_hang_is_told_within(Duration::from_secs(2));
}

#[test]
fn a_deadlock_is_told_long_before_the_deadline() {
    let _turn = turn();
    assert_deadlock_is_told_within(Duration::from_millis(500));
}

#[test]
fn a_deadlock_is_told_on_a_busy_machine() {
    let _turn = turn();
    let _load = Load::new();
    assert_deadlock_is_told_within(Duration::from_secs(2));
}

#[test]
fn endless_output_takes_little_memory() {
    let _turn = turn();
    let (report, _) = timed("prints", Duration::from_secs(1));
    assert_eq!(report.verdict, Verdict::EndlessLoop, "{report}");
    assert_eq!(report.output.len(), Limits::default().output_bytes);
    assert!(report.dropped_bytes > 1 << 20, "{}", report.dropped_bytes);
    // The largest of all that came from here: copies, keepers and subjects.
    let largest_kib = getrusage(UsageWho::RUSAGE_CHILDREN).expect("usage").max_rss();
    assert!(largest_kib < 64 << 10, "{largest_kib} KiB");
}
