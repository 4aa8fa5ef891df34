//! What students are called. No word of this may do harm anywhere: not in a table, a page, a path or a terminal.

use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

const FIRST: [&str; 24] = [
    "Zoé",
    "Zoe\u{301}",
    "Łukasz",
    "Nguyễn",
    "Søren",
    "Ada",
    "Алексей",
    "Елена",
    "Γιώργος",
    "שרה",
    "محمد",
    "Արամ",
    "ნინო",
    "प्रिया",
    "สมชาย",
    "Tú Anh",
    "小明",
    "さくら",
    "민준",
    "ሰላም",
    "D'Arcy",
    "Ana-Maria",
    "𝕏avier",
    "👩🏽‍🔬",
];
const LAST: [&str; 24] = [
    "Martin",
    "Müller",
    "O'Brien",
    "Иванова",
    "Παπαδόπουλος",
    "כהן",
    "العربي",
    "王",
    "田中",
    "김",
    "शर्मा",
    "ไทย",
    "de la Cruz",
    "King, Jr.",
    "Smith;Jones",
    "<b>Bold</b>",
    "Tom & Co",
    "\"Ace\"",
    "100%",
    "a  b",
    "$HOME",
    "=1+1",
    "::warning::x",
    "né",
];
/// Whole names that a spreadsheet takes for a formula, and programs for an option.
const ODD: [&str; 4] = ["=cmd|'/c calc'!A1", "-rf", "+33", "@SUM(A1)"];

/// The name of student `number`, and a name for what is handed in, which nobody else's has.
pub fn invent(number: usize, random: &mut StdRng) -> (String, String) {
    let common = format!("{} {}", FIRST[0], LAST[0]);
    let mut part = |of: &[&'static str]| *of.choose(random).expect("a list that is not empty");
    let name = match number {
        _ if is_common(number) => common,
        _ if number % 16 == 7 => part(&ODD).to_owned(),
        _ => format!("{} {}", part(&FIRST), part(&LAST)),
    };
    let entry = match random.random_ratio(1, 4) {
        true => format!("s{:07}", random.random_range(0..10_000_000)),
        false => name.replace('/', "\u{2215}"),
    };
    (name, format!("{entry} {number}"))
}

/// Is it one of those who have the same name?
pub fn is_common(number: usize) -> bool {
    number % 50 < 2
}
