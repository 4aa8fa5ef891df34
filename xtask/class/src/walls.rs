//! Walls of our own, where bubblewrap is not installed: namespaces, and Landlock within them.
//!
//! Two steps, for a process cannot enter a PID namespace itself: the first makes the namespaces, and starts the second in
//! them, which sees to its mounts and forbids itself the file system.

use landlock::{
    ABI, Access, AccessFs, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset, RulesetAttr,
    RulesetCreatedAttr, RulesetStatus,
};
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::Signal;
use std::fs;
use std::path::{Path, PathBuf};

/// Folders of the system that programs read and execute.
const SYSTEM: [&str; 11] = [
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/proc",
    "/sys/devices/system/cpu",
    "/etc/alternatives",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf.d",
];
/// Devices that take and give nothing of anybody's.
pub const DEVICES: [&str; 5] =
    ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"];
/// Where a program may write what nobody keeps.
pub const SCRATCH: &str = "/dev/shm";

/// The first step: new namespaces for what this process starts. It ends with whoever started it.
///
/// # Errors
/// What the system refuses.
pub fn enter() -> Result<(), String> {
    let refused = |what: &str, error: nix::Error| format!("{what}: {error}");
    set_pdeathsig(Signal::SIGKILL).map_err(|error| refused("to end with the checker", error))?;
    let (uid, gid) = (nix::unistd::geteuid(), nix::unistd::getegid());
    let all = CloneFlags::CLONE_NEWUSER
        | CloneFlags::CLONE_NEWPID
        | CloneFlags::CLONE_NEWIPC
        | CloneFlags::CLONE_NEWNET
        | CloneFlags::CLONE_NEWUTS
        | CloneFlags::CLONE_NEWNS;
    unshare(all).map_err(|error| refused("new namespaces", error))?;
    let write = |file: &str, text: String| {
        fs::write(file, text).map_err(|error| format!("{file}: {error}"))
    };
    // Root by name, whoever it is outside: any other loses the right to mount when it starts the second step.
    write("/proc/self/setgroups", "deny".into())?;
    write("/proc/self/uid_map", format!("0 {uid} 1"))?;
    write("/proc/self/gid_map", format!("0 {gid} 1"))
}

/// The second step, in the first process of the namespaces: its own view of processes, and no file but these.
///
/// # Errors
/// What the system refuses.
pub fn close(read: &[PathBuf], write: &[PathBuf]) -> Result<(), String> {
    let refused = |what: &str, error: nix::Error| format!("{what}: {error}");
    set_pdeathsig(Signal::SIGKILL).map_err(|error| refused("to end with the checker", error))?;
    let none = None::<&str>;
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
    mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none)
        .and_then(|()| mount(Some("proc"), "/proc", Some("proc"), flags, none))
        .and_then(|()| {
            mount(Some("tmpfs"), SCRATCH, Some("tmpfs"), flags, Some("size=64m,nr_inodes=1k"))
        })
        .map_err(|error| refused("mounts of its own", error))?;
    forbid_files(read, write).map_err(|error| format!("Landlock: {error}"))
}

fn forbid_files(read: &[PathBuf], write: &[PathBuf]) -> Result<(), String> {
    let abi = ABI::V4;
    let say = |error: landlock::RulesetError| error.to_string();
    let mut rules = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(abi))
        .and_then(Ruleset::create)
        .map_err(say)?;
    let system = SYSTEM.iter().map(Path::new);
    for path in system.chain(read.iter().map(PathBuf::as_path)).filter(|path| path.exists()) {
        rules = allow(rules, path, AccessFs::from_read(abi))?;
    }
    let devices = DEVICES.iter().chain([&SCRATCH]).map(Path::new);
    for path in devices.chain(write.iter().map(PathBuf::as_path)) {
        rules = allow(rules, path, AccessFs::from_all(abi))?;
    }
    match rules.restrict_self().map_err(|error| error.to_string())?.ruleset {
        RulesetStatus::NotEnforced => Err("this kernel has none".into()),
        _ => Ok(()),
    }
}

fn allow(
    rules: landlock::RulesetCreated,
    path: &Path,
    access: landlock::BitFlags<AccessFs>,
) -> Result<landlock::RulesetCreated, String> {
    let opened = PathFd::new(path).map_err(|error| error.to_string())?;
    // A file has fewer rights than a folder, and the others would be refused.
    let access = if path.is_dir() { access } else { access & AccessFs::from_file(ABI::V4) };
    rules.add_rule(PathBeneath::new(opened, access)).map_err(|error| error.to_string())
}
