//! Classes for the tests of the reports: a small one that is known by heart, seeded ones as they come in life, and one
//! student who floods everything.

use crate::record::{
    Alike, Class, Outcome, Place, Section, SectionResult, Student, Suspicion, Test, TestResult,
    VERSION,
};
use std::collections::BTreeSet;
use std::path::Path;

/// Names that must stay text everywhere.
pub const HOSTILE: [&str; 6] = [
    "<script>document.title='x'</script>",
    "\"><img src=x onerror=document.title='y'>",
    "=cmd|' /C calc'!A0",
    "::error::Mallory\n##[error]",
    "\u{202e}nna\u{1b}[31m</td></table>",
    "--><style>*{display:none}</style><svg onload=document.title='z'>",
];

/// How large a class is.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Its students.
    pub students: usize,
    /// The first sections of the course.
    pub sections: usize,
}

/// Four students and two sections, with one of everything.
pub fn small() -> Class {
    let test = |name: &str, points| Test { name: name.into(), points, why: format!("Why {name}.") };
    let section = |number, name: &str, title: &str, tests: Vec<Test>| Section {
        number,
        name: name.into(),
        title: title.into(),
        points: tests.iter().map(|test| test.points).sum(),
        tests,
    };
    let locks = vec![test("result::a", 4), test("clean::b", 2), test("further::c", 0)];
    let result = |section: &str, points, outcome| SectionResult {
        section: section.into(),
        files: vec!["src/lib.rs".into()],
        points,
        outcome,
    };
    let ran = |verdicts: &[(&str, &str, u32)]| Outcome::Ran {
        tests: verdicts
            .iter()
            .map(|&(name, verdict, points)| told(name, verdict, points))
            .collect(),
    };
    let student = |name: &str, entry: &str, results| Student {
        name: name.into(),
        entry: entry.into(),
        trouble: None,
        left_out: vec![],
        results,
        suspicions: vec![],
    };
    let mut deadlock = ran(&[
        ("result::a", "deadlock", 0),
        ("clean::b", "passed", 2),
        ("further::c", "not-written", 0),
    ]);
    if let Outcome::Ran { tests } = &mut deadlock {
        tests[0].message = "all wait & <b>".into();
        tests[0].details = vec!["thread 1 waits for a lock".into()];
        tests[0].file = Some("src/lib.rs".into());
        tests[0].line = Some(7);
        tests[0].first = Some("endless-loop".into());
        tests[0].picture = Some(picture(2));
    }
    let mut ann = student(
        "Ann",
        "ann.zip",
        vec![result("pipes", 4, ran(&[("result::a", "passed", 4)])), result("locks", 2, deadlock)],
    );
    ann.left_out = vec!["Cargo.toml: the course's own is taken".into()];
    ann.suspicions = vec![Suspicion {
        section: "pipes".into(),
        file: "src/lib.rs".into(),
        line: 12,
        what: "#[no_mangle]".into(),
        why: "It could take the place of a function of the system's library.".into(),
    }];
    let refused = Outcome::DoesNotCompile { message: "error: expected `;`".into() };
    let forged =
        ran(&[("result::a", "forged", 0), ("clean::b", "failed", 0), ("further::c", "passed", 0)]);
    let unchecked = Outcome::NotChecked { message: "the disk was full".into() };
    let nothing = SectionResult { files: vec![], ..result("locks", 0, Outcome::NotHandedIn) };
    let mut last = student("Дмитрий", "d.zip", vec![]);
    last.trouble = Some("the archive ends too early".into());
    Class {
        version: VERSION,
        course: "0123456789abcdef".into(),
        toolchain: "rustc 1.95.0".into(),
        containment: "bubblewrap".into(),
        sections: vec![
            section(3, "pipes", "Pipes", vec![test("result::a", 4)]),
            section(10, "locks", "Locks", locks),
        ],
        students: vec![
            ann,
            student(
                "=HYPERLINK(\"http://x\")",
                "b <i>.tar",
                vec![result("pipes", 0, refused), nothing],
            ),
            student(
                "::error::Carol",
                "carol",
                vec![result("pipes", 0, unchecked), result("locks", 0, forged)],
            ),
            last,
        ],
        alike: vec![pair("locks", ["ann.zip", "carol"], 87)],
    }
}

fn told(name: &str, verdict: &str, points: u32) -> TestResult {
    let message = if verdict == "passed" { "" } else { "it did not hold" };
    let [name, verdict, message] = [name, verdict, message].map(String::from);
    TestResult { name, verdict, points, message, ..TestResult::default() }
}

fn pair(section: &str, entries: [&str; 2], percent: u32) -> Alike {
    let place = |first, last| Place { file: "src/lib.rs".into(), first, last };
    Alike {
        section: section.into(),
        entries: entries.map(String::from),
        percent,
        places: vec![[place(10, 24), place(12, 26)], [place(31, 60), place(40, 69)]],
    }
}

/// A picture like the ones that the checker draws.
fn picture(threads: usize) -> String {
    let lane = |index: usize| {
        let x = 80 + index * 160;
        format!(
            "<text x=\"{x}\" y=\"40\">thread {index}</text><line x1=\"{x}\" y1=\"50\" x2=\"{x}\" y2=\"190\" \
             stroke=\"gray\"/><text x=\"{}\" y=\"{}\">locks left &amp; waits</text>",
            x + 8,
            80 + index * 40
        )
    };
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} 200\" width=\"{0}\" height=\"200\">\
         <style>svg{{background:#fff}}text{{font:12px sans-serif}}</style>{1}</svg>",
        threads * 160 + 120,
        (0..threads).map(lane).collect::<String>()
    )
}

/// A generator of numbers that are the same everywhere: SplitMix64.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn percent(&mut self, of: usize) -> bool {
        self.below(100) < of
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }
}

/// The sections of the course, read from their files without the checker's own reader.
fn sections(count: usize) -> Vec<Section> {
    let course = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../exercises");
    let folders = std::fs::read_dir(course).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<_> =
        folders.filter(|folder| folder.join("section.toml").exists()).collect();
    folders.sort();
    folders.iter().take(count).map(|folder| section(folder)).collect()
}

fn section(folder: &Path) -> Section {
    let text = std::fs::read_to_string(folder.join("section.toml")).unwrap();
    let table: toml::Table = text.parse().unwrap();
    let rows = table["test"].as_array().unwrap();
    let stage =
        |row: &toml::Value| row["name"].as_str().unwrap().split("::").next().unwrap().to_owned();
    let test = |row: &toml::Value| {
        let count = rows.iter().filter(|other| stage(other) == stage(row)).count() as u32;
        let points =
            table["points"].get(stage(row)).map_or(0, |points| points.as_integer().unwrap());
        let text = |key: &str| row[key].as_str().unwrap().to_owned();
        Test { name: text("name"), points: points as u32 / count, why: text("why") }
    };
    let tests: Vec<_> = rows.iter().map(test).collect();
    Section {
        number: table["number"].as_integer().unwrap() as u32,
        name: folder.file_name().unwrap().to_str().unwrap()[3..].to_owned(),
        title: table["title"].as_str().unwrap().to_owned(),
        points: tests.iter().map(|test| test.points).sum(),
        tests,
    }
}

/// A class as they come in life: some know much, some little, some are up to no good.
pub fn class(size: Size, seed: u64) -> Class {
    let mut dice = Dice(seed);
    let sections = sections(size.sections);
    let mut students: Vec<_> =
        (0..size.students).map(|number| student(&mut dice, &sections, number)).collect();
    students.sort_by(|a, b| (&a.name, &a.entry).cmp(&(&b.name, &b.entry)));
    let mut alike: Vec<_> = (0..size.students / 8)
        .map(|_| {
            let section = &sections[dice.below(sections.len())].name;
            let first = dice.below(size.students - 1);
            let second = first + 1 + dice.below(size.students - first - 1);
            let entries = [&students[first].entry[..], &students[second].entry[..]];
            pair(section, entries, 60 + dice.below(41) as u32)
        })
        .collect();
    alike.sort_by_key(|pair| std::cmp::Reverse(pair.percent));
    Class {
        version: VERSION,
        course: "5f1e0c2a9b7d4433".into(),
        toolchain: "rustc 1.95.0 (59807616e 2026-04-14)".into(),
        containment: "bubblewrap 0.8.0 around compiler and tests: no network, own processes and IPC, nothing to read but the \
                      course, 2 GB of memory, 64 processes"
            .into(),
        sections,
        students,
        alike,
    }
}

const FIRST: [&str; 24] = [
    "Anna",
    "Ben",
    "Chloé",
    "Dimitri",
    "Emre",
    "Fatou",
    "Giulia",
    "Hana",
    "Íñigo",
    "Jürgen",
    "Kenji",
    "Lena",
    "Miguel",
    "Ngozi",
    "Olga",
    "Priya",
    "Quentin",
    "Rania",
    "Søren",
    "Thị Mai",
    "Uwe",
    "Vera",
    "Wei",
    "Zoë",
];
const LAST: [&str; 20] = [
    "Abadi", "Bauer", "Castro", "Dubois", "Eriksson", "Fontaine", "García", "Haddad", "Ivanova",
    "Jensen", "Kowalski", "Lefèvre", "Müller", "Nguyễn", "Okafor", "Petit", "Rossi", "Schmidt",
    "Tanaka", "Wójcik",
];
const OTHER_SCRIPTS: [&str; 5] =
    ["王小明", "محمد العربي", "नेहा शर्मा", "Дмитрий Соколов", "דנה לוי"];

fn student(dice: &mut Dice, sections: &[Section], number: usize) -> Student {
    let name = match number {
        0..=4 => OTHER_SCRIPTS[number].into(),
        5..=10 => HOSTILE[number - 5].into(),
        _ => format!("{} {}", dice.one(&FIRST), dice.one(&LAST)),
    };
    let ending = dice.one(&["", ".zip", ".tar.gz", ".bundle"]);
    let entry = match number {
        5..=10 => format!("{}{ending}", HOSTILE[number - 5].replace('/', ":")),
        _ => format!("s{:05}{ending}", 20_000 + number * 37),
    };
    let skill = 35 + dice.below(65);
    let trouble = number % 29 == 28;
    let results = match trouble {
        true => vec![],
        false => sections.iter().map(|section| result(dice, section, skill)).collect(),
    };
    let mut left_out = vec![];
    if dice.percent(40) {
        left_out.push("Cargo.toml: the course's own is taken".into());
        left_out.push("03-pipes/src/notes <b>.txt: no source file".into());
    }
    Student {
        name,
        entry,
        trouble: trouble.then(|| "the archive ends in the middle of a file".into()),
        left_out,
        results,
        suspicions: if dice.percent(12) { suspicions(dice, sections) } else { vec![] },
    }
}

fn suspicions(dice: &mut Dice, sections: &[Section]) -> Vec<Suspicion> {
    let kinds = [
        (
            "#[unsafe(no_mangle)] fn write",
            "It takes the place of a function of the system's library.",
        ),
        ("std::panic::set_hook", "It could end the process when a test fails."),
        ("\"/proc/self/mem\"", "By this file a process can change itself."),
        ("include_str!(\"../../../<solutions>\")", "It reads a file outside of the section."),
    ];
    let one = |_| {
        let (what, why) = kinds[dice.below(kinds.len())];
        Suspicion {
            section: sections[dice.below(sections.len())].name.clone(),
            file: "src/lib.rs".into(),
            line: 3 + dice.below(200) as u32,
            what: what.into(),
            why: why.into(),
        }
    };
    (0..2).map(one).collect()
}

fn result(dice: &mut Dice, section: &Section, skill: usize) -> SectionResult {
    let result = |files: &[&str], points, outcome| SectionResult {
        section: section.name.clone(),
        files: files.iter().copied().map(String::from).collect(),
        points,
        outcome,
    };
    match dice.below(100) {
        0..=6 => return result(&[], 0, Outcome::NotHandedIn),
        7..=10 => {
            return result(&["src/lib.rs"], 0, Outcome::DoesNotCompile { message: RUSTC.into() });
        }
        11 if dice.percent(40) => {
            let message =
                "the program that builds was killed by the system: is there enough memory?".into();
            return result(&["src/lib.rs"], 0, Outcome::NotChecked { message });
        }
        _ => {}
    }
    // The later ones in a section are the harder ones, and each course has tests that nobody understands.
    let hard: BTreeSet<usize> = [7, 11].into();
    let tests: Vec<_> = section
        .tests
        .iter()
        .enumerate()
        .map(|(index, test)| {
            let chance = if hard.contains(&index) { skill / 2 } else { (skill + 25).min(98) };
            if dice.percent(chance) {
                told(&test.name, "passed", test.points)
            } else {
                failed(dice, test)
            }
        })
        .collect();
    let points = tests.iter().map(|test| test.points).sum();
    result(&["src/lib.rs", "src/sender.rs"], points, Outcome::Ran { tests })
}

const RUSTC: &str = "error[E0382]: borrow of moved value: `sender`\n  --> src/lib.rs:41:9\n   |\n38 |     let sender = \
                     channel();\n   |         ------ move occurs because `sender` has type `Sender<String>`\n41 |     \
                     sender.send(\"<b>&amp;\")?;\n   |     ^^^^^^ value borrowed here after move\n";

fn failed(dice: &mut Dice, test: &Test) -> TestResult {
    let kinds = [
        "failed",
        "failed",
        "failed",
        "panicked",
        "not-written",
        "not-written",
        "deadlock",
        "endless-loop",
        "schedule",
        "left-behind",
        "crashed",
        "forged",
        "over-limit",
    ];
    let schedule = test.name.contains("no_schedule");
    let verdict = if schedule { "schedule" } else { dice.one(&kinds) };
    let mut told = told(&test.name, verdict, 0);
    told.message = match verdict {
        "failed" => "the answers differ".into(),
        "panicked" => "index out of bounds: the len is 3 but the index is 3".into(),
        "not-written" => "not yet implemented: `Sender::send`".into(),
        "deadlock" => "all 3 threads wait, and none of them can wake another".into(),
        "endless-loop" => "it still ran after 5 s".into(),
        "schedule" => "two threads read the number before either of them wrote it".into(),
        "left-behind" => "2 zombies and a message queue were left".into(),
        "forged" => "the process ended with code 0 before the test was over".into(),
        _ => "SIGSEGV: it touched memory that is not its own".into(),
    };
    if verdict == "failed" {
        told.expected = Some("[\"olleh\", \"dlrow\"]".into());
        told.actual = Some("[\"olleh\", \"<script>alert(1)</script>\"]".into());
    }
    if matches!(verdict, "failed" | "panicked" | "schedule") {
        told.file = Some("src/lib.rs".into());
        told.line = Some(10 + dice.below(120) as u32);
    }
    if matches!(verdict, "deadlock" | "left-behind") {
        told.details = vec!["pid 4711 waits in futex".into(), "queue 0x2a with 3 messages".into()];
    }
    if verdict == "schedule" && dice.percent(60) {
        told.picture = Some(picture(3));
    }
    if dice.percent(20) {
        told.output =
            "1 of 3\n2 of 3\n::error::no\n\u{1b}[2J</pre><script>document.title='p'</script>\n"
                .into();
    }
    if dice.percent(6) {
        told.first = Some("endless-loop".into());
    }
    told
}

/// A class of one student, who has too much of everything, and of everything the worst.
pub fn flooded() -> Class {
    let mut class = class(Size { students: 12, sections: 12 }, 1);
    let much = "\u{202e}<&\">\u{9b}::error::##[x]\u{10ffff}\n".repeat(4_000);
    let text = |bytes: usize| much[..much.floor_char_boundary(bytes)].to_owned();
    let lines: Vec<String> = (0..500).map(|line| format!("{line} {}", text(400))).collect();
    let student = &mut class.students[0];
    student.name = much.clone();
    student.entry = "\"".repeat(255);
    student.left_out = lines.clone();
    let suspicion = |section: &Section| Suspicion {
        section: section.name.clone(),
        file: text(800),
        line: u32::MAX,
        what: text(800),
        why: text(800),
    };
    student.suspicions = class.sections.iter().cycle().take(200).map(suspicion).collect();
    student.trouble = None;
    let test = |test: &Test| TestResult {
        name: test.name.clone(),
        verdict: "forged".into(),
        points: 0,
        message: text(12_000),
        expected: Some(text(12_000)),
        actual: Some(text(12_000)),
        file: Some(text(4_000)),
        line: Some(u32::MAX),
        details: lines[..80].to_vec(),
        output: text(12_000),
        picture: Some(format!("<svg>{}</svg>", text(12_000))),
        first: Some("deadlock".into()),
    };
    let result = |section: &Section| SectionResult {
        section: section.name.clone(),
        files: lines[..200].to_vec(),
        points: 0,
        outcome: Outcome::Ran { tests: section.tests.iter().map(test).collect() },
    };
    student.results = class.sections.iter().map(result).collect();
    class.students.truncate(1);
    class.alike.clear();
    class
}
