//! The checker is stopped in the middle: nothing of the tested code may go on.

use crate::fixture::Course;
use nix::sys::signal::{SigHandler, Signal, killpg, signal};
use nix::unistd::Pid;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// A daemon in a session of its own, and then a hang; the file tells that both are there.
const DAEMON: &str = r#"//! Hangs.
use nix::unistd::{ForkResult, fork, setsid};
/// Never comes back.
pub fn one() -> i32 {
    // SAFETY: one thread.
    if let Ok(ForkResult::Child) = unsafe { fork() } {
        let _ = setsid();
        loop { std::thread::sleep(std::time::Duration::from_secs(1)) }
    }
    let _ = std::fs::write(std::env::var("TOLD").unwrap(), "here");
    loop { std::hint::spin_loop() }
}
"#;

#[test]
fn nothing_goes_on_after_a_signal_to_the_checker() {
    // Whoever is started in the background of a shell ignores Ctrl-C, and so would all that it starts.
    // SAFETY: the default action runs no code of ours.
    unsafe { signal(Signal::SIGINT, SigHandler::SigDfl) }.unwrap();
    let course = Course::new("interrupt");
    course.set_library(DAEMON);
    course.command(&["check", "--deadline", "0.1"]).env("TOLD", "/dev/null").output().unwrap();
    for walls in ["namespaces", "subreaper"] {
        for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGKILL] {
            let told = course.root.join(format!("told-{walls}-{signal}"));
            let mut checker = course
                .command(&["check", "--deadline", "60", "--jobs", "2"])
                .env("TOLD", &told)
                .env("HARNESS_WALLS", walls)
                // As from a terminal: the whole group gets it.
                .process_group(0)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            wait_until("the test hangs", || told.exists());
            killpg(Pid::from_raw(checker.id() as i32), signal).unwrap();
            wait_until("the checker ends", || checker.try_wait().unwrap().is_some());
            wait_until("all of it is gone", || alive(&told) == 0);
        }
    }
}

fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < Duration::from_secs(20), "{what}: not after 20 s");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The processes that have this file's name in their environment.
fn alive(told: &Path) -> usize {
    let mark = told.as_os_str().as_encoded_bytes();
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let marked = processes.filter(|entry| {
        let environment = std::fs::read(entry.path().join("environ")).unwrap_or_default();
        environment.windows(mark.len()).any(|window| window == mark)
    });
    marked.count()
}
