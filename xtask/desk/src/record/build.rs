//! Builds the program whose run is recorded: as it is, or with the stand-ins that record what threads do.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use xtask::fault::Fault;
use xtask::run::Chosen;
use xtask::source::{self, Origin, Unfit};
use xtask::{course, stage_source, words};

/// A program that can be run.
pub struct Built {
    pub path: PathBuf,
    /// How it is recorded.
    pub how: How,
    /// The folder that the places in its sources are told from.
    pub workspace: PathBuf,
}

/// How a run is recorded.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum How {
    /// By its stand-ins.
    Threads,
    /// By tracing its processes.
    Processes,
}

/// Builds the program.
///
/// # Errors
/// What rustc or cargo says against it.
pub fn build(chosen: &Chosen, solution: bool) -> Result<Built, Fault> {
    let name = format!("{}-{}", chosen.section.name, chosen.program);
    let source = course::exercise(&chosen.section).join(format!("src/bin/{name}.rs"));
    let how = how(chosen, &source)?;
    let (workspace, package, binary) = match how {
        How::Processes => {
            let binary = format!("{}-{}", chosen.package, chosen.program);
            (course::root(), chosen.package.clone(), binary)
        }
        How::Threads => {
            let origin = if solution { Origin::Solution } else { Origin::Exercise };
            let candidate = source::prepare(&chosen.section, &origin).map_err(fault)?;
            // Not the name of the program itself, which lies in the same folder.
            let binary = format!("recorded-{}-{}", chosen.package, chosen.program);
            let section = &chosen.section;
            let workspace = stage_source::stage_recorded(section, &candidate, &source, &binary)?;
            (workspace, section.name.clone(), binary)
        }
    };
    let path = run_cargo(&workspace, &package, &binary)?;
    Ok(Built { path, how, workspace })
}

/// Threads are recorded where the section explores them; but a program that starts processes shows those.
fn how(chosen: &Chosen, program: &Path) -> Result<How, Fault> {
    let unreadable = |error| {
        let file = course::shown(program);
        Fault::new(words!("can't read {file}: {error}", "{file} est illisible : {error}"))
    };
    let text = std::fs::read_to_string(program).map_err(unreadable)?;
    let explored = chosen.section.tests.iter().any(|test| test.explored);
    Ok(if explored && !text.contains("Command") { How::Threads } else { How::Processes })
}

fn fault(unfit: Unfit) -> Fault {
    match unfit {
        Unfit::Fault(fault) => fault,
        Unfit::Answer(said) => Fault::new(said.join("\n")),
    }
}

/// Where cargo has built it. What is wrong with the sources goes to the terminal, as rustc says it.
fn run_cargo(workspace: &Path, package: &str, binary: &str) -> Result<PathBuf, Fault> {
    let built = Command::new(course::cargo())
        .args(["build", "--quiet", "--package", package, "--bin", binary])
        .args(["--message-format", "json-render-diagnostics", "--target-dir"])
        .arg(course::target())
        .current_dir(workspace)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output();
    let cargo = course::cargo();
    let cargo = cargo.display();
    let built = built.map_err(|error| {
        Fault::new(words!("can't start {cargo}: {error}", "impossible de lancer {cargo} : {error}"))
    })?;
    if !built.status.success() {
        let what = words!("the program does not compile", "le programme ne compile pas");
        return Err(Fault::new(what).next(words!(
            "What rustc says stands above.",
            "Ce que dit rustc se trouve plus haut."
        )));
    }
    let messages = built.stdout.split(|&byte| byte == b'\n');
    let executable = |line: &[u8]| {
        let message: Value = serde_json::from_slice(line).ok()?;
        let is_it = message["target"]["name"] == binary;
        message["executable"].as_str().filter(|_| is_it).map(PathBuf::from)
    };
    messages.filter_map(executable).next_back().ok_or_else(|| {
        Fault::new(words!("cargo built no {binary}", "cargo n'a pas construit {binary}"))
    })
}
