//! What was observed, and what it is worth. Nothing is decided after this, and nothing printed before.

use crate::catalogue::{Section, Stage, Test};
use crate::fault::Fault;
use crate::schedule::Schedule;
use harness::{Report, Verdict};
use std::path::PathBuf;

/// A section with its verdicts.
#[derive(Debug)]
pub struct Judged {
    pub section: Section,
    pub outcome: Outcome,
    /// The test file is not the course's, so no verdict counts.
    pub tests_edited: bool,
    /// What of the answer was not taken, in words.
    pub left_out: Vec<String>,
    pub warnings: Vec<String>,
    /// The folder from which the places in the reports are told.
    pub workspace: PathBuf,
}

/// How far the answer came.
#[derive(Debug)]
pub enum Outcome {
    /// Its tests ran.
    Ran(Vec<JudgedTest>),
    /// What is wrong with its text, as it is to be printed.
    DoesNotCompile(Vec<String>),
    /// The checker or its use is at fault.
    NotChecked(Fault),
}

/// A test with its verdict.
#[derive(Debug)]
pub struct JudgedTest {
    pub test: Test,
    pub report: Report,
    /// The schedule under which it fails; or why the one in the report can't be read.
    pub schedule: Option<Result<Schedule, String>>,
}

/// What a section, or all of them together, comes to.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Standing {
    /// Every test that counts has passed.
    Passed,
    /// Something has not.
    Failed,
    /// Something could not be checked: the checker or its use is at fault.
    NotChecked,
}

impl JudgedTest {
    pub fn passed(&self) -> bool {
        self.report.verdict == Verdict::Passed
    }

    pub fn points(&self) -> u32 {
        if self.passed() { self.test.points } else { 0 }
    }

    /// Does the section depend on it?
    pub fn counts(&self) -> bool {
        self.test.stage != Stage::Further
    }
}

impl Judged {
    pub fn standing(&self) -> Standing {
        match &self.outcome {
            Outcome::NotChecked(_) => Standing::NotChecked,
            _ if self.tests_edited => Standing::NotChecked,
            Outcome::DoesNotCompile(_) => Standing::Failed,
            Outcome::Ran(tests) => {
                let of_test = |test: &JudgedTest| match test.report.verdict {
                    Verdict::Passed => Standing::Passed,
                    Verdict::NotChecked => Standing::NotChecked,
                    _ => Standing::Failed,
                };
                let counted = tests.iter().filter(|test| test.counts());
                counted.map(of_test).max().unwrap_or(Standing::NotChecked)
            }
        }
    }

    /// The tests that ran; none when it came to nothing.
    pub fn tests(&self) -> &[JudgedTest] {
        match &self.outcome {
            Outcome::Ran(tests) => tests,
            _ => &[],
        }
    }

    pub fn points(&self) -> u32 {
        self.tests().iter().map(JudgedTest::points).sum()
    }
}
