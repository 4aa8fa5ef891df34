//! What is typed or handed in wrongly gets a clear word, and the others go on.

mod grader;

use grader::{Grader, output, same};
use std::fs;

#[test]
fn what_is_typed_wrongly_is_told() {
    let grader = Grader::new("bad-input");
    fs::create_dir_all(grader.place.join("empty")).unwrap();
    fs::write(grader.place.join("file"), "").unwrap();
    let foreign = grader.place.join("foreign");
    fs::create_dir_all(&foreign).unwrap();
    fs::write(foreign.join("thesis.txt"), "mine").unwrap();
    fs::create_dir_all(grader.place.join("one/ann/src")).unwrap();
    fs::write(grader.place.join("one/ann/src/lib.rs"), "not Rust").unwrap();
    for (class, report, more, wanted) in [
        ("empty", "report", &[][..], "empty"),
        ("file", "report", &[], "not a folder"),
        ("nowhere", "report", &[], "nowhere"),
        ("one", "report", &["--deadline", "0"], "deadline"),
        ("one", "report", &["--shard", "0/3"], "1/4"),
        ("one", "report", &["--shard", "4/3"], "1/4"),
        ("one", "report", &["--weights", "/nowhere.toml"], "nowhere.toml"),
        ("one", "report", &["--format", "json"], "report"),
        ("one", "report", &["no-such-section"], "no-such-section"),
        ("one", "foreign", &["threads"], "foreign"),
    ] {
        let (code, text) = output(&mut grader.check(class, report, more));
        assert_eq!(code, 2, "{class} {more:?}: {text}");
        assert!(text.contains(wanted), "{class} {more:?} says nothing of {wanted}: {text}");
    }
    assert_eq!(fs::read(foreign.join("thesis.txt")).unwrap(), b"mine");
}

#[test]
fn what_would_be_without_effect_is_refused() {
    let grader = Grader::new("without-effect");
    let of_platform = ["--from", "exercises", "--format", "gradescope"];
    for (words, wanted) in [
        (&["--report", "there"][..], "--report"),
        (&["--resume"], "--resume"),
        (&["--fresh"], "--fresh"),
        (&["--weights", "file"], "--weights"),
        (&["--unsafe-no-sandbox"], "--unsafe-no-sandbox"),
        (&["--shard", "1/2"], "--shard"),
        (&[&of_platform[..], &["--shard", "1/2"]].concat(), "--shard"),
        (&[&of_platform[..], &["--thorough"]].concat(), "--thorough"),
        (&[&of_platform[..], &["--picture", "it.svg"]].concat(), "--picture"),
        (&[&of_platform[..], &["--replay", "a:b"]].concat(), "--replay"),
    ] {
        let (code, text) = output(&mut grader.command([&["check", "process"], words].concat()));
        assert_eq!(code, 2, "{words:?}: {text}");
        assert!(text.contains(wanted), "{words:?} says nothing of {wanted}: {text}");
    }
}

#[test]
fn what_is_handed_in_wrongly_is_told_and_the_others_go_on() {
    let grader = Grader::new("bad-entries");
    let class = grader.place.join("class");
    for name in ["ann", "bob"] {
        fs::create_dir_all(class.join(name).join("06-threads/src")).unwrap();
        fs::write(class.join(name).join("06-threads/src/lib.rs"), "not Rust").unwrap();
        fs::write(class.join(name).join("student.toml"), "name = \"Kim\"").unwrap();
    }
    fs::create_dir_all(class.join("nothing")).unwrap();
    fs::write(class.join("broken.zip"), b"PK\x03\x04 and no more").unwrap();
    fs::write(class.join("letter.txt"), "Dear teacher").unwrap();
    let (code, text) = output(&mut grader.check("class", "report", &["threads"]));
    assert_eq!(code, 0, "{text}");
    let grades = fs::read(grader.place.join("report/grades.json")).unwrap();
    let grades: serde_json::Value = serde_json::from_slice(&grades).unwrap();
    let students = grades["students"].as_array().unwrap();
    let seen: Vec<(&str, &str, bool)> = students
        .iter()
        .map(|student| {
            let text = |name: &str| student[name].as_str().unwrap();
            (text("name"), text("entry"), student["trouble"].is_string())
        })
        .collect();
    let wanted = [
        ("Kim", "ann", false),
        ("Kim", "bob", false),
        ("broken", "broken.zip", true),
        ("letter.txt", "letter.txt", true),
        ("nothing", "nothing", true),
    ];
    assert_eq!(seen, wanted);

    // Nothing has changed, and so nothing is done; whatever the number of lanes.
    let again = grader.check("class", "again", &["threads", "--jobs", "3"]).status().unwrap();
    assert_eq!(again.code(), Some(0));
    same(&grader.place.join("report"), &grader.place.join("again")).unwrap();
}
