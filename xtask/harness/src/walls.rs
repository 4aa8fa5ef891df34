//! What holds the subject in, and everything that comes from it.

use crate::{Limits, ipc, procfs, sys};
use nix::errno::Errno;
use nix::mount::MsFlags;
use nix::sched::CloneFlags;
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::{Pid, getpgid, getpgrp};
use std::collections::BTreeSet;
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
            Self::Subreaper => {
                write!(f, "held in by a child subreaper, as there are no namespaces here")
            }
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
        [Self::Namespaces, Self::Subreaper].into_iter().find(|walls| walls.name() == name)
    }

    /// The walls that the environment asks for by name, if any.
    pub(crate) fn asked_for() -> Option<Self> {
        Self::from_name(&std::env::var(VARIABLE).ok()?)
    }

    /// Every process behind the walls, but for the keeper that asks.
    pub(crate) fn living(self) -> Vec<Pid> {
        match self {
            Self::Namespaces => {
                procfs::processes().into_iter().filter(|pid| pid.as_raw() != 1).collect()
            }
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
                Self::Subreaper => {
                    let living = self.living();
                    // By groups first: nobody forks his way out of a signal to the whole of his group. The subject
                    // began a session, so this group here is in none of theirs.
                    let own = getpgrp();
                    let groups = living.iter().filter_map(|&pid| getpgid(Some(pid)).ok());
                    for group in groups.filter(|group| *group != own).collect::<BTreeSet<Pid>>() {
                        let _ = killpg(group, Signal::SIGKILL);
                    }
                    for pid in living {
                        let _ = kill(pid, Signal::SIGKILL);
                    }
                }
            }
            loop {
                match sys::reap(None, false) {
                    Ok(Some(_)) if Instant::now() < deadline => {}
                    Ok(_) => break,
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
    // A limit that holds root too. So far above the one that is judged that the keeper sees that one crossed first, and
    // above 300, as no number below is given out twice. Where it is refused, the keeper's own count has to do.
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    if has_own_pid_max(&release) {
        let most = limits.threads.saturating_mul(4).saturating_add(300);
        let _ = fs::write("/proc/sys/kernel/pid_max", most.to_string());
    }
    furnished
}

/// Does a PID namespace have a limit of its own in this release of Linux? Before 6.14 the file is the whole machine's,
/// and root can write it from in here.
fn has_own_pid_max(release: &str) -> bool {
    let mut numbers = release.split(['.', '-']).map_while(|word| word.parse::<u32>().ok());
    (numbers.next(), numbers.next()) >= (Some(6), Some(14))
}

/// One subreaper at a time for each user: what IPC objects a body left is told from what was there before, and
/// nothing else may come in between. Blocks until it is this process's turn; held until the file is dropped.
pub(crate) fn wait_for_turn() -> io::Result<File> {
    let folder = std::env::home_dir().and_then(|home| File::open(home).ok());
    let folder = folder.map_or_else(|| File::open("/tmp"), Ok)?;
    folder.lock()?;
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_releases_have_one_limit_for_all() {
        for (release, own) in [
            ("6.14.0-29-generic", true),
            ("6.18.44", true),
            ("7.0-rc1", true),
            ("6.8.0-45-generic", false),
            ("5.15.167.4-microsoft-standard-WSL2", false),
            ("6", false),
            ("", false),
        ] {
            assert_eq!(has_own_pid_max(release), own, "{release:?}");
        }
    }
}
