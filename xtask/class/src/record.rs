//! What is said of a class. Every report is made from this and from nothing else; as JSON it is `grades.json`.
//!
//! Version 1: fields may be added, and never change their meaning. There are no times of day and no durations in it: two
//! runs over the same submissions write the same bytes. All text of submissions in it is raw: whoever writes it
//! somewhere escapes it there.

use serde::{Deserialize, Serialize};

/// The version of the form.
pub const VERSION: u32 = 1;

/// A class, graded.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Class {
    /// [`VERSION`].
    pub version: u32,
    /// A digest of what decides verdicts: tests, checker, lock file.
    pub course: String,
    /// What `rustc --version` says.
    pub toolchain: String,
    /// What held the submissions in, in words.
    pub containment: String,
    /// The sections that were graded, by number.
    pub sections: Vec<Section>,
    /// The students, by name.
    pub students: Vec<Student>,
    /// Submissions that have much in common, the most first.
    pub alike: Vec<Alike>,
}

/// A section, as far as reports need it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Section {
    /// Its place in the course, from 1.
    pub number: u32,
    /// The name of its package.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// The points that can be had.
    pub points: u32,
    /// Its tests, in their order.
    pub tests: Vec<Test>,
}

/// A test of a section.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Test {
    /// Stage and name, as in `robust::a_child_dies`.
    pub name: String,
    /// What it is worth; 0 for the optional ones.
    pub points: u32,
    /// What it wants, and why.
    pub why: String,
}

/// A student, and what became of the submission.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Student {
    /// What the student is called: in any script, and only different from the others' by what `entry` says.
    pub name: String,
    /// The file or folder that was handed in: unique in the class.
    pub entry: String,
    /// Why nothing could be taken from it at all: an archive that is broken, say.
    pub trouble: Option<String>,
    /// What was not taken, and why, in words.
    pub left_out: Vec<String>,
    /// One for each of the class's sections, in their order; none when there is `trouble`.
    pub results: Vec<SectionResult>,
    /// What a teacher should look at.
    pub suspicions: Vec<Suspicion>,
}

/// What became of a section in a submission.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct SectionResult {
    /// The section's name.
    pub section: String,
    /// The files that were taken, as in `src/lib.rs`.
    pub files: Vec<String>,
    /// The points it is worth.
    pub points: u32,
    /// How far it came.
    pub outcome: Outcome,
}

/// How far a section came.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Outcome {
    /// There is nothing of it in the submission.
    NotHandedIn,
    /// rustc refuses it, with these words.
    DoesNotCompile {
        /// What rustc says.
        message: String,
    },
    /// Its tests ran.
    Ran {
        /// One for each test of the section, in their order.
        tests: Vec<TestResult>,
    },
    /// The checker is at fault, or the machine: no fault of the student's. It is done again by the next run.
    NotChecked {
        /// What went wrong.
        message: String,
    },
}

/// What became of a test.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct TestResult {
    /// Stage and name.
    pub name: String,
    /// `passed`, `failed`, `deadlock`, …: the names of `harness::Verdict`.
    pub verdict: String,
    /// The points it is worth.
    pub points: u32,
    /// Why, in a sentence.
    pub message: String,
    /// What was expected, and what came in its place, where the test compared.
    pub expected: Option<String>,
    /// See `expected`.
    pub actual: Option<String>,
    /// Where it happened: a file of the submission or of the tests.
    pub file: Option<String>,
    /// See `file`.
    pub line: Option<u32>,
    /// More, a line each.
    pub details: Vec<String>,
    /// What it printed.
    pub output: String,
    /// The schedule under which it fails, as SVG.
    pub picture: Option<String>,
    /// The verdict before, when the machine was busy, and this one came when the test ran again alone.
    pub first: Option<String>,
}

/// Something in a submission that a teacher should look at.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Suspicion {
    /// The section's name.
    pub section: String,
    /// The file, as in `src/lib.rs`.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// What is there, as in `#[no_mangle]`.
    pub what: String,
    /// What it could be for, in a sentence.
    pub why: String,
}

/// Two submissions of a section that have much in common, the course's own text aside.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Alike {
    /// The section's name.
    pub section: String,
    /// The entries of the two, by name.
    pub entries: [String; 2],
    /// How much of the smaller one is in the other, in percent; 100 for the same.
    pub percent: u32,
    /// Lines of the first and of the second that correspond: file, first line, last line of each.
    pub places: Vec<[Place; 2]>,
}

/// A piece of a file.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Place {
    /// The file, as in `src/lib.rs`.
    pub file: String,
    /// The first line, from 1.
    pub first: u32,
    /// The last line.
    pub last: u32,
}

impl Student {
    /// The points of all sections.
    pub fn points(&self) -> u32 {
        self.results.iter().map(|result| result.points).sum()
    }
}

impl Class {
    /// Was all of it checked? Otherwise it is to be run again.
    pub fn is_whole(&self) -> bool {
        let results = self.students.iter().flat_map(|student| &student.results);
        results.map(|result| &result.outcome).all(Outcome::is_checked)
    }
}

impl Outcome {
    /// Is this what the answer deserves, and no fault of the checker's?
    pub fn is_checked(&self) -> bool {
        match self {
            Self::NotChecked { .. } => false,
            Self::Ran { tests } => tests.iter().all(|test| test.verdict != "not-checked"),
            _ => true,
        }
    }
}
