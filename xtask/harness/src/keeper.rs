//! The process between the subject and the rest of the machine: it drains the output, watches the clock and the
//! threads, gathers the evidence, and takes everything down with it when it leaves.

use crate::evidence::{End, Evidence, Stop};
use crate::ipc::{self, IpcObject};
use crate::output::Output;
use crate::page::Page;
use crate::quiet::Watch;
use crate::report::Report;
use crate::{Limits, Walls, judge, procfs, subject, sys, walls};
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, SigmaskHow, Signal, sigprocmask};
use nix::sys::signalfd::{SfdFlags, SignalFd};
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
/// How long what is left over when the body has ended may take to end, or to come out of the tested code.
const GRACE: Duration = Duration::from_secs(1);
/// How the guide says that there are no namespaces.
const NO_NAMESPACES: i32 = 75;

/// Runs in the copy: puts up walls, runs `body` behind them, reports on the socket that is standard input, and ends the
/// process.
#[track_caller]
pub(crate) fn run(limits: Limits, body: impl FnOnce()) -> ! {
    let test_file = Location::caller().file();
    let report = take_standard_input().expect("a socket as standard input");
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
    let Some(keeper) = sys::fork().expect("a process for the keeper") else {
        // The keeper alone must see the hang-up: nobody else may hold the lock or the socket.
        let turn = walls::wait_for_turn().expect("a turn among this user's tests");
        nix::sys::prctl::set_child_subreaper(true).expect("a child subreaper");
        let keeper = Keeper::new(Walls::Subreaper, limits, report, test_file);
        std::mem::forget(turn); // until the process ends
        keeper.keep(body)
    };
    sys::exit_now(code_of(keeper))
}

/// The socket that is standard input, out of the way of the tested code, with nothing in its place.
fn take_standard_input() -> nix::Result<UnixStream> {
    let socket: OwnedFd = std::io::stdin()
        .as_fd()
        .try_clone_to_owned()
        .map_err(|_| Errno::EBADF)?;
    fcntl(&socket, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
    let nothing = File::open("/dev/null").map_err(|_| Errno::ENOENT)?;
    nix::unistd::dup2_stdin(nothing)?;
    Ok(UnixStream::from(socket))
}

fn code_of(child: Pid) -> i32 {
    match sys::reap(Some(child), true) {
        Ok(Some((_, End::Code(code)))) => code,
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
        // In a group of its own already, see the runner: Ctrl-C does not come here, the hang-up of the socket does.
        let mut signals = SigSet::empty();
        signals.add(Signal::SIGCHLD);
        sigprocmask(SigmaskHow::SIG_BLOCK, Some(&signals), None).expect("a signal mask");
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
        // Were the runner gone, the next look at the socket would tell.
        let _ = self.report.write_all(STARTED.as_bytes());
        let (mut reader, writer) = std::io::pipe().expect("a pipe for the output");
        fcntl(&reader, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).expect("a pipe that does not block");
        let Some(subject) = sys::fork().expect("a process for the subject") else {
            let output = OwnedFd::from(writer);
            subject::run(self.limits, self.page, output, self.test_file, body);
        };
        drop(writer);

        let started = Instant::now();
        let mut output = Output::new(self.limits.output_bytes);
        let stop = self.watch(subject, started, &mut reader, &mut output);
        let elapsed = started.elapsed();
        let left = self.leftovers(&stop);
        self.walls.end_all();
        output.drain(&mut reader, 1 << 24);

        let evidence = Evidence {
            stop,
            phase: self.page.phase(),
            escaped: self.page.escaped(),
            panic: self.page.own.read(),
            elsewhere: self
                .page
                .elsewhere
                .read()
                .or_else(|| self.page.aside.read()),
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

    /// Watches until the subject has ended, or has to be stopped.
    fn watch(
        &self,
        subject: Pid,
        started: Instant,
        reader: &mut PipeReader,
        output: &mut Output,
    ) -> Stop {
        let deadline = started + self.limits.deadline;
        let mut watch = Watch::default();
        let mut next_look = started + LOOK;
        let mut open = true;
        loop {
            let pause = deadline
                .min(next_look)
                .saturating_duration_since(Instant::now());
            let (ended, readable) = self.wait_for_event(pause, open.then_some(&*reader));
            if readable {
                open = output.drain(reader, 1 << 20);
            }
            if ended {
                while let Ok(Some((pid, end))) = sys::reap(None, false) {
                    if pid == subject {
                        return Stop::Ended(end);
                    }
                }
            }
            let now = Instant::now();
            if now >= deadline {
                return watch.at_deadline(&self.walls.living());
            }
            if now >= next_look {
                next_look = now + LOOK;
                if let Some(stop) = watch.look(&self.walls.living(), self.limits.threads) {
                    return stop;
                }
            }
        }
    }

    /// Waits for a child to end, or for output; says which it was. Leaves with everything when the runner is gone.
    fn wait_for_event(&self, pause: Duration, reader: Option<&PipeReader>) -> (bool, bool) {
        let mut events = vec![
            PollFd::new(self.child_ended.as_fd(), PollFlags::POLLIN),
            PollFd::new(self.report.as_fd(), PollFlags::empty()),
        ];
        events.extend(reader.map(|reader| PollFd::new(reader.as_fd(), PollFlags::POLLIN)));
        // Rounded up: a pause of zero before its time would spin.
        let millis = u16::try_from(pause.as_millis() + 1).unwrap_or(u16::MAX);
        let _ = poll(&mut events, PollTimeout::from(millis));
        let happened = |index: usize| {
            events
                .get(index)
                .is_some_and(|event| event.any().unwrap_or(false))
        };
        if happened(1) {
            self.walls.end_all();
            ipc::left_since(&self.ipc_before, self.walls);
            sys::exit_now(1);
        }
        let ended = happened(0);
        if ended {
            while let Ok(Some(_)) = self.child_ended.read_signal() {}
        }
        (ended, happened(2))
    }

    /// What the body left when it ended by itself. Waits a little for processes that are about to end, or about
    /// to come out of the tested code.
    fn leftovers(&self, stop: &Stop) -> Vec<String> {
        if !matches!(stop, Stop::Ended(_)) {
            return vec![];
        }
        let patience = Instant::now() + GRACE;
        let mut watch = Watch::default();
        let mut living = self.walls.living();
        while !living.is_empty() && self.page.escaped().is_none() && Instant::now() < patience {
            self.wait_for_event(Duration::from_millis(5), None);
            while let Ok(Some(_)) = sys::reap(None, false) {}
            living = self.walls.living();
            if watch.look(&living, usize::MAX).is_some() {
                break;
            }
        }
        let mut lines = vec![];
        if let unreaped @ 1.. = self.page.unreaped() {
            let children = if unreaped == 1 {
                "child process"
            } else {
                "child processes"
            };
            lines.push(format!("{unreaped} {children} that nobody waited for"));
        }
        if !living.is_empty() {
            let names: BTreeSet<String> = living.iter().map(|&pid| procfs::name(pid)).collect();
            let names: Vec<String> = names.into_iter().collect();
            let processes = if living.len() == 1 {
                "process"
            } else {
                "processes"
            };
            lines.push(format!(
                "{} {processes} still running: {}",
                living.len(),
                names.join(", ")
            ));
        }
        lines
    }
}
