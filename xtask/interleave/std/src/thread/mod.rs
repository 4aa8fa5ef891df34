//! [`std::thread`](::std::thread).

mod scope;
mod start;

pub use ::std::thread::{AccessError, LocalKey, Result, available_parallelism, panicking};
pub use scope::{Scope, ScopedJoinHandle, scope};
pub use start::{Builder, JoinHandle, spawn};

use crate::time::deadline_after;
use ::std::cell::RefCell;
use ::std::fmt;
use ::std::panic::Location;
use ::std::sync::Arc;
use ::std::thread as real;
use ::std::time::Duration;
use interleave::Place;
use interleave::current as current_task;
use interleave::object::ThreadId as Number;
use interleave::operation::Operation;
use interleave::record;

thread_local! {
    /// The explored thread that this is, as it was started.
    static STARTED: RefCell<Option<Thread>> = const { RefCell::new(None) };
}

/// A thread.
#[derive(Clone, Debug)]
pub struct Thread(Kind);

#[derive(Clone, Debug)]
enum Kind {
    /// With its number in the record of a run.
    Real(real::Thread, u32),
    Explored {
        execution: u64,
        number: Number,
        name: Option<Arc<str>>,
    },
}

/// What no two threads have in common.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct ThreadId(IdKind);

#[derive(Clone, Copy, Eq, Hash, PartialEq)]
enum IdKind {
    Real(real::ThreadId),
    Explored(u64, Number),
}

// Programs print it, and should not show that it is a stand-in's.
impl fmt::Debug for ThreadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IdKind::Real(real) => real.fmt(f),
            IdKind::Explored(_, number) => f.debug_tuple("ThreadId").field(&number.0).finish(),
        }
    }
}

impl Thread {
    /// See [`std::thread::Thread::id`](::std::thread::Thread::id).
    pub fn id(&self) -> ThreadId {
        ThreadId(match &self.0 {
            Kind::Real(real, _) => IdKind::Real(real.id()),
            Kind::Explored { execution, number, .. } => IdKind::Explored(*execution, *number),
        })
    }

    /// See [`std::thread::Thread::name`](::std::thread::Thread::name).
    pub fn name(&self) -> Option<&str> {
        match &self.0 {
            Kind::Real(real, _) => real.name(),
            Kind::Explored { name, .. } => name.as_deref(),
        }
    }

    /// Its number in the record of a run, when there is one.
    fn recorded(&self) -> Option<u32> {
        match self.0 {
            Kind::Real(_, number) if record::is_on() => Some(number),
            _ => None,
        }
    }

    /// See [`std::thread::Thread::unpark`](::std::thread::Thread::unpark).
    #[track_caller]
    pub fn unpark(&self) {
        let place = Location::caller();
        match (&self.0, current_task()) {
            (Kind::Real(real, number), _) => {
                if record::is_on() {
                    record::event("unpark", *number, place);
                }
                real.unpark();
            }
            (Kind::Explored { execution, number, .. }, Some(task))
                if *execution == task.execution() =>
            {
                task.perform(Operation::Unpark(*number), place);
            }
            // It ended with its execution.
            (Kind::Explored { .. }, _) => {}
        }
    }
}

/// See [`std::thread::current`](::std::thread::current).
pub fn current() -> Thread {
    let Some(task) = current_task() else {
        let number = if record::is_on() { record::me() } else { 0 };
        return Thread(Kind::Real(real::current(), number));
    };
    // The scenario itself runs on the thread that is called so.
    let main = || {
        Thread(Kind::Explored {
            execution: task.execution(),
            number: task.id(),
            name: Some("main".into()),
        })
    };
    STARTED.try_with(|started| started.borrow().clone()).ok().flatten().unwrap_or_else(main)
}

/// See [`std::thread::yield_now`](::std::thread::yield_now).
#[track_caller]
pub fn yield_now() {
    match current_task() {
        Some(task) => drop(task.perform(Operation::Yield, Location::caller())),
        None => real::yield_now(),
    }
}

/// See [`std::thread::sleep`](::std::thread::sleep).
#[track_caller]
pub fn sleep(duration: Duration) {
    match current_task() {
        Some(task) => {
            let deadline = deadline_after(&task, duration);
            task.perform(Operation::Sleep(deadline), Location::caller());
        }
        None => recorded("sleep", Location::caller(), || real::sleep(duration)),
    }
}

/// Waits, and puts it into the record when there is one.
fn recorded(what: &str, place: Place, act: impl FnOnce()) {
    match record::is_on() {
        true => record::wait(what, 0, 0, place, act, |()| true),
        false => act(),
    }
}

/// See [`std::thread::park`](::std::thread::park).
#[track_caller]
pub fn park() {
    match current_task() {
        Some(task) => drop(task.perform(Operation::Park(None), Location::caller())),
        None => recorded("park", Location::caller(), real::park),
    }
}

/// See [`std::thread::park_timeout`](::std::thread::park_timeout).
#[track_caller]
pub fn park_timeout(limit: Duration) {
    match current_task() {
        Some(task) => {
            let deadline = deadline_after(&task, limit);
            task.perform(Operation::Park(Some(deadline)), Location::caller());
        }
        None => recorded("park", Location::caller(), || real::park_timeout(limit)),
    }
}
