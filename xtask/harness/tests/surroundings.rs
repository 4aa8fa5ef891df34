//! What the runner was started with must not change a verdict: ignored signals, lower limits, open descriptors.

use harness::{Limits, Report, Verdict, observe};
use nix::sys::signal::{Signal, raise};
use std::process::Command;

/// Runs one of the ignored tests below from a shell, after `setup`.
#[track_caller]
fn passes_after(setup: &str, test: &str) {
    let output = Command::new("sh")
        .args(["-c", &format!("{setup}; exec \"$0\" --exact {test} --ignored")])
        .arg(std::env::current_exe().expect("the path of this program"))
        .output()
        .expect("a shell");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "after {setup}:\n{text}");
}

fn inspect(body: impl FnOnce()) -> Report {
    harness::inspect(Limits::default(), body)
}

#[test]
#[ignore = "a body for the other tests"]
fn is_interrupted() {
    let report = inspect(|| raise(Signal::SIGINT).expect("a signal"));
    assert_eq!(report.verdict, Verdict::Crashed, "{report}");
    assert!(report.message.contains("SIGINT"), "{report}");
}

#[test]
#[ignore = "a body for the other tests"]
fn waits_for_a_child() {
    let report = inspect(|| {
        let status = Command::new("true").status();
        assert!(status.expect("the child's end").success());
    });
    assert_eq!(report.verdict, Verdict::Passed, "{report}");
}

#[test]
#[ignore = "a body for the other tests"]
fn has_three_descriptors() {
    let report = inspect(|| {
        assert_eq!(observe::descriptors().into_iter().collect::<Vec<_>>(), [0, 1, 2]);
    });
    assert_eq!(report.verdict, Verdict::Passed, "{report}");
}

#[test]
fn ignored_signals() {
    passes_after("trap '' INT HUP QUIT TERM CHLD", "is_interrupted");
    passes_after("trap '' INT HUP QUIT TERM CHLD", "waits_for_a_child");
}

#[test]
fn lower_limits() {
    passes_after("ulimit -f 1000; ulimit -d 500000; ulimit -c 0", "waits_for_a_child");
}

#[test]
fn open_descriptors() {
    passes_after("exec 7</dev/null 9>/dev/null", "has_three_descriptors");
}

#[test]
fn closed_descriptors() {
    passes_after("exec 0<&- 2>&-", "has_three_descriptors");
}
