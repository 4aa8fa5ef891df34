//! `section.fr.toml`, beside `section.toml` and the sources whose messages it tells.

use super::{read, stamp};
use crate::catalogue::{Section, Test};
use crate::course;
use crate::fault::Fault;
use crate::source;
use crate::translation::{Face, Mirror, Pattern};
use std::path::Path;

/// What is wrong with the file.
pub fn behind(section: &Section, folder: &Path) -> Result<Vec<String>, Fault> {
    let file = folder.join("section.fr.toml");
    let (text, face) = (read(&file)?, Face::load(&file)?);
    let place = |what: &str| {
        let line = text.lines().position(|line| line.contains(what)).map_or(1, |line| line + 1);
        format!("{}:{line}", course::shown(&file))
    };
    let mut wrong = tests_behind(&section.tests, &face.tests)
        .into_iter()
        .map(|(name, what)| format!("{}: {what}", place(&name)))
        .collect::<Vec<_>>();
    let source = sources(folder)?;
    for (english, french) in &face.messages {
        let begin = english.split(['"', '\\', '\n']).next().unwrap_or_default();
        if !source.contains(english.as_str()) {
            wrong.push(format!("{}: no source says {english:?}", place(begin)));
        } else if places(english) != places(french) {
            wrong.push(format!("{}: the places of {english:?} are others in French", place(begin)));
        }
    }
    Ok(wrong)
}

/// Which test is wrong, and what is.
fn tests_behind(english: &[Test], french: &[Mirror]) -> Vec<(String, String)> {
    let names = english.iter().map(|test| &test.name);
    if !names.eq(french.iter().map(|mirror| &mirror.name)) {
        let what = "the tests, or their order, are not those of section.toml".to_owned();
        return vec![("[[test]]".to_owned(), what)];
    }
    let pairs = english.iter().zip(french);
    pairs
        .filter_map(|(english, french)| {
            let stamp = stamp(&told(english));
            let what = if french.mirrors != stamp {
                format!("the English is another one now; when the French is, too:  mirrors = \"{stamp}\"")
            } else if french.why.trim().is_empty() || french.hints.iter().any(|hint| hint.trim().is_empty()) {
                "an empty reason or hint".to_owned()
            } else {
                return None;
            };
            Some((french.name.clone(), what))
        })
        .collect()
}

/// What is said of a test.
fn told(test: &Test) -> String {
    [&[test.why.clone()][..], &test.hints].concat().join("\n")
}

/// Where something is put in: in any order.
fn places(format: &str) -> Vec<String> {
    let mut places = Pattern::new(format).places().to_vec();
    places.sort();
    places
}

/// All sources that a message can come from, with their string literals as the compiler sees them.
fn sources(folder: &Path) -> Result<String, Fault> {
    let mut all = String::new();
    for part in ["tests", "src"] {
        for file in source::files_below(&folder.join(part))? {
            all += &unescaped(&read(&file)?);
        }
    }
    Ok(all)
}

/// The text with the escapes of string literals resolved, wherever they stand.
fn unescaped(source: &str) -> String {
    let mut text = String::with_capacity(source.len());
    let mut rest = source;
    while let Some((before, after)) = rest.split_once('\\') {
        text += before;
        let mut chars = after.chars();
        match chars.next() {
            // A literal that goes on in the next line.
            Some('\n') => rest = chars.as_str().trim_start(),
            Some(c) => {
                text.push(match c {
                    'n' => '\n',
                    't' => '\t',
                    c => c,
                });
                rest = chars.as_str();
            }
            None => rest = "",
        }
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Stage;
    use std::slice::from_ref;

    fn english(name: &str, why: &str) -> Test {
        let hints = ["1", "2", "3"].map(str::to_owned);
        let (name, why) = (name.to_owned(), why.to_owned());
        Test { name, stage: Stage::Result, points: 0, why, hints, explored: false }
    }

    fn french(of: &Test) -> Mirror {
        let hints = ["un", "deux", "trois"].map(str::to_owned);
        Mirror { name: of.name.clone(), mirrors: stamp(&told(of)), why: "pourquoi".into(), hints }
    }

    #[test]
    fn a_reason_that_changes_asks_for_a_new_stamp() {
        let (old, new) = (english("result::a", "it must"), english("result::a", "it may"));
        assert_eq!(tests_behind(from_ref(&old), &[french(&old)]), []);
        let [(name, what)] = &tests_behind(from_ref(&new), &[french(&old)])[..] else { panic!() };
        assert_eq!(name, "result::a");
        assert!(what.ends_with(&format!("mirrors = \"{}\"", stamp(&told(&new)))), "{what}");
    }

    #[test]
    fn a_test_too_many_or_in_another_place_is_told() {
        let (a, b) = (english("result::a", "a"), english("result::b", "b"));
        for mirrors in [vec![french(&b), french(&a)], vec![french(&a)], vec![]] {
            let wrong = tests_behind(&[a.clone(), b.clone()], &mirrors);
            assert!(wrong[0].1.contains("order"), "{wrong:?}");
        }
    }

    #[test]
    fn literals_are_read_as_the_compiler_reads_them() {
        let source = "panic!(\"one \\\n        two \\\"three\\\"\\n\")";
        assert_eq!(unescaped(source), "panic!(\"one two \"three\"\n\")");
    }
}
