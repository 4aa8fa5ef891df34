//! The checker, at work in a process of its own: it can be stopped at any moment.

use super::desk::Outcome;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::{SigSet, Signal, killpg};
use nix::unistd::Pid;
use std::io::{PipeReader, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use xtask::fault::Fault;
use xtask::{course, language, show, words};

/// How much of what it says is kept.
const MOST_BYTES: usize = 256 << 10;
/// How long it may take to end when it is asked to.
const PATIENCE: Duration = Duration::from_secs(2);

/// A check under way. Dropping it stops it.
pub struct Check {
    child: Child,
    output: PipeReader,
    said: Vec<u8>,
}

impl Check {
    /// Starts checking a section.
    ///
    /// # Errors
    /// The checker can't be started.
    pub fn start(section: &str) -> Result<Self, Fault> {
        let cant = |error: std::io::Error| {
            Fault::new(words!(
                "can't start the checker: {error}",
                "impossible de lancer le vérificateur : {error}"
            ))
        };
        let (output, writer) = std::io::pipe().map_err(cant)?;
        let mut command = command(&["check", section]);
        let second = writer.try_clone().map_err(cant)?;
        // The command keeps the writers, and is dropped at the end of this function: then the checker alone has them.
        command.stdout(writer).stderr(second).process_group(0);
        Ok(Self { child: command.spawn().map_err(cant)?, output, said: vec![] })
    }

    /// Becomes readable when it says something, or ends.
    pub fn descriptor(&self) -> BorrowedFd<'_> {
        self.output.as_fd()
    }

    /// Takes what it says, and when it has ended, what comes of it. To be called when the descriptor is readable.
    pub fn hear(&mut self) -> Option<(Outcome, Vec<String>)> {
        if !self.read() {
            return None;
        }
        let code = self.child.wait().ok().and_then(|status| status.code());
        let outcome = match code {
            Some(0) => Outcome::Whole,
            Some(1) => Outcome::ToMend,
            _ => Outcome::NotChecked,
        };
        Some((outcome, lines(&self.said)))
    }

    /// Reads once. Says whether it was the end.
    fn read(&mut self) -> bool {
        let mut part = [0; 16 << 10];
        let Ok(count @ 1..) = self.output.read(&mut part) else { return true };
        let room = MOST_BYTES.saturating_sub(self.said.len());
        self.said.extend(&part[..count.min(room)]);
        false
    }

    /// Reads to the end, but not for ever. Says whether the end has come.
    fn ends_within(&mut self, patience: Duration) -> bool {
        let started = Instant::now();
        loop {
            let left = patience.saturating_sub(started.elapsed());
            let mut end = [PollFd::new(self.output.as_fd(), PollFlags::POLLIN)];
            match poll(&mut end, PollTimeout::try_from(left).unwrap_or(PollTimeout::ZERO)) {
                Ok(0) => return false,
                Ok(_) if self.read() => return true,
                _ => {}
            }
        }
    }
}

impl Drop for Check {
    /// Ends the checker, cargo and rustc. The tests are not in their group: those who watch them see that the checker is
    /// gone, and leave nothing of them.
    fn drop(&mut self) {
        // One that was waited for has no group any more, and its number may be another's.
        if !matches!(self.child.try_wait(), Ok(None)) {
            return;
        }
        let group = Pid::from_raw(self.child.id() as i32);
        let _ = killpg(group, Signal::SIGTERM);
        if !self.ends_within(PATIENCE) {
            let _ = killpg(group, Signal::SIGKILL);
        }
        let _ = self.child.wait();
    }
}

/// Runs a verb that answers at once, to its end: what it says.
pub fn ask(arguments: &[&str]) -> Vec<String> {
    match command(arguments).output() {
        Ok(output) => {
            let mut said = lines(&output.stdout);
            said.extend(lines(&output.stderr));
            said
        }
        Err(error) => vec![error.to_string()],
    }
}

/// The checker beside this program, in this language and with colours where they are welcome here.
fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(course::target().join("debug").join("xtask"));
    let language = match language::chosen() {
        language::Language::English => "en",
        language::Language::French => "fr",
    };
    command.args(arguments).args(["--lang", language]).stdin(Stdio::null()).env(show::WATCHED, "1");
    match show::has_colour() {
        true => command.env("CLICOLOR_FORCE", "1"),
        false => command.env("NO_COLOR", "1"),
    };
    let prepare = || {
        // The desk holds its signals; the checker must not. And it must not outlive the desk, whatever ends that.
        SigSet::empty().thread_set_mask()?;
        set_pdeathsig(Signal::SIGTERM)?;
        Ok(())
    };
    // SAFETY: two system calls, no memory of the heap and no lock.
    unsafe { command.pre_exec(prepare) };
    command
}

fn lines(said: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(said);
    let lines = text.lines().skip_while(|line| line.is_empty());
    let mut lines: Vec<String> = lines.map(str::to_owned).collect();
    if said.len() >= MOST_BYTES {
        lines.push("…".into());
    }
    lines
}
