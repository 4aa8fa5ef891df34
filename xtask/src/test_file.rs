//! The file with a section's tests: is it the course's own, and what tests has it?

use crate::catalogue::Section;
use crate::fault::Fault;
use crate::{course, digest};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Is the file what it was when it was last accepted?
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum State {
    /// It is.
    Accepted,
    /// It says something else now.
    Edited,
    /// It was never accepted.
    New,
}

/// Compares the file with the digest in `section.toml`.
pub fn state(section: &Section) -> Result<State, Fault> {
    let present = digest::of_file(&path(section))?;
    Ok(match &section.tests_digest {
        None => State::New,
        Some(accepted) if *accepted == present => State::Accepted,
        Some(_) => State::Edited,
    })
}

/// Writes the digest of the tests, as they are now, into `section.toml`.
pub fn accept(section: &Section) -> Result<(), Fault> {
    let file = course::exercise(section).join("section.toml");
    let digest = format!("tests_digest = \"{}\"", digest::of_file(&path(section))?);
    let failed = |error: std::io::Error| Fault::new(format!("{}: {error}", course::shown(&file)));
    let text = std::fs::read_to_string(&file).map_err(failed)?;
    let mut lines: Vec<&str> =
        text.lines().filter(|line| !line.starts_with("tests_digest")).collect();
    let place = lines.iter().position(|line| line.starts_with("minutes"));
    lines.insert(place.map_or(0, |place| place + 1), &digest);
    std::fs::write(&file, lines.join("\n") + "\n").map_err(failed)
}

/// The tests in the file: the name of each, with its stage, and whether it explores schedules.
pub fn tests(section: &Section) -> Result<BTreeMap<String, bool>, Fault> {
    let file = path(section);
    let text = std::fs::read_to_string(&file).map_err(|error| Fault::unreadable(&file, error))?;
    Ok(tests_in(&text))
}

/// The tests in a text: functions below `#[test]`, in modules that stand at the margin. Who explores begins with it.
fn tests_in(text: &str) -> BTreeMap<String, bool> {
    let mut module = "";
    let mut is_test = false;
    let mut begun = None;
    let mut tests = BTreeMap::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("mod ") {
            module = name.trim_end_matches(['{', ' ']);
        }
        if let (true, Some(rest)) = (is_test, line.trim_start().strip_prefix("fn ")) {
            let name = rest.split('(').next().unwrap_or_default();
            begun = Some(format!("{module}::{name}"));
        } else if let Some(test) = begun.take() {
            tests.insert(test, line.trim_start().starts_with("explore("));
        }
        is_test = line.trim() == "#[test]" || (is_test && line.trim_start().starts_with("#["));
    }
    tests
}

fn path(section: &Section) -> PathBuf {
    course::exercise(section).join("tests").join("section.rs")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_found_with_their_stage() {
        let text = "mod result {\n    #[test]\n    fn a() {\n        explore(|| {});\n    }\n    fn no() {}\n}\n\
                    mod clean {\n    #[test]\n    #[cfg(unix)]\n    fn b() {\n    }\n}\nfn helper() {}\n";
        let wanted = [("clean::b".to_owned(), false), ("result::a".to_owned(), true)];
        assert_eq!(tests_in(text), BTreeMap::from(wanted));
    }
}
