//! What threads share: the state of each object, as far as it decides who can go on.
//!
//! The payload (what a mutex guards, what a channel carries) stays in the stand-in. Only one thread runs at
//! a time, so it needs no protection of its own.

use crate::Place;
use crate::scheduler::Task;
use std::collections::VecDeque;
use std::fmt;
use std::panic::Location;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The number of an object in one execution, in the order of first use.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ObjectId(pub u32);

/// The number of a thread in one execution, in the order of their starts. The scenario itself runs on 0.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ThreadId(pub u32);

/// What kind of object it is, and what it is doing.
#[derive(Clone, Debug)]
pub enum State {
    /// One holder, or none.
    Mutex {
        /// Who has locked it.
        holder: Option<ThreadId>,
    },
    /// One writer, or any number of readers.
    RwLock {
        /// Who has locked it for writing.
        writer: Option<ThreadId>,
        /// Who has locked it for reading, once for each time.
        readers: Vec<ThreadId>,
        /// Who stands in line to write. Nobody reads any more until they have written.
        queue: Vec<ThreadId>,
    },
    /// Those that wait and have not been notified.
    Condvar {
        /// In the order in which they came.
        waiters: Vec<ThreadId>,
    },
    /// Opens when enough have arrived.
    Barrier {
        /// How many it takes.
        needed: usize,
        /// How many are there.
        arrived: usize,
        /// How often it has opened.
        opened: usize,
    },
    /// Runs something once.
    Once {
        /// Who is running it.
        runner: Option<ThreadId>,
        /// It has been run.
        done: bool,
        /// Who ran it last has panicked.
        failed: bool,
    },
    /// A number, a flag, a pointer; the stand-in has the value.
    Atomic,
    /// Messages on their way.
    Channel(Channel),
}

/// The state of a channel.
#[derive(Clone, Debug, Default)]
pub struct Channel {
    /// The numbers of the messages in it.
    pub messages: VecDeque<u64>,
    /// The number of the next message.
    pub next: u64,
    /// How many fit in; `None` for any number. With 0 a sender waits until its message is taken.
    pub capacity: Option<usize>,
    /// How many senders there are.
    pub senders: usize,
    /// How many receivers there are.
    pub receivers: usize,
}

impl Channel {
    /// Is there room for a message, without waiting for a receiver?
    pub fn has_room(&self) -> bool {
        // A message on offer is the place that a channel without places has.
        self.capacity.is_none_or(|capacity| self.messages.len() < capacity.max(1))
    }
}

impl State {
    /// What it is called where nobody has given it a name.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Mutex { .. } => "mutex",
            Self::RwLock { .. } => "rwlock",
            Self::Condvar { .. } => "condvar",
            Self::Barrier { .. } => "barrier",
            Self::Once { .. } => "once",
            Self::Atomic => "atomic",
            Self::Channel(_) => "channel",
        }
    }

    /// Those who stand in line to write.
    pub fn queue(&self) -> &[ThreadId] {
        match self {
            Self::RwLock { queue, .. } => queue,
            _ => &[],
        }
    }

    /// The threads that others have to wait for because of it.
    pub fn holders(&self) -> Vec<ThreadId> {
        match self {
            Self::Mutex { holder } => holder.iter().copied().collect(),
            Self::RwLock { writer, readers, .. } => writer.iter().chain(readers).copied().collect(),
            Self::Once { runner, .. } => runner.iter().copied().collect(),
            _ => vec![],
        }
    }
}

/// An object of one execution.
#[derive(Clone, Debug)]
pub struct Object {
    /// Where the program made it.
    pub created: Place,
    /// What it is, and what it is doing.
    pub state: State,
}

/// What a stand-in keeps to find its object again. An object that outlives an execution (one in a static) gets a new
/// number in the next.
pub struct Handle {
    /// The number of the execution in the upper half, that of the object in the lower.
    slot: AtomicU64,
    created: Place,
}

impl Handle {
    /// For an object that the caller's caller makes.
    #[track_caller]
    pub const fn new() -> Self {
        Self::at(Location::caller())
    }

    /// For an object that was made there.
    pub const fn at(created: Place) -> Self {
        Self { slot: AtomicU64::new(0), created }
    }

    /// Where the object was made.
    pub const fn created(&self) -> Place {
        self.created
    }

    /// The number of the object in the record of a run, outside any execution. It is an object of this kind.
    pub fn recorded(&self, kind: &str) -> u32 {
        let slot = self.slot.load(Relaxed);
        // Of execution 0: there is none.
        if slot >> 32 == 0 && slot != 0 {
            return slot as u32;
        }
        let number = crate::record::new_object(kind, self.created);
        match self.slot.compare_exchange(slot, number.into(), Relaxed, Relaxed) {
            Ok(_) => number,
            Err(other) => other as u32,
        }
    }

    /// The object in this execution. The first time `state` says what it is doing.
    pub fn id(&self, task: &Task, state: impl FnOnce() -> State) -> ObjectId {
        let slot = self.slot.load(Relaxed);
        let (execution, number) = (slot >> 32, slot as u32);
        if execution == task.execution() {
            return ObjectId(number);
        }
        let object = Object { created: self.created, state: state() };
        let id = task.register(object, execution != 0);
        self.slot.store(task.execution() << 32 | u64::from(id.0), Relaxed);
        id
    }
}

impl Default for Handle {
    #[track_caller]
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "made at {}", self.created)
    }
}
