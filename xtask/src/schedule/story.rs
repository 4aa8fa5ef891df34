//! What follows from the events: who holds what after each, whom a notification woke, which step another one led to.

use super::{Event, Outcome, Schedule, Switch, What};

/// What follows from each of the events, in their order.
#[derive(Clone, Debug, Default)]
pub struct Story {
    pub steps: Vec<Step>,
}

/// What follows from one event.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Step {
    /// The locks that each thread holds after it.
    pub held: Vec<Vec<usize>>,
    /// The threads that it woke.
    pub woken: Vec<usize>,
    /// The event that let it happen: a release, a notification, a message.
    pub cause: Option<usize>,
    /// A notification that reached nobody.
    pub is_lost: bool,
    /// For each thread what it waits for after it, if it waits.
    pub waits: Vec<Option<Wait>>,
}

/// What a thread waits for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Wait {
    /// For something that another thread does with this object.
    Object(usize),
    /// For something else: a thread to end, a token.
    Other,
}

/// What is known after the events so far.
struct State {
    held: Vec<Vec<usize>>,
    /// Who waits for which condition variable.
    sleeping: Vec<(usize, usize)>,
    /// The notification that woke each thread.
    notified_by: Vec<Option<usize>>,
    /// The event that let go of each object last.
    released_by: Vec<Option<usize>>,
    /// The sends whose messages are still on their way.
    sent: Vec<Vec<usize>>,
    started_by: Vec<Option<usize>>,
    ended_by: Vec<Option<usize>>,
    unparked_by: Vec<Option<usize>>,
}

impl Story {
    /// Follows the events of a schedule. After a gap among them nothing of before is known.
    pub fn of(schedule: &Schedule) -> Self {
        let mut state = State::new(schedule);
        let mut steps = vec![];
        for (index, event) in schedule.events.iter().enumerate() {
            if schedule.cut.is_some_and(|cut| cut.before == index) {
                state = State::new(schedule);
            }
            let step = state.take(index, event);
            steps.push(Step { held: state.held.clone(), ..step });
        }
        let mut story = Self { steps };
        for thread in 0..schedule.threads.len() {
            story.add_waits(schedule, thread);
        }
        story
    }

    /// Notes where this thread waits: nothing tells of it before the wait is over, or everything is.
    fn add_waits(&mut self, schedule: &Schedule, thread: usize) {
        let last = schedule.waiting.iter().find(|waiting| waiting.thread == thread);
        let mut next = last.map(|waiting| {
            let objects = &waiting.objects;
            (usize::MAX, waiting.what, wait_for(waiting.what, objects))
        });
        let mut has_begun = true;
        for index in (0..self.steps.len()).rev() {
            let wait = next.filter(|&(cause, what, wait)| {
                let held = match wait {
                    Wait::Object(lock) if what.locks() => self.is_held(index, lock, thread),
                    _ => true,
                };
                has_begun && cause > index && held
            });
            self.steps[index].waits.push(wait.map(|(_, _, wait)| wait));
            let event = &schedule.events[index];
            if event.thread == thread {
                let cause = self.steps[index].cause;
                let wait = wait_for(event.what, &event.objects);
                next = cause.map(|cause| (cause, event.what, wait));
                has_begun = event.what != What::Begin;
            }
        }
    }

    /// Does a thread other than `me` hold this lock after the step?
    fn is_held(&self, step: usize, lock: usize, me: usize) -> bool {
        let held = self.steps[step].held.iter().enumerate();
        held.filter(|(thread, _)| *thread != me).any(|(_, held)| held.contains(&lock))
    }

    /// What this thread holds at the end.
    pub fn held_at_end(&self, thread: usize) -> &[usize] {
        self.steps.last().map_or(&[], |step| &step.held[thread])
    }
}

impl State {
    fn new(schedule: &Schedule) -> Self {
        let (threads, objects) = (schedule.threads.len(), schedule.objects.len());
        Self {
            held: vec![vec![]; threads],
            sleeping: vec![],
            notified_by: vec![None; threads],
            released_by: vec![None; objects],
            sent: vec![vec![]; objects],
            started_by: vec![None; threads],
            ended_by: vec![None; threads],
            unparked_by: vec![None; threads],
        }
    }

    fn take(&mut self, index: usize, event: &Event) -> Step {
        let mut step = Step::default();
        let (me, done) = (event.thread, event.outcome == Outcome::Done);
        match event.what {
            What::Lock | What::Write | What::Read => step.cause = self.lock(me, event.objects[0]),
            What::TryLock | What::TryWrite | What::TryRead | What::EnterOnce if done => {
                step.cause = self.lock(me, event.objects[0]);
            }
            What::Unlock | What::LeaveOnce => self.unlock(index, me, event.objects[0]),
            What::Downgrade => self.released_by[event.objects[0]] = Some(index),
            What::Wait => {
                self.unlock(index, me, event.objects[1]);
                self.sleeping.push((me, event.objects[0]));
            }
            What::Wake => {
                self.sleeping.retain(|(thread, _)| *thread != me);
                // Without a reason it is awake, and has the mutex only in a later step.
                if !matches!(event.switch, Switch::Spurious | Switch::Timeout) {
                    let released = self.lock(me, event.objects[1]);
                    step.cause = self.notified_by[me].take().or(released);
                }
            }
            What::NotifyOne | What::NotifyAll => {
                step.woken = self.notify(event);
                for &thread in &step.woken {
                    self.notified_by[thread] = Some(index);
                }
                step.is_lost = event.outcome == Outcome::Refused;
            }
            What::Send | What::TrySend | What::SelectSend if done => {
                self.sent[event.objects[0]].push(index)
            }
            What::Receive | What::TryReceive | What::SelectReceive if done => {
                let sent = &mut self.sent[event.objects[0]];
                step.cause = (!sent.is_empty()).then(|| sent.remove(0));
            }
            What::Start => {
                if let Some(thread) = event.other {
                    self.started_by[thread] = Some(index);
                }
            }
            What::Begin => step.cause = self.started_by[me].take(),
            What::End => self.ended_by[me] = Some(index),
            What::Join => step.cause = event.other.and_then(|thread| self.ended_by[thread]),
            What::Arrive => self.released_by[event.objects[0]] = Some(index),
            What::Pass => step.cause = self.released_by[event.objects[0]],
            What::Unpark => {
                if let Some(thread) = event.other {
                    self.unparked_by[thread] = Some(index);
                }
            }
            What::Park => step.cause = self.unparked_by[me].take(),
            _ => {}
        }
        step
    }

    /// The thread has the lock now; who gave it back before.
    fn lock(&mut self, thread: usize, object: usize) -> Option<usize> {
        self.held[thread].push(object);
        self.released_by[object]
    }

    fn unlock(&mut self, index: usize, thread: usize, object: usize) {
        let held = &mut self.held[thread];
        if let Some(last) = held.iter().rposition(|&lock| lock == object) {
            held.remove(last);
        }
        self.released_by[object] = Some(index);
    }

    /// Whom this notification wakes.
    fn notify(&mut self, event: &Event) -> Vec<usize> {
        let is_woken = |&(thread, condvar): &(usize, usize)| {
            condvar == event.objects[0]
                && (event.what == What::NotifyAll || event.other == Some(thread))
        };
        let woken = self.sleeping.iter().filter(|sleeping| is_woken(sleeping));
        let woken: Vec<usize> = woken.map(|(thread, _)| *thread).collect();
        self.sleeping.retain(|sleeping| !is_woken(sleeping));
        match event.other {
            // It fell asleep in the gap.
            Some(thread) if woken.is_empty() => vec![thread],
            _ => woken,
        }
    }
}

/// What a thread waits for that is about to do this.
fn wait_for(what: What, objects: &[usize]) -> Wait {
    let object = match what {
        What::WakeNotified => objects.get(1),
        _ => objects.first(),
    };
    object.map_or(Wait::Other, |&object| Wait::Object(object))
}

impl What {
    /// Does it wait for a lock?
    pub fn locks(self) -> bool {
        matches!(self, Self::Lock | Self::Read | Self::Write | Self::WakeNotified | Self::EnterOnce)
    }
}
