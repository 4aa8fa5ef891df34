//! The sections of the course, as their `section.toml` tells them.

use crate::course;
use crate::fault::Fault;
use crate::words;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use std::path::Path;
use toml::Spanned;

/// The stages of every section, in the order in which they are worked through.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Stage {
    /// The right answer.
    Result,
    /// Really in parallel, by the means that the section teaches.
    Concurrent,
    /// Bad input, a peer that dies, an overflow.
    Robust,
    /// Nothing is left: no zombie, no descriptor, no thread, no IPC object.
    Clean,
    /// Tasks for those who want more; no points.
    Further,
}

impl Stage {
    /// The stage whose module in the tests has this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Result, Self::Concurrent, Self::Robust, Self::Clean, Self::Further]
            .into_iter()
            .find(|stage| stage.name() == name)
    }

    /// The name of its module in the tests.
    pub fn name(self) -> &'static str {
        match self {
            Self::Result => "result",
            Self::Concurrent => "concurrent",
            Self::Robust => "robust",
            Self::Clean => "clean",
            Self::Further => "further",
        }
    }
}

/// One section of the course.
#[derive(Clone, Debug)]
pub struct Section {
    /// Its place in the course, from 1.
    pub number: u32,
    /// The name of its package.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// How long it takes.
    pub minutes: u32,
    /// Its tests, in the order in which a student meets them.
    pub tests: Vec<Test>,
    /// The digest that its test file had when it was last accepted.
    pub tests_digest: Option<String>,
}

/// One test of a section.
#[derive(Clone, Debug)]
pub struct Test {
    /// Stage and name, as in `robust::a_child_dies`.
    pub name: String,
    /// Its stage.
    pub stage: Stage,
    /// What it is worth.
    pub points: u32,
    /// What it wants, and why.
    pub why: String,
    /// From a nudge to nearly the answer.
    pub hints: [String; 3],
    /// The schedules of its threads are explored.
    pub explored: bool,
}

impl Section {
    /// `NN-name`.
    pub fn folder_name(&self) -> String {
        format!("{:02}-{}", self.number, self.name)
    }

    /// The points that can be had.
    pub fn points(&self) -> u32 {
        self.tests.iter().map(|test| test.points).sum()
    }

    /// Shares the points of a stage among its tests: the same number for each, and one more for the first ones when it
    /// does not come out even.
    pub fn share(&mut self, stage: Stage, points: u32) {
        share(&mut self.tests, stage, points);
    }

    /// The test with this name, or the only one whose name without its stage begins so.
    pub fn test(&self, wanted: &str) -> Result<&Test, Fault> {
        let exact =
            self.tests.iter().find(|test| test.name == wanted || test.short_name() == wanted);
        let beginning: Vec<_> =
            self.tests.iter().filter(|test| test.short_name().starts_with(wanted)).collect();
        match (exact, &beginning[..]) {
            (Some(test), _) | (None, &[test]) => Ok(test),
            _ => {
                let names = self.tests.iter().map(|test| format!("  {}", test.name));
                let (names, name) = (names.collect::<Vec<_>>().join("\n"), &self.name);
                let what =
                    words!("{name} has no test {wanted:?}", "{name} n'a pas de test {wanted:?}");
                Err(Fault::new(what).next(words!("It has:\n{names}", "Il y a :\n{names}")))
            }
        }
    }
}

impl Test {
    /// Its name without the stage.
    pub fn short_name(&self) -> &str {
        self.name.split_once("::").map_or(&self.name, |(_, short)| short)
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number, self.name)
    }
}

/// A folder of a section: `NN-name`.
struct Folder {
    number: u32,
    name: String,
}

impl Folder {
    fn name(&self) -> String {
        format!("{:02}-{}", self.number, self.name)
    }

    fn load(&self) -> Result<Section, Fault> {
        let file = course::root().join("exercises").join(self.name()).join("section.toml");
        load_section(&file, &self.name())
    }
}

/// The folders of all sections, by number.
fn folders() -> Result<Vec<Folder>, Fault> {
    let place = course::root().join("exercises");
    let unreadable = |error| Fault::unreadable(&place, error);
    let mut folders = vec![];
    for entry in std::fs::read_dir(&place).map_err(unreadable)?.flatten() {
        let folder_name = entry.file_name().to_string_lossy().into_owned();
        let parts = folder_name.split_once('-').and_then(|(number, name)| {
            Some(Folder { number: number.parse().ok()?, name: name.to_owned() })
        });
        folders.extend(parts.filter(|folder| folder.name() == folder_name));
    }
    folders.sort_by_key(|folder| folder.number);
    if let Some(pair) = folders.windows(2).find(|pair| pair[0].number == pair[1].number) {
        let what = format!("{} and {} have the same number", pair[0].name, pair[1].name);
        return Err(Fault::new(what).next("Give one of the two folders another."));
    }
    Ok(folders)
}

/// The sections that `wanted` names, in the order of the course; all when it names none. The others' files are not
/// even read.
pub fn select(wanted: &[String]) -> Result<Vec<Section>, Fault> {
    let all = folders()?;
    let mut numbers = BTreeSet::new();
    for word in wanted {
        numbers.insert(find(&all, word)?.number);
    }
    let is_wanted = |folder: &&Folder| wanted.is_empty() || numbers.contains(&folder.number);
    all.iter().filter(is_wanted).map(Folder::load).collect()
}

/// The one section that `word` means: a number, a name, the beginning of a name, or a folder.
pub fn select_one(word: &str) -> Result<Section, Fault> {
    find(&folders()?, word)?.load()
}

fn find<'a>(all: &'a [Folder], word: &str) -> Result<&'a Folder, Fault> {
    let last = Path::new(word).file_name().map_or(word.into(), |name| name.to_string_lossy());
    let number = last.parse().ok();
    let exact = all.iter().find(|folder| {
        folder.name == last || Some(folder.number) == number || folder.name() == last
    });
    let beginning: Vec<_> = all.iter().filter(|folder| folder.name.starts_with(&*last)).collect();
    match (exact, &beginning[..]) {
        (Some(folder), _) | (None, &[folder]) => Ok(folder),
        (None, []) => {
            let what = words!("there is no section {word:?}", "il n'y a pas de section {word:?}");
            let all = names(all.iter());
            Err(Fault::new(what).next(words!("There are:\n{all}", "Il y a :\n{all}")))
        }
        (None, several) => {
            let what = words!(
                "{word:?} is the beginning of more than one section",
                "{word:?} est le début de plusieurs sections"
            );
            let several = names(several.iter().copied());
            let next = words!("Say which one:\n{several}", "Dites laquelle :\n{several}");
            Err(Fault::new(what).next(next))
        }
    }
}

fn names<'a>(folders: impl Iterator<Item = &'a Folder>) -> String {
    let lines = folders.map(|folder| format!("  {:2}  {}", folder.number, folder.name));
    lines.collect::<Vec<_>>().join("\n")
}

/// `section.toml`, as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    number: Spanned<u32>,
    title: String,
    minutes: u32,
    tests_digest: Option<String>,
    points: Points,
    #[serde(rename = "test")]
    tests: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Points {
    result: Spanned<u32>,
    concurrent: Spanned<u32>,
    robust: Spanned<u32>,
    clean: Spanned<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: Spanned<String>,
    why: String,
    hints: [String; 3],
    #[serde(default)]
    explored: bool,
}

fn load_section(file: &Path, folder_name: &str) -> Result<Section, Fault> {
    let text = std::fs::read_to_string(file).map_err(|error| Fault::unreadable(file, error))?;
    let place = |span: Range<usize>| {
        let line = line_of(&text, &span);
        format!("{}:{line}", course::shown(file))
    };
    parse(&text, folder_name).map_err(|(span, message)| {
        let next = format!("`git diff {}` shows what was changed.", course::shown(file));
        Fault::new(format!("{}: {message}", place(span))).next(next)
    })
}

fn line_of(text: &str, span: &Range<usize>) -> usize {
    text.bytes().take(span.start).filter(|&byte| byte == b'\n').count() + 1
}

/// Where in the text something does not fit, and why.
type Misfit = (Range<usize>, String);

fn parse(text: &str, folder_name: &str) -> Result<Section, Misfit> {
    let file: File = toml::from_str(text)
        .map_err(|error| (error.span().unwrap_or(0..0), error.message().to_owned()))?;
    let number = *file.number.get_ref();
    let name = folder_name
        .split_once('-')
        .filter(|(digits, _)| digits.parse() == Ok(number))
        .map(|(_, name)| name.to_owned());
    let name = name.ok_or_else(|| {
        let message = format!("number {number} does not fit the folder's name, {folder_name}");
        (file.number.span(), message)
    })?;

    let mut tests = vec![];
    for row in file.tests {
        let (span, test) = (row.name.span(), row.name.get_ref().clone());
        let stage = test.split_once("::").and_then(|(stage, _)| Stage::from_name(stage));
        let Some(stage) = stage else {
            let message = format!("{test:?} does not begin with a stage, as in \"result::{test}\"");
            return Err((span, message));
        };
        if tests.iter().any(|other: &Test| other.name == test) {
            return Err((span, format!("{test:?} is there twice")));
        }
        let Row { why, hints, explored, .. } = row;
        tests.push(Test { name: test, stage, points: 0, why, hints, explored });
    }
    for (stage, points) in [
        (Stage::Result, file.points.result),
        (Stage::Concurrent, file.points.concurrent),
        (Stage::Robust, file.points.robust),
        (Stage::Clean, file.points.clean),
    ] {
        let points = even(&tests, stage, &points)?;
        share(&mut tests, stage, points);
    }
    Ok(Section {
        number,
        name,
        title: file.title,
        minutes: file.minutes,
        tests,
        tests_digest: file.tests_digest,
    })
}

/// The points of a stage, if each of its tests can have the same number of them: a course looks after that.
fn even(tests: &[Test], stage: Stage, points: &Spanned<u32>) -> Result<u32, Misfit> {
    let count = tests.iter().filter(|test| test.stage == stage).count() as u32;
    let total = *points.get_ref();
    if count == 0 || !total.is_multiple_of(count) {
        let message = format!(
            "{total} points can't be shared among the {count} tests of stage {}",
            stage.name()
        );
        return Err((points.span(), message));
    }
    Ok(total)
}

/// See [`Section::share`].
fn share(tests: &mut [Test], stage: Stage, points: u32) {
    let count = tests.iter().filter(|test| test.stage == stage).count() as u32;
    let of_stage = tests.iter_mut().filter(|test| test.stage == stage);
    for (index, test) in (0..).zip(of_stage) {
        test.points = points / count + u32::from(index < points % count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"number = 3
title = "Pipes"
minutes = 60
[points]
result = 4
concurrent = 1
robust = 1
clean = 1
[[test]]
name = "result::a"
why = "a"
hints = ["1", "2", "3"]
[[test]]
name = "result::b"
why = "b"
hints = ["1", "2", "3"]
[[test]]
name = "concurrent::c"
why = "c"
hints = ["1", "2", "3"]
[[test]]
name = "robust::d"
why = "d"
hints = ["1", "2", "3"]
[[test]]
name = "clean::e"
why = "e"
hints = ["1", "2", "3"]
"#;

    #[test]
    fn points_are_shared_within_a_stage() {
        let section = parse(GOOD, "03-pipes").unwrap();
        let points: Vec<u32> = section.tests.iter().map(|test| test.points).collect();
        assert_eq!(points, [2, 2, 1, 1, 1]);
    }

    #[test]
    fn a_misfit_says_where_it_is() {
        for (right, wrong, line, message) in [
            ("number = 3", "number = 4", 1, "does not fit the folder's name"),
            ("minutes = 60", "minuets = 60", 3, "unknown field"),
            ("minutes = 60", "minutes = \"x\"", 3, "invalid type"),
            ("result = 4", "result = 3", 5, "can't be shared"),
            ("\"result::b\"", "\"result::a\"", 14, "is there twice"),
            ("\"robust::d\"", "\"rubust::d\"", 22, "does not begin with a stage"),
            (
                "[\"1\", \"2\", \"3\"]\n[[test]]\nname = \"result::b",
                "[\"1\"]\n[[test]]\nname = \"result::b",
                12,
                "array",
            ),
        ] {
            let text = GOOD.replace(right, wrong);
            let (span, what) = parse(&text, "03-pipes").unwrap_err();
            assert!(what.contains(message), "{wrong}: {what}");
            assert_eq!(line_of(&text, &span), line, "the line of {wrong}");
        }
    }
}
