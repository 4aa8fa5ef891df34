//! The reports of a class, all made from the record and from nothing else. A form, a file.
//!
//! No report has a time of day or a duration in it: two runs over the same submissions write the same bytes.

pub mod base64;
pub mod csv;
pub mod escape;
pub mod folder;
pub mod github;
pub mod gradescope;
pub mod json;
pub mod junit;
pub mod limits;
pub mod page;
pub mod standing;
pub mod statistics;
pub mod student_page;
pub mod table;

#[cfg(test)]
mod browser;
#[cfg(test)]
pub mod sample;

pub use folder::write_file;
pub use github::github_classroom;
pub use gradescope::gradescope;
pub use table::table;

use crate::record::{Class, Student};
use folder::Folder;
use std::path::Path;
use xtask::fault::Fault;

/// The record, as it is found in the folder of a report.
pub const GRADES: &str = "grades.json";

/// The files of the class. The record comes last: where it is, the others are.
const FILES: [&str; 4] = ["index.html", "grades.csv", "junit.xml", GRADES];

/// Makes the folder, or finds an earlier report in it: before hours of work, not after them.
///
/// # Errors
/// The folder is not ours, or can't be written.
pub fn claim(folder: &Path) -> Result<(), Fault> {
    Folder::open(folder, &[]).map(drop)
}

/// Writes all reports of the class into a folder: a new one, an empty one, or one of an earlier report, in which exactly
/// the files of that report are replaced. Each file is there whole, or as it was before. Blocks as long as the disk takes.
///
/// # Errors
/// The folder is not ours, or can't be written.
pub fn write(class: &Class, folder: &Path) -> Result<(), Fault> {
    let class = &limits::cut(class);
    let page = |index| format!("students/{}", student_page::file_name(class, index));
    let pages: Vec<String> = (0..class.students.len()).map(page).collect();
    let files: Vec<String> =
        pages.iter().cloned().chain(FILES.iter().map(|file| (*file).to_owned())).collect();
    let mut folder = Folder::open(folder, &files)?;
    for (index, file) in pages.iter().enumerate() {
        folder.write(file, &student_page::page(class, index))?;
    }
    let [page, table, tests, grades] = FILES;
    folder.write(page, &page::class(class))?;
    folder.write(table, &csv::class(class))?;
    folder.write(tests, &junit::class(class))?;
    folder.write(grades, &json::class(class))?;
    folder.finish()
}

/// The student, if there is one: some platforms know no classes.
fn only_student(class: &Class) -> Result<&Student, Fault> {
    match &class.students[..] {
        [student] => Ok(student),
        students => {
            let what = format!(
                "this form is for one submission, and there are {} submissions",
                students.len()
            );
            Err(Fault::new(what).next("Give `--class` a folder with one entry."))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::PathBuf;

    /// A folder for one test, gone behind it.
    struct Place(PathBuf);

    impl Place {
        fn new(name: &str) -> Self {
            let path =
                std::env::temp_dir().join(format!("xtask-report-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            Self(path)
        }

        fn files(&self) -> Vec<String> {
            let below = |folder: &Path| -> Vec<PathBuf> {
                fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
            };
            let all = below(&self.0).into_iter().chain(below(&self.0.join("students")));
            let files = all.filter(|path| path.is_file());
            let mut names: Vec<_> = files
                .map(|file| file.strip_prefix(&self.0).unwrap().display().to_string())
                .collect();
            names.sort();
            names
        }
    }

    impl Drop for Place {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    const ALL: [&str; 9] = [
        ".report-files",
        "grades.csv",
        "grades.json",
        "index.html",
        "junit.xml",
        "students/001-ann.html",
        "students/002-hyperlink-http-x.html",
        "students/003-error-carol.html",
        "students/004.html",
    ];

    #[test]
    fn a_report_replaces_its_own_files_and_no_other() {
        let place = Place::new("own");
        let mut class = sample::small();
        write(&class, &place.0).unwrap();
        assert_eq!(place.files(), ALL);
        let first = fs::read(place.0.join("index.html")).unwrap();
        write(&class, &place.0).unwrap();
        assert_eq!(fs::read(place.0.join("index.html")).unwrap(), first);

        fs::write(place.0.join("students/notes.html"), "mine").unwrap();
        fs::write(place.0.join("students/001-ann.html.draft"), "half").unwrap();
        class.students.remove(1);
        write(&class, &place.0).unwrap();
        let mut expected = ALL.to_vec();
        expected.splice(
            6..9,
            ["students/002-error-carol.html", "students/003.html", "students/notes.html"],
        );
        assert_eq!(place.files(), expected);
        let read: Class =
            serde_json::from_str(&fs::read_to_string(place.0.join(GRADES)).unwrap()).unwrap();
        assert_eq!(read, class);
    }

    #[test]
    fn a_folder_of_others_is_left_as_it_is() {
        let place = Place::new("others");
        fs::create_dir_all(place.0.join("students")).unwrap();
        fs::write(place.0.join("thesis.tex"), "mine").unwrap();
        let refused = write(&sample::small(), &place.0).unwrap_err();
        assert!(
            refused.what.ends_with("is no report: there is students, thesis.tex in it"),
            "{refused}"
        );
        assert_eq!(place.files(), ["thesis.tex"]);
    }

    #[test]
    fn what_stands_in_the_way_is_not_overwritten() {
        let place = Place::new("way");
        write(&Class { students: vec![], ..sample::small() }, &place.0).unwrap();
        fs::create_dir_all(place.0.join("students")).unwrap();
        fs::write(place.0.join("students/004.html"), "mine").unwrap();
        let refused = write(&sample::small(), &place.0).unwrap_err();
        assert!(refused.what.contains("students/004.html is there already"), "{refused}");
        assert_eq!(fs::read_to_string(place.0.join("students/004.html")).unwrap(), "mine");
    }

    #[test]
    fn no_list_and_no_link_leads_out_of_the_folder() {
        let place = Place::new("out");
        let class = sample::small();
        write(&class, &place.0).unwrap();
        for line in [
            "../secret",
            "students/../../secret.html",
            "/etc/passwd",
            "students/.html",
            "notes.txt",
        ] {
            fs::write(place.0.join(".report-files"), format!("{line}\n")).unwrap();
            let refused = write(&class, &place.0).unwrap_err();
            assert!(refused.what.contains("no report writes"), "{line}: {refused}");
        }
        let _ = fs::remove_dir_all(&place.0);
        fs::create_dir_all(place.0.join("elsewhere")).unwrap();
        fs::write(place.0.join(".report-files"), "").unwrap();
        std::os::unix::fs::symlink("elsewhere", place.0.join("students")).unwrap();
        let refused = write(&class, &place.0).unwrap_err();
        assert!(refused.what.contains("students is there already"), "{refused}");
    }

    #[test]
    fn a_report_that_was_interrupted_is_written_again() {
        let place = Place::new("interrupted");
        fs::create_dir_all(&place.0).unwrap();
        fs::write(place.0.join(".report-files.draft"), "ind").unwrap();
        write(&sample::small(), &place.0).unwrap();
        // The list was there, and some of the files.
        fs::remove_file(place.0.join("index.html")).unwrap();
        fs::write(place.0.join("junit.xml.draft"), "<").unwrap();
        write(&sample::small(), &place.0).unwrap();
        assert_eq!(place.files(), ALL);
    }
}
