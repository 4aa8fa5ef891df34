//! What the keeper knows when the body is over, before anything is judged.

use crate::exploration::Found;
use crate::page::Phase;
use crate::report::Place;

/// How a process ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum End {
    Code(i32),
    Signal(i32),
}

/// Why the keeper stopped watching.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Stop {
    /// The subject ended by itself.
    Ended(End),
    /// Every thread waited for another; what each waited in.
    Quiet(Vec<String>),
    /// The time was over while something still went on; what each thread did.
    Deadline(Vec<String>),
    /// More threads were there than are allowed, in all processes together.
    Threads,
}

/// A panic: where, in which thread or process, with what message.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Panic {
    pub(crate) place: Option<Place>,
    pub(crate) who: String,
    pub(crate) message: String,
}

impl Panic {
    /// What is still to be written, when it came from a `todo!`.
    pub(crate) fn task(&self) -> Option<&str> {
        let rest = self.message.strip_prefix("not yet implemented")?;
        Some(rest.strip_prefix(": ").unwrap_or("this is still to be written"))
    }
}

/// All that a verdict is made from.
#[derive(Clone, Debug)]
pub(crate) struct Evidence {
    pub(crate) stop: Stop,
    pub(crate) phase: Phase,
    /// A process other than the subject came out of the tested code.
    pub(crate) escaped: Option<i32>,
    /// The panic that ended the body.
    pub(crate) panic: Option<Panic>,
    /// The first panic in another thread or process.
    pub(crate) elsewhere: Option<Panic>,
    /// What an exploration found.
    pub(crate) found: Option<Found>,
    /// What was left behind, in words.
    pub(crate) left: Vec<String>,
}
