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
use std::sync::{Arc, LazyLock};

/// A section, with the program that has its tests, if it came to that.
#[derive(Clone)]
pub struct Built {
    pub section: Section,
    tests_edited: bool,
    program: Result<Program, Unfit>,
    /// The program in which its tests are explored.
    explored: Arc<Later<Result<Program, Unfit>>>,
}

/// What is there when somebody asks for it.
type Later<T> = LazyLock<T, Box<dyn FnOnce() -> T + Send>>;

/// Builds the tests of a section, and at the same time those that are explored. Tells `progress` what is going on.
pub fn build(
    section: Section,
    origin: &Origin,
    colour: bool,
    progress: &(dyn Fn(&str) + Sync),
) -> Built {
    let candidate = match source::prepare(&section, origin) {
        Ok(candidate) => candidate,
        Err(unfit) => return Built::new(section, Err(unfit)),
    };
    // Apart from the others, as cargo lets nobody else into a target folder where it builds.
    let apart = Candidate { target: course::scratch().join("explored"), ..candidate.clone() };
    let explored = section.tests.iter().any(|test| test.explored).then(|| {
        let section = section.clone();
        std::thread::spawn(move || build_explored(&section, &apart))
    });
    let mut built = Built::new(section, compile::compile(candidate, colour, progress));
    if let Some(explored) = explored {
        let join = || explored.join().expect("a builder that does not panic");
        match built.program {
            Ok(_) => built.explored = Arc::new(Later::new(Box::new(join))),
            // Nobody will ask for it, and nothing is to go on after the verdict.
            Err(_) => drop(join()),
        }
    }
    built
}

impl Built {
    /// The section, and what was built of it. The program of its explored tests is built when it is needed.
    pub fn new(section: Section, program: Result<Program, Unfit>) -> Self {
        // A file that can't be read is cargo's to tell of; one that was never accepted is `verify`'s.
        let tests_edited = test_file::state(&section) == Ok(test_file::State::Edited);
        let (of, from) = (section.clone(), program.clone());
        let explored = move || build_explored(&of, &from?.candidate);
        let explored = Arc::new(Later::new(Box::new(explored)));
        Self { section, tests_edited, program, explored }
    }

    /// The same with one of its tests alone, so many times.
    pub fn only(mut self, name: &str, times: u16) -> Self {
        self.section.tests.retain(|test| test.name == name);
        let each_time = std::iter::repeat_n(self.section.tests, times.into());
        self.section.tests = each_time.flatten().collect();
        self
    }
}

/// Runs the tests that were built. Tells `progress` how many are done.
pub fn run(built: Built, manner: &Manner, progress: &dyn Fn(usize)) -> Judged {
    let Built { section, tests_edited, program, explored } = built;
    let mut judged = Judged {
        outcome: Outcome::Ran(vec![]),
        tests_edited,
        left_out: vec![],
        warnings: vec![],
        workspace: course::root(),
        section,
    };
    judged.outcome = match program {
        Err(Unfit::Answer(errors)) => Outcome::DoesNotCompile(errors),
        Err(Unfit::Fault(fault)) => Outcome::NotChecked(fault),
        Ok(program) => {
            let reports = run_tests(&judged.section, &program, &explored, manner, progress);
            let tests = judged.section.tests.iter().cloned().zip(reports);
            let Program { candidate, warnings, .. } = program;
            let workspace = &candidate.workspace;
            let tests = tests.map(|(test, report)| judged_test(test, report, workspace)).collect();
            judged.left_out = candidate.left_out;
            judged.warnings = warnings;
            judged.workspace = candidate.workspace;
            Outcome::Ran(tests)
        }
    };
    judged
}

/// Runs all tests of a section; the explored ones as soon as their program is built. Their reports in the order of the
/// tests.
fn run_tests(
    section: &Section,
    program: &Program,
    explored_program: &Later<Result<Program, Unfit>>,
    manner: &Manner,
    progress: &dyn Fn(usize),
) -> Vec<Report> {
    let split = |explored| {
        section.tests.iter().filter(move |test| test.explored == explored).cloned().collect()
    };
    let (plain, explored): (Vec<Test>, Vec<Test>) = (split(false), split(true));
    let (plain, explored) = std::thread::scope(|scope| {
        let second = scope.spawn(|| (!explored.is_empty()).then(|| &**explored_program));
        let plain = execute::execute(&plain, &program.candidate, &program.path, manner, progress);
        let reports = match second.join().expect("a builder that does not panic") {
            None => vec![],
            Some(Ok(program)) => {
                // Each of them keeps a core busy.
                let manner = Manner { jobs: manner.jobs.div_ceil(2), ..manner.clone() };
                let progress = |done: usize| progress(plain.len() + done);
                let (candidate, path) = (&program.candidate, &program.path);
                execute::execute(&explored, candidate, path, &manner, &progress)
            }
            Some(Err(unfit)) => vec![unexplored(unfit); explored.len()],
        };
        (plain, reports)
    });
    let (mut plain, mut explored) = (plain.into_iter(), explored.into_iter());
    let next = |test: &Test| if test.explored { explored.next() } else { plain.next() };
    section.tests.iter().filter_map(next).collect()
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
