//! What a learner types between two checks.

use crate::fixture::{ANSWER, Course};
use std::fs;

#[test]
fn without_a_verb_it_says_where_you_are_and_what_to_type() {
    let course = Course::new("ahead");
    let words = ["0 of 1 sections", "section 1, ahead", "cargo xtask watch", "src/lib.rs"];
    let ran = course.xtask(&[]);
    ran.expect(0, &words);
    assert!(ran.out.lines().count() <= 15, "{}", ran.out);
    course.set_library(ANSWER);
    course.xtask(&["check"]).expect(0, &[]);
    course.xtask(&[]).expect(0, &["1 of 1 sections", "10 of 10 points", "All done"]);
    course.xtask(&["--lang", "fr"]).expect(0, &["Tout est terminé"]);
}

#[test]
fn progress_survives_cargo_clean() {
    let course = Course::new("survives");
    course.set_library(ANSWER);
    course.xtask(&["check"]).expect(0, &[]);
    let below_target = course.root.join("target");
    assert!(!below_target.exists(), "the target folder is another, so nothing can be in it");
    assert!(course.root.join(".progress/01-survives.json").exists());
}

/// What cannot be remembered is forgotten: that is no reason not to check.
#[test]
fn a_course_where_nothing_can_be_remembered_is_checked_all_the_same() {
    let course = Course::new("forgets");
    course.set_library(ANSWER);
    // A file where the folder would be. Root may write into any folder, so a mode would not do.
    course.write(".progress", "");
    course.xtask(&["check"]).expect(0, &["4 of 4 tests"]);
    course.xtask(&["list"]).expect(0, &["not checked yet"]);
}

#[test]
fn a_reset_brings_the_stub_back_and_keeps_every_answer() {
    let course = Course::new("reset").with_stub();
    let library = course.root.join(course.exercise()).join("src/lib.rs");
    let stub = fs::read_to_string(&library).unwrap();
    course.xtask(&["reset", "1"]).expect(0, &["is the stub already"]);
    for (number, answer) in [(1, "// the first\n"), (2, "// the second\n")] {
        course.set_library(answer);
        let kept = format!("kept/01-reset-{number}/src");
        course.xtask(&["reset", "reset"]).expect(0, &["is the stub again", &kept, "cp -r"]);
        assert_eq!(fs::read_to_string(&library).unwrap(), stub);
        let kept = fs::read_to_string(course.root.join(kept).join("lib.rs")).unwrap();
        assert_eq!(kept, answer);
    }
    // The stub is older than the answer that was built last, and is checked all the same.
    course.xtask(&["check"]).expect(1, &["not written yet"]);
}

#[test]
fn without_a_stub_nothing_is_touched() {
    let course = Course::new("stubless");
    course.set_library(ANSWER);
    course.xtask(&["reset", "1"]).expect(2, &["the stub is not there", "comes with the course"]);
    let library = course.root.join(course.exercise()).join("src/lib.rs");
    assert_eq!(fs::read_to_string(library).unwrap(), ANSWER);
}

#[test]
fn the_solution_is_shown_once_it_is_earned() {
    let course = Course::new("earned").with_solution();
    let hidden = course.xtask(&["solution", "1"]);
    hidden.expect(2, &["must pass first", "--reveal", "cargo xtask hint earned"]);
    assert!(!hidden.out.contains("+ "), "{}", hidden.out);
    course.xtask(&["solution", "1", "--reveal"]).expect(0, &["+     1\n", "-     todo!"]);
    course.set_library(&ANSWER.replace("    1\n", "    2 - 1\n"));
    course.xtask(&["check"]).expect(0, &[]);
    course.xtask(&["solution", "1"]).expect(0, &["+     1\n", "-     2 - 1\n", "mistakes"]);
    // What was changed since has not passed.
    course.set_library(&ANSWER.replace("    1\n", "    3 - 1\n"));
    course.xtask(&["solution", "1"]).expect(2, &["must pass first"]);
}

#[test]
fn the_students_edition_says_that_it_has_no_solutions() {
    let course = Course::new("handed");
    course.xtask(&["solution", "1", "--reveal"]).expect(2, &["it has no solutions"]);
}
