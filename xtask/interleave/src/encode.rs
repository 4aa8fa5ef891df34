//! How a schedule travels, a counterexample or the beginning of one: a line a thing, its fields separated by tabs.
//!
//! ```text
//! failure  panic | deadlock | endless (not there if it does not fail)
//! id       name of the schedule
//! forced   number of forced switches
//! static   (there only if an object outlives an execution)
//! thread   name
//! object   kind, file, line, column
//! event    thread, switch, file, line, what, outcome, objects, other thread, value
//! waiting  thread, file, line, what, objects, other threads
//! ```
//!
//! Threads and objects are numbered from 0 in the order of their lines; several are joined by commas, and what is
//! not there is empty.

use crate::object::{Object, ObjectId, ThreadId};
use crate::operation::{Answer, Arm, Operation, Side};
use crate::report::{
    Counterexample, Event, Failure, Happening, Position, Standing, Switch, Waiting,
};
use crate::search::MAIN;

/// An execution that goes on for ever is cut: the first events, and the last.
const FIRST_EVENTS: usize = 60;
const LAST_EVENTS: usize = 240;
/// A message or a value is cut after so many characters.
const TEXT: usize = 400;

impl Counterexample {
    /// The counterexample as text, see above.
    pub fn encode(&self) -> String {
        let Self { failure, id, forced, threads, objects, events, waiting, has_static, .. } = self;
        let (failure, forced, has_static) = (Some(*failure), *forced, *has_static);
        Told { failure, id, forced, has_static, threads, objects, events, waiting }.text()
    }
}

impl Position {
    /// The schedule so far as text, see above.
    pub fn encode(&self) -> String {
        let Self { standing, id, forced, threads, objects, events, waiting, has_static, .. } = self;
        let failure = match standing {
            Standing::Open(_) => None,
            Standing::Over(failure) => *failure,
        };
        let (forced, has_static) = (*forced, *has_static);
        Told { failure, id, forced, has_static, threads, objects, events, waiting }.text()
    }
}

/// What is told of a schedule.
struct Told<'a> {
    failure: Option<Failure>,
    id: &'a str,
    forced: u32,
    has_static: bool,
    threads: &'a [String],
    objects: &'a [Object],
    events: &'a [Event],
    waiting: &'a [Waiting],
}

impl Told<'_> {
    fn text(&self) -> String {
        let failure = self.failure.map(|failure| row("failure", [name_of_failure(failure).into()]));
        let mut lines: Vec<String> = failure.into_iter().collect();
        lines.push(row("id", [self.id.to_owned()]));
        lines.push(row("forced", [self.forced.to_string()]));
        if self.has_static {
            lines.push("static".to_owned());
        }
        lines.extend(self.threads.iter().map(|name| row("thread", [escape(name)])));
        for object in self.objects {
            let at = object.created;
            let (line, column) = (at.line().to_string(), at.column().to_string());
            lines
                .push(row("object", [object.state.kind().into(), escape(at.file()), line, column]));
        }
        let cut = self.events.len().saturating_sub(FIRST_EVENTS + LAST_EVENTS);
        let (first, rest) = self.events.split_at(self.events.len().min(FIRST_EVENTS));
        lines.extend(first.iter().map(event_row));
        if cut > 0 {
            lines.push(row("cut", [cut.to_string()]));
        }
        lines.extend(rest[cut..].iter().map(event_row));
        for waiting in self.waiting {
            let what = match &waiting.operation {
                Operation::Wake { .. } if waiting.notified => "wake-notified",
                operation => operation.name(),
            };
            let at = waiting.place;
            lines.push(row(
                "waiting",
                [
                    waiting.thread.0.to_string(),
                    escape(at.file()),
                    at.line().to_string(),
                    what.to_owned(),
                    numbers(waiting.operation.objects().iter().map(|id| id.0)),
                    numbers(waiting.waits_for.iter().map(|thread| thread.0)),
                ],
            ));
        }
        lines.join("\n") + "\n"
    }
}

fn row<const N: usize>(kind: &str, fields: [String; N]) -> String {
    format!("{kind}\t{}", fields.join("\t"))
}

fn event_row(event: &Event) -> String {
    let (what, outcome, objects, other, value) = match &event.happening {
        Happening::Operation { operation, answer } => (
            // A writer is refused only when it takes its place in the line.
            match (operation, answer, operation.chosen_arm(*answer)) {
                (Operation::Write(_), Answer::Refused, _) => "queue",
                (_, _, Some(Arm::Receive(_))) => "select-receive",
                (_, _, Some(Arm::Send(_))) => "select-send",
                _ => operation.name(),
            },
            outcome(*answer),
            numbers(operation.objects().iter().map(|id| id.0)),
            operation.other(*answer),
            event.value.clone(),
        ),
        Happening::Starts(thread) => ("start", "done", String::new(), Some(*thread), None),
        Happening::Panics(panic) => {
            ("panic", "done", String::new(), None, Some(panic.message.clone()))
        }
        Happening::Ends => ("end", "done", String::new(), None, None),
    };
    let (file, line) = match (&event.happening, event.place) {
        // The explorer itself has started the scenario.
        (Happening::Operation { operation: Operation::Begin, .. }, _) if event.thread == MAIN => {
            (String::new(), 0)
        }
        (Happening::Panics(panic), _) => panic.place.clone().unwrap_or_default(),
        (_, Some(at)) => (at.file().to_owned(), at.line()),
        _ => (String::new(), 0),
    };
    let value: String = value.unwrap_or_default().chars().take(TEXT).collect();
    row(
        "event",
        [
            event.thread.0.to_string(),
            name_of_switch(event.switch).to_owned(),
            escape(&file),
            if line == 0 { String::new() } else { line.to_string() },
            what.to_owned(),
            outcome.to_owned(),
            objects,
            other.map(|thread| thread.0.to_string()).unwrap_or_default(),
            escape(&value),
        ],
    )
}

fn numbers(all: impl Iterator<Item = u32>) -> String {
    all.map(|number| number.to_string()).collect::<Vec<_>>().join(",")
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n").replace('\r', "")
}

fn name_of_failure(failure: Failure) -> &'static str {
    match failure {
        Failure::Panic => "panic",
        Failure::Deadlock => "deadlock",
        Failure::Endless => "endless",
    }
}

fn name_of_switch(switch: Switch) -> &'static str {
    match switch {
        Switch::None => "none",
        Switch::Free => "free",
        Switch::Forced => "forced",
        Switch::Spurious => "spurious",
        Switch::Timeout => "timeout",
    }
}

fn outcome(answer: Answer) -> &'static str {
    match answer {
        Answer::Done | Answer::Number(_) => "done",
        Answer::Refused => "refused",
        Answer::Disconnected => "disconnected",
        Answer::TimedOut => "timed-out",
    }
}

impl Operation {
    /// Its name in a file.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Begin => "begin",
            Self::Lock(_) => "lock",
            Self::TryLock(_) => "try-lock",
            Self::Read(_) => "read",
            Self::TryRead(_) => "try-read",
            Self::Write(_) => "write",
            Self::TryWrite(_) => "try-write",
            Self::Unlock(_) => "unlock",
            Self::Downgrade(_) => "downgrade",
            Self::Wait { .. } => "wait",
            Self::Wake { .. } => "wake",
            Self::NotifyOne(_) => "notify-one",
            Self::NotifyAll(_) => "notify-all",
            Self::Load(_) => "load",
            Self::Store(_) => "store",
            Self::Update(_) | Self::WeakUpdate(_) => "update",
            Self::Arrive(_) => "arrive",
            Self::Pass(..) => "pass",
            Self::EnterOnce(_) => "enter-once",
            Self::LeaveOnce(..) => "leave-once",
            Self::AwaitOnce(_) | Self::AwaitOutcome(_) => "await-once",
            Self::PeekOnce(_) => "peek-once",
            Self::Send(..) => "send",
            Self::TrySend(_) => "try-send",
            Self::Handover(..) => "handover",
            Self::Receive(..) => "receive",
            Self::TryReceive(_) => "try-receive",
            Self::PeekChannel(_) => "peek-channel",
            Self::Select(..) => "select",
            Self::Disconnect(_, Side::Sender) => "drop-sender",
            Self::Disconnect(_, Side::Receiver) => "drop-receiver",
            Self::Join(_) => "join",
            Self::IsFinished(_) => "is-finished",
            Self::Park(_) => "park",
            Self::Unpark(_) => "unpark",
            Self::Yield => "yield",
            Self::Sleep(_) => "sleep",
            Self::Now => "now",
        }
    }

    /// The objects that it is about: of a wait the condition variable, then the mutex.
    pub fn objects(&self) -> Vec<ObjectId> {
        match self {
            Self::Wait { condvar, mutex } | Self::Wake { condvar, mutex, .. } => {
                vec![*condvar, *mutex]
            }
            Self::Select(arms, _) => arms.iter().map(|arm| arm.channel()).collect(),
            Self::Lock(id)
            | Self::TryLock(id)
            | Self::Read(id)
            | Self::TryRead(id)
            | Self::Write(id)
            | Self::TryWrite(id)
            | Self::Unlock(id)
            | Self::Downgrade(id)
            | Self::NotifyOne(id)
            | Self::NotifyAll(id)
            | Self::Load(id)
            | Self::Store(id)
            | Self::Update(id)
            | Self::WeakUpdate(id)
            | Self::Arrive(id)
            | Self::Pass(id, _)
            | Self::EnterOnce(id)
            | Self::LeaveOnce(id, _)
            | Self::AwaitOnce(id)
            | Self::AwaitOutcome(id)
            | Self::PeekOnce(id)
            | Self::Send(id, _)
            | Self::TrySend(id)
            | Self::Handover(id, ..)
            | Self::Receive(id, _)
            | Self::TryReceive(id)
            | Self::PeekChannel(id)
            | Self::Disconnect(id, _) => vec![*id],
            Self::Begin
            | Self::Join(_)
            | Self::IsFinished(_)
            | Self::Park(_)
            | Self::Unpark(_)
            | Self::Yield
            | Self::Sleep(_)
            | Self::Now => vec![],
        }
    }

    /// The other thread that it is about, if there is one.
    fn other(&self, answer: Answer) -> Option<ThreadId> {
        match (self, answer) {
            (Self::Join(thread) | Self::IsFinished(thread) | Self::Unpark(thread), _) => {
                Some(*thread)
            }
            (Self::NotifyOne(_), Answer::Number(thread)) => {
                u32::try_from(thread).ok().map(ThreadId)
            }
            _ => None,
        }
    }
}
