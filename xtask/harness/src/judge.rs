//! From evidence to a verdict. Nothing is observed here, and nothing printed.

use crate::evidence::{End, Evidence, Panic, Stop};
use crate::exploration::Found;
use crate::page::Phase;
use crate::report::Report;
use crate::{Limits, Verdict};
use nix::sys::signal::Signal;

/// Judges the evidence of a test whose own source file is `test_file`.
pub(crate) fn judge(evidence: Evidence, limits: Limits, test_file: &str) -> Report {
    if evidence.phase == Phase::Starting {
        return Report::not_checked("the test's process never came as far as the test");
    }
    let passed = matches!(evidence.stop, Stop::Ended(End::Code(_)))
        && evidence.phase == Phase::Finished
        && evidence.escaped.is_none()
        && evidence.left.is_empty();
    if passed {
        let covered = match &evidence.found {
            Some(Found::Nothing(covered)) => Some(covered.clone()),
            _ => None,
        };
        return Report { covered, ..Report::new(Verdict::Passed, "ran to its end") };
    }
    if let Some(todo) =
        [&evidence.panic, &evidence.elsewhere].into_iter().flatten().find_map(unwritten)
    {
        return todo;
    }
    if let Some(report) = evidence.found.as_ref().and_then(Found::report) {
        return report;
    }
    let mut report = match (evidence.escaped, &evidence.stop) {
        // First, as children that find no room to fork may well come out of the tested code.
        (_, Stop::Threads) => Report::new(
            Verdict::OverLimit,
            format!(
                "more than {} processes and threads at once: does it fork without end?",
                limits.threads
            ),
        ),
        (Some(_), _) => Report::new(
            Verdict::Forged,
            "a child process came back out of the tested code and went on with the test; a child must end where its work ends",
        ),
        (None, Stop::Ended(end)) => ended(*end, &evidence, test_file),
        (None, Stop::Quiet(threads)) => Report {
            details: threads.clone(),
            ..Report::new(
                Verdict::Deadlock,
                "every thread waits for another, and nothing is left that could wake one",
            )
        },
        (None, Stop::Deadline(threads)) => Report {
            details: threads.clone(),
            ..Report::new(
                Verdict::EndlessLoop,
                format!("still going on after {} s", limits.deadline.as_secs_f64()),
            )
        },
    };
    if let Some(panic) = &evidence.elsewhere {
        let place = panic.place.as_ref().map_or(String::new(), |place| format!(" at {place}"));
        report.details.push(format!("{} panicked{place}: {}", panic.who, panic.message));
    }
    report
}

fn ended(end: End, evidence: &Evidence, test_file: &str) -> Report {
    match (end, evidence.phase) {
        (End::Signal(number), _) => {
            let signal = Signal::try_from(number)
                .map_or(format!("signal {number}"), |signal| signal.to_string());
            let reason = match number {
                nix::libc::SIGABRT => {
                    " (an abort: out of memory, a stack that overflowed, or a panic while panicking)"
                }
                nix::libc::SIGSEGV => " (memory that is not its own, or a stack that overflowed)",
                nix::libc::SIGKILL => " (did it kill itself, or its whole process group?)",
                nix::libc::SIGPIPE => " (it wrote into a pipe that nobody reads)",
                nix::libc::SIGXFSZ => " (it wrote a file larger than allowed)",
                _ => "",
            };
            Report::new(Verdict::Crashed, format!("{signal} ended the test's process{reason}"))
        }
        (End::Code(code), Phase::Starting | Phase::Running) => Report::new(
            Verdict::Forged,
            format!("the test's process exited with code {code} before the test was over"),
        ),
        (End::Code(_), Phase::Panicked) => match &evidence.panic {
            Some(panic) => panicked(panic, test_file),
            None => Report::new(Verdict::Panicked, "it panicked, and its message was lost"),
        },
        (End::Code(_), Phase::Finished) => Report {
            details: evidence.left.clone(),
            ..Report::new(Verdict::LeftBehind, "the result was right, but not all was cleaned up")
        },
    }
}

/// A panic in the test's own file is an assertion that failed; anywhere else, the tested code's.
fn panicked(panic: &Panic, test_file: &str) -> Report {
    let in_test = panic.place.as_ref().is_some_and(|place| place.file == test_file);
    let verdict = if in_test { Verdict::Failed } else { Verdict::Panicked };
    let (message, sides) = split_assertion(&panic.message);
    let (actual, expected) = sides.unzip();
    Report { expected, actual, place: panic.place.clone(), ..Report::new(verdict, message) }
}

/// The message of `assert_eq!(actual, expected, "message")`, taken apart: message, and (actual, expected).
pub fn split_assertion(text: &str) -> (String, Option<(String, String)>) {
    let split = || {
        let (head, sides) = text.rsplit_once("\n  left: ")?;
        let (left, right) = sides.split_once("\n right: ")?;
        let message =
            head.split_once(" failed: ").map_or("the two are not equal", |(_, message)| message);
        head.starts_with("assertion `left")
            .then(|| (message.to_owned(), (left.to_owned(), right.to_owned())))
    };
    match split() {
        Some((message, sides)) => (message, Some(sides)),
        None => (text.to_owned(), None),
    }
}

fn unwritten(panic: &Panic) -> Option<Report> {
    let task = panic.task()?;
    Some(Report { place: panic.place.clone(), ..Report::new(Verdict::NotWritten, task) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_decide_and_exit_codes_do_not() {
        for (phase, code, verdict) in [
            (Phase::Starting, 0, Verdict::NotChecked),
            (Phase::Running, 0, Verdict::Forged),
            (Phase::Finished, 3, Verdict::Passed),
            (Phase::Panicked, 0, Verdict::Panicked),
        ] {
            let evidence = Evidence {
                stop: Stop::Ended(End::Code(code)),
                phase,
                escaped: None,
                panic: None,
                elsewhere: None,
                found: None,
                left: vec![],
            };
            let report = judge(evidence, Limits::default(), "test.rs");
            assert_eq!(report.verdict, verdict, "{phase:?}");
        }
    }

    #[test]
    fn an_assertion_is_taken_apart() {
        let text = "assertion `left == right` failed: reversed\n  left: \"a\"\n right: \"b\"";
        let sides = Some(("\"a\"".to_owned(), "\"b\"".to_owned()));
        assert_eq!(split_assertion(text), ("reversed".to_owned(), sides));
    }

    #[test]
    fn other_messages_stay_whole() {
        for text in ["plain", "x\n  left: 1\n right: 2", "assertion failed: a == b"] {
            assert_eq!(split_assertion(text), (text.to_owned(), None));
        }
    }
}
