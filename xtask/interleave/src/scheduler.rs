//! Hands the turn from thread to thread: real threads, of which one runs at a time.

use crate::Place;
use crate::object::{Object, ObjectId, State, ThreadId};
use crate::operation::{Answer, Arm, Operation, Side, Way};
use crate::reduction::{Resource, Step};
use crate::report::{
    Choice, Counterexample, Event, Failure, Finding, Happening, Panic, Position, Standing, Switch,
    Waiting,
};
use crate::search::{Limits, MAIN, Pass, Path, Possible};
use crate::watch::{Stuck, Watch};
use crate::world::{Effect, World};
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::io::ErrorKind;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, Once, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

thread_local! {
    static CURRENT: RefCell<Option<Life>> = const { RefCell::new(None) };
    /// Where the newest panic of this thread was.
    static PANIC_PLACE: Cell<Option<(String, u32)>> = const { Cell::new(None) };
}

/// The explored thread that calls this; `None` outside an exploration.
pub fn current() -> Option<Task> {
    CURRENT.try_with(|life| life.borrow().as_ref().map(|life| life.0.clone())).ok().flatten()
}

/// A thread of an execution: the stand-ins' way to the scheduler.
#[derive(Clone)]
pub struct Task {
    run: Arc<Run>,
    me: ThreadId,
}

/// A thread lives until its thread-locals are dropped: they may hold a sender, and send with it. They are dropped in the
/// opposite order of their first uses. This is the first one of an explored thread, so nothing of the program comes after.
struct Life(Task);

impl Drop for Life {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// One execution of the scenario.
struct Run {
    number: u64,
    inner: Mutex<Inner>,
    /// The thread whose turn it is.
    turn: AtomicU32,
    controller: thread::Thread,
}

struct Inner {
    world: World,
    path: Path,
    limits: Limits,
    steps: u32,
    /// The thread that ran last.
    current: ThreadId,
    events: Vec<Event>,
    end: Option<End>,
    real_threads: Vec<Option<thread::JoinHandle<()>>>,
    /// The real thread of the explored one that ended last.
    ending: Option<thread::JoinHandle<()>>,
    /// Whether an object outlived an execution.
    has_static: bool,
    /// Where it stood when who leads it had to choose.
    arrived: Option<Position>,
}

/// How an execution ended.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum End {
    /// The scenario came to its end.
    Finished,
    /// The scenario panicked.
    Panicked,
    /// No thread can go on.
    Deadlock,
    /// It went on and on.
    Endless,
    /// A replayed choice was not there.
    Diverged,
    /// A thread does something that is not seen here.
    Stuck(Stuck),
    /// No further thread was to be had.
    NoThread(String),
}

impl End {
    /// How it failed, if it did.
    ///
    /// # Errors
    /// When the end says nothing about the scenario.
    pub(crate) fn failure(&self) -> Result<Option<Failure>, ()> {
        match self {
            Self::Finished => Ok(None),
            Self::Panicked => Ok(Some(Failure::Panic)),
            Self::Deadlock => Ok(Some(Failure::Deadlock)),
            Self::Endless => Ok(Some(Failure::Endless)),
            Self::Diverged | Self::Stuck(_) | Self::NoThread(_) => Err(()),
        }
    }
}

/// What is left of an execution.
pub(crate) struct Execution {
    pub(crate) path: Path,
    pub(crate) end: End,
    world: World,
    events: Vec<Event>,
    has_static: bool,
    arrived: Option<Position>,
}

/// The number of this execution, over all in this process. It fits into half of a handle's slot.
static EXECUTIONS: AtomicU64 = AtomicU64::new(1);

/// Runs the scenario once, along `path`.
pub(crate) fn execute(
    limits: Limits,
    path: Path,
    scenario: &Arc<dyn Fn() + Send + Sync>,
) -> Execution {
    note_panics();
    let inner = Inner {
        world: World::default(),
        path,
        limits,
        steps: 0,
        current: MAIN,
        events: vec![],
        end: None,
        real_threads: vec![],
        ending: None,
        has_static: false,
        arrived: None,
    };
    let run = Arc::new(Run {
        number: EXECUTIONS.fetch_add(1, SeqCst),
        inner: Mutex::new(inner),
        turn: AtomicU32::new(u32::MAX),
        controller: thread::current(),
    });
    let scenario = Arc::clone(scenario);
    let main = Some("main".to_owned());
    let place = std::panic::Location::caller();
    match run.start(main, None, place, Box::new(move || scenario())) {
        Ok(main) => {
            let inner = run.lock();
            run.next(inner);
            debug_assert_eq!(main, MAIN);
        }
        Err(error) => run.lock().end = Some(End::NoThread(error)),
    }
    run.wait_for_end()
}

impl Run {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a thread that waits for its first turn.
    fn start(
        self: &Arc<Self>,
        name: Option<String>,
        stack_bytes: Option<usize>,
        place: Place,
        body: Box<dyn FnOnce() + Send>,
    ) -> Result<ThreadId, String> {
        let mut inner = self.lock();
        let id = inner.world.add_thread(name, place);
        // The watch finds it by this name.
        let name = format!("x{}-{}", self.number, id.0);
        let task = Task { run: Arc::clone(self), me: id };
        let real = start_real(&name, stack_bytes, move || task.live(body))?;
        inner.real_threads.push(Some(real));
        Ok(id)
    }

    /// Lets whose turn it is now go on: after a step of the thread that calls this, or at the beginning.
    fn next(&self, mut inner: MutexGuard<'_, Inner>) {
        match inner.decide() {
            Ok(next) => {
                self.turn.store(next.0, SeqCst);
                if let Some(Some(real)) = inner.real_threads.get(next.0 as usize) {
                    real.thread().unpark();
                }
            }
            Err(end) => {
                inner.end.get_or_insert(end);
                self.turn.store(u32::MAX, SeqCst);
                self.controller.unpark();
            }
        }
    }

    fn wait_for_turn(&self, me: ThreadId) {
        while self.turn.load(SeqCst) != me.0 {
            thread::park();
        }
    }

    /// Blocks until the execution is over.
    fn wait_for_end(&self) -> Execution {
        let mut watch = Watch::default();
        loop {
            let looked = Instant::now();
            if let Some(execution) = self.lock().take_result() {
                return execution;
            }
            thread::park_timeout(Watch::INTERVAL);
            if looked.elapsed() >= Watch::INTERVAL {
                self.look_after(&mut watch);
            }
        }
    }

    /// Ends the execution if its running thread is stuck. Looks without the lock in hand: where many threads are left of
    /// earlier executions, it takes a while.
    fn look_after(&self, watch: &mut Watch) {
        let steps = self.lock().steps;
        let running = format!("x{}-{}", self.number, self.turn.load(SeqCst));
        let Some(stuck) = watch.look(steps, &running) else { return };
        let mut inner = self.lock();
        if inner.steps == steps {
            inner.end.get_or_insert(End::Stuck(stuck));
        }
    }
}

impl Inner {
    /// Whose turn it is; or how the execution ends.
    fn decide(&mut self) -> Result<ThreadId, End> {
        let footprint = std::mem::take(&mut self.world.footprint);
        self.path.close_step(footprint);
        loop {
            self.steps += 1;
            let main_has_ended = self.world.thread(MAIN).finished;
            if main_has_ended {
                // The process would end here. Those that can go on may, so that no thread is left.
                self.path.settle();
            }
            if self.steps > self.limits.steps {
                return Err(if main_has_ended { End::Finished } else { End::Endless });
            }
            let possible = self.possible();
            if possible.is_empty() {
                return Err(if main_has_ended { End::Finished } else { End::Deadlock });
            }
            if !main_has_ended && self.path.arrives(&possible) {
                self.arrived = Some(self.position(&possible));
            }
            let chosen = self.path.choose(&possible).map_err(|_| End::Diverged)?;
            let switch = self.switch(chosen);
            let effect = self.take(chosen.step, switch);
            if effect == Effect::Runs {
                self.current = chosen.step.thread;
                return Ok(chosen.step.thread);
            }
            let footprint = std::mem::take(&mut self.world.footprint);
            self.path.close_step(footprint);
        }
    }

    /// Where it stands, when these steps are possible.
    fn position(&self, possible: &[Possible]) -> Position {
        let choices = possible.iter().map(|&Possible { step: Step { thread, way }, cost }| {
            Choice { thread, way, is_forced: cost > 0 }
        });
        Position {
            standing: Standing::Open(choices.collect()),
            choices: self.path.choices().to_vec(),
            id: self.path.id(),
            forced: self.path.spent(),
            threads: names(&self.world),
            objects: self.world.objects().to_vec(),
            events: self.events.clone(),
            waiting: Waiting::all(&self.world),
            has_static: self.has_static,
        }
    }

    /// The steps that are possible, those without a forced switch first.
    fn possible(&mut self) -> Vec<Possible> {
        let world = &self.world;
        let pass = self.path.pass();
        let count = world.threads().count() as u32;
        // Who gives its turn away comes last.
        let first = self.current.0 + u32::from(self.invites());
        let all = (0..count).map(|offset| ThreadId((first + offset) % count));
        let ready: Vec<ThreadId> = all.clone().filter(|&id| world.is_ready(id)).collect();
        let lively: Vec<ThreadId> = ready.iter().copied().filter(|&id| !world.rests(id)).collect();
        let going = if lively.is_empty() { &ready } else { &lively };

        let stays = going.contains(&self.current) && !self.invites();
        let switch_cost = |id: ThreadId| u32::from(stays && id != self.current);
        let mut possible = vec![];
        for &thread in going {
            let (operation, _) = world.thread(thread).pending.as_ref().expect("it is ready");
            let reserved = world.reserved_for(thread);
            for way in operation.ways(world, thread) {
                if reserved.is_none_or(|channel| operation.takes_from(channel, way)) {
                    let cost = switch_cost(thread);
                    possible.push(Possible { step: Step { thread, way }, cost });
                }
            }
        }
        let may_queue = |id: &ThreadId| {
            let pending = world.thread(*id).pending.as_ref();
            pending.is_some_and(|(operation, _)| operation.may_queue(world, *id))
        };
        for thread in all.clone().filter(may_queue) {
            let step = Step { thread, way: Way::Queue };
            possible.push(Possible { step, cost: switch_cost(thread) });
        }
        let may_be_spurious = |id: ThreadId| {
            let pending = world.thread(id).pending.as_ref();
            pending.is_some_and(|(operation, _)| operation.may_be_spurious(world, id))
        };
        let spurious: Vec<ThreadId> = all.clone().filter(|&id| may_be_spurious(id)).collect();
        self.path.known.saw_spurious |= !spurious.is_empty();
        if pass.spurious {
            let step = |thread| Step { thread, way: Way::Spurious };
            possible.extend(spurious.into_iter().map(|id| Possible { step: step(id), cost: 1 }));
        }
        self.add_timeouts(&mut possible, going.is_empty());
        possible
    }

    /// Time can pass at any moment: when nothing else can, at no cost and in its order.
    fn add_timeouts(&self, possible: &mut Vec<Possible>, nothing_else: bool) {
        let world = &self.world;
        let waiting = world.threads().filter_map(|(id, _)| Some((id, world.deadline(id)?)));
        let waiting: Vec<_> = waiting.filter(|(id, _)| world.reserved_for(*id).is_none()).collect();
        let earliest = waiting.iter().map(|(_, deadline)| *deadline).min();
        for (thread, deadline) in waiting {
            let may =
                if nothing_else { Some(deadline) == earliest } else { !world.is_impatient(thread) };
            if may {
                let step = Step { thread, way: Way::Timeout };
                possible.push(Possible { step, cost: u32::from(!nothing_else) });
            }
        }
    }

    /// Does the current thread give its turn away by itself?
    fn invites(&self) -> bool {
        let pending = self.world.thread(self.current).pending.as_ref();
        pending.is_some_and(|(operation, _)| operation.invites())
    }

    fn switch(&self, chosen: Possible) -> Switch {
        match chosen.step.way {
            Way::Spurious => Switch::Spurious,
            Way::Timeout => Switch::Timeout,
            _ if chosen.cost > 0 => Switch::Forced,
            _ if chosen.step.thread != self.current => Switch::Free,
            _ => Switch::None,
        }
    }

    /// Takes a step, and notes it.
    fn take(&mut self, step: Step, switch: Switch) -> Effect {
        let thread = self.world.thread(step.thread);
        let (operation, place) = thread.pending.clone().expect("an announced operation");
        let effect = self.world.perform(step.thread, step.way);
        let answer = match (step.way, effect) {
            (Way::Timeout, _) => Answer::TimedOut,
            (Way::Queue, _) => Answer::Refused,
            (_, Effect::Waits) => Answer::Done,
            _ => self.world.thread(step.thread).answer,
        };
        let happening = Happening::Operation { operation: operation.gone(step.way), answer };
        self.note(step.thread, happening, Some(place), switch);
        effect
    }

    fn note(
        &mut self,
        thread: ThreadId,
        happening: Happening,
        place: Option<Place>,
        switch: Switch,
    ) {
        self.events.push(Event { thread, happening, place, switch, value: None });
    }

    /// What is left of it, once it has ended.
    fn take_result(&mut self) -> Option<Execution> {
        let end = self.end.take()?;
        self.end = Some(End::Finished);
        Some(self.result(end))
    }

    fn result(&mut self, end: End) -> Execution {
        // A panic ends a step in its middle.
        let footprint = std::mem::take(&mut self.world.footprint);
        self.path.close_step(footprint);
        Execution {
            path: std::mem::replace(
                &mut self.path,
                Path::new(Pass { switches: None, spurious: false }),
            ),
            end,
            world: std::mem::take(&mut self.world),
            events: std::mem::take(&mut self.events),
            has_static: self.has_static,
            arrived: self.arrived.take(),
        }
    }
}

fn names(world: &World) -> Vec<String> {
    world.threads().map(|(_, thread)| thread.name.clone()).collect()
}

impl Execution {
    /// What was found, when the end is not the one that was wanted.
    pub(crate) fn finding(self) -> Finding {
        match self.end {
            End::Panicked => self.counterexample(Failure::Panic),
            End::Deadlock => self.counterexample(Failure::Deadlock),
            End::Endless => self.counterexample(Failure::Endless),
            End::Stuck(Stuck::Blocked) => Finding::NotCheckable(format!(
                "{} waits in something that the explorer cannot see: a lock that is not of std or crossbeam, a file, \
                 another process?",
                self.last_seen()
            )),
            End::Stuck(Stuck::Runs) => Finding::Endless(format!(
                "{} runs on and on, and does nothing that another thread could notice",
                self.last_seen()
            )),
            End::NoThread(error) => {
                Finding::NotCheckable(format!("no further thread could be started: {error}"))
            }
            End::Finished | End::Diverged => unreachable!("neither is a finding"),
        }
    }

    /// Where it stands after what it was led along; or why it can't be said.
    pub(crate) fn position(self) -> Result<Position, String> {
        if let Some(position) = self.arrived {
            return Ok(position);
        }
        let failure = match self.end.failure() {
            Ok(failure) => failure,
            Err(()) => return Err(format!("it can't be led this way: {:?}", self.end)),
        };
        Ok(Position {
            standing: Standing::Over(failure),
            choices: self.path.choices().to_vec(),
            id: self.path.id(),
            forced: self.path.spent(),
            threads: names(&self.world),
            objects: self.world.objects().to_vec(),
            events: self.events,
            waiting: Waiting::all(&self.world),
            has_static: self.has_static,
        })
    }

    fn counterexample(self, failure: Failure) -> Finding {
        let waits = failure != Failure::Panic;
        Finding::Counterexample(Counterexample {
            id: self.path.id(),
            failure,
            choices: self.path.choices().to_vec(),
            forced: self.path.spent(),
            threads: names(&self.world),
            objects: self.world.objects().to_vec(),
            events: self.events,
            waiting: if waits { Waiting::all(&self.world) } else { vec![] },
            has_static: self.has_static,
        })
    }

    /// Which thread did something last, and where.
    fn last_seen(&self) -> String {
        let last = self.events.iter().rev().find_map(|event| Some((event.thread, event.place?)));
        last.map_or("a thread".to_owned(), |(thread, place)| {
            let name = &self.world.thread(thread).name;
            format!("{name}, last seen at {}:{},", place.file(), place.line())
        })
    }
}

impl Task {
    /// The execution. Who was given up as stuck and comes back after its end stays here.
    fn inner(&self) -> MutexGuard<'_, Inner> {
        let inner = self.run.lock();
        if inner.end.is_some() {
            drop(inner);
            rest_for_ever();
        }
        inner
    }

    /// The number of the execution that it belongs to.
    pub fn execution(&self) -> u64 {
        self.run.number
    }

    /// Its own number.
    pub fn id(&self) -> ThreadId {
        self.me
    }

    /// The name of a thread of this execution.
    pub fn name(&self, thread: ThreadId) -> String {
        self.inner().world.thread(thread).name.clone()
    }

    /// The virtual clock, without looking at it as the program would.
    pub fn clock(&self) -> u64 {
        let mut inner = self.inner();
        // What comes of it depends on when it was looked at.
        inner.world.touch(Resource::Clock, false);
        inner.world.clock
    }

    /// Announces an operation, blocks until it is this thread's turn, and says what the operation came to.
    pub fn perform(&self, operation: Operation, place: Place) -> Answer {
        let mut inner = self.inner();
        if let Some(lock) = operation.tried_lock() {
            let created = *inner.world.object(lock).created;
            inner.path.known.tried.insert(created);
        }
        inner.world.announce(self.me, operation, place);
        self.run.next(inner);
        self.run.wait_for_turn(self.me);
        let mut inner = self.inner();
        let answer = inner.world.thread(self.me).answer;
        let ended = inner.ending.take();
        drop(inner);
        if let Some(ended) = ended {
            // Its thread-locals are dropped before anybody else goes on.
            let _ = ended.join();
        }
        answer
    }

    /// Gives back a lock. Nobody can notice when exactly, unless somebody *tries* to lock it.
    pub fn unlock(&self, lock: ObjectId, place: Place) {
        self.release(lock, Operation::Unlock(lock), place);
    }

    /// Gives back the right to write, and keeps the one to read. Nobody writes in between.
    pub fn downgrade(&self, lock: ObjectId, place: Place) {
        self.release(lock, Operation::Downgrade(lock), place);
    }

    fn release(&self, lock: ObjectId, operation: Operation, place: Place) {
        let is_tried = {
            let inner = self.inner();
            inner.path.known.tried.contains(inner.world.object(lock).created)
        };
        if is_tried {
            self.perform(operation, place);
        } else {
            self.do_at_once(operation, place);
        }
    }

    /// Does an operation as a part of the step that is under way.
    pub fn do_at_once(&self, operation: Operation, place: Place) -> Answer {
        let mut inner = self.inner();
        inner.world.announce(self.me, operation, place);
        let step = Step { thread: self.me, way: Way::Go };
        inner.take(step, Switch::None);
        inner.world.thread(self.me).answer
    }

    /// Says with which value the newest step of this thread went, for the report.
    pub fn note(&self, value: impl FnOnce() -> String) {
        let mut inner = self.inner();
        if let Some(event) = inner.events.iter_mut().rev().find(|event| event.thread == self.me) {
            event.value = Some(value());
        }
    }

    /// A panic has ended what this thread was started for.
    pub fn note_panic(&self, payload: &(dyn Any + Send)) {
        self.inner().note_panic(self.me, payload);
    }

    /// Says whether an update, just performed, has changed anything.
    pub fn note_update(&self, operation: Operation, place: Place, has_changed: bool) {
        let answer = if has_changed { Answer::Done } else { Answer::Refused };
        self.inner().world.note_look(self.me, operation, place, answer);
    }

    /// Has a barrier opened more often than so?
    pub fn has_passed(&self, barrier: ObjectId, before: u64) -> bool {
        let inner = self.inner();
        matches!(inner.world.state(barrier), State::Barrier { opened, .. } if *opened as u64 > before)
    }

    /// A sender or a receiver is cloned.
    pub fn connect(&self, channel: ObjectId, side: Side) {
        let mut inner = self.inner();
        inner.world.touch(Resource::Ends(channel, side), true);
        let channel = inner.world.channel_mut(channel);
        match side {
            Side::Sender => channel.senders += 1,
            Side::Receiver => channel.receivers += 1,
        }
    }

    /// After a selection has chosen to receive from this channel: which message.
    pub fn receive_chosen(&self, channel: ObjectId) -> Answer {
        let mut inner = self.inner();
        let answer = inner.world.receive(channel, self.me);
        inner.note_chosen(self.me, Arm::Receive(channel), answer);
        answer
    }

    /// After a selection has chosen to send into this channel.
    pub fn send_chosen(&self, channel: ObjectId) -> Answer {
        let mut inner = self.inner();
        let answer = inner.world.send_now(channel, self.me);
        inner.note_chosen(self.me, Arm::Send(channel), answer);
        answer
    }

    pub(crate) fn register(&self, object: Object, outlived: bool) -> ObjectId {
        let mut inner = self.inner();
        inner.has_static |= outlived;
        inner.world.add_object(object)
    }

    /// What its real thread does: waits for its first turn, and runs the body. At the end of its [`Life`] it hands its turn on.
    fn live(self, body: Box<dyn FnOnce() + Send>) {
        self.run.wait_for_turn(self.me);
        let ended = self.run.lock().ending.take();
        if let Some(ended) = ended {
            let _ = ended.join();
        }
        let me = self.me;
        CURRENT.set(Some(Life(self.clone())));
        if let Err(payload) = catch_unwind(AssertUnwindSafe(body)) {
            let mut inner = self.inner();
            inner.note_panic(me, &*payload);
            if me == MAIN {
                inner.note(me, Happening::Ends, None, Switch::None);
                inner.end = Some(End::Panicked);
                self.run.controller.unpark();
            }
        }
    }

    /// It has ended.
    fn end(&self) {
        let mut inner = self.run.lock();
        if inner.end.is_some() {
            return;
        }
        inner.world.touch(Resource::Thread(self.me), true);
        inner.world.thread_mut(self.me).finished = true;
        inner.note(self.me, Happening::Ends, None, Switch::None);
        inner.ending = inner.real_threads[self.me.0 as usize].take();
        self.run.next(inner);
    }
}

/// For threads of an execution that is over.
fn rest_for_ever() -> ! {
    loop {
        thread::park();
    }
}

impl Inner {
    /// Says what the arm came to that the newest step, a selection, has chosen.
    fn note_chosen(&mut self, thread: ThreadId, arm: Arm, came_to: Answer) {
        let newest = self.events.iter_mut().rev().find(|event| event.thread == thread);
        if let Some(Event { happening: Happening::Operation { operation, answer }, .. }) = newest
            && operation.chosen_arm(*answer) == Some(arm)
        {
            *answer = came_to;
        }
    }

    fn note_panic(&mut self, thread: ThreadId, payload: &(dyn Any + Send)) {
        let text = payload.downcast_ref::<&str>().copied();
        let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        let message = text.unwrap_or("a panic without a message").to_owned();
        let panic = Panic { message, place: PANIC_PLACE.try_with(Cell::take).ok().flatten() };
        self.note(thread, Happening::Panics(panic), None, Switch::None);
    }
}

/// Starts a real thread. Where the whole machine has none left at this moment, it waits a little: others end theirs.
fn start_real(
    name: &str,
    stack_bytes: Option<usize>,
    body: impl FnOnce() + Send + 'static,
) -> Result<thread::JoinHandle<()>, String> {
    const TRIES: u32 = 100;
    const PAUSE: Duration = Duration::from_millis(10);
    // A closure that could not be started is lost, so it is taken only when there is a thread.
    let body = Arc::new(Mutex::new(Some(body)));
    let mut tries = 0;
    loop {
        let body = Arc::clone(&body);
        let take = move || body.lock().unwrap_or_else(PoisonError::into_inner).take();
        let mut builder = thread::Builder::new().name(name.to_owned());
        if let Some(bytes) = stack_bytes {
            builder = builder.stack_size(bytes);
        }
        tries += 1;
        match builder.spawn(move || take().expect("it is started once")()) {
            Err(error) if error.kind() == ErrorKind::WouldBlock && tries < TRIES => {
                thread::sleep(PAUSE);
            }
            started => return started.map_err(|error| error.to_string()),
        }
    }
}

/// What a thread returns, or the panic that ended it.
pub type Packet<T> = Arc<Mutex<Option<thread::Result<T>>>>;

/// Starts a thread of the execution that `task` belongs to. Its result is in the packet when it has ended.
///
/// # Errors
/// When the system has no thread left.
///
/// # Safety
/// The thread has to end, and its result to be taken, before anything ends that `body` or its result borrow.
pub unsafe fn spawn<T: Send>(
    task: &Task,
    name: Option<String>,
    stack_bytes: Option<usize>,
    place: Place,
    body: impl FnOnce() -> T + Send,
) -> std::io::Result<(ThreadId, Packet<T>)> {
    let packet: Packet<T> = Arc::default();
    let result = Arc::clone(&packet);
    let body: Box<dyn FnOnce() + Send + '_> = Box::new(move || {
        let outcome = catch_unwind(AssertUnwindSafe(body));
        if let (Err(payload), Some(task)) = (&outcome, current()) {
            task.note_panic(&**payload);
        }
        *result.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
    });
    // SAFETY: only the lifetime differs, and the caller promises that it is long enough.
    let body = unsafe {
        std::mem::transmute::<Box<dyn FnOnce() + Send + '_>, Box<dyn FnOnce() + Send>>(body)
    };
    let id = task.run.start(name, stack_bytes, place, body).map_err(std::io::Error::other)?;
    let mut inner = task.inner();
    inner.note(task.me, Happening::Starts(id), Some(place), Switch::None);
    Ok((id, packet))
}

/// The first panic of the explorer itself.
static OWN_PANIC: OnceLock<String> = OnceLock::new();

/// Has the explorer itself panicked? It would look as if the scenario had.
pub(crate) fn own_panic() -> Option<String> {
    OWN_PANIC.get().cloned()
}

/// Panics of explored threads are events, and printed nowhere.
fn note_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        let own_folder = file!().trim_end_matches("scheduler.rs");
        std::panic::set_hook(Box::new(move |info| {
            if info.location().is_some_and(|at| at.file().starts_with(own_folder)) {
                let _ = OWN_PANIC.set(info.to_string());
            }
            if current().is_none() {
                return before(info);
            }
            let place = info.location().map(|at| (at.file().to_owned(), at.line()));
            // A destructor of a thread-local may panic, and catch it, when this one is gone.
            let _ = PANIC_PLACE.try_with(|newest| newest.set(place));
        }));
    });
}
