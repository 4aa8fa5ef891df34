//! All hostile submissions in one class, beside honest ones: each gets what it deserves, the honest get what is theirs,
//! and nothing is left on the machine.

mod grader;
#[allow(dead_code, reason = "it says more of a submission than this test asks")]
#[path = "hostile/submission.rs"]
mod submission;

use grader::{Grader, apart_in_ipc, ipc, output};
use harness::Verdict;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use submission::{Hostile, Outcome};
use xtask::course;

#[test]
fn every_hostile_submission_gets_what_it_deserves_and_harms_nobody() {
    let grader = Grader::new("hostile");
    let class = grader.place.join("class");
    let all = submission::load().unwrap_or_else(|what| panic!("{what}"));
    let mut sections = BTreeMap::new();
    for hostile in &all {
        hostile.write(&class.join(&hostile.name)).unwrap_or_else(|what| panic!("{what}"));
        sections.insert(hostile.section.number, hostile.section.clone());
    }
    // One is read before all the others, one in their midst, and one after them.
    let honest = ["+ honest", "m honest", "~ honest"];
    for name in honest {
        for section in sections.values() {
            let from = course::solution(section).join("src");
            let to = class.join(name).join(section.folder_name()).join("src");
            fs::create_dir_all(&to).unwrap();
            for file in xtask::source::files_below(&from).unwrap() {
                let to = to.join(file.strip_prefix(&from).unwrap());
                fs::create_dir_all(to.parent().unwrap()).unwrap();
                fs::copy(&file, to).unwrap();
            }
            // Differs in a comment, so that each is judged by itself.
            let library = to.join("lib.rs");
            let text = fs::read_to_string(&library).unwrap() + &format!("// {name}\n");
            fs::write(library, text).unwrap();
        }
    }
    apart_in_ipc();
    let before = ipc();
    let names: Vec<&str> = sections.values().map(|section| section.name.as_str()).collect();
    let (code, text) = output(&mut grader.check("class", "report", &names));
    assert_eq!(code, 0, "{text}");
    assert_eq!(before, ipc(), "queues, segments and semaphores");
    assert!(!text.contains('\u{1b}'), "escapes reach the terminal:\n{text}");

    let grades = fs::read(grader.place.join("report").join("grades.json")).unwrap();
    let grades: Value = serde_json::from_slice(&grades).unwrap();
    let students = grades["students"].as_array().unwrap();
    let by_entry: BTreeMap<&str, &Value> =
        students.iter().map(|it| (it["entry"].as_str().unwrap(), it)).collect();
    let result = |entry: &str, section: &str| {
        let results = by_entry[entry]["results"].as_array().cloned().unwrap_or_default();
        results.into_iter().find(|result| result["section"] == section)
    };
    let mut wrong = vec![];
    for (name, section) in honest.iter().flat_map(|name| names.iter().map(move |it| (name, it))) {
        let result = result(name, section).unwrap();
        if verdicts(&result).values().any(|verdict| verdict != "passed") {
            wrong.push(format!("{name}, {section}: {:?}", verdicts(&result)));
        }
    }
    for hostile in &all {
        let result = result(&hostile.name, &hostile.section.name);
        let what = unlike(hostile, result.as_ref(), by_entry[hostile.name.as_str()]);
        wrong.extend(what.map(|what| format!("{}: {what}", hostile.name)));
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), all.len(), wrong.join("\n"));
}

fn verdicts(result: &Value) -> BTreeMap<String, String> {
    let tests = result["outcome"]["tests"].as_array().cloned().unwrap_or_default();
    let pair = |test: &Value| {
        let text = |name: &str| test[name].as_str().unwrap_or_default().to_owned();
        (text("name"), text("verdict"))
    };
    tests.iter().map(pair).collect()
}

/// What is not as it must be.
fn unlike(hostile: &Hostile, result: Option<&Value>, student: &Value) -> Option<String> {
    let nothing = Value::Null;
    let result = result.unwrap_or(&nothing);
    let (state, verdicts) = (&result["outcome"]["state"], verdicts(result));
    let passes = |name: &str| verdicts.get(name).is_some_and(|it| it == Verdict::Passed.name());
    let is_checked = verdicts.values().all(|it| it != Verdict::NotChecked.name());
    let is_refused = state == "does-not-compile";
    // What reaches into the tests is not even built.
    let forged = Verdict::Forged.name();
    let is_not_run = !verdicts.is_empty() && verdicts.values().all(|it| it == forged);
    let all_pass = !verdicts.is_empty() && verdicts.keys().all(|name| passes(name));
    let as_it_must_be = match &hostile.outcome {
        Outcome::NotHandedIn => state == "not-handed-in" || result.is_null(),
        Outcome::DoesNotCompile => is_refused || is_not_run,
        Outcome::NoPoints => result["points"] == 0 && is_checked && state != "not-checked",
        Outcome::Test(test, verdict) => verdicts.get(test).is_some_and(|it| it == verdict.name()),
        Outcome::NotBelieved(test) => {
            is_refused || (verdicts.contains_key(test) && !passes(test) && is_checked)
        }
        Outcome::AsReference => all_pass,
        Outcome::Harmless => is_refused || all_pass,
        Outcome::Flagged => true,
    };
    let told = |list: &Value, field: Option<&str>, wanted: &str| {
        list.as_array().is_some_and(|list| {
            let text = |it: &Value| match field {
                Some(field) => it[field].as_str().unwrap_or_default().to_owned(),
                None => it.as_str().unwrap_or_default().to_owned(),
            };
            list.iter().any(|it| text(it).contains(wanted))
        })
    };
    if !as_it_must_be {
        let message = result["outcome"]["message"].as_str().unwrap_or_default();
        let message: String = message.chars().take(300).collect();
        return Some(format!("{:?} is wanted; {state} {verdicts:?} {message}", hostile.outcome));
    }
    if let Some(wanted) = &hostile.suspicious
        && !told(&student["suspicions"], Some("what"), wanted)
    {
        return Some(format!("{wanted:?} is no suspicion: {}", student["suspicions"]));
    }
    if let Some(wanted) = &hostile.left_out
        && !told(&student["left_out"], None, wanted)
        && !student["trouble"].as_str().is_some_and(|trouble| trouble.contains(wanted.as_str()))
    {
        return Some(format!("{wanted:?} is not told to be left out: {}", student["left_out"]));
    }
    None
}
