//! `--weights FILE`: other points for the stages than the course's.
//!
//! ```toml
//! [default]        # of every section
//! result = 10
//! clean = 0
//! [pipes]          # of this one
//! robust = 12
//! ```
//!
//! What is not named keeps the course's points.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use xtask::catalogue::{Section, Stage};
use xtask::fault::Fault;

/// The table of every section.
const DEFAULT: &str = "default";
/// A stage may have so many points: no sum of them is too large for its type.
const MOST_POINTS: u32 = 1_000_000;
/// The file may be so large.
const FILE_BYTES: u64 = 1 << 20;
/// The stages that can have points.
const STAGES: [Stage; 4] = [Stage::Result, Stage::Concurrent, Stage::Robust, Stage::Clean];

/// Points a stage.
type Points = BTreeMap<Stage, u32>;

/// Points for the stages of some sections, or of all.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Weights {
    default: Points,
    sections: BTreeMap<String, Points>,
}

impl Weights {
    /// Reads the file. `course` are all sections of the course, also those that are not graded.
    ///
    /// # Errors
    /// The file and the line with what is wrong there: no TOML, an unknown section or stage, a number below zero.
    pub fn read(file: &Path, course: &[Section]) -> Result<Self, Fault> {
        let unreadable = |why: String| Fault::new(format!("can't read {}: {why}", file.display()));
        let data = std::fs::metadata(file).map_err(|error| unreadable(error.to_string()))?;
        if !data.is_file() || data.len() > FILE_BYTES {
            return Err(unreadable(format!("it is no file of at most {FILE_BYTES} bytes")));
        }
        let text = std::fs::read_to_string(file).map_err(|error| unreadable(error.to_string()))?;
        parse(&text, course).map_err(|misfit| {
            let line = text.bytes().take(misfit.at.start).filter(|&byte| byte == b'\n').count() + 1;
            Fault { what: format!("{}:{line}: {}", file.display(), misfit.what), next: misfit.next }
        })
    }

    /// Gives the section's tests their points.
    pub fn apply(&self, section: &mut Section) {
        let own = self.sections.get(&section.name);
        for stage in STAGES {
            let points = own.and_then(|own| own.get(&stage)).or_else(|| self.default.get(&stage));
            if let Some(&points) = points {
                section.share(stage, points);
            }
        }
    }
}

/// What does not fit, and where in the text.
#[derive(Debug)]
struct Misfit {
    at: Range<usize>,
    what: String,
    next: Option<String>,
}

impl Misfit {
    fn new(at: Range<usize>, what: impl Into<String>) -> Self {
        Self { at, what: what.into(), next: None }
    }

    fn next(self, next: impl Into<String>) -> Self {
        Self { next: Some(next.into()), ..self }
    }
}

fn parse(text: &str, course: &[Section]) -> Result<Weights, Misfit> {
    let table = DeTable::parse(text)
        .map_err(|error| Misfit::new(error.span().unwrap_or(0..0), error.message()))?;
    let mut weights = Weights::default();
    for (name, value) in table.get_ref() {
        let section: &str = name.get_ref();
        if section != DEFAULT && !course.iter().any(|other| other.name == section) {
            let names: Vec<_> = course.iter().map(|section| section.name.as_str()).collect();
            return Err(Misfit::new(name.span(), format!("there is no section {section:?}"))
                .next(format!("There are {DEFAULT}, {}.", names.join(", "))));
        }
        let points = points(section, value)?;
        match section {
            DEFAULT => weights.default = points,
            _ => drop(weights.sections.insert(section.to_owned(), points)),
        }
    }
    Ok(weights)
}

fn points(section: &str, value: &Spanned<DeValue<'_>>) -> Result<Points, Misfit> {
    let DeValue::Table(table) = value.get_ref() else {
        return Err(Misfit::new(value.span(), format!("{section:?} has to be a table"))
            .next(format!("As in\n[{section}]\nresult = 10")));
    };
    let mut points = Points::new();
    for (name, value) in table {
        let stage = STAGES.into_iter().find(|stage| stage.name() == name.get_ref().as_ref());
        let stage = stage.ok_or_else(|| {
            let names = STAGES.map(Stage::name).join(", ");
            Misfit::new(
                name.span(),
                format!("there is no stage {:?} that has points", name.get_ref()),
            )
            .next(format!("There are {names}."))
        })?;
        points.insert(stage, number(value)?);
    }
    Ok(points)
}

fn number(value: &Spanned<DeValue<'_>>) -> Result<u32, Misfit> {
    let number = value.get_ref().as_integer();
    let number =
        number.and_then(|number| i64::from_str_radix(number.as_str(), number.radix()).ok());
    let number = number.and_then(|number| u32::try_from(number).ok());
    number.filter(|number| *number <= MOST_POINTS).ok_or_else(|| {
        Misfit::new(value.span(), format!("points are a whole number from 0 to {MOST_POINTS}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use xtask::catalogue::Test;

    fn section(name: &str, tests: &[&str]) -> Section {
        let test = |name: &&str| Test {
            name: (*name).to_owned(),
            stage: Stage::from_name(name.split("::").next().unwrap()).unwrap(),
            points: 1,
            why: String::new(),
            hints: Default::default(),
            explored: false,
        };
        Section {
            number: 3,
            name: name.into(),
            title: String::new(),
            minutes: 0,
            tests: tests.iter().map(test).collect(),
            tests_digest: None,
        }
    }

    fn course() -> Vec<Section> {
        let tests = [
            "result::a",
            "result::b",
            "result::c",
            "concurrent::d",
            "robust::e",
            "clean::f",
            "further::g",
        ];
        vec![section("pipes", &tests), section("locks", &tests)]
    }

    fn points(weights: &Weights, section: usize) -> Vec<u32> {
        let mut section = course().swap_remove(section);
        weights.apply(&mut section);
        section.tests.iter().map(|test| test.points).collect()
    }

    #[test]
    fn a_section_has_its_own_points_before_those_of_all() {
        let text = "[default]\nresult = 10\nclean = 0\n[pipes]\nclean = 7\nrobust = 0x10\n";
        let weights = parse(text, &course()).unwrap();
        assert_eq!(points(&weights, 0), [4, 3, 3, 1, 16, 7, 1]);
        assert_eq!(points(&weights, 1), [4, 3, 3, 1, 1, 0, 1]);
        assert_eq!(points(&parse("", &course()).unwrap(), 0), [1; 7]);
    }

    #[test]
    fn what_does_not_fit_is_told_with_its_line() {
        for (text, line, what) in [
            ("[default]\nresult = -1", 2, "points are a whole number"),
            ("[default]\nresult = 1.5", 2, "points are a whole number"),
            ("[default]\nresult = \"x\"", 2, "points are a whole number"),
            ("[default]\nresult = 1000001", 2, "points are a whole number"),
            ("[default]\nresult = 99999999999999999999", 2, ""),
            ("[default]\nresult = 1\n[pips]\nclean = 1", 3, "no section \"pips\""),
            ("\n[pipes]\nfurther = 1", 3, "no stage \"further\""),
            ("[pipes]\n\nresults = 1", 3, "no stage \"results\""),
            ("pipes = 4", 1, "has to be a table"),
            ("[pipes]\n[pipes]", 2, ""),
            ("[pipes\n", 1, ""),
        ] {
            let file =
                std::env::temp_dir().join(format!("xtask-weights-{}.toml", std::process::id()));
            std::fs::write(&file, text).unwrap();
            let fault = Weights::read(&file, &course()).unwrap_err();
            std::fs::remove_file(&file).unwrap();
            let start = format!("{}:{line}: ", file.display());
            assert!(fault.what.starts_with(&start) && fault.what.contains(what), "{text}: {fault}");
        }
    }

    #[test]
    fn a_file_that_is_none_is_told() {
        let fault = Weights::read(Path::new("/nowhere/weights.toml"), &course()).unwrap_err();
        assert!(fault.what.starts_with("can't read /nowhere/weights.toml"), "{fault}");
        assert!(Weights::read(Path::new("/dev/zero"), &course()).is_err());
    }
}
