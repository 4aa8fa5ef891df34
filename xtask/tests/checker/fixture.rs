//! A small course in a folder of its own, for the checker to be tried on.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// A course with one section, of this name. Courses share a target folder, so names must differ.
pub struct Course {
    pub root: PathBuf,
    pub name: String,
}

/// What a section has until a test changes it: one function, one test a stage, all alike.
const LIBRARY: &str = "//! Tiny.\n\n/// One.\npub fn one() -> i32 {\n    todo!(\"return 1\")\n}\n";
pub const ANSWER: &str = "//! Tiny.\n\n/// One.\npub fn one() -> i32 {\n    1\n}\n";

impl Course {
    pub fn new(name: &str) -> Self {
        let root = home().join(name);
        let _ = fs::remove_dir_all(&root);
        // What the checker remembers of an earlier run of these tests.
        for entry in
            fs::read_dir(home().join("target/xtask/memory")).into_iter().flatten().flatten()
        {
            if entry.file_name().to_string_lossy().contains(name) {
                let _ = fs::remove_file(entry.path());
            }
        }
        let course = Self { root, name: name.into() };
        course.write("Cargo.toml", &workspace_manifest());
        let lock = checker().join("../Cargo.lock");
        course.write("Cargo.lock", &fs::read_to_string(lock).unwrap());
        let exercise = course.exercise();
        course.write(&format!("{exercise}/Cargo.toml"), &crate_manifest(name));
        course.write(&format!("{exercise}/section.toml"), &section_toml());
        course.write(&format!("{exercise}/src/lib.rs"), LIBRARY);
        course.write(&format!("{exercise}/README.md"), "# Tiny\n");
        course.set_test("assert_eq!(one(), 1, \"one\")");
        course
    }

    /// `exercises/01-name`.
    pub fn exercise(&self) -> String {
        format!("exercises/01-{}", self.name)
    }

    /// The same with its stub, as it can be brought back.
    pub fn with_stub(self) -> Self {
        self.write(&format!("{}/stub/lib.rs", self.exercise()), LIBRARY);
        self
    }

    /// The same with a reference, and no mistakes as yet.
    pub fn with_solution(self) -> Self {
        let solution = format!("solutions/01-{}", self.name);
        let manifest = crate_manifest(&format!("{}-solution", self.name));
        self.write(&format!("{solution}/Cargo.toml"), &manifest);
        self.write(&format!("{solution}/src/lib.rs"), ANSWER);
        let tests = format!(
            "//! The exercise's.\nextern crate {name}_solution as {name};\n\
             #[path = \"../../../{exercise}/tests/section.rs\"]\nmod section;\n",
            name = self.name,
            exercise = self.exercise()
        );
        self.write(&format!("{solution}/tests/section.rs"), &tests);
        let workspace = fs::read_to_string(self.root.join("Cargo.toml")).unwrap();
        let members =
            workspace.replace("[\"exercises/*-*\"]", "[\"exercises/*-*\", \"solutions/*-*\"]");
        self.write("Cargo.toml", &members);
        self
    }

    /// The same, but its tests explore the schedules of this scenario.
    pub fn exploring(self, scenario: &str) -> Self {
        // The stand-ins and the harness have to be of one workspace, or they would not know each other.
        let link = self.root.join("xtask");
        std::os::unix::fs::symlink(checker(), &link).unwrap();
        let own = fs::read_to_string(checker().join("../Cargo.toml")).unwrap();
        let members = own.lines().find(|line| line.starts_with("members")).unwrap();
        let ours =
            "members = [\"exercises/*-*\", \"xtask/interleave/core\", \"xtask/interleave/std\"]";
        self.write("Cargo.toml", &own.replace(members, ours));
        let tests = section_toml().replace("why = ", "explored = true\nwhy = ");
        self.write(&format!("{}/section.toml", self.exercise()), &tests);
        self.set_test(scenario);
        let file = format!("{}/tests/section.rs", self.exercise());
        let tests = fs::read_to_string(self.root.join(&file)).unwrap();
        let tests = tests.replace("use harness::isolate", "use harness::explore");
        self.write(&file, &tests.replace("isolate(||", "explore(||"));
        self
    }

    /// The body of each of the four tests.
    pub fn set_test(&self, body: &str) {
        let stages = ["result", "concurrent", "robust", "clean"].map(|stage| {
            format!(
                "mod {stage} {{\n    use super::*;\n    #[test]\n    fn first() {{\n        \
                 isolate(|| {{\n            {body}\n        }});\n    }}\n}}\n"
            )
        });
        let text = format!(
            "//! Tests.\n#![allow(unused_imports)]\nuse harness::isolate;\nuse {}::*;\n{}",
            self.name,
            stages.concat()
        );
        self.write(&format!("{}/tests/section.rs", self.exercise()), &text);
    }

    pub fn set_library(&self, text: &str) {
        self.write(&format!("{}/src/lib.rs", self.exercise()), text);
    }

    pub fn write(&self, file: &str, text: &str) {
        let path = self.root.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// The checker, about to be run on this course.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program());
        command
            .args(arguments)
            .current_dir(&self.root)
            // Whoever runs these tests may speak another language.
            .env("COURSE_LANG", "en")
            // The checker looks for the course beside its own sources.
            .env("CARGO_MANIFEST_DIR", self.root.join("xtask"));
        command
    }

    pub fn xtask(&self, arguments: &[&str]) -> Ran {
        Ran::from(self.command(arguments).output().unwrap())
    }
}

/// What the checker printed, and how it ended.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let [out, err] =
            [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
        Self { code: output.status.code(), out, err }
    }
}

impl Ran {
    /// Fails unless the exit code is this one, and all the words were printed on either stream.
    #[track_caller]
    pub fn expect(&self, code: i32, words: &[&str]) {
        assert_eq!(self.code, Some(code), "the exit code of\n{}\n{}", self.out, self.err);
        for word in words {
            let printed = self.out.contains(word) || self.err.contains(word);
            assert!(printed, "{word:?} is missing in\n{}\n{}", self.out, self.err);
        }
    }
}

fn checker() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A folder for this test program's courses, and the target folder that they share.
fn home() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(env!("CARGO_CRATE_NAME"))
}

/// The checker, in the place that tells it its target folder.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let program = home().join("target").join("debug").join("xtask");
        fs::create_dir_all(program.parent().unwrap()).unwrap();
        // Aside and into place: another process may run the old one at this moment.
        let draft = program.with_extension(std::process::id().to_string());
        fs::copy(env!("CARGO_BIN_EXE_xtask"), &draft).unwrap();
        fs::rename(&draft, &program).unwrap();
        program
    })
}

/// The course's own, with the harness where it is.
fn workspace_manifest() -> String {
    let text = fs::read_to_string(checker().join("../Cargo.toml")).unwrap();
    let members = text.lines().find(|line| line.starts_with("members")).unwrap();
    let harness = checker().join("harness").display().to_string();
    text.replace(members, "members = [\"exercises/*-*\"]")
        .replace("\"xtask/harness\"", &format!("{harness:?}"))
}

fn crate_manifest(name: &str) -> String {
    format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
         [dependencies]\nnix.workspace = true\n\n[dev-dependencies]\nharness.workspace = true\n"
    )
}

fn section_toml() -> String {
    let tests = ["result", "concurrent", "robust", "clean"].map(|stage| {
        format!(
            "\n[[test]]\nname = \"{stage}::first\"\nwhy = \"It wants one.\"\n\
             hints = [\"look\", \"use\", \"nearly\"]\n"
        )
    });
    format!(
        "number = 1\ntitle = \"Tiny\"\nminutes = 5\n\n[points]\nresult = 1\nconcurrent = 2\n\
         robust = 3\nclean = 4\n{}",
        tests.concat()
    )
}
