//! What a thread can do that another one could notice: when it can go on, in which ways, what it touches, and what
//! it changes.

use crate::object::{ObjectId, State, ThreadId};
use crate::reduction::{Footprint, Resource};
use crate::world::World;

/// A moment of the virtual clock, in nanoseconds.
pub type Moment = u64;

/// An operation, as it is announced.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Operation {
    /// The first step of a thread.
    Begin,
    /// Locks a mutex.
    Lock(ObjectId),
    /// Locks a mutex if it is free.
    TryLock(ObjectId),
    /// Locks for reading.
    Read(ObjectId),
    /// Locks for reading if nobody writes.
    TryRead(ObjectId),
    /// Locks for writing.
    Write(ObjectId),
    /// Locks for writing if nobody has locked it.
    TryWrite(ObjectId),
    /// Gives back what it holds of a lock.
    Unlock(ObjectId),
    /// Has written, and goes on to read.
    Downgrade(ObjectId),
    /// Unlocks the mutex and begins to wait, in one.
    Wait {
        /// For its notifications.
        condvar: ObjectId,
        /// It is unlocked.
        mutex: ObjectId,
    },
    /// Waits to be notified, and then for the mutex.
    Wake {
        /// Whose notification it waits for.
        condvar: ObjectId,
        /// It is locked again.
        mutex: ObjectId,
        /// When it goes on even so.
        deadline: Option<Moment>,
    },
    /// Wakes one of those that wait.
    NotifyOne(ObjectId),
    /// Wakes all that wait.
    NotifyAll(ObjectId),
    /// Reads an atomic.
    Load(ObjectId),
    /// Writes an atomic.
    Store(ObjectId),
    /// Reads and writes an atomic in one.
    Update(ObjectId),
    /// A weak compare-exchange, which may fail without a reason.
    WeakUpdate(ObjectId),
    /// Comes to a barrier.
    Arrive(ObjectId),
    /// Waits until the barrier has opened more often than so.
    Pass(ObjectId, usize),
    /// Comes to something that is to be run once: runs it, or waits for who does.
    EnterOnce(ObjectId),
    /// Has run it; or has failed to.
    LeaveOnce(ObjectId, bool),
    /// Looks whether it has been run.
    PeekOnce(ObjectId),
    /// Waits until it has been run.
    AwaitOnce(ObjectId),
    /// Waits until it has been run, or has failed.
    AwaitOutcome(ObjectId),
    /// Puts a message into a channel.
    Send(ObjectId, Option<Moment>),
    /// Puts a message into a channel if there is room.
    TrySend(ObjectId),
    /// Waits until a receiver has taken message number so.
    Handover(ObjectId, u64, Option<Moment>),
    /// Takes a message out of a channel.
    Receive(ObjectId, Option<Moment>),
    /// Takes a message if there is one.
    TryReceive(ObjectId),
    /// Looks at a channel.
    PeekChannel(ObjectId),
    /// Does the first of these that can be done; or gives up.
    Select(Vec<Arm>, Patience),
    /// A sender or a receiver of the channel goes away.
    Disconnect(ObjectId, Side),
    /// Waits until a thread has ended.
    Join(ThreadId),
    /// Looks whether a thread has ended.
    IsFinished(ThreadId),
    /// Waits for a token.
    Park(Option<Moment>),
    /// Gives a thread its token.
    Unpark(ThreadId),
    /// Lets the others go first.
    Yield,
    /// Waits for a time.
    Sleep(Moment),
    /// Looks at the clock.
    Now,
}

/// One arm of a selection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Arm {
    /// Takes a message.
    Receive(ObjectId),
    /// Puts one in.
    Send(ObjectId),
}

/// How long a selection waits.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Patience {
    /// Not at all.
    None,
    /// Until then.
    Until(Moment),
    /// For ever.
    Endless,
}

/// One of the two ends of a channel.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Side {
    /// Where messages go in.
    Sender,
    /// Where they come out.
    Receiver,
}

/// One way in which an announced operation can go on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Way {
    /// The only way there is.
    Go,
    /// With this thread, of those that wait; with this arm of a selection.
    Choose(u32),
    /// It wakes up, or fails, without a reason. The documentation of the real ones allows it.
    Spurious,
    /// Its time is over.
    Timeout,
    /// It stands in line to write, while others read.
    Queue,
}

/// What an operation came to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Answer {
    /// It is done.
    Done,
    /// Not possible at this moment, or not the case.
    Refused,
    /// The other side of the channel is gone.
    Disconnected,
    /// Its time was over.
    TimedOut,
    /// A number: of a selection's arm, a barrier's opening, a message, a moment.
    Number(u64),
}

impl Operation {
    /// Can thread `me` go on with it at this moment, for a reason?
    pub(crate) fn is_ready(&self, world: &World, me: ThreadId) -> bool {
        match *self {
            Self::Lock(mutex) => is_unlocked(world.state(mutex)),
            Self::Read(lock) => has_no_writer(world.state(lock)),
            Self::Write(lock) => is_unlocked(world.state(lock)),
            Self::Wake { mutex, .. } => {
                world.thread(me).notified && is_unlocked(world.state(mutex))
            }
            Self::Pass(barrier, before) => {
                matches!(world.state(barrier), State::Barrier { opened, .. } if *opened > before)
            }
            Self::EnterOnce(once) => {
                matches!(world.state(once), State::Once { runner: None, .. })
            }
            Self::AwaitOnce(once) => {
                matches!(world.state(once), State::Once { done: true, .. })
            }
            Self::AwaitOutcome(once) => {
                let state = world.state(once);
                matches!(state, State::Once { done: true, .. } | State::Once { failed: true, .. })
            }
            Self::Send(channel, _) => {
                let channel = world.channel(channel);
                channel.has_room() || channel.receivers == 0
            }
            Self::Handover(channel, number, _) => {
                let channel = world.channel(channel);
                !channel.messages.contains(&number) || channel.receivers == 0
            }
            Self::Receive(channel, _) => can_receive_now(world, channel, me),
            Self::Select(ref arms, patience) => {
                patience == Patience::None || arms.iter().any(|arm| arm.is_ready(world, me))
            }
            Self::Join(thread) => world.thread(thread).finished,
            Self::Park(_) => world.thread(me).token,
            Self::Sleep(_) => false,
            _ => true,
        }
    }

    /// The ways in which it can go on when it is ready.
    pub(crate) fn ways(&self, world: &World, me: ThreadId) -> Vec<Way> {
        match *self {
            Self::NotifyOne(condvar) => match world.state(condvar) {
                State::Condvar { waiters } if !waiters.is_empty() => {
                    waiters.iter().map(|waiter| Way::Choose(waiter.0)).collect()
                }
                _ => vec![Way::Go],
            },
            Self::Select(ref arms, _) => {
                let ready = (0..).zip(arms).filter(|(_, arm)| arm.is_ready(world, me));
                let ways: Vec<Way> = ready.map(|(index, _)| Way::Choose(index)).collect();
                if ways.is_empty() { vec![Way::Go] } else { ways }
            }
            _ => vec![Way::Go],
        }
    }

    /// Could it wake up, or fail, without a reason?
    pub(crate) fn may_be_spurious(&self, world: &World, me: ThreadId) -> bool {
        match self {
            Self::Wake { .. } => !world.thread(me).notified,
            Self::Park(_) => !world.thread(me).token,
            Self::WeakUpdate(_) => true,
            _ => false,
        }
    }

    /// Could it stand in line? A writer that waits for readers may keep further ones out, and does on Linux. It need not have
    /// come so far as to wait.
    pub(crate) fn may_queue(&self, world: &World, me: ThreadId) -> bool {
        match *self {
            Self::Write(lock) => matches!(
                world.state(lock),
                State::RwLock { readers, queue, .. } if !readers.is_empty() && !queue.contains(&me)
            ),
            _ => false,
        }
    }

    /// When its time is over, if it is waiting with a limit.
    pub(crate) fn deadline(&self, world: &World, me: ThreadId) -> Option<Moment> {
        match *self {
            Self::Wake { deadline, .. } if !world.thread(me).notified => deadline,
            Self::Send(_, deadline)
            | Self::Handover(_, _, deadline)
            | Self::Receive(_, deadline)
            | Self::Park(deadline)
                if !self.is_ready(world, me) =>
            {
                deadline
            }
            Self::Select(_, Patience::Until(deadline)) if !self.is_ready(world, me) => {
                Some(deadline)
            }
            Self::Sleep(deadline) => Some(deadline),
            _ => None,
        }
    }

    /// What it reads (`false`) and changes (`true`), beside the thread itself.
    pub(crate) fn footprint(&self, world: &World) -> Footprint {
        match *self {
            Self::Join(thread) | Self::IsFinished(thread) => {
                vec![(Resource::Thread(thread), false)]
            }
            Self::Unpark(thread) => vec![(Resource::Thread(thread), true)],
            Self::Sleep(_) | Self::Now => vec![(Resource::Clock, true)],
            Self::Disconnect(id, side) if !is_last(world, id, side) => {
                vec![(Resource::Ends(id, side), true)]
            }
            Self::Disconnect(id, side) => {
                vec![(Resource::Ends(id, side), true), (Resource::Object(id), true)]
            }
            _ => self
                .objects()
                .into_iter()
                .map(|id| (Resource::Object(id), !self.is_read()))
                .collect(),
        }
    }

    /// Does it leave its objects as they are?
    fn is_read(&self) -> bool {
        matches!(
            self,
            Self::Load(_)
                | Self::PeekOnce(_)
                | Self::AwaitOnce(_)
                | Self::AwaitOutcome(_)
                | Self::PeekChannel(_)
        )
    }

    /// Does it only look? Then whoever does it again and again waits for somebody else.
    pub(crate) fn only_looks(&self, answer: Answer) -> bool {
        match self {
            Self::Load(_)
            | Self::PeekOnce(_)
            | Self::PeekChannel(_)
            | Self::IsFinished(_)
            | Self::Now
            | Self::Yield
            | Self::Sleep(_) => true,
            Self::TryLock(_)
            | Self::TryRead(_)
            | Self::TryWrite(_)
            | Self::TrySend(_)
            | Self::TryReceive(_)
            | Self::Update(_)
            | Self::WeakUpdate(_)
            | Self::Select(_, Patience::None) => answer == Answer::Refused,
            _ => false,
        }
    }

    /// The lock that it tries to lock, without waiting.
    pub(crate) fn tried_lock(&self) -> Option<ObjectId> {
        match self {
            Self::TryLock(lock) | Self::TryRead(lock) | Self::TryWrite(lock) => Some(*lock),
            _ => None,
        }
    }

    /// Does it, gone this way, take a message from this channel?
    pub(crate) fn takes_from(&self, channel: ObjectId, way: Way) -> bool {
        match (self, way) {
            (Self::Receive(id, _), _) => *id == channel,
            (Self::Select(arms, _), Way::Choose(arm)) => {
                arms[arm as usize] == Arm::Receive(channel)
            }
            _ => false,
        }
    }

    /// As it is told when it has gone this way: of a selection only the arm that was chosen.
    pub(crate) fn gone(self, way: Way) -> Self {
        match (self, way) {
            (Self::Select(arms, patience), Way::Choose(arm)) => {
                Self::Select(vec![arms[arm as usize]], patience)
            }
            (operation, _) => operation,
        }
    }

    /// The arm that was chosen, of a selection that is told with this answer.
    pub(crate) fn chosen_arm(&self, answer: Answer) -> Option<Arm> {
        match (self, answer) {
            (Self::Select(arms, _), Answer::Number(_) | Answer::Disconnected) => {
                arms.first().copied()
            }
            _ => None,
        }
    }

    /// Does it itself give its turn away? Then no switch after it is a forced one.
    pub(crate) fn invites(&self) -> bool {
        matches!(self, Self::Yield | Self::Sleep(_))
    }
}

impl Arm {
    /// Its channel.
    pub fn channel(self) -> ObjectId {
        match self {
            Self::Receive(channel) | Self::Send(channel) => channel,
        }
    }

    fn is_ready(self, world: &World, me: ThreadId) -> bool {
        match self {
            Self::Receive(id) => can_receive_now(world, id, me),
            Self::Send(id) => can_send_now(world, id, me),
        }
    }
}

/// Can `me` receive, or learn that nothing will come, without waiting?
fn can_receive_now(world: &World, id: ObjectId, me: ThreadId) -> bool {
    world.next_message(id, me).is_some() || world.channel(id).senders == 0
}

/// Can `me` send without waiting? Into a channel without places only if somebody waits to receive.
pub(crate) fn can_send_now(world: &World, id: ObjectId, me: ThreadId) -> bool {
    let channel = world.channel(id);
    if channel.capacity != Some(0) || channel.receivers == 0 {
        return channel.has_room() || channel.receivers == 0;
    }
    channel.messages.is_empty() && world.waiting_receiver(id, me).is_some()
}

/// Is there no other sender, or receiver?
fn is_last(world: &World, id: ObjectId, side: Side) -> bool {
    let channel = world.channel(id);
    match side {
        Side::Sender => channel.senders <= 1,
        Side::Receiver => channel.receivers <= 1,
    }
}

fn is_unlocked(state: &State) -> bool {
    match state {
        State::Mutex { holder } => holder.is_none(),
        State::RwLock { writer, readers, .. } => writer.is_none() && readers.is_empty(),
        _ => true,
    }
}

fn has_no_writer(state: &State) -> bool {
    matches!(state, State::RwLock { writer: None, queue, .. } if queue.is_empty())
}
