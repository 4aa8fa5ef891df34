//! `cargo xtask verify`: the course proves itself.
//!
//! Of every section: the stub compiles and fails every test, the reference passes, every mistake is rejected by the test
//! that it names. Then the whole: formatting, lints, documentation, links, and the checker's own tests. The grading and the
//! desk have tests of their own, as those use more than Rust has: a jail, a browser, a terminal.

use crate::catalogue::{self, Section, Test};
use crate::examine::{self, Built};
use crate::execute::{self, Manner};
use crate::fault::Fault;
use crate::judge::{Judged, Outcome};
use crate::mistake::{self, Mistake};
use crate::show::live::Live;
use crate::show::{BAD, FAINT, GOOD, text};
use crate::source::{Candidate, Origin, Unfit};
use crate::{course, lesson, mirror, source, test_file};
use anstream::println;
use harness::Verdict;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError, mpsc};

/// Proves the course: stubs, references, mistakes, lessons, checker
///
/// Without a SECTION the whole course, with its formatting and lints and the
/// checker's own tests. Ends with a line that counts what passed and failed.
/// The grading and the desk are not in it: see the README, Begin.
///
/// Exit code: 0 nothing failed, 1 something did, 2 it could not be verified.
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Arguments {
    /// Number, name, or the beginning of a name; none: the whole course
    #[arg(value_name = "SECTION")]
    sections: Vec<String>,
    /// For authors: take the tests as they are now for the course's own
    #[arg(long)]
    accept_tests: bool,
    /// For authors: run references and mistakes so often
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    times: u16,
}

pub fn run(arguments: Arguments) -> Result<ExitCode, Fault> {
    let sections = catalogue::select(&arguments.sections)?;
    if arguments.accept_tests {
        sections.iter().try_for_each(test_file::accept)?;
        println!("The tests of {} are the course's now.", text::count(sections.len(), "section"));
        return Ok(ExitCode::SUCCESS);
    }
    course::require_solutions()?;
    let mut tally = Tally { live: Live::default(), times: arguments.times, passed: 0, failed: 0 };
    for section in &sections {
        println!("\n{section}");
        verify_section(section, &mut tally)?;
    }
    if arguments.sections.is_empty() {
        println!("\nthe course as a whole");
        verify_whole(&mut tally)?;
    }
    println!("\n{} passed, {} failed", tally.passed, tally.failed);
    Ok(ExitCode::from(u8::from(tally.failed > 0)))
}

/// Counts what was proved, and prints it.
struct Tally {
    live: Live,
    /// How often the tests of one thing are run.
    times: u16,
    passed: usize,
    failed: usize,
}

impl Tally {
    /// One thing that must hold: nothing is wrong with it, or what is.
    fn prove(&mut self, claim: &str, wrong: Option<String>) {
        self.live.clear();
        match wrong {
            None => {
                self.passed += 1;
                println!("  {GOOD}✓{GOOD:#} {claim}");
            }
            Some(wrong) => {
                self.failed += 1;
                println!("  {BAD}✗ {claim}{BAD:#}");
                wrong.lines().for_each(|line| println!("      {}", text::safe(line)));
            }
        }
    }
}

fn verify_section(section: &Section, tally: &mut Tally) -> Result<(), Fault> {
    let accept = format!("if you mean it:  cargo xtask verify --accept-tests {}", section.name);
    let unaccepted = test_file::state(section)? != test_file::State::Accepted;
    tally.prove("its tests are those that were accepted", unaccepted.then_some(accept));
    tally.prove("its lesson leads nowhere wrong", broken_links(&course::exercise(section))?);

    if mirror::is_wanted() {
        // A page that is not there is no fault of the checker.
        let behind = mirror::behind(section).unwrap_or_else(|fault| vec![fault.what]);
        tally.prove("its French says what its English says", lines(behind.into_iter()));
    }
    tally.prove("`stub` is what `src` is, for whoever wants it back", wrong_stub(section)?);
    let stub = examined(examine_origin(section, &Origin::Exercise, tally))?;
    tally.prove("the stub compiles without a warning", warnings(&stub));
    tally.prove("the stub fails every test", passed_tests(&stub));
    tally.prove("every test has a reason and hints, and every reason a test", unlisted(section)?);

    let reference = examined(examine_origin(section, &Origin::Solution, tally))?;
    tally.prove("the reference compiles without a warning", warnings(&reference));
    let mut wrong = failed_tests(&reference);
    for time in 2..=tally.times {
        let again = failed_tests(&examine_origin(section, &Origin::Solution, tally));
        wrong = wrong.or(again.map(|wrong| format!("the {time}th time: {wrong}")));
    }
    tally.prove("the reference passes every test", wrong);

    let mistakes = mistake::load(section)?;
    let few = (mistakes.len() < 6).then(|| format!("there are only {}", mistakes.len()));
    tally.prove("there are six mistakes at least", few);
    let needed = verify_mistakes(section, &mistakes, tally)?;
    for test in section.tests.iter().filter(|test| !needed.contains(&test.name)) {
        println!("  {FAINT}· {} is alone in catching none of the mistakes{FAINT:#}", test.name);
    }
    Ok(())
}

/// How `stub` differs from `src`.
fn wrong_stub(section: &Section) -> Result<Option<String>, Fault> {
    let (stub, source) = (course::stub(section), course::exercise(section).join("src"));
    if stub.is_dir() && source::same(&stub, &source)? {
        return Ok(None);
    }
    let [stub, source] = [stub, source].map(|folder| course::shown(&folder));
    Ok(Some(format!("if `src` is right:  rm -rf {stub} && cp -r {source} {stub}")))
}

/// Builds and judges the mistakes, as many at a time as keep the cores busy. What comes of them is told in their order.
/// The tests that are needed: each is alone in rejecting one of them.
fn verify_mistakes(
    section: &Section,
    mistakes: &[Mistake],
    tally: &mut Tally,
) -> Result<BTreeSet<String>, Fault> {
    let lanes = execute::cores() + 1;
    let next = AtomicUsize::new(0);
    let needed = Mutex::new(BTreeSet::new());
    let (sender, receiver) = mpsc::channel();
    std::thread::scope(|scope| {
        for lane in 0..lanes {
            let (sender, next, needed, times) = (sender.clone(), &next, &needed, tally.times);
            scope.spawn(move || {
                while let index = next.fetch_add(1, Relaxed)
                    && let Some(mistake) = mistakes.get(index)
                {
                    let wrong = judge_mistake(section, mistake, lane, times, needed);
                    if sender.send((index, wrong)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        let mut early = BTreeMap::new();
        let mut in_order = mistakes.iter().enumerate().peekable();
        for (index, wrong) in receiver {
            early.insert(index, wrong);
            while let Some((index, mistake)) = in_order.peek()
                && let Some(wrong) = early.remove(index)
            {
                let Mistake { name, test, verdict, .. } = mistake;
                tally.prove(&format!("{name}: {} by {test}", verdict.name()), wrong);
                in_order.next();
            }
            let done = mistakes.len() - in_order.len() + early.len();
            tally.live.say(&format!("{}: {done} of {} mistakes", section.name, mistakes.len()));
        }
    });
    Ok(needed.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// Builds a mistake in a place and a target folder of its lane, as cargo lets nobody else into one where it builds.
/// What is wrong with how its test judged it. Adds the test to the `needed` ones, if no other test rejects the mistake.
fn judge_mistake(
    section: &Section,
    mistake: &Mistake,
    lane: usize,
    times: u16,
    needed: &Mutex<BTreeSet<String>>,
) -> Option<String> {
    let candidate = mistake::stage(section, mistake, &format!("lane-{lane}"))
        .map(|candidate| Candidate {
            target: course::scratch().join(format!("lane-{lane}")),
            ..candidate
        })
        .map_err(Unfit::Fault)
        .and_then(source::checked);
    let built = Built::new(section.clone(), candidate);
    let manner = Manner { jobs: execute::cores(), ..Manner::default() };
    let judge = |test: &str, times| examine::run(built.clone().only(test, times), &manner, &|_| {});
    let wrong = misjudged(mistake, &judge(&mistake.test, times));
    let needed = || needed.lock().unwrap_or_else(PoisonError::into_inner);
    if wrong.is_none() && !needed().contains(&mistake.test) {
        // One after the other, up to the first that rejects it: an endless loop would take each to its deadline.
        let rejects = |test: &Test| judge(&test.name, 1).tests().iter().any(|test| !test.passed());
        let others = section.tests.iter().filter(|test| test.name != mistake.test);
        let (explored, plain): (Vec<_>, Vec<_>) = others.partition(|test| test.explored);
        if !plain.into_iter().chain(explored).any(rejects) {
            needed().insert(mistake.test.clone());
        }
    }
    wrong
}

/// What is wrong with how a mistake was judged.
fn misjudged(mistake: &Mistake, judged: &Judged) -> Option<String> {
    if let Some(unbuilt) = unbuilt(judged) {
        return Some(unbuilt);
    }
    let mut reports =
        judged.tests().iter().filter(|test| test.test.name == mistake.test).peekable();
    if reports.peek().is_none() {
        return Some(format!("{} did not run", mistake.test));
    }
    let report =
        reports.map(|test| &test.report).find(|report| report.verdict != mistake.verdict)?;
    Some(format!("it was {}: {report}", report.verdict.name()))
}

fn examine_origin(section: &Section, origin: &Origin, tally: &Tally) -> Judged {
    let progress = |words: &str| tally.live.say(&format!("{}: building: {words}", section.name));
    examine_built(examine::build(section.clone(), origin, false, &progress), tally)
}

fn examine_built(built: Built, tally: &Tally) -> Judged {
    let name = built.section.name.clone();
    let progress = |done: usize| tally.live.say(&format!("{name}: {done} tests"));
    examine::run(built, &Manner::default(), &progress)
}

/// The section, unless the checker is at fault: then nothing is proved.
fn examined(judged: Judged) -> Result<Judged, Fault> {
    match judged.outcome {
        Outcome::NotChecked(fault) => Err(fault),
        _ => Ok(judged),
    }
}

fn unbuilt(judged: &Judged) -> Option<String> {
    match &judged.outcome {
        Outcome::Ran(_) => None,
        Outcome::DoesNotCompile(errors) => Some(errors.join("\n")),
        Outcome::NotChecked(fault) => Some(fault.to_string()),
    }
}

fn warnings(judged: &Judged) -> Option<String> {
    let warnings = (!judged.warnings.is_empty()).then(|| judged.warnings.join("\n"));
    unbuilt(judged).or(warnings)
}

fn passed_tests(judged: &Judged) -> Option<String> {
    let passed = judged.tests().iter().filter(|test| test.passed());
    lines(passed.map(|test| format!("{} passes", test.test.name)))
}

fn failed_tests(judged: &Judged) -> Option<String> {
    let failed = judged.tests().iter().filter(|test| test.report.verdict != Verdict::Passed);
    lines(failed.map(|test| format!("{}: {}", test.test.name, test.report)))
}

/// The lines, if there are any.
fn lines(lines: impl Iterator<Item = String>) -> Option<String> {
    let lines: Vec<String> = lines.collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// Tests that `section.toml` does not know, or knows without there being one, or says nothing or the wrong thing of.
fn unlisted(section: &Section) -> Result<Option<String>, Fault> {
    let present = test_file::tests(section)?;
    let is_listed = |name: &&String| section.tests.iter().any(|test| test.name == **name);
    let unknown = present.keys().filter(|name| !is_listed(name));
    let unknown = unknown.map(|name| format!("section.toml lacks {name}"));
    let wrong = section.tests.iter().filter_map(|test| {
        let name = &test.name;
        Some(match present.get(name) {
            None => format!("there is no test {name}"),
            Some(true) if !test.explored => {
                format!("{name} explores, and section.toml lacks `explored = true`")
            }
            Some(false) if test.explored => format!("{name} does not explore"),
            _ => return None,
        })
    });
    let empty = section.tests.iter().filter(|test| {
        test.why.trim().is_empty() || test.hints.iter().any(|hint| hint.trim().is_empty())
    });
    let empty = empty.map(|test| format!("{} has an empty reason or hint", test.name));
    Ok(lines(unknown.chain(wrong).chain(empty)))
}

fn broken_links(folder: &Path) -> Result<Option<String>, Fault> {
    let pages = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut broken = vec![];
    for page in pages.filter(|path| path.extension().is_some_and(|ending| ending == "md")) {
        broken.extend(lesson::broken_links(&page)?);
    }
    Ok(lines(broken.into_iter()))
}

fn verify_whole(tally: &mut Tally) -> Result<(), Fault> {
    tally.prove("the front page leads nowhere wrong", broken_links(&course::root())?);
    let exercises = course::root().join("exercises");
    tally.prove("the French one and the glossary do not, either", broken_links(&exercises)?);
    for (claim, arguments) in [
        ("everything is formatted", &["fmt", "--all", "--check"][..]),
        ("no lint complains", &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]),
        ("everything is documented", &["doc", "--workspace", "--no-deps"]),
    ] {
        tally.live.say(&format!("cargo {}", arguments.join(" ")));
        let (wrong, _) = cargo(arguments)?;
        tally.prove(claim, wrong);
    }
    tally.live.say("the checker's own tests");
    let mut arguments = vec!["test"];
    let packages = ["harness", "interleave-crossbeam", "interleave-std", "xtask"];
    arguments.extend(packages.iter().flat_map(|package| ["--package", package]));
    let (wrong, output) = cargo(&arguments)?;
    let (passed, failed) = counted(&output);
    tally.prove("the checker passes its own tests", wrong);
    tally.passed += passed;
    tally.failed += failed;
    println!("    {FAINT}{passed} passed{FAINT:#}");
    tally.live.say("the explorer beside loom and shuttle");
    // In a workspace of its own: no student builds what is only here to judge.
    let judges = course::root().join("xtask").join("interleave").join("judges").join("Cargo.toml");
    let (wrong, _) = cargo(&["test", "--locked", "--manifest-path", &judges.to_string_lossy()])?;
    tally.prove("loom and shuttle say what the explorer says, or it is explained", wrong);
    Ok(())
}

/// Runs cargo: what is wrong, if something is, and all that it printed.
fn cargo(arguments: &[&str]) -> Result<(Option<String>, String), Fault> {
    let output = Command::new(course::cargo())
        .args(arguments)
        .current_dir(course::root())
        .env("CARGO_TARGET_DIR", course::target())
        .env("RUSTDOCFLAGS", "-D warnings")
        .output()
        .map_err(Fault::without_cargo)?;
    let text =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    let text = text.concat();
    Ok(((!output.status.success()).then(|| text.clone()), text))
}

/// Adds up libtest's closing lines.
fn counted(output: &str) -> (usize, usize) {
    let number = |line: &str, what: &str| -> usize {
        let before = line.split(what).next().unwrap_or_default();
        before.rsplit(' ').next().and_then(|word| word.parse().ok()).unwrap_or(0)
    };
    let lines = output.lines().filter(|line| line.starts_with("test result:"));
    lines.fold((0, 0), |(passed, failed), line| {
        (passed + number(line, " passed"), failed + number(line, " failed"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libtest_is_added_up() {
        let text = "test result: ok. 3 passed; 0 failed; 1 ignored\nx\ntest result: FAILED. 12 passed; 2 failed;";
        assert_eq!(counted(text), (15, 2));
    }
}
