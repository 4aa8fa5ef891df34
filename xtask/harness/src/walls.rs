//! What holds the subject in, and everything that comes from it.

use crate::{Limits, ipc, procfs, sys};
use nix::errno::Errno;
use nix::mount::MsFlags;
use nix::sched::CloneFlags;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs::{self, File};
use std::time::{Duration, Instant};
use std::{fmt, io};

/// The environment variable that asks for the weaker walls: `HARNESS_WALLS=subreaper`.
const VARIABLE: &str = "HARNESS_WALLS";

/// What holds the subject in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Walls {
    /// PID, IPC and mount namespaces of its own: nothing gets out, and all of it ends with the keeper.
    Namespaces,
    /// A child subreaper: orphans come back to the keeper, which hunts them down. It can't hold in `kill(-1)`,
    /// and knows what IPC objects were left only from what was there before.
    Subreaper,
}

impl fmt::Display for Walls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Namespaces => write!(f, "held in by namespaces"),
            Self::Subreaper => write!(
                f,
                "held in by a child subreaper, as there are no namespaces here"
            ),
        }
    }
}

impl Walls {
    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Namespaces => "namespaces",
            Self::Subreaper => "subreaper",
        }
    }

    /// The walls with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Namespaces, Self::Subreaper]
            .into_iter()
            .find(|walls| walls.name() == name)
    }

    /// The walls that the environment asks for by name, if any.
    pub(crate) fn asked_for() -> Option<Self> {
        Self::from_name(&std::env::var(VARIABLE).ok()?)
    }

    /// Every process behind the walls, but for the keeper that asks.
    pub(crate) fn living(self) -> Vec<Pid> {
        match self {
            Self::Namespaces => procfs::processes()
                .into_iter()
                .filter(|pid| pid.as_raw() != 1)
                .collect(),
            Self::Subreaper => procfs::descendants(Pid::this()),
        }
    }

    /// Ends everything behind the walls and reaps it. Blocks until it is gone, two seconds at most.
    pub(crate) fn end_all(self) {
        let deadline = Instant::now() + Duration::from_secs(2);
        while Instant::now() < deadline {
            match self {
                Self::Namespaces => {
                    // Everybody, but only ever from the first process of a namespace of our own.
                    assert_eq!(Pid::this().as_raw(), 1, "the keeper lost its namespace");
                    let _ = kill(Pid::from_raw(-1), Signal::SIGKILL);
                }
                Self::Subreaper => self.living().into_iter().for_each(|pid| {
                    let _ = kill(pid, Signal::SIGKILL);
                }),
            }
            loop {
                match sys::reap(None, false) {
                    Ok(Some(_)) => {}
                    Ok(None) => break,
                    Err(_) => return,
                }
            }
            // A killed process takes a moment to end; SIGCHLD may have come and gone already.
            std::thread::sleep(Duration::from_micros(200));
        }
    }
}

/// Moves this process, and so its children to come, into new namespaces. When that fails half-way the process is
/// spoilt: call it in one that can be thrown away.
pub(crate) fn enter_namespaces() -> nix::Result<()> {
    let (uid, gid) = (nix::unistd::geteuid(), nix::unistd::getegid());
    nix::sched::unshare(
        CloneFlags::CLONE_NEWUSER
            | CloneFlags::CLONE_NEWPID
            | CloneFlags::CLONE_NEWIPC
            | CloneFlags::CLONE_NEWNS,
    )?;
    let write = |file, text: String| fs::write(file, text).map_err(|_| Errno::EPERM);
    write("/proc/self/setgroups", "deny".into())?;
    // The same numbers inside as outside: getuid() keeps its answer.
    write("/proc/self/uid_map", format!("{uid} {uid} 1"))?;
    write("/proc/self/gid_map", format!("{gid} {gid} 1"))
}

/// Fits the new namespaces out, as their first process: a `/proc` and folders for POSIX objects of their own.
pub(crate) fn furnish_namespaces(limits: Limits) -> bool {
    let private = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    let furnished = nix::mount::mount(None::<&str>, "/", None::<&str>, private, None::<&str>)
        .is_ok()
        && nix::mount::mount(Some("proc"), "/proc", Some("proc"), flags, None::<&str>).is_ok()
        && ipc::mount_posix_folders();
    // A limit of the namespace since Linux 6.14, which holds root too; the kernel takes no less than 301. Where
    // it is refused, the keeper's own count of threads has to do.
    let most = (limits.threads + 64).max(301);
    let _ = fs::write("/proc/sys/kernel/pid_max", most.to_string());
    furnished
}

/// One subreaper at a time for each user: what IPC objects a body left is told from what was there before, and
/// nothing else may come in between. Blocks until it is this process's turn; held until the file is dropped.
pub(crate) fn wait_for_turn() -> io::Result<File> {
    let folder = std::env::home_dir().and_then(|home| File::open(home).ok());
    let folder = folder.map_or_else(|| File::open("/tmp"), Ok)?;
    folder.lock()?;
    Ok(folder)
}
