//! A race that shows once in a thousand runs, as its author meets it.

use crate::fixture::Course;

/// A semaphore whose `acquire` does not look again.
const HASTY: &str = "//! Permits.
use std::sync::{Condvar, Mutex};

/// A counter of permits.
#[derive(Debug)]
pub struct Semaphore {
    permits: Mutex<usize>,
    released: Condvar,
}

impl Semaphore {
    /// So many permits.
    pub fn new(permits: usize) -> Self {
        Self { permits: Mutex::new(permits), released: Condvar::new() }
    }

    /// Takes one.
    pub fn acquire(&self) {
        let mut permits = self.permits.lock().unwrap();
        if *permits == 0 {
            permits = self.released.wait(permits).unwrap();
        }
        *permits -= 1;
    }

    /// Gives one back.
    pub fn release(&self) {
        *self.permits.lock().unwrap() += 1;
        self.released.notify_one();
    }
}
";

const SCENARIO: &str = "let semaphore = Semaphore::new(0);
            std::thread::scope(|scope| {
                scope.spawn(|| semaphore.acquire());
                semaphore.release();
            });";

/// What of the standard library a student may well use, in all the ways to name it.
const PLAIN: &str = "//! Plain code.
use ::std::fmt;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, atomic::{AtomicUsize, Ordering}};
use std::thread;

thread_local! {
    static OWN: std::cell::Cell<usize> = const { std::cell::Cell::new(1) };
}

/// A thing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Thing(Vec<String>, Option<Box<u8>>);

impl fmt::Display for Thing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, \"{:?}\", self.0)
    }
}

/// One.
pub fn one() -> usize {
    let things: HashMap<usize, Thing> = (0..3).map(|n| (n, Thing::default())).collect();
    assert!(matches!(things.get(&1), Some(Thing(_, None))), \"{}\", format!(\"{things:?}\"));
    let (count, list) = (AtomicUsize::new(0), Arc::new(Mutex::new(vec![1])));
    thread::scope(|scope| {
        scope.spawn(|| count.fetch_add(OWN.get(), Ordering::SeqCst));
        list.lock().unwrap().push(2);
    });
    println!(\"{}\", things[&0]);
    std::mem::take(&mut *list.lock().unwrap()).len() - count.into_inner()
}
";

#[test]
fn a_schedule_that_fails_is_found_told_and_run_again() {
    let course = Course::new("hasty").exploring(SCENARIO);
    course.set_library(HASTY);
    let ran = course.xtask(&["check", "hasty"]);
    ran.expect(1, &["result::first", "fails under a schedule", "panics at src/lib.rs:23"]);
    ran.expect(
        1,
        &["waits on released", "wakeup without a reason", "src/lib.rs", "23 | *permits -= 1;"],
    );
    assert!(!ran.out.contains('\x1b'), "a pipe gets plain text");

    let json = course.xtask(&["check", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_str(&json.out).expect("one document");
    let test = &document["sections"][0]["tests"][0];
    assert_eq!(test["verdict"], "schedule", "{test}");
    let told = &test["counterexample"];
    assert_eq!(told["failure"], "panic");
    assert_eq!(told["objects"], serde_json::json!(["permits", "released"]));
    assert!(told["steps"].as_array().is_some_and(|steps| steps.len() > 5), "{told}");

    let french = course.xtask(&["check", "hasty", "--lang", "fr"]);
    french.expect(
        1,
        &["échoue selon l'ordonnancement", "panique en src/lib.rs:23", "Pour le revoir"],
    );
    french.expect(1, &["attend sur released", "un réveil intempestif", "la soustraction déborde"]);

    let id = test["schedule"].as_str().expect("a name");
    let replay = format!("result::first:{id}");
    let again = ["check", "hasty", "--replay", &replay, "--picture", "hasty.svg"];
    course
        .xtask(&again)
        .expect(1, &["panics at src/lib.rs:23", "hasty.svg shows how result::first fails"]);
    assert!(std::fs::read_to_string(course.root.join("hasty.svg")).unwrap().starts_with("<svg"));
    course.write("hasty.svg", "notes");
    course.xtask(&again).expect(2, &["hasty.svg is there already"]);

    course.set_library(&HASTY.replace("if *permits", "while *permits"));
    course.xtask(&["check"]).expect(0, &["no schedule of this scenario fails", "10 of 10 points"]);
    let ran = course.xtask(&again[..4]);
    // The same steps do not fail, or are not to be had any more.
    assert!(ran.out.contains("does not fail any more") || ran.code == Some(2), "{ran:?}");
    course.xtask(&["check", "--picture", "none.svg"]).expect(0, &["there is no picture"]);
    course.xtask(&["check", "--thorough", "2"]).expect(0, &["no schedule of this scenario fails"]);
}

#[test]
fn wrong_names_of_schedules_are_told() {
    let course = Course::new("misnamed").exploring(SCENARIO);
    for (name, what) in [
        ("first", "is no name of a schedule"),
        ("first:", "is no name of a schedule"),
        ("first:x1-2", "is no name of a schedule"),
        ("second:f0", "has no test \"second\""),
    ] {
        course.xtask(&["check", "1", "--replay", name]).expect(2, &[what]);
    }
    course.set_library(HASTY);
    course
        .xtask(&["check", "1", "--replay", "first:f1-0x2-99"])
        .expect(2, &["takes other steps now"]);
}

/// The checker builds each answer a second time with a dependency that is called `std`. Nothing promises that cargo
/// and rustc go on to allow it.
#[test]
fn a_dependency_named_std_takes_the_place_of_std() {
    let course = Course::new("standin").exploring("assert_eq!(one(), 1);");
    course.set_library(PLAIN);
    let ran = course.xtask(&["check", "standin"]);
    assert!(
        ran.code == Some(0) && ran.out.contains("no schedule of this scenario fails"),
        "A crate that is built with `std = {{ package = \"interleave-std\", … }}` among its dependencies does not use the \
         stand-in any more. If cargo or rustc is new, that is why. What can be done:\n\
         - pin the older toolchain in rust-toolchain.toml, until one of these works;\n\
         - give the dependency to rustc by `--extern`, in a build script of the staged crate (see stage_source.rs);\n\
         - stage a copy of the sources in which `std::` is written `interleave_std::`.\n\n{}\n{}",
        ran.out,
        ran.err
    );
}
