//! `cargo xtask report merge`: one report of those of several shards.

use crate::record::{Class, Outcome, Student, VERSION};
use crate::reports;
use serde::Deserialize;
use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use xtask::class::report::{Arguments, Verb};
use xtask::fault::Fault;
use xtask::show::text::{count, safe};

/// The record of a part may be so large: a thousand students with the most that a report keeps of each.
const FILE_BYTES: u64 = 300 << 20;

/// Merges what was asked for, and shows the class. The exit code is 2 when not all of it was checked.
///
/// # Errors
/// A part can't be read, or does not fit the others; the whole can't be written.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Fault> {
    let Verb::Merge { from, report } = &arguments.verb;
    let parts = from.iter().map(|folder| Ok(Part { folder: folder.clone(), class: read(folder)? }));
    let parts = parts.collect::<Result<Vec<_>, Fault>>()?;
    let several = parts.len() > 1;
    let class = merge(parts)?;
    reports::write(&class, report)?;
    anstream::print!("{}", reports::table(&class));
    if several {
        anstream::eprintln!(
            "\nnote: submissions that are alike were looked for in each part. Pairs across parts are not in the report:\n\
             grade all of them in one run where that matters; what is unchanged is not done again there."
        );
    }
    let page = report.join("index.html");
    anstream::println!(
        "\n  {}: {}",
        count(class.students.len(), "student"),
        safe(&page.display().to_string())
    );
    Ok(ExitCode::from(if class.is_whole() { 0 } else { 2 }))
}

/// A part of a class, and where it is from.
#[derive(Clone, Debug)]
pub struct Part {
    /// The folder of its report.
    pub folder: PathBuf,
    /// What the report says.
    pub class: Class,
}

/// Only the version: the rest may be of a form that is not known here.
#[derive(Deserialize)]
struct Version {
    version: u32,
}

/// The record of a report.
///
/// # Errors
/// There is none, or it is broken, or of another version.
pub fn read(folder: &Path) -> Result<Class, Fault> {
    let file = folder.join(reports::GRADES);
    let broken = |why: String| {
        Fault::new(format!("can't read {}: {why}", file.display()))
            .next("It has to be what `cargo xtask check --class … --report DIR` has written: run that part again.")
    };
    let open = File::open(&file).map_err(|error| broken(error.to_string()))?;
    let data = open.metadata().map_err(|error| broken(error.to_string()))?;
    if !data.is_file() || data.len() > FILE_BYTES {
        return Err(broken(format!("it is no file of at most {FILE_BYTES} bytes")));
    }
    let mut text = String::new();
    let limited = open.take(FILE_BYTES).read_to_string(&mut text);
    limited.map_err(|error| broken(error.to_string()))?;
    let Version { version } =
        serde_json::from_str(&text).map_err(|error| broken(error.to_string()))?;
    if version != VERSION {
        let what = format!(
            "{} has version {version} of the form, and this is version {VERSION}",
            file.display()
        );
        return Err(Fault::new(what).next("Grade that part again with this checker."));
    }
    let class: Class = serde_json::from_str(&text).map_err(|error| broken(error.to_string()))?;
    match flaw(&class) {
        Some(flaw) => Err(broken(flaw)),
        None => Ok(class),
    }
}

/// What a record must not have, whatever wrote it.
fn flaw(class: &Class) -> Option<String> {
    let fits = |student: &Student| {
        let names = student.results.iter().map(|result| &result.section);
        match student.trouble {
            Some(_) => student.results.is_empty(),
            None => names.eq(class.sections.iter().map(|section| &section.name)),
        }
    };
    let ran_all = |student: &Student| {
        student.results.iter().zip(&class.sections).all(|(result, section)| match &result.outcome {
            Outcome::Ran { tests } => {
                tests.iter().map(|test| &test.name).eq(section.tests.iter().map(|test| &test.name))
                    && result.points == tests.iter().map(|test| test.points).sum::<u32>()
            }
            _ => result.points == 0,
        })
    };
    let student = class.students.iter().find(|student| !fits(student) || !ran_all(student))?;
    Some(format!("the results of {:?} are not those of the sections", student.entry))
}

/// One class of several parts: students by name, then by entry; pairs that are alike as the parts have them.
///
/// # Errors
/// They are not parts of one class, or two of them have the same entry.
pub fn merge(parts: Vec<Part>) -> Result<Class, Fault> {
    require_one_class(&parts)?;
    require_single_entries(&parts)?;
    let mut parts = parts.into_iter();
    let Some(Part { class: mut whole, .. }) = parts.next() else {
        return Err(
            Fault::new("there is nothing to be merged").next("Name the folders of some reports.")
        );
    };
    let mut containments = vec![whole.containment.clone()];
    for Part { class, .. } in parts {
        if !containments.contains(&class.containment) {
            containments.push(class.containment);
        }
        whole.students.extend(class.students);
        whole.alike.extend(class.alike);
    }
    // Machines may differ in it: then all are told.
    containments.sort();
    whole.containment = containments.join("; elsewhere: ");
    whole.students.sort_by(|a, b| (&a.name, &a.entry).cmp(&(&b.name, &b.entry)));
    whole.alike.sort_by(|a, b| {
        b.percent
            .cmp(&a.percent)
            .then_with(|| (&a.section, &a.entries).cmp(&(&b.section, &b.entries)))
    });
    Ok(whole)
}

fn require_one_class(parts: &[Part]) -> Result<(), Fault> {
    let Some((first, others)) = parts.split_first() else { return Ok(()) };
    for other in others {
        let differ = [
            ("the course", first.class.course != other.class.course),
            ("the toolchain", first.class.toolchain != other.class.toolchain),
            ("the sections, or their points", first.class.sections != other.class.sections),
        ];
        if let Some((what, _)) = differ.iter().find(|(_, differs)| *differs) {
            let folders = format!("{} and {}", first.folder.display(), other.folder.display());
            return Err(Fault::new(format!(
                "{folders} are no parts of one class: they differ in {what}"
            ))
            .next("Grade all parts with the same course, toolchain, --section and --weights."));
        }
    }
    Ok(())
}

fn require_single_entries(parts: &[Part]) -> Result<(), Fault> {
    let mut seen: HashMap<&str, &Path> = HashMap::new();
    for part in parts {
        let mut here = HashSet::new();
        for student in &part.class.students {
            let entry = student.entry.as_str();
            let before = seen.insert(entry, &part.folder);
            if before.is_some() || !here.insert(entry) {
                let places = [before.unwrap_or(&part.folder), &part.folder]
                    .map(|path| path.display().to_string());
                let what = format!("{entry:?} is in {} and in {}", places[0], places[1]);
                return Err(Fault::new(what)
                    .next("Each part of a class has other entries: was one folder named twice, or one part graded as two?"));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::sample;
    use std::fs;

    fn parts(class: &Class, count: usize) -> Vec<Part> {
        let part = |number: usize| {
            let students = class.students.iter().enumerate();
            let mine: Vec<_> = students
                .filter(|(index, _)| index % count == number)
                .map(|(_, student)| student.clone())
                .collect();
            let is_here = |entry: &String| mine.iter().any(|student| student.entry == *entry);
            let alike = class.alike.iter().filter(|pair| pair.entries.iter().all(is_here));
            let alike = alike.cloned().collect();
            Part {
                folder: format!("part{number}").into(),
                class: Class { students: mine, alike, ..class.clone() },
            }
        };
        (0..count).map(part).collect()
    }

    #[test]
    fn parts_of_a_class_make_the_class() {
        let class = sample::class(sample::Size { students: 30, sections: 12 }, 6);
        let merged = merge(parts(&class, 4)).unwrap();
        assert_eq!(merged.students, class.students);
        let mut reversed = parts(&class, 4);
        reversed.reverse();
        assert_eq!(merge(reversed).unwrap(), merged);
        assert_eq!(merge(parts(&class, 1)).unwrap().students, class.students);
    }

    #[test]
    fn what_held_them_in_is_told_of_all_parts() {
        let class = sample::class(sample::Size { students: 8, sections: 2 }, 6);
        let mut three = parts(&class, 3);
        three[1].class.containment = "a wall".into();
        let merged = merge(three).unwrap();
        assert!(merged.containment.starts_with("a wall; elsewhere: bubblewrap"));
    }

    #[test]
    fn what_is_no_part_is_refused_with_both_folders() {
        let class = sample::class(sample::Size { students: 8, sections: 3 }, 6);
        let refused = |change: &dyn Fn(&mut Class)| {
            let mut two = parts(&class, 2);
            change(&mut two[1].class);
            merge(two).unwrap_err().what
        };
        let start = "part0 and part1 are no parts of one class: they differ in ";
        assert_eq!(refused(&|class| class.course.push('x')), format!("{start}the course"));
        assert_eq!(refused(&|class| class.toolchain.push('x')), format!("{start}the toolchain"));
        assert!(refused(&|class| class.sections[0].points += 1).starts_with(start));
        let twice = refused(&|part| part.students[0] = class.students[0].clone());
        assert!(twice.ends_with("is in part0 and in part1"), "{twice}");
        let twice = refused(&|part| part.students.push(part.students[0].clone()));
        assert!(twice.ends_with("is in part1 and in part1"), "{twice}");
    }

    #[test]
    fn a_record_that_is_missing_or_broken_is_told() {
        let folder = std::env::temp_dir().join(format!("xtask-merge-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        assert!(read(&folder).unwrap_err().what.contains("No such file"));
        fs::create_dir_all(&folder).unwrap();
        let class = sample::small();
        let good = reports::json::class(&class);
        let told = |text: &str| {
            fs::write(folder.join("grades.json"), text).unwrap();
            read(&folder).map_err(|fault| fault.what)
        };
        assert_eq!(told(&good), Ok(class.clone()));
        assert!(told(&good[..good.len() / 2]).unwrap_err().contains("EOF"));
        assert!(told("{}").unwrap_err().contains("missing field `version`"));
        assert!(told("{\"version\": 2}").unwrap_err().contains("version 2"));
        let mut less = class.clone();
        less.students[0].results.pop();
        assert!(told(&reports::json::class(&less)).unwrap_err().contains("results of \"ann.zip\""));
        let mut more = class;
        more.students[0].results[0].points = 9;
        assert!(told(&reports::json::class(&more)).unwrap_err().contains("results of \"ann.zip\""));
        fs::remove_file(folder.join("grades.json")).unwrap();
        fs::create_dir(folder.join("grades.json")).unwrap();
        assert!(read(&folder).is_err());
        fs::remove_dir_all(&folder).unwrap();
    }
}
