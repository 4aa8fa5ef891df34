//! One section of one submission, judged: the smallest thing that is done, remembered, and not done again.

use crate::busy::Busy;
use crate::disk;
use crate::jail::{self, Jail, Toolchain};
use crate::record::{Outcome, TestResult};
use harness::{Limits, Schedules, Verdict};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::RwLock;
use std::time::Duration;
use xtask::catalogue::Section;
use xtask::course;
use xtask::examine::{self, Built};
use xtask::execute::Manner;
use xtask::fault::Fault;
use xtask::judge::{self, JudgedTest};
use xtask::show::picture;
use xtask::source::{self, Candidate, Unfit};
use xtask::stage_source::{self, Staged};

/// How long a compiler that does nothing is waited for. One that works is stopped by its processor time.
const PATIENCE: Duration = Duration::from_secs(120);
/// What is kept of what rustc says, of what a test printed, and of each line that it is told in.
const MESSAGE_BYTES: usize = 16 << 10;
const OUTPUT_BYTES: usize = 2 << 10;
const LINE_BYTES: usize = 1 << 10;
/// More lanes are on no machine.
const MOST_LANES: usize = 1024;
/// How many tests of a lane run at once: much of a test is waiting.
const TESTS_AT_ONCE: usize = 2;
/// How many lines of details are kept.
const DETAILS: usize = 20;

/// How all units of a run are judged.
#[derive(Clone, Copy)]
pub struct Terms<'a> {
    /// How submissions are held in.
    pub jail: &'a Jail,
    /// What builds them.
    pub toolchain: &'a Toolchain,
    /// When a test is stopped.
    pub deadline: Duration,
    /// Held by everybody who builds or tests, and by one alone who repeats a test.
    pub turn: &'a RwLock<()>,
}

/// Where units are judged one after the other: a target folder and a place to stage, which no other lane uses, of
/// this run or of another one.
pub struct Lane<'a> {
    terms: Terms<'a>,
    number: usize,
    /// Locked as long as the lane is there.
    _claim: File,
}

impl<'a> Lane<'a> {
    /// The first lane that is free.
    ///
    /// # Errors
    /// Why none can be had.
    pub fn claim(terms: Terms<'a>) -> Result<Self, Fault> {
        let folder = course::scratch();
        let failed = |error: std::io::Error| {
            Fault::new(format!("can't write to {}: {error}", folder.display()))
        };
        fs::create_dir_all(&folder).map_err(failed)?;
        for number in 0..MOST_LANES {
            let claim =
                File::create(folder.join(format!("class-{number}.lock"))).map_err(failed)?;
            match claim.try_lock() {
                Ok(()) => return Ok(Self { terms, number, _claim: claim }),
                Err(fs::TryLockError::WouldBlock) => {}
                Err(fs::TryLockError::Error(error)) => return Err(failed(error)),
            }
        }
        Err(Fault::new(format!("{MOST_LANES} lanes are at work already"))
            .next("Wait for the other runs."))
    }

    fn place(&self) -> String {
        format!("class-{}", self.number)
    }

    fn target(&self) -> PathBuf {
        course::scratch().join(self.place())
    }

    /// Builds these files with the section's tests, held in, and runs the tests. Blocks until all is done.
    pub fn judge(&self, section: &Section, files: Vec<Staged>) -> Outcome {
        if !files.iter().any(|staged| staged.file == Path::new("src/lib.rs")) {
            let message = "there is no src/lib.rs, or it was left out".into();
            return Outcome::DoesNotCompile { message };
        }
        let together = self.terms.turn.read();
        let busy = Busy::begin();
        let built = Built::new(section.clone(), self.stage(section, files));
        let manner = Manner {
            limits: Limits { deadline: self.terms.deadline, ..Limits::default() },
            jobs: TESTS_AT_ONCE,
            schedules: Schedules::Usual,
        };
        let judged = examine::run(built.clone(), &manner, &|_| {});
        let was_busy = busy.end();
        drop(together);
        if is_of_build(&judged.outcome)
            && let Some(message) = disk::too_full(&self.target())
        {
            return Outcome::NotChecked { message };
        }
        match judged.outcome {
            judge::Outcome::DoesNotCompile(errors) => Outcome::DoesNotCompile {
                message: cut(&of_student(&errors.join("\n")), MESSAGE_BYTES),
            },
            judge::Outcome::NotChecked(fault) => {
                Outcome::NotChecked { message: cut(&fault.to_string(), MESSAGE_BYTES) }
            }
            judge::Outcome::Ran(tests) => {
                // One wait for all of them: another lane may be with a compiler that takes long.
                let any_doubtful = tests.iter().any(|test| is_doubtful(test, was_busy));
                let _alone = any_doubtful.then(|| self.terms.turn.write());
                let confirmed = tests.into_iter().map(|test| match is_doubtful(&test, was_busy) {
                    false => result(&test, None),
                    true => confirm(&built, &manner, &test),
                });
                Outcome::Ran { tests: confirmed.collect() }
            }
        }
    }

    fn stage(&self, section: &Section, files: Vec<Staged>) -> Result<Candidate, Unfit> {
        let candidate = stage_source::stage(section, &self.place(), files)?;
        let target = self.target();
        // Nothing else of the lane: in other sections there may still be other people's answers.
        let places = [self.place(), self.place() + "/explored"];
        let staged = places.map(|it| stage_source::staged(&it).join(section.folder_name()));
        // What bubblewrap is to bind must be there.
        for folder in staged.iter().chain([&target]) {
            fs::create_dir_all(folder).map_err(|error| {
                Fault::new(format!("can't write to {}: {error}", folder.display()))
            })?;
        }
        let confinement =
            jail::confinement(self.terms.jail, self.terms.toolchain, &staged, &target, PATIENCE);
        source::checked(Candidate { target, confinement, ..candidate })
    }
}

/// Runs a test once more, while nothing else is going on. That verdict counts.
fn confirm(built: &Built, manner: &Manner, before: &JudgedTest) -> TestResult {
    let again = examine::run(built.clone().only(&before.test.name, 1), manner, &|_| {});
    match again.tests().first() {
        Some(test) => result(test, Some(before.report.verdict)),
        None => result(before, None),
    }
}

/// Has a build failed, of the answer or of what its schedules are explored with? A full disk lets compilers and linkers
/// die in many ways, and none of them is the answer's.
fn is_of_build(outcome: &judge::Outcome) -> bool {
    match outcome {
        judge::Outcome::DoesNotCompile(_) => true,
        judge::Outcome::NotChecked(_) => false,
        judge::Outcome::Ran(tests) => {
            tests.iter().any(|test| test.report.verdict == Verdict::NotCheckable)
        }
    }
}

/// Could a busy machine have had a part in this verdict? Not where it is decided by counts, or by the text of the answer.
fn is_doubtful(test: &JudgedTest, was_busy: bool) -> bool {
    match test.report.verdict {
        Verdict::NotChecked => true,
        Verdict::Failed
        | Verdict::Panicked
        | Verdict::Deadlock
        | Verdict::EndlessLoop
        | Verdict::Crashed
        | Verdict::LeftBehind => was_busy,
        _ => false,
    }
}

fn result(test: &JudgedTest, before: Option<Verdict>) -> TestResult {
    let report = &test.report;
    let short = |text: &Option<String>| text.as_deref().map(|text| cut(text, LINE_BYTES));
    let drawn = test.schedule.as_ref().and_then(|read| read.as_ref().ok());
    TestResult {
        name: test.test.name.clone(),
        verdict: report.verdict.name().into(),
        points: test.points(),
        message: cut(&report.message, LINE_BYTES),
        expected: short(&report.expected),
        actual: short(&report.actual),
        file: report.place.as_ref().map(|place| cut(&of_student(&place.file), LINE_BYTES)),
        line: report.place.as_ref().map(|place| place.line),
        details: lasting(report.verdict, &report.details),
        output: cut(&report.output, OUTPUT_BYTES),
        picture: drawn.map(|schedule| picture::svg(&test.test.name, schedule)),
        first: before.filter(|before| *before != report.verdict).map(|it| it.name().into()),
    }
}

/// The details that are the same each time. Who was seen where in an endless loop, and who panicked beside the test, is not;
/// and neither are the numbers of processes and threads.
fn lasting(verdict: Verdict, details: &[String]) -> Vec<String> {
    if !matches!(verdict, Verdict::Deadlock | Verdict::LeftBehind | Verdict::NotCheckable) {
        return vec![];
    }
    let lines = details.iter().filter(|line| !line.contains(" panicked"));
    let lines: BTreeSet<String> = lines.map(|line| without_numbers(line)).collect();
    lines.into_iter().take(DETAILS).map(|line| cut(&of_student(&line), LINE_BYTES)).collect()
}

/// `process 7` is `process`.
fn without_numbers(line: &str) -> String {
    let mut kept = String::new();
    for word in line.split(' ') {
        let counted = kept.ends_with("process") || kept.ends_with("thread");
        let rest = word.trim_start_matches(|c: char| c.is_ascii_digit());
        if counted && rest.len() < word.len() {
            // What stands behind the number belongs to the word before it now.
            kept.push_str(rest);
        } else {
            kept.push_str(if kept.is_empty() { "" } else { " " });
            kept.push_str(word);
        }
    }
    kept
}

/// Paths as the student knows them, not as they are staged.
fn of_student(text: &str) -> String {
    text.replace("class/src/", "src/")
}

/// The text, up to so many bytes, and whether there was more.
fn cut(text: &str, most: usize) -> String {
    match text.len() > most {
        false => text.to_owned(),
        true => {
            let end = text.floor_char_boundary(most);
            format!("{}\n… and {} more bytes", &text[..end], text.len() - end)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_of_processes_and_threads_do_not_count() {
        let line = "process 3, thread 12 (test): waits in read(), for 4 bytes";
        assert_eq!(without_numbers(line), "process, thread (test): waits in read(), for 4 bytes");
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(cut("häh", 10), "häh");
        assert_eq!(cut("häh", 2), "h\n… and 3 more bytes");
    }
}
