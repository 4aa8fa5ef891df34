//! What a path in a submission is, told from nothing but its name.

use super::limits::WRAPPERS;
use xtask::catalogue::Section;

/// Folders in which nothing is looked for: they are the course's own, or made by programs.
const NEVER: [&str; 6] = [".git", "__MACOSX", "node_modules", "solutions", "target", "xtask"];

/// What a path is.
#[derive(Debug, PartialEq)]
pub enum Place {
    /// Something in a section's `src`.
    Source {
        /// Which folder of which section.
        root: Root,
        /// The path in the section's folder, as in `src/lib.rs`.
        inside: String,
    },
    /// A `student.toml`, in this folder; `""` is the top.
    Student(String),
    /// Something that the course has itself.
    Own(Own),
    /// Something nobody asks for.
    Other,
}

/// A folder of a section in a submission. The one that is to be taken is the smallest.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Root {
    /// Which of the sections that are asked for.
    pub section: usize,
    /// It is nothing but a `src`, so it may be of another section.
    unnamed: bool,
    depth: usize,
    outside_exercises: bool,
    unnumbered: bool,
    /// The path of its `src`.
    pub path: String,
}

/// What changes how a crate is built or judged, and is the course's own.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Own {
    Manifest,
    Patch,
    BuildScript,
    Configuration,
    Toolchain,
    Tests,
    Solutions,
}

impl Own {
    /// As it is called.
    pub fn words(self) -> &'static str {
        match self {
            Self::Manifest => "a manifest",
            Self::Patch => "a [patch] in a manifest",
            Self::BuildScript => "a build script",
            Self::Configuration => "a cargo configuration",
            Self::Toolchain => "a toolchain file",
            Self::Tests => "tests",
            Self::Solutions => "solutions",
        }
    }
}

impl Place {
    /// What the path is: parts divided by `/`, none of them empty, `.` or `..`.
    pub fn of(path: &str, sections: &[Section]) -> Self {
        let parts: Vec<&str> = path.split('/').collect();
        let never = parts.iter().position(|part| NEVER.contains(part)).unwrap_or(parts.len());
        named_source(&parts[..never], &parts, sections)
            .or_else(|| unnamed_source(&parts[..never], &parts, sections))
            .or_else(|| (never == parts.len()).then(|| beside_sources(&parts)))
            .unwrap_or(match parts.get(never) {
                Some(&"solutions") => Self::Own(Own::Solutions),
                _ => Self::Other,
            })
    }
}

/// In `NN-name/src` or `name/src`, with or without `exercises` and wrappers around it.
fn named_source(outside: &[&str], parts: &[&str], sections: &[Section]) -> Option<Place> {
    let most = (WRAPPERS + 1).min(outside.len().saturating_sub(1));
    (0..=most).find_map(|at| {
        let (folder, "src") = (*parts.get(at)?, *parts.get(at + 1)?) else { return None };
        let exercises = at > 0 && parts[at - 1] == "exercises";
        if at - usize::from(exercises) > WRAPPERS {
            return None;
        }
        let section = sections
            .iter()
            .position(|section| section.folder_name() == folder || section.name == folder)?;
        let root = Root {
            section,
            unnamed: false,
            depth: at,
            outside_exercises: !exercises,
            unnumbered: sections[section].name == folder,
            path: parts[..=at + 1].join("/"),
        };
        source(root, &parts[at + 1..])
    })
}

/// In a `src` that does not say of which section it is: of the only one that is asked for.
fn unnamed_source(outside: &[&str], parts: &[&str], sections: &[Section]) -> Option<Place> {
    let [section] = sections else { return None };
    let at = outside.iter().take(WRAPPERS + 1).position(|&part| part == "src")?;
    let of_another = |part: &str| {
        let number = part.split_once('-').map_or("", |(number, _)| number);
        let numbered = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        (numbered && part != section.folder_name()) || part == "exercises"
    };
    if parts[..at].iter().any(|part| of_another(part)) {
        return None;
    }
    let root = Root {
        section: 0,
        unnamed: true,
        depth: at,
        outside_exercises: true,
        unnumbered: true,
        path: parts[..=at].join("/"),
    };
    source(root, &parts[at..])
}

fn source(root: Root, inside: &[&str]) -> Option<Place> {
    Some(Place::Source { root, inside: inside.join("/") })
}

/// What lies around the sources.
fn beside_sources(parts: &[&str]) -> Place {
    let (&file, folders) = parts.split_last().expect("a path has parts");
    match file {
        _ if parts.contains(&".cargo") => Place::Own(Own::Configuration),
        _ if folders.contains(&"tests") => Place::Own(Own::Tests),
        "student.toml" if folders.len() <= 1 => Place::Student(folders.join("/")),
        "Cargo.toml" => Place::Own(Own::Manifest),
        "build.rs" => Place::Own(Own::BuildScript),
        "rust-toolchain" | "rust-toolchain.toml" => Place::Own(Own::Toolchain),
        _ => Place::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::sections;
    use super::*;

    /// The section's folder in which the path lies, and the path in there.
    fn source(path: &str, names: &[&str]) -> Option<(String, String)> {
        match Place::of(path, &sections(names)) {
            Place::Source { root, inside } => Some((root.path, inside)),
            _ => None,
        }
    }

    #[test]
    fn a_section_is_found_in_each_of_its_usual_places() {
        for root in [
            "exercises/03-pipes/src",
            "03-pipes/src",
            "pipes/src",
            "Jane-Doe-main/exercises/03-pipes/src",
            "a/b/exercises/03-pipes/src",
            "a/b/03-pipes/src",
        ] {
            let found = source(&format!("{root}/deep/lib.rs"), &["03-pipes", "10-locks"]);
            assert_eq!(found, Some((root.to_owned(), "src/deep/lib.rs".to_owned())));
        }
    }

    #[test]
    fn a_section_is_not_looked_for_where_it_does_not_belong() {
        for path in [
            "a/b/c/03-pipes/src/lib.rs",
            "a/b/c/exercises/03-pipes/src/lib.rs",
            "solutions/03-pipes/src/lib.rs",
            "target/03-pipes/src/lib.rs",
            "__MACOSX/03-pipes/src/lib.rs",
            "xtask/03-pipes/src/lib.rs",
            "03-pipes/lib.rs",
            "03-pipes/tests/src/lib.rs",
            "04-pipes/src/lib.rs",
            "src/lib.rs",
        ] {
            assert_eq!(source(path, &["03-pipes", "10-locks"]), None, "{path}");
        }
    }

    #[test]
    fn a_lone_src_counts_for_the_only_section_and_for_no_other() {
        let found = |path| source(path, &["03-pipes"]).map(|(root, _)| root);
        assert_eq!(found("src/lib.rs").as_deref(), Some("src"));
        assert_eq!(found("Jane/src/lib.rs").as_deref(), Some("Jane/src"));
        assert_eq!(found("04-shared-memory/src/lib.rs"), None);
        assert_eq!(found("exercises/04-shared-memory/src/lib.rs"), None);
        assert_eq!(found("xtask/src/lib.rs"), None);
        assert_eq!(found("a/b/c/src/lib.rs"), None);
    }

    #[test]
    fn the_nearest_folder_comes_first_and_a_lone_src_last() {
        let mut roots: Vec<Root> =
            ["a/03-pipes/src", "src", "pipes/src", "exercises/03-pipes/src", "03-pipes/src"]
                .iter()
                .map(|root| match Place::of(&format!("{root}/lib.rs"), &sections(&["03-pipes"])) {
                    Place::Source { root, .. } => root,
                    other => panic!("{other:?}"),
                })
                .collect();
        roots.sort();
        let paths: Vec<&str> = roots.iter().map(|root| &*root.path).collect();
        assert_eq!(
            paths,
            ["03-pipes/src", "pipes/src", "exercises/03-pipes/src", "a/03-pipes/src", "src"]
        );
    }

    #[test]
    fn what_the_course_has_itself_is_told_apart() {
        let own = |path: &str| match Place::of(path, &sections(&["03-pipes"])) {
            Place::Own(own) => Some(own),
            _ => None,
        };
        assert_eq!(own("a/exercises/03-pipes/Cargo.toml"), Some(Own::Manifest));
        assert_eq!(own("03-pipes/build.rs"), Some(Own::BuildScript));
        assert_eq!(own(".cargo/config.toml"), Some(Own::Configuration));
        assert_eq!(own(".cargo"), Some(Own::Configuration));
        assert_eq!(own("rust-toolchain.toml"), Some(Own::Toolchain));
        assert_eq!(own("03-pipes/tests/section.rs"), Some(Own::Tests));
        assert_eq!(own("solutions/03-pipes/src/lib.rs"), Some(Own::Solutions));
        assert_eq!(own("target/debug/Cargo.toml"), None);
        assert_eq!(own("README.md"), None);
    }

    #[test]
    fn a_students_name_stands_at_the_top_or_in_a_folder_of_it() {
        let place = |path| Place::of(path, &sections(&["03-pipes"]));
        assert_eq!(place("student.toml"), Place::Student(String::new()));
        assert_eq!(place("Jane/student.toml"), Place::Student("Jane".into()));
        assert_eq!(place("a/b/student.toml"), Place::Other);
    }
}
