//! What keeps the checker from doing its work: its own fault, or that of its use, never that of an answer.

use std::fmt;

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
