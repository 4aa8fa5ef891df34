//! Drives cargo: from a crate to its test program, or to what rustc says against it.

use crate::course;
use crate::fault::Fault;
use crate::freshness::Snapshot;
use crate::source::{Candidate, Unfit};
use crate::words;
use serde::Deserialize;
use std::collections::{BTreeSet, VecDeque};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// A test program.
#[derive(Clone, Debug)]
pub struct Program {
    /// What it was built from.
    pub candidate: Candidate,
    pub path: PathBuf,
    /// The warnings on the way, as rustc prints them.
    pub warnings: Vec<String>,
}

/// How much of what rustc says is kept, in messages.
const MESSAGES: usize = 50;
/// The longest message that is read.
const MESSAGE_BYTES: u64 = 4 << 20;
/// How many lines of cargo's own words are kept, for the case that it fails.
const LINES: usize = 40;

/// Builds the candidate's tests, and the programs beside them, as cargo does it. Tells `progress` what is going on.
///
/// # Errors
/// What rustc says against the answer; or that cargo, the disk or the network is at fault.
pub fn compile(
    candidate: Candidate,
    colour: bool,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<Program, Unfit> {
    let snapshot = Snapshot::take(&candidate)?;
    if let Some(built) = snapshot.current() {
        let (path, warnings) = (built.program.clone(), built.warnings.clone());
        return Ok(Program { candidate, path, warnings });
    }
    snapshot.refresh()?;
    let (heard, said, end) = run_cargo(&candidate, colour, progress)?;
    let rustc_died = death_of_rustc(&candidate.package, &said);
    match heard.program {
        Some(path) if end == End::Success => {
            snapshot.remember(&candidate, &path, &heard.warnings, &heard.packages)?;
            Ok(Program { candidate, path, warnings: heard.warnings })
        }
        _ if end == End::Stopped => Err(Unfit::Answer(vec![words!(
            "rustc was stopped: it came to no end, and did not even work",
            "rustc a été arrêté : il n'en finissait pas, et ne travaillait même plus"
        )])),
        _ if let Some(reason) = rustc_died => Err(Unfit::Answer(vec![words!(
            "rustc does not come to its end with it: {reason}",
            "rustc n'en vient pas à bout : {reason}"
        )])),
        _ if is_answer_at_fault(&heard) => {
            Err(Unfit::Answer(heard.errors.into_iter().map(|error| error.rendered).collect()))
        }
        _ => Err(cargo_failed(&heard, &said).into()),
    }
}

/// How cargo ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum End {
    Success,
    Failure,
    /// It took longer than it may.
    Stopped,
}

/// Runs cargo to its end: its messages, its last words, and how it ended.
fn run_cargo(
    candidate: &Candidate,
    colour: bool,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<(Heard, VecDeque<String>, End), Fault> {
    let format = if colour { "json-diagnostic-rendered-ansi" } else { "json" };
    let mut cargo = candidate.confinement.building.command(&course::cargo());
    if candidate.target != course::target() {
        // What is built apart is judged and thrown away. Nobody looks at it with a debugger.
        cargo.env("CARGO_PROFILE_DEV_DEBUG", "false");
    }
    let mut cargo = cargo
        .args(["build", "--package", &candidate.package, "--test", "section"])
        .args(["--message-format", format])
        .arg("--target-dir")
        .arg(&candidate.target)
        .current_dir(&candidate.workspace)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(Fault::without_cargo)?;
    let messages = cargo.stdout.take().expect("a pipe, as asked for");
    let words = cargo.stderr.take().expect("a pipe, as asked for");
    let (done, is_done) = mpsc::channel::<()>();
    let (heard, said, stopped) = std::thread::scope(|scope| {
        let said = scope.spawn(|| last_words(words, progress));
        let (patience, cargo) = (candidate.confinement.patience, &mut cargo);
        let watch =
            patience.map(|patience| scope.spawn(move || stop_after(patience, is_done, cargo)));
        let heard = hear(messages);
        let said = said.join().unwrap_or_default();
        drop(done);
        (heard, said, watch.is_some_and(|watch| watch.join().unwrap_or(false)))
    });
    let status = cargo.wait().map_err(|error| {
        Fault::new(words!("cargo was lost: {error}", "cargo s'est perdu : {error}"))
    })?;
    let end = match (stopped, status.success()) {
        (true, _) => End::Stopped,
        (_, true) => End::Success,
        (_, false) => End::Failure,
    };
    Ok((heard, said, end))
}

/// Ends cargo, and what holds it in, unless it is done before. Says whether it had to.
fn stop_after(patience: Duration, is_done: mpsc::Receiver<()>, cargo: &mut Child) -> bool {
    let late = is_done.recv_timeout(patience) == Err(mpsc::RecvTimeoutError::Timeout);
    late && cargo.kill().is_ok()
}

/// What rustc died of, when it was at work on this package.
fn death_of_rustc(package: &str, said: &VecDeque<String>) -> Option<String> {
    let at_work = format!("could not compile `{package}`");
    said.iter().find(|line| line.contains(&at_work))?;
    let line = said.iter().find(|line| line.contains("(signal: "))?;
    match line.rsplit("(signal: ").next()?.split([',', ')']).next()? {
        "6" => Some(words!(
            "it gives up, mostly for want of memory",
            "il abandonne, le plus souvent faute de mémoire"
        )),
        "7" | "11" => Some(words!(
            "its stack is full, of what is nested too deeply",
            "sa pile est pleine, d'imbrications trop profondes"
        )),
        "24" => Some(words!("its processor time is over", "son temps de processeur est épuisé")),
        "25" => Some(words!("what it writes is too large", "ce qu'il écrit est trop gros")),
        // A machine that has no memory left kills whom it likes.
        _ => None,
    }
}

/// A line of cargo's `--message-format json`.
#[derive(Deserialize)]
#[serde(tag = "reason")]
enum Message {
    #[serde(rename = "compiler-message")]
    OfRustc { message: Diagnostic },
    #[serde(rename = "compiler-artifact")]
    Artifact {
        package_id: String,
        manifest_path: PathBuf,
        target: Target,
        executable: Option<PathBuf>,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Target {
    kind: Vec<String>,
}

#[derive(Deserialize)]
struct Diagnostic {
    level: String,
    rendered: String,
    spans: Vec<serde::de::IgnoredAny>,
}

#[derive(Default)]
struct Heard {
    program: Option<PathBuf>,
    /// The folders of the packages that come from this machine, not from a registry.
    packages: BTreeSet<PathBuf>,
    warnings: Vec<String>,
    errors: Vec<Diagnostic>,
}

impl Heard {
    fn take(&mut self, message: Diagnostic) {
        let is_error = message.level.starts_with("error");
        if is_error && self.errors.len() < MESSAGES {
            self.errors.push(message);
        } else if !is_error && self.warnings.len() < MESSAGES {
            self.warnings.push(message.rendered);
        }
    }
}

/// Takes cargo's messages to their end, and keeps the first of them.
fn hear(messages: impl Read) -> Heard {
    let mut heard = Heard::default();
    let mut reader = BufReader::new(messages);
    let mut line = vec![];
    while (&mut reader).take(MESSAGE_BYTES).read_until(b'\n', &mut line).is_ok_and(|read| read > 0)
    {
        match serde_json::from_slice(&line) {
            Ok(Message::Artifact { package_id, manifest_path, target, executable }) => {
                if package_id.starts_with("path+") {
                    heard.packages.extend(manifest_path.parent().map(Path::to_owned));
                }
                if target.kind.iter().any(|kind| kind == "test") {
                    heard.program = executable;
                }
            }
            Ok(Message::OfRustc { message }) => heard.take(message),
            _ => {}
        }
        line.clear();
    }
    heard
}

/// Passes cargo's own words on while it works, and keeps the last of them.
fn last_words(words: impl Read, progress: &(dyn Fn(&str) + Sync)) -> VecDeque<String> {
    let mut kept = VecDeque::new();
    for line in BufReader::new(words).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line).trim().to_owned();
        progress(&line);
        if kept.len() == LINES {
            kept.pop_front();
        }
        kept.push_back(line);
    }
    kept
}

/// An error at a place in a source file is the answer's. One without a place may be a full disk.
fn is_answer_at_fault(heard: &Heard) -> bool {
    let system =
        ["No space left", "Read-only file system", "Permission denied", "Cannot allocate memory"];
    let of_system = |error: &Diagnostic| system.iter().any(|word| error.rendered.contains(word));
    heard.errors.iter().any(|error| !error.spans.is_empty())
        || (!heard.errors.is_empty() && !heard.errors.iter().any(of_system))
}

fn cargo_failed(heard: &Heard, said: &VecDeque<String>) -> Fault {
    let of_rustc = heard.errors.iter().map(|error| error.rendered.trim_end().to_owned());
    let important = |line: &&String| !line.starts_with("Compiling") && !line.is_empty();
    let of_cargo = said.iter().filter(important).cloned();
    let lines: Vec<String> = of_rustc.chain(of_cargo).collect();
    let lines = lines.join("\n");
    Fault::new(words!(
        "cargo could not build the tests:\n{lines}",
        "cargo n'a pas pu construire les tests :\n{lines}"
    ))
    .next(words!(
        "Not your answer is at fault. When it is mended, check again.",
        "Votre réponse n'y est pour rien. Une fois la cause réparée, vérifiez de nouveau."
    ))
}
