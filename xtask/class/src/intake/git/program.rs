//! A run of the git program, which may hang, talk without end, or not be there.

use super::super::limits::{GIT_COMPLAINT_BYTES, GIT_TIME};
use super::super::pile::{Trouble, Unread, one_line, read_at_most};
use super::strange;
use std::io::{self, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Runs the command; what it writes, if it is at most so much, comes in time, and the command succeeds.
pub fn answer(mut command: Command, input: Vec<u8>, most: u64) -> Result<Vec<u8>, Trouble> {
    let end = Instant::now() + GIT_TIME;
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => {
            Trouble::Ours("it takes git to read it, which is not installed: apt install git".into())
        }
        _ => Trouble::Ours(format!("can't start git: {error}")),
    })?;
    let mut to_git = child.stdin.take();
    // It ends when git reads no more.
    thread::spawn(move || to_git.as_mut().map(|pipe| pipe.write_all(&input)));
    let output = read_aside(child.stdout.take(), most);
    let complaint = read_aside(child.stderr.take(), GIT_COMPLAINT_BYTES);
    let output = output.recv_timeout(GIT_TIME);
    let status = if output.is_ok() { wait(&mut child, end) } else { None };
    if status.is_none() {
        let _ = child.kill();
        let _ = child.wait();
    }
    match (output, status) {
        (Ok(Ok(text)), Some(status)) if status.success() => Ok(text),
        (Ok(Err(_)), _) => Err(strange("there is too much of it")),
        (Ok(_), Some(_)) => {
            let complaint = complaint.recv_timeout(Duration::from_secs(1));
            let complaint = complaint.ok().and_then(Result::ok).unwrap_or_default();
            let line = String::from_utf8_lossy(&complaint);
            Err(strange(&format!("git says {:?}", one_line(line.lines().next().unwrap_or("")))))
        }
        _ => Err(strange(&format!("git takes longer than {} s", GIT_TIME.as_secs()))),
    }
}

/// Reads from a pipe without waiting for it.
fn read_aside(
    pipe: Option<impl Read + Send + 'static>,
    most: u64,
) -> Receiver<Result<Vec<u8>, Unread>> {
    let (sender, receiver) = channel();
    thread::spawn(move || pipe.map(|pipe| sender.send(read_at_most(pipe, most))));
    receiver
}

/// Waits until then for the end of the process.
fn wait(child: &mut Child, end: Instant) -> Option<ExitStatus> {
    const PAUSE: Duration = Duration::from_millis(2);
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < end => thread::sleep(PAUSE),
            _ => return None,
        }
    }
}
