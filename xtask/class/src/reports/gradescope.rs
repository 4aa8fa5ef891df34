//! `results.json` for Gradescope: one submission, everything visible to the student, no time.
//!
//! Suspicions are for the teacher. A hidden test would hide the student's total as well, so they are in `extra_data`,
//! which is kept with the submission and shown to nobody.

use super::escape::{self, visible};
use super::limits;
use super::standing::{Standing, is_known, verdict};
use crate::record::{Class, Outcome, Section, Student, Suspicion, TestResult};
use harness::Verdict;
use serde::Serialize;
use xtask::fault::Fault;

#[derive(Serialize)]
struct Document<'a> {
    score: u32,
    output: String,
    output_format: &'static str,
    test_output_format: &'static str,
    test_name_format: &'static str,
    visibility: &'static str,
    stdout_visibility: &'static str,
    extra_data: Extra<'a>,
    tests: Vec<Test>,
}

#[derive(Serialize)]
struct Extra<'a> {
    course: &'a str,
    toolchain: &'a str,
    containment: &'a str,
    suspicions: &'a [Suspicion],
}

#[derive(Serialize)]
struct Test {
    score: u32,
    max_score: u32,
    status: &'static str,
    name: String,
    number: String,
    output: String,
    visibility: &'static str,
}

/// The document for the only student of the class. It is to be written by [`super::write_file`]: half of it would fail
/// the student.
///
/// # Errors
/// There is not one student, or not all of it was checked: Gradescope would take what is missing for zero points.
pub fn gradescope(class: &Class) -> Result<String, Fault> {
    let class = &limits::cut(class);
    let student = super::only_student(class)?;
    if !is_known(class, student) {
        return Err(Fault::new("not all of the submission could be checked")
            .next("No result is written, so that nobody gets zero points for it. Run the autograder again."));
    }
    let document = Document {
        score: student.points(),
        output: summary(class, student),
        output_format: "text",
        test_output_format: "text",
        test_name_format: "text",
        visibility: "visible",
        stdout_visibility: "hidden",
        extra_data: Extra {
            course: &class.course,
            toolchain: &class.toolchain,
            containment: &class.containment,
            suspicions: &student.suspicions,
        },
        tests: class.sections.iter().flat_map(|section| tests(section, student)).collect(),
    };
    let json =
        serde_json::to_string_pretty(&document).expect("it has no keys that are not strings");
    Ok(escape::json(&json) + "\n")
}

fn summary(class: &Class, student: &Student) -> String {
    let most: u32 = class.sections.iter().map(|section| section.points).sum();
    let mut lines = vec![format!("{} of {most} points.", student.points())];
    lines
        .extend(student.trouble.iter().map(|trouble| format!("Nothing could be taken: {trouble}")));
    for section in &class.sections {
        let standing = Standing::of(student, &section.name).title();
        let points = student.points_of(&section.name);
        lines.push(format!(
            "{} {}: {points} of {}, {standing}",
            section.number, section.name, section.points
        ));
    }
    lines.extend(student.left_out.iter().map(|file| format!("Not taken: {file}")));
    visible(&lines.join("\n"))
}

/// A row for each test of the section, whether it ran or not: the points that can be had are the same for all.
fn tests(section: &Section, student: &Student) -> Vec<Test> {
    let results = match student.outcome(&section.name) {
        Some(Outcome::Ran { tests }) => tests.as_slice(),
        _ => &[],
    };
    let one = |(index, test): (usize, &crate::record::Test)| {
        let result = results.iter().find(|result| result.name == test.name);
        let passed = result.is_some_and(|result| verdict(result) == Verdict::Passed);
        Test {
            score: result.map_or(0, |result| result.points),
            max_score: test.points,
            status: if passed { "passed" } else { "failed" },
            name: format!("{} {}", section.name, test.name),
            number: format!("{}.{}", section.number, index + 1),
            output: match result {
                Some(result) if passed => visible(&result.message),
                Some(result) => format!("{}\n\nWhy the test: {}", explained(result), test.why),
                None => without_result(section, student, index == 0),
            },
            visibility: "visible",
        }
    };
    section.tests.iter().enumerate().map(one).collect()
}

fn without_result(section: &Section, student: &Student, is_first: bool) -> String {
    let standing = Standing::of(student, &section.name).title();
    match student.outcome(&section.name) {
        // Once is enough.
        Some(Outcome::DoesNotCompile { message }) if is_first => {
            visible(&format!("{standing}\n{message}"))
        }
        _ => standing.to_owned(),
    }
}

/// A verdict with all that is known of it, for people who see text only.
pub(super) fn explained(test: &TestResult) -> String {
    let mut lines = vec![format!("{}: {}", verdict(test).title(), test.message)];
    lines.extend(test.expected.iter().map(|value| format!("expected: {value}")));
    lines.extend(test.actual.iter().map(|value| format!("  actual: {value}")));
    let place = test.file.iter().zip(test.line);
    lines.extend(place.map(|(file, line)| format!("at {file}:{line}")));
    lines.extend(test.details.iter().map(|detail| format!("- {detail}")));
    let first = test.first.iter().filter(|first| **first != test.verdict);
    lines.extend(first.map(|first| format!("(when the machine was busy: {first})")));
    if !test.output.trim().is_empty() {
        lines.push(format!("It printed:\n{}", test.output));
    }
    visible(&lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::gradescope;
    use crate::record::Class;
    use crate::reports::sample;

    fn of(index: usize) -> Class {
        let class = sample::small();
        Class { students: vec![class.students[index].clone()], ..class }
    }

    #[test]
    fn every_test_has_its_points_and_the_score_is_their_sum() {
        let document: serde_json::Value =
            serde_json::from_str(&gradescope(&of(0)).unwrap()).unwrap();
        assert_eq!(document["score"], 6);
        let tests = document["tests"].as_array().unwrap();
        let scores = tests.iter().map(|test| test["score"].as_u64().unwrap());
        assert_eq!(scores.collect::<Vec<_>>(), [4, 0, 2, 0]);
        let status: Vec<_> = tests.iter().map(|test| test["status"].as_str().unwrap()).collect();
        assert_eq!(status, ["passed", "failed", "passed", "failed"]);
        assert_eq!(tests[1]["number"], "10.1");
        assert_eq!(tests[1]["max_score"], 4);
        assert_eq!(
            tests[1]["output"],
            "deadlock: all wait & <b>\nat src/lib.rs:7\n- thread 1 waits for a lock\n\
             (when the machine was busy: endless-loop)\n\nWhy the test: Why result::a."
        );
        assert!(tests.iter().all(|test| test["visibility"] == "visible"));
        assert_eq!(document["extra_data"]["suspicions"][0]["what"], "#[no_mangle]");
        assert!(document.get("execution_time").is_none());
    }

    #[test]
    fn what_does_not_compile_has_rows_as_well() {
        let document: serde_json::Value =
            serde_json::from_str(&gradescope(&of(1)).unwrap()).unwrap();
        assert_eq!(document["tests"][0]["output"], "does not compile\nerror: expected `;`");
        assert_eq!(document["tests"][1]["output"], "not handed in");
        assert_eq!(document["tests"].as_array().unwrap().len(), 4);
    }

    #[test]
    fn nobody_gets_zero_points_for_a_fault_of_the_checker() {
        assert!(gradescope(&of(2)).unwrap_err().what.contains("could be checked"));
        assert!(gradescope(&sample::small()).unwrap_err().what.contains("4 submissions"));
    }
}
