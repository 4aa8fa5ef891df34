//! A course of one section, whose program does what a test wants.

use nix::sys::signal::{SigHandler, Signal, signal};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The course, in a folder of its own.
pub struct Course {
    root: PathBuf,
    name: String,
}

impl Course {
    /// With one section of this name, about threads; its program calls `work` of this library.
    pub fn new(name: &str, library: &str) -> Self {
        Self::with(name, library, &section(true))
    }

    /// The same, about processes.
    pub fn of_processes(name: &str, library: &str) -> Self {
        Self::with(name, library, &section(false))
    }

    fn with(name: &str, library: &str, section: &str) -> Self {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&root);
        let course = Self { root, name: name.to_owned() };
        let repository = folder().join("../..");
        let manifest = fs::read_to_string(repository.join("Cargo.toml")).unwrap();
        let members = manifest.lines().find(|line| line.starts_with("members")).unwrap();
        let own =
            "members = [\"exercises/*-*\", \"xtask/interleave/core\", \"xtask/interleave/std\"]";
        course.write("Cargo.toml", &manifest.replace(members, own));
        let lock = fs::read_to_string(repository.join("Cargo.lock")).unwrap();
        course.write("Cargo.lock", &lock);
        std::os::unix::fs::symlink(folder().join(".."), course.root.join("xtask")).unwrap();
        course.exercise("Cargo.toml", &format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\nnix.workspace = true\n\n[dev-dependencies]\n\
             harness.workspace = true\n"
        ));
        course.exercise("section.toml", section);
        course.exercise("README.md", "# Small\n");
        course.exercise("src/lib.rs", library);
        let krate = name.replace('-', "_");
        let program = format!("//! Works.\nfn main() {{\n    {krate}::work();\n}}\n");
        course.exercise(&format!("src/bin/{name}-demo.rs"), &program);
        course.exercise("tests/section.rs", "//! None.\n");
        course
    }

    fn exercise(&self, file: &str, text: &str) {
        self.write(&format!("exercises/01-{}/{file}", self.name), text);
    }

    fn write(&self, file: &str, text: &str) {
        let file = self.root.join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    /// `cargo xtask run` of the program, about to be started.
    pub fn run(&self) -> Command {
        let mut command = with_interrupts();
        command
            .args(["--lang", "en", "run", &self.name])
            .current_dir(&self.root)
            // The course is looked for beside the checker's sources.
            .env("CARGO_MANIFEST_DIR", self.root.join("xtask"));
        command
    }
}

/// The desk in the course's own folder, in English.
pub fn repository() -> Command {
    let mut command = with_interrupts();
    command.args(["--lang", "en"]).current_dir(folder().join("../.."));
    command
}

/// The desk, with a SIGINT that is not ignored, as it would be for all that a shell's background starts.
fn with_interrupts() -> Command {
    // SAFETY: the default action runs no code of ours.
    unsafe { signal(Signal::SIGINT, SigHandler::SigDfl) }.unwrap();
    Command::new(desk())
}

/// The program of the desk.
pub fn desk() -> PathBuf {
    env!("CARGO_BIN_EXE_xtask-desk").into()
}

fn folder() -> PathBuf {
    env!("CARGO_MANIFEST_DIR").into()
}

/// One test a stage. Where they are explored, threads are what is recorded.
fn section(explored: bool) -> String {
    let tests = ["result", "concurrent", "robust", "clean"].map(|stage| {
        format!(
            "\n[[test]]\nname = \"{stage}::first\"\nexplored = {explored}\nwhy = \"It works.\"\n\
             hints = [\"look\", \"use\", \"nearly\"]\n"
        )
    });
    format!(
        "number = 1\ntitle = \"Small\"\nminutes = 5\n\n[points]\nresult = 1\nconcurrent = 2\nrobust = 3\n\
         clean = 4\n{}",
        tests.concat()
    )
}
