//! `cargo xtask check`, as its users meet it.

use crate::fixture::{ANSWER, Course};
use std::fs;
use std::time::{Duration, SystemTime};

#[test]
fn a_stub_is_told_what_to_write() {
    let course = Course::new("stub");
    let ran = course.xtask(&["check", "stub"]);
    ran.expect(1, &["result::first", "not written yet", "It wants one.", "return 1"]);
    ran.expect(1, &["exercises/01-stub/src/lib.rs:5", "0 of 4 tests, 0 of 10 points"]);
    ran.expect(1, &["cargo xtask check stub", "cargo xtask hint stub first"]);
    assert!(!ran.out.contains('\x1b') && !ran.err.contains('\x1b'), "a pipe gets plain text");
}

#[test]
fn an_answer_that_passes_ends_with_0() {
    let course = Course::new("answer");
    course.set_library(ANSWER);
    course.xtask(&["check"]).expect(0, &["4 of 4 tests, 10 of 10 points"]);
    course.xtask(&["list"]).expect(0, &["done", "10/10"]);
}

#[test]
fn a_failed_assertion_shows_both_sides() {
    let course = Course::new("wrong");
    course.set_library(&ANSWER.replace("    1\n", "    2\n"));
    let ran = course.xtask(&["check", "1"]);
    ran.expect(1, &["failed", "expected  1", "actual  2", "tests/section.rs:", "assert_eq!"]);
    course.xtask(&["list"]).expect(0, &["0 of 4 tests"]);
}

#[test]
fn what_rustc_says_is_printed() {
    let course = Course::new("broken");
    course.set_library(&ANSWER.replace("    1\n", "    \"one\"\n"));
    let ran = course.xtask(&["check", "b"]);
    ran.expect(1, &["does not compile", "error[E0308]: mismatched types", "src/lib.rs:5:5"]);
    let json = course.xtask(&["check", "--format", "json"]);
    json.expect(1, &["\"does-not-compile\"", "E0308"]);
}

#[test]
fn wrong_use_ends_with_2_and_says_what_to_do() {
    let course = Course::new("usage");
    course.xtask(&["check", "nosuch"]).expect(2, &["no section \"nosuch\"", "1  usage"]);
    course.xtask(&["check", "7"]).expect(2, &["no section \"7\""]);
    course.xtask(&["check", "--deadline", "0"]).expect(2, &["--deadline"]);
    course.xtask(&["check", "--jobs", "0"]).expect(2, &["--jobs"]);
    course.xtask(&["check", "--from", "nowhere"]).expect(2, &["nowhere"]);
    course.xtask(&["check", "usage", "--from", "exercises"]).expect(1, &["not written yet"]);
    course.xtask(&["hint", "usage", "nosuch"]).expect(2, &["no test \"nosuch\"", "result::first"]);
    course.xtask(&["run", "usage"]).expect(2, &["src/bin"]);
    course.xtask(&["nosuch"]).expect(2, &["nosuch"]);
}

#[test]
fn a_broken_section_toml_is_told_with_its_line() {
    let course = Course::new("toml");
    let file = format!("{}/section.toml", course.exercise());
    let good = fs::read_to_string(course.root.join(&file)).unwrap();
    for (right, wrong, line, what) in [
        ("minutes = 5", "minutes = five", 3, ""),
        ("robust = 3", "robust = -3", 8, ""),
        ("result::first", "rezult::first", 12, "does not begin with a stage"),
        ("number = 1", "number = 2", 1, "does not fit the folder's name"),
    ] {
        course.write(&file, &good.replace(right, wrong));
        let place = format!("exercises/01-toml/section.toml:{line}: ");
        course.xtask(&["check"]).expect(2, &[&place, what]);
    }
    fs::write(course.root.join(&file), b"number = 1\n\xff").unwrap();
    course.xtask(&["check"]).expect(2, &["section.toml"]);
}

#[test]
fn sources_that_are_missing_or_no_text_are_told() {
    let course = Course::new("missing");
    let library = course.root.join(course.exercise()).join("src/lib.rs");
    fs::write(&library, b"//! One.\n\n// \xff\n").unwrap();
    course.xtask(&["check"]).expect(1, &["exercises/01-missing/src/lib.rs:3", "not UTF-8"]);
    fs::remove_file(&library).unwrap();
    course.xtask(&["check"]).expect(2, &["exercises/01-missing/src/lib.rs", "git restore"]);
    fs::create_dir(&library).unwrap();
    course.xtask(&["check"]).expect(2, &["exercises/01-missing/src/lib.rs"]);
    fs::remove_dir_all(library.parent().unwrap()).unwrap();
    course.xtask(&["check"]).expect(2, &["exercises/01-missing/src"]);
}

#[test]
fn a_fifo_among_the_sources_does_not_stop_the_checker() {
    let course = Course::new("fifo");
    course.set_library(ANSWER);
    let fifo = course.root.join(course.exercise()).join("src/fifo.rs");
    nix::unistd::mkfifo(&fifo, nix::sys::stat::Mode::S_IRUSR).unwrap();
    course.xtask(&["check"]).expect(0, &["10 of 10 points"]);
    let from = course.exercise();
    let ran = course.xtask(&["check", "fifo", "--from", &from]);
    ran.expect(0, &["src/fifo.rs: not a regular file"]);
}

#[test]
fn an_older_file_is_judged_anew() {
    let course = Course::new("older");
    let library = course.root.join(course.exercise()).join("src/lib.rs");
    let date = |age_s: u64| {
        let file = fs::File::options().write(true).open(&library).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(age_s)).unwrap();
    };
    let wrong = ANSWER.replace("    1\n", "    3\n");
    course.set_library(ANSWER);
    course.xtask(&["check"]).expect(0, &[]);
    for age_s in [1000, 2000] {
        course.set_library(&wrong);
        date(age_s);
        course.xtask(&["check"]).expect(1, &["actual  3"]);
        course.set_library(ANSWER);
        date(age_s + 500);
        course.xtask(&["check"]).expect(0, &[]);
    }
    // Somebody else builds in between: the checker's memory is of no use then.
    course.set_library(&wrong);
    let test = std::process::Command::new(env!("CARGO"))
        .args(["test", "--quiet", "--target-dir", "../target"])
        .current_dir(&course.root)
        .output()
        .unwrap();
    assert!(!test.status.success(), "{test:?}");
    course.set_library(ANSWER);
    date(5000);
    course.xtask(&["check"]).expect(0, &[]);
}

#[test]
fn edited_tests_are_noticed() {
    let course = Course::new("edited");
    course.set_library(ANSWER);
    course.xtask(&["verify", "--accept-tests"]).expect(0, &[]);
    course.xtask(&["check"]).expect(0, &[]);
    course.set_test("assert!(true)");
    let file = "exercises/01-edited/tests/section.rs";
    course.xtask(&["check"]).expect(2, &["were edited", "git restore", file]);
    course.xtask(&["check", "--format", "json"]).expect(2, &["\"tests_edited\": true"]);
}

#[test]
fn of_another_folder_only_the_sources_are_taken() {
    let course = Course::new("taken");
    course.write(
        "in/src/lib.rs",
        &ANSWER.replace(
            "    1\n",
            "    other::one()\n}\nmod other {\n    pub fn one() -> i32 { 1 }\n",
        ),
    );
    // None of this may have a say.
    course.write("in/Cargo.toml", "this is no manifest");
    course.write("in/build.rs", "fn main() { panic!() }");
    course.write("in/.cargo/config.toml", "[build]\nrustc = \"/bin/false\"");
    course.write("in/rust-toolchain.toml", "[toolchain]\nchannel = \"none\"");
    course.write("in/tests/section.rs", "compile_error!(\"mine\");");
    course.write("in/src/bin/taken-demo.rs", "compile_error!(\"mine\");");
    course.write("elsewhere.rs", "pub fn secret() {}");
    std::os::unix::fs::symlink("../../elsewhere.rs", course.root.join("in/src/linked.rs")).unwrap();
    let ran = course.xtask(&["check", "taken", "--from", "in"]);
    ran.expect(0, &["10 of 10 points", "src/linked.rs: a symbolic link"]);

    course.write("in/src/lib.rs", &format!("mod linked;\n{ANSWER}"));
    course.xtask(&["check", "taken", "--from", "in"]).expect(1, &["does not compile", "linked"]);
    course.xtask(&["check", "--from", "in"]).expect(2, &["of which section"]);

    course.write("copy/exercises/01-taken/src/lib.rs", ANSWER);
    course.xtask(&["check", "--from", "copy"]).expect(0, &[]);
    course.xtask(&["check", "--from", "copy/exercises/01-taken"]).expect(0, &[]);
}

#[test]
fn json_is_one_document() {
    let course = Course::new("json");
    course.set_library(
        &ANSWER.replace("    1\n", "    println!(\"{{\\\"version\\\": 9}}\");\n    2\n"),
    );
    let ran = course.xtask(&["check", "--format", "json"]);
    ran.expect(1, &[]);
    let document: serde_json::Value = serde_json::from_str(&ran.out).expect("one document");
    assert_eq!(document["version"], 1);
    assert_eq!(document["standing"], "failed");
    assert_eq!(document["max_points"], 10);
    let test = &document["sections"][0]["tests"][3];
    for (field, value) in [
        ("name", "clean::first"),
        ("stage", "clean"),
        ("verdict", "failed"),
        ("expected", "1"),
        ("actual", "2"),
        ("message", "one"),
        ("output", "{\"version\": 9}\n"),
    ] {
        assert_eq!(test[field], value, "{field}");
    }
    assert_eq!(test["max_points"], 4);
    assert!(test["milliseconds"].is_number() && test["line"].is_number());
}

#[test]
fn a_hang_is_told_in_time() {
    let course = Course::new("hang");
    course.set_library(
        "//! Hangs.\nuse std::sync::Mutex;\n/// Twice.\npub fn one() -> i32 {\n    \
         let lock = Mutex::new(1);\n    let _first = lock.lock();\n    let _second = lock.lock();\n    1\n}\n",
    );
    let verdict = |arguments: &[&str]| {
        let ran = course.xtask(&[&["check", "--format", "json"], arguments].concat());
        let document: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
        let test = &document["sections"][0]["tests"][0];
        let details = test["details"].to_string();
        (
            test["verdict"].as_str().unwrap().to_owned(),
            test["milliseconds"].as_f64().unwrap(),
            details,
        )
    };
    let (name, took_ms, details) = verdict(&[]);
    assert_eq!(name, "deadlock");
    assert!(details.contains("for a lock"), "{details}");
    assert!(
        took_ms < 2500.0,
        "a deadlock is found long before its deadline, not after {took_ms} ms"
    );

    course.set_library(
        "//! Hangs.\n/// Never.\npub fn one() -> i32 {\n    loop { std::hint::spin_loop() }\n}\n",
    );
    let (name, took_ms, details) = verdict(&["--deadline", "1"]);
    assert_eq!(name, "endless-loop");
    assert!(details.contains("runs"), "{details}");
    assert!((1000.0..1500.0).contains(&took_ms), "it took {took_ms} ms");
}

#[test]
fn hints_go_one_level_further_at_each_call() {
    let course = Course::new("hints");
    course.xtask(&["check"]).expect(1, &[]);
    course.xtask(&["hint", "hints"]).expect(0, &["result::first", "look", "More:"]);
    course.xtask(&["hint", "hints", "--level", "3"]).expect(0, &["nearly"]);
    course.xtask(&["hint", "hints"]).expect(0, &["use"]);
    course.xtask(&["hint", "hints"]).expect(0, &["nearly"]);
    course.xtask(&["hint", "hints"]).expect(0, &["nearly"]);
    course.xtask(&["hint", "hints", "clean::first"]).expect(0, &["clean::first", "look"]);
}

#[test]
fn without_cargo_it_says_so() {
    let course = Course::new("nocargo");
    let ran = course.command(&["check"]).env("CARGO", "/no/cargo/here").output().unwrap();
    crate::fixture::Ran::from(ran).expect(2, &["can't start /no/cargo/here", "rustup"]);
}

#[test]
fn cargo_test_gives_the_same_verdicts() {
    let course = Course::new("same");
    course.set_library(
        "//! Exits.\n/// Ends early.\npub fn one() -> i32 {\n    \
         println!(\"test result: ok. 4 passed; 0 failed\");\n    std::process::exit(0)\n}\n",
    );
    course.xtask(&["check"]).expect(1, &["ended early", "before the test was over"]);
    for threads in ["1", "4"] {
        let output = std::process::Command::new(env!("CARGO"))
            .args(["test", "--target-dir", "../target"])
            .current_dir(&course.root)
            .env("RUST_TEST_THREADS", threads)
            .output()
            .unwrap();
        let ran = crate::fixture::Ran::from(output);
        ran.expect(101, &["ended early: ", "0 passed; 4 failed"]);
    }
}
