//! The grader is killed in the middle: nothing is left, and what it had done is not lost.
//!
//! Alone in its program: whatever is left of a killed grader becomes a child of this process.

#[path = "../examples/generate/class/mod.rs"]
mod class;
mod grader;

use class::Plan;
use grader::{Grader, same};
use nix::errno::Errno;
use nix::sys::prctl::set_child_subreaper;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::fs;
use std::time::{Duration, Instant};

/// How often it is killed.
const TIMES: usize = 50;
/// The last moment of a run at which it is killed: a run of what is missing takes some seconds.
const LATEST: Duration = Duration::from_millis(2500);
/// By then everything is gone.
const GONE: Duration = Duration::from_secs(2);

#[test]
fn killed_at_any_moment_it_leaves_nothing_and_goes_on_to_the_same_report() {
    set_child_subreaper(true).unwrap();
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
    let mut finished = 0;
    for time in 0..TIMES {
        let mut killed = grader.check("class", "disturbed", &sections).spawn().unwrap();
        std::thread::sleep(random.random_range(Duration::ZERO..LATEST));
        killed.kill().unwrap();
        let at = Instant::now();
        finished += usize::from(killed.wait().unwrap().code().is_some());
        while let Some(left) = left() {
            assert!(at.elapsed() < GONE, "the {time}th time, still there: {left}");
            std::thread::sleep(Duration::from_millis(10));
        }
        if finished > 0 {
            // All is done: begin again.
            (finished, _) = (0, grader.forget());
        }
    }
    let after = kept_by_the_system();
    assert_eq!(before, after, "mounts, queues, segments and semaphores");

    let resumed = grader.check("class", "disturbed", &sections).status().unwrap();
    assert_eq!(resumed.code(), Some(0), "the run that goes on");
    same(&grader.place.join("undisturbed"), &grader.place.join("disturbed")).unwrap();
}

/// A child of this process that is still at work. Those that have ended are reaped.
fn left() -> Option<String> {
    loop {
        match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::StillAlive) => {
                let children = fs::read_to_string("/proc/thread-self/children").unwrap_or_default();
                let names = children.split_whitespace().map(|pid| {
                    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
                    String::from_utf8_lossy(&line).replace('\0', " ")
                });
                return Some(names.collect());
            }
            Ok(_) | Err(Errno::EINTR) => {}
            Err(_) => return None,
        }
    }
}

/// What outlives processes.
fn kept_by_the_system() -> Vec<String> {
    let files =
        ["/proc/self/mountinfo", "/proc/sysvipc/msg", "/proc/sysvipc/shm", "/proc/sysvipc/sem"];
    files.map(|file| fs::read_to_string(file).unwrap_or_default()).to_vec()
}
