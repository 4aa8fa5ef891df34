//! When the runner dies, everything that it has started goes with it.

mod processes;
mod traces;

use harness::{Limits, Walls, observe};
use nix::libc;
use nix::sys::signal::{SigHandler, Signal, killpg, signal};
use nix::unistd::Pid;
use processes::{child, daemon, wait_for_ever};
use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use traces::Traces;

/// The environment variable with the path of the file that appears when the body has all that it wants to leave.
const READY: &str = "HARNESS_TEST_READY";

#[test]
#[ignore = "never ends by itself: the runner of the other tests"]
fn hangs() {
    let limits = Limits { deadline: Duration::from_secs(60), ..Limits::default() };
    harness::inspect(limits, || {
        let ready = std::env::var_os(READY).expect("a path");
        // SAFETY: `msgget` touches no memory of this process.
        assert!(unsafe { libc::msgget(libc::IPC_PRIVATE, 0o600) } >= 0);
        let (mut reader, mut writer) = std::io::pipe().expect("a pipe");
        let mut report_and_wait = || {
            writer.write_all(&[0]).expect("a reader");
            wait_for_ever();
        };
        daemon(&mut report_and_wait);
        child(&mut report_and_wait);
        reader.read_exact(&mut [0; 2]).expect("two processes");
        File::create(Path::new(&ready)).expect("a file");
        std::thread::sleep(Duration::from_secs(1000));
    });
}

/// Starts a runner, waits until its body is ready, lets it die by `end`, and looks for what is left.
fn dies(walls: Walls, name: &str, end: impl FnOnce(&mut Child)) {
    let ready = std::env::temp_dir().join(format!("ready-{}-{name}", std::process::id()));
    // SAFETY: no handler is installed. What started this may have ignored it, and the runner would too.
    unsafe { signal(Signal::SIGINT, SigHandler::SigDfl) }.expect("the default");
    let mut runner = Command::new(std::env::current_exe().expect("the path of this program"));
    runner
        .args(["--exact", "hangs", "--ignored"])
        .env(READY, &ready)
        .env_remove("HARNESS_WALLS")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .process_group(0);
    if walls == Walls::Subreaper {
        runner.env("HARNESS_WALLS", walls.name());
    }
    let traces = Traces::of(&mut runner, name);
    let mut runner = runner.spawn().expect("a runner");
    observe::eventually("the body is ready", || ready.exists());
    std::fs::remove_file(&ready).expect("the file");
    // At least the runner, the subject, its child and its daemon.
    assert!(traces.processes().len() >= 4, "{:?}", traces.processes());
    end(&mut runner);
    runner.wait().expect("the runner's end");
    traces.assert_gone();
}

fn kill(runner: &mut Child) {
    runner.kill().expect("a runner");
}

/// Sends what the terminal sends on Ctrl-C to the foreground group.
fn interrupt(runner: &mut Child) {
    let group = i32::try_from(runner.id()).expect("a pid");
    killpg(Pid::from_raw(group), Signal::SIGINT).expect("a group");
}

#[test]
fn killed_in_front_of_namespaces() {
    dies(Walls::Namespaces, "killed-namespaces", kill);
}

#[test]
fn killed_in_front_of_a_subreaper() {
    dies(Walls::Subreaper, "killed-subreaper", kill);
}

#[test]
fn interrupted_in_front_of_namespaces() {
    dies(Walls::Namespaces, "interrupted-namespaces", interrupt);
}

#[test]
fn interrupted_in_front_of_a_subreaper() {
    dies(Walls::Subreaper, "interrupted-subreaper", interrupt);
}
