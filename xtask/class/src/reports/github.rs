//! What a grader step of GitHub Classroom hands to `autograding-grading-reporter` as its `result`: JSON in base64.
//!
//! The reporter prints names, messages and the "test code" into the log of the workflow. A text of a submission could be
//! a command there, so all of them are disarmed. `duration` is 0: two runs over the same submission say the same.

use super::base64;
use super::escape::ci;
use super::gradescope::explained;
use super::standing::{Standing, is_known, is_optional, verdict};
use crate::record::{Class, Outcome, Section, Student};
use harness::Verdict;
use serde::Serialize;
use xtask::fault::Fault;

/// The result travels in one variable of the environment, for which Linux has 128 KiB. In base64 this is 4/3 of it.
const JSON_BYTES: usize = 90_000;
/// A message may have so many characters, and half of it as long as the whole is too large.
const MESSAGE_CHARS: usize = 8_000;

#[derive(Serialize)]
struct Document {
    version: u32,
    status: &'static str,
    max_score: u32,
    tests: Vec<Test>,
}

#[derive(Serialize)]
struct Test {
    name: String,
    status: &'static str,
    score: u32,
    message: String,
    test_code: String,
    filename: &'static str,
    line_no: u32,
    duration: u32,
}

/// The result for the only student of the class.
///
/// What could not be checked is an `error`, and then no points are reported: `max_score` is 0.
///
/// # Errors
/// There is not one student.
pub fn github_classroom(class: &Class) -> Result<String, Fault> {
    let student = super::only_student(class)?;
    let mut chars = MESSAGE_CHARS;
    loop {
        let document = document(class, student, chars);
        let json = serde_json::to_string(&document).expect("it has no keys that are not strings");
        if json.len() <= JSON_BYTES || chars == 0 {
            return Ok(base64::encode(json.as_bytes()));
        }
        chars /= 2;
    }
}

fn document(class: &Class, student: &Student, chars: usize) -> Document {
    let all = || class.sections.iter();
    let known = is_known(class, student);
    let most: u32 = all().map(|section| section.points).sum();
    let passed = all()
        .all(|section| Standing::of(student, &section.name) == Standing::Verdict(Verdict::Passed));
    let status = match (known, passed) {
        (false, _) => "error",
        (true, true) => "pass",
        (true, false) => "fail",
    };
    let tests = all().flat_map(|section| tests(section, student, chars)).collect();
    Document { version: 1, status, max_score: if known { most } else { 0 }, tests }
}

fn tests(section: &Section, student: &Student, chars: usize) -> Vec<Test> {
    let beginning = |text: &str| ci(&text.chars().take(chars).collect::<String>());
    let test = |name: &str, status: &'static str, score: u32, message: String| Test {
        name: ci(&format!("{} {name}", section.name)),
        status,
        score,
        // The reporter prints the message of an error only, and the code of each test.
        test_code: if status == "fail" { message.clone() } else { String::new() },
        message: if status == "error" { message } else { String::new() },
        filename: "",
        line_no: 0,
        duration: 0,
    };
    let standing = Standing::of(student, &section.name);
    let whole = |message: &str| {
        let status = if standing.is_known() { "fail" } else { "error" };
        vec![test(standing.title(), status, 0, beginning(message))]
    };
    match student.outcome(&section.name) {
        Some(Outcome::Ran { tests }) => tests
            .iter()
            // An optional task that is not done is no failure.
            .filter(|result| !is_optional(&result.name) || verdict(result) == Verdict::Passed)
            .map(|result| match verdict(result) {
                Verdict::Passed => test(&result.name, "pass", result.points, String::new()),
                Verdict::NotChecked => {
                    test(&result.name, "error", 0, beginning(&explained(result)))
                }
                _ => test(&result.name, "fail", result.points, beginning(&explained(result))),
            })
            .collect(),
        Some(Outcome::DoesNotCompile { message } | Outcome::NotChecked { message }) => {
            whole(message)
        }
        Some(Outcome::NotHandedIn) => whole(""),
        None => whole(student.trouble.as_deref().unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::sample;
    use serde_json::{Value, json};

    /// The other way, for the tests.
    fn decoded(text: &str) -> Value {
        let digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let (mut bytes, mut bits, mut count) = (vec![], 0_u32, 0);
        for c in text.trim_end_matches('=').chars() {
            bits = bits << 6 | digits.find(c).unwrap() as u32;
            count += 6;
            if count >= 8 {
                count -= 8;
                bytes.push((bits >> count) as u8);
            }
        }
        serde_json::from_slice(&bytes).unwrap()
    }

    fn of(index: usize) -> Value {
        let class = sample::small();
        let class = Class { students: vec![class.students[index].clone()], ..class };
        decoded(&github_classroom(&class).unwrap())
    }

    #[test]
    fn points_are_reported_a_test() {
        let document = of(0);
        assert_eq!((&document["version"], &document["status"]), (&json!(1), &json!("fail")));
        assert_eq!(document["max_score"], 10);
        let tests = document["tests"].as_array().unwrap();
        assert_eq!(tests.len(), 3, "the optional one is not done");
        assert_eq!(tests.iter().map(|test| test["score"].as_u64().unwrap()).sum::<u64>(), 6);
        let expected = json!({"name": "pipes result::a", "status": "pass", "score": 4, "message": "", "test_code": "",
            "filename": "", "line_no": 0, "duration": 0});
        assert_eq!(tests[0], expected);
        assert!(tests[1]["test_code"].as_str().unwrap().starts_with("deadlock: all wait"));
    }

    #[test]
    fn no_points_are_reported_for_what_was_not_checked() {
        let document = of(2);
        assert_eq!((&document["status"], &document["max_score"]), (&json!("error"), &json!(0)));
        assert_eq!(document["tests"][0]["message"], "the disk was full");
        assert_eq!(of(3)["tests"][0]["test_code"], "the archive ends too early");
        assert_eq!(of(3)["status"], "fail");
    }

    #[test]
    fn it_fits_into_a_variable_and_holds_no_command() {
        let encoded = github_classroom(&sample::flooded()).unwrap();
        assert!(encoded.len() < 128 << 10, "{}", encoded.len());
        let mut texts = 0;
        for test in decoded(&encoded)["tests"].as_array().unwrap() {
            for text in test.as_object().unwrap().values().filter_map(Value::as_str) {
                texts += 1;
                assert!(text.lines().all(|line| !line.trim_start().starts_with("::")), "{text}");
                assert!(!text.contains("##"), "{text}");
            }
        }
        assert!(texts > 500);
    }
}
