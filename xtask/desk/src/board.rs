//! Where a scene stands after some choices: each thread, what it holds, what it can do or waits for.

use harness::Place;
use interleave::Limits;
use interleave::operation::Way;
use interleave::report::{Choice, Standing};
use xtask::course;
use xtask::fault::Fault;
use xtask::schedule::{Event, Failure, Outcome, Schedule, Story, Switch, Waiting, What};
use xtask::show::schedule::lanes;
use xtask::show::schedule::words::Words;
use xtask::words;

/// A scene takes a few dozen steps, or has gone wrong.
pub const LIMITS: Limits = Limits { executions: 20_000, steps: 500, switches: 2 };

/// A moment of a scene.
#[derive(Clone, Debug)]
pub struct Board {
    /// What was chosen so far.
    pub choices: Vec<usize>,
    pub standing: Standing,
    pub schedule: Schedule,
}

/// What a thread could do next.
#[derive(Clone, Debug)]
pub struct Turn {
    /// The number of the choice.
    pub choice: usize,
    pub thread: usize,
    pub text: String,
}

impl Board {
    /// The program after these choices. They are made anew from the beginning: a few milliseconds.
    ///
    /// # Errors
    /// One of the choices is not there.
    pub fn at(program: fn(), choices: Vec<usize>) -> Result<Self, Fault> {
        let mut choices = choices.into_iter();
        Self::led(program, move |_| choices.next())
    }

    /// The program where `choose` stops it: it is given how many choices there are, and says which one is made.
    ///
    /// # Errors
    /// One of the choices is not there.
    pub fn led(
        program: fn(),
        choose: impl FnMut(usize) -> Option<usize> + Send + 'static,
    ) -> Result<Self, Fault> {
        let position = interleave::lead(LIMITS, choose, program).map_err(Fault::new)?;
        let schedule = read(&position.encode())?;
        Ok(Self { choices: position.choices, standing: position.standing, schedule })
    }

    /// Did it end, and how did it fail if it did?
    pub fn end(&self) -> Option<Option<Failure>> {
        matches!(self.standing, Standing::Over(_)).then_some(self.schedule.failure)
    }

    /// All that can be done next, in the order of the threads.
    pub fn turns(&self) -> Vec<Turn> {
        let Standing::Open(choices) = &self.standing else { return vec![] };
        let turn = |(choice, next): (usize, &Choice)| {
            let thread = next.thread.0 as usize;
            let text = self.foretold(self.schedule.waiting_thread(thread)?, next.way);
            Some(Turn { choice, thread, text })
        };
        let mut turns: Vec<Turn> = choices.iter().enumerate().filter_map(turn).collect();
        turns.sort_by_key(|turn| (turn.thread, turn.choice));
        turns
    }

    /// What the thread does if it goes on now: told as if it had happened.
    fn foretold(&self, waiting: &Waiting, way: Way) -> String {
        let other = match way {
            Way::Choose(thread) if waiting.what == What::NotifyOne => Some(thread as usize),
            _ => waiting.waits_for.first().copied(),
        };
        let (outcome, switch) = match way {
            Way::Timeout => (Outcome::TimedOut, Switch::Timeout),
            _ => (Outcome::Done, Switch::None),
        };
        let mut schedule = self.schedule.clone();
        schedule.events.push(Event {
            thread: waiting.thread,
            switch,
            place: None,
            what: waiting.what,
            outcome,
            objects: waiting.objects.clone(),
            other,
            value: String::new(),
        });
        let story = Story::of(&schedule);
        let text = Words { schedule: &schedule, story: &story }.step(schedule.events.len() - 1);
        // What it reads or writes is seen when it does.
        text.trim_end_matches([':', ' ']).to_owned()
    }

    /// The lanes so far. Only who can't go on is said to wait.
    pub fn lanes(&self, columns: usize) -> String {
        let turns = self.turns();
        let mut schedule = self.schedule.clone();
        schedule.waiting.retain(|waiting| !turns.iter().any(|turn| turn.thread == waiting.thread));
        lanes(&schedule, columns)
    }

    /// The line at which the thread is; `None` when it has ended.
    pub fn place(&self, thread: usize) -> Option<&Place> {
        self.schedule.waiting_thread(thread).map(|waiting| &waiting.place)
    }

    /// The names of the locks in this thread's hand.
    pub fn held(&self, thread: usize) -> Vec<String> {
        let story = Story::of(&self.schedule);
        let held = story.held_at_end(thread).iter();
        held.map(|&lock| self.schedule.objects[lock].name.clone()).collect()
    }

    /// Why the thread can't go on.
    pub fn obstacle(&self, thread: usize) -> String {
        let Some(waiting) = self.schedule.waiting_thread(thread) else {
            return words!("has ended", "a terminé");
        };
        let story = Story::of(&self.schedule);
        match waiting.what.waits() || waiting.what == What::WakeNotified {
            true => Words { schedule: &self.schedule, story: &story }.clause(waiting),
            // It looks again and again at the same thing.
            false => words!("lets the others go first", "laisse passer les autres"),
        }
    }

    /// What happened since there were so many events, in few words.
    pub fn news(&self, since: usize) -> Vec<String> {
        let story = Story::of(&self.schedule);
        let words = Words { schedule: &self.schedule, story: &story };
        let told = |index: &usize| {
            !matches!(self.schedule.events[*index].what, What::Begin | What::Start | What::Join)
        };
        // What comes after the panic is of no interest.
        let panic = self.schedule.events.iter().position(|event| event.what == What::Panic);
        let end = panic.map_or(self.schedule.events.len(), |panic| panic + 1);
        let all = (since..end).filter(told);
        all.map(|index| {
            let who = &self.schedule.threads[self.schedule.events[index].thread];
            format!("{who} {}", words.step(index))
        })
        .collect()
    }
}

/// A schedule of a scene. Its threads are called A, B, C, in the order of their starts.
///
/// # Errors
/// It is not understood.
pub fn read(text: &str) -> Result<Schedule, Fault> {
    let mut schedule = Schedule::read(text, &course::root()).map_err(Fault::new)?;
    for (index, name) in schedule.threads.iter_mut().enumerate().skip(1) {
        *name = letter(index).to_uppercase().to_string();
    }
    Ok(schedule)
}

/// The key of a thread; the main thread has `m`.
pub fn letter(thread: usize) -> char {
    match thread.checked_sub(1).and_then(|index| u8::try_from(index).ok()) {
        None => 'm',
        Some(index) => char::from(b'a' + index.min(6)),
    }
}
