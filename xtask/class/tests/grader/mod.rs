//! The program that grades, in a target folder of its own, apart from that of the course.

#![allow(dead_code, reason = "each test uses a part of it")]

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

/// A grader and its place.
pub struct Grader {
    /// A folder for classes and reports, empty at first.
    pub place: PathBuf,
    program: PathBuf,
}

impl Grader {
    /// A grader whose place has this name. All share a target folder: the packages are built there once.
    pub fn new(name: &str) -> Self {
        static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("grading");
        let program = PROGRAM.get_or_init(|| install(&target)).clone();
        Self { place: empty(&target.join("places").join(name)), program }
    }

    /// A grader with a target folder of its own, in which its place is as well.
    pub fn apart(target: &Path) -> Self {
        Self { place: empty(&target.join("place")), program: install(target) }
    }

    /// Forgets what was graded.
    pub fn forget(&self) {
        let _ = fs::remove_dir_all(self.program.with_file_name("../xtask/graded"));
    }

    /// The command with these words. It is quiet.
    pub fn command<W: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = W>) -> Command {
        let mut command = Command::new(&self.program);
        command.args(words).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// Grades the class `class` of the place into the report `report`.
    pub fn check(&self, class: &str, report: &str, more: &[&str]) -> Command {
        let mut command = self.command(["check"]);
        command.arg("--class").arg(self.place.join(class));
        command.arg("--report").arg(self.place.join(report)).args(more);
        command
    }
}

/// The program, in this target folder.
fn install(target: &Path) -> PathBuf {
    let program = target.join("debug").join("xtask-class");
    fs::create_dir_all(target.join("debug")).unwrap();
    let _ = fs::remove_file(&program);
    fs::copy(env!("CARGO_BIN_EXE_xtask-class"), &program).unwrap();
    program
}

/// The folder, new and empty.
fn empty(folder: &Path) -> PathBuf {
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder).unwrap();
    folder.to_owned()
}

/// What a command prints and how it ends.
pub fn output(command: &mut Command) -> (i32, String) {
    let Output { status, stdout, stderr } =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap();
    let text = [stdout, stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    (status.code().unwrap_or(-1), text)
}

/// Gives what this thread starts an IPC namespace of its own, so that [`ipc`] has nothing of other programs in it. An ordinary
/// user can't have one, and shares the machine's.
pub fn apart_in_ipc() {
    let _ = nix::sched::unshare(nix::sched::CloneFlags::CLONE_NEWIPC);
}

/// The queues, segments and semaphores of this user: they outlive processes.
pub fn ipc() -> Vec<String> {
    let me = nix::unistd::geteuid().to_string();
    let mut all = vec![];
    for kind in ["msg", "shm", "sem"] {
        let text = fs::read_to_string(format!("/proc/sysvipc/{kind}")).unwrap_or_default();
        let mut lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        let Some(names) = lines.next() else { continue };
        let column = |wanted: &str| names.iter().position(|name| *name == wanted).unwrap();
        let (key, id, user) = (0, 1, column("uid"));
        let own = lines.filter(|row| row[user] == me);
        all.extend(own.map(|row| format!("{kind} {}, key {}", row[id], row[key])));
    }
    all
}

/// All files of a report, by name.
pub fn files(report: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let files = xtask::source::files_below(report).unwrap().into_iter();
    let named = |file: PathBuf| {
        let text = fs::read(&file).unwrap();
        (file.strip_prefix(report).unwrap().to_owned(), text)
    };
    files.map(named).collect()
}

/// The two reports say the same, or the first file that does not, with the first line.
pub fn same(one: &Path, other: &Path) -> Result<(), String> {
    let (one, other) = (files(one), files(other));
    let names = |files: &[(PathBuf, Vec<u8>)]| -> Vec<PathBuf> {
        files.iter().map(|(name, _)| name.clone()).collect()
    };
    if names(&one) != names(&other) {
        return Err(format!("{:?}\n{:?}", names(&one), names(&other)));
    }
    for ((name, one), (_, other)) in one.iter().zip(&other) {
        let (one, other) = (String::from_utf8_lossy(one), String::from_utf8_lossy(other));
        if let Some((one, other)) = one.lines().zip(other.lines()).find(|(one, other)| one != other)
        {
            return Err(format!("{}:\n{one}\n{other}", name.display()));
        }
        if one != other {
            return Err(format!("{}: one is longer", name.display()));
        }
    }
    Ok(())
}
