//! `students/NNN-name.html`: a student's points, each verdict with its reason, and what was taken.

use super::base64;
use super::escape::Markup;
use super::page::{
    code, document, element, fixed, isolated, lines, of_class, prose, row, section, shown_name,
    suspicion_cells, table, told,
};
use super::standing::{Standing, is_known, is_optional, verdict};
use crate::record::{Alike, Class, Outcome, Section, Student, TestResult};
use harness::Verdict;
use xtask::show::text::count;

/// So many letters of the name are in the name of the file.
const NAME_CHARS: usize = 40;
/// The tests with these verdicts are listed, and no more is said of them.
const LISTED: [Verdict; 2] = [Verdict::NotWritten, Verdict::Passed];
/// So many of the pairs that the student is in are listed.
const PAIRS: usize = 10;

/// The name of the file.
pub fn file_name(class: &Class, index: usize) -> String {
    plain_name(class, index) + ".html"
}

/// A name that is safe everywhere. Its number makes it unique, and the letters are there for people.
pub fn plain_name(class: &Class, index: usize) -> String {
    let name = class.students[index].name.chars().map(|c| match c {
        c if c.is_ascii_alphanumeric() => c.to_ascii_lowercase(),
        _ => '-',
    });
    let name: String = name.take(NAME_CHARS).collect();
    let words: Vec<_> = name.split('-').filter(|word| !word.is_empty()).collect();
    let number = format!("{:03}", index + 1);
    [&number[..]].into_iter().chain(words).collect::<Vec<_>>().join("-")
}

/// The page.
pub fn page(class: &Class, index: usize) -> String {
    let student = &class.students[index];
    let title = super::escape::line(shown_name(student));
    let heading =
        Markup::from([element("h1", isolated(shown_name(student))), summary(class, student)]);
    let body = Markup::from([
        Markup::element(
            "a",
            &[("class", "skip"), ("href", "#sections")],
            fixed("Skip to the points"),
        ),
        links(class, index),
        element("header", heading),
        element(
            "main",
            Markup::from([
                points(class, student),
                suspicions(student),
                alike(class, student),
                sections(class, student),
                taken(student),
            ]),
        ),
        element("footer", held_in(class)),
    ]);
    document(&title, Markup::element("body", &[("class", "narrow")], body))
}

fn links(class: &Class, index: usize) -> Markup {
    let link = |to: &str, words: Markup| Markup::element("a", &[("href", to)], words);
    let student = |index: usize, words: &'static str| {
        let name = isolated(shown_name(&class.students[index]));
        Markup::from([
            fixed(" · "),
            link(&file_name(class, index), Markup::from([fixed(words), name])),
        ])
    };
    let mut links = link("../index.html", fixed("The class"));
    if index > 0 {
        links.push(student(index - 1, "Before: "));
    }
    if index + 1 < class.students.len() {
        links.push(student(index + 1, "Next: "));
    }
    Markup::element("nav", &[("aria-label", "Other pages")], links)
}

fn summary(class: &Class, student: &Student) -> Markup {
    let most: u32 = class.sections.iter().map(|section| section.points).sum();
    let known = match is_known(class, student) {
        true => "",
        false => ", and what is not checked yet",
    };
    let points = format!("{} of {most} points{known}.", student.points());
    let entry = Markup::from([fixed("Handed in as "), code(&student.entry), fixed(".")]);
    let mut summary = Markup::from([element("p", Markup::text(&points)), element("p", entry)]);
    if let Some(trouble) = &student.trouble {
        let words = Markup::from([fixed("Nothing could be taken from it: "), isolated(trouble)]);
        summary.push(of_class("p", "note", words));
    }
    summary
}

fn points(class: &Class, student: &Student) -> Markup {
    let line = |section: &Section| {
        let standing = Standing::of(student, &section.name);
        let points = if standing.is_known() {
            student.points_of(&section.name).to_string()
        } else {
            "?".into()
        };
        let target = format!("#section-{}", section.name);
        let title = Markup::text(&format!("{} {}", section.number, section.title));
        let title = match student.outcome(&section.name) {
            Some(_) => Markup::element("a", &[("href", &target)], title),
            None => title,
        };
        row([
            Markup::element("th", &[("scope", "row")], title),
            of_class("td", "number", Markup::text(&points)),
            of_class("td", "number", Markup::text(&section.points.to_string())),
            element("td", told(standing)),
        ])
    };
    let rows = class.sections.iter().map(line).collect();
    let heads = ["Section", "Points", "Of", "The worst of its tests"];
    section("sections", "Points", table("The points of each section.", &heads, rows))
}

fn suspicions(student: &Student) -> Markup {
    if student.suspicions.is_empty() {
        return Markup::default();
    }
    let rows = student.suspicions.iter().map(|suspicion| row(suspicion_cells(suspicion))).collect();
    let caption = "What a teacher should look at: there may be a good reason for it, and it changes no verdict.";
    let heads = ["Section", "Place", "What is there", "What it could be for"];
    section("suspicions", "Suspicious", table(caption, &heads, rows))
}

fn alike(class: &Class, student: &Student) -> Markup {
    let side = |pair: &Alike| pair.entries.iter().position(|entry| *entry == student.entry);
    let pairs: Vec<_> = class.alike.iter().filter_map(|pair| Some((pair, side(pair)?))).collect();
    if pairs.is_empty() {
        return Markup::default();
    }
    let rows = pairs.iter().take(PAIRS).map(|&(pair, side)| {
        let other = &pair.entries[1 - side];
        let index = class.students.iter().position(|student| student.entry == *other);
        let name = match index {
            Some(index) => {
                let name = isolated(shown_name(&class.students[index]));
                Markup::element("a", &[("href", &file_name(class, index))], name)
            }
            None => isolated(other),
        };
        row([
            of_class("td", "number", Markup::text(&format!("{} %", pair.percent))),
            of_class("td", "whole", Markup::text(&pair.section)),
            element("td", Markup::from([isolated(shown_name(student)), lines(pair, side)])),
            element("td", Markup::from([name, lines(pair, 1 - side)])),
        ])
    });
    let caption = "Submissions that have much in common with this one. Lines that stand side by side correspond.";
    let mut inside = table(caption, &["Alike", "Section", "This one", "The other"], rows.collect());
    if pairs.len() > PAIRS {
        inside
            .push(element("p", Markup::text(&format!("There are {} more.", pairs.len() - PAIRS))));
    }
    section("alike", "Alike", inside)
}

fn sections(class: &Class, student: &Student) -> Markup {
    let one = |section: &Section| {
        let outcome = student.outcome(&section.name)?;
        let id = format!("section-{}", section.name);
        let title = Markup::text(&format!("{} {}", section.number, section.title));
        let heading = Markup::element("h3", &[("id", &id)], title);
        Some(Markup::from([fixed("\n"), heading, verdicts(section, student, outcome)]))
    };
    let inside: Markup = class.sections.iter().filter_map(one).collect();
    if inside.is_empty() { inside } else { section("verdicts", "Verdicts", inside) }
}

fn verdicts(section: &Section, student: &Student, outcome: &Outcome) -> Markup {
    let standing = Standing::of(student, &section.name);
    let words = |words: &'static str, message: &str| {
        let text = Markup::from([told(standing), fixed(words)]);
        Markup::from([element("p", text), element("pre", Markup::text(message))])
    };
    match outcome {
        Outcome::NotHandedIn => element("p", told(standing)),
        Outcome::DoesNotCompile { message } => words(" The compiler says:", message),
        Outcome::NotChecked { message } => words(" This is no fault of the student's:", message),
        Outcome::Ran { tests } => {
            let again = match tests.iter().any(|test| !earlier(test).is_empty()) {
                true => element(
                    "p",
                    fixed(
                        "What failed on a busy machine was run again, alone: this is what counts.",
                    ),
                ),
                false => Markup::default(),
            };
            let with = |wanted: Verdict| {
                let tests = tests.iter().filter(move |test| verdict(test) == wanted);
                list(section, wanted, tests.collect())
            };
            let others = tests.iter().filter(|test| !LISTED.contains(&verdict(test)));
            let others = others.map(|test| in_full(section, test));
            std::iter::once(again).chain(others).chain(LISTED.map(with)).collect()
        }
    }
}

/// Tests of which there is nothing to be said but their names.
fn list(section: &Section, verdict: Verdict, tests: Vec<&TestResult>) -> Markup {
    if tests.is_empty() {
        return Markup::default();
    }
    let one = |test: &&TestResult| {
        let name = element("code", Markup::text(&test.name));
        element("li", Markup::from([name, Markup::text(&worth(section, test)), earlier(test)]))
    };
    let number = Markup::text(&format!(" {}", count(tests.len(), "test")));
    let title = Markup::from([told(Standing::Verdict(verdict)), number]);
    let names = of_class("ul", "shut", tests.iter().map(one).collect());
    element("details", Markup::from([element("summary", title), names]))
}

/// " — 1 of 2 points", or that it is optional.
fn worth(section: &Section, test: &TestResult) -> String {
    let most =
        section.tests.iter().find(|other| other.name == test.name).map_or(0, |test| test.points);
    match is_optional(&test.name) {
        true if most == 0 => " (optional)".into(),
        _ => format!(" ({} of {})", test.points, count(most as usize, "point")),
    }
}

/// A verdict that a run before this one came to.
fn earlier(test: &TestResult) -> Markup {
    let Some(first) = test.first.as_ref().filter(|first| **first != test.verdict) else {
        return Markup::default();
    };
    let first = match Verdict::from_name(first) {
        Some(verdict) => verdict.title(),
        None => first,
    };
    let text = format!("First, on a busy machine: {first}.");
    of_class("p", "faint", Markup::text(&text))
}

/// A test with all that is known of it.
fn in_full(section: &Section, test: &TestResult) -> Markup {
    let standing = Standing::Verdict(verdict(test));
    let name = Markup::from([
        told(standing),
        fixed(" "),
        element("code", Markup::text(&test.name)),
        of_class("span", "faint", Markup::text(&worth(section, test))),
    ]);
    let mut inside = Markup::from([element("h4", name), element("p", Markup::text(&test.message))]);
    inside.push(earlier(test));
    inside.push(facts(section, test));
    if !test.details.is_empty() {
        let details = test.details.iter().map(|detail| element("li", Markup::text(detail)));
        inside.push(element("ul", details.collect()));
    }
    if !test.output.trim().is_empty() {
        let title = element("summary", fixed("What it printed"));
        let output = element("pre", Markup::text(&test.output));
        inside.push(element("details", Markup::from([title, output])));
    }
    inside.push(picture(test));
    let look = if is_optional(&test.name) { "empty" } else { standing.look() };
    Markup::from([of_class("article", look, inside), fixed("\n")])
}

/// What was expected and seen, where, and what the test wants.
fn facts(section: &Section, test: &TestResult) -> Markup {
    let place = test.file.as_ref().map(|file| match test.line {
        Some(line) => format!("{file}:{line}"),
        None => file.clone(),
    });
    let why =
        section.tests.iter().find(|other| other.name == test.name).map(|test| test.why.as_str());
    let terms = [
        ("Expected", test.expected.as_deref().map(code)),
        ("Came", test.actual.as_deref().map(code)),
        ("Where", place.as_deref().map(code)),
        ("Why the test", why.map(prose)),
    ];
    let term = |(name, value): (&'static str, Option<Markup>)| {
        Some(Markup::from([element("dt", fixed(name)), element("dd", value?)]))
    };
    element("dl", terms.into_iter().filter_map(term).collect())
}

/// A picture is shown as an image: nothing in it can run, or load anything.
fn picture(test: &TestResult) -> Markup {
    let Some(picture) = &test.picture else { return Markup::default() };
    let source = format!("data:image/svg+xml;base64,{}", base64::encode(picture.as_bytes()));
    let words = format!("The schedule under which {} fails: {}", test.name, test.message);
    let image = Markup::void("img", &[("src", &source), ("alt", &words)]);
    let title = element("summary", fixed("A picture of the schedule"));
    Markup::element("details", &[("open", "")], Markup::from([title, image]))
}

fn taken(student: &Student) -> Markup {
    let list = |lines: &[String]| -> Markup {
        let line = |line: &String| element("li", code(line));
        element("ul", lines.iter().map(line).collect())
    };
    let section_files =
        student.results.iter().filter(|result| !result.files.is_empty()).map(|result| {
            let files = result.files.join(", ");
            Markup::from([
                element("dt", Markup::text(&result.section)),
                element("dd", code(&files)),
            ])
        });
    let files: Markup = section_files.collect();
    let mut inside = element("h3", fixed("Taken"));
    inside.push(if files.is_empty() {
        element("p", fixed("Nothing."))
    } else {
        element("dl", files)
    });
    inside.push(element("h3", fixed("Left out")));
    inside.push(match student.left_out.is_empty() {
        true => element("p", fixed("Nothing.")),
        false => list(&student.left_out),
    });
    section("taken", "What was taken", inside)
}

fn held_in(class: &Class) -> Markup {
    let text = format!(
        "Held in by: {}. Toolchain: {}. Course: {}.",
        class.containment, class.toolchain, class.course
    );
    of_class("p", "faint small", Markup::text(&text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::sample;

    #[test]
    fn names_of_files_are_safe_and_unique() {
        let mut class = sample::small();
        assert_eq!(file_name(&class, 0), "001-ann.html");
        assert_eq!(file_name(&class, 1), "002-hyperlink-http-x.html");
        assert_eq!(file_name(&class, 3), "004.html");
        class.students[0].name = "../../../etc/passwd\0".into();
        assert_eq!(file_name(&class, 0), "001-etc-passwd.html");
        class.students[0].name = "a".repeat(10_000);
        assert_eq!(file_name(&class, 0).len(), 4 + NAME_CHARS + 5);
    }

    #[test]
    fn a_verdict_comes_with_its_reason_its_place_and_the_one_before() {
        let page = page(&sample::small(), 0);
        for part in [
            "all wait &amp; &lt;b&gt;",
            "<dt>Where</dt><dd><code>src/lib.rs:7</code></dd>",
            "<dd>Why result::a.</dd>",
            "<li>thread 1 waits for a lock</li>",
            "First, on a busy machine: endless loop.",
            "<img src=\"data:image/svg+xml;base64,PHN2Zy",
            "alt=\"The schedule under which result::a fails: all wait &amp; &lt;b&gt;\"",
            "Cargo.toml: the course's own is taken",
            "#[no_mangle]",
            "6 of 10 points.",
            "<a href=\"../index.html\">The class</a>",
            "<a href=\"002-hyperlink-http-x.html\">",
            "87 %",
        ] {
            assert!(page.contains(part), "{part} is not in {page}");
        }
    }

    #[test]
    fn what_is_no_fault_of_the_student_says_so() {
        let class = sample::small();
        let unchecked = page(&class, 2);
        assert!(unchecked.contains("0 of 10 points, and what is not checked yet."));
        assert!(unchecked.contains("no fault of the student's:"));
        assert!(
            page(&class, 3)
                .contains("Nothing could be taken from it: <bdi>the archive ends too early")
        );
    }

    #[test]
    fn text_of_submissions_stays_text() {
        let class = sample::class(sample::Size { students: 30, sections: 12 }, 4);
        for index in 0..class.students.len() {
            let page = page(&class, index);
            assert!(!page.contains("<script") && page.matches("<style").count() == 1);
            assert!(!page.contains('\u{202e}') && !page.contains('\u{1b}'));
        }
    }
}
