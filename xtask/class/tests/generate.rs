//! The classes that the grading is tried on are what their seed says, and what is told of them is so.

#[path = "../examples/generate/class/mod.rs"]
mod class;

use class::{Answer, Expected, Form, Plan};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use xtask::{catalogue, source};

const STUDENTS: usize = 60;

/// A folder for one test, new and empty.
fn place(name: &str) -> PathBuf {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&place);
    fs::create_dir_all(&place).unwrap();
    place
}

fn generate(folder: &Path, seed: u64) -> Expected {
    let sections = catalogue::select(&["process".into(), "threads".into()]).unwrap();
    class::generate(&Plan { students: STUDENTS, seed, sections }, folder).unwrap()
}

/// All files below the folder, but those of repositories: git writes the time into some.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let files = if path.is_dir() { source::files_below(&path).unwrap() } else { vec![path] };
        let of_git = |file: &PathBuf| file.iter().any(|part| part == ".git");
        let files = files.into_iter().filter(|file| !of_git(file));
        all.extend(files.map(|file| {
            let text = fs::read(&file).unwrap();
            (file.strip_prefix(folder).unwrap().to_owned(), text)
        }));
    }
    all
}

#[test]
fn the_same_seed_makes_the_same_class_and_another_another() {
    let place = place("seeds");
    let folders = ["a", "b", "c"].map(|name| place.join(name));
    let [a, b, c] = [(&folders[0], 1), (&folders[1], 1), (&folders[2], 2)]
        .map(|(folder, seed)| generate(folder, seed));
    assert_eq!(a, b);
    assert_ne!(a, c);
    let [a, b] = [&folders[0], &folders[1]].map(|folder| files(folder));
    assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>());
    for (file, text) in &a {
        assert!(b[file] == *text, "{} differs", file.display());
    }
    let left = fs::read_dir(&place).unwrap().count();
    assert_eq!(left, 3, "the workshops are gone");
}

#[test]
fn a_class_has_what_grading_finds_hard() {
    let place = place("variety");
    let folder = place.join("class");
    let expected = generate(&folder, 7);
    let entries: BTreeSet<&str> =
        expected.entries.iter().map(|entry| entry.entry.as_str()).collect();
    let there = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let there: Vec<String> = there.collect();
    assert_eq!(entries, there.iter().map(String::as_str).collect(), "one entry a student");
    assert_eq!(entries.len(), STUDENTS);
    let forms: Vec<Form> = Form::possible();
    assert!(forms.iter().all(|form| expected.entries.iter().any(|entry| entry.form == *form)));
    let names: Vec<&String> =
        expected.entries.iter().filter_map(|entry| entry.name.as_ref()).collect();
    assert!(names.iter().collect::<BTreeSet<_>>().len() < names.len(), "two have one name");
    let answers = expected.entries.iter().flat_map(|entry| &entry.sections).map(|of| &of.answer);
    let count = |wanted: &Answer| answers.clone().filter(|answer| *answer == wanted).count();
    for answer in answers.clone() {
        assert!(count(answer) > 1, "{answer:?} is there once: nobody hands in the same files");
    }
    assert!(
        [Answer::Reference, Answer::Stub, Answer::Nothing].iter().all(|answer| count(answer) > 1)
    );
}

#[test]
fn what_is_expected_is_what_was_put_in() {
    let place = place("truth");
    let folder = place.join("class");
    let expected = generate(&folder, 3);
    let text = serde_json::to_string(&expected).unwrap();
    assert_eq!(serde_json::from_str::<Expected>(&text).unwrap(), expected);
    let library = |entry: &str, section: &str| {
        let paths =
            [folder.join(entry).join("exercises").join(section), folder.join(entry).join(section)];
        paths.iter().find_map(|path| fs::read_to_string(path.join("src/lib.rs")).ok())
    };
    let reference = |section: &str| {
        let place = xtask::course::root().join("solutions").join(section).join("src/lib.rs");
        fs::read_to_string(place).unwrap()
    };
    let folders = expected
        .entries
        .iter()
        .filter(|entry| matches!(entry.form, Form::Folder | Form::Repository));
    for entry in folders {
        for (of, section) in entry.sections.iter().zip(["01-process", "06-threads"]) {
            let text = library(&entry.entry, section);
            let is_reference = text.as_ref() == Some(&reference(section));
            match &of.answer {
                Answer::Reference => assert!(is_reference, "{}", entry.entry),
                Answer::Stub => assert!(text.unwrap().contains("todo!(")),
                Answer::Mistake { .. } => assert!(text.is_some() && !is_reference),
                Answer::Nothing => assert_eq!(text, None),
            }
        }
    }
}
