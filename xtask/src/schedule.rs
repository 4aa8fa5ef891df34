//! A schedule under which a test fails, as the explorer tells it: from its text (see `interleave`'s `encode`) to types.

mod circle;
pub mod name;
mod story;

pub use story::{Story, Wait};

use harness::Place;
use std::path::Path;

/// A schedule, with all that happened in it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Schedule {
    /// `None` when it does not fail, or not yet.
    pub failure: Option<Failure>,
    /// With this name it can be run again.
    pub id: String,
    /// How often the scheduler stepped in.
    pub forced: u32,
    /// An object outlives an execution, and its value is carried on.
    pub has_static: bool,
    /// The names of the threads.
    pub threads: Vec<String>,
    pub objects: Vec<Object>,
    pub events: Vec<Event>,
    /// So many events are left out, before the one with this number.
    pub cut: Option<Cut>,
    /// Who waits at the end.
    pub waiting: Vec<Waiting>,
}

/// A gap among the events.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Cut {
    /// The number of the first event after it.
    pub before: usize,
    /// How many are missing.
    pub count: usize,
}

/// Something that threads share.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Object {
    /// Mutex, condvar, channel, and so on.
    pub kind: String,
    /// Where it was made.
    pub place: Place,
    pub column: u32,
    /// What the program calls it, as far as that can be guessed.
    pub name: String,
}

/// A step of a thread.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Event {
    pub thread: usize,
    pub switch: Switch,
    pub place: Option<Place>,
    pub what: What,
    pub outcome: Outcome,
    /// The objects that it is about; of a wait the condition variable, then the mutex.
    pub objects: Vec<usize>,
    pub other: Option<usize>,
    /// The value that was read or written; the message of a panic.
    pub value: String,
}

/// A thread that waits at the end.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Waiting {
    pub thread: usize,
    pub place: Place,
    pub what: What,
    pub objects: Vec<usize>,
    /// Who could let it go on.
    pub waits_for: Vec<usize>,
}

/// An enum whose variants have names in a file.
macro_rules! named {
    ($(#[$doc:meta])* $kind:ident: $($variant:ident $name:literal)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub enum $kind {
            $($variant,)*
        }

        impl $kind {
            fn from_name(name: &str) -> Result<Self, String> {
                match name {
                    $($name => Ok(Self::$variant),)*
                    _ => Err(format!("{name:?} is no {}", stringify!($kind).to_lowercase())),
                }
            }

            /// Its name in a file.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

named! {
    /// How a test fails.
    Failure: Panic "panic" Deadlock "deadlock" Endless "endless"
}

named! {
    /// How it came to be the turn of a thread.
    Switch: None "none" Free "free" Forced "forced" Spurious "spurious" Timeout "timeout"
}

named! {
    /// What a step came to.
    Outcome: Done "done" Refused "refused" Disconnected "disconnected" TimedOut "timed-out"
}

named! {
    /// What a thread does.
    What:
    Begin "begin" Start "start" End "end" Panic "panic" Join "join" IsFinished "is-finished"
    Lock "lock" TryLock "try-lock" Read "read" TryRead "try-read" Write "write" TryWrite "try-write" Queue "queue"
    Unlock "unlock" Downgrade "downgrade"
    Wait "wait" Wake "wake" WakeNotified "wake-notified" NotifyOne "notify-one" NotifyAll "notify-all"
    Load "load" Store "store" Update "update"
    Arrive "arrive" Pass "pass"
    EnterOnce "enter-once" LeaveOnce "leave-once" AwaitOnce "await-once" PeekOnce "peek-once"
    Send "send" TrySend "try-send" Handover "handover" Receive "receive" TryReceive "try-receive"
    PeekChannel "peek-channel" Select "select"
    SelectReceive "select-receive" SelectSend "select-send" DropSender "drop-sender" DropReceiver "drop-receiver"
    Park "park" Unpark "unpark" Yield "yield" Sleep "sleep" Now "now"
}

impl Schedule {
    /// The schedule that `text` tells of. Its places are told from the course's folder or from `workspace`, and
    /// its objects are named as in the sources there.
    ///
    /// # Errors
    /// What is wrong with the text, with the line.
    pub fn read(text: &str, workspace: &Path) -> Result<Self, String> {
        let mut schedule = Self::parse(text)?;
        name::guess(&mut schedule.objects, workspace);
        schedule.each_place(|place| place.file = crate::course::plain(&place.file, workspace));
        for event in &mut schedule.events {
            // Guards are dropped by code of the compiler's own.
            event.place = event.place.take().filter(|place| !place.file.starts_with('/'));
        }
        Ok(schedule)
    }

    /// The same without names, and with the places as they are.
    fn parse(text: &str) -> Result<Self, String> {
        let mut schedule = Self {
            failure: None,
            id: String::new(),
            forced: 0,
            has_static: false,
            threads: vec![],
            objects: vec![],
            events: vec![],
            cut: None,
            waiting: vec![],
        };
        for (index, line) in text.lines().enumerate() {
            schedule.take(line).map_err(|why| format!("line {}: {why}", index + 1))?;
        }
        match schedule.consistent() {
            true => Ok(schedule),
            false => {
                Err("it has no name, or speaks of threads or objects that it does not have".into())
            }
        }
    }

    fn take(&mut self, line: &str) -> Result<(), String> {
        let fields: Vec<String> = line.split('\t').map(unescaped).collect();
        let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
        match fields[..] {
            ["failure", name] => self.failure = Some(Failure::from_name(name)?),
            ["id", id] => self.id = id.to_owned(),
            ["forced", count] => self.forced = number(count)?,
            ["static"] => self.has_static = true,
            ["thread", name] => self.threads.push(name.to_owned()),
            ["object", kind, file, line, column] => self.objects.push(Object {
                kind: kind.to_owned(),
                place: place(file, line)?,
                column: number(column)?,
                name: kind.to_owned(),
            }),
            ["cut", count] => {
                self.cut = Some(Cut { before: self.events.len(), count: number(count)? });
            }
            ["event", thread, switch, file, line, what, outcome, objects, other, value] => {
                self.events.push(Event {
                    thread: number(thread)?,
                    switch: Switch::from_name(switch)?,
                    place: (!file.is_empty()).then(|| place(file, line)).transpose()?,
                    what: What::from_name(what)?,
                    outcome: Outcome::from_name(outcome)?,
                    objects: numbers(objects)?,
                    other: numbers(other)?.first().copied(),
                    value: value.to_owned(),
                });
            }
            ["waiting", thread, file, line, what, objects, waits_for] => {
                self.waiting.push(Waiting {
                    thread: number(thread)?,
                    place: place(file, line)?,
                    what: What::from_name(what)?,
                    objects: numbers(objects)?,
                    waits_for: numbers(waits_for)?,
                });
            }
            _ => return Err(format!("{line:?} is not understood")),
        }
        Ok(())
    }

    /// Does it have every thread and every object that it speaks of, and are there as many as what happens needs?
    fn consistent(&self) -> bool {
        let threads = self.events.iter().map(|event| event.thread);
        let others = self.events.iter().filter_map(|event| event.other);
        let waiting = self.waiting.iter().map(|waiting| waiting.thread);
        let waited = self.waiting.iter().flat_map(|waiting| waiting.waits_for.clone());
        let mut threads = threads.chain(others).chain(waiting).chain(waited);
        let events = self.events.iter().map(|event| (event.what, &event.objects));
        let waiting = self.waiting.iter().map(|waiting| (waiting.what, &waiting.objects));
        let mut objects = events.chain(waiting);
        !self.id.is_empty()
            && threads.all(|thread| thread < self.threads.len())
            && objects.all(|(what, all)| {
                all.len() >= what.objects() && all.iter().all(|&object| object < self.objects.len())
            })
    }

    fn each_place(&mut self, change: impl Fn(&mut Place)) {
        let objects = self.objects.iter_mut().map(|object| &mut object.place);
        let events = self.events.iter_mut().filter_map(|event| event.place.as_mut());
        let waiting = self.waiting.iter_mut().map(|waiting| &mut waiting.place);
        objects.chain(events).chain(waiting).for_each(change);
    }
}

impl What {
    /// Does it keep a thread from going on, when it is what the thread is about to do at the end?
    pub fn waits(self) -> bool {
        self.locks()
            || matches!(self, Self::Wake | Self::Join | Self::Pass | Self::AwaitOnce | Self::Park)
            || matches!(
                self,
                Self::Send | Self::Handover | Self::Receive | Self::Select | Self::Sleep
            )
    }

    /// How many objects it is about, at least.
    fn objects(self) -> usize {
        match self {
            Self::Wait | Self::Wake | Self::WakeNotified => 2,
            Self::Begin | Self::Start | Self::End | Self::Panic | Self::Join | Self::IsFinished => {
                0
            }
            Self::Park | Self::Unpark | Self::Yield | Self::Sleep | Self::Now | Self::Select => 0,
            _ => 1,
        }
    }
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("{text:?} is no number"))
}

fn numbers(text: &str) -> Result<Vec<usize>, String> {
    text.split(',').filter(|part| !part.is_empty()).map(number).collect()
}

fn place(file: &str, line: &str) -> Result<Place, String> {
    Ok(Place { file: file.to_owned(), line: number(line)? })
}

fn unescaped(field: &str) -> String {
    let mut text = String::with_capacity(field.len());
    let mut chars = field.chars();
    while let Some(c) = chars.next() {
        text.push(match c {
            '\\' => match chars.next() {
                Some('t') => '\t',
                Some('n') => '\n',
                Some(other) => other,
                None => '\\',
            },
            c => c,
        });
    }
    text
}
