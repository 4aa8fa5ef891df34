//! What a person reads: a line a section or a test, and the first thing to mend explained in full.

use super::schedule;
use super::text::{beginning, safe, wrapped};
use super::verdict::title;
use super::{BAD, FAINT, GOOD, STRONG};
use crate::course;
use crate::judge::{Judged, JudgedTest, Outcome, Standing};
use crate::schedule::Schedule;
use crate::source::Origin;
use crate::translation::Translation;
use crate::words;
use anstream::{print, println};
use harness::{Place, Report, Verdict, Walls};

/// How many lines of what a test printed are shown.
const OUTPUT_LINES: usize = 15;
/// How many columns of a neighbouring line are shown: with its number it fits into 80.
const COMPANY: usize = 67;
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
    let (points, all_points) = (judged.points(), judged.section.points());
    let points = words!("{points} of {all_points} points", "points : {points} sur {all_points}");
    match &judged.outcome {
        Outcome::Ran(tests) => {
            let counted: Vec<_> = tests.iter().filter(|test| test.counts()).collect();
            let passed = counted.iter().filter(|test| test.passed()).count();
            let further: Vec<_> = tests.iter().filter(|test| !test.counts()).collect();
            let optional = further.iter().filter(|test| test.passed()).count();
            let optional = match further.len() {
                0 => String::new(),
                all => words!(
                    ", {optional} of {all} optional ones",
                    ", facultatifs : {optional} sur {all}"
                ),
            };
            let all = counted.len();
            words!(
                "{passed} of {all} tests, {points}{optional}",
                "tests : {passed} sur {all}, {points}{optional}"
            )
        }
        Outcome::DoesNotCompile(_) => format!("{}, {points}", title(Verdict::DoesNotCompile)),
        Outcome::NotChecked(_) => title(Verdict::NotChecked),
    }
}

/// One section in full: its tests, a line each, and what to mend first.
pub fn section_in_full(judged: &Judged, origin: &Origin) {
    let translation = Translation::of(&judged.section);
    println!("\n{STRONG}{} {}{STRONG:#}", judged.section.number, translation.title());
    let names = judged.tests().iter().map(|test| test.test.name.len());
    let width = names.max().unwrap_or(0);
    for test in judged.tests() {
        test_line(test, width, &translation);
    }
    if !judged.tests().is_empty() {
        println!("\n  {}", score(judged));
    }
    for file in &judged.left_out {
        let file = safe(file);
        println!("{}", words!("  not taken: {file}", "  laissé de côté : {file}"));
    }
    if judged.tests_edited {
        tests_edited(judged);
    }
    match &judged.outcome {
        Outcome::DoesNotCompile(errors) => does_not_compile(judged, errors),
        Outcome::NotChecked(fault) => super::fault(fault),
        Outcome::Ran(tests) => match first_to_mend(tests) {
            Some(test) => explanation(judged, test, origin, &translation),
            None => done(judged, origin),
        },
    }
}

/// The one test of a schedule that was run again.
pub fn replayed(judged: &Judged, origin: &Origin) {
    match judged.tests() {
        [test] if test.passed() => {
            let (test, section) = (&test.test.name, &judged.section.name);
            let ends = words!(
                "{test}: this schedule does not fail any more.",
                "{test} : cet ordonnancement n'échoue plus."
            );
            println!("\n  {GOOD}✓{GOOD:#} {ends}");
            let another = words!("Whether another one does:", "Pour savoir si un autre échoue :");
            println!("  {another}  cargo xtask check {section}");
        }
        [test] => explanation(judged, test, origin, &Translation::of(&judged.section)),
        _ => section_in_full(judged, origin),
    }
}

/// The first test that has not passed; an optional one only where it was begun.
fn first_to_mend(tests: &[JudgedTest]) -> Option<&JudgedTest> {
    let begun = |test: &&JudgedTest| !test.passed() && test.report.verdict != Verdict::NotWritten;
    tests.iter().find(|test| test.counts() && !test.passed()).or_else(|| tests.iter().find(begun))
}

fn test_line(judged: &JudgedTest, width: usize, translation: &Translation<'_>) {
    let name = &judged.test.name;
    let verdict = title(judged.report.verdict);
    let covered = translation.message(judged.report.covered.as_deref().unwrap_or_default());
    match (judged.passed(), judged.counts()) {
        (true, _) if covered.is_empty() => println!("  {GOOD}✓{GOOD:#} {name}"),
        (true, _) => println!("  {GOOD}✓{GOOD:#} {name:width$}  {FAINT}{covered}{FAINT:#}"),
        (false, true) => println!("  {BAD}✗{BAD:#} {name:width$}  {BAD}{verdict}{BAD:#}"),
        (false, false) => {
            let optional = words!("optional", "facultatif");
            // One that nobody has begun is no matter yet, and both words do not fit into 80 columns.
            let state = match judged.report.verdict {
                Verdict::NotWritten => optional,
                _ => format!("{verdict} ({optional})"),
            };
            println!("  {FAINT}○ {name:width$}  {state}{FAINT:#}");
        }
    }
}

fn explanation(judged: &Judged, test: &JudgedTest, origin: &Origin, translation: &Translation<'_>) {
    let report = &test.report;
    let verdict = title(report.verdict);
    println!("\n{STRONG}{}{STRONG:#}  {BAD}{verdict}{BAD:#}", test.test.name);
    heading(&words!("What it wants", "Ce que veut le test"));
    println!("{}", wrapped(translation.why(&test.test), "    "));
    heading(&match report.verdict {
        Verdict::NotWritten => words!("What is to be done", "Ce qu'il faut faire"),
        _ => words!("What was seen", "Ce qui a été observé"),
    });
    match &test.schedule {
        Some(Ok(schedule)) => {
            let told = translation.schedule(schedule);
            print!("{}", schedule::explained(&told, &judged.workspace));
            again(judged, test, schedule, origin);
        }
        Some(Err(why)) => unreadable_schedule(report, why, translation),
        None => observed(judged, report, translation),
    }
    output(report);
    next(judged, test, origin);
}

/// What was seen, unless it is a schedule.
fn observed(judged: &Judged, report: &Report, translation: &Translation<'_>) {
    println!("{}", wrapped(&safe(&translation.message(&report.message)), "    "));
    if let (Some(expected), Some(actual)) = (&report.expected, &report.actual) {
        print!("{}", sides(expected, actual));
    }
    for detail in report.details.iter().take(DETAILS) {
        let detail = translation.message(detail);
        println!("{}", wrapped(&safe(&format!("- {detail:.1000}")), "    "));
    }
    if report.walls == Some(Walls::Subreaper) && report.verdict == Verdict::LeftBehind {
        let walls = translation.message(&Walls::Subreaper.to_string());
        println!("{}", wrapped(&format!("({walls})"), "    "));
    }
    if let Some(place) = &report.place {
        excerpt(judged, place);
    }
}

/// Both sides of an assertion that failed.
pub(super) fn sides(expected: &str, actual: &str) -> String {
    let (wanted, got) = (words!("expected", "attendu"), words!("actual", "obtenu"));
    let (expected, actual) = (safe(expected), safe(actual));
    format!(
        "    {wanted:>8}  {GOOD}{expected:.1000}{GOOD:#}\n    {got:>8}  {BAD}{actual:.1000}{BAD:#}\n"
    )
}

/// A schedule that is told in a way that this checker does not know, as it is told.
fn unreadable_schedule(report: &Report, why: &str, translation: &Translation<'_>) {
    println!("{}", wrapped(&safe(&translation.message(&report.message)), "    "));
    let why = safe(why);
    let unread =
        words!("Its schedule can't be read: {why}", "Son ordonnancement est illisible : {why}");
    println!("    {FAINT}{unread}{FAINT:#}");
    for line in report.schedule.iter().flat_map(|text| text.lines()) {
        println!("    {FAINT}{}{FAINT:#}", safe(line));
    }
}

/// How the same schedule is run again.
fn again(judged: &Judged, test: &JudgedTest, schedule: &Schedule, origin: &Origin) {
    heading(&words!("See it again", "Pour le revoir"));
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
    heading(&words!("Where", "Où"));
    println!("    {place}");
    let text = std::fs::read_to_string(judged.workspace.join(&place.file)).unwrap_or_default();
    let line = place.line as usize;
    for (index, code) in text.lines().enumerate().skip(line.saturating_sub(3)).take(5) {
        let code = safe(code);
        if index + 1 == line {
            println!("    {BAD}>{BAD:#} {line:4} | {code}");
        } else {
            println!("    {FAINT}  {:4} | {}{FAINT:#}", index + 1, shortened(&code));
        }
    }
}

/// A line that is only there for company: what does not fit beside its number is left out.
fn shortened(code: &str) -> String {
    match code.chars().count() > COMPANY {
        true => format!("{:.*}…", COMPANY - 1, code),
        false => code.to_owned(),
    }
}

fn output(report: &Report) {
    if report.output.trim().is_empty() {
        return;
    }
    heading(&words!("What it printed", "Ce qu'il a affiché"));
    let (lines, more) = beginning(&report.output, OUTPUT_LINES);
    for line in lines {
        println!("    {:.76}", safe(line));
    }
    if more > 0 || report.dropped_bytes > 0 {
        println!("    {FAINT}… {}{FAINT:#}", words!("and more", "et la suite"));
    }
}

fn next(judged: &Judged, test: &JudgedTest, origin: &Origin) {
    if *origin != Origin::Exercise {
        return;
    }
    let name = &judged.section.name;
    let place = place_of_work(judged, &test.report);
    heading(&words!("Next", "Ensuite"));
    let work = match test.report.verdict {
        Verdict::NotWritten => words!("Write it in {place}", "Écrivez dans {place}"),
        _ => words!("Mend it in {place}", "Corrigez dans {place}"),
    };
    let hint = words!("For a hint:", "Pour un indice :");
    if super::is_watched() {
        println!("    {}", words!("{work}, and save.", "{work}, puis enregistrez."));
        println!("    {hint} h");
        return;
    }
    println!("    {}", words!("{work}, save, and type", "{work}, enregistrez, puis tapez"));
    println!("        cargo xtask check {name}");
    println!("    {hint}");
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
    let what = words!("It does not compile", "Le code ne compile pas");
    println!("\n  {BAD}{what}{BAD:#}\n");
    for error in errors {
        // Rustc's own colours are welcome, so this text is not made safe; rustc escapes what it quotes.
        println!("{}", error.trim_end());
        println!();
    }
    let work = words!("Mend the first error", "Corrigez la première erreur");
    if super::is_watched() {
        println!("  {}", words!("{work}, and save.", "{work}, puis enregistrez."));
        return;
    }
    println!("  {}", words!("{work}, save, and type", "{work}, enregistrez, puis tapez"));
    println!("      cargo xtask check {}", judged.section.name);
}

fn tests_edited(judged: &Judged) {
    let file = course::exercise(&judged.section).join("tests").join("section.rs");
    let file = course::shown(&file);
    let edited = words!("The tests were edited", "Les tests ont été modifiés");
    let so = words!("so nothing of this counts: {file}", "donc rien de ceci ne compte : {file}");
    println!("\n  {BAD}{edited}{BAD:#}, {so}");
    let back = words!(
        "To see what was changed, and to bring the course's tests back:",
        "Pour voir ce qui a changé, et retrouver les tests du cours :"
    );
    println!("  {back}");
    println!("      git diff {file}");
    println!("      git restore {file}");
    let author = words!(
        "If you write the course, and mean it:",
        "Si vous écrivez le cours, et que c'est voulu :"
    );
    println!("  {author}");
    println!("      cargo xtask verify --accept-tests {}", judged.section.name);
}

fn done(judged: &Judged, origin: &Origin) {
    if judged.standing() != Standing::Passed {
        return;
    }
    let build = format!("cargo build -p {}", judged.section.name);
    let warnings = match judged.warnings.len() {
        0 => String::new(),
        1 => words!(
            "The compiler has 1 warning for you: {build}",
            "Le compilateur a un avertissement pour vous : {build}"
        ),
        several => words!(
            "The compiler has {several} warnings for you: {build}",
            "Le compilateur a {several} avertissements pour vous : {build}"
        ),
    };
    println!("\n  {GOOD}{}{GOOD:#} {warnings}", words!("Done.", "C'est fait."));
    // In `watch` what comes next is on the screen already.
    if *origin == Origin::Exercise && !super::is_watched() {
        println!("  {}  cargo xtask list", words!("What comes next:", "La suite :"));
    }
}
