//! From a section to its verdicts: prepare, build, run, judge.

use crate::catalogue::{Section, Test};
use crate::compile::{self, Program};
use crate::execute::Manner;
use crate::judge::{Judged, JudgedTest, Outcome};
use crate::schedule::Schedule;
use crate::source::{self, Candidate, Origin, Unfit};
use crate::{course, execute, stage_source, test_file};
use harness::{Report, Verdict};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, LazyLock};
use std::thread::JoinHandle;

/// A section, with the answer to it, and what cargo makes of that.
#[derive(Clone)]
pub struct Built {
    pub section: Section,
    tests_edited: bool,
    candidate: Result<Candidate, Unfit>,
    /// The program that has its tests.
    plain: Later<Result<Program, Unfit>>,
    /// The same with the stand-ins, for the tests that are explored.
    explored: Later<Result<Program, Unfit>>,
}

/// What is there when somebody asks for it.
type Later<T> = Arc<LazyLock<T, Box<dyn FnOnce() -> T + Send>>>;

fn later<T>(make: impl FnOnce() -> T + Send + 'static) -> Later<T> {
    Arc::new(LazyLock::new(Box::new(make)))
}

/// Builds the tests of a section, and at the same time those that are explored. Tells `progress` what is going on.
pub fn build(
    section: Section,
    origin: &Origin,
    colour: bool,
    progress: &(dyn Fn(&str) + Sync),
) -> Built {
    let candidate = source::prepare(&section, origin);
    let built = Built::new(section, candidate);
    let Ok(candidate) = built.candidate.clone() else {
        return built;
    };
    // Apart from the other, as cargo lets nobody else into a target folder where it builds.
    let apart = Candidate { target: course::scratch().join("explored"), ..candidate.clone() };
    let explored = built.section.tests.iter().any(|test| test.explored).then(|| {
        let section = built.section.clone();
        std::thread::spawn(move || build_explored(&section, &apart))
    });
    let plain = compile::compile(candidate, colour, progress);
    // Also when nobody will ask for it: nothing is to go on after the verdict.
    let explored = match explored {
        Some(explored) if plain.is_ok() => later(|| joined(explored)),
        Some(explored) => {
            let explored = joined(explored);
            later(|| explored)
        }
        None => built.explored,
    };
    Built { plain: later(|| plain), explored, ..built }
}

fn joined<T>(builder: JoinHandle<T>) -> T {
    builder.join().expect("a builder that does not panic")
}

impl Built {
    /// The section with this answer. It is built when it is needed.
    pub fn new(section: Section, candidate: Result<Candidate, Unfit>) -> Self {
        // A file that can't be read is cargo's to tell of; one that was never accepted is `verify`'s.
        let tests_edited = test_file::state(&section) == Ok(test_file::State::Edited);
        let answer = candidate.clone();
        let plain = later(|| compile::compile(answer?, false, &|_| {}));
        let (of, answer) = (section.clone(), candidate.clone());
        let explored = later(move || build_explored(&of, &answer?));
        Self { section, tests_edited, candidate, plain, explored }
    }

    fn plain(&self) -> Result<&Program, Unfit> {
        let plain: &Result<Program, Unfit> = &self.plain;
        plain.as_ref().map_err(Unfit::clone)
    }

    /// The same with one of its tests alone, so many times.
    pub fn only(mut self, name: &str, times: u16) -> Self {
        self.section.tests.retain(|test| test.name == name);
        let each_time = std::iter::repeat_n(self.section.tests, times.into());
        self.section.tests = each_time.flatten().collect();
        self
    }
}

/// Runs the tests. Tells `progress` how many are done.
pub fn run(built: Built, manner: &Manner, progress: &(dyn Fn(usize) + Sync)) -> Judged {
    let mut warnings = vec![];
    let outcome = match run_tests(&built, manner, &mut warnings, progress) {
        Err(Unfit::Answer(errors)) => Outcome::DoesNotCompile(errors),
        Err(Unfit::Fault(fault)) => Outcome::NotChecked(fault),
        Ok(tests) => Outcome::Ran(tests),
    };
    let Built { section, tests_edited, candidate, .. } = built;
    let (left_out, workspace) = match candidate {
        Ok(candidate) => (candidate.left_out, candidate.workspace),
        Err(_) => (vec![], course::root()),
    };
    Judged { section, outcome, tests_edited, left_out, warnings, workspace }
}

/// Runs all tests of a section: the explored ones beside the others, as soon as their program is there. With their verdicts,
/// in the order of the tests.
fn run_tests(
    built: &Built,
    manner: &Manner,
    warnings: &mut Vec<String>,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Vec<JudgedTest>, Unfit> {
    let candidate = built.candidate.as_ref().map_err(Unfit::clone)?;
    let tests = built.section.tests.iter().cloned();
    let (explored, plain): (Vec<Test>, Vec<Test>) = tests.partition(|test| test.explored);
    let program = match plain.is_empty() {
        true => None,
        false => Some(built.plain()?),
    };
    warnings.extend(program.iter().flat_map(|program| program.warnings.clone()));
    let done = AtomicUsize::new(0);
    let one_more = || progress(done.fetch_add(1, Relaxed) + 1);
    let (plain, explored) = std::thread::scope(|scope| {
        let explored = scope.spawn(|| run_explored(built, &explored, manner, &one_more));
        let run = |program: &Program| execute::execute(&plain, program, manner, &one_more);
        let plain = program.map(run).unwrap_or_default();
        (plain, explored.join().expect("a runner that does not panic"))
    });
    let (mut plain, mut explored) = (plain.into_iter(), explored?.into_iter());
    let judged = built.section.tests.iter().filter_map(|test| {
        let report = if test.explored { explored.next() } else { plain.next() };
        Some(judged_test(test.clone(), report?, &candidate.workspace))
    });
    Ok(judged.collect())
}

/// The reports of the tests that are explored.
fn run_explored(
    built: &Built,
    tests: &[Test],
    manner: &Manner,
    one_more: &dyn Fn(),
) -> Result<Vec<Report>, Unfit> {
    if tests.is_empty() {
        return Ok(vec![]);
    }
    match &**built.explored {
        Ok(program) => {
            // Each of them keeps a core busy.
            let manner = Manner { jobs: manner.jobs.div_ceil(2), ..manner.clone() };
            Ok(execute::execute(tests, program, &manner, one_more))
        }
        Err(unfit) => {
            // Only if it compiles without them are the stand-ins to blame.
            built.plain()?;
            Ok(vec![unexplored(unfit); tests.len()])
        }
    }
}

/// Builds the same answer with the stand-ins.
fn build_explored(section: &Section, candidate: &Candidate) -> Result<Program, Unfit> {
    let candidate = stage_source::stage_explored(section, candidate)?;
    compile::compile(candidate, false, &|_| {})
}

/// The report of a test whose schedules can't be explored: the answer compiles, but not with the stand-ins.
fn unexplored(unfit: &Unfit) -> Report {
    let (verdict, message, details) = match unfit {
        Unfit::Answer(errors) => (
            Verdict::NotCheckable,
            "it uses something whose schedules cannot be explored".to_owned(),
            errors.iter().take(3).map(|error| error.trim_end().to_owned()).collect(),
        ),
        Unfit::Fault(fault) => (Verdict::NotChecked, fault.to_string(), vec![]),
    };
    Report::without_run(verdict, message, details)
}

/// The test with its verdict; all its places are told as people know them.
fn judged_test(test: Test, mut report: Report, workspace: &Path) -> JudgedTest {
    if let Some(place) = &mut report.place {
        place.file = course::plain(&place.file, workspace);
    }
    let schedule = report.schedule.as_deref().map(|text| Schedule::read(text, workspace));
    JudgedTest { test, report, schedule }
}
