//! Blocks a thread until it gets a token.

use crate::{task, time};
use crossbeam::sync as real;
use interleave::channel::Shared;
use interleave::operation::Moment;
use std::fmt;
use std::panic::Location;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Where a thread waits for a token.
pub struct Parker {
    /// Outside an exploration. It also is what makes this type not `Sync`, in either case.
    real: Option<real::Parker>,
    unparker: Unparker,
}

/// Gives a parker its token.
pub struct Unparker {
    kind: Kind,
}

enum Kind {
    Real(real::Unparker),
    /// A channel with place for one token. Neither end is ever closed: the parker has both.
    Explored(Arc<Shared<()>>),
}

impl Parker {
    /// One without a token.
    #[track_caller]
    pub fn new() -> Self {
        if let Some(task) = interleave::current() {
            let tokens = Shared::new(&task, Some(1), Location::caller());
            return Self { real: None, unparker: Unparker { kind: Kind::Explored(tokens) } };
        }
        let real = real::Parker::new();
        let unparker = Unparker { kind: Kind::Real(real.unparker().clone()) };
        Self { real: Some(real), unparker }
    }

    /// Blocks until there is a token, and takes it.
    #[track_caller]
    pub fn park(&self) {
        match &self.real {
            Some(real) => real.park(),
            None => self.wait(None),
        }
    }

    /// Blocks until there is a token, but not longer than so.
    #[track_caller]
    pub fn park_timeout(&self, timeout: Duration) {
        match &self.real {
            Some(real) => real.park_timeout(timeout),
            None => self.wait(Some(time::from_now(&task(), timeout))),
        }
    }

    /// Blocks until there is a token, or it is so late.
    #[track_caller]
    pub fn park_deadline(&self, deadline: Instant) {
        match &self.real {
            Some(real) => real.park_deadline(deadline),
            None => self.wait(Some(time::moment(deadline))),
        }
    }

    /// Who gives it a token.
    pub fn unparker(&self) -> &Unparker {
        &self.unparker
    }

    #[track_caller]
    fn wait(&self, deadline: Option<Moment>) {
        if let Kind::Explored(tokens) = &self.unparker.kind {
            // With or without a token: the caller is not told.
            let _ = tokens.receive(&task(), deadline, Location::caller());
        }
    }
}

impl Unparker {
    /// Gives a token, unless there is one already.
    #[track_caller]
    pub fn unpark(&self) {
        match &self.kind {
            Kind::Real(unparker) => unparker.unpark(),
            Kind::Explored(tokens) => {
                let _ = tokens.try_send(&task(), (), Location::caller());
            }
        }
    }
}

impl Clone for Unparker {
    fn clone(&self) -> Self {
        let kind = match &self.kind {
            Kind::Real(unparker) => Kind::Real(unparker.clone()),
            Kind::Explored(tokens) => Kind::Explored(Arc::clone(tokens)),
        };
        Self { kind }
    }
}

impl Default for Parker {
    #[track_caller]
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Parker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("Parker { .. }")
    }
}

impl fmt::Debug for Unparker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("Unparker { .. }")
    }
}
