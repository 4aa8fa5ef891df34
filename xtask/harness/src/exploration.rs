//! Runs a scenario under many schedules, and says on the page what came of it.

use crate::Verdict;
use crate::page::Page;
use crate::report::Report;
use std::process::Command;

/// So many times longer than a test without an exploration may one with it take on the clock.
const PATIENCE: u32 = 6;

/// The environment variable that names the one schedule to run.
const REPLAY_VARIABLE: &str = "HARNESS_REPLAY";
/// The environment variable that says how many times as far as usual to go.
const THOROUGH_VARIABLE: &str = "HARNESS_THOROUGH";

/// Which schedules of a test are explored.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Schedules {
    /// As many as is usual.
    #[default]
    Usual,
    /// So many times as many.
    Times(u16),
    /// The one with this name.
    One(String),
}

impl Schedules {
    /// Tells it a test program that is about to be started, whatever this process was told.
    pub(crate) fn tell(&self, program: &mut Command) {
        program.env_remove(REPLAY_VARIABLE).env_remove(THOROUGH_VARIABLE);
        match self {
            Self::Usual => {}
            Self::Times(times) => _ = program.env(THOROUGH_VARIABLE, times.to_string()),
            Self::One(id) => _ = program.env(REPLAY_VARIABLE, id),
        }
    }

    /// How many times as long as a test without an exploration it may take.
    pub(crate) fn patience(&self) -> u32 {
        match self {
            Self::Usual | Self::One(_) => PATIENCE,
            Self::Times(times) => PATIENCE * u32::from(*times),
        }
    }

    /// What this test program was told.
    pub(crate) fn asked_for() -> Self {
        if let Ok(id) = std::env::var(REPLAY_VARIABLE) {
            return Self::One(id);
        }
        let times = std::env::var(THOROUGH_VARIABLE).ok().and_then(|times| times.parse().ok());
        times.filter(|times| *times > 0).map_or(Self::Usual, Self::Times)
    }
}

/// What an exploration found, as the keeper reads it from the page.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Found {
    /// No schedule that fails; which schedules were looked at, in words.
    Nothing(String),
    /// One that fails: a sentence, and the schedule, see `interleave`'s `encode`.
    Counterexample(String, String),
    /// It runs on and on without anything that another thread could notice.
    Endless(String),
    /// The explorer cannot follow the program; why.
    NotCheckable(String),
    /// The explorer is broken.
    Broken(String),
}

impl Found {
    #[cfg(feature = "explore")]
    fn write(&self, page: &Page) {
        let (name, sentence, rest) = match self {
            Self::Nothing(covered) => ("nothing", covered, ""),
            Self::Counterexample(sentence, schedule) => ("counterexample", sentence, &**schedule),
            Self::Endless(sentence) => ("endless", sentence, ""),
            Self::NotCheckable(why) => ("not-checkable", why, ""),
            Self::Broken(why) => ("broken", why, ""),
        };
        page.found.write(&format!("{name}\n{}\n{rest}", sentence.replace('\n', " ")));
    }

    pub(crate) fn read(page: &Page) -> Option<Self> {
        let text = page.found.read();
        let (name, rest) = text.split_once('\n')?;
        let (sentence, rest) = rest.split_once('\n')?;
        let sentence = sentence.to_owned();
        Some(match name {
            "nothing" => Self::Nothing(sentence),
            "counterexample" => Self::Counterexample(sentence, rest.to_owned()),
            "endless" => Self::Endless(sentence),
            "not-checkable" => Self::NotCheckable(sentence),
            _ => Self::Broken(sentence),
        })
    }

    /// The report, unless the test has passed.
    pub(crate) fn report(&self) -> Option<Report> {
        Some(match self.clone() {
            Self::Nothing(_) => return None,
            Self::Counterexample(sentence, schedule) => {
                Report { schedule: Some(schedule), ..Report::new(Verdict::Schedule, sentence) }
            }
            Self::Endless(sentence) => Report::new(Verdict::EndlessLoop, sentence),
            Self::NotCheckable(why) => Report::new(Verdict::NotCheckable, why),
            Self::Broken(why) => Report::not_checked(format!("the explorer itself failed: {why}")),
        })
    }
}

/// Runs the scenario once, on real threads.
#[cfg(not(feature = "explore"))]
pub(crate) fn run(scenario: impl Fn() + Send + Sync + 'static) {
    scenario();
}

#[cfg(feature = "explore")]
pub(crate) use explored::run;

#[cfg(feature = "explore")]
mod explored {
    use super::{Found, Schedules};
    use crate::evidence::Panic;
    use crate::report::Place;
    use crate::subject;
    use interleave::report::{Counterexample, Coverage, Exploration, Failure, Finding, Happening};
    use interleave::{Limits, explore, replay};
    use nix::sched::{CpuSet, sched_getcpu, sched_setaffinity};
    use nix::unistd::Pid;

    /// Explores the scenario. Ends the body when something was found.
    pub(crate) fn run(scenario: impl Fn() + Send + Sync + 'static) {
        stay_on_one_core();
        let exploration = match Schedules::asked_for() {
            Schedules::Usual => explore(Limits::default(), scenario),
            Schedules::Times(times) => explore(limits(times), scenario),
            Schedules::One(id) => run_one(&id, scenario),
        };
        let page = subject::page().expect("an exploration runs in a subject");
        let found = match exploration.finding {
            Finding::None(coverage) => Found::Nothing(covered(coverage, exploration.executions)),
            Finding::Counterexample(counterexample) => {
                if let Some(todo) = todo_in(&counterexample) {
                    subject::panic_again(todo);
                }
                Found::Counterexample(sentence(&counterexample), counterexample.encode())
            }
            Finding::Endless(sentence) => Found::Endless(sentence),
            Finding::NotCheckable(why) => Found::NotCheckable(why),
            Finding::Broken(why) => Found::Broken(why),
        };
        found.write(page);
        if !matches!(found, Found::Nothing(_)) {
            std::panic::resume_unwind(Box::new("see what was found"));
        }
    }

    /// So many times as far as usual.
    fn limits(times: u16) -> Limits {
        let limits = Limits::default();
        Limits {
            executions: limits.executions.saturating_mul(times.into()),
            switches: limits.switches + 1,
            ..limits
        }
    }

    /// Runs the schedule with this name. One that leads nowhere is of a program that was another one.
    fn run_one(id: &str, scenario: impl Fn() + Send + Sync + 'static) -> Exploration {
        let nowhere = |why: &str| {
            let why = format!("the schedule {id} can't be run: {why}");
            Exploration { finding: Finding::NotCheckable(why), executions: 0 }
        };
        match replay(Limits::default(), id, scenario) {
            Err(why) => nowhere(&why),
            Ok(Exploration { finding: Finding::NotCheckable(_), .. }) => {
                nowhere("the program takes other steps now")
            }
            Ok(exploration) => exploration,
        }
    }

    /// The turn goes from thread to thread: on one core it does so much faster.
    fn stay_on_one_core() {
        let mut core = CpuSet::new();
        if let Ok(current) = sched_getcpu()
            && core.set(current).is_ok()
        {
            let _ = sched_setaffinity(Pid::from_raw(0), &core);
        }
    }

    /// What is still to be written, if the scenario came to it.
    fn todo_in(counterexample: &Counterexample) -> Option<Panic> {
        let panics = counterexample.events.iter().filter_map(|event| match &event.happening {
            Happening::Panics(panic) => Some(Panic {
                place: panic.place.clone().map(|(file, line)| Place { file, line }),
                who: counterexample.threads[event.thread.0 as usize].clone(),
                message: panic.message.clone(),
            }),
            _ => None,
        });
        panics.into_iter().find(|panic| panic.task().is_some())
    }

    /// What went wrong, in a sentence.
    fn sentence(counterexample: &Counterexample) -> String {
        let what = match counterexample.failure {
            Failure::Deadlock => "a deadlock: no thread can go on".to_owned(),
            Failure::Endless => "it does not come to an end".to_owned(),
            // The first one: others may have panicked because of it.
            Failure::Panic => counterexample
                .events
                .iter()
                .find_map(|event| match &event.happening {
                    Happening::Panics(panic) => Some(one_line(&panic.message)),
                    _ => None,
                })
                .unwrap_or_default(),
        };
        match counterexample.forced {
            0 => what,
            1 => format!("{what} (in a schedule with one forced switch)"),
            several => format!("{what} (in a schedule with {several} forced switches)"),
        }
    }

    fn one_line(message: &str) -> String {
        message.lines().map(str::trim).collect::<Vec<_>>().join(", ")
    }

    fn covered(coverage: Coverage, executions: u32) -> String {
        let which = match coverage {
            Coverage::Everything => "no schedule of this scenario fails".to_owned(),
            Coverage::UpTo(0) => "no schedule without a forced switch fails".to_owned(),
            Coverage::UpTo(1) => "no schedule with up to one forced switch fails".to_owned(),
            Coverage::UpTo(several) => {
                format!("no schedule with up to {several} forced switches fails")
            }
            Coverage::Some => "none of the schedules that were looked at fails".to_owned(),
            Coverage::One => "this schedule does not fail".to_owned(),
        };
        match executions {
            1 => format!("{which} (1 execution)"),
            several => format!("{which} ({several} executions)"),
        }
    }
}
