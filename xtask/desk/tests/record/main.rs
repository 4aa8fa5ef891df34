//! Real runs of small programs, recorded, and what the pictures and traces say of them.

mod course;
mod trace;

use course::{Course, desk, repository};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use std::fs;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use trace::Trace;

/// Two threads, each with one lock in hand, that want the other's.
const CIRCLE: &str = r#"//! Two locks, taken in two orders.
use std::sync::{Barrier, Mutex};
use std::thread;

/// Never returns.
pub fn work() {
    let (left, right) = (Mutex::new(0), Mutex::new(0));
    let both = Barrier::new(2);
    thread::scope(|scope| {
        scope.spawn(|| {
            let left = left.lock().unwrap();
            both.wait();
            let right = right.lock().unwrap();
            *left + *right
        });
        scope.spawn(|| {
            let right = right.lock().unwrap();
            both.wait();
            let left = left.lock().unwrap();
            *left + *right
        });
    });
}
"#;

/// Sixteen threads, and 102 400 events at one lock.
const CROWD: &str = r#"//! A crowd at one lock.
use std::sync::Mutex;
use std::thread;

/// Counts.
pub fn work() {
    let count = Mutex::new(0);
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| (0..3_200).for_each(|_| *count.lock().unwrap() += 1));
        }
    });
}
"#;

/// Messages, a condition variable, a join, a park.
const MIXED: &str = r#"//! One of each.
use std::sync::{Condvar, Mutex, mpsc};
use std::thread;

/// Ends.
pub fn work() {
    let (sender, receiver) = mpsc::channel();
    let (ready, is_ready) = (&Mutex::new(false), &Condvar::new());
    thread::scope(|scope| {
        let waiter = thread::Builder::new().name("waiter".into());
        waiter
            .spawn_scoped(scope, move || {
                let guard = is_ready.wait_while(ready.lock().unwrap(), |ready| !*ready).unwrap();
                drop(guard);
                receiver.iter().sum::<i32>()
            })
            .unwrap();
        scope.spawn(move || {
            thread::sleep(std::time::Duration::from_millis(20));
            *ready.lock().unwrap() = true;
            is_ready.notify_one();
            (0..50).for_each(|number| sender.send(number).unwrap());
            drop(sender);
        });
    });
    let parked = thread::spawn(thread::park);
    parked.thread().unpark();
    parked.join().unwrap();
    thread::scope(|scope| drop(scope.spawn(|| panic!("on purpose")).join()));
}
"#;

/// Two processes, each of which reads what only the other could write.
const BOTH_READ: &str = r#"//! Two pipes, and nobody who begins.
use nix::unistd::{ForkResult, fork, pipe, read};

/// Never returns.
pub fn work() {
    let (to_child, from_parent) = pipe().unwrap();
    let (to_parent, from_child) = pipe().unwrap();
    match unsafe { fork() }.unwrap() {
        ForkResult::Child => {
            drop((from_parent, to_parent));
            let _ = read(&to_child, &mut [0]);
        }
        ForkResult::Parent { .. } => {
            drop((from_child, to_child));
            let _ = read(&to_parent, &mut [0]);
        }
    }
}
"#;

/// A place for what a test writes.
fn file(name: &str) -> PathBuf {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_file(&file);
    file
}

fn run(command: &mut Command) -> Output {
    command.stdin(Stdio::null()).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Waits for the end of a process that leads its group; the group is killed when that takes too long.
fn ended(mut child: Child) -> Output {
    let limit = Instant::now() + Duration::from_secs(120);
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > limit {
            let _ = killpg(Pid::from_raw(child.id().cast_signed()), Signal::SIGKILL);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    child.wait_with_output().unwrap()
}

/// The picture as XML, and its title.
fn title(picture: &str) -> String {
    let svg = roxmltree::Document::parse(picture).unwrap();
    let of_root = svg.root_element().children().find(|child| child.has_tag_name("title"));
    of_root.and_then(|title| title.text()).unwrap().to_owned()
}

#[test]
fn locks_have_one_holder_and_arrows_go_forward() {
    let course = Course::new("desk-mixed", MIXED);
    let json = file("mixed.json");
    let output = run(course.run().arg("--chrome-trace").arg(&json));
    assert!(output.status.success(), "{}", said(&output));
    let trace = Trace::read(&json);
    assert_eq!(trace.lanes, ["main", "waiter", "thread 2", "thread 3", "thread 4"]);
    assert_eq!(trace.ends[1..], ["ends", "ends", "ends", "panics"]);
    assert!(trace.overlapping_holders().is_empty(), "two threads held a lock at once");
    assert_eq!(trace.backward_ties(), vec![]);
    let count = |kind: &str| trace.ties.iter().filter(|tie| tie.name.starts_with(kind)).count();
    assert_eq!(count("carries"), 50, "{:?}", trace.ties);
    assert_eq!(count("starts"), 4);
    assert!(count("wakes") >= 1, "the notify that ended the wait: {:?}", trace.ties);
}

#[test]
fn a_deadlock_that_is_interrupted_is_named_with_its_cycle() {
    let course = Course::new("desk-circle", CIRCLE);
    let svg = file("circle.svg");
    // Built before, so that the record can be looked for in the time that a run takes.
    let mut command = course.run();
    command.arg("--picture").arg(&svg).process_group(0).stdin(Stdio::null());
    let child = command.stderr(Stdio::piped()).spawn().unwrap();
    let group = Pid::from_raw(child.id().cast_signed());
    let record = desk().ancestors().nth(2).unwrap().join("xtask");
    let record = record.join(format!("recorded-{}", child.id()));
    let hangs = |record: &Path| {
        let mut text = vec![];
        if let Ok(file) = fs::File::open(record) {
            file.take(64 << 10).read_to_end(&mut text).unwrap();
        }
        let waits = b"\t<\tlock\t";
        text.windows(waits.len()).filter(|window| window == waits).count() == 2
    };
    let limit = Instant::now() + Duration::from_secs(120);
    while !hangs(&record) && Instant::now() < limit {
        std::thread::sleep(Duration::from_millis(50));
    }
    // As the terminal does it: to the recorder and the program at once.
    killpg(group, Signal::SIGINT).unwrap();
    let output = ended(child);
    assert_eq!(output.status.code(), Some(130), "{}", said(&output));
    let title = title(&fs::read_to_string(&svg).unwrap());
    assert!(title.contains("a wait-for cycle of 2"), "{title}");
    assert!(title.contains("waits for left") && title.contains("waits for right"), "{title}");
    assert!(said(&output).contains("a wait-for cycle of 2"), "{}", said(&output));
    assert!(!record.exists(), "the record is left");
}

#[test]
fn a_hundred_thousand_events_make_a_small_picture_that_says_so() {
    let course = Course::new("desk-crowd", CROWD);
    let svg = file("crowd.svg");
    let output = run(course.run().arg("--picture").arg(&svg));
    assert!(output.status.success(), "{}", said(&output));
    let picture = fs::read_to_string(&svg).unwrap();
    assert!(picture.len() < 1_000_000, "{} bytes", picture.len());
    assert!(title(&picture).contains("17 threads"), "{}", title(&picture));
    assert!(picture.contains("Summarised: "), "not said in the picture");
    assert!(said(&output).contains("Summarised: "), "{}", said(&output));

    // The same program with room for a part of it: it does its work, and what is lost is counted.
    let program = desk().with_file_name("recorded-desk-crowd-demo");
    let record = file("crowd.record");
    fs::write(&record, [64 << 10, 0].map(u64::to_ne_bytes).concat()).unwrap();
    let output = run(Command::new(program).env("INTERLEAVE_RECORD", &record));
    assert!(output.status.success(), "{}", said(&output));
    let bytes = fs::read(&record).unwrap();
    assert!(bytes.len() <= 16 + (64 << 10), "{} bytes", bytes.len());
    let dropped = u64::from_ne_bytes(bytes[8..16].try_into().unwrap());
    assert!(dropped > 90_000, "{dropped}");
}

#[test]
fn every_child_ends_and_is_reaped() {
    let json = file("process.json");
    let mut command = repository();
    command.args(["run", "process", "--solution", "--chrome-trace"]).arg(&json);
    let output = run(&mut command);
    assert!(output.status.success(), "{}", said(&output));
    let trace = Trace::read(&json);
    assert_eq!(trace.lanes.len(), 4, "{:?}", trace.lanes);
    assert_eq!(trace.ends, ["exit code 0", "exit code 0", "exit code 7", "SIGTERM"]);
    assert_eq!(trace.backward_ties(), vec![]);
    let ties = |kind: &str| trace.ties.iter().filter(|tie| tie.name.starts_with(kind)).count();
    assert_eq!((ties("starts"), ties("ends"), ties("signals")), (3, 3, 1), "{:?}", trace.ties);
}

#[test]
fn bytes_go_from_writer_to_reader() {
    let json = file("pipes.json");
    let mut command = repository();
    command.args(["run", "pipes", "--solution", "--chrome-trace"]).arg(&json);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"abc\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("cba"), "it has its stdin");
    let trace = Trace::read(&json);
    let carried: Vec<_> = trace.ties.iter().filter(|tie| tie.name.starts_with("carries")).collect();
    assert!(carried.iter().any(|tie| (tie.from, tie.to) == (0, 1)), "{carried:?}");
    assert!(carried.iter().any(|tie| (tie.from, tie.to) == (1, 0)), "{carried:?}");
    assert_eq!(trace.backward_ties(), vec![]);
}

#[test]
fn processes_that_wait_for_each_other_are_named() {
    let course = Course::of_processes("desk-both-read", BOTH_READ);
    let svg = file("both-read.svg");
    let mut command = course.run();
    command.args(["--for", "1", "--picture"]).arg(&svg).process_group(0);
    let output = ended(command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap());
    assert_eq!(output.status.code(), Some(130), "{}", said(&output));
    let title = title(&fs::read_to_string(&svg).unwrap());
    assert!(title.contains("a wait-for cycle of 2"), "{title}");
}

#[test]
fn a_time_limit_ends_a_process_that_waits_for_ever() {
    // The demo's input never ends.
    let svg = file("limit.svg");
    let mut command = repository();
    command.args(["run", "pipes", "--solution", "--for", "1", "--picture"]).arg(&svg);
    command.process_group(0).stdin(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let input = child.stdin.take();
    let output = ended(child);
    drop(input);
    assert_eq!(output.status.code(), Some(130), "{}", said(&output));
    assert!(said(&output).contains("waits for a read of input"), "{}", said(&output));
    assert!(!said(&output).contains("cycle"), "the input is somebody else's: {}", said(&output));
    assert!(fs::read_to_string(&svg).unwrap().contains("At the end:"));
}

#[test]
fn what_is_no_picture_is_left_as_it_is() {
    let notes = file("notes.svg");
    fs::write(&notes, "notes").unwrap();
    let mut command = repository();
    command.args(["run", "process", "--solution", "--picture"]).arg(&notes);
    let output = run(&mut command);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert_eq!(fs::read_to_string(&notes).unwrap(), "notes");
}
