//! A course for the desk to be tried on, in a folder of its own.

#![allow(dead_code, reason = "each test program uses a part of it")]

use nix::unistd::Pid;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// A course whose checker and desk are those of this workspace.
pub struct Course {
    pub root: PathBuf,
}

impl Course {
    /// The course's own sections of these folders, with their solutions.
    pub fn with(name: &str, sections: &[&str]) -> Self {
        let course = Self::empty(name);
        for section in sections {
            copy(&workspace().join("exercises").join(section), &course.exercise(section));
            let solution = Path::new("solutions").join(section).join("src");
            copy(&workspace().join(&solution), &course.root.join(&solution));
        }
        course
    }

    /// A course with no section as yet. Its builds are kept for the next run.
    pub fn empty(name: &str) -> Self {
        let root = home().join(name);
        let _ = fs::remove_dir_all(&root);
        fs::create_dir_all(&root).unwrap();
        let course = Self { root };
        let manifest = fs::read_to_string(workspace().join("Cargo.toml")).unwrap();
        let members = manifest.lines().find(|line| line.starts_with("members")).unwrap();
        let excluded = manifest.lines().find(|line| line.starts_with("exclude")).unwrap();
        let harness = workspace().join("xtask/harness").display().to_string();
        let manifest = manifest
            .replace(members, "members = [\"exercises/*-*\"]")
            .replace(excluded, "")
            .replace("\"xtask/harness\"", &format!("{harness:?}"));
        course.write("Cargo.toml", &manifest);
        copy(&workspace().join("Cargo.lock"), &course.root.join("Cargo.lock"));
        course
    }

    /// The folder with the checker and the desk, in the place that tells them where to build. Each course has its own: cargo
    /// gives sections of one name the same place, wherever their workspaces are.
    pub fn programs(&self) -> PathBuf {
        let here = self.root.with_extension("target").join("debug");
        fs::create_dir_all(&here).unwrap();
        for program in ["xtask", "xtask-desk"] {
            fs::copy(built().join(program), here.join(program)).unwrap();
        }
        here
    }

    pub fn exercise(&self, section: &str) -> PathBuf {
        self.root.join("exercises").join(section)
    }

    pub fn write(&self, file: &str, text: &str) {
        let path = self.root.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn read(&self, file: &str) -> String {
        fs::read_to_string(self.root.join(file)).unwrap()
    }

    /// What a program needs in its environment to be at work on this course.
    pub fn environment(&self) -> [(&'static str, String); 2] {
        [
            // The checker looks for the course beside its own sources.
            ("CARGO_MANIFEST_DIR", self.root.join("xtask").display().to_string()),
            ("DESK_TEST", self.root.display().to_string()),
        ]
    }

    /// The names of the processes that were started with this course's environment, whoever their parent is now.
    pub fn processes(&self) -> Vec<String> {
        self.started().into_iter().map(|(_, name)| name).collect()
    }

    /// The one of this name.
    pub fn process(&self, wanted: &str) -> Pid {
        let started = self.started();
        let found = started.iter().find(|(_, name)| name == wanted);
        found.unwrap_or_else(|| panic!("no {wanted} among {started:?}")).0
    }

    fn started(&self) -> Vec<(Pid, String)> {
        let mark = format!("DESK_TEST={}\0", self.root.display()).into_bytes();
        let processes = fs::read_dir("/proc").unwrap().flatten();
        let marked = processes.filter(|entry| {
            let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
            environment.windows(mark.len()).any(|window| window == mark)
        });
        let named = |entry: fs::DirEntry| {
            let name = fs::read_to_string(entry.path().join("comm")).ok()?;
            let pid = entry.file_name().to_str()?.parse().ok()?;
            Some((Pid::from_raw(pid), name.trim().to_owned()))
        };
        marked.filter_map(named).collect()
    }
}

/// The folder in which cargo has built the checker and the desk.
fn built() -> &'static Path {
    static PROGRAMS: OnceLock<PathBuf> = OnceLock::new();
    PROGRAMS.get_or_init(|| {
        let desk = Path::new(env!("CARGO_BIN_EXE_xtask-desk"));
        let debug = desk.parent().unwrap();
        // Cargo has built the desk for this test, but not the checker that it starts.
        let built = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--package", "xtask", "--bin", "xtask", "--target-dir"])
            .arg(debug.parent().unwrap())
            .current_dir(workspace())
            .status();
        assert!(built.unwrap().success(), "the checker can't be built");
        debug.to_owned()
    })
}

/// Waits until it holds; fails with what `state` says when that takes longer than a slow machine needs.
#[track_caller]
pub fn eventually(what: &str, mut holds: impl FnMut() -> bool, state: impl Fn() -> String) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < Duration::from_secs(60), "{what}: not after 60 s\n{}", state());
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// A folder for this test program's courses, and for what is built of them.
fn home() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(env!("CARGO_CRATE_NAME"))
}

fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap().flatten() {
            copy(&entry.path(), &to.join(entry.file_name()));
        }
    } else {
        fs::write(to, fs::read(from).unwrap()).unwrap();
    }
}
