//! The words for what happens in a schedule. Words of one kind are in one `match`.

use crate::schedule::{Event, Outcome, Schedule, Story, Switch, Wait, Waiting, What};
use harness::Place;

/// What is to be put into words.
pub struct Words<'a> {
    pub schedule: &'a Schedule,
    pub story: &'a Story,
}

impl Words<'_> {
    pub(super) fn thread(&self, thread: usize) -> &str {
        &self.schedule.threads[thread]
    }

    fn object(&self, object: usize) -> &str {
        &self.schedule.objects[object].name
    }

    /// The name of an object within a sentence.
    pub(super) fn quoted(&self, object: usize) -> String {
        format!("`{}`", self.object(object))
    }

    pub(super) fn threads(&self, all: &[usize]) -> String {
        all.iter().map(|&thread| self.thread(thread)).collect::<Vec<_>>().join(", ")
    }

    /// What a thread does, in few words.
    pub fn step(&self, index: usize) -> String {
        let event = &self.schedule.events[index];
        let first = event.objects.first().map_or("", |&object| self.object(object));
        let second = event.objects.get(1).map_or("", |&object| self.object(object));
        let other = event.other.map_or("a thread", |thread| self.thread(thread));
        let value = match &event.value[..] {
            "" => String::new(),
            value => format!(": {value}"),
        };
        let is_done = event.outcome == Outcome::Done;
        match event.what {
            What::Begin => "begins".into(),
            What::Start => format!("starts {other}"),
            What::End => "ends".into(),
            What::Panic => "panics".into(),
            What::Join => format!("sees that {other} has ended"),
            What::IsFinished if is_done => format!("sees that {other} has ended"),
            What::IsFinished => format!("sees that {other} still runs"),
            What::Lock => format!("locks {first}"),
            What::Read => format!("locks {first} to read"),
            What::Write => format!("locks {first} to write"),
            What::Queue => format!("stands in line to write {first}"),
            What::TryLock | What::TryRead | What::TryWrite if is_done => {
                format!("tries {first}, and locks it")
            }
            What::TryLock | What::TryRead | What::TryWrite => format!("tries {first}: taken"),
            What::Unlock => format!("unlocks {first}"),
            What::Downgrade => format!("keeps {first} to read"),
            What::Wait => format!("waits on {first}, unlocks {second}"),
            What::Wake | What::WakeNotified => self.wake(event),
            What::NotifyOne | What::NotifyAll => match &self.story.steps[index].woken[..] {
                [] => "wakes nobody: lost".into(),
                woken => format!("wakes {}", self.threads(woken)),
            },
            What::Load => format!("reads {first}{value}"),
            What::Store => format!("writes {first}{value}"),
            What::Update => format!("updates {first}{value}"),
            What::Arrive => format!("comes to {first}"),
            What::Pass => format!("passes {first}"),
            What::EnterOnce if is_done => format!("begins to make {first}"),
            What::EnterOnce | What::AwaitOnce => format!("finds {first} made"),
            What::LeaveOnce => format!("has made {first}"),
            What::PeekOnce if is_done => format!("sees that {first} is made"),
            What::PeekOnce => format!("sees that {first} is not made"),
            What::Send | What::TrySend => format!("sends to {first}{}", self.vain(event)),
            What::Handover => format!("hands over to {first}{}", self.vain(event)),
            What::Receive | What::TryReceive => {
                format!("receives from {first}{}", self.vain(event))
            }
            What::PeekChannel => format!("looks into {first}"),
            What::Select if event.outcome == Outcome::Refused => "selects: nothing is ready".into(),
            What::Select => format!("selects{}", self.vain(event)),
            What::SelectReceive => format!("select: receives from {first}{}", self.vain(event)),
            What::SelectSend => format!("select: sends to {first}{}", self.vain(event)),
            What::DropSender => format!("drops a sender of {first}"),
            What::DropReceiver => format!("drops the receiver of {first}"),
            What::Park => format!("was parked, goes on{}", self.vain(event)),
            What::Unpark => format!("unparks {other}"),
            What::Yield => "yields".into(),
            What::Sleep => "has slept".into(),
            What::Now => "looks at the clock".into(),
        }
    }

    fn wake(&self, event: &Event) -> String {
        let mutex = self.object(event.objects[1]);
        match (event.switch, event.outcome) {
            (Switch::Spurious, _) => "wakes up without a reason".into(),
            (Switch::Timeout, _) => "has waited long enough".into(),
            (_, Outcome::TimedOut) => format!("its time is over, locks {mutex}"),
            _ => format!("is awake, locks {mutex}"),
        }
    }

    /// Why something has not come to what was wanted.
    fn vain(&self, event: &Event) -> &'static str {
        let sends =
            matches!(event.what, What::Send | What::TrySend | What::Handover | What::SelectSend);
        match (event.outcome, sends) {
            (Outcome::Done, _) => "",
            (Outcome::Refused, true) => ": full",
            (Outcome::Refused, false) => ": empty",
            (Outcome::Disconnected, true) => ": no receiver is left",
            (Outcome::Disconnected, false) => ": no sender is left",
            (Outcome::TimedOut, _) => ": its time is over",
        }
    }

    /// What a thread waits for in the meantime.
    pub fn meanwhile(&self, wait: Wait) -> String {
        match wait {
            Wait::Object(object) => format!("→ {}", self.object(object)),
            Wait::Other => "…".into(),
        }
    }

    /// The locks in a thread's hand after a step.
    pub fn held(&self, step: usize, thread: usize) -> String {
        let held = &self.story.steps[step].held[thread];
        let names: Vec<&str> = held.iter().map(|&lock| self.object(lock)).collect();
        if names.is_empty() { String::new() } else { format!("[{}]", names.join(", ")) }
    }

    /// That the scheduler has stepped in before this step.
    pub fn switch(&self, index: usize) -> Option<String> {
        let event = &self.schedule.events[index];
        let before = self.schedule.events[..index].last().map(|before| before.thread);
        let before = before.map_or("another thread", |thread| self.thread(thread));
        match event.switch {
            Switch::Forced => Some(format!("forced switch: {before} could have gone on")),
            Switch::Spurious => Some("a wakeup without a reason, as the system may do it".into()),
            Switch::Timeout => Some("time passes".into()),
            Switch::None | Switch::Free => None,
        }
    }

    /// How often the scheduler stepped in.
    pub fn forced(&self) -> String {
        match self.schedule.forced {
            0 => "It needs no forced switch.".into(),
            1 => "The scheduler stepped in once.".into(),
            2 => "The scheduler stepped in twice.".into(),
            several => format!("The scheduler stepped in {several} times."),
        }
    }

    /// What a thread waits for at the end, in few words.
    pub fn waits(&self, waiting: &Waiting) -> String {
        let first = waiting.objects.first().map_or("", |&object| self.object(object));
        let second = waiting.objects.get(1).map_or("", |&object| self.object(object));
        match waiting.what {
            What::Lock | What::Read | What::Write => format!("waits for {first}"),
            What::WakeNotified => format!("waits for {second}"),
            What::Wake => format!("waits on {first}"),
            What::Join => format!("waits for {}", self.threads(&waiting.waits_for)),
            What::Pass => format!("waits at {first}"),
            What::EnterOnce | What::AwaitOnce => format!("waits for {first}"),
            What::Send => format!("waits for room in {first}"),
            What::Handover => format!("waits for a receiver of {first}"),
            What::Receive => format!("waits for a message of {first}"),
            What::Select => "waits for one of several channels".into(),
            What::Park => "is parked".into(),
            What::Sleep => "sleeps".into(),
            // It could go on.
            _ => "runs".into(),
        }
    }

    /// Who waits for what, as a clause of a sentence.
    pub(super) fn clause(&self, waiting: &Waiting) -> String {
        let first = waiting.objects.first().map_or(String::new(), |&object| self.quoted(object));
        let second = waiting.objects.get(1).map_or(String::new(), |&object| self.quoted(object));
        let who = self.threads(&waiting.waits_for);
        let holder = match &waiting.waits_for[..] {
            [] => String::new(),
            [itself] if *itself == waiting.thread => ", which it holds itself".into(),
            [_] => format!(", which {who} holds"),
            _ => format!(", which {who} hold"),
        };
        match waiting.what {
            What::Lock | What::Read | What::Write | What::EnterOnce => {
                format!("waits for {first}{holder}")
            }
            What::WakeNotified => format!("was notified, and waits for {second}{holder}"),
            What::Wake => format!("waits to be notified on {first}"),
            What::Join => format!("waits until {who} has ended"),
            What::Pass => format!("waits at {first} for the others"),
            What::AwaitOnce => format!("waits until {first} is made"),
            What::Send => format!("waits for room in {first}"),
            What::Handover => format!("waits until somebody receives from {first}"),
            What::Receive => format!("waits for a message of {first}"),
            What::Select => "waits for one of several channels".into(),
            What::Park => "is parked".into(),
            What::Sleep => "sleeps".into(),
            _ => "could go on".into(),
        }
    }

    /// A thread at the end: what it holds, and what it waits for.
    pub fn at_end(&self, waiting: &Waiting) -> String {
        let held = self.story.held_at_end(waiting.thread).iter();
        let held: Vec<String> = held.map(|&lock| self.quoted(lock)).collect();
        let holds = match held.is_empty() {
            true => String::new(),
            false => format!("holds {}, ", held.join(", ")),
        };
        let (who, clause) = (self.thread(waiting.thread), self.clause(waiting));
        format!("{who} {holds}{clause} ({})", short(&waiting.place))
    }
}

/// The place as it is told in the section: without the folder that all its files have in common.
pub fn short(place: &Place) -> String {
    let parts: Vec<&str> = place.file.split('/').collect();
    let from = parts.iter().rposition(|part| ["src", "tests", "benches"].contains(part));
    format!("{}:{}", parts[from.unwrap_or(0)..].join("/"), place.line)
}
