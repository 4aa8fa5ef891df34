//! Schedules of small programs, and how they are told. `BLESS=1 cargo test -p xtask --bins` takes what there is now for
//! what is right: the schedules, and called once more, the texts that tell of them.

mod program;

use super::{choice::Room, explained, words::Words};
use crate::course;
use crate::schedule::{Schedule, Story};
use interleave::report::{Counterexample, Finding};
use interleave::{Limits, explore};
use std::path::PathBuf;

/// Those that are told in a file.
const TOLD: [&str; 4] = ["deadlock", "lost_wakeup", "lost_update", "endless"];

/// What the explorer finds today.
fn found(scenario: fn()) -> Counterexample {
    let limits = Limits { steps: 60, ..Limits::default() };
    match explore(limits, scenario).finding {
        Finding::Counterexample(counterexample) => counterexample,
        other => panic!("no counterexample, but {other:?}"),
    }
}

fn file(name: &str) -> PathBuf {
    course::root().join("xtask/src/show/schedule/examples").join(name)
}

/// The file says this; or is made to.
fn holds(name: &str, text: &str) {
    let file = file(name);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&file, text).unwrap();
    }
    let right = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(right == text, "{} says\n{right}\nand now it is\n{text}", file.display());
}

/// A schedule as it was once found.
fn kept(name: &str) -> Schedule {
    let text = std::fs::read_to_string(file(&format!("{name}.schedule"))).unwrap();
    Schedule::read(&text, &course::root()).unwrap()
}

/// All of them.
pub fn schedules() -> Vec<Schedule> {
    let medley = Schedule::read(&found(program::medley).encode(), &course::root()).unwrap();
    TOLD.iter().map(|name| kept(name)).chain([medley]).collect()
}

#[test]
fn what_the_explorer_tells_is_understood() {
    let scenarios =
        [program::deadlock, program::lost_wakeup, program::lost_update, program::endless];
    for (name, scenario) in
        TOLD.into_iter().zip(scenarios).chain([("medley", program::medley as fn())])
    {
        let found = found(scenario);
        let text = found.encode();
        let schedule = Schedule::read(&text, &course::root()).unwrap();
        assert_eq!((schedule.id, schedule.forced), (found.id, found.forced), "{name}");
        assert_eq!(schedule.threads, found.threads, "{name}");
        assert_eq!(schedule.events.len(), found.events.len(), "{name}");
        assert_eq!(schedule.waiting.len(), found.waiting.len(), "{name}");
        if TOLD.contains(&name) && std::env::var_os("BLESS").is_some() {
            holds(&format!("{name}.schedule"), &text);
        }
    }
}

#[test]
fn schedules_are_told_as_before() {
    for name in TOLD {
        let text = explained(&kept(name), &course::root());
        holds(&format!("{name}.txt"), &anstream::adapter::strip_str(&text).to_string());
    }
}

#[test]
fn every_line_fits() {
    for schedule in schedules() {
        let text = explained(&schedule, &course::root());
        let text = anstream::adapter::strip_str(&text).to_string();
        for line in text.lines() {
            assert!(line.chars().count() <= 100 && line.trim_end() == line, "{line:?} in\n{text}");
        }
    }
}

#[test]
fn a_long_schedule_is_shortened() {
    let schedule = kept("endless");
    let story = Story::of(&schedule);
    let words = Words { schedule: &schedule, story: &story };
    let choice = super::choice::Choice::new(&words, Room { steps: 12, lanes: 1 });
    assert!(choice.steps.len() <= 12 && choice.threads.len() == 1);
    assert!(choice.gap(Some(choice.steps[0]), schedule.events.len()).is_some());
}

#[test]
fn what_is_not_understood_is_told_with_its_line() {
    let text = std::fs::read_to_string(file("deadlock.schedule")).unwrap();
    for (right, wrong, line) in [
        ("failure\tdeadlock", "failure\tdreadlock", "line 1"),
        ("forced\t1", "forced\tonce", "line 3"),
        ("thread\tmain\n", "", "does not have"),
        ("object\tmutex", "", "line 6"),
        ("\tlock\t", "\tlook\t", "no what"),
    ] {
        assert!(text.contains(right), "{right:?}");
        let why = Schedule::read(&text.replacen(right, wrong, 1), &course::root()).unwrap_err();
        assert!(why.contains(line), "{why}");
    }
    for end in 0..text.len() {
        let _ = Schedule::read(&text[..end], &course::root());
    }
}

#[test]
fn a_selection_says_which_arm_was_taken() {
    let text = "failure\tpanic\nid\tid\nforced\t0\nthread\tmain\nobject\tchannel\ta.rs\t1\t1\n\
        event\t0\tnone\ta.rs\t2\tselect-send\tdone\t0\t\t\n\
        event\t0\tnone\ta.rs\t3\tselect-receive\tdone\t0\t\t\n\
        event\t0\tnone\ta.rs\t4\tselect-receive\tdisconnected\t0\t\t\n";
    let schedule = Schedule::read(text, &course::root()).unwrap();
    let story = Story::of(&schedule);
    let words = Words { schedule: &schedule, story: &story };
    let name = &schedule.objects[0].name;
    assert_eq!(words.step(0), format!("select: sends to {name}"));
    assert_eq!(words.step(1), format!("select: receives from {name}"));
    assert_eq!(words.step(2), format!("select: receives from {name}: no sender is left"));
    assert_eq!(story.steps[1].cause, Some(0), "the message that it received");
}
