//! Tests whose schedules are explored. They also watch over what cargo promises nowhere: that a dependency called `std`
//! takes the place of the real one in `use std::…`. Should a newer cargo refuse it, these fail; then the names in
//! `stage_source::explored_manifest` are the place to look at.

use crate::fixture::Course;
use std::fs;

/// Two threads add one to -1. The lines of the threads are what the tests change.
const LIBRARY: &str = "//! Tiny.\n\nuse std::sync::atomic::{AtomicI32, Ordering::SeqCst};\nuse std::thread;\n\n\
    /// One.\npub fn one() -> i32 {\n    let count = AtomicI32::new(-1);\n    thread::scope(|scope| {\n        \
    for _ in 0..2 {\n            scope.spawn(|| ADD);\n        }\n    });\n    count.into_inner()\n}\n";

/// A course whose test of the stage `robust` is explored.
fn course(name: &str, add: &str) -> Course {
    let course = Course::new(name);
    course.set_library(&LIBRARY.replace("ADD", add));
    let edit = |file: &str, changes: &[(&str, &str)]| {
        let file = format!("{}/{file}", course.exercise());
        let text = fs::read_to_string(course.root.join(&file)).unwrap();
        let edit = |text: String, (from, to): &(&str, &str)| text.replacen(from, to, 1);
        course.write(&file, &changes.iter().fold(text, edit));
    };
    edit(
        "section.toml",
        &[("name = \"robust::first\"", "name = \"robust::first\"\nexplored = true")],
    );
    let explored =
        "mod robust {\n    use super::*;\n    #[test]\n    fn first() {\n        explore";
    let isolated = explored.replace("explore", "isolate");
    edit(
        "tests/section.rs",
        &[("harness::isolate", "harness::{explore, isolate}"), (&isolated, explored)],
    );
    course
}

#[test]
fn a_schedule_that_loses_an_update_is_told() {
    let course = course("lost", "count.store(count.load(SeqCst) + 1, SeqCst)");
    let ran = course.xtask(&["check", "lost"]);
    ran.expect(1, &["fails under a schedule", "forced switch", "--replay first:f1"]);
    let again = course.xtask(&["check", "lost"]);
    assert_eq!(ran.out, again.out, "the same schedule each time");
}

#[test]
fn what_is_right_under_every_schedule_passes() {
    let course = course("kept", "count.fetch_add(1, SeqCst)");
    course.xtask(&["check", "kept"]).expect(0, &["no schedule of this scenario fails"]);
}

#[test]
fn what_cannot_be_followed_is_no_pass() {
    let add = "{ let _ = std::process::Command::new(\"true\"); count.fetch_add(1, SeqCst) }";
    let course = course("command", add);
    course.xtask(&["check", "command"]).expect(1, &["not checkable", "Command"]);
}
