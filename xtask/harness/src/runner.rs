//! Starts the copy of a test program for one test, and takes its report.

use crate::keeper::STARTED;
use crate::limits::DEADLINE_VARIABLE;
use crate::{Limits, Report, Schedules, Verdict};
use std::io::{ErrorKind, Read};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The environment variable that names the test for which a test program is the copy.
const COPY_VARIABLE: &str = "HARNESS_COPY";
/// A copy that has not come to its body after so long never will. Tests of one user that have no namespaces wait for
/// each other, hence the patience.
const START_LIMIT: Duration = Duration::from_secs(120);
/// What the keeper may take beyond the deadline before it is given up.
const KEEPER_LIMIT: Duration = Duration::from_secs(10);
/// The exit code of what holds a copy in, when the copy is killed: SIGKILL. One that is not held in has no code then.
const KILLED_INSIDE: i32 = 128 + 9;
/// A report is smaller than this, whatever the test printed.
const REPORT_BYTES: u64 = 4 << 20;

/// Is this process the copy for that test?
pub(crate) fn is_copy_for(test: &str) -> bool {
    std::env::var_os(COPY_VARIABLE).is_some_and(|copy| copy == *test)
}

/// Runs one test of a test program, in `folder`, and says what became of it. The test's body calls
/// [`isolate`](crate::isolate). `copy` starts the program, or something that holds it in and starts it: with
/// the same arguments, environment and standard input.
///
/// `limits.deadline` is handed on as the default of the test's own limits, and `schedules` to a test that
/// [`explore`](crate::explore)s. Blocks until the report is there. Whatever
/// goes wrong on the way is a report too, with [`Verdict::NotChecked`](crate::Verdict::NotChecked).
pub fn run_test(
    mut copy: Command,
    folder: &Path,
    test: &str,
    limits: Limits,
    schedules: &Schedules,
) -> Report {
    let (ours, theirs) = match UnixStream::pair() {
        Ok(pair) => pair,
        Err(error) => {
            return Report::not_checked(format!("no socket for the test's report: {error}"));
        }
    };
    let program = copy.get_program().to_string_lossy().into_owned();
    prepare(&mut copy, folder, test, limits, schedules, theirs);
    let started = copy.spawn();
    // Its end of the socket is in there as well. While one is left here, nobody sees the copy hang up.
    drop(copy);
    let mut copy = match started {
        Ok(copy) => copy,
        Err(error) => return Report::not_checked(format!("can't start {program}: {error}")),
    };
    // Whether the test explores schedules, and so may take longer, is not known here.
    let report = receive(&ours, schedules.patience() * limits.deadline);
    drop(ours);
    let was_killed = end(&mut copy, report.is_none()) == Some(KILLED_INSIDE);
    report.unwrap_or_else(|| match was_killed {
        true => Report::without_run(
            Verdict::Crashed,
            "the processes that watch the test were killed: did the test signal everybody?".into(),
            vec![],
        ),
        false => Report::not_checked(format!(
            "{program} gave no report for the test {test}: is there a test of this name, does it call `isolate`, and \
             did nothing else end its process?"
        )),
    })
}

/// What the copy needs to know.
fn prepare(
    copy: &mut Command,
    folder: &Path,
    test: &str,
    limits: Limits,
    schedules: &Schedules,
    socket: UnixStream,
) {
    schedules.tell(copy);
    copy.current_dir(folder)
        .args(["--exact", test, "--nocapture", "--include-ignored", "--test-threads=1"])
        .env(COPY_VARIABLE, test)
        .env(DEADLINE_VARIABLE, limits.deadline.as_millis().to_string())
        .stdin(Stdio::from(OwnedFd::from(socket)))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // Ctrl-C ends the runner alone; the keeper then sees its socket hang up, and clears away.
        .process_group(0);
}

/// The report that comes through the socket, if a whole one comes in time.
fn receive(socket: &UnixStream, longest: Duration) -> Option<Report> {
    let mut text = vec![];
    socket.set_read_timeout(Some(START_LIMIT)).ok()?;
    let mut started = [0; STARTED.len()];
    read_exact(socket, &mut started)?;
    if started != *STARTED.as_bytes() {
        return None;
    }
    socket.set_read_timeout(Some(longest.saturating_add(KEEPER_LIMIT))).ok()?;
    socket.take(REPORT_BYTES).read_to_end(&mut text).ok()?;
    Report::decode(std::str::from_utf8(&text).ok()?)
}

fn read_exact(mut socket: &UnixStream, buffer: &mut [u8]) -> Option<()> {
    loop {
        match socket.read_exact(buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            result => return result.ok(),
        }
    }
}

/// Waits for the copy, which ends by itself once its keeper has. Its exit code.
fn end(copy: &mut Child, failed: bool) -> Option<i32> {
    if failed {
        // Its own process only: the keeper has seen the hang-up, and takes the rest.
        let _ = copy.kill();
    }
    copy.wait().ok()?.code()
}
