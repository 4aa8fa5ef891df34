//! The report is the same whatever number of lanes has done the work, and it says what was put in.

#[path = "../examples/generate/class/mod.rs"]
mod class;
mod grader;

use class::{Answer, Plan};
use grader::{Grader, same};
use std::fs;

#[test]
fn the_report_does_not_depend_on_the_lanes_and_says_what_was_put_in() {
    let grader = Grader::new("same-report");
    // Wrong answers whose verdicts depend on no race: what a race decides, it can decide otherwise the next time.
    let names = ["process", "message-queue"];
    let sections = xtask::catalogue::select(&names.map(String::from)).unwrap();
    let plan = Plan { students: 16, seed: 11, sections };
    let expected = class::generate(&plan, &grader.place.join("class")).unwrap();
    for (report, lanes) in [("one", "1"), ("three", "3")] {
        let more = [&names[..], &["--fresh", "--jobs", lanes]].concat();
        let graded = grader.check("class", report, &more).status().unwrap();
        assert_eq!(graded.code(), Some(0), "{lanes} lanes");
    }
    same(&grader.place.join("one"), &grader.place.join("three")).unwrap();

    let grades = fs::read(grader.place.join("one/grades.json")).unwrap();
    let grades: serde_json::Value = serde_json::from_slice(&grades).unwrap();
    for entry in &expected.entries {
        let students = grades["students"].as_array().unwrap();
        let student = students.iter().find(|it| it["entry"] == entry.entry.as_str()).unwrap();
        for wanted in &entry.sections {
            let results = student["results"].as_array().unwrap();
            let result =
                results.iter().find(|it| it["section"] == wanted.section.as_str()).unwrap();
            let no_tests = vec![];
            let tests = result["outcome"]["tests"].as_array().unwrap_or(&no_tests);
            let passed = tests.iter().filter(|test| test["verdict"] == "passed").count();
            let what = format!("{}, {}: {:?}", entry.entry, wanted.section, wanted.answer);
            match &wanted.answer {
                Answer::Nothing => {
                    assert_eq!(result["outcome"]["state"], "not-handed-in", "{what}")
                }
                Answer::Stub => assert!(!tests.is_empty() && passed == 0, "{what}"),
                Answer::Reference => assert!(!tests.is_empty() && passed == tests.len(), "{what}"),
                Answer::Mistake { test, verdict, .. } => {
                    let test = tests.iter().find(|it| it["name"] == test.as_str()).unwrap();
                    assert_eq!(test["verdict"], verdict.as_str(), "{what}");
                }
            }
        }
    }
}
