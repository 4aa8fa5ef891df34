//! The grader is killed in the middle: nothing is left, and what it had done is not lost.
//!
//! Alone in its program: whatever is left of a killed grader becomes a child of this process.

#[path = "../examples/generate/class/mod.rs"]
mod class;
mod grader;

use class::Plan;
use grader::{Grader, apart_in_ipc, ipc, same};
use nix::sys::prctl::set_child_subreaper;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::fs;
use std::process::Child;
use std::time::{Duration, Instant};

/// How many are at work at once, with a lane each, and how often all of them are killed: 51 moments.
const AT_ONCE: usize = 3;
const TIMES: usize = 17;
/// The last moment of a run at which it is killed: a run of what is missing takes some seconds.
const LATEST: Duration = Duration::from_millis(2500);
/// By then everything is gone.
const GONE: Duration = Duration::from_secs(2);

#[test]
fn killed_at_any_moment_it_leaves_nothing_and_goes_on_to_the_same_report() {
    set_child_subreaper(true).unwrap();
    apart_in_ipc();
    let grader = Grader::new("killed");
    // Wrong answers whose verdicts depend on no race: what a race decides, it can decide otherwise the next time.
    let sections = xtask::catalogue::select(&["process".into(), "message-queue".into()]).unwrap();
    class::generate(&Plan { students: 30, seed: 7, sections }, &grader.place.join("class"))
        .unwrap();
    let sections = ["process", "message-queue"];
    grader.forget();
    let undisturbed = grader.check("class", "undisturbed", &sections).status().unwrap();
    assert_eq!(undisturbed.code(), Some(0), "the undisturbed run");
    grader.forget();

    let before = kept_by_the_system();
    let mut random = StdRng::seed_from_u64(50);
    let disturbed = |number: usize| format!("disturbed-{number}");
    for time in 0..TIMES {
        let started = Instant::now();
        let mut killed: Vec<(Duration, Child)> = (0..AT_ONCE)
            .map(|number| {
                let more = [&sections[..], &["--jobs", "1"]].concat();
                let grader = grader.check("class", &disturbed(number), &more).spawn().unwrap();
                (random.random_range(Duration::ZERO..LATEST), grader)
            })
            .collect();
        killed.sort_by_key(|(moment, _)| *moment);
        let mut is_done = false;
        for number in 0..AT_ONCE {
            let (moment, grader) = &mut killed[number];
            std::thread::sleep(moment.saturating_sub(started.elapsed()));
            grader.kill().unwrap();
            let at = Instant::now();
            is_done |= grader.wait().unwrap().code().is_some();
            let others: Vec<u32> =
                killed[number + 1..].iter().map(|(_, other)| other.id()).collect();
            while let Some(left) = left(&others) {
                assert!(at.elapsed() < GONE, "the {time}th time, still there: {left}");
                std::thread::sleep(Duration::from_millis(10));
            }
        }
        if is_done {
            // Begin again.
            grader.forget();
        }
    }
    let after = kept_by_the_system();
    assert_eq!(before, after, "mounts, queues, segments and semaphores");

    let resumed = grader.check("class", &disturbed(0), &sections).status().unwrap();
    assert_eq!(resumed.code(), Some(0), "the run that goes on");
    same(&grader.place.join("undisturbed"), &grader.place.join(disturbed(0))).unwrap();
}

/// A child of this process that is still there, and is none of these graders. Those that were left to this process, and
/// have ended, are reaped.
fn left(graders: &[u32]) -> Option<String> {
    // Those that are left go to some thread of the process.
    let threads = fs::read_dir("/proc/self/task").unwrap().flatten();
    let children: String = threads
        .map(|thread| fs::read_to_string(thread.path().join("children")).unwrap_or_default())
        .collect();
    let children = children.split_whitespace().map(|pid| pid.parse::<i32>().unwrap());
    let ours = children.filter(|pid| !graders.contains(&pid.unsigned_abs()));
    let is_there = |pid: &i32| {
        let state = waitpid(Pid::from_raw(*pid), Some(WaitPidFlag::WNOHANG));
        state == Ok(WaitStatus::StillAlive)
    };
    let name = |pid: i32| {
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).replace('\0', " ")
    };
    let names: Vec<String> = ours.filter(is_there).map(name).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

/// The mounts, and what outlives processes.
fn kept_by_the_system() -> (String, Vec<String>) {
    (fs::read_to_string("/proc/self/mountinfo").unwrap(), ipc())
}
