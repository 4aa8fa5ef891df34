//! What an exploration found, and the schedule that shows it.

use crate::Place;
use crate::object::{Object, ObjectId, ThreadId};
use crate::operation::{Answer, Operation, Way};
use crate::world::World;

/// The result of an exploration.
#[derive(Clone, Debug)]
pub struct Exploration {
    /// What was found.
    pub finding: Finding,
    /// How often the scenario was run.
    pub executions: u32,
}

/// What was found.
#[derive(Clone, Debug)]
pub enum Finding {
    /// No schedule that fails, of those that were looked at.
    None(Coverage),
    /// A schedule in which the scenario fails.
    Counterexample(Counterexample),
    /// A thread that runs for ever, without any operation that others could notice; who, and where.
    Endless(String),
    /// The explorer cannot follow the program; why.
    NotCheckable(String),
    /// The explorer itself has panicked; where, and why.
    Broken(String),
}

/// Which schedules were looked at.
///
/// In each of them a thread that looks again and again at the same thing in vain lets the others go on, as every machine
/// does in the end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Coverage {
    /// Every one that differs from the others. Of those with wakeups without a reason, the ones in which these and the
    /// forced switches are few.
    Everything,
    /// Every one with up to so many forced switches, and some with more.
    UpTo(u32),
    /// Some.
    Some,
    /// The one that was asked for.
    One,
}

/// A schedule in which the scenario fails.
#[derive(Clone, Debug)]
pub struct Counterexample {
    /// The name of the schedule: with it, it can be run again.
    pub id: String,
    /// How it fails.
    pub failure: Failure,
    /// What was chosen wherever there was a choice: [`lead`](crate::lead) comes to the same with it.
    pub choices: Vec<usize>,
    /// How often the scheduler took the turn from a thread that could have gone on, or woke one without a reason.
    pub forced: u32,
    /// The names of the threads.
    pub threads: Vec<String>,
    /// The objects that they share.
    pub objects: Vec<Object>,
    /// What happened, in order.
    pub events: Vec<Event>,
    /// At the end, who waits for what.
    pub waiting: Vec<Waiting>,
    /// An object lives longer than an execution, and its value is carried on.
    pub has_static: bool,
}

/// Where an execution stands that is led from choice to choice, see [`lead`](crate::lead).
#[derive(Clone, Debug)]
pub struct Position {
    /// Whether it goes on.
    pub standing: Standing,
    /// What was chosen wherever there was a choice.
    pub choices: Vec<usize>,
    /// The name of the schedule so far.
    pub id: String,
    /// How often the turn was taken from a thread that could have gone on.
    pub forced: u32,
    /// The names of the threads.
    pub threads: Vec<String>,
    /// The objects that they share.
    pub objects: Vec<Object>,
    /// What happened so far, in order.
    pub events: Vec<Event>,
    /// What each thread is about to do that has not ended, whether it can or not.
    pub waiting: Vec<Waiting>,
    /// An object lives longer than an execution, and its value is carried on.
    pub has_static: bool,
}

/// Whether an execution goes on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Standing {
    /// It can go on in each of these ways: two at least.
    Open(Vec<Choice>),
    /// It is over; how it failed, if it did.
    Over(Option<Failure>),
}

/// One way in which an execution can go on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Choice {
    /// The thread that goes on.
    pub thread: ThreadId,
    /// How it does.
    pub way: Way,
    /// The thread before could go on, too.
    pub is_forced: bool,
}

/// How a schedule fails.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Failure {
    /// The scenario panicked: the last panic among the events.
    Panic,
    /// No thread can go on.
    Deadlock,
    /// It goes on for ever.
    Endless,
}

/// Something that happened.
#[derive(Clone, Debug)]
pub struct Event {
    /// To whom.
    pub thread: ThreadId,
    /// What.
    pub happening: Happening,
    /// Where in the program, if it has a place.
    pub place: Option<Place>,
    /// How it came to be the turn of this thread.
    pub switch: Switch,
    /// The value that was read or written.
    pub value: Option<String>,
}

/// What can happen to a thread.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Happening {
    /// It does something, with this outcome.
    Operation {
        /// What it does.
        operation: Operation,
        /// What it came to.
        answer: Answer,
    },
    /// It starts another thread.
    Starts(ThreadId),
    /// It panics, and does not catch it.
    Panics(Panic),
    /// It ends.
    Ends,
}

/// A panic.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Panic {
    /// Its message.
    pub message: String,
    /// File and line.
    pub place: Option<(String, u32)>,
}

/// Why a thread has its turn.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Switch {
    /// It goes on.
    None,
    /// The one before could not go on, or gave its turn away.
    Free,
    /// The one before could have gone on.
    Forced,
    /// It woke up without a reason.
    Spurious,
    /// Its time was over.
    Timeout,
}

/// A thread that waits at the end.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// Who.
    pub thread: ThreadId,
    /// In what.
    pub operation: Operation,
    /// Where.
    pub place: Place,
    /// It was notified, and waits for the mutex only.
    pub notified: bool,
    /// Who could let it go on.
    pub waits_for: Vec<ThreadId>,
}

impl Waiting {
    pub(crate) fn all(world: &World) -> Vec<Self> {
        let waiting = world.threads().filter_map(|(thread, state)| {
            let (operation, place) = state.pending.clone()?;
            let waits_for = match operation {
                Operation::Join(other) => vec![other],
                Operation::Read(id) => {
                    let state = world.state(id);
                    state.holders().iter().chain(state.queue()).copied().collect()
                }
                _ => {
                    operation.locks().into_iter().flat_map(|id| world.state(id).holders()).collect()
                }
            };
            let notified = state.notified;
            Some(Self { thread, operation, place, notified, waits_for })
        });
        waiting.collect()
    }
}

impl Operation {
    /// The locks that it has to get.
    fn locks(&self) -> Vec<ObjectId> {
        match self {
            Self::Lock(id) | Self::Read(id) | Self::Write(id) | Self::EnterOnce(id) => vec![*id],
            Self::Wake { mutex, .. } => vec![*mutex],
            _ => vec![],
        }
    }
}
