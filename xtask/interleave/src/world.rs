//! The state of one execution: threads, objects, clock; and what each operation changes in it.

use crate::Place;
use crate::object::{Channel, Object, ObjectId, State, ThreadId};
use crate::operation::{Answer, Arm, Moment, Operation, Patience, Side, Way, can_send_now};
use crate::reduction::{Footprint, Resource};

/// A thread of one execution.
#[derive(Debug)]
pub(crate) struct Thread {
    pub(crate) name: String,
    /// What it will do when it is its turn; `None` while it runs, and when it has ended.
    pub(crate) pending: Option<(Operation, Place)>,
    /// What its operation came to.
    pub(crate) answer: Answer,
    pub(crate) finished: bool,
    /// It waits for a condition variable no longer, but perhaps still for the mutex.
    pub(crate) notified: bool,
    timed_out: bool,
    /// It was unparked.
    pub(crate) token: bool,
    /// What it has looked at in vain since it or somebody else has done anything, and how often.
    looked: Vec<(Operation, Place, u32)>,
    /// It looks in vain: it rests until these have had their turn.
    pub(crate) rests_for: Vec<ThreadId>,
    /// How often its time was over before its time, since somebody else has done anything.
    early_timeouts: u32,
    /// How many steps it has taken since somebody else has taken one.
    alone: u32,
    /// How much further the clock goes when it looks at it again.
    clock_step: Moment,
}

impl Thread {
    fn new(name: String, place: Place) -> Self {
        Self {
            name,
            pending: Some((Operation::Begin, place)),
            answer: Answer::Done,
            finished: false,
            notified: false,
            timed_out: false,
            token: false,
            looked: vec![],
            rests_for: vec![],
            early_timeouts: 0,
            alone: 0,
            clock_step: FIRST_CLOCK_STEP,
        }
    }

    fn waits_to_receive(&self, channel: ObjectId) -> bool {
        match &self.pending {
            Some((Operation::Receive(id, _), _)) => *id == channel,
            Some((Operation::Select(arms, patience), _)) => {
                *patience != Patience::None && arms.contains(&Arm::Receive(channel))
            }
            _ => false,
        }
    }
}

/// Time passes only when somebody looks or waits. Who looks again sees it pass faster each time, so that what is done for a
/// second is done a few times.
const FIRST_CLOCK_STEP: Moment = 1_000;
/// So often the same look in vain is no more than a look.
const LOOKS: u32 = 3;
/// So many steps in a row may be work. One that takes more may wait for the others: by polling a mutex, say.
const STEPS_ALONE: u32 = 200;

/// Whether a step lets its thread run, or only changes what it waits for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Effect {
    Runs,
    Waits,
}

/// Everything that decides how an execution goes on.
#[derive(Debug, Default)]
pub(crate) struct World {
    threads: Vec<Thread>,
    objects: Vec<Object>,
    pub(crate) clock: Moment,
    /// What the step that is under way has touched so far.
    pub(crate) footprint: Footprint,
    /// Messages of channels without places that are in the hand of a receiver already.
    reserved: Vec<(ObjectId, u64, ThreadId)>,
}

impl World {
    pub(crate) fn thread(&self, id: ThreadId) -> &Thread {
        &self.threads[id.0 as usize]
    }

    pub(crate) fn thread_mut(&mut self, id: ThreadId) -> &mut Thread {
        &mut self.threads[id.0 as usize]
    }

    pub(crate) fn threads(&self) -> impl Iterator<Item = (ThreadId, &Thread)> {
        (0..).map(ThreadId).zip(&self.threads)
    }

    pub(crate) fn objects(&self) -> &[Object] {
        &self.objects
    }

    pub(crate) fn object(&self, id: ObjectId) -> &Object {
        &self.objects[id.0 as usize]
    }

    pub(crate) fn state(&self, id: ObjectId) -> &State {
        &self.objects[id.0 as usize].state
    }

    fn state_mut(&mut self, id: ObjectId) -> &mut State {
        &mut self.objects[id.0 as usize].state
    }

    pub(crate) fn channel(&self, id: ObjectId) -> &Channel {
        match self.state(id) {
            State::Channel(channel) => channel,
            other => unreachable!("a {} is no channel", other.kind()),
        }
    }

    pub(crate) fn channel_mut(&mut self, id: ObjectId) -> &mut Channel {
        match self.state_mut(id) {
            State::Channel(channel) => channel,
            other => unreachable!("a {} is no channel", other.kind()),
        }
    }

    pub(crate) fn add_thread(&mut self, name: Option<String>, place: Place) -> ThreadId {
        let id = ThreadId(self.threads.len() as u32);
        self.threads.push(Thread::new(name.unwrap_or_else(|| format!("thread {}", id.0)), place));
        id
    }

    pub(crate) fn add_object(&mut self, object: Object) -> ObjectId {
        self.objects.push(object);
        ObjectId(self.objects.len() as u32 - 1)
    }

    pub(crate) fn touch(&mut self, resource: Resource, changes: bool) {
        self.footprint.push((resource, changes));
    }

    /// Thread `me` says what it will do next.
    pub(crate) fn announce(&mut self, me: ThreadId, operation: Operation, place: Place) {
        // From now on somebody can send to it through a channel without places.
        let received: Vec<ObjectId> = match &operation {
            Operation::Receive(channel, _) => vec![*channel],
            Operation::Select(arms, _) => arms.iter().map(|arm| arm.channel()).collect(),
            _ => vec![],
        };
        for channel in received {
            if self.channel(channel).capacity == Some(0) {
                self.touch(Resource::Object(channel), true);
            }
        }
        self.thread_mut(me).pending = Some((operation, place));
    }

    pub(crate) fn is_ready(&self, id: ThreadId) -> bool {
        let pending = self.thread(id).pending.as_ref();
        pending.is_some_and(|(operation, _)| operation.is_ready(self, id))
    }

    pub(crate) fn deadline(&self, id: ThreadId) -> Option<Moment> {
        self.thread(id).pending.as_ref().and_then(|(operation, _)| operation.deadline(self, id))
    }

    /// The message that `me` would receive.
    pub(crate) fn next_message(&self, id: ObjectId, me: ThreadId) -> Option<u64> {
        let is_for_me = |message: &&u64| {
            let reserved =
                self.reserved.iter().find(|(at, number, _)| *at == id && *number == **message);
            reserved.is_none_or(|(_, _, receiver)| *receiver == me)
        };
        self.channel(id).messages.iter().find(is_for_me).copied()
    }

    /// A thread other than `me` that waits to receive, and has nothing in its hand yet.
    pub(crate) fn waiting_receiver(&self, id: ObjectId, me: ThreadId) -> Option<ThreadId> {
        let is_free =
            |thread: ThreadId| !self.reserved.iter().any(|(_, _, receiver)| *receiver == thread);
        let waiting = self.threads().filter(|(_, thread)| thread.waits_to_receive(id));
        let mut waiting = waiting.map(|(thread, _)| thread);
        waiting.find(|&thread| thread != me && is_free(thread))
    }

    /// Has somebody put a message into this thread's hand? Then it takes that one, whatever else it waits for.
    pub(crate) fn reserved_for(&self, me: ThreadId) -> Option<ObjectId> {
        self.reserved.iter().find(|(_, _, receiver)| *receiver == me).map(|(channel, ..)| *channel)
    }

    /// Does what `id` has announced, in this way.
    pub(crate) fn perform(&mut self, id: ThreadId, way: Way) -> Effect {
        let (operation, place) = self.thread(id).pending.clone().expect("an announced operation");
        self.touch(Resource::Thread(id), true);
        self.footprint.extend(operation.footprint(self));
        match way {
            Way::Timeout => self.time_out(id),
            Way::Spurious => self.wake_spuriously(id),
            Way::Queue => self.queue(id, &operation),
            Way::Go | Way::Choose(_) => {
                let answer = self.change(id, &operation, way);
                let thread = self.thread_mut(id);
                thread.answer = answer;
                thread.pending = None;
                // Whether an update has changed anything is known only when it is done.
                if !matches!(operation, Operation::Update(_) | Operation::WeakUpdate(_)) {
                    self.note_look(id, operation, place, answer);
                }
                Effect::Runs
            }
        }
    }

    /// Does the operation that `id` has announced, and says what it came to.
    fn change(&mut self, id: ThreadId, operation: &Operation, way: Way) -> Answer {
        match *operation {
            Operation::Begin | Operation::Yield => Answer::Done,
            Operation::Load(_)
            | Operation::Store(_)
            | Operation::Update(_)
            | Operation::WeakUpdate(_) => Answer::Done,
            Operation::Lock(lock) | Operation::Write(lock) => self.lock(lock, id),
            Operation::TryLock(lock) | Operation::TryWrite(lock) => {
                let free = operation_of(operation, lock).is_ready(self, id);
                if free { self.lock(lock, id) } else { Answer::Refused }
            }
            Operation::Read(lock) => self.read(lock, id),
            Operation::TryRead(lock) => {
                if Operation::Read(lock).is_ready(self, id) {
                    self.read(lock, id)
                } else {
                    Answer::Refused
                }
            }
            Operation::Unlock(lock) => self.unlock(lock, id),
            Operation::Downgrade(lock) => {
                self.unlock(lock, id);
                self.read(lock, id)
            }
            Operation::Wait { condvar, mutex } => self.wait(condvar, mutex, id),
            Operation::Wake { mutex, .. } => {
                self.lock(mutex, id);
                if self.thread(id).timed_out { Answer::TimedOut } else { Answer::Done }
            }
            Operation::NotifyOne(condvar) => self.notify_one(condvar, way),
            Operation::NotifyAll(condvar) => self.notify_all(condvar),
            Operation::Arrive(barrier) => self.arrive(barrier),
            Operation::Pass(..) => Answer::Done,
            Operation::EnterOnce(once) => self.enter_once(once, id),
            Operation::LeaveOnce(once, has_run) => {
                *self.state_mut(once) =
                    State::Once { runner: None, done: has_run, failed: !has_run };
                Answer::Done
            }
            Operation::AwaitOnce(_) => Answer::Done,
            Operation::PeekOnce(once) | Operation::AwaitOutcome(once) => {
                answer(matches!(self.state(once), State::Once { done: true, .. }))
            }
            Operation::Send(channel, _) => self.send(channel),
            Operation::TrySend(channel) => {
                if can_send_now(self, channel, id) {
                    self.send_now(channel, id)
                } else {
                    Answer::Refused
                }
            }
            Operation::Handover(channel, number, _) => {
                let taken = !self.channel(channel).messages.contains(&number);
                if !taken {
                    self.withdraw(channel, number);
                }
                if taken { Answer::Done } else { Answer::Disconnected }
            }
            Operation::Receive(channel, _) | Operation::TryReceive(channel) => {
                self.receive(channel, id)
            }
            Operation::PeekChannel(_) => Answer::Done,
            Operation::Select(..) => match way {
                Way::Choose(arm) => Answer::Number(u64::from(arm)),
                _ => Answer::Refused,
            },
            Operation::Disconnect(channel, side) => {
                let channel = self.channel_mut(channel);
                let ends = match side {
                    Side::Sender => &mut channel.senders,
                    Side::Receiver => &mut channel.receivers,
                };
                *ends = ends.saturating_sub(1);
                let was_last_receiver = side == Side::Receiver && channel.receivers == 0;
                // Where there are no places, each message is still with its sender.
                if was_last_receiver && channel.capacity != Some(0) {
                    channel.messages.clear();
                    Answer::Disconnected
                } else {
                    Answer::Done
                }
            }
            Operation::Join(_) => Answer::Done,
            Operation::IsFinished(thread) => answer(self.thread(thread).finished),
            Operation::Park(_) => {
                self.thread_mut(id).token = false;
                Answer::Done
            }
            Operation::Unpark(thread) => {
                self.thread_mut(thread).token = true;
                Answer::Done
            }
            Operation::Sleep(_) => Answer::Done,
            Operation::Now => self.look_at_clock(id),
        }
    }

    fn lock(&mut self, lock: ObjectId, me: ThreadId) -> Answer {
        match self.state_mut(lock) {
            State::Mutex { holder } => {
                debug_assert!(holder.is_none(), "a mutex is locked by one at a time");
                *holder = Some(me);
            }
            State::RwLock { writer, readers, queue } => {
                debug_assert!(writer.is_none() && readers.is_empty(), "a writer is alone");
                *writer = Some(me);
                queue.retain(|waiting| *waiting != me);
            }
            other => unreachable!("a {} is no lock", other.kind()),
        }
        Answer::Done
    }

    fn queue(&mut self, me: ThreadId, operation: &Operation) -> Effect {
        if let Operation::Write(lock) = *operation
            && let State::RwLock { queue, .. } = self.state_mut(lock)
        {
            queue.push(me);
        }
        Effect::Waits
    }

    fn read(&mut self, lock: ObjectId, me: ThreadId) -> Answer {
        if let State::RwLock { readers, .. } = self.state_mut(lock) {
            readers.push(me);
        }
        Answer::Done
    }

    fn unlock(&mut self, lock: ObjectId, me: ThreadId) -> Answer {
        match self.state_mut(lock) {
            State::Mutex { holder } => *holder = None,
            State::RwLock { writer: writer @ Some(_), .. } => *writer = None,
            State::RwLock { readers, .. } => {
                if let Some(index) = readers.iter().position(|reader| *reader == me) {
                    readers.swap_remove(index);
                }
            }
            other => unreachable!("a {} is no lock", other.kind()),
        }
        Answer::Done
    }

    fn wait(&mut self, condvar: ObjectId, mutex: ObjectId, me: ThreadId) -> Answer {
        self.unlock(mutex, me);
        if let State::Condvar { waiters } = self.state_mut(condvar) {
            waiters.push(me);
        }
        let thread = self.thread_mut(me);
        (thread.notified, thread.timed_out) = (false, false);
        Answer::Done
    }

    fn notify_one(&mut self, condvar: ObjectId, way: Way) -> Answer {
        let Way::Choose(waiter) = way else { return Answer::Refused };
        self.wake(condvar, ThreadId(waiter));
        Answer::Number(u64::from(waiter))
    }

    fn notify_all(&mut self, condvar: ObjectId) -> Answer {
        let State::Condvar { waiters } = self.state_mut(condvar) else { return Answer::Refused };
        let waiters = std::mem::take(waiters);
        for waiter in &waiters {
            self.thread_mut(*waiter).notified = true;
        }
        if waiters.is_empty() { Answer::Refused } else { Answer::Number(waiters.len() as u64) }
    }

    fn wake(&mut self, condvar: ObjectId, waiter: ThreadId) {
        if let State::Condvar { waiters } = self.state_mut(condvar) {
            waiters.retain(|waiting| *waiting != waiter);
        }
        self.thread_mut(waiter).notified = true;
    }

    fn wake_spuriously(&mut self, id: ThreadId) -> Effect {
        match self.thread(id).pending {
            Some((Operation::Wake { condvar, .. }, _)) => {
                self.wake(condvar, id);
                Effect::Waits
            }
            Some((Operation::WeakUpdate(_), _)) => self.run_with(id, Answer::Refused),
            _ => self.run_with(id, Answer::Done),
        }
    }

    /// The time of `id` is over. So is that of everybody whose time is over before.
    fn time_out(&mut self, id: ThreadId) -> Effect {
        let now = self.deadline(id).expect("it waits with a limit").max(self.clock);
        self.thread_mut(id).early_timeouts += 1;
        self.clock = now;
        self.touch(Resource::Clock, true);
        let others: Vec<ThreadId> = self.threads().map(|(other, _)| other).collect();
        for other in others {
            let Some((Operation::Wake { condvar, .. }, _)) = self.thread(other).pending else {
                continue;
            };
            if self.deadline(other).is_some_and(|deadline| deadline <= now) {
                self.touch(Resource::Object(condvar), true);
                self.touch(Resource::Thread(other), true);
                self.wake(condvar, other);
                self.thread_mut(other).timed_out = true;
            }
        }
        match self.thread(id).pending {
            // It still has to lock the mutex.
            Some((Operation::Wake { .. }, _)) => return Effect::Waits,
            Some((Operation::Handover(channel, number, _), _)) => self.withdraw(channel, number),
            _ => {}
        }
        self.run_with(id, Answer::TimedOut)
    }

    fn run_with(&mut self, id: ThreadId, answer: Answer) -> Effect {
        let thread = self.thread_mut(id);
        thread.answer = answer;
        thread.pending = None;
        Effect::Runs
    }

    fn arrive(&mut self, barrier: ObjectId) -> Answer {
        let State::Barrier { needed, arrived, opened } = self.state_mut(barrier) else {
            return Answer::Refused;
        };
        let before = *opened;
        *arrived += 1;
        // A barrier for none opens for one.
        if *arrived >= *needed {
            (*arrived, *opened) = (0, before + 1);
        }
        Answer::Number(before as u64)
    }

    fn enter_once(&mut self, once: ObjectId, me: ThreadId) -> Answer {
        let State::Once { runner, done, failed } = self.state_mut(once) else {
            return Answer::Refused;
        };
        if !*done {
            (*runner, *failed) = (Some(me), false);
        }
        answer(!*done)
    }

    fn send(&mut self, channel: ObjectId) -> Answer {
        let channel = self.channel_mut(channel);
        if channel.receivers == 0 {
            return Answer::Disconnected;
        }
        let number = channel.next;
        channel.next += 1;
        channel.messages.push_back(number);
        Answer::Number(number)
    }

    /// Sends without waiting: through a channel without places into the hand of a receiver.
    pub(crate) fn send_now(&mut self, channel: ObjectId, me: ThreadId) -> Answer {
        let receiver = self.waiting_receiver(channel, me);
        let sent = self.send(channel);
        if let (Answer::Number(number), Some(0), Some(receiver)) =
            (sent, self.channel(channel).capacity, receiver)
        {
            self.reserved.push((channel, number, receiver));
        }
        sent
    }

    pub(crate) fn receive(&mut self, id: ObjectId, me: ThreadId) -> Answer {
        match self.next_message(id, me) {
            Some(number) => {
                self.withdraw(id, number);
                Answer::Number(number)
            }
            None if self.channel(id).senders == 0 => Answer::Disconnected,
            None => Answer::Refused,
        }
    }

    fn withdraw(&mut self, id: ObjectId, number: u64) {
        self.channel_mut(id).messages.retain(|message| *message != number);
        self.reserved.retain(|(channel, reserved, _)| (*channel, *reserved) != (id, number));
    }

    fn look_at_clock(&mut self, me: ThreadId) -> Answer {
        let thread = self.thread_mut(me);
        let step = thread.clock_step;
        thread.clock_step = step.saturating_mul(2);
        self.clock = self.clock.saturating_add(step);
        Answer::Number(self.clock)
    }

    /// Counts how often `id` has looked at the same thing in vain, and how long it has been alone. One that goes on and
    /// on rests, until all who can do something have done it: a schedule that never lets them is none that a machine has.
    pub(crate) fn note_look(
        &mut self,
        id: ThreadId,
        operation: Operation,
        place: Place,
        answer: Answer,
    ) {
        let only_looks = operation.only_looks(answer);
        for (index, thread) in (0..).zip(&mut self.threads) {
            let is_me = index == id.0;
            thread.rests_for.retain(|other| *other != id);
            thread.alone = if is_me { thread.alone + 1 } else { 0 };
            if !only_looks {
                // Who lets the others go first waits for them, whatever it does itself.
                thread.looked.retain(|(what, ..)| is_me && *what == Operation::Yield);
                thread.early_timeouts *= u32::from(is_me);
            }
        }
        let looks_in_vain = only_looks && self.count_look(id, operation, place) >= LOOKS;
        if looks_in_vain || self.thread(id).alone >= STEPS_ALONE {
            let others = self.threads().map(|(other, _)| other).filter(|other| *other != id);
            self.thread_mut(id).rests_for = others.filter(|other| self.can_act(*other)).collect();
        }
    }

    /// Says how often `id` has looked at this by now.
    fn count_look(&mut self, id: ThreadId, operation: Operation, place: Place) -> u32 {
        let looked = &mut self.thread_mut(id).looked;
        let known = looked.iter_mut().find(|(what, at, _)| *what == operation && *at == place);
        match known {
            Some((_, _, times)) => {
                *times += 1;
                *times
            }
            None => {
                looked.push((operation, place, 1));
                1
            }
        }
    }

    /// Could it take a step, or will it be able to in time?
    fn can_act(&self, id: ThreadId) -> bool {
        !self.thread(id).finished && (self.is_ready(id) || self.deadline(id).is_some())
    }

    /// Has its time been over again and again, while the others did nothing?
    pub(crate) fn is_impatient(&self, id: ThreadId) -> bool {
        self.thread(id).early_timeouts >= LOOKS
    }

    /// Does it look in vain while somebody could do something?
    pub(crate) fn rests(&self, id: ThreadId) -> bool {
        self.thread(id).rests_for.iter().any(|other| self.can_act(*other))
    }
}

fn answer(is_so: bool) -> Answer {
    if is_so { Answer::Done } else { Answer::Refused }
}

/// The blocking operation for one that only tries.
fn operation_of(tried: &Operation, lock: ObjectId) -> Operation {
    match tried {
        Operation::TryLock(_) => Operation::Lock(lock),
        _ => Operation::Write(lock),
    }
}
