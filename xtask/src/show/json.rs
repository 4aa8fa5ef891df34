//! One document with everything, for other programs. Version 1: fields may be added, and never change their meaning.

use super::schedule::words::Words;
use crate::judge::{Judged, JudgedTest, Outcome, Standing};
use crate::schedule::{self, Event, Schedule, Story};
use harness::{Verdict, Walls};
use serde::Serialize;

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    standing: &'static str,
    points: u32,
    max_points: u32,
    sections: Vec<Section<'a>>,
}

#[derive(Serialize)]
struct Section<'a> {
    number: u32,
    name: &'a str,
    title: &'a str,
    standing: &'static str,
    points: u32,
    max_points: u32,
    /// The tests are not the course's: no verdict counts.
    tests_edited: bool,
    /// Why there are no verdicts: rustc's errors, or the checker's own fault.
    message: Option<String>,
    /// Files of the answer that were not taken.
    left_out: &'a [String],
    tests: Vec<Test<'a>>,
}

#[derive(Serialize)]
struct Test<'a> {
    name: &'a str,
    stage: &'static str,
    /// Does the section's standing depend on it?
    counts: bool,
    verdict: &'static str,
    points: u32,
    max_points: u32,
    milliseconds: f64,
    message: &'a str,
    expected: Option<&'a str>,
    actual: Option<&'a str>,
    file: Option<&'a str>,
    line: Option<u32>,
    details: &'a [String],
    /// Which schedules were looked at, when its threads were explored and nothing was found.
    covered: Option<&'a str>,
    /// The name of the schedule under which it fails.
    schedule: Option<&'a str>,
    /// What happens under that schedule.
    counterexample: Option<Counterexample>,
    /// What held the test in: "namespaces" or "subreaper".
    walls: Option<&'static str>,
    output: &'a str,
    output_dropped_bytes: u64,
}

#[derive(Serialize)]
struct Counterexample {
    /// What went wrong, in words.
    sentence: String,
    /// "panic", "deadlock" or "endless".
    failure: &'static str,
    /// How often the scheduler stepped in.
    forced_switches: u32,
    threads: Vec<String>,
    /// The names of what the threads share.
    objects: Vec<String>,
    steps: Vec<Step>,
    waiting: Vec<Waiting>,
}

#[derive(Serialize)]
struct Step {
    /// Its thread, by its place in `threads`.
    thread: usize,
    /// What the thread does, as "lock".
    what: &'static str,
    /// "done", "refused", "disconnected" or "timed-out".
    outcome: &'static str,
    /// How it came to be its turn: "none", "free", "forced", "spurious" or "timeout".
    switch: &'static str,
    text: String,
    file: Option<String>,
    line: Option<u32>,
    /// What it is about, by their places in `objects`.
    objects: Vec<usize>,
    /// What each thread holds after it.
    held: Vec<Vec<usize>>,
}

#[derive(Serialize)]
struct Waiting {
    thread: usize,
    text: String,
    file: String,
    line: u32,
    /// Who could let it go on.
    waits_for: Vec<usize>,
}

/// The whole of it, as one line of JSON.
pub fn document(sections: &[Judged]) -> String {
    let standing = sections.iter().map(Judged::standing).max().unwrap_or(Standing::NotChecked);
    let document = Document {
        version: 1,
        standing: name(standing),
        points: sections.iter().map(Judged::points).sum(),
        max_points: sections.iter().map(|judged| judged.section.points()).sum(),
        sections: sections.iter().map(section).collect(),
    };
    serde_json::to_string_pretty(&document).expect("numbers and text")
}

fn name(standing: Standing) -> &'static str {
    match standing {
        Standing::Passed => "passed",
        Standing::Failed => "failed",
        Standing::NotChecked => "not-checked",
    }
}

fn section(judged: &Judged) -> Section<'_> {
    let section = &judged.section;
    let all_alike = |verdict: Verdict| {
        section.tests.iter().map(|test| untested(test, verdict)).collect::<Vec<_>>()
    };
    let (message, tests) = match &judged.outcome {
        Outcome::Ran(tests) => (None, tests.iter().map(ran).collect()),
        Outcome::DoesNotCompile(errors) => {
            (Some(errors.join("\n")), all_alike(Verdict::DoesNotCompile))
        }
        Outcome::NotChecked(fault) => (Some(fault.to_string()), all_alike(Verdict::NotChecked)),
    };
    Section {
        number: section.number,
        name: &section.name,
        title: &section.title,
        standing: name(judged.standing()),
        points: judged.points(),
        max_points: section.points(),
        tests_edited: judged.tests_edited,
        message,
        left_out: &judged.left_out,
        tests,
    }
}

fn ran(judged: &JudgedTest) -> Test<'_> {
    let report = &judged.report;
    Test {
        points: judged.points(),
        milliseconds: report.elapsed.as_micros() as f64 / 1000.0,
        message: &report.message,
        expected: report.expected.as_deref(),
        actual: report.actual.as_deref(),
        file: report.place.as_ref().map(|place| place.file.as_str()),
        line: report.place.as_ref().map(|place| place.line),
        details: &report.details,
        covered: report.covered.as_deref(),
        schedule: report.schedule.as_deref().and_then(id_in),
        counterexample: judged.schedule.as_ref().and_then(|read| read.as_ref().ok()).map(told),
        walls: report.walls.map(Walls::name),
        output: &report.output,
        output_dropped_bytes: report.dropped_bytes,
        ..untested(&judged.test, report.verdict)
    }
}

/// What happens under a schedule.
fn told(schedule: &Schedule) -> Counterexample {
    let story = Story::of(schedule);
    let words = Words { schedule, story: &story };
    let step = |(index, event): (usize, &Event)| Step {
        thread: event.thread,
        what: event.what.name(),
        outcome: event.outcome.name(),
        switch: event.switch.name(),
        text: words.step(index),
        file: event.place.as_ref().map(|place| place.file.clone()),
        line: event.place.as_ref().map(|place| place.line),
        objects: event.objects.clone(),
        held: story.steps[index].held.clone(),
    };
    let waiting = |waiting: &schedule::Waiting| Waiting {
        thread: waiting.thread,
        text: words.waits(waiting),
        file: waiting.place.file.clone(),
        line: waiting.place.line,
        waits_for: waiting.waits_for.clone(),
    };
    Counterexample {
        sentence: words.whole_sentence(),
        failure: schedule.failure.map_or("none", |failure| failure.name()),
        forced_switches: schedule.forced,
        threads: schedule.threads.clone(),
        objects: schedule.objects.iter().map(|object| object.name.clone()).collect(),
        steps: schedule.events.iter().enumerate().map(step).collect(),
        waiting: schedule.waiting.iter().map(waiting).collect(),
    }
}

/// The name of a schedule, in the text that it travels as.
fn id_in(schedule: &str) -> Option<&str> {
    schedule.lines().find_map(|line| line.strip_prefix("id\t"))
}

fn untested(test: &crate::catalogue::Test, verdict: Verdict) -> Test<'_> {
    Test {
        name: &test.name,
        stage: test.stage.name(),
        counts: test.stage != crate::catalogue::Stage::Further,
        verdict: verdict.name(),
        points: 0,
        max_points: test.points,
        milliseconds: 0.0,
        message: "",
        expected: None,
        actual: None,
        file: None,
        line: None,
        details: &[],
        covered: None,
        schedule: None,
        counterexample: None,
        walls: None,
        output: "",
        output_dropped_bytes: 0,
    }
}
