//! Many saves in a row, some of them of code that hangs, some while the check of the one before runs. The last one must be
//! judged, rightly, and nothing may grow: no process, no descriptor, no memory. `cargo test -p xtask-desk --test saves --
//! --ignored` makes a thousand of them.

mod common;

use common::{Course, eventually};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

#[test]
fn two_hundred_saves_leave_nothing_behind() {
    save_often("few", 200, 10);
}

#[test]
#[ignore = "takes minutes"]
fn a_thousand_saves_leave_nothing_behind() {
    save_often("many", 1000, 50);
}

/// The library of the only section: its one function returns this number, or does not come back.
fn library(body: &str) -> String {
    format!("//! Tiny.\n\n/// A number.\npub fn number() -> i32 {{\n    {body}\n}}\n")
}

const HANG: &str = "loop { std::hint::spin_loop() }";

/// Saves so often, and so often something that hangs.
fn save_often(name: &str, saves: usize, hangs: usize) {
    let course = tiny(name);
    let mut desk = Desk::start(&course);
    desk.wait_for("Not whole yet");
    let mut before = None;
    for save in 1..=saves {
        let is_hang = save % (saves / hangs) == 0;
        // Each text is another one, so that there is always something to build.
        let body = if is_hang { HANG.into() } else { format!("{save}") };
        desk.save(&course, &body);
        match save % 20 {
            // The verdict on this very text is waited for; it names what the function has returned.
            7 | 17 => {
                desk.wait_for(&format!("actual  {save}"));
                before.get_or_insert_with(|| desk.size());
            }
            // It hangs in the middle of its run. The next save must not wait for the deadline.
            0 => desk.wait_until_running(&course),
            // Somewhere in the middle: while cargo starts, while rustc or the tests run.
            phase => std::thread::sleep(Duration::from_millis(17 * phase as u64)),
        }
    }
    desk.save(&course, "0");
    desk.wait_for("All sections are whole");
    let (before, after) = (before.expect("a verdict on the way"), desk.size());
    assert_eq!(before.descriptors, after.descriptors, "descriptors");
    assert!(after.kilobytes < before.kilobytes + 4096, "memory: {before:?} became {after:?}");
    let alone = || course.processes() == ["xtask-desk"];
    eventually("only the desk is left", alone, || format!("{:?}", course.processes()));
    // The memory of which save was judged is the learner's to see: so is its end.
    desk.type_line("q");
    assert!(desk.child.wait().unwrap().success());
    eventually(
        "nothing is left",
        || course.processes().is_empty(),
        || format!("{:?}", course.processes()),
    );
}

/// Without anybody who types there is one check, and what it says is not swallowed by the end.
#[test]
fn where_nobody_types_it_checks_once_and_says_what_it_found() {
    let course = tiny("once");
    let mut command = Command::new(course.programs().join("xtask-desk"));
    command.arg("watch").envs(course.environment()).env("COURSE_LANG", "en");
    let output = command.current_dir(&course.root).stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("What it wants") && said.contains("Not whole yet"), "{said}");
    assert!(said.contains("src/lib.rs, and save.") && !said.contains("cargo xtask"), "{said}");
}

/// A course with one section and one test.
fn tiny(name: &str) -> Course {
    let course = Course::empty(name);
    let section = format!("exercises/01-{name}");
    course.write(
        &format!("{section}/Cargo.toml"),
        &format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
             [dev-dependencies]\nharness.workspace = true\n"
        ),
    );
    let stages = ["result", "concurrent", "robust", "clean"];
    let points = stages.map(|stage| format!("{stage} = 1\n")).concat();
    let tests = stages.map(|stage| {
        format!("\n[[test]]\nname = \"{stage}::first\"\nwhy = \"It wants 0.\"\nhints = [\"a\", \"b\", \"c\"]\n")
    });
    course.write(
        &format!("{section}/section.toml"),
        &format!(
            "number = 1\ntitle = \"Tiny\"\nminutes = 5\n\n[points]\n{points}{}",
            tests.concat()
        ),
    );
    let modules = stages.map(|stage| {
        format!("mod {stage} {{\n    #[test]\n    fn first() {{\n        harness::isolate(|| assert_eq!({name}::number(), 0));\n    }}\n}}\n")
    });
    course.write(
        &format!("{section}/tests/section.rs"),
        &format!("//! Tests.\n{}", modules.concat()),
    );
    course.write(&format!("{section}/src/lib.rs"), &library("-1"));
    course.write(&format!("{section}/README.md"), "# Tiny\n");
    course
}

/// What must not grow.
#[derive(Debug)]
struct Size {
    descriptors: usize,
    kilobytes: usize,
}

/// The desk without a terminal.
struct Desk {
    child: Child,
    keys: ChildStdin,
    lines: Receiver<String>,
    file: String,
}

impl Desk {
    fn start(course: &Course) -> Self {
        let mut child = Command::new(course.programs().join("xtask-desk"))
            .arg("watch")
            .envs(course.environment())
            .env("COURSE_LANG", "en")
            .current_dir(&course.root)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, lines) = mpsc::channel();
        let output = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let name = course.root.file_name().unwrap().to_string_lossy();
        let file = format!("exercises/01-{name}/src/lib.rs");
        Self { keys: child.stdin.take().unwrap(), child, lines, file }
    }

    /// Saves, and forgets what was said before.
    fn save(&self, course: &Course, body: &str) {
        while self.lines.try_recv().is_ok() {}
        course.write(&self.file, &library(body));
    }

    fn type_line(&mut self, text: &str) {
        writeln!(self.keys, "{text}").unwrap();
    }

    #[track_caller]
    fn wait_for(&self, word: &str) {
        let mut said = vec![];
        loop {
            match self.lines.recv_timeout(Duration::from_secs(60)) {
                Ok(line) if line.contains(word) => return,
                Ok(line) => said.push(line),
                Err(_) => panic!("{word:?} was not said, but\n{}", said.join("\n")),
            }
        }
    }

    /// Waits until a test of the section runs.
    fn wait_until_running(&self, course: &Course) {
        let is_test = |name: &String| name.starts_with("section-");
        let runs = || course.processes().iter().any(is_test);
        eventually("a test runs", runs, || format!("{:?}", course.processes()));
    }

    fn size(&self) -> Size {
        let process = format!("/proc/{}", self.child.id());
        // In the middle of a check there are some more, so it is called between two.
        let descriptors = fs::read_dir(format!("{process}/fd")).unwrap().count();
        let status = fs::read_to_string(format!("{process}/status")).unwrap();
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        let kilobytes = resident.split_whitespace().next().unwrap().parse().unwrap();
        Size { descriptors, kilobytes }
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
