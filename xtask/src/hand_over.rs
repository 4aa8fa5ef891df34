//! What only some people use is a program of its own, so that nobody else has to compile it.

use crate::course;
use crate::fault::Fault;
use crate::words;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

/// Becomes the program of `package`, which lies in this folder of `xtask`, and does what was typed. Says so when it must be
/// built first. It does not return, unless something is wrong.
///
/// # Errors
/// That it is not here, or that cargo can't be started.
pub fn hand_over(folder: &str, package: &str, building: &str) -> Result<ExitCode, Fault> {
    let manifest = course::root().join("xtask").join(folder).join("Cargo.toml");
    if !manifest.exists() {
        return Err(Fault::new(words!(
            "this is the students' edition of the course: it can't do that",
            "ceci est l'édition des étudiants : elle ne sait pas le faire"
        ))
        .next(words!(
            "The whole course is where the handout came from.",
            "Le cours entier est là d'où vient cette édition."
        )));
    }
    if !course::target().join("debug").join(package).exists() {
        eprintln!("{building}");
    }
    let error = Command::new(course::cargo())
        .args(["run", "--quiet", "--package", package, "--manifest-path"])
        .arg(&manifest)
        .arg("--target-dir")
        .arg(course::target())
        .arg("--")
        .args(std::env::args_os().skip(1))
        .exec();
    Err(Fault::without_cargo(error))
}
