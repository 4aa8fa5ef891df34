//! From a section to its verdicts: prepare, build, run, judge.

use crate::catalogue::Section;
use crate::compile::{self, Program};
use crate::judge::{Judged, JudgedTest, Outcome};
use crate::source::{self, Origin, Unfit};
use crate::{course, execute, test_file};
use harness::{Limits, Report};
use std::path::Path;

/// A section, with the program that has its tests, if it came to that.
#[derive(Clone)]
pub struct Built {
    pub section: Section,
    tests_edited: bool,
    program: Result<Program, Unfit>,
}

/// Builds the tests of a section. Tells `progress` what is going on.
pub fn build(
    section: Section,
    origin: &Origin,
    colour: bool,
    progress: &(dyn Fn(&str) + Sync),
) -> Built {
    let program = source::prepare(&section, origin)
        .and_then(|candidate| compile::compile(candidate, colour, progress));
    Built::new(section, program)
}

impl Built {
    /// The section, and what was built of it.
    pub fn new(section: Section, program: Result<Program, Unfit>) -> Self {
        // A file that can't be read is cargo's to tell of; one that was never accepted is `verify`'s.
        let tests_edited = test_file::state(&section) == Ok(test_file::State::Edited);
        Self { section, tests_edited, program }
    }

    /// The same with one of its tests alone, so many times.
    pub fn only(mut self, name: &str, times: u16) -> Self {
        self.section.tests.retain(|test| test.name == name);
        let each_time = std::iter::repeat_n(self.section.tests, times.into());
        self.section.tests = each_time.flatten().collect();
        self
    }
}

/// Runs the tests that were built, `jobs` at a time. Tells `progress` how many are done.
pub fn run(built: Built, limits: Limits, jobs: usize, progress: &dyn Fn(usize)) -> Judged {
    let Built { section, tests_edited, program } = built;
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
        Ok(Program { candidate, path, warnings }) => {
            let tests = &judged.section.tests;
            let reports = execute::execute(tests, &candidate, &path, limits, jobs, progress);
            let tests = tests.iter().cloned().zip(reports.into_iter().map(with_plain_path));
            let tests = tests.map(|(test, report)| JudgedTest { test, report }).collect();
            judged.left_out = candidate.left_out;
            judged.warnings = warnings;
            judged.workspace = candidate.workspace;
            Outcome::Ran(tests)
        }
    };
    judged
}

/// The same report, with a path that begins in the course and does not go up and down again.
fn with_plain_path(mut report: Report) -> Report {
    if let Some(place) = &mut report.place {
        place.file = course::shown(Path::new(&place.file));
        let mut parts: Vec<&str> = vec![];
        for part in place.file.split('/') {
            match (part, parts.last()) {
                ("..", Some(&last)) if last != ".." => drop(parts.pop()),
                _ => parts.push(part),
            }
        }
        place.file = parts.join("/");
    }
    report
}
