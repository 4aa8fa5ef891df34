//! What the tests have in common.

#![allow(dead_code, reason = "not every test needs all of it")]

use interleave::report::{Counterexample, Coverage, Exploration, Failure, Finding, Happening};
use interleave::{Limits, explore};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

/// Holds `body` against all its schedules, and once against the real crate.
pub fn always(body: impl Fn() + Clone + Send + Sync + 'static) {
    holds(body.clone());
    body();
}

/// Holds `body` against all its schedules.
pub fn holds(body: impl Fn() + Send + Sync + 'static) {
    let exploration = explore(Limits::default(), body);
    match exploration.finding {
        Finding::None(Coverage::Everything) => {}
        finding => panic!("{}", text(&finding)),
    }
}

/// All that `body` can return. It must not fail.
pub fn outcomes<T: Ord + Clone + Send + 'static>(
    body: impl Fn() -> T + Send + Sync + 'static,
) -> BTreeSet<T> {
    let seen = Arc::new(Mutex::new(BTreeSet::new()));
    let to = Arc::clone(&seen);
    holds(move || {
        let outcome = body();
        to.lock().unwrap().insert(outcome);
    });
    let seen = seen.lock().unwrap();
    seen.clone()
}

/// The schedule in which `body` fails.
pub fn fails(body: impl Fn() + Send + Sync + 'static) -> Counterexample {
    match explore(Limits::default(), body) {
        Exploration { finding: Finding::Counterexample(found), .. } => found,
        Exploration { finding, .. } => panic!("{}", text(&finding)),
    }
}

/// That `body` comes to a point where nobody can go on.
pub fn deadlocks(body: impl Fn() + Send + Sync + 'static) -> Counterexample {
    let found = fails(body);
    assert_eq!(
        found.failure,
        Failure::Deadlock,
        "{}",
        text(&Finding::Counterexample(found.clone()))
    );
    found
}

fn text(finding: &Finding) -> String {
    let Finding::Counterexample(found) = finding else { return format!("{finding:?}") };
    let mut text = format!("{:?} in schedule {}\n", found.failure, found.id);
    for event in &found.events {
        let name = &found.threads[event.thread.0 as usize];
        let line = event.place.map_or(0, |place| place.line());
        let what = match &event.happening {
            Happening::Operation { operation, answer } => format!("{operation:?}: {answer:?}"),
            other => format!("{other:?}"),
        };
        text += &format!("{name} at line {line}: {what} ({:?})\n", event.switch);
    }
    text
}
