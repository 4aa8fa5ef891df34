//! `cargo xtask handout`: the students' edition of the course, which checks itself and has no answers in it.

mod draft;
mod edition;
mod text;

use anstream::println;
use draft::Draft;
use edition::Edition;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use xtask::class::handout::Arguments;
use xtask::course;
use xtask::fault::Fault;
use xtask::show::text::{count, safe};

/// So many names of files are told.
const NAMES: usize = 10;

/// Writes the students' edition, and says what was written and what to do with it.
///
/// # Errors
/// The folder is not free, the course is not fit to be handed out, or something can't be written: then nothing is.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Fault> {
    let edition = Edition::collect()?;
    write(&edition, &arguments.folder)?;
    let folder = safe(&arguments.folder.display().to_string());
    let (sections, files) =
        (count(edition.sections, "section"), count(edition.files.len(), "file"));
    println!("{folder} is the students' edition: {sections}, {files}, no solutions.");
    tell("Left out, as nobody else needs it:", &edition.left_out);
    tell("Not as it was committed; is that what students shall get?", &uncommitted());
    println!("\nTry it, and then hand out the folder, without its `target`:");
    println!("  cd {folder} && cargo xtask check");
    Ok(ExitCode::SUCCESS)
}

fn tell(what: &str, names: &[String]) {
    if names.is_empty() {
        return;
    }
    println!("\n{what}");
    names.iter().take(NAMES).for_each(|name| println!("  {}", safe(name)));
    if names.len() > NAMES {
        println!("  and {} more", names.len() - NAMES);
    }
}

/// Writes the edition to this folder, whole or not at all.
fn write(edition: &Edition, folder: &Path) -> Result<(), Fault> {
    let draft = Draft::begin(folder)?;
    for (file, text) in &edition.files {
        draft.put(file, text)?;
    }
    prune_lock(draft.folder())?;
    draft.publish()
}

/// Lets cargo take from the lock file what only the whole course needs. The versions stay what they are.
fn prune_lock(folder: &Path) -> Result<(), Fault> {
    let output = Command::new(course::cargo())
        .args(["update", "--workspace", "--offline", "--quiet"])
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| Fault::new(format!("can't start cargo: {error}")))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Fault::new(format!("cargo can't make the handout's lock file:\n{}", said.trim_end()))
        .next("Without a network it needs what a build of the course has fetched: `cargo xtask list` does."))
}

/// What of the exercises is not as it was committed. Empty where there is no git to ask.
fn uncommitted() -> Vec<String> {
    let output = Command::new("git")
        .args(["status", "--porcelain", "--untracked-files=all", "--", "exercises"])
        .current_dir(course::root())
        .stdin(Stdio::null())
        .output();
    let output = output.ok().filter(|output| output.status.success());
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    // Two letters say what was done with the file.
    text.unwrap_or_default().lines().filter_map(|line| line.get(3..)).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::PathBuf;
    use xtask::{catalogue, lesson, source};

    /// A folder for one test, new and empty.
    fn place(name: &str) -> PathBuf {
        let place = std::env::temp_dir().join(format!("handout-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&place);
        fs::create_dir_all(&place).unwrap();
        place
    }

    fn handed_out(name: &str) -> (PathBuf, PathBuf) {
        let place = place(name);
        let folder = place.join("handout");
        write(&Edition::collect().unwrap(), &folder).unwrap();
        (place, folder)
    }

    /// The lines that say something, without the space around them.
    fn lines(text: &str) -> Vec<&str> {
        let says = |line: &&str| line.len() > 12 && !line.starts_with("//");
        text.lines().map(str::trim).filter(says).collect()
    }

    fn text_below(folder: &Path) -> String {
        let files = source::files_below(folder).unwrap();
        let texts = files.iter().filter_map(|file| fs::read_to_string(file).ok());
        texts.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn no_reference_is_in_a_handout() {
        const ALIKE: usize = 4;
        let (place, folder) = handed_out("leak");
        let all = text_below(&folder);
        let all = lines(&all);
        let given: BTreeSet<&[&str]> = all.windows(ALIKE).collect();
        // What a section asks for, a later one may give: what is in the stubs is given.
        let sections = catalogue::select(&[]).unwrap();
        let stubs: Vec<String> = sections
            .iter()
            .map(|section| text_below(&course::exercise(section).join("src")))
            .collect();
        let stubs: BTreeSet<&str> = stubs.iter().flat_map(|text| lines(text)).collect();
        for section in &sections {
            let reference = text_below(&course::solution(section).join("src"));
            for piece in lines(&reference).windows(ALIKE) {
                let own = piece.iter().any(|line| !stubs.contains(line));
                assert!(!own || !given.contains(piece), "{section}: in the handout is\n{piece:#?}");
            }
        }
        for absent in
            ["solutions", ".ci", ".git", "xtask/class", "xtask/interleave/judges", "xtask/tests"]
        {
            assert!(!folder.join(absent).exists(), "{absent} is there");
        }
        fs::remove_dir_all(place).unwrap();
    }

    #[test]
    fn the_front_page_speaks_of_nothing_that_is_not_there() {
        let (place, folder) = handed_out("page");
        let page = folder.join("README.md");
        assert_eq!(lesson::broken_links(&page), Ok(vec![]));
        let text = fs::read_to_string(page).unwrap();
        for absent in
            ["solution", "mistakes/", "verify", "--class", "handout", "xtask/class", "teachers"]
        {
            assert!(!text.contains(absent), "it speaks of {absent}");
        }
        assert!(text.contains("## For students") && text.contains("harness/"));
        fs::remove_dir_all(place).unwrap();
    }

    #[test]
    fn the_lock_file_has_the_courses_versions_and_no_more() {
        let (place, folder) = handed_out("lock");
        let packages = |file: PathBuf| -> BTreeSet<String> {
            let text = fs::read_to_string(file).unwrap();
            let version = |package: &str| package.lines().take(2).collect::<Vec<_>>().join(" ");
            text.split("[[package]]\n").skip(1).map(version).collect()
        };
        let (whole, ours) =
            (packages(course::root().join("Cargo.lock")), packages(folder.join("Cargo.lock")));
        assert!(ours.is_subset(&whole), "new: {:?}", ours.difference(&whole).collect::<Vec<_>>());
        let gone = |name: &str| !ours.iter().any(|package| package.contains(name));
        assert!(gone("-solution") && gone("xtask-class"));
        fs::remove_dir_all(place).unwrap();
    }

    /// The slow one: it builds the checker of the handout, and one exercise.
    #[test]
    fn a_handout_checks_on_its_own() {
        let (place, folder) = handed_out("check");
        let xtask = |arguments: &[&str]| {
            let mut cargo = Command::new(course::cargo());
            for variable in ["CARGO_MANIFEST_DIR", "CARGO_BUILD_TARGET_DIR"] {
                cargo.env_remove(variable);
            }
            cargo.env("CARGO_TARGET_DIR", place.join("target")).current_dir(&folder);
            let output = cargo
                .args(["run", "--quiet", "--locked", "--offline", "--package", "xtask", "--"])
                .args(arguments)
                .output()
                .unwrap();
            let text = [output.stdout, output.stderr].concat();
            (output.status.code(), String::from_utf8_lossy(&text).into_owned())
        };
        for (arguments, code, words) in [
            (&["check", "threads"][..], 1, "not written yet"),
            (&["hint", "threads"], 0, "Hint 1 of 3"),
            (&["list"], 0, "producer-consumer"),
            (&["--help"], 0, "Checks the exercises"),
            (&["check", "threads", "--solutions"], 2, "it has no solutions"),
            (&["run", "threads", "--solution"], 2, "it has no solutions"),
            (&["verify"], 2, "it has no solutions"),
            (&["check", "--class", "."], 2, "it can't do that"),
            (&["doctor"], 2, "it can't do that"),
            (&["handout", "other"], 2, "it can't do that"),
        ] {
            let (ended, text) = xtask(arguments);
            assert_eq!(ended, Some(code), "{arguments:?}: {text}");
            assert!(text.contains(words), "{arguments:?} does not say {words:?}: {text}");
        }
        fs::remove_dir_all(place).unwrap();
    }

    #[test]
    fn a_folder_that_is_not_free_stays_as_it_is() {
        let place = place("taken");
        let edition = Edition { files: vec![], left_out: vec![], sections: 0 };
        fs::write(place.join("mine"), "x").unwrap();
        let fault = write(&edition, &place).unwrap_err();
        assert!(fault.what.contains("not empty"), "{fault}");
        let fault = write(&edition, &place.join("mine")).unwrap_err();
        assert!(fault.what.contains("not a folder"), "{fault}");
        assert_eq!(fs::read_dir(&place).unwrap().count(), 1, "nothing is beside it");
        fs::remove_dir_all(place).unwrap();
    }
}
