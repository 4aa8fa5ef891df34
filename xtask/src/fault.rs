//! What keeps the checker from doing its work: its own fault, or that of its use, never that of an answer.

use crate::course;
use crate::words;
use std::fmt;
use std::path::Path;

/// An error with what to do about it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fault {
    /// What is wrong, with the file and the line where there is one.
    pub what: String,
    /// What to do, or to type, next.
    pub next: Option<String>,
}

impl Fault {
    /// A fault, and nothing to be said about what to do.
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), next: None }
    }

    /// A file or a folder can't be read.
    pub fn unreadable(path: &Path, why: impl fmt::Display) -> Self {
        let path = course::shown(path);
        Self::new(words!("can't read {path}: {why}", "impossible de lire {path} : {why}"))
    }

    /// A file or a folder can't be written.
    pub fn unwritable(path: &Path, why: impl fmt::Display) -> Self {
        let path = course::shown(path);
        Self::new(words!("can't write {path}: {why}", "impossible d'écrire {path} : {why}"))
    }

    /// Something else stands where a file should be.
    pub fn not_a_file(path: &Path) -> Self {
        let path = course::shown(path);
        Self::new(words!("{path} is not a file", "{path} n'est pas un fichier"))
    }

    /// Cargo can't be started.
    pub fn without_cargo(why: impl fmt::Display) -> Self {
        let cargo = course::cargo();
        let cargo = cargo.display();
        Self::new(words!("can't start {cargo}: {why}", "impossible de lancer {cargo} : {why}"))
            .next(words!(
                "Rust is installed with rustup: see its home page.",
                "Rust s'installe avec rustup : voyez son site."
            ))
    }

    /// The same fault with what to do next.
    pub fn next(self, next: impl Into<String>) -> Self {
        Self { next: Some(next.into()), ..self }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.what)?;
        self.next.iter().try_for_each(|next| write!(f, "\n{next}"))
    }
}
