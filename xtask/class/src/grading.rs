//! `check --class`: plan what is to be done, let lanes do it, and put the record together.

use crate::alike::{self, Author};
use crate::done::{self, Key};
use crate::inspect::{self, Allowance};
use crate::intake::{self, Submission, Trouble};
use crate::interrupt;
use crate::jail::{Jail, Toolchain};
use crate::record::{self, Class, Outcome, SectionResult, Student, Suspicion, TestResult};
use crate::reports;
use crate::unit::{Lane, Terms};
use crate::weights::Weights;
use anstream::{print, println};
use harness::Verdict;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{RwLock, mpsc};
use std::time::{Duration, Instant};
use xtask::catalogue::{self, Section, Test};
use xtask::check;
use xtask::course;
use xtask::execute;
use xtask::fault::Fault;
use xtask::show::live::Live;
use xtask::show::text;
use xtask::stage_source::{self, Staged};
use xtask::test_file;

/// Larger answers to a section are not compared with others: all that are compared are in memory together.
const COMPARED_BYTES: usize = 64 << 10;

/// What a whole run knows.
struct Run {
    sections: Vec<Section>,
    jail: Jail,
    toolchain: Toolchain,
    /// Stands for all that answers are judged by.
    course: String,
    deadline: Duration,
    lanes: usize,
}

/// What is known of a submission once it was looked at: its texts are read again when they are judged.
struct Planned {
    path: PathBuf,
    student: Student,
    /// For each section of the class, what it hands in, if anything.
    units: Vec<Option<Key>>,
    /// The texts to be compared with those of others.
    texts: Vec<Vec<Staged>>,
}

/// Grades all entries of a folder, and writes the reports.
///
/// # Errors
/// What keeps the whole from being done. What is wrong with one submission is in its report.
pub fn class(folder: &Path, arguments: &check::Arguments) -> Result<ExitCode, Fault> {
    let run = Run::new(arguments)?;
    let mut entries = intake::entries(folder)?;
    reports::claim(arguments.class.report())?;
    if let Some(shard) = arguments.class.shard {
        let (number, count) = (shard.number as usize - 1, shard.count as usize);
        entries = entries.into_iter().skip(number).step_by(count).collect();
    }
    println!(
        "{} of {}, held in by {}",
        text::count(entries.len(), "submission"),
        course::shown(folder),
        run.jail.words()
    );
    interrupt::say("Stopped. What is done is kept: the same command goes on from here.");
    let live = Live::default();
    let planned = run.look_at(&entries, &live);
    let outcomes = run.judge(&planned, arguments.class.fresh, &live)?;
    let class = run.record(planned, &outcomes, &live);
    reports::write(&class, arguments.class.report())?;
    live.clear();
    print!("{}", reports::table(&class));
    println!("\n  {} has all of it.", arguments.class.report().join("index.html").display());
    if class.is_whole() {
        return Ok(ExitCode::SUCCESS);
    }
    println!(
        "  Not everything could be checked. Give the same command again: it does only what is missing."
    );
    Ok(ExitCode::from(2))
}

/// Grades one submission, and writes the file that a platform wants to read: whole or not at all, and never on standard
/// output, where something else could be printed in its midst.
///
/// # Errors
/// What keeps it from being done.
pub fn one(folder: &Path, arguments: &check::Arguments) -> Result<ExitCode, Fault> {
    let run = Run::new(arguments)?;
    let report = arguments.class.report();
    std::fs::create_dir_all(report)
        .map_err(|error| Fault::new(format!("can't make {}: {error}", report.display())))?;
    let live = Live::default();
    let planned = run.look_at(&[folder.to_owned()], &live);
    let outcomes = run.judge(&planned, arguments.class.fresh, &live)?;
    let class = run.record(planned, &outcomes, &live);
    live.clear();
    let (name, text) = match arguments.format {
        check::Format::Gradescope => ("results.json", reports::gradescope(&class)?),
        _ => ("result.txt", reports::github_classroom(&class)?),
    };
    let file = report.join(name);
    reports::write_file(&file, &text)?;
    print!("{}", reports::table(&class));
    println!("\n  {} has it.", file.display());
    Ok(ExitCode::from(if class.is_whole() { 0 } else { 2 }))
}

impl Run {
    fn new(arguments: &check::Arguments) -> Result<Self, Fault> {
        let jail = if arguments.class.unsafe_no_sandbox { Jail::None } else { Jail::find()? };
        let toolchain = Toolchain::find()?;
        let deadline = format!("{:?}", arguments.deadline);
        let course = done::course_digest(&[&toolchain.version, jail.words(), &deadline])?;
        let mut sections = catalogue::select(&arguments.sections)?;
        for section in &sections {
            require_accepted(section)?;
        }
        if let Some(file) = &arguments.class.weights {
            let weights = Weights::read(file, &catalogue::select(&[])?)?;
            sections.iter_mut().for_each(|section| weights.apply(section));
        }
        let lanes = arguments.jobs.map_or_else(execute::cores, usize::from);
        Ok(Self { sections, jail, toolchain, course, deadline: arguments.deadline, lanes })
    }

    fn take(&self, entry: &Path) -> Submission {
        intake::take(entry, &self.sections, &|reach| self.jail.git(reach))
    }

    /// Reads every submission once.
    fn look_at(&self, entries: &[PathBuf], live: &Live) -> Vec<Planned> {
        let allowances: Vec<Allowance> = self.sections.iter().map(Allowance::of).collect();
        let (mut planned, mut inspected) = (vec![], BTreeMap::new());
        for (index, path) in entries.iter().enumerate() {
            live.say(&format!("reading: {} of {}", index + 1, entries.len()));
            planned.push(self.plan(path, &allowances, &mut inspected));
        }
        planned
    }

    /// Looks at one submission. What has been `inspected` is not inspected again.
    fn plan(
        &self,
        path: &Path,
        allowances: &[Allowance],
        inspected: &mut BTreeMap<Key, Vec<Suspicion>>,
    ) -> Planned {
        let mut submission = self.take(path);
        let unread = match &submission.trouble {
            Some(Trouble::Ours(why)) => Some(why.clone()),
            _ => None,
        };
        let mut student = Student {
            name: submission.name,
            entry: submission.entry,
            trouble: match submission.trouble {
                Some(Trouble::Theirs(why)) => Some(why),
                _ => None,
            },
            left_out: submission.left_out,
            results: vec![],
            suspicions: vec![],
        };
        let (mut units, mut texts) = (vec![], vec![]);
        for (section, allowance) in self.sections.iter().zip(allowances) {
            let files = submission.sections.remove(&section.folder_name());
            let key = files.as_ref().map(|files| Key::of(&self.course, section, files));
            let files = files.unwrap_or_default();
            let look = || inspect::inspect(section, &files, allowance);
            let suspicions =
                key.clone().map_or(vec![], |key| inspected.entry(key).or_insert_with(look).clone());
            let decided = unread
                .as_ref()
                .map(|why| Outcome::NotChecked { message: why.clone() })
                .or_else(|| without_a_run(section, &suspicions));
            // It is not judged: what would come of it is worth nothing.
            units.push(key.filter(|_| decided.is_none()));
            student.suspicions.extend(suspicions);
            let bytes: usize = files.iter().map(|staged| staged.text.len()).sum();
            student.results.push(SectionResult {
                section: section.name.clone(),
                files: files.iter().map(|staged| staged.file.display().to_string()).collect(),
                points: 0,
                outcome: decided.unwrap_or(Outcome::NotHandedIn),
            });
            texts.push(if bytes <= COMPARED_BYTES { files } else { vec![] });
        }
        if student.trouble.is_some() {
            student.results.clear();
        }
        Planned { path: path.to_owned(), student, units, texts }
    }

    /// Judges every unit that is not done yet, each once, however many have handed it in.
    fn judge(
        &self,
        planned: &[Planned],
        fresh: bool,
        live: &Live,
    ) -> Result<BTreeMap<Key, Outcome>, Fault> {
        let mut outcomes = BTreeMap::new();
        let mut seen = BTreeSet::new();
        // Whoever comes first with a unit stands for all that have it.
        let mut to_do: Vec<(&Planned, Vec<usize>)> = vec![];
        for submission in planned {
            let mut own = vec![];
            for (index, key) in submission.units.iter().enumerate() {
                let Some(key) = key.as_ref().filter(|key| seen.insert((*key).clone())) else {
                    continue;
                };
                match key.load().filter(|_| !fresh) {
                    Some(outcome) => drop(outcomes.insert(key.clone(), outcome)),
                    None => own.push(index),
                }
            }
            if !own.is_empty() {
                to_do.push((submission, own));
            }
        }
        let count = to_do.iter().map(|(_, own)| own.len()).sum();
        let progress = Progress { started: Instant::now(), count, live };
        self.run_lanes(&to_do, &progress, &mut outcomes)?;
        Ok(outcomes)
    }

    fn run_lanes(
        &self,
        to_do: &[(&Planned, Vec<usize>)],
        progress: &Progress<'_>,
        outcomes: &mut BTreeMap<Key, Outcome>,
    ) -> Result<(), Fault> {
        let (next, turn) = (AtomicUsize::new(0), RwLock::new(()));
        let (sender, receiver) = mpsc::channel();
        std::thread::scope(|scope| {
            let (jail, toolchain, deadline) = (&self.jail, &self.toolchain, self.deadline);
            let terms = Terms { jail, toolchain, deadline, turn: &turn };
            for _ in 0..self.lanes.min(to_do.len()) {
                let lane = Lane::claim(terms)?;
                let (sender, next) = (sender.clone(), &next);
                scope.spawn(move || {
                    while let Some((submission, own)) = to_do.get(next.fetch_add(1, Relaxed)) {
                        let judged = |judged| sender.send(judged).is_ok();
                        if !self.judge_submission(&lane, submission, own, &judged) {
                            break;
                        }
                    }
                });
            }
            drop(sender);
            let mut done = 0;
            for (key, outcome) in receiver {
                // When it can't be kept the lanes find nobody to tell, and stop.
                Key::save(&key, &outcome)?;
                outcomes.insert(key, outcome);
                done += 1;
                progress.say(done);
            }
            Ok(())
        })
    }

    /// Judges what stands for all in a submission. Stops when `judged` says that nobody listens.
    fn judge_submission(
        &self,
        lane: &Lane<'_>,
        submission: &Planned,
        own: &[usize],
        judged: &dyn Fn((Key, Outcome)) -> bool,
    ) -> bool {
        let mut taken = self.take(&submission.path);
        own.iter().all(|&index| {
            let section = &self.sections[index];
            let files = taken.sections.remove(&section.folder_name()).unwrap_or_default();
            let Some(key) = submission.units[index].clone() else { return true };
            let outcome = match Key::of(&self.course, section, &files) == key {
                true => lane.judge(section, files),
                false => Outcome::NotChecked { message: "it changed while it was graded".into() },
            };
            judged((key, outcome))
        })
    }

    /// Puts the record together: the same whatever was done in which order.
    fn record(
        &self,
        planned: Vec<Planned>,
        outcomes: &BTreeMap<Key, Outcome>,
        live: &Live,
    ) -> Class {
        live.say("comparing");
        let mut alike = vec![];
        for (index, section) in self.sections.iter().enumerate() {
            let authors: Vec<Author<'_>> = planned
                .iter()
                .filter(|submission| !submission.texts[index].is_empty())
                .map(|submission| Author {
                    entry: &submission.student.entry,
                    files: &submission.texts[index],
                })
                .collect();
            alike.extend(alike::alike(section, &authors, &stub(section)));
        }
        let mut students: Vec<Student> = planned
            .into_iter()
            .map(|Planned { mut student, units, .. }| {
                for ((result, key), section) in
                    student.results.iter_mut().zip(units).zip(&self.sections)
                {
                    if let Some(outcome) = key.and_then(|key| outcomes.get(&key)) {
                        result.outcome = outcome.clone();
                        result.points = give_points(section, &mut result.outcome);
                    }
                }
                student
            })
            .collect();
        students.sort_by(|one, other| (&one.name, &one.entry).cmp(&(&other.name, &other.entry)));
        let sections = self.sections.iter().map(recorded).collect();
        Class {
            version: record::VERSION,
            course: self.course.clone(),
            toolchain: self.toolchain.version.lines().next().unwrap_or_default().into(),
            containment: self.jail.words().into(),
            sections,
            students,
            alike,
        }
    }
}

/// Tests that were changed by accident would judge a whole class.
fn require_accepted(section: &Section) -> Result<(), Fault> {
    if test_file::state(section)? != test_file::State::Edited {
        return Ok(());
    }
    let what = format!("the tests of {section} are not those that were accepted");
    Err(Fault::new(what).next(format!(
        "`git restore exercises` brings them back; if they are meant so: cargo xtask verify --accept-tests {}",
        section.name
    )))
}

/// The outcome that needs no run, for what the answer is suspected of.
fn without_a_run(section: &Section, suspicions: &[Suspicion]) -> Option<Outcome> {
    let forgery = suspicions.iter().find(|it| inspect::is_beyond_belief(it));
    let not_built = |Suspicion { file, line, what, why, .. }: &Suspicion| Outcome::DoesNotCompile {
        message: format!("{file}:{line}: not built, for `{what}`: {why}"),
    };
    forgery
        .map(|forgery| not_believed(section, forgery))
        .or_else(|| suspicions.iter().find(|it| inspect::leads_out(it)).map(not_built))
}

/// The outcome of an answer that has something by which the tests themselves can be changed.
fn not_believed(section: &Section, suspicion: &Suspicion) -> Outcome {
    let Suspicion { file, line, what, why, .. } = suspicion;
    let result = |test: &Test| TestResult {
        name: test.name.clone(),
        verdict: Verdict::Forged.name().into(),
        message: format!("not run, for `{what}`: {why}"),
        file: Some(file.clone()),
        line: Some(*line),
        ..TestResult::default()
    };
    Outcome::Ran { tests: section.tests.iter().map(result).collect() }
}

/// Gives each test that has passed the points that it is worth now: what is remembered does not know them.
fn give_points(section: &Section, outcome: &mut Outcome) -> u32 {
    let Outcome::Ran { tests } = outcome else { return 0 };
    for result in tests.iter_mut() {
        let worth = section.tests.iter().find(|test| test.name == result.name);
        let passed = result.verdict == Verdict::Passed.name();
        result.points = worth.filter(|_| passed).map_or(0, |test| test.points);
    }
    tests.iter().map(|result| result.points).sum()
}

/// The section, as the record has it.
fn recorded(section: &Section) -> record::Section {
    let test = |test: &Test| record::Test {
        name: test.name.clone(),
        points: test.points,
        why: test.why.clone(),
    };
    record::Section {
        number: section.number,
        name: section.name.clone(),
        title: section.title.clone(),
        points: section.points(),
        tests: section.tests.iter().map(test).collect(),
    }
}

/// What is given of a section: nobody is suspected for it, or of having it from somebody else.
fn stub(section: &Section) -> Vec<Staged> {
    let source = course::exercise(section).join("src");
    stage_source::take(&source).map(|(files, _)| files).unwrap_or_default()
}

/// What is said while the work is done.
struct Progress<'a> {
    started: Instant,
    count: usize,
    live: &'a Live,
}

impl Progress<'_> {
    fn say(&self, done: usize) {
        let left = self.started.elapsed().mul_f64((self.count - done) as f64 / done as f64);
        let line = format!("{done} of {} answers, about {} left", self.count, rounded(left));
        self.live.say(&line);
        // Where there is no such line, one now and then.
        let tenth = self.count.div_ceil(10);
        if !self.live.is_there() && done.is_multiple_of(tenth) {
            anstream::eprintln!("{line}");
        }
    }
}

fn rounded(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..100 => text::count(seconds.max(1) as usize, "second"),
        seconds => text::count(seconds.div_ceil(60) as usize, "minute"),
    }
}
