//! The process between the subject and the rest of the machine: it drains the output, watches the clock and the
//! threads, gathers the evidence, and takes everything down with it when it leaves.

use crate::evidence::{End, Evidence, Stop};
use crate::exploration::Found;
use crate::ipc::{self, IpcObject};
use crate::output::Output;
use crate::page::{Page, Phase};
use crate::quiet::Watch;
use crate::report::Report;
use crate::{Limits, Verdict, Walls, judge, procfs, subject, sys, walls};
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, Signal, kill};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::Pid;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{PipeReader, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::panic::Location;
use std::time::{Duration, Instant};

/// The line that says that the clock runs now.
pub(crate) const STARTED: &str = "started\n";
/// How often the threads are looked at.
const LOOK: Duration = Duration::from_millis(50);
/// How long the subject may take to come to the body.
const START: Duration = Duration::from_secs(5);
/// How long what is left over when the body has ended may take to end, or to come out of the tested code.
const GRACE: Duration = Duration::from_secs(1);
/// When the keeper comes so much later to its own next look than it wanted, nobody has had any time.
const STALL: Duration = Duration::from_millis(500);
/// So often a deadline may be put off by its own length because of that.
const MOST_DELAY: u32 = 10;
/// How the guide says that there are no namespaces.
const NO_NAMESPACES: i32 = 75;

/// Runs in the copy: puts up walls, runs `body` behind them, reports on the socket that is standard input, and ends the
/// process.
#[track_caller]
pub(crate) fn run(limits: Limits, body: impl FnOnce()) -> ! {
    let test_file = Location::caller().file();
    let report = take_standard_input().expect("a socket as standard input");
    sys::heed_signals();
    // Behind the weaker walls the body can reach those that watch it: only what can't be blocked shall do anything.
    SigSet::all().thread_block().expect("a signal mask");
    if Walls::asked_for() != Some(Walls::Subreaper) {
        // In a process of its own: one that got only some of the namespaces is of no use for anything else.
        let Some(guide) = sys::fork().expect("a process for the guide") else {
            if walls::enter_namespaces().is_err() {
                sys::exit_now(NO_NAMESPACES);
            }
            let Some(keeper) = sys::fork().expect("a process for the keeper") else {
                if !walls::furnish_namespaces(limits) {
                    sys::exit_now(NO_NAMESPACES);
                }
                Keeper::new(Walls::Namespaces, limits, report, test_file).keep(body);
            };
            sys::exit_now(code_of(keeper));
        };
        if code_of(guide) != NO_NAMESPACES {
            sys::exit_now(0);
        }
    }
    let Some(guide) = sys::fork().expect("a process for the guide") else {
        keep_the_keeper(limits, report, test_file, body);
    };
    sys::exit_now(code_of(guide))
}

/// Runs the keeper of the weaker walls. The body can kill or stop it, and then this is left to clear away and report.
fn keep_the_keeper(
    limits: Limits,
    mut report: UnixStream,
    test_file: &'static str,
    body: impl FnOnce(),
) -> ! {
    // Held until this process and its keeper have ended.
    let _turn = walls::wait_for_turn().expect("a turn among this user's tests");
    nix::sys::prctl::set_child_subreaper(true).expect("a child subreaper");
    let ipc_before = ipc::objects();
    let started = Instant::now();
    let Some(keeper) = sys::fork().expect("a process for the keeper") else {
        nix::sys::prctl::set_child_subreaper(true).expect("a child subreaper");
        Keeper::new(Walls::Subreaper, limits, report, test_file).keep(body)
    };
    let flags = WaitPidFlag::WEXITED | WaitPidFlag::WSTOPPED | WaitPidFlag::WNOWAIT;
    if let Ok(WaitStatus::Stopped(..)) = waitid(Id::Pid(keeper), flags) {
        let _ = kill(keeper, Signal::SIGKILL);
    }
    let end = sys::reap(Some(keeper), true);
    // When the keeper came to its own end, nothing is there any more.
    Walls::Subreaper.end_all();
    ipc::left_since(&ipc_before, Walls::Subreaper);
    if let Ok(Some((_, End::Signal(_)))) = end {
        let lost = Report {
            walls: Some(Walls::Subreaper),
            elapsed: started.elapsed(),
            ..Report::new(
                Verdict::Crashed,
                "the process that watches the test was killed or stopped: did the test signal its parent?",
            )
        };
        let _ = report.write_all(lost.encode().as_bytes());
    }
    sys::exit_now(0)
}

/// The socket that is standard input, out of the way of the tested code, with nothing in its place.
fn take_standard_input() -> nix::Result<UnixStream> {
    let socket: OwnedFd =
        std::io::stdin().as_fd().try_clone_to_owned().map_err(|_| Errno::EBADF)?;
    fcntl(&socket, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
    let nothing = File::open("/dev/null").map_err(|_| Errno::ENOENT)?;
    nix::unistd::dup2_stdin(nothing)?;
    Ok(UnixStream::from(socket))
}

fn code_of(child: Pid) -> i32 {
    match sys::reap(Some(child), true) {
        Ok(Some((_, End::Code(code)))) => code,
        // As shells have it: the runner knows from it that somebody was killed in here.
        Ok(Some((_, End::Signal(signal)))) => 128 + signal,
        _ => 1,
    }
}

struct Keeper {
    walls: Walls,
    limits: Limits,
    report: UnixStream,
    test_file: &'static str,
    page: &'static Page,
    child_ended: SignalFd,
    ipc_before: BTreeSet<IpcObject>,
}

impl Keeper {
    fn new(walls: Walls, limits: Limits, report: UnixStream, test_file: &'static str) -> Self {
        // Blocked already. Ctrl-C does not come here, see the runner; the hang-up of the socket does.
        let signals = SigSet::from(Signal::SIGCHLD);
        let flags = SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK;
        Self {
            walls,
            limits,
            report,
            test_file,
            page: Page::new().expect("a shared page"),
            child_ended: SignalFd::with_flags(&signals, flags).expect("a signalfd"),
            ipc_before: ipc::objects(),
        }
    }

    fn keep(mut self, body: impl FnOnce()) -> ! {
        if self.report.write_all(STARTED.as_bytes()).is_err() {
            // The runner is gone.
            sys::exit_now(1);
        }
        let (mut reader, writer) = std::io::pipe().expect("a pipe for the output");
        fcntl(&reader, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).expect("a pipe that does not block");
        let Some(subject) = sys::fork().expect("a process for the subject") else {
            let output = OwnedFd::from(writer);
            subject::run(self.limits, self.page, output, self.test_file, body);
        };
        drop(writer);
        self.wait_for_beginning(subject);

        let started = Instant::now();
        let mut output = Output::new(self.limits.output_bytes);
        let mut stop = self.watch(subject, started, &mut reader, &mut output);
        let elapsed = started.elapsed();
        let left = self.leftovers(&mut stop, &mut reader, &mut output);
        self.walls.end_all();
        output.drain(&mut reader, 1 << 24);

        let evidence = Evidence {
            stop,
            phase: self.page.phase(),
            escaped: self.page.escaped(),
            panic: self.page.own.read(),
            elsewhere: self.page.elsewhere.read().or_else(|| self.page.aside.read()),
            found: Found::read(self.page),
            left: [left, ipc::left_since(&self.ipc_before, self.walls)].concat(),
        };
        let report = Report {
            walls: Some(self.walls),
            elapsed,
            output: output.text(),
            dropped_bytes: output.dropped_bytes,
            ..judge::judge(evidence, self.limits, self.test_file)
        };
        let _ = self.report.write_all(report.encode().as_bytes());
        sys::exit_now(0)
    }

    /// Waits until the body begins: from there its time runs, however long a busy machine takes to come to it.
    fn wait_for_beginning(&self, subject: Pid) {
        let patience = Instant::now() + START;
        let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
        while self.page.phase() == Phase::Starting
            && Instant::now() < patience
            && waitid(Id::Pid(subject), flags) == Ok(WaitStatus::StillAlive)
        {
            std::thread::sleep(Duration::from_micros(200));
        }
    }

    /// Watches until the subject has ended, or has to be stopped.
    fn watch(
        &self,
        subject: Pid,
        started: Instant,
        reader: &mut PipeReader,
        output: &mut Output,
    ) -> Stop {
        let mut deadline = started + self.limits.deadline;
        let last = started + MOST_DELAY * self.limits.deadline;
        let mut watch = Watch::default();
        let mut next_look = started + LOOK;
        let mut open = true;
        loop {
            let due = deadline.min(next_look).max(Instant::now());
            let pause = due.saturating_duration_since(Instant::now());
            if self.wait_for_event(pause, open.then_some(&*reader)) {
                open = output.drain(reader, 1 << 20);
            }
            while let Ok(Some((pid, end))) = sys::reap(None, false) {
                if pid == subject {
                    return Stop::Ended(end);
                }
                // Those who fork without end may end without end too, and each that is reaped makes room for another.
                if Instant::now() >= next_look {
                    break;
                }
            }
            let now = Instant::now();
            let late = now.saturating_duration_since(due);
            if late >= STALL {
                // A lid that was shut, a virtual machine that was held: the body has stood still as well.
                deadline = last.min(deadline + late);
            }
            if now >= deadline {
                return watch.at_deadline(&self.walls.living(), self.limits.threads);
            }
            if now >= next_look {
                next_look = now + LOOK;
                if let Some(stop) = watch.look(&self.walls.living(), self.limits.threads) {
                    return stop;
                }
            }
        }
    }

    /// Waits for a child to end, or for output; says whether there is output. Leaves with everything when the runner is
    /// gone.
    fn wait_for_event(&self, pause: Duration, reader: Option<&PipeReader>) -> bool {
        let mut events = vec![
            PollFd::new(self.child_ended.as_fd(), PollFlags::POLLIN),
            PollFd::new(self.report.as_fd(), PollFlags::empty()),
        ];
        events.extend(reader.map(|reader| PollFd::new(reader.as_fd(), PollFlags::POLLIN)));
        // Rounded up: a pause of zero before its time would spin.
        let millis = u16::try_from(pause.as_millis() + 1).unwrap_or(u16::MAX);
        let _ = poll(&mut events, PollTimeout::from(millis));
        let happened =
            |index: usize| events.get(index).is_some_and(|event| event.any().unwrap_or(false));
        if happened(1) {
            self.walls.end_all();
            ipc::left_since(&self.ipc_before, self.walls);
            sys::exit_now(1);
        }
        if happened(0) {
            while let Ok(Some(_)) = self.child_ended.read_signal() {}
        }
        happened(2)
    }

    /// What the body left when it ended by itself. Waits a little for processes that are about to end, or about
    /// to come out of the tested code. `stop` may turn out to be the limit.
    fn leftovers(
        &self,
        stop: &mut Stop,
        reader: &mut PipeReader,
        output: &mut Output,
    ) -> Vec<String> {
        // A `todo!` decides by itself: whoever has not written anything yet shall not wait.
        let notes = [&self.page.own, &self.page.elsewhere];
        let unwritten =
            notes.iter().filter_map(|note| note.read()).any(|panic| panic.task().is_some());
        if unwritten || !matches!(stop, Stop::Ended(_)) {
            return vec![];
        }
        let patience = Instant::now() + GRACE;
        let mut watch = Watch::default();
        let mut living = self.walls.living();
        // As it was when the body was over: the subject's own threads are gone by now.
        let own = self.page.threads();
        let mut found = match self.limits.threads.checked_sub(own) {
            Some(most) => watch.look(&living, most),
            None => Some(Stop::Threads),
        };
        let mut open = true;
        while found.is_none()
            && !living.is_empty()
            && self.page.escaped().is_none()
            && Instant::now() < patience
        {
            if self.wait_for_event(Duration::from_millis(5), open.then_some(&*reader)) {
                open = output.drain(reader, 1 << 20);
            }
            while let Ok(Some(_)) = sys::reap(None, false)
                && Instant::now() < patience
            {}
            living = self.walls.living();
            found = watch.look(&living, self.limits.threads);
        }
        if found == Some(Stop::Threads) {
            *stop = Stop::Threads;
            return vec![];
        }
        let mut lines = vec![];
        if let unreaped @ 1.. = self.page.unreaped() {
            let children = if unreaped == 1 { "child process" } else { "child processes" };
            lines.push(format!("{unreaped} {children} that nobody waited for"));
        }
        if !living.is_empty() {
            let names: BTreeSet<String> = living.iter().map(|&pid| procfs::name(pid)).collect();
            let names: Vec<String> = names.into_iter().collect();
            let processes = if living.len() == 1 { "process" } else { "processes" };
            lines.push(format!("{} {processes} still running: {}", living.len(), names.join(", ")));
        }
        lines
    }
}
