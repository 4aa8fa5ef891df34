//! What a person reads: a line a section or a test, and the first thing to mend explained in full.

use super::schedule;
use super::text::{beginning, count, safe, wrapped};
use super::{BAD, FAINT, GOOD, STRONG};
use crate::course;
use crate::judge::{Judged, JudgedTest, Outcome, Standing};
use crate::schedule::Schedule;
use crate::source::Origin;
use anstream::{print, println};
use harness::{Place, Report, Verdict, Walls};

/// How many lines of what a test printed are shown.
const OUTPUT_LINES: usize = 15;
/// How many lines of what was observed are shown.
const DETAILS: usize = 12;

/// One section in one line.
pub fn section_line(judged: &Judged) {
    let section = &judged.section;
    let name = format!("{:2} {:<18}", section.number, section.name);
    match judged.standing() {
        Standing::Passed => println!("{GOOD}✓{GOOD:#} {name} {}", score(judged)),
        _ => println!("{BAD}✗{BAD:#} {name} {}", score(judged)),
    }
}

fn score(judged: &Judged) -> String {
    let points = format!("{} of {} points", judged.points(), judged.section.points());
    match &judged.outcome {
        Outcome::Ran(tests) => {
            let counted: Vec<_> = tests.iter().filter(|test| test.counts()).collect();
            let passed = counted.iter().filter(|test| test.passed()).count();
            let further: Vec<_> = tests.iter().filter(|test| !test.counts()).collect();
            let optional = further.iter().filter(|test| test.passed()).count();
            let optional = match further.len() {
                0 => String::new(),
                all => format!(", {optional} of {all} optional ones"),
            };
            format!("{passed} of {} tests, {points}{optional}", counted.len())
        }
        Outcome::DoesNotCompile(_) => format!("{}, {points}", Verdict::DoesNotCompile.title()),
        Outcome::NotChecked(_) => Verdict::NotChecked.title().into(),
    }
}

/// One section in full: its tests, a line each, and what to mend first.
pub fn section_in_full(judged: &Judged, origin: &Origin) {
    let section = &judged.section;
    println!("\n{STRONG}{} {}{STRONG:#}", section.number, section.title);
    let names = judged.tests().iter().map(|test| test.test.name.len());
    let width = names.max().unwrap_or(0);
    for test in judged.tests() {
        test_line(test, width);
    }
    if !judged.tests().is_empty() {
        println!("\n  {}", score(judged));
    }
    for file in &judged.left_out {
        println!("  not taken: {}", safe(file));
    }
    if judged.tests_edited {
        tests_edited(judged);
    }
    match &judged.outcome {
        Outcome::DoesNotCompile(errors) => does_not_compile(judged, errors),
        Outcome::NotChecked(fault) => super::fault(fault),
        Outcome::Ran(tests) => match first_to_mend(tests) {
            Some(test) => explanation(judged, test, origin),
            None => done(judged, origin),
        },
    }
}

/// The one test of a schedule that was run again.
pub fn replayed(judged: &Judged, origin: &Origin) {
    match judged.tests() {
        [test] if test.passed() => {
            println!(
                "\n  {GOOD}✓{GOOD:#} {}: this schedule does not fail any more.",
                test.test.name
            );
            println!("  Whether another one does:  cargo xtask check {}", judged.section.name);
        }
        [test] => explanation(judged, test, origin),
        _ => section_in_full(judged, origin),
    }
}

/// The first test that has not passed; an optional one only where it was begun.
fn first_to_mend(tests: &[JudgedTest]) -> Option<&JudgedTest> {
    let begun = |test: &&JudgedTest| !test.passed() && test.report.verdict != Verdict::NotWritten;
    tests.iter().find(|test| test.counts() && !test.passed()).or_else(|| tests.iter().find(begun))
}

fn test_line(judged: &JudgedTest, width: usize) {
    let name = &judged.test.name;
    let verdict = judged.report.verdict.title();
    let covered = judged.report.covered.as_deref().unwrap_or_default();
    match (judged.passed(), judged.counts()) {
        (true, _) if covered.is_empty() => println!("  {GOOD}✓{GOOD:#} {name}"),
        (true, _) => println!("  {GOOD}✓{GOOD:#} {name:width$}  {FAINT}{covered}{FAINT:#}"),
        (false, true) => println!("  {BAD}✗{BAD:#} {name:width$}  {BAD}{verdict}{BAD:#}"),
        (false, false) => println!("  {FAINT}○ {name:width$}  {verdict} (optional){FAINT:#}"),
    }
}

fn explanation(judged: &Judged, test: &JudgedTest, origin: &Origin) {
    let report = &test.report;
    let verdict = report.verdict.title();
    println!("\n{STRONG}{}{STRONG:#}  {BAD}{verdict}{BAD:#}", test.test.name);
    heading("What it wants");
    println!("{}", wrapped(&test.test.why, "    "));
    heading(if report.verdict == Verdict::NotWritten {
        "What is to be done"
    } else {
        "What was seen"
    });
    match &test.schedule {
        Some(Ok(schedule)) => {
            print!("{}", schedule::explained(schedule, &judged.workspace));
            again(judged, test, schedule, origin);
        }
        Some(Err(why)) => unreadable_schedule(report, why),
        None => observed(judged, report),
    }
    output(report);
    next(judged, test, origin);
}

/// What was seen, unless it is a schedule.
fn observed(judged: &Judged, report: &Report) {
    println!("{}", wrapped(&safe(&report.message), "    "));
    if let (Some(expected), Some(actual)) = (&report.expected, &report.actual) {
        println!("    expected  {GOOD}{:.1000}{GOOD:#}", safe(expected));
        println!("      actual  {BAD}{:.1000}{BAD:#}", safe(actual));
    }
    for detail in report.details.iter().take(DETAILS) {
        println!("{}", wrapped(&safe(&format!("- {detail:.1000}")), "    "));
    }
    if report.walls == Some(Walls::Subreaper) && report.verdict == Verdict::LeftBehind {
        println!("{}", wrapped(&format!("({})", Walls::Subreaper), "    "));
    }
    if let Some(place) = &report.place {
        excerpt(judged, place);
    }
}

/// A schedule that is told in a way that this checker does not know, as it is told.
fn unreadable_schedule(report: &Report, why: &str) {
    println!("{}", wrapped(&safe(&report.message), "    "));
    println!("    {FAINT}Its schedule can't be read: {}{FAINT:#}", safe(why));
    for line in report.schedule.iter().flat_map(|text| text.lines()) {
        println!("    {FAINT}{}{FAINT:#}", safe(line));
    }
}

/// How the same schedule is run again.
fn again(judged: &Judged, test: &JudgedTest, schedule: &Schedule, origin: &Origin) {
    heading("See it again");
    let from = match origin {
        Origin::Exercise => String::new(),
        Origin::Solution => " --solutions".into(),
        Origin::Folder(folder) => format!(" --from {}", folder.display()),
    };
    let (section, name) = (&judged.section.name, &test.test.name);
    let command = format!("cargo xtask check {section}{from} --replay {name}:{}", schedule.id);
    println!("    {}", safe(&command));
    println!("    {} --picture {}.svg", safe(&command), test.test.short_name());
}

fn heading(text: &str) {
    println!("\n  {STRONG}{text}{STRONG:#}");
}

/// The line where it happened, between its neighbours.
fn excerpt(judged: &Judged, place: &Place) {
    heading("Where");
    println!("    {place}");
    let text = std::fs::read_to_string(judged.workspace.join(&place.file)).unwrap_or_default();
    let line = place.line as usize;
    for (index, code) in text.lines().enumerate().skip(line.saturating_sub(3)).take(5) {
        let code = safe(code);
        if index + 1 == line {
            println!("    {BAD}>{BAD:#} {line:4} | {code}");
        } else {
            println!("    {FAINT}  {:4} | {code}{FAINT:#}", index + 1);
        }
    }
}

fn output(report: &Report) {
    if report.output.trim().is_empty() {
        return;
    }
    heading("What it printed");
    let (lines, more) = beginning(&report.output, OUTPUT_LINES);
    for line in lines {
        println!("    {:.76}", safe(line));
    }
    if more > 0 || report.dropped_bytes > 0 {
        println!("    {FAINT}… and more{FAINT:#}");
    }
}

fn next(judged: &Judged, test: &JudgedTest, origin: &Origin) {
    if *origin != Origin::Exercise {
        return;
    }
    let name = &judged.section.name;
    let verb = if test.report.verdict == Verdict::NotWritten { "Write" } else { "Mend" };
    heading("Next");
    println!("    {verb} it in {}, save, and type", place_of_work(judged, &test.report));
    println!("        cargo xtask check {name}");
    println!("    For a hint:");
    println!("        cargo xtask hint {name} {}", test.test.short_name());
}

/// The file to open: where it happened, if that is in the answer; else the library, unless it only names its modules.
fn place_of_work(judged: &Judged, report: &Report) -> String {
    let sources = course::exercise(&judged.section).join("src");
    let place = report.place.as_ref().map(|place| judged.workspace.join(&place.file));
    if let Some(file) = place.filter(|file| file.starts_with(&sources)) {
        return course::shown(&file);
    }
    let library = sources.join("lib.rs");
    let has_functions = std::fs::read_to_string(&library).is_ok_and(|text| text.contains("fn "));
    course::shown(if has_functions { &library } else { &sources })
}

fn does_not_compile(judged: &Judged, errors: &[String]) {
    println!("\n  {BAD}It does not compile{BAD:#}\n");
    for error in errors {
        // Rustc's own colours are welcome, so this text is not made safe; rustc escapes what it quotes.
        println!("{}", error.trim_end());
        println!();
    }
    println!("  Mend the first error, save, and type");
    println!("      cargo xtask check {}", judged.section.name);
}

fn tests_edited(judged: &Judged) {
    let file = course::exercise(&judged.section).join("tests").join("section.rs");
    let file = course::shown(&file);
    println!("\n  {BAD}The tests were edited{BAD:#}, so nothing of this counts: {file}");
    println!("  To see what was changed, and to bring the course's tests back:");
    println!("      git diff {file}");
    println!("      git restore {file}");
    println!("  If you write the course, and mean it:");
    println!("      cargo xtask verify --accept-tests {}", judged.section.name);
}

fn done(judged: &Judged, origin: &Origin) {
    if judged.standing() != Standing::Passed {
        return;
    }
    println!(
        "\n  {GOOD}Done.{GOOD:#} {}",
        match judged.warnings.len() {
            0 => String::new(),
            several => format!(
                "The compiler has {} for you: cargo build -p {}",
                count(several, "warning"),
                judged.section.name
            ),
        }
    );
    if *origin == Origin::Exercise {
        println!("  What comes next:  cargo xtask list");
    }
}
