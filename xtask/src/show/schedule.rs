//! A schedule under which a test fails, for a person: what went wrong, step by step, and who waits for what.

pub mod choice;
#[cfg(test)]
pub mod examples;
mod lanes;
mod sentence;
pub mod words;

use super::text::{safe, wrapped};
use super::{BAD, FAINT, STRONG};
use crate::course;
use crate::schedule::{Schedule, Story};
use crate::words;
use harness::{Place, split_assertion};
use lanes::Lanes;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use words::Words;

/// So many columns have the lanes of an explanation.
const COLUMNS: usize = 100;
/// So many lines of code at most are shown.
const CODE_LINES: usize = 14;

/// All of it. The sources are looked for in `workspace`.
pub fn explained(schedule: &Schedule, workspace: &Path) -> String {
    let story = Story::of(schedule);
    let words = Words { schedule, story: &story };
    let lanes = Lanes::new(&words, COLUMNS);
    let mut text = wrapped(&safe(&words.sentence()), "    ") + "\n";
    text += &sides(schedule);
    text += &heading(&words!("How it comes to that", "Comment on en arrive là"));
    text += &format!("    {}\n\n{}", words.forced(), lanes.text());
    let signs = words!("[x] → y: it holds x, and waits for y", "[x] → y : il tient x, et attend y");
    text += &format!("\n    {FAINT}{signs}{FAINT:#}\n");
    text += &code(schedule, &lanes.choice.steps, workspace);
    if !schedule.waiting.is_empty() {
        text += &heading(&words!("At the end", "À la fin"));
        for waiting in schedule.waiting.iter().filter(|waiting| waiting.what.waits()) {
            text += &(wrapped(&safe(&words.at_end(waiting)), "    ") + "\n");
        }
    }
    if schedule.has_static {
        let warning = words!(
            "A static keeps its value from one run of the scenario to the next: each begins with what the one before \
             has left.",
            "Une variable static garde sa valeur d'une exécution du scénario à la suivante : chacune commence avec ce \
             que la précédente a laissé."
        );
        text += &format!("\n{}\n", wrapped(&warning, "    "));
    }
    text
}

/// The lanes of a schedule alone, whether it fails or not, in lines of so many columns.
pub fn lanes(schedule: &Schedule, columns: usize) -> String {
    let story = Story::of(schedule);
    Lanes::new(&Words { schedule, story: &story }, columns).text()
}

/// What went wrong, in a sentence or two, with both sides of an assertion.
pub fn sentence(schedule: &Schedule) -> String {
    let story = Story::of(schedule);
    safe(&Words { schedule, story: &story }.whole_sentence())
}

fn heading(text: &str) -> String {
    format!("\n  {STRONG}{text}{STRONG:#}\n")
}

/// Both sides of an assertion that failed.
fn sides(schedule: &Schedule) -> String {
    let sides = schedule.panic().and_then(|event| split_assertion(&event.value).1);
    sides.map_or(String::new(), |(actual, expected)| super::terminal::sides(&expected, &actual))
}

/// The code of the lines that are spoken of, file by file.
fn code(schedule: &Schedule, steps: &[usize], workspace: &Path) -> String {
    let of_steps = steps.iter().rev().filter_map(|&step| schedule.events[step].place.as_ref());
    let of_end: Vec<&Place> = schedule.waiting.iter().map(|waiting| &waiting.place).collect();
    let of_panic = schedule.panic().and_then(|event| event.place.as_ref());
    let mut lines = BTreeMap::<&str, BTreeSet<u32>>::new();
    // What is nearest to the end first, as there is not room for all.
    for place in of_panic.into_iter().chain(of_end.iter().copied()).chain(of_steps) {
        let is_full = lines.values().map(BTreeSet::len).sum::<usize>() >= CODE_LINES;
        if !is_full {
            lines.entry(&place.file).or_default().insert(place.line);
        }
    }
    let is_marked = |file: &str, line| {
        let mut marked = of_end.iter().copied().chain(of_panic);
        marked.any(|place| place.file == file && place.line == line)
    };
    let mut text = String::new();
    for (file, lines) in lines {
        // The tests are the course's own, wherever the answer is.
        let places = [workspace.join(file), course::root().join(file)];
        let source = places.iter().find_map(|path| std::fs::read_to_string(path).ok());
        let Some(source) = source else { continue };
        text += &format!("\n    {}\n", safe(file));
        for line in lines {
            let code = source.lines().nth((line as usize).saturating_sub(1)).unwrap_or_default();
            let code: String = safe(code.trim()).chars().take(88).collect();
            text += &match is_marked(file, line) {
                true => format!("    {BAD}>{BAD:#} {line:4} | {code}\n"),
                false => format!("      {FAINT}{line:4} |{FAINT:#} {code}\n"),
            };
        }
    }
    text
}
