//! Records the processes of a run: each of them is traced by ptrace(2), and stops at every system call for a moment.
//!
//! The times are those at which the tracer sees a stop. What comes first in the program comes first here, too: a process
//! goes on only when its stop has been seen.

use super::ending::Running;
use super::not_started;
use super::recording::{Lane, Of, Recording, Span, State, Tie, TieKind, Waiting};
use super::system_call::{Amount, Purpose, purpose};
use nix::errno::Errno;
use nix::libc;
use nix::sys::ptrace::{self, Options};
use nix::sys::signal::{SigSet, Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, execv, fork, pipe, read};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ffi::{CString, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Instant;
use xtask::fault::Fault;
use xtask::words;

/// So many stretches and ties are kept; what comes later is counted only.
const EVENTS: u64 = 1_000_000;

/// A shorter call is no wait: the tracing alone takes about so long.
const SHORTEST: u64 = 100_000;

/// Runs the program to its end, and records it and what it starts.
///
/// # Errors
/// That it can't be started, or that tracing is forbidden here.
pub fn record(
    program: &Path,
    name: &str,
    arguments: &[String],
    running: &Running,
) -> Result<(ExitStatus, Recording), Fault> {
    let first = start(program, arguments)?;
    running.add(first);
    let mut tracer = Tracer::new(name, running.clone());
    tracer.lane(first);
    let status = loop {
        match waitpid(None, Some(WaitPidFlag::__WALL)) {
            Ok(status) => {
                if let Some(status) = tracer.take(status, first) {
                    break status;
                }
            }
            Err(Errno::EINTR) => {}
            Err(error) => return Err(not_started(program, &error)),
        }
    };
    Ok((status, tracer.finish(status.signal().is_some())))
}

/// The program in a process that waits until it is traced.
fn start(program: &Path, arguments: &[String]) -> Result<Pid, Fault> {
    let words = [program.as_os_str()].into_iter().chain(arguments.iter().map(OsStr::new));
    let words: Result<Vec<CString>, _> = words.map(|word| CString::new(word.as_bytes())).collect();
    let words = words.map_err(|error| not_started(program, &error))?;
    let failed = |error: Errno| not_started(program, &error);
    let (waits, begins) = pipe().map_err(failed)?;
    // SAFETY: the child allocates nothing, and calls only what is allowed after a fork.
    match unsafe { fork() }.map_err(failed)? {
        ForkResult::Child => {
            drop(begins);
            let _ = read(&waits, &mut [0]);
            let _ = SigSet::empty().thread_set_mask();
            let _ = execv(&words[0], &words);
            // SAFETY: it ends here, and nothing of the parent's is run.
            unsafe { libc::_exit(127) }
        }
        ForkResult::Parent { child } => {
            let options = Options::PTRACE_O_TRACESYSGOOD
                | Options::PTRACE_O_TRACEFORK
                | Options::PTRACE_O_TRACEVFORK
                | Options::PTRACE_O_TRACECLONE
                | Options::PTRACE_O_TRACEEXEC;
            if let Err(error) = ptrace::seize(child, options) {
                let _ = kill(child, Signal::SIGKILL);
                let _ = waitpid(child, None);
                return Err(forbidden(error));
            }
            drop(begins);
            Ok(child)
        }
    }
}

fn forbidden(error: Errno) -> Fault {
    let what = words!(
        "processes can't be traced here, so that there is no picture: {error}",
        "les processus ne peuvent pas être tracés ici, donc pas d'image : {error}"
    );
    Fault::new(what).next(words!(
        "A container needs the capability SYS_PTRACE for it (docker run --cap-add=SYS_PTRACE). Without\n--picture and --chrome-trace the program runs as ever.",
        "Un conteneur a besoin pour cela de la capacité SYS_PTRACE (docker run --cap-add=SYS_PTRACE).\nSans --picture ni --chrome-trace, le programme s'exécute comme toujours."
    ))
}

/// A process or a thread that is traced.
#[derive(Debug, Default)]
struct Tracee {
    lane: usize,
    parent: Option<usize>,
    is_thread: bool,
    /// The system call that it is in.
    call: Option<Call>,
    /// The call that a signal has broken off just now.
    broken_off: Option<Call>,
}

/// A system call that has begun.
#[derive(Clone, Debug)]
struct Call {
    since: u64,
    purpose: Purpose,
    arguments: [u64; 6],
    /// What it is about: a pipe, a socket, a queue.
    channel: String,
}

struct Tracer {
    started: Instant,
    running: Running,
    recording: Recording,
    tracees: BTreeMap<i32, Tracee>,
    /// Where a process that has ended, and was not waited for, has its lane.
    zombies: BTreeMap<i32, usize>,
    /// Short names of channels, in the order in which they were met.
    names: BTreeMap<String, String>,
    /// The terminal, or what else the program was given: who is at its other end is not of this run.
    inherited: BTreeSet<String>,
    /// What was put into a channel, and not taken: by whom, when, how many bytes.
    sent: BTreeMap<String, VecDeque<(usize, u64, u64)>>,
    /// The peers of sockets.
    peers: BTreeMap<String, String>,
    /// When a process sent its last signal.
    kills: BTreeMap<i32, u64>,
}

impl Tracer {
    fn new(program: &str, running: Running) -> Self {
        let recording =
            Recording { program: program.into(), of: Of::Processes, ..Recording::default() };
        let mut names = BTreeMap::new();
        for (number, name) in
            [words!("input", "entrée"), words!("output", "sortie"), words!("errors", "erreurs")]
                .into_iter()
                .enumerate()
        {
            if let Ok(link) = std::fs::read_link(format!("/proc/self/fd/{number}")) {
                names.entry(link.display().to_string()).or_insert(name);
            }
        }
        let inherited = names.keys().cloned().collect();
        Self {
            started: Instant::now(),
            inherited,
            running,
            recording,
            tracees: BTreeMap::new(),
            zombies: BTreeMap::new(),
            names,
            sent: BTreeMap::new(),
            peers: BTreeMap::new(),
            kills: BTreeMap::new(),
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// The lane of a process; a new one, when it is met for the first time.
    fn lane(&mut self, process: Pid) -> usize {
        let number = process.as_raw();
        if let Some(tracee) = self.tracees.get(&number) {
            return tracee.lane;
        }
        let lane = self.recording.lanes.len();
        let name = words!("process {number}", "processus {number}");
        self.recording.lanes.push(Lane { name, start: self.now(), ..Lane::default() });
        self.tracees.insert(number, Tracee { lane, ..Tracee::default() });
        self.running.add(process);
        lane
    }

    /// What has happened, and on with it. The status of the first process, when that has ended.
    fn take(&mut self, status: WaitStatus, first: Pid) -> Option<ExitStatus> {
        let now = self.now();
        match status {
            WaitStatus::Exited(process, code) => {
                self.ended(process, &words!("exit code {code}", "code {code}"), now);
                return (process == first).then(|| ExitStatus::from_raw(code << 8));
            }
            WaitStatus::Signaled(process, signal, _) => {
                self.ended(process, signal.as_str(), now);
                return (process == first).then(|| ExitStatus::from_raw(signal as i32));
            }
            WaitStatus::PtraceSyscall(process) => {
                self.lane(process);
                self.system_call(process, now);
                resume(process, None);
            }
            WaitStatus::PtraceEvent(process, signal, event) => {
                self.lane(process);
                self.event(process, event, now);
                let stops = [Signal::SIGSTOP, Signal::SIGTSTP, Signal::SIGTTIN, Signal::SIGTTOU];
                // A process that was stopped stays so, until somebody continues it.
                if event == libc::PTRACE_EVENT_STOP && stops.contains(&signal) {
                    listen(process);
                } else {
                    resume(process, None);
                }
            }
            WaitStatus::Stopped(process, signal) => {
                self.lane(process);
                self.signal(process, signal, now);
                resume(process, Some(signal));
            }
            _ => {}
        }
        None
    }

    fn ended(&mut self, process: Pid, how: &str, now: u64) {
        self.running.remove(process);
        let Some(tracee) = self.tracees.remove(&process.as_raw()) else { return };
        if let Some(call) = &tracee.call {
            self.wait(tracee.lane, call, now);
        }
        self.recording.lanes[tracee.lane].ended = Some((now, how.to_owned()));
        if !tracee.is_thread && tracee.parent.is_some() {
            self.zombies.insert(process.as_raw(), tracee.lane);
        }
    }

    fn event(&mut self, process: Pid, event: i32, now: u64) {
        let is_thread = event == libc::PTRACE_EVENT_CLONE;
        match event {
            libc::PTRACE_EVENT_FORK | libc::PTRACE_EVENT_VFORK | libc::PTRACE_EVENT_CLONE => {
                let Some(child) =
                    ptrace::getevent(process).ok().and_then(|child| i32::try_from(child).ok())
                else {
                    return;
                };
                let parent = self.lane(process);
                let lane = self.lane(Pid::from_raw(child));
                if let Some(tracee) = self.tracees.get_mut(&child) {
                    tracee.parent = Some(parent);
                    tracee.is_thread = is_thread;
                }
                if is_thread {
                    self.recording.lanes[lane].is_thread = true;
                    self.recording.lanes[lane].name = format!("thread {child}");
                }
                let begins = self.recording.lanes[lane].start;
                self.tie(((parent, now.min(begins)), (lane, begins.max(now))), TieKind::Starts, "");
            }
            libc::PTRACE_EVENT_EXEC => {
                let lane = self.lane(process);
                // It was called by the name of what it was before, in the tracer's own process.
                let number = process.as_raw();
                let program = std::fs::read_to_string(format!("/proc/{number}/comm"));
                let program = program.unwrap_or_default();
                if lane != 0 {
                    self.recording.lanes[lane].name = format!("{number} {}", program.trim());
                }
            }
            _ => {}
        }
    }

    fn signal(&mut self, process: Pid, signal: Signal, now: u64) {
        let lane = self.lane(process);
        // SAFETY: a signal that a process has sent has its number; of others it is whatever, and nobody's.
        let sender = ptrace::getsiginfo(process)
            .ok()
            .map_or(0, |information| unsafe { information.si_pid() });
        let is_of_run = self.tracees.contains_key(&sender);
        if is_of_run && signal != Signal::SIGCHLD {
            let from = self.lane(Pid::from_raw(sender));
            let sent = self.kills.get(&sender).copied().unwrap_or(now);
            self.tie(((from, sent), (lane, now)), TieKind::Signals, signal.as_str());
        }
        if signal != Signal::SIGCHLD {
            self.recording.lanes[lane].marks.push((now, signal.as_str().to_owned()));
        }
        let ends = matches!(signal, Signal::SIGINT | Signal::SIGTERM | Signal::SIGHUP);
        if ends && !is_of_run {
            self.snapshot();
        }
    }

    /// Who waits for whom, now that somebody from outside wants the run to end.
    fn snapshot(&mut self) {
        let calls: Vec<(i32, usize, Call)> = self
            .tracees
            .iter()
            .filter_map(|(&process, tracee)| {
                let call = tracee.call.as_ref().or(tracee.broken_off.as_ref())?;
                Some((process, tracee.lane, call.clone()))
            })
            .collect();
        // The first of the signals breaks off a call; those after it say nothing new.
        if calls.len() < self.recording.waiting.len() {
            return;
        }
        let waiting = calls.into_iter().filter(|(.., call)| call.purpose != Purpose::Sleep);
        self.recording.waiting = waiting
            .map(|(process, lane, call)| {
                let until = self.until(process, &call);
                Waiting { lane, label: self.label(&call), place: String::new(), until }
            })
            .collect();
    }

    /// The lanes without which a call can't go on, if there is only one way.
    fn until(&self, process: i32, call: &Call) -> Vec<usize> {
        match call.purpose {
            Purpose::Wait => {
                let child = i32::try_from(call.arguments[0].cast_signed()).unwrap_or(-1);
                let own = self.tracees.get(&process).map(|tracee| tracee.lane);
                let children: Vec<usize> = self
                    .tracees
                    .iter()
                    .filter(|(number, tracee)| {
                        tracee.parent == own
                            && !tracee.is_thread
                            && (child <= 0 || **number == child)
                    })
                    .map(|(_, tracee)| tracee.lane)
                    .collect();
                if children.len() == 1 { children } else { vec![] }
            }
            Purpose::Read | Purpose::Write(_) if !self.inherited.contains(&call.channel) => {
                let other_end = self.peers.get(&call.channel).unwrap_or(&call.channel);
                let wants_writer = call.purpose == Purpose::Read;
                let holders = self.tracees.iter().filter(|(number, tracee)| {
                    !tracee.is_thread && has_end(**number, other_end, wants_writer)
                });
                let holders: Vec<(i32, usize)> =
                    holders.map(|(&number, tracee)| (number, tracee.lane)).collect();
                let others: Vec<usize> = holders
                    .iter()
                    .filter(|(number, _)| *number != process)
                    .map(|&(_, lane)| lane)
                    .collect();
                match (holders.len(), &others[..]) {
                    (1, _) => vec![holders[0].1],
                    (_, [other]) => vec![*other],
                    _ => vec![],
                }
            }
            _ => vec![],
        }
    }

    /// A system call begins or ends.
    fn system_call(&mut self, process: Pid, now: u64) {
        let Ok(information) = ptrace::syscall_info(process) else { return };
        match information.op {
            libc::PTRACE_SYSCALL_INFO_ENTRY => {
                // SAFETY: the kernel has said that it is an entry.
                let entry = unsafe { information.u.entry };
                self.begins(process, entry.nr, entry.args, now);
            }
            libc::PTRACE_SYSCALL_INFO_EXIT => {
                // SAFETY: the kernel has said that it is an exit.
                let exit = unsafe { information.u.exit };
                self.returns(process, exit.sval, now);
            }
            _ => {}
        }
    }

    fn begins(&mut self, process: Pid, number: u64, arguments: [u64; 6], now: u64) {
        let lane = self.lane(process);
        let Some(tracee) = self.tracees.get_mut(&process.as_raw()) else { return };
        tracee.broken_off = None;
        let Some(purpose) = purpose(number, &arguments) else { return };
        let channel = match purpose {
            Purpose::Read | Purpose::Write(_) => {
                let Some(channel) = channel(process, arguments[0]) else { return };
                channel
            }
            Purpose::MessageSend => {
                format!("queue {}:{}", arguments[0], memory(process, arguments[1]))
            }
            Purpose::MessageReceive | Purpose::Semaphore => format!("queue {}", arguments[0]),
            Purpose::Kill => {
                self.kills.insert(process.as_raw(), now);
                return;
            }
            _ => String::new(),
        };
        // What is written can be read before the writer is seen to return.
        let bytes = match purpose {
            Purpose::Write(Amount::Third) => Some(arguments[2]),
            Purpose::Write(Amount::Elsewhere) | Purpose::MessageSend => Some(0),
            _ => None,
        };
        if let Some(bytes) = bytes {
            let sent = self.sent.entry(channel.clone()).or_default();
            sent.push_back((lane, now, bytes));
            // Nobody of the run reads the terminal's end.
            sent.truncate(100_000);
        }
        if let Some(tracee) = self.tracees.get_mut(&process.as_raw()) {
            tracee.call = Some(Call { since: now, purpose, arguments, channel });
        }
    }

    fn returns(&mut self, process: Pid, result: i64, now: u64) {
        let Some(tracee) = self.tracees.get_mut(&process.as_raw()) else { return };
        let lane = tracee.lane;
        let Some(call) = tracee.call.take() else { return };
        // The numbers of the kernel for a call that a signal has interrupted.
        if (-516..=-512).contains(&result) || result == -i64::from(libc::EINTR) {
            tracee.broken_off = Some(call.clone());
        }
        self.wait(lane, &call, now);
        match call.purpose {
            Purpose::Write(_) | Purpose::MessageSend => self.has_written(lane, &call, result),
            Purpose::Read if result > 0 => {
                let from = self.peers.get(&call.channel).unwrap_or(&call.channel).clone();
                self.has_read(lane, &from, result.cast_unsigned(), now);
            }
            Purpose::MessageReceive if result >= 0 => {
                let kind = memory(process, call.arguments[1]);
                self.has_read(lane, &format!("{}:{kind}", call.channel), 0, now);
            }
            Purpose::Wait if result > 0 => self.reaped(lane, result, now),
            // Where siginfo_t has the number of the child; and only if the child was not left as it is.
            Purpose::WaitId if result == 0 && call.arguments[3] & libc::WNOWAIT as u64 == 0 => {
                let child = memory(process, call.arguments[2].wrapping_add(16)) & 0xffff_ffff;
                self.reaped(lane, child, now);
            }
            Purpose::SocketPair if result == 0 => {
                let both = memory(process, call.arguments[3]).cast_unsigned();
                let one = channel(process, both & 0xffff_ffff);
                let other = channel(process, both >> 32);
                if let (Some(one), Some(other)) = (one, other) {
                    self.peers.insert(one.clone(), other.clone());
                    self.peers.insert(other, one);
                }
            }
            _ => {}
        }
    }

    /// Was it written, and all of it?
    fn has_written(&mut self, lane: usize, call: &Call, result: i64) {
        let Some(sent) = self.sent.get_mut(&call.channel) else { return };
        let own = |sent: &(usize, u64, u64)| sent.0 == lane && sent.1 == call.since;
        let Some(index) = sent.iter().rposition(own) else { return };
        if result < 0 {
            sent.remove(index);
        } else if call.purpose == Purpose::Write(Amount::Third) {
            let missing = call.arguments[2].saturating_sub(result.cast_unsigned());
            sent[index].2 = sent[index].2.saturating_sub(missing);
        }
    }

    /// The oldest bytes in the channel are read: whose were they?
    fn has_read(&mut self, lane: usize, channel: &str, bytes: u64, now: u64) {
        let Some(sent) = self.sent.get_mut(channel) else { return };
        let Some(&(writer, time, _)) = sent.front() else { return };
        let mut left = bytes;
        while let Some(front) = sent.front_mut() {
            let taken = front.2.min(left);
            front.2 -= taken;
            left -= taken;
            if front.2 > 0 {
                break;
            }
            sent.pop_front();
            if left == 0 {
                break;
            }
        }
        let name = self.short(channel);
        self.tie(((writer, time), (lane, now)), TieKind::Carries, &name);
    }

    /// A child has been waited for.
    fn reaped(&mut self, parent: usize, child: i64, now: u64) {
        let Ok(child) = i32::try_from(child) else { return };
        let Some(lane) = self.zombies.remove(&child) else { return };
        let Some((ended, _)) = self.recording.lanes[lane].ended else { return };
        self.add_span(lane, (ended, now), State::Zombie, String::new());
        self.tie(((lane, ended), (parent, now)), TieKind::Ends, "");
    }

    /// The lane was in this call until now.
    fn wait(&mut self, lane: usize, call: &Call, now: u64) {
        let state = match call.purpose {
            Purpose::Sleep => State::Sleeps,
            Purpose::SocketPair => return,
            _ => State::Waits,
        };
        let label = self.label(call);
        if now - call.since >= SHORTEST {
            self.add_span(lane, (call.since, now), state, label);
        }
    }

    fn add_span(&mut self, lane: usize, (from, to): (u64, u64), state: State, label: String) {
        self.recording.events += 1;
        if self.recording.events > EVENTS {
            self.recording.dropped += 1;
            return;
        }
        let span = Span { from, to, state, label, place: String::new() };
        self.recording.lanes[lane].spans.push(span);
    }

    fn label(&mut self, call: &Call) -> String {
        let channel = self.short(&call.channel);
        match call.purpose {
            Purpose::Read => words!("a read of {channel}", "une lecture de {channel}"),
            Purpose::Write(_) => words!("a write to {channel}", "une écriture dans {channel}"),
            Purpose::Poll => words!("a poll of descriptors", "un poll de descripteurs"),
            Purpose::Wait | Purpose::WaitId => words!("the end of a child", "la fin d'un enfant"),
            Purpose::Pause => words!("a signal", "un signal"),
            Purpose::Sleep => words!("the clock", "l'heure"),
            Purpose::Futex => {
                words!("a lock or semaphore (futex)", "un verrou ou sémaphore (futex)")
            }
            Purpose::Semaphore => words!("a semaphore", "un sémaphore"),
            Purpose::MessageSend => words!("room in {channel}", "de la place dans {channel}"),
            Purpose::MessageReceive => words!("a message of {channel}", "un message de {channel}"),
            Purpose::Kill | Purpose::SocketPair => String::new(),
        }
    }

    /// A short name for a channel: the two ends of a pipe or of a pair of sockets have the same.
    fn short(&mut self, channel: &str) -> String {
        let peer = self.peers.get(channel).map(String::as_str);
        let channel = peer.map_or(channel, |peer| peer.min(channel));
        let channel = match channel.strip_prefix("queue ") {
            Some(_) => channel.split(':').next().unwrap_or(channel),
            None => channel,
        };
        if let Some(name) = self.names.get(channel) {
            return name.clone();
        }
        let kind = match channel.split([':', ' ']).next() {
            Some("pipe") => words!("pipe", "tube"),
            Some("socket") => "socket".to_owned(),
            Some("queue") => words!("queue", "file"),
            _ => return channel.to_owned(),
        };
        let count = self.names.values().filter(|name| name.starts_with(&kind)).count() + 1;
        let name = format!("{kind} {count}");
        self.names.insert(channel.to_owned(), name.clone());
        name
    }

    fn tie(&mut self, (from, to): ((usize, u64), (usize, u64)), kind: TieKind, label: &str) {
        let room = (self.recording.ties.len() as u64) < EVENTS;
        if from.0 != to.0 && room {
            self.recording.ties.push(Tie { from, to, kind, label: label.to_owned() });
        }
    }

    fn finish(mut self, was_ended: bool) -> Recording {
        let now = self.now();
        self.recording.end = now;
        for (_, lane) in std::mem::take(&mut self.zombies) {
            let ended = self.recording.lanes[lane].ended.as_ref().map_or(now, |(ended, _)| *ended);
            self.add_span(lane, (ended, now), State::Zombie, String::new());
        }
        if !was_ended {
            self.recording.waiting.clear();
        }
        for lane in &mut self.recording.lanes {
            lane.spans.sort_by_key(|span| span.from);
        }
        self.recording.leave_out_start();
        self.recording
    }
}

/// On, until the next system call begins or ends. A process that is gone by now is told of by waitpid.
fn resume(process: Pid, signal: Option<Signal>) {
    let _ = ptrace::syscall(process, signal);
}

/// The process stays stopped, and is seen when it is continued.
fn listen(process: Pid) {
    // SAFETY: the request has no arguments, and touches no memory.
    unsafe { libc::ptrace(libc::PTRACE_LISTEN, process.as_raw(), 0, 0) };
}

/// The pipe, socket or terminal behind a descriptor; nothing for a file, in which nobody waits.
fn channel(process: Pid, descriptor: u64) -> Option<String> {
    let link = PathBuf::from(format!("/proc/{process}/fd/{}", descriptor as i32));
    let link = std::fs::read_link(link).ok()?.display().to_string();
    let can_wait = ["pipe:", "socket:", "/dev/pts/", "/dev/tty"];
    can_wait.iter().any(|start| link.starts_with(start)).then_some(link)
}

/// A word of the memory of a process; 0, if there is none.
fn memory(process: Pid, address: u64) -> i64 {
    ptrace::read(process, address as ptrace::AddressType).unwrap_or(0)
}

/// Has the process this end of the channel open?
fn has_end(process: i32, channel: &str, for_writing: bool) -> bool {
    let entries = std::fs::read_dir(format!("/proc/{process}/fd")).into_iter().flatten().flatten();
    entries.into_iter().any(|entry| {
        let link = std::fs::read_link(entry.path());
        if !link.is_ok_and(|link| link.as_os_str() == channel) {
            return false;
        }
        let number = entry.file_name();
        let information = format!("/proc/{process}/fdinfo/{}", number.to_string_lossy());
        let information = std::fs::read_to_string(information).unwrap_or_default();
        let flags = information.lines().find_map(|line| line.strip_prefix("flags:"));
        let flags = flags.and_then(|flags| i32::from_str_radix(flags.trim(), 8).ok());
        match flags.unwrap_or(0) & libc::O_ACCMODE {
            libc::O_RDWR => true,
            libc::O_WRONLY => for_writing,
            _ => !for_writing,
        }
    })
}
