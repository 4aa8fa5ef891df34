//! The table at the end, for a terminal: a line a student, a column a section.

use super::escape::terminal;
use super::standing::{Standing, is_known};
use super::statistics;
use crate::record::{Class, Student};
use harness::Verdict;
use std::fmt::Write;
use unicode_width::UnicodeWidthStr;
use xtask::show::text::count;
use xtask::show::{BAD, FAINT, GOOD, STRONG};

/// A line has so many columns at most, as long as the sections leave room for names.
const COLUMNS: usize = 100;
/// A name has at least so many columns, and so many at most.
const NAME: std::ops::RangeInclusive<usize> = 16..=32;
/// The columns of a section, with the space before it.
const SECTION: usize = 5;
/// So many students are named below the table.
const NAMED: usize = 20;

/// The table, in colours: print it with `anstream`, which takes them out where they are not welcome.
pub fn table(class: &Class) -> String {
    let most = statistics::summary(class).most;
    let points = most.to_string().len().max("points".len());
    let taken = 2 + 1 + points + class.sections.len() * SECTION;
    let longest = class.students.iter().map(|student| width(&terminal(&student.name))).max();
    let room = COLUMNS.saturating_sub(taken).clamp(*NAME.start(), *NAME.end());
    let name = longest.unwrap_or(0).clamp("student".len(), room);

    let mut text = format!("\n  {STRONG}{:name$} {:>points$}", "student", "points");
    for section in &class.sections {
        let _ = write!(text, "{:>SECTION$}", section.number);
    }
    let _ = writeln!(text, "{STRONG:#}");
    for student in &class.students {
        let _ = write!(
            text,
            "  {} {}",
            padded(&terminal(&student.name), name),
            total(class, student, points)
        );
        for section in &class.sections {
            text += &cell(student, &section.name);
        }
        text.push('\n');
    }
    text + &legend(class) + &below(class)
}

/// The columns that a text takes.
fn width(text: &str) -> usize {
    text.width()
}

/// The beginning of a name in so many columns.
fn padded(name: &str, columns: usize) -> String {
    let mut shown = name.to_owned();
    if width(name) > columns {
        while width(&shown) >= columns {
            shown.pop();
        }
        shown.push('…');
    }
    let missing = columns.saturating_sub(width(&shown));
    shown + &" ".repeat(missing)
}

fn total(class: &Class, student: &Student, columns: usize) -> String {
    match is_known(class, student) {
        true => format!("{STRONG}{:>columns$}{STRONG:#}", student.points()),
        false => format!("{BAD}{:>columns$}{BAD:#}", "?"),
    }
}

fn cell(student: &Student, section: &str) -> String {
    let standing = Standing::of(student, section);
    let points = student.points_of(section);
    let width = SECTION - 1;
    match standing {
        Standing::Verdict(Verdict::Passed) => format!("{GOOD}{points:>width$}✓{GOOD:#}"),
        Standing::NotHandedIn | Standing::NothingTaken => {
            format!("{FAINT}{:>width$}{FAINT:#} ", "–")
        }
        Standing::Verdict(Verdict::NotChecked) => format!("{BAD}{:>width$}{BAD:#} ", "?"),
        standing => format!("{points:>width$}{BAD}{}{BAD:#}", standing.sign()),
    }
}

/// What the signs mean: those that are in the table.
fn legend(class: &Class) -> String {
    let of_student =
        |student| class.sections.iter().map(move |section| Standing::of(student, &section.name));
    let all: Vec<_> = class.students.iter().flat_map(of_student).collect();
    let words = [
        ("✓", "all of it"),
        ("✗", "fails"),
        ("!", "does not compile"),
        ("○", "not written yet"),
        ("⚑", "ended early"),
        ("–", "not handed in"),
        ("?", "not checked"),
    ];
    let used = words.iter().filter(|(sign, _)| all.iter().any(|standing| standing.sign() == *sign));
    let words: Vec<_> = used.map(|(sign, words)| format!("{sign} {words}")).collect();
    if words.is_empty() {
        String::new()
    } else {
        format!("\n  {FAINT}{}{FAINT:#}\n", words.join("   "))
    }
}

/// The class in a sentence, and what there is to be done and to be looked at.
fn below(class: &Class) -> String {
    let numbers = statistics::summary(class);
    let mut text = format!(
        "  {}, mean {}, median {}, of {} points\n",
        count(numbers.students, "student"),
        numbers.mean,
        numbers.median,
        numbers.most
    );
    let unknown = class.students.iter().filter(|student| !is_known(class, student));
    text += &named("not checked in full, and no fault of theirs", unknown, BAD);
    let suspicious = class.students.iter().filter(|student| !student.suspicions.is_empty());
    text += &named("to be looked at", suspicious, STRONG);
    if !class.alike.is_empty() {
        let _ =
            writeln!(text, "  {} of submissions that are alike", count(class.alike.len(), "pair"));
    }
    text
}

fn named<'a>(
    what: &str,
    students: impl Iterator<Item = &'a Student>,
    style: anstyle::Style,
) -> String {
    let names: Vec<_> = students.map(|student| terminal(&student.name)).collect();
    if names.is_empty() {
        return String::new();
    }
    let more = match names.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    let first = names[..names.len().min(NAMED)].iter().map(|name| padded(name, *NAME.end()));
    let first: Vec<_> = first.map(|name| name.trim_end().to_owned()).collect();
    format!("  {style}{what}{style:#}: {}{more}\n", first.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::sample;

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn a_line_has_a_name_the_points_and_a_sign_for_each_section() {
        let expected = "
  student                points    3   10
  Ann                         6   4✓   2✗
  =HYPERLINK(\"http://x\")      0   0!   – \n  \\::error::Carol             ?   ?    0⚑
  Дмитрий                     0   –    – \n
  ✓ all of it   ✗ fails   ! does not compile   ⚑ ended early   – not handed in   ? not checked
  4 students, mean 2.0, median 0.0, of 10 points
  not checked in full, and no fault of theirs: \\::error::Carol
  to be looked at: Ann
  1 pair of submissions that are alike
";
        assert_eq!(plain(&table(&sample::small())), expected);
    }

    #[test]
    fn names_of_any_script_stay_in_their_columns() {
        let class = sample::class(sample::Size { students: 30, sections: 12 }, 2);
        let text = plain(&table(&class));
        let widths: Vec<_> = text.lines().skip(2).take(30).map(width).collect();
        assert!(widths.iter().all(|width| *width == widths[0] && *width <= COLUMNS), "{text}");
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'));
    }

    #[test]
    fn a_class_of_nobody_has_a_table() {
        let class = Class { students: vec![], sections: vec![], alike: vec![], ..sample::small() };
        assert!(plain(&table(&class)).contains("0 students"));
    }
}
