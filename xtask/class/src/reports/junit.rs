//! `junit.xml`: a suite for each section of each student. A failure is what a test says of an answer; an error is a
//! crash, an end of time, a compiler that refuses, or a fault of the checker.
//!
//! `time` is 0 everywhere: two runs over the same submissions write the same report.

use super::escape::{Attribute, Markup};
use super::standing::{is_optional, verdict};
use super::student_page;
use crate::record::{Class, Outcome, Section, Student, TestResult};
use harness::Verdict;

/// Consumers cut a message here, or refuse it.
const MESSAGE_CHARS: usize = 20_000;

/// The document.
pub fn class(class: &Class) -> String {
    let mut counts = Counts::default();
    let mut suites = Markup::default();
    for index in 0..class.students.len() {
        let (markup, of_student) = of_student(class, index);
        suites.push(markup);
        counts.add(of_student);
    }
    let numbers = counts.numbers();
    let mut document = Markup::fixed("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    document.push(element("testsuites", &numbers.attributes("class"), suites));
    document.into_string()
}

/// The suites of one student.
pub fn student(class: &Class, index: usize) -> Markup {
    of_student(class, index).0
}

fn of_student(class: &Class, index: usize) -> (Markup, Counts) {
    let student = &class.students[index];
    // The student's number makes all names unique, whatever they say.
    let number = format!("{:03}", index + 1);
    let class_name = student_page::plain_name(class, index);
    let mut markup = Markup::default();
    let mut sum = Counts::default();
    for section in &class.sections {
        let cases = cases(section, student);
        let counts = Counts::of(&cases);
        let suite = format!("{number} {} {}", section.name, student.entry);
        let cases = cases.iter().map(|case| case.markup(&number, &class_name)).collect();
        markup.push(element("testsuite", &counts.numbers().attributes(&suite), cases));
        sum.add(counts);
    }
    (markup, sum)
}

/// An element, its end, and an end of line.
fn element(tag: &'static str, attributes: &[Attribute<'_>], inside: Markup) -> Markup {
    let inside = Markup::from([Markup::fixed("\n"), inside]);
    Markup::from([Markup::element(tag, attributes, inside), Markup::fixed("\n")])
}

/// How a case ended.
enum End {
    Passed,
    Skipped { message: String },
    Failure { kind: &'static str, message: String, text: String },
    Error { kind: &'static str, message: String, text: String },
}

struct Case {
    name: String,
    place: Option<(String, u32)>,
    end: End,
}

fn cases(section: &Section, student: &Student) -> Vec<Case> {
    let whole =
        |end: End| vec![Case { name: format!("{}::section", section.name), place: None, end }];
    let error = |verdict: Verdict, message: &str| {
        let (kind, message) = (verdict.name(), message.to_owned());
        whole(End::Error { kind, message, text: String::new() })
    };
    if let Some(trouble) = &student.trouble {
        let (kind, message) = ("nothing-taken", trouble.clone());
        return whole(End::Error { kind, message, text: String::new() });
    }
    match student.outcome(&section.name) {
        Some(Outcome::Ran { tests }) => tests.iter().map(|test| case(section, test)).collect(),
        Some(Outcome::NotHandedIn) => whole(End::Skipped { message: "not handed in".into() }),
        Some(Outcome::DoesNotCompile { message }) => error(Verdict::DoesNotCompile, message),
        Some(Outcome::NotChecked { message }) => error(Verdict::NotChecked, message),
        None => error(Verdict::NotChecked, "there is no result"),
    }
}

fn case(section: &Section, test: &TestResult) -> Case {
    let verdict = verdict(test);
    let kind = verdict.name();
    let message = format!("{}: {}", verdict.title(), test.message);
    let end = match verdict {
        Verdict::Passed => End::Passed,
        _ if is_optional(&test.name) => End::Skipped { message: format!("optional: {message}") },
        Verdict::Failed
        | Verdict::NotWritten
        | Verdict::Schedule
        | Verdict::LeftBehind
        | Verdict::NotCheckable => End::Failure { kind, message, text: text(test) },
        Verdict::Panicked
        | Verdict::Deadlock
        | Verdict::EndlessLoop
        | Verdict::Crashed
        | Verdict::OverLimit
        | Verdict::Forged
        | Verdict::DoesNotCompile
        | Verdict::NotChecked => End::Error { kind, message, text: text(test) },
    };
    let place = test.file.clone().zip(test.line);
    Case { name: format!("{}::{}", section.name, test.name), place, end }
}

/// What there is to say beyond the message.
fn text(test: &TestResult) -> String {
    let value = |name: &str, value: &Option<String>| {
        value.as_ref().map(|value| format!("{name}: {value}")).into_iter()
    };
    let first = test.first.as_ref();
    let first = first.map(|first| format!("when the machine was busy: {first}"));
    value("expected", &test.expected)
        .chain(value("  actual", &test.actual))
        .chain(test.details.iter().cloned())
        .chain(first)
        .collect::<Vec<_>>()
        .join("\n")
}

impl Case {
    fn markup(&self, number: &str, class_name: &str) -> Markup {
        // Some readers know a case by its name alone.
        let name = format!("{} ({number})", self.name);
        let line = self.place.as_ref().map(|(_, line)| line.to_string());
        let mut attributes =
            vec![("name", name.as_str()), ("classname", class_name), ("time", "0")];
        if let (Some((file, _)), Some(line)) = (&self.place, &line) {
            attributes.extend([("file", file.as_str()), ("line", line.as_str())]);
        }
        let inside = match &self.end {
            End::Passed => Markup::default(),
            End::Skipped { message } => {
                Markup::element("skipped", &[("message", &beginning(message))], Markup::default())
            }
            End::Failure { kind, message, text } => bad("failure", kind, message, text),
            End::Error { kind, message, text } => bad("error", kind, message, text),
        };
        Markup::from([Markup::element("testcase", &attributes, inside), Markup::fixed("\n")])
    }
}

fn bad(tag: &'static str, kind: &str, message: &str, text: &str) -> Markup {
    // The attribute carries the message, and the text the rest: readers that know both prefer the attribute.
    let message = beginning(message);
    Markup::element(tag, &[("message", &message), ("type", kind)], Markup::text(&beginning(text)))
}

fn beginning(text: &str) -> String {
    super::escape::visible(text).chars().take(MESSAGE_CHARS).collect()
}

#[derive(Clone, Copy, Default)]
struct Counts {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

impl Counts {
    fn of(cases: &[Case]) -> Self {
        let mut counts = Self { tests: cases.len(), ..Self::default() };
        for case in cases {
            match case.end {
                End::Passed => {}
                End::Skipped { .. } => counts.skipped += 1,
                End::Failure { .. } => counts.failures += 1,
                End::Error { .. } => counts.errors += 1,
            }
        }
        counts
    }

    fn add(&mut self, other: Self) {
        self.tests += other.tests;
        self.failures += other.failures;
        self.errors += other.errors;
        self.skipped += other.skipped;
    }

    fn numbers(self) -> Numbers {
        Numbers(
            [self.tests, self.failures, self.errors, self.skipped].map(|count| count.to_string()),
        )
    }
}

struct Numbers([String; 4]);

impl Numbers {
    fn attributes<'a>(&'a self, name: &'a str) -> [Attribute<'a>; 6] {
        let [tests, failures, errors, skipped] = &self.0;
        [
            ("name", name),
            ("tests", tests),
            ("failures", failures),
            ("errors", errors),
            ("skipped", skipped),
            ("time", "0"),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::sample;
    use std::collections::HashSet;

    fn is_sound(record: &Class) {
        let text = class(record);
        let document = roxmltree::Document::parse(&text).unwrap();
        let mut names = HashSet::new();
        for node in document.descendants().filter(|node| node.has_tag_name("testcase")) {
            assert!(names.insert(node.attribute("name").unwrap()), "{node:?} is there twice");
            assert!(node.children().filter(|child| child.is_element()).count() <= 1);
            for child in node.children().filter(|child| child.is_element()) {
                assert!(child.attribute("message").unwrap().chars().count() <= MESSAGE_CHARS);
            }
        }
        for node in document.descendants() {
            for (name, tag) in
                [("failures", "failure"), ("errors", "error"), ("skipped", "skipped")]
            {
                if let Some(count) = node.attribute(name) {
                    let found = node.descendants().filter(|below| below.has_tag_name(tag)).count();
                    assert_eq!(count, found.to_string());
                }
            }
        }
    }

    #[test]
    fn it_is_well_formed_with_unique_names_and_right_numbers() {
        is_sound(&sample::small());
        is_sound(&sample::flooded());
        is_sound(&sample::class(sample::Size { students: 30, sections: 12 }, 9));
    }

    #[test]
    fn two_entries_that_are_told_alike_have_names_of_their_own() {
        let mut record = sample::small();
        record.students[0].entry = "a".repeat(100) + "b";
        record.students[1].entry = "a".repeat(100) + "c";
        is_sound(&record);
    }

    #[test]
    fn a_deadlock_is_an_error_and_a_missing_section_is_skipped() {
        let text = class(&sample::small());
        let locks = "<testcase name=\"locks::result::a (001)\" classname=\"001-ann\" time=\"0\" \
                     file=\"src/lib.rs\" line=\"7\"><error message=\"deadlock: all wait &amp; &lt;b&gt;\" \
                     type=\"deadlock\">thread 1 waits for a lock\nwhen the machine was busy: endless-loop</error></testcase>\n";
        assert!(text.contains(locks), "{text}");
        assert!(text.contains("<skipped message=\"not handed in\"></skipped>"), "{text}");
        assert!(text.contains("<error message=\"error: expected `;`\" type=\"does-not-compile\">"));
        assert!(
            text.contains("<error message=\"the archive ends too early\" type=\"nothing-taken\">")
        );
        let start = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"class\" tests=\"12\" \
                     failures=\"1\" errors=\"6\" skipped=\"2\" time=\"0\">\n";
        assert_eq!(&text[..start.len()], start);
    }
}
