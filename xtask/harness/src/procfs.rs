//! What `/proc` says of processes and threads.

use nix::libc;
use nix::unistd::Pid;
use std::fs;

/// More descendants than any test may have.
const MOST_DESCENDANTS: usize = 4096;

/// What a thread does at this moment, as the kernel says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Activity {
    /// It runs, or waits for nothing but a core.
    Running,
    /// It sleeps, or waits with a time limit: it will go on by itself.
    Timed(&'static str),
    /// It waits, without a limit, for something that only another thread or process can do.
    Blocked(&'static str),
    /// It waits for something that can't be followed from here.
    Unknown(String),
    /// A signal stopped it.
    Stopped,
    /// It has ended, and nobody has waited for it: a zombie.
    Ended,
}

impl std::fmt::Display for Activity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Running => write!(f, "runs"),
            Self::Timed(what) => write!(f, "waits {what}, with a time limit"),
            Self::Blocked(what) => write!(f, "waits {what}"),
            Self::Unknown(what) => write!(f, "waits {what}"),
            Self::Stopped => write!(f, "is stopped by a signal"),
            Self::Ended => write!(f, "has ended, and nobody has waited for it"),
        }
    }
}

/// A thread.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Thread {
    /// Its number; the first thread of a process has the process's.
    pub tid: i32,
    /// Its name: 15 bytes at most.
    pub name: String,
    /// What it does.
    pub activity: Activity,
    /// How often it was taken off a core, by itself or by the scheduler.
    pub switches: u64,
    /// How often it went to sleep by itself: does not grow while it waits, grows with each poll.
    pub voluntary_switches: u64,
}

impl Thread {
    /// Does it wait, with a time limit or without one?
    pub fn waits(&self) -> bool {
        matches!(self.activity, Activity::Blocked(_) | Activity::Timed(_))
    }

    /// Does it wait for a message in a System V queue?
    pub fn waits_in_msgrcv(&self) -> bool {
        matches!(self.activity, Activity::Blocked(what) if what.contains("msgrcv"))
    }
}

/// The threads of a process; none when it is gone or hidden.
pub(crate) fn threads(pid: Pid) -> Vec<Thread> {
    let mut threads: Vec<Thread> = numbers_in(&format!("/proc/{pid}/task"))
        .into_iter()
        .filter_map(|tid| thread(pid, tid))
        .collect();
    threads.sort_by_key(|thread| thread.tid);
    threads
}

/// How many threads of a process have not ended. Cheaper than [`threads`].
pub(crate) fn live_threads(pid: Pid) -> usize {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The name stands in parentheses, and may hold anything. Behind it: the state, and 17 words later the count, in
    // which a first thread that has ended stays until the last has.
    let words = stat.rsplit_once(')').map_or("", |(_, words)| words);
    let words: Vec<&str> = words.split_whitespace().collect();
    let count = words.get(17).and_then(|word| word.parse().ok()).unwrap_or(0usize);
    let ended = words.first().is_some_and(|state| matches!(*state, "Z" | "X"));
    count.saturating_sub(usize::from(ended))
}

fn thread(pid: Pid, tid: i32) -> Option<Thread> {
    let folder = format!("/proc/{pid}/task/{tid}");
    let status = fs::read_to_string(format!("{folder}/status")).ok()?;
    let counter =
        |name| field(&status, name).and_then(|value| value.parse::<u64>().ok()).unwrap_or(0);
    let voluntary_switches = counter("voluntary_ctxt_switches:");
    Some(Thread {
        tid,
        name: field(&status, "Name:")?.to_owned(),
        activity: activity(pid, &folder, field(&status, "State:")?),
        switches: voluntary_switches + counter("nonvoluntary_ctxt_switches:"),
        voluntary_switches,
    })
}

/// The value behind `name` in a table of `name value` lines.
fn field<'a>(table: &'a str, name: &str) -> Option<&'a str> {
    table.lines().find_map(|line| line.strip_prefix(name)).map(str::trim)
}

fn activity(pid: Pid, folder: &str, state: &str) -> Activity {
    match state.as_bytes().first() {
        Some(b'T' | b't') => return Activity::Stopped,
        Some(b'Z' | b'X') => return Activity::Ended,
        Some(b'S') => {}
        _ => return Activity::Running,
    }
    let Ok(call) = fs::read_to_string(format!("{folder}/syscall")) else {
        return Activity::Unknown("in a system call that the kernel hides".into());
    };
    let mut words = call.split_whitespace();
    let Some(number) = words.next().and_then(|word| word.parse().ok()) else {
        return Activity::Running;
    };
    let arguments: Vec<u64> = words
        .filter_map(|word| u64::from_str_radix(word.trim_start_matches("0x"), 16).ok())
        .collect();
    waiting(pid, number, &arguments)
}

/// What a thread that sleeps in system call `number` waits for.
fn waiting(pid: Pid, number: i64, arguments: &[u64]) -> Activity {
    let argument = |index: usize| arguments.get(index).copied().unwrap_or(0);
    // A limit given by a pointer to a time, or none.
    let limited = |index, what| {
        if argument(index) == 0 { Activity::Blocked(what) } else { Activity::Timed(what) }
    };
    // A limit given in milliseconds, negative for none.
    let limited_ms = |index, what| {
        if (argument(index) as i32) < 0 { Activity::Blocked(what) } else { Activity::Timed(what) }
    };
    let on_pipe = |what| {
        let target = fs::read_link(format!("/proc/{pid}/fd/{}", argument(0))).unwrap_or_default();
        match target.to_string_lossy().split(':').next() {
            Some("pipe") => Activity::Blocked(what),
            _ => Activity::Unknown(format!("in read() or write() of {}", target.display())),
        }
    };
    match number {
        libc::SYS_futex => limited(3, "for a lock, a condition, or the end of a thread (futex)"),
        libc::SYS_read | libc::SYS_readv => on_pipe("in read(), for bytes from a pipe"),
        libc::SYS_write | libc::SYS_writev => on_pipe("in write(), for room in a pipe"),
        libc::SYS_wait4 | libc::SYS_waitid => Activity::Blocked("in wait(), for a child to end"),
        libc::SYS_rt_sigsuspend => Activity::Blocked("in sigsuspend(), for a signal"),
        libc::SYS_rt_sigtimedwait => limited(2, "in sigwait(), for a signal"),
        libc::SYS_nanosleep | libc::SYS_clock_nanosleep => Activity::Timed("in sleep()"),
        libc::SYS_restart_syscall => Activity::Timed("in a call that was interrupted"),
        libc::SYS_msgrcv => Activity::Blocked("in msgrcv(), for a message"),
        libc::SYS_msgsnd => Activity::Blocked("in msgsnd(), for room in a message queue"),
        libc::SYS_semop => Activity::Blocked("in semop(), for a System V semaphore"),
        libc::SYS_semtimedop => limited(3, "in semop(), for a System V semaphore"),
        libc::SYS_mq_timedreceive | libc::SYS_mq_timedsend => {
            limited(4, "at a POSIX message queue")
        }
        libc::SYS_ppoll => limited(2, "in poll(), for a descriptor"),
        libc::SYS_pselect6 => limited(4, "in select(), for a descriptor"),
        libc::SYS_epoll_pwait => limited_ms(3, "in epoll_wait(), for a descriptor"),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_pause => Activity::Blocked("in pause(), for a signal"),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_poll => limited_ms(2, "in poll(), for a descriptor"),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_epoll_wait => limited_ms(3, "in epoll_wait(), for a descriptor"),
        libc::SYS_openat => {
            Activity::Unknown("in open(): of a FIFO that nobody else opens?".into())
        }
        libc::SYS_recvfrom | libc::SYS_recvmsg => {
            Activity::Unknown("in recv(), for bytes from a socket".into())
        }
        libc::SYS_sendto | libc::SYS_sendmsg => {
            Activity::Unknown("in send(), for room in a socket".into())
        }
        libc::SYS_accept | libc::SYS_accept4 => {
            Activity::Unknown("in accept(), for a connection".into())
        }
        other => Activity::Unknown(format!("in system call {other}")),
    }
}

/// Could this process be woken by a timer that its threads' system calls do not show?
pub(crate) fn has_hidden_timer(pid: Pid) -> bool {
    const TIMER_SIGNALS: u64 =
        1 << (libc::SIGALRM - 1) | 1 << (libc::SIGVTALRM - 1) | 1 << (libc::SIGPROF - 1);
    let mask_in = |file: String, name| {
        let text = fs::read_to_string(file).unwrap_or_default();
        mask(&text, name)
    };
    let caught = mask_in(format!("/proc/{pid}/status"), "SigCgt:");
    let fetched = || {
        let tids = numbers_in(&format!("/proc/{pid}/task"));
        tids.into_iter().filter_map(|tid| fetched_signals(pid, tid)).fold(0, |all, mask| all | mask)
    };
    let timers = fs::read_to_string(format!("/proc/{pid}/timers")).unwrap_or_default();
    let timed_descriptor = descriptors(pid).into_iter().any(|number| {
        let target = fs::read_link(format!("/proc/{pid}/fd/{number}")).unwrap_or_default();
        let target = target.to_string_lossy();
        let by_signal =
            || mask_in(format!("/proc/{pid}/fdinfo/{number}"), "sigmask:") & TIMER_SIGNALS != 0;
        target.contains("timerfd")
            || target.contains("inotify")
            || (target.contains("signalfd") && by_signal())
    });
    (caught | fetched()) & TIMER_SIGNALS != 0 || !timers.is_empty() || timed_descriptor
}

/// Has a signal been sent to the process that has not arrived yet?
pub(crate) fn has_pending_signal(pid: Pid) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    ["SigPnd:", "ShdPnd:"].iter().any(|name| mask(&status, name) != 0)
}

/// The set of signals behind `name` in a table; empty when it is not there.
fn mask(table: &str, name: &str) -> u64 {
    field(table, name).and_then(|mask| u64::from_str_radix(mask, 16).ok()).unwrap_or(0)
}

/// The signals that a thread waits for in sigwait(); no list of the kernel's has them.
fn fetched_signals(pid: Pid, tid: i32) -> Option<u64> {
    use std::os::unix::fs::FileExt;
    let call = fs::read_to_string(format!("/proc/{pid}/task/{tid}/syscall")).ok()?;
    let mut words = call.split_whitespace();
    let number: i64 = words.next()?.parse().ok()?;
    let set = u64::from_str_radix(words.next()?.strip_prefix("0x")?, 16).ok()?;
    if number != libc::SYS_rt_sigtimedwait {
        return None;
    }
    let mut mask = [0; 8];
    fs::File::open(format!("/proc/{pid}/mem")).ok()?.read_exact_at(&mut mask, set).ok()?;
    Some(u64::from_ne_bytes(mask))
}

/// The bytes of memory that a process has for its data; `None` when it is gone.
pub(crate) fn data_bytes(pid: Pid) -> Option<usize> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let kib: usize = field(&status, "VmData:")?.trim_end_matches(" kB").parse().ok()?;
    Some(kib << 10)
}

/// The numbers of the open descriptors of a process.
pub(crate) fn descriptors(pid: Pid) -> Vec<i32> {
    numbers_in(&format!("/proc/{pid}/fd"))
}

/// Every process that this `/proc` shows.
pub(crate) fn processes() -> Vec<Pid> {
    numbers_in("/proc").into_iter().map(Pid::from_raw).collect()
}

/// The children of a process, ended ones that were not waited for among them.
pub(crate) fn children(pid: Pid) -> Vec<Pid> {
    let mut found = vec![];
    for tid in numbers_in(&format!("/proc/{pid}/task")) {
        match fs::read_to_string(format!("/proc/{pid}/task/{tid}/children")) {
            Ok(list) => found.extend(
                list.split_whitespace().filter_map(|word| word.parse().ok()).map(Pid::from_raw),
            ),
            // A kernel without CONFIG_PROC_CHILDREN: ask every process for its parent.
            Err(_) if pid_is_there(pid) => {
                return processes()
                    .into_iter()
                    .filter(|&other| parent(other) == Some(pid))
                    .collect();
            }
            Err(_) => {}
        }
    }
    found
}

/// All that came from a process, however far down. Those beyond some thousands are left out, or the list might grow as
/// fast as it is written.
pub(crate) fn descendants(root: Pid) -> Vec<Pid> {
    let mut found = vec![];
    let mut next = vec![root];
    while let Some(pid) = next.pop().filter(|_| found.len() < MOST_DESCENDANTS) {
        let below = children(pid);
        found.extend_from_slice(&below);
        next.extend(below);
    }
    found
}

fn pid_is_there(pid: Pid) -> bool {
    fs::exists(format!("/proc/{pid}/status")).unwrap_or(false)
}

/// The parent of a process.
pub(crate) fn parent(pid: Pid) -> Option<Pid> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    field(&status, "PPid:")?.parse().ok().map(Pid::from_raw)
}

/// The name of a process's program; empty when it is gone.
pub(crate) fn name(pid: Pid) -> String {
    fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default().trim().to_owned()
}

/// Has the process ended without being waited for?
pub(crate) fn is_zombie(pid: Pid) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    field(&status, "State:").is_some_and(|state| state.starts_with('Z'))
}

fn numbers_in(folder: &str) -> Vec<i32> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}
