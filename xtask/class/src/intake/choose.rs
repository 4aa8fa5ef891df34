//! What of the pile is taken: for each section the files of one folder, as far as they are fit to be written and built.

use super::limits::{DEPTH, PATH_BYTES, SECTION_BYTES, SECTION_FILES};
use super::pile::{Content, Notes, Pile};
use super::place::{Own, Root};
use std::collections::{BTreeMap, BTreeSet};
use xtask::catalogue::Section;
use xtask::stage_source::Staged;

/// The files of each section, by the names of their folders in the course, and what is to be said.
pub fn choose(pile: Pile, sections: &[Section]) -> (BTreeMap<String, Vec<Staged>>, Notes) {
    let mut notes = Notes::default();
    notes_own(&pile.own, &mut notes);
    let mut folders: Vec<Vec<(Root, BTreeMap<String, Content>)>> =
        sections.iter().map(|_| vec![]).collect();
    for (root, files) in pile.roots {
        folders[root.section].push((root, files));
    }
    let mut taken = BTreeMap::new();
    for (section, folders) in sections.iter().zip(folders) {
        let name = section.folder_name();
        let Some((root, files)) = nearest(folders, &mut notes) else { continue };
        let files = fit(&root.path, files, &mut notes);
        if let Some(files) = whole(&name, files, &mut notes) {
            taken.insert(name, files);
        }
    }
    (taken, notes.and(pile.notes))
}

/// What the course has itself, in one line.
fn notes_own(own: &BTreeSet<Own>, notes: &mut Notes) {
    if !own.is_empty() {
        let words: Vec<&str> = own.iter().map(|own| own.words()).collect();
        notes.say(format!("{}: the course's own take their place", words.join(", ")));
    }
}

/// The folder that counts: the nearest to the top of those with a `lib.rs`.
fn nearest(
    folders: Vec<(Root, BTreeMap<String, Content>)>,
    notes: &mut Notes,
) -> Option<(Root, BTreeMap<String, Content>)> {
    let has_library = |files: &BTreeMap<String, Content>| files.contains_key("src/lib.rs");
    let best = folders.iter().position(|(_, files)| has_library(files)).unwrap_or(0);
    let path = folders.get(best)?.0.path.clone();
    let mut chosen = None;
    for (index, (root, files)) in folders.into_iter().enumerate() {
        if index == best {
            chosen = Some((root, files));
        } else {
            notes.file(&root.path, &format!("the section is there more than once; {path} counts"));
        }
    }
    chosen
}

/// The files that can be taken, by their paths.
fn fit(root: &str, files: BTreeMap<String, Content>, notes: &mut Notes) -> Vec<Staged> {
    let folders: BTreeSet<String> =
        files.keys().flat_map(|path| folders_of(&path.to_lowercase())).collect();
    let mut seen = BTreeSet::new();
    let mut taken = vec![];
    // Small letters come last: of `Lib.rs` and `lib.rs` the second is the one that is meant.
    for (path, content) in files.into_iter().rev() {
        let lower = path.to_lowercase();
        if lower == "src/main.rs" || lower == "src/bin" || lower.starts_with("src/bin/") {
            continue;
        }
        let unfit = unfit_name(&path).or_else(|| {
            let clashes = folders.contains(&lower) || !seen.insert(lower);
            clashes.then_some("has the name of another file or folder, but for capital letters")
        });
        match (unfit, content) {
            (Some(why), _) | (None, Err(why)) => {
                let inside = path.strip_prefix("src").unwrap_or(&path);
                notes.file(&format!("{root}{inside}"), why);
            }
            (None, Ok(text)) => taken.push(Staged { file: path.into(), text }),
        }
    }
    taken.reverse();
    taken
}

/// The folders that lie around the path.
fn folders_of(path: &str) -> Vec<String> {
    path.match_indices('/').map(|(at, _)| path[..at].to_owned()).collect()
}

/// Why a file of this name is not taken.
fn unfit_name(path: &str) -> Option<&'static str> {
    let parts: Vec<&str> = path.split('/').collect();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let fit = |part: &&str| {
        part.chars().all(plain) && !part.starts_with(['.', '-']) && !part.ends_with('.')
    };
    match () {
        () if path.len() > PATH_BYTES => Some("a path that is too long"),
        () if parts.len() > DEPTH => Some("lies too deep"),
        () if !parts.iter().all(fit) => {
            Some("a name with other characters than letters, digits, _, - and .")
        }
        () => None,
    }
}

/// The files, if they are a crate, and one that a person can have written.
fn whole(section: &str, files: Vec<Staged>, notes: &mut Notes) -> Option<Vec<Staged>> {
    let bytes: usize = files.iter().map(|staged| staged.text.len()).sum();
    let why = if files.len() > SECTION_FILES {
        format!("nothing is taken of more than {SECTION_FILES} files")
    } else if bytes > SECTION_BYTES {
        format!("nothing is taken of more than {} MiB", SECTION_BYTES >> 20)
    } else if files.iter().all(|staged| staged.file.as_os_str() != "src/lib.rs") {
        "nothing is taken without a src/lib.rs".into()
    } else {
        return Some(files);
    };
    notes.file(section, &why);
    None
}

#[cfg(test)]
mod tests {
    use super::super::limits::LEFT_OUT;
    use super::super::samples::*;
    use super::super::{Reach, Submission, take};
    use super::*;
    use std::process::Command;

    fn taken(files: &[(&str, &str)]) -> Submission {
        take_bytes(&tar_of(files))
    }

    #[test]
    fn the_folder_nearest_to_the_top_counts_and_the_other_is_said() {
        let submission = taken(&[
            ("old/03-pipes/src/lib.rs", "// far"),
            ("03-pipes/src/lib.rs", "// near"),
            ("pipes/src/a.rs", "// no library"),
        ]);
        assert_eq!(submission.sections["03-pipes"][0].text, b"// near");
        let said = "old/03-pipes/src: the section is there more than once; 03-pipes/src counts";
        assert_left_out(&submission, said);
        assert_left_out(&submission, "pipes/src: the section is there more than once");
    }

    #[test]
    fn the_courses_programs_are_not_taken_in_any_spelling() {
        let submission = taken(&[
            ("03-pipes/src/lib.rs", ""),
            ("03-pipes/src/main.rs", ""),
            ("03-pipes/src/Main.rs", ""),
            ("03-pipes/src/BIN/demo.rs", ""),
            ("10-locks/src/lib.rs", ""),
            ("10-locks/src/bin", "a file in the place of a folder"),
        ]);
        assert_eq!(paths(&submission), ["03-pipes/src/lib.rs", "10-locks/src/lib.rs"]);
    }

    #[test]
    fn names_that_differ_in_capital_letters_only_do_not_meet() {
        let submission = taken(&[
            ("03-pipes/src/lib.rs", "// small"),
            ("03-pipes/src/LIB.rs", "// capital"),
            ("03-pipes/src/a", "a file"),
            ("03-pipes/src/A/b.rs", "in a folder"),
        ]);
        assert_eq!(paths(&submission), ["03-pipes/src/A/b.rs", "03-pipes/src/lib.rs"]);
        assert_eq!(submission.sections["03-pipes"][1].text, b"// small");
        assert_left_out(&submission, "LIB.rs: has the name of another");
        assert_left_out(&submission, "src/a: has the name of another");
    }

    #[test]
    fn a_library_that_is_a_folder_is_none() {
        let submission = taken(&[("03-pipes/src/lib.rs/a.rs", "")]);
        assert_trouble(&submission, "no section is in it");
        assert_left_out(&submission, "03-pipes: nothing is taken without a src/lib.rs");
    }

    #[test]
    fn data_and_sources_that_are_not_text_are_taken_as_they_are() {
        let folder = Folder::new();
        folder.file("Jane/pipes/src/lib.rs", b"\xff");
        folder.file("Jane/pipes/src/data.bin", b"\0");
        let submission = take_entry(&folder.0.join("Jane"));
        assert_eq!(paths(&submission), ["03-pipes/src/data.bin", "03-pipes/src/lib.rs"]);
        assert_eq!(submission.sections["03-pipes"][1].text, b"\xff");
    }

    #[test]
    fn more_than_anybody_writes_is_not_taken() {
        let names: Vec<String> = (0..SECTION_FILES).map(|n| format!("pipes/src/{n}.rs")).collect();
        let mut files: Vec<_> = names.iter().map(|name| (&**name, "")).collect();
        files.push(("pipes/src/lib.rs", ""));
        assert_left_out(&taken(&files), "03-pipes: nothing is taken of more than 200 files");
        let large = "x".repeat(SECTION_BYTES / 5);
        let mut files: Vec<_> = names[..5].iter().map(|name| (&**name, &*large)).collect();
        files.push(("pipes/src/lib.rs", "and a bit"));
        assert_left_out(&taken(&files), "03-pipes: nothing is taken of more than 4 MiB");
    }

    #[test]
    fn paths_that_are_too_long_or_too_deep_are_left_out() {
        let long = format!("pipes/src/{}/a.rs", "x".repeat(PATH_BYTES));
        let deep = format!("pipes/src/{}a.rs", "x/".repeat(DEPTH));
        let submission = taken(&[("pipes/src/lib.rs", ""), (&deep, "")]);
        assert_left_out(&submission, "lies too deep");
        let submission = take_bytes(&zip_of(&[("pipes/src/lib.rs", ""), (&long, "")]));
        assert_left_out(&submission, "a path that is too long");
    }

    #[test]
    fn what_is_said_is_no_longer_than_a_person_reads() {
        let names: Vec<String> = (0..500).map(|n| format!("../{n}")).collect();
        let files: Vec<_> = names.iter().map(|name| (&**name, "")).collect();
        let submission = taken(&files);
        assert_eq!(submission.left_out.len(), LEFT_OUT + 1);
        assert_eq!(submission.left_out[LEFT_OUT], "and 480 more");
    }

    #[test]
    fn a_lone_src_is_of_the_only_section() {
        let folder = Folder::new();
        folder.file("Jane/src/lib.rs", "");
        folder.file("Jane/Cargo.toml", "");
        let git = |_: &Reach| Command::new("git");
        let one = take(&folder.0.join("Jane"), &sections(&["03-pipes"]), &git);
        assert_eq!(paths(&one), ["03-pipes/src/lib.rs"]);
        assert_trouble(&take_entry(&folder.0.join("Jane")), "no section is in it");
    }
}
