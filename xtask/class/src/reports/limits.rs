//! How much of a student's texts the reports have room for. What is cut says so, and what was cut once is not cut again.

use super::{json, junit, student_page};
use crate::record::{Alike, Class, Outcome, SectionResult, Student, TestResult};

/// A student's page and the student's part of the record and of the tests' file may have so many bytes together. The page
/// of the class and the spreadsheet have no more than 30 KB of a student: together, it is less than 300 KB.
const STUDENT_BYTES: usize = 270_000;
/// So often the limits are halved until that is so. Then there is hardly anything left of the texts.
const HALVINGS: u32 = 8;
/// A name may have so many bytes.
const NAME_BYTES: usize = 120;
/// So many pairs that are alike are kept, for each student of the class.
const PAIRS_PER_STUDENT: usize = 20;
/// So many pieces of a pair are kept.
const PLACES: usize = 4;
/// The word on what was cut has no more bytes than this, and what is no longer is not cut.
const WORD: usize = 48;

/// How many bytes a text may have, how many lines a list.
#[derive(Clone, Copy, Debug)]
struct Limits {
    message: usize,
    compiler: usize,
    value: usize,
    detail: usize,
    output: usize,
    /// All pictures of a student together: the first ones are kept whole.
    pictures: usize,
    list: usize,
}

/// What nobody runs into who does not try.
const FULL: Limits = Limits {
    message: 4_000,
    compiler: 16_000,
    value: 2_000,
    detail: 1_000,
    output: 4_000,
    pictures: 64_000,
    list: 60,
};

/// The class with texts for which the reports have room.
pub fn cut(class: &Class) -> Class {
    let mut cut = Class { alike: pairs(class), ..class.clone() };
    for index in 0..class.students.len() {
        for halvings in 0..=HALVINGS {
            cut.students[index] = FULL.halved(halvings).student(&class.students[index]);
            if size(&cut, index) <= STUDENT_BYTES {
                break;
            }
        }
    }
    cut
}

/// The bytes that a student takes.
fn size(class: &Class, index: usize) -> usize {
    student_page::page(class, index).len()
        + json::student(&class.students[index]).len()
        + junit::student(class, index).into_string().len()
}

fn pairs(class: &Class) -> Vec<Alike> {
    let most = class.students.len().saturating_mul(PAIRS_PER_STUDENT);
    let shortened = |pair: &Alike| Alike {
        places: pair.places.iter().take(PLACES).cloned().collect(),
        ..pair.clone()
    };
    class.alike.iter().take(most).map(shortened).collect()
}

impl Limits {
    fn halved(self, times: u32) -> Self {
        Self {
            message: self.message >> times,
            compiler: self.compiler >> times,
            value: self.value >> times,
            detail: self.detail >> times,
            output: self.output >> times,
            pictures: self.pictures >> times,
            list: self.list >> times,
        }
    }

    fn student(self, student: &Student) -> Student {
        let mut room = self.pictures;
        let result = |result: &SectionResult| self.result(result, &mut room);
        let mut suspicions: Vec<_> =
            student.suspicions.iter().take(self.list.max(1)).cloned().collect();
        for suspicion in &mut suspicions {
            for text in [&mut suspicion.file, &mut suspicion.what, &mut suspicion.why] {
                *text = shortened(text, self.detail);
            }
        }
        Student {
            name: shortened(&student.name, NAME_BYTES),
            // By this it is known: it is left as it is. A file system takes no long ones.
            entry: student.entry.clone(),
            trouble: student.trouble.as_ref().map(|text| shortened(text, self.message)),
            left_out: self.list(&student.left_out),
            results: student.results.iter().map(result).collect(),
            suspicions,
        }
    }

    fn result(self, result: &SectionResult, room: &mut usize) -> SectionResult {
        let outcome = match &result.outcome {
            Outcome::NotHandedIn => Outcome::NotHandedIn,
            Outcome::DoesNotCompile { message } => {
                Outcome::DoesNotCompile { message: shortened(message, self.compiler) }
            }
            Outcome::NotChecked { message } => {
                Outcome::NotChecked { message: shortened(message, self.message) }
            }
            Outcome::Ran { tests } => {
                Outcome::Ran { tests: tests.iter().map(|test| self.test(test, room)).collect() }
            }
        };
        SectionResult { files: self.list(&result.files), outcome, ..result.clone() }
    }

    fn test(self, test: &TestResult, room: &mut usize) -> TestResult {
        // Where there is no room for values, there is none for their names either; the message says what was cut.
        let has_room = |text: &&String| text.len().min(self.value) >= text.len().min(WORD);
        let value = |text: &Option<String>| {
            text.as_ref().filter(has_room).map(|text| shortened(text, self.value))
        };
        let mut details = test.details.clone();
        let picture = test.picture.as_ref().filter(|picture| picture.len() <= *room);
        *room -= picture.map_or(0, String::len);
        if test.picture.is_some() && picture.is_none() {
            details.insert(0, "(This report has no room for the picture of its schedule.)".into());
        }
        TestResult {
            message: shortened(&test.message, self.message),
            expected: value(&test.expected),
            actual: value(&test.actual),
            file: value(&test.file),
            details: self.list(&details),
            output: if self.output < WORD {
                String::new()
            } else {
                shortened(&test.output, self.output)
            },
            picture: picture.cloned(),
            verdict: shortened(&test.verdict, NAME_BYTES),
            first: test.first.as_ref().map(|text| shortened(text, NAME_BYTES)),
            ..test.clone()
        }
    }

    /// As many lines as there may be; the last of them says how many there would be more.
    fn list(self, lines: &[String]) -> Vec<String> {
        let most = self.list;
        if most == 0 && lines.len() > 1 {
            return vec!["… (cut)".into()];
        }
        let (kept, more) = match lines.len() {
            count if count <= most.max(1) => (lines, None),
            count => {
                let (kept, cut) = lines.split_at(most - 1);
                (kept, Some(format!("(and {} more: cut, of {count})", cut.len())))
            }
        };
        kept.iter().map(|line| shortened(line, self.detail)).chain(more).collect()
    }
}

/// The beginning of a text, with a word on how much of it was cut: no more than `most` bytes. A short text is left whole.
fn shortened(text: &str, most: usize) -> String {
    if text.len() <= most.max(WORD) {
        return text.to_owned();
    }
    if most < WORD {
        return "… (cut)".into();
    }
    let kept = &text[..text.floor_char_boundary(most - WORD)];
    format!("{kept}… (cut: {} of {} bytes)", text.len() - kept.len(), text.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::{csv, page, sample};

    #[test]
    fn a_text_is_cut_once_and_says_so() {
        let once = shortened(&"é".repeat(1000), 100);
        assert_eq!(once, format!("{}… (cut: 1948 of 2000 bytes)", "é".repeat(26)));
        assert_eq!(shortened(&once, 100), once);
        assert_eq!((&shortened("short", 0)[..], &shortened(&once, 0)[..]), ("short", "… (cut)"));
    }

    #[test]
    fn a_list_says_how_much_of_it_is_missing() {
        let lines: Vec<_> = (0..100).map(|line| line.to_string()).collect();
        let kept = FULL.list(&lines);
        assert_eq!((kept.len(), kept[59].as_str()), (60, "(and 41 more: cut, of 100)"));
        assert_eq!(FULL.list(&kept), kept);
    }

    #[test]
    fn an_ordinary_student_is_left_whole() {
        let class = sample::class(sample::Size { students: 30, sections: 12 }, 7);
        let cut = cut(&class);
        let whole = class.students.iter().zip(&cut.students).filter(|(a, b)| a == b).count();
        assert!(whole >= 28, "{whole} of 30");
    }

    #[test]
    fn a_picture_is_whole_or_said_to_be_missing() {
        let mut class = sample::small();
        let result = &mut class.students[0].results[1];
        let Outcome::Ran { tests } = &mut result.outcome else { unreachable!() };
        tests[0].picture = Some("x".repeat(40_000));
        tests[1].picture = Some("y".repeat(40_000));
        tests[2].picture = Some("z".repeat(20_000));
        let Outcome::Ran { tests } = FULL.student(&class.students[0]).results.remove(1).outcome
        else {
            unreachable!()
        };
        let kept = tests.iter().map(|test| test.picture.as_ref().map_or(0, String::len));
        assert_eq!(kept.collect::<Vec<_>>(), [40_000, 0, 20_000]);
        assert_eq!(
            tests[1].details,
            ["(This report has no room for the picture of its schedule.)"]
        );
    }

    #[test]
    fn the_worst_student_has_no_more_than_300_kilobytes() {
        let class = sample::flooded();
        let cut = cut(&class);
        let bytes = size(&cut, 0);
        assert!((50_000..=STUDENT_BYTES).contains(&bytes), "{bytes}");
        assert_eq!(super::cut(&cut), cut, "what was cut once is cut again");
        assert!(student_page::page(&cut, 0).contains("… (cut)"));
        let mut plain = cut.clone();
        plain.students[0].name.clear();
        plain.students[0].entry.clear();
        plain.students[0].suspicions.clear();
        let of_class = page::class(&cut).len() - page::class(&plain).len() + csv::class(&cut).len();
        assert!(bytes + of_class < 300_000, "{bytes} + {of_class}");
    }
}
