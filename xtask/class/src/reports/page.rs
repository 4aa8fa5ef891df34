//! `index.html`: the class on one page. It works from the file system, loads nothing, and is complete without its script.

use super::base64;
use super::escape::Markup;
use super::standing::Standing;
use super::statistics::{self, Failure};
use super::student_page;
use crate::record::{Alike, Class, Outcome, Place, Section, Student, Suspicion};
use harness::Verdict;
use std::collections::HashMap;
use xtask::show::text::count;

/// So many of what students fail are shown at once, with the students; the others can be opened.
const COMMONEST: usize = 10;
/// So many ways to fail a test are named.
const KINDS: usize = 3;
/// So many suspicions of a student are listed here, and so much of their texts; the student's own page has more.
const SUSPICIONS: usize = 3;
const SUSPICION_CHARS: usize = 200;
/// So many pairs are listed here; `grades.json` has more.
const PAIRS: usize = 200;
/// So many students that were not checked are named on top.
const UNCHECKED: usize = 20;
/// So much is shown of why something could not be checked.
const REASON_CHARS: usize = 200;

const STYLE: &str = include_str!("page/style.css");
const SCRIPT: &str = include_str!("page/table.js");

/// The page.
pub fn class(class: &Class) -> String {
    let body = Markup::from([
        Markup::element("a", &[("class", "skip"), ("href", "#class")], fixed("Skip to the table")),
        element(
            "header",
            Markup::from([element("h1", fixed("The class")), summary(class), contents(class)]),
        ),
        element(
            "main",
            Markup::from([
                not_checked(class),
                failures(class),
                matrix(class),
                suspicions(class),
                alike(class),
            ]),
        ),
        element("footer", in_force(class)),
        element("script", fixed(SCRIPT)),
    ]);
    document("The class", Markup::element("body", &[], body))
}

/// A document in which nothing runs and nothing is loaded, but for what this program itself has put in.
pub(super) fn document(title: &str, body: Markup) -> String {
    let policy = format!(
        "default-src 'none'; img-src data:; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'",
        digest(STYLE),
        digest(SCRIPT)
    );
    let meta = |name: &'static str, content: &str| {
        Markup::void("meta", &[("name", name), ("content", content)])
    };
    let head = Markup::from([
        Markup::void("meta", &[("charset", "utf-8")]),
        Markup::void("meta", &[("http-equiv", "Content-Security-Policy"), ("content", &policy)]),
        meta("viewport", "width=device-width, initial-scale=1"),
        meta("color-scheme", "light dark"),
        meta("referrer", "no-referrer"),
        element("title", Markup::text(title)),
        element("style", fixed(STYLE)),
    ]);
    let html = Markup::from([element("head", head), fixed("\n"), body]);
    let html = Markup::element("html", &[("lang", "en")], html);
    Markup::from([fixed("<!DOCTYPE html>\n"), html, fixed("\n")]).into_string()
}

/// How a security policy names a text that is in the page itself.
fn digest(text: &str) -> String {
    format!("sha256-{}", base64::encode(&hmac_sha256::Hash::hash(text.as_bytes())))
}

pub(super) fn fixed(markup: &'static str) -> Markup {
    Markup::fixed(markup)
}

pub(super) fn element(tag: &'static str, inside: Markup) -> Markup {
    Markup::element(tag, &[], inside)
}

pub(super) fn of_class(tag: &'static str, class: &str, inside: Markup) -> Markup {
    Markup::element(tag, &[("class", class)], inside)
}

/// Text whose direction of writing does not reach beyond it.
pub(super) fn isolated(text: &str) -> Markup {
    element("bdi", Markup::text(text))
}

/// Text of a program; the style isolates it as well.
pub(super) fn code(text: &str) -> Markup {
    element("code", Markup::text(text))
}

/// A text of the course, in which `this` is code.
pub(super) fn prose(text: &str) -> Markup {
    let part =
        |(index, part): (usize, &str)| if index % 2 == 1 { code(part) } else { Markup::text(part) };
    text.split('`').enumerate().map(part).collect()
}

/// A part of the page with its heading, known by it.
pub(super) fn section(id: &'static str, title: &str, inside: Markup) -> Markup {
    let heading = Markup::element("h2", &[("id", id)], Markup::text(title));
    let inside = Markup::from([fixed("\n"), heading, inside]);
    Markup::element("section", &[("aria-labelledby", id)], inside)
}

/// A standing, in a sign and in words.
pub(super) fn told(standing: Standing) -> Markup {
    let sign = Markup::element("i", &[("aria-hidden", "true")], fixed(standing.sign()));
    let words = Markup::from([sign, fixed(" "), fixed(standing.title())]);
    of_class("span", &format!("verdict {}", standing.look()), words)
}

/// Where to go on this page.
fn contents(class: &Class) -> Markup {
    let suspicious = class.students.iter().any(|student| !student.suspicions.is_empty());
    let parts = [
        ("#failures", "What the class did not understand", true),
        ("#matrix", "Students and sections", true),
        ("#suspicions", "Suspicious", suspicious),
        ("#alike", "Alike", !class.alike.is_empty()),
        ("#in-force", "What was in force", true),
    ];
    let there = parts.iter().filter(|(_, _, there)| *there);
    let link = |&(to, words, _): &(&str, &'static str, bool)| {
        element("li", Markup::element("a", &[("href", to)], fixed(words)))
    };
    let list = of_class("ul", "inline", there.map(link).collect());
    Markup::element("nav", &[("aria-label", "On this page")], list)
}

fn summary(class: &Class) -> Markup {
    let numbers = statistics::summary(class);
    let mut text = format!(
        "{}, {} of them checked in full; {} with all points. Mean {}, median {}, of {} points.",
        count(numbers.students, "student"),
        numbers.known,
        numbers.full,
        numbers.mean,
        numbers.median,
        numbers.most
    );
    if numbers.known < numbers.students {
        text += " Who was not checked in full is in neither.";
    }
    of_class("p", "summary", Markup::text(&text))
}

/// Who was not checked, on top: it is the checker's fault, and has to be done again.
fn not_checked(class: &Class) -> Markup {
    let student = |(index, student): (usize, &Student)| {
        let reasons = class.sections.iter().filter_map(|section| reason(section, student));
        let reasons: Vec<_> = reasons.collect();
        (!reasons.is_empty()).then(|| {
            let text = format!(": {}", reasons.join("; "));
            element("li", Markup::from([link(class, index), Markup::text(&text)]))
        })
    };
    let students: Vec<Markup> = class.students.iter().enumerate().filter_map(student).collect();
    if students.is_empty() {
        return Markup::default();
    }
    let more = students.len().saturating_sub(UNCHECKED);
    let more = (more > 0).then(|| {
        let words = Markup::text(&format!("and {more} more: show all of them in the table"));
        element("li", Markup::element("a", &[("href", "#filter=not-checked")], words))
    });
    let students = students.into_iter().take(UNCHECKED).chain(more).collect();
    let words = "This is a fault of the checker or of the machine, and no student's. The same command again does what is \
                 missing, and nothing else.";
    let inside = Markup::from([element("p", fixed(words)), element("ul", students)]);
    of_class("div", "note", section("not-checked", "Not checked", inside))
}

fn reason(section: &Section, student: &Student) -> Option<String> {
    if Standing::of(student, &section.name).is_known() {
        return None;
    }
    let why: String = match student.outcome(&section.name) {
        Some(Outcome::NotChecked { message }) => message.chars().take(REASON_CHARS).collect(),
        _ => "not all of its tests".into(),
    };
    Some(format!("{} ({why})", section.name))
}

/// What students fail, the most frequent first.
fn failures(class: &Class) -> Markup {
    let failures = statistics::failures(class);
    let (first, others) = failures.split_at(failures.len().min(COMMONEST));
    let heads = ["Students", "Section", "Test", "What it wants, and why"];
    let mut inside = element("p", fixed("Nobody fails a test."));
    if !first.is_empty() {
        let caption = "What most students fail. Optional tests are not counted, nor is what a student has not begun.";
        let rows = first.iter().map(|failure| failure_row(failure, named(class, failure)));
        inside = table(caption, &heads, rows.collect());
    }
    if !others.is_empty() {
        let summary = element("summary", Markup::text(&format!("{} more", others.len())));
        let rows = others.iter().map(|failure| failure_row(failure, Markup::text(&part(failure))));
        let table = table("What fewer students fail.", &heads, rows.collect());
        inside.push(element("details", Markup::from([summary, table])));
    }
    section("failures", "What the class did not understand", inside)
}

fn part(failure: &Failure<'_>) -> String {
    format!("{} of {}", failure.students.len(), failure.of)
}

/// How many they are; and who, when it is opened.
fn named(class: &Class, failure: &Failure<'_>) -> Markup {
    let students = failure.students.iter().map(|&index| element("li", name(class, index)));
    let list = of_class("ul", "shut", students.collect());
    let summary = element("summary", Markup::text(&part(failure)));
    Markup::from([bar(failure), element("details", Markup::from([summary, list]))])
}

fn failure_row(failure: &Failure<'_>, students: Markup) -> Markup {
    let (first, others) = failure.verdicts.split_at(failure.verdicts.len().min(KINDS));
    let kind = |&(verdict, count): &(Verdict, usize)| {
        let count = Markup::text(&format!(" {count}"));
        let kind = Markup::from([told(Standing::Verdict(verdict)), count]);
        Markup::from([of_class("span", "whole small", kind), fixed(" ")])
    };
    let others: usize = others.iter().map(|(_, count)| count).sum();
    let others = match others {
        0 => Markup::default(),
        others => of_class(
            "span",
            "whole small faint",
            Markup::text(&format!(" and {others} in other ways")),
        ),
    };
    let test = failure.test.map_or("(the compiler)", |test| &test.name);
    let why = failure.test.map_or("It has to compile.", |test| &test.why);
    row([
        of_class("td", "few", students),
        of_class("td", "whole", Markup::text(&numbered(failure.section))),
        of_class(
            "td",
            "broad",
            Markup::from([code(test), fixed("<br>"), first.iter().map(kind).collect(), others]),
        ),
        element("td", prose(why)),
    ])
}

/// The part of those who tried, drawn.
fn bar(failure: &Failure<'_>) -> Markup {
    let percent = (failure.students.len() * 100).checked_div(failure.of).unwrap_or(0).to_string();
    let rect = Markup::element("rect", &[("width", &percent), ("height", "10")], Markup::default());
    let attributes = [
        ("class", "bar"),
        ("viewBox", "0 0 100 10"),
        ("preserveAspectRatio", "none"),
        ("aria-hidden", "true"),
    ];
    Markup::element("svg", &attributes, rect)
}

/// A table in a part that can be scrolled sideways.
pub(super) fn table(caption: &'static str, heads: &[&'static str], rows: Markup) -> Markup {
    let heads: Markup =
        heads.iter().map(|head| Markup::element("th", &[("scope", "col")], fixed(head))).collect();
    let table = of_class(
        "table",
        "stacked",
        Markup::from([
            element("caption", fixed(caption)),
            element("thead", element("tr", heads)),
            element("tbody", Markup::from([fixed("\n"), rows])),
        ]),
    );
    scrolled("scroll", caption, table)
}

/// What can be scrolled can be reached by the keyboard.
fn scrolled(class: &'static str, label: &str, inside: Markup) -> Markup {
    let attributes =
        [("class", class), ("role", "region"), ("aria-label", label), ("tabindex", "0")];
    Markup::element("div", &attributes, inside)
}

pub(super) fn row<const N: usize>(cells: [Markup; N]) -> Markup {
    Markup::from([element("tr", cells.into()), fixed("\n")])
}

/// "3 pipes".
pub(super) fn numbered(section: &Section) -> String {
    format!("{} {}", section.number, section.name)
}

/// The student's name, which leads to the student's page.
fn name(class: &Class, index: usize) -> Markup {
    let target = format!("students/{}", student_page::file_name(class, index));
    Markup::element("a", &[("href", &target)], isolated(shown_name(&class.students[index])))
}

/// The same with the entry, where it says more.
fn link(class: &Class, index: usize) -> Markup {
    let student = &class.students[index];
    if student.entry == student.name {
        return name(class, index);
    }
    let entry = of_class("span", "faint small", isolated(&student.entry));
    Markup::from([name(class, index), fixed(" "), entry])
}

/// A name that can be clicked on: an empty one can't.
pub(super) fn shown_name(student: &Student) -> &str {
    if student.name.trim().is_empty() { "(no name)" } else { &student.name }
}

fn matrix(class: &Class) -> Markup {
    let heads: Markup = std::iter::once(head("name", "Student", ""))
        .chain(std::iter::once(head(
            "points",
            "Points",
            &format!("of {}", statistics::summary(class).most),
        )))
        .chain(class.sections.iter().map(|section| {
            head(&section.name, &numbered(section), &format!("of {}", section.points))
        }))
        .chain(std::iter::once(head("look-at", "To look at", "")))
        .collect();
    let pairs = highest(class);
    let rows = (0..class.students.len()).map(|index| student_row(class, index, &pairs)).collect();
    let caption = "Points, and the worst verdict of the tests that count. A name leads to the student's page.";
    let table = Markup::element(
        "table",
        &[("id", "class"), ("tabindex", "-1")],
        Markup::from([
            element("caption", fixed(caption)),
            element("thead", element("tr", heads)),
            element("tbody", Markup::from([fixed("\n"), rows])),
        ]),
    );
    let inside =
        Markup::from([filters(class), scrolled("scroll tall", "Students and sections", table)]);
    section("matrix", "Students and sections", inside)
}

fn head(key: &str, title: &str, more: &str) -> Markup {
    let more = of_class("span", "faint small", Markup::text(more));
    let inside = Markup::from([Markup::text(title), fixed(" "), more]);
    Markup::element("th", &[("scope", "col"), ("data-key", key)], inside)
}

/// What the script makes use of; without it there is nothing to be filtered.
fn filters(class: &Class) -> Markup {
    let mut verdicts: Vec<(Standing, usize)> = vec![];
    for student in &class.students {
        for standing in standings(class, student) {
            match verdicts.iter_mut().find(|(other, _)| *other == standing) {
                Some((_, count)) => *count += 1,
                None => verdicts.push((standing, 1)),
            }
        }
    }
    verdicts.sort_by_key(|(standing, count)| (std::cmp::Reverse(*count), standing.name()));
    let option = |(standing, students): &(Standing, usize)| {
        let text = format!("{} ({})", standing.title(), count(*students, "student"));
        Markup::element("option", &[("value", standing.name())], Markup::text(&text))
    };
    let all = Markup::element("option", &[("value", "")], fixed("any"));
    let options = std::iter::once(all).chain(verdicts.iter().map(option)).collect();
    let choice =
        Markup::element("select", &[("name", "verdict"), ("autocomplete", "off")], options);
    let text =
        Markup::void("input", &[("name", "text"), ("type", "search"), ("autocomplete", "off")]);
    let shown = [("id", "shown"), ("role", "status"), ("class", "small")];
    let inside = Markup::from([
        element("label", Markup::from([fixed("With the verdict"), choice])),
        element("label", Markup::from([fixed("Name or entry has"), text])),
        Markup::element("button", &[("type", "reset")], fixed("Show all")),
        Markup::element("output", &shown, Markup::default()),
    ]);
    let attributes = [
        ("id", "filters"),
        ("class", "filters"),
        ("role", "search"),
        ("aria-label", "Filter the table"),
        ("hidden", ""),
    ];
    Markup::element("form", &attributes, inside)
}

/// Every standing of a student once: those of the sections, and those of their tests.
fn standings(class: &Class, student: &Student) -> Vec<Standing> {
    let mut all = vec![];
    for section in &class.sections {
        for standing in standings_in(section, student) {
            if !all.contains(&standing) {
                all.push(standing);
            }
        }
    }
    all
}

fn standings_in(section: &Section, student: &Student) -> Vec<Standing> {
    let mut all = vec![Standing::of(student, &section.name)];
    if let Some(Outcome::Ran { tests }) = student.outcome(&section.name) {
        let counted = tests.iter().filter(|test| !super::standing::is_optional(&test.name));
        for standing in counted.map(super::standing::verdict).map(Standing::Verdict) {
            // "passed" is said of a section, and not of each of its tests.
            if standing != Standing::Verdict(Verdict::Passed) && !all.contains(&standing) {
                all.push(standing);
            }
        }
    }
    all
}

/// The highest percentage of each entry that is in a pair.
fn highest(class: &Class) -> HashMap<&str, u32> {
    let mut highest = HashMap::new();
    for pair in &class.alike {
        for entry in &pair.entries {
            let percent = highest.entry(entry.as_str()).or_insert(0);
            *percent = pair.percent.max(*percent);
        }
    }
    highest
}

fn student_row(class: &Class, index: usize, pairs: &HashMap<&str, u32>) -> Markup {
    let student = &class.students[index];
    let key = format!("{} {}", student.name, student.entry);
    let name = Markup::element("th", &[("scope", "row"), ("data-sort", &key)], link(class, index));
    let points = match super::standing::is_known(class, student) {
        true => cell(&student.points().to_string(), i64::from(student.points())),
        false => cell(&format!("{} + ?", student.points()), i64::from(student.points())),
    };
    let sections = class.sections.iter().map(|section| section_cell(section, student));
    let cells = [name, points].into_iter().chain(sections);
    let cells = cells.chain(std::iter::once(look_at(student, pairs))).collect();
    Markup::from([element("tr", cells), fixed("\n")])
}

fn cell(text: &str, key: i64) -> Markup {
    Markup::element(
        "td",
        &[("class", "cell"), ("data-sort", &key.to_string())],
        element("b", Markup::text(text)),
    )
}

fn section_cell(section: &Section, student: &Student) -> Markup {
    let standing = Standing::of(student, &section.name);
    let points = student.points_of(&section.name);
    // What has no points comes behind a zero that was earned.
    let (text, key) = match standing {
        Standing::NotHandedIn | Standing::NothingTaken => ("–".to_owned(), -1),
        known if known.is_known() => (points.to_string(), i64::from(points)),
        _ => ("?".into(), -2),
    };
    let has: Vec<_> = standings_in(section, student).into_iter().map(Standing::name).collect();
    let class = format!("cell {}", standing.look());
    let attributes =
        [("class", &class[..]), ("data-sort", &key.to_string()), ("data-has", &has.join(" "))];
    Markup::element(
        "td",
        &attributes,
        Markup::from([element("b", Markup::text(&text)), told(standing)]),
    )
}

/// How much there is for the teacher to look at.
fn look_at(student: &Student, pairs: &HashMap<&str, u32>) -> Markup {
    let percent = pairs.get(student.entry.as_str()).copied();
    let suspicions = student.suspicions.len();
    let mut parts = vec![];
    if suspicions > 0 {
        parts.push(count(suspicions, "suspicion"));
    }
    parts.extend(percent.map(|percent| format!("{percent} % alike")));
    let key = suspicions * 1000 + percent.unwrap_or(0) as usize;
    Markup::element(
        "td",
        &[("data-sort", &key.to_string()), ("class", "small")],
        Markup::text(&parts.join(", ")),
    )
}

fn suspicions(class: &Class) -> Markup {
    let of_student = |(index, student): (usize, &Student)| -> Markup {
        let first = student.suspicions.iter().take(SUSPICIONS).map(|suspicion| {
            let [section, place, what, why] = suspicion_cells(&shortened(suspicion));
            row([element("td", name(class, index)), section, place, what, why])
        });
        let more = student.suspicions.len().saturating_sub(SUSPICIONS);
        let more = (more > 0).then(|| {
            let words = Markup::text(&format!("{more} more on the student's page"));
            let words = Markup::element("td", &[("colspan", "4")], words);
            row([element("td", name(class, index)), words])
        });
        first.chain(more).collect()
    };
    let rows: Markup = class.students.iter().enumerate().map(of_student).collect();
    if rows.is_empty() {
        return rows;
    }
    let caption = "What a teacher should look at: there may be a good reason for it, and it changes no verdict.";
    let heads = ["Student", "Section", "Place", "What is there", "What it could be for"];
    section("suspicions", "Suspicious", table(caption, &heads, rows))
}

fn shortened(suspicion: &Suspicion) -> Suspicion {
    let beginning = |text: &str| text.chars().take(SUSPICION_CHARS).collect();
    Suspicion {
        file: beginning(&suspicion.file),
        what: beginning(&suspicion.what),
        why: beginning(&suspicion.why),
        ..suspicion.clone()
    }
}

/// Section, place, what and why.
pub(super) fn suspicion_cells(suspicion: &Suspicion) -> [Markup; 4] {
    let place = format!("{}:{}", suspicion.file, suspicion.line);
    [
        of_class("td", "whole", Markup::text(&suspicion.section)),
        element("td", code(&place)),
        element("td", code(&suspicion.what)),
        element("td", Markup::text(&suspicion.why)),
    ]
}

fn alike(class: &Class) -> Markup {
    if class.alike.is_empty() {
        return Markup::default();
    }
    let places: HashMap<_, _> = class
        .students
        .iter()
        .enumerate()
        .map(|(index, student)| (student.entry.as_str(), index))
        .collect();
    let named = |entry: &str| match places.get(entry) {
        Some(&index) => link(class, index),
        None => isolated(entry),
    };
    let rows = class.alike.iter().take(PAIRS).map(|pair| {
        let side = |side: usize| Markup::from([named(&pair.entries[side]), lines(pair, side)]);
        row([
            of_class("td", "number", Markup::text(&format!("{} %", pair.percent))),
            of_class("td", "whole", Markup::text(&pair.section)),
            element("td", side(0)),
            element("td", side(1)),
        ])
    });
    let caption = "Pairs of submissions, and how much of the smaller one is in the other; the course's own text does not \
                   count. Lines that stand side by side correspond.";
    let mut inside = table(caption, &["Alike", "Section", "One", "The other"], rows.collect());
    if class.alike.len() > PAIRS {
        let more = format!("{} more are in grades.json.", class.alike.len() - PAIRS);
        inside.push(element("p", Markup::text(&more)));
    }
    section("alike", "Alike", inside)
}

/// The lines of one side of a pair.
pub(super) fn lines(pair: &Alike, side: usize) -> Markup {
    let line = |place: &Place| {
        let text = format!("{} {}–{}", place.file, place.first, place.last);
        element("li", code(&text))
    };
    of_class("ul", "plain", pair.places.iter().map(|places| line(&places[side])).collect())
}

fn in_force(class: &Class) -> Markup {
    let sections: Vec<_> = class
        .sections
        .iter()
        .map(|section| format!("{} {}", section.number, section.title))
        .collect();
    let terms = [
        ("Held in by", class.containment.as_str()),
        ("Toolchain", &class.toolchain),
        ("Course", &class.course),
        ("Sections", &sections.join(", ")),
    ];
    let term = |(name, value)| {
        Markup::from([element("dt", fixed(name)), element("dd", Markup::text(value))])
    };
    section("in-force", "What was in force", element("dl", terms.into_iter().map(term).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::sample;

    #[test]
    fn a_cell_has_points_a_sign_and_words() {
        let page = class(&sample::small());
        let cell = "<td class=\"cell bad\" data-sort=\"2\" data-has=\"deadlock\"><b>2</b><span class=\"verdict bad\">\
                    <i aria-hidden=\"true\">✗</i> deadlock</span></td>";
        assert!(page.contains(cell), "{page}");
        assert!(page.contains("<b>?</b><span class=\"verdict unchecked\">"));
        assert!(page.contains("data-has=\"forged failed\""));
    }

    #[test]
    fn what_was_not_checked_is_named_before_the_table() {
        let page = class(&sample::small());
        let named = page.find("pipes (the disk was full)").unwrap();
        assert!(named < page.find("<table").unwrap());
        let summary = "4 students, 3 of them checked in full; 0 with all points. Mean 2.0, median 0.0, of 10 points. \
                       Who was not checked in full is in neither.";
        assert!(page.contains(summary));
    }

    #[test]
    fn text_of_submissions_stays_text() {
        let page = class(&sample::class(sample::Size { students: 30, sections: 12 }, 4));
        assert_eq!(page.matches("<script").count(), 1);
        assert_eq!(page.matches("<style").count(), 1);
        assert!(
            !page.contains("<img") && !page.contains("<svg onload") && !page.contains('\u{202e}')
        );
        assert!(page.contains("&lt;script&gt;document.title='x'&lt;/script&gt;"));
    }

    #[test]
    fn the_script_and_the_style_do_not_end_early() {
        assert!(!SCRIPT.contains("</") && !SCRIPT.contains("<!--") && !STYLE.contains('<'));
        assert!(
            !SCRIPT.contains('\r') && !STYLE.contains('\r'),
            "the browser would see another text"
        );
    }
}
