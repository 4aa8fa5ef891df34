//! `cargo xtask verify`, on a course that keeps its promises and on one that does not.

use crate::fixture::Course;

const MISTAKE: &str = "why = \"It counts from zero.\"\ntest = \"result::first\"\nverdict = \"failed\"\n\n\
                       [[edit]]\nfind = '''\n    1\n'''\nreplace = '''\n    0\n'''\n";

fn with_mistakes(name: &str, mistakes: &[&str]) -> Course {
    let course = Course::new(name).with_stub().with_solution();
    for (number, mistake) in mistakes.iter().enumerate() {
        course.write(&format!("solutions/01-{name}/mistakes/number-{number}.toml"), mistake);
    }
    course.xtask(&["verify", "--accept-tests"]).expect(0, &[]);
    course
}

#[test]
fn a_section_that_keeps_its_promises_passes() {
    let course = with_mistakes("kept", &[MISTAKE; 6]);
    let ran = course.xtask(&["verify", "kept"]);
    ran.expect(0, &["the stub fails every test", "the reference passes every test", "number-5"]);
    assert_eq!(ran.out.lines().last(), Some("15 passed, 0 failed"));
    // All four tests are alike, so none of them is needed.
    ran.expect(0, &["robust::first is alone in catching none of the mistakes"]);
}

#[test]
fn a_promise_that_is_broken_is_told() {
    let loops = MISTAKE.replace("    0\n", "    loop { std::hint::spin_loop() }\n");
    let harmless = MISTAKE.replace("    0\n", "    2 - 1\n");
    let nowhere = MISTAKE.replace("    1\n", "    17\n");
    let course = with_mistakes("unkept", &[MISTAKE, &loops, &harmless, &nowhere]);
    course.write("exercises/01-unkept/README.md", "# Tiny\n[gone](gone.md)\n");
    course.set_test("assert_eq!(one(), 1, \"one\"); let _ = 0;");
    let ran = course.xtask(&["verify", "1"]);
    ran.expect(1, &["README.md:2: gone.md leads nowhere", "--accept-tests", "there are only 4"]);
    ran.expect(1, &["it was endless-loop", "it was passed", "is there 0 times, not once"]);
    assert_eq!(ran.out.lines().last(), Some("7 passed, 6 failed"));
}

#[test]
fn a_stub_that_passes_and_a_reference_that_does_not_are_told() {
    let course = with_mistakes("upside", &[MISTAKE; 6]);
    course.set_library(crate::fixture::ANSWER);
    course.write(
        "solutions/01-upside/src/lib.rs",
        "//! Wrong.\n/// One.\npub fn one() -> i32 {\n    3\n}\n",
    );
    let ran = course.xtask(&["verify", "upside"]);
    ran.expect(1, &["result::first passes", "result::first: failed: one", "is there 0 times"]);
    ran.expect(1, &["`stub` is what `src` is", "cp -r exercises/01-upside/src"]);
}
