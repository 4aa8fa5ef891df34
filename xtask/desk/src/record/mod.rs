//! `cargo xtask run --picture`: a real run of a section's program, recorded and drawn.
//!
//! ```text
//! threads    stand-ins ── lines in a shared file ──> log ──> threads ──┐
//!                                                                      ├──> Recording ──> picture, chrome
//! processes  ptrace ── stops ───────────────────────> trace ───────────┘
//! ```

mod build;
mod chrome;
mod ending;
mod log;
mod picture;
mod recording;
mod system_call;
mod threads;
mod trace;

use build::{Built, How};
use ending::Running;
use interleave::record::VARIABLE;
use log::Recorder;
use nix::errno::Errno;
use nix::sys::signal::SigSet;
use nix::sys::wait::{Id, WaitPidFlag, waitid};
use nix::unistd::Pid;
use recording::Recording;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Command, ExitCode, ExitStatus};
use std::time::{Duration, Instant};
use xtask::fault::Fault;
use xtask::run::{self, Arguments};
use xtask::{course, show, words};

/// Runs the program, and writes what was asked for, however it ends.
///
/// # Errors
/// That it can't be built, started or recorded, or that a file can't be written.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Fault> {
    if let Some(file) = &arguments.picture {
        show::picture::require_free(file)?;
    }
    if let Some(file) = &arguments.chrome_trace {
        show::picture::require_own(file, chrome::MARK)?;
    }
    let chosen = run::choose(arguments)?;
    let built = build::build(&chosen, arguments.solution)?;
    let name = format!("{} {}", chosen.section.name, chosen.program);
    ending::hold_back_signals();
    let limit = arguments.seconds.map(|seconds| Duration::from_secs(seconds.into()));
    let running = Running::default();
    let watch = ending::watch(running.clone(), limit);
    let (status, recording) = match built.how {
        How::Threads => record_threads(&built, &name, arguments, &running),
        How::Processes => trace::record(&built.path, &name, &arguments.arguments, &running),
    }?;
    drop(watch);
    write(&recording, arguments)?;
    let code = status.code().or_else(|| Some(128 + status.signal()?)).unwrap_or(1);
    Ok(ExitCode::from(u8::try_from(code).unwrap_or(1)))
}

/// Lets the stand-ins in the program record what its threads do.
fn record_threads(
    built: &Built,
    name: &str,
    arguments: &Arguments,
    running: &Running,
) -> Result<(ExitStatus, Recording), Fault> {
    let file = course::scratch().join(format!("recorded-{}", std::process::id()));
    let full = |error| {
        let file = course::shown(&file);
        Fault::new(words!("can't write {file}: {error}", "impossible d'écrire {file} : {error}"))
    };
    let recorder = Recorder::new(&file, log::BYTES).map_err(full)?;
    let started = Instant::now();
    let mut program = Command::new(&built.path);
    program.args(&arguments.arguments).env(VARIABLE, &recorder.file);
    // What is held back here must reach the program.
    // SAFETY: it is one system call, which is allowed after a fork.
    unsafe { program.pre_exec(|| SigSet::empty().thread_set_mask().map_err(Into::into)) };
    let mut program = program.spawn().map_err(|error| not_started(&built.path, &error))?;
    let process = Pid::from_raw(program.id().cast_signed());
    running.add(process);
    // Not waited for yet, so that its number is nobody else's while it may be sent a signal.
    let has_ended = WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT;
    while waitid(Id::Pid(process), has_ended) == Err(Errno::EINTR) {}
    running.remove(process);
    let lost = |error| {
        Fault::new(words!("the program was lost: {error}", "le programme s'est perdu : {error}"))
    };
    let status = program.wait().map_err(|error: std::io::Error| lost(error.to_string()))?;
    let elapsed = u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX);
    let log = recorder.read().map_err(|error| lost(error.to_string()))?;
    let end = match status.signal() {
        Some(_) => threads::End::Stopped(elapsed),
        None => threads::End::ByItself,
    };
    Ok((status, threads::recording(&log, name, &built.workspace, end)))
}

fn not_started(program: &Path, error: &dyn std::fmt::Display) -> Fault {
    let program = course::shown(program);
    Fault::new(words!("can't start {program}: {error}", "impossible de lancer {program} : {error}"))
}

/// Writes the files, and says what is in them.
fn write(recording: &Recording, arguments: &Arguments) -> Result<(), Fault> {
    let put = |file: &Path, text: &str| {
        let name = file.display();
        std::fs::write(file, text).map_err(|error| {
            Fault::new(words!(
                "can't write {name}: {error}",
                "impossible d'écrire {name} : {error}"
            ))
        })
    };
    eprintln!("\n{}", show::text::safe(&recording.headline()));
    for wait in recording.last_waits().iter().take(16) {
        eprintln!("  - {}", show::text::safe(wait));
    }
    if let Some(file) = &arguments.picture {
        let (svg, notes) = picture::svg(recording);
        put(file, &svg)?;
        notes.iter().for_each(|note| eprintln!("{}", show::text::wrapped(note, "")));
        let name = file.display();
        eprintln!("{}", words!("The picture is in {name}.", "L'image est dans {name}."));
    }
    if let Some(file) = &arguments.chrome_trace {
        put(file, &chrome::trace(recording))?;
        if arguments.picture.is_none() {
            recording.loss().iter().for_each(|loss| eprintln!("{}", show::text::wrapped(loss, "")));
        }
        let name = file.display();
        eprintln!(
            "{}",
            words!(
                "The trace is in {name}: open it in ui.perfetto.dev or chrome://tracing.",
                "La trace est dans {name} : ouvrez-la dans ui.perfetto.dev ou chrome://tracing."
            )
        );
    }
    Ok(())
}
