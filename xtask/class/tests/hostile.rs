//! The hostile submissions are what they say: each can be written, and there are enough of each kind.

#[path = "hostile/submission.rs"]
mod submission;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use submission::{Hostile, Kind, Outcome};

/// A kind without so many is not tried.
const OF_A_KIND: usize = 5;

fn all() -> Vec<Hostile> {
    submission::load().unwrap_or_else(|what| panic!("{what}"))
}

#[test]
fn there_are_enough_of_each_kind() {
    let mut kinds: BTreeMap<Kind, Vec<String>> = BTreeMap::new();
    for hostile in all() {
        kinds.entry(hostile.kind).or_default().push(hostile.name);
    }
    assert_eq!(kinds.len(), 5, "{kinds:?}");
    for (kind, names) in kinds {
        assert!(names.len() >= OF_A_KIND, "{kind:?}: {names:?}");
    }
}

#[test]
fn no_two_try_the_same() {
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    for hostile in all() {
        let other = seen.insert(hostile.why.to_lowercase(), hostile.name.clone());
        assert_eq!(other, None, "says the same as {}", hostile.name);
    }
}

#[test]
fn each_becomes_a_submission_that_is_not_the_reference() {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hostile");
    let _ = fs::remove_dir_all(&place);
    for hostile in all() {
        let folder = place.join(&hostile.name);
        hostile.write(&folder).unwrap_or_else(|what| panic!("{}: {what}", hostile.name));
        let section = folder.join("exercises").join(hostile.section.folder_name());
        let reference = xtask::course::solution(&hostile.section);
        assert!(differs(&folder, &section, &reference), "{} is the reference", hostile.name);
        if let Some(word) = &hostile.suspicious {
            let text = fs::read_to_string(section.join("src/lib.rs")).unwrap();
            assert!(text.contains(word), "{}: there is no {word} in it", hostile.name);
        }
        if hostile.outcome == Outcome::NotHandedIn {
            assert!(hostile.left_out.is_some(), "{}: what was left out?", hostile.name);
        }
    }
}

/// Is anything in the submission that the reference has not?
fn differs(folder: &Path, section: &Path, reference: &Path) -> bool {
    let library = section.join("src/lib.rs");
    // Whoever opens a FIFO waits.
    let is_file = fs::symlink_metadata(&library).is_ok_and(|data| data.is_file());
    if !is_file || fs::read(library).unwrap() != fs::read(reference.join("src/lib.rs")).unwrap() {
        return true;
    }
    let count = |folder: &Path| fs::read_dir(folder).unwrap().count();
    let is_taken = |entry: &fs::DirEntry| entry.file_name() != "bin";
    let taken = fs::read_dir(reference.join("src")).unwrap().flatten().filter(is_taken).count();
    count(folder) > 1 || count(section) > 1 || count(&section.join("src")) > taken
}
