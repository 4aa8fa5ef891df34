//! Drives cargo: from a crate to its test program, or to what rustc says against it.

use crate::course;
use crate::fault::Fault;
use crate::freshness::Snapshot;
use crate::source::{Candidate, Unfit};
use serde::Deserialize;
use std::collections::{BTreeSet, VecDeque};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

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
    let (heard, said, success) = run_cargo(&candidate, colour, progress)?;
    match heard.program {
        Some(path) if success => {
            snapshot.remember(&candidate, &path, &heard.warnings, &heard.packages)?;
            Ok(Program { candidate, path, warnings: heard.warnings })
        }
        _ if is_answer_at_fault(&heard) => {
            Err(Unfit::Answer(heard.errors.into_iter().map(|error| error.rendered).collect()))
        }
        _ => Err(cargo_failed(&heard, &said).into()),
    }
}

/// Runs cargo to its end: its messages, its last words, and whether it was content.
fn run_cargo(
    candidate: &Candidate,
    colour: bool,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<(Heard, VecDeque<String>, bool), Fault> {
    let format = if colour { "json-diagnostic-rendered-ansi" } else { "json" };
    let mut cargo = Command::new(course::cargo());
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
        .map_err(|error| {
            Fault::new(format!("can't start {}: {error}", course::cargo().display()))
                .next("Rust is installed with rustup: see its home page.")
        })?;
    let messages = cargo.stdout.take().expect("a pipe, as asked for");
    let words = cargo.stderr.take().expect("a pipe, as asked for");
    let (heard, said) = std::thread::scope(|scope| {
        let said = scope.spawn(|| last_words(words, progress));
        (hear(messages), said.join().unwrap_or_default())
    });
    let status = cargo.wait().map_err(|error| Fault::new(format!("cargo was lost: {error}")))?;
    Ok((heard, said, status.success()))
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
    Fault::new(format!("cargo could not build the tests:\n{}", lines.join("\n")))
        .next("Not your answer is at fault. When it is mended, check again.")
}
