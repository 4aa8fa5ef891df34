//! Which submissions of a section have much in common.
//!
//! After Schleimer, Wilkerson and Aiken, "Winnowing: local algorithms for document fingerprinting", SIGMOD 2003: every run
//! of [`RUN`] tokens has a hash, and of each [`WINDOW`] hashes in a row the least one is kept as a fingerprint. Who has
//! a long piece of another's text has its fingerprints, wherever it stands. Names and literals are all the same here,
//! and comments are not there: another name for each variable changes nothing.
//!
//! What the course gives is left out, and so are `use` items, which editors write.

use crate::record::{Alike, Place};
use crate::tokens::{self, Kind, Token};
use std::collections::{BTreeMap, HashSet};
use xtask::catalogue::Section;
use xtask::stage_source::Staged;

/// So many tokens in a row, with one name as good as another, are no idiom of the language any more.
const RUN: usize = 20;
/// A common piece of `RUN + WINDOW - 1` tokens is always seen.
const WINDOW: usize = 6;
/// So many tokens in a row, name for name as in the given files, are the course's.
const GIVEN_RUN: usize = 6;
/// So many fingerprints of an author are looked at: fifty times what an answer has.
const MOST_FINGERPRINTS: usize = 20_000;
/// What more than one in so many authors have is what everybody writes …
const COMMON_SHARE: usize = 4;
/// … but not what this few have, or in a small class two who share would be everybody …
const COMMON_FROM: usize = 10;
/// … and always what so many have, however large the class: so the work grows with the class, not with its square.
const COMMON_AT: usize = 50;
/// Two are alike from so many percent on: who writes alone, and as plainly as others, has up to 15 in common with them,
const ALIKE_FROM: usize = 40;
/// and with so many fingerprints in common at least: some sixty tokens.
const ALIKE_FINGERPRINTS: usize = 10;
/// Answers of fewer tokens may be the same by chance.
const SAME_FROM: usize = 60;
/// So many authors are compared, the first by name: there is a number for each pair of them.
const MOST_AUTHORS: usize = 4000;
/// So many pairs of a section are told, the most alike first.
const MOST_PAIRS: usize = 100;
/// So many places of a pair are told, the longest.
const MOST_PLACES: usize = 20;

// The fingerprints of the reference count like all others. What it shares with honest answers is what the task asks for:
// that falls out as common in a large class, and stays below `ALIKE_FROM` in a small one. But two answers that both
// follow it from end to end were copied from it, and a teacher wants to know.

/// Somebody who handed in the section.
pub struct Author<'a> {
    /// What was handed in: unique in the class.
    pub entry: &'a str,
    /// The files, as in `src/lib.rs`.
    pub files: &'a [Staged],
}

/// The pairs that have much in common beyond the `given` files, the most alike first: the same pairs in whatever order
/// the authors come.
pub fn alike(section: &Section, authors: &[Author<'_>], given: &[Staged]) -> Vec<Alike> {
    let given = runs_of(given);
    let mut authors: Vec<&Author<'_>> = authors.iter().collect();
    authors.sort_by_key(|author| author.entry);
    authors.truncate(MOST_AUTHORS);
    let works: Vec<Work<'_>> = authors.iter().map(|author| Work::of(author, &given)).collect();
    let shared = Shared::among(&works);
    let mut pairs: Vec<(usize, [usize; 2])> = vec![];
    for second in 0..works.len() {
        for first in 0..second {
            let percent = shared.percent(&works, first, second);
            pairs.extend(percent.map(|percent| (percent, [first, second])));
        }
    }
    pairs.sort_by_key(|&(percent, pair)| (std::cmp::Reverse(percent), pair));
    pairs.truncate(MOST_PAIRS);
    let told = |(percent, pair): (usize, [usize; 2])| {
        let [first, second] = pair.map(|index| &works[index]);
        Alike {
            section: section.name.clone(),
            entries: [first.entry.into(), second.entry.into()],
            percent: percent as u32,
            places: places(first, second),
        }
    };
    pairs.into_iter().map(told).collect()
}

/// The hashes of all runs of tokens, name for name, in the files that the course gives.
fn runs_of(given: &[Staged]) -> HashSet<u64> {
    let mut runs = HashSet::new();
    for staged in given {
        let text = String::from_utf8_lossy(&staged.text);
        let texts: Vec<u64> = tokens::tokens(&text).iter().map(hash_of_text).collect();
        runs.extend(hashes_of_runs(&texts, GIVEN_RUN));
    }
    runs
}

const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

/// The same in every run of this program, unlike that of a hash map, and fast: nothing is gained by a collision.
fn hash_of_text(token: &Token<'_>) -> u64 {
    token.text.bytes().fold(0, |sum, byte| step(sum, u64::from(byte)))
}

fn step(sum: u64, value: u64) -> u64 {
    sum.wrapping_mul(FACTOR).wrapping_add(value.wrapping_add(1))
}

/// The high bits of a sum depend on all of it, the low ones do not: mixed, or the least hash would be no fair choice.
fn mixed(sum: u64) -> u64 {
    (sum ^ (sum >> 32)).wrapping_mul(FACTOR).rotate_left(32)
}

/// The hash of each `run` of values in a row, made from that of the one before.
fn hashes_of_runs(values: &[u64], run: usize) -> Vec<u64> {
    let leaving = (0..run).fold(1_u64, |power, _| power.wrapping_mul(FACTOR));
    let mut sum = 0;
    let mut hashes = vec![];
    for (index, &value) in values.iter().enumerate() {
        sum = step(sum, value);
        if let Some(before) = index.checked_sub(run) {
            sum = sum.wrapping_sub(values[before].wrapping_add(1).wrapping_mul(leaving));
        }
        if index + 1 >= run {
            hashes.push(mixed(sum));
        }
    }
    hashes
}

/// A fingerprint, and the piece of text that has it.
#[derive(Clone, Copy)]
struct Fingerprint {
    hash: u64,
    /// The number of the file.
    file: usize,
    first: u32,
    last: u32,
}

/// What an author has written beyond what was given.
struct Work<'a> {
    entry: &'a str,
    /// The names of the files, in their order.
    files: Vec<String>,
    /// By hash; none is there twice.
    fingerprints: Vec<Fingerprint>,
    /// How many tokens there are, and the hash of all of them.
    whole: (usize, u64),
}

impl<'a> Work<'a> {
    fn of(author: &Author<'a>, given: &HashSet<u64>) -> Self {
        let mut files: Vec<&Staged> = author.files.iter().collect();
        files.sort_by(|one, other| one.file.cmp(&other.file));
        let (mut fingerprints, mut all) = (vec![], vec![]);
        for (file, staged) in files.iter().enumerate() {
            let text = String::from_utf8_lossy(&staged.text);
            let own = own_tokens(&tokens::tokens(&text), given);
            fingerprints.extend(winnowed(file, &own));
            all.extend(own.iter().map(|token| token.class));
        }
        fingerprints.sort_by_key(|print| (print.hash, print.file, print.first));
        fingerprints.dedup_by_key(|print| print.hash);
        // Those with the least hashes: another who has the same pieces keeps the same ones.
        fingerprints.truncate(MOST_FINGERPRINTS);
        Self {
            entry: author.entry,
            files: files.iter().map(|staged| staged.file.display().to_string()).collect(),
            fingerprints,
            whole: (all.len(), mixed(all.iter().fold(0, |sum, &class| step(sum, class)))),
        }
    }

    /// The same text as another's, but for names, literals and comments.
    fn is_same_as(&self, other: &Self) -> bool {
        self.whole == other.whole && self.whole.0 >= SAME_FROM
    }
}

/// A token of an author's own.
#[derive(Clone, Copy)]
struct Own {
    /// What it is to the comparison.
    class: u64,
    line: u32,
}

/// The tokens that belong to no run of the given ones, nor to a `use` item.
fn own_tokens(tokens: &[Token<'_>], given: &HashSet<u64>) -> Vec<Own> {
    let mut is_own = vec![true; tokens.len()];
    let texts: Vec<u64> = tokens.iter().map(hash_of_text).collect();
    for (index, run) in hashes_of_runs(&texts, GIVEN_RUN).iter().enumerate() {
        if given.contains(run) {
            is_own[index..index + GIVEN_RUN].fill(false);
        }
    }
    let mut own = vec![];
    let mut is_import = false;
    for (index, token) in tokens.iter().enumerate() {
        let is_bound = tokens.get(index + 1).is_some_and(|next| next.is("<"));
        is_import |= token.is("use") && !is_bound;
        if is_own[index] && !is_import {
            own.push(Own { class: class(token, texts[index]), line: token.line });
        }
        is_import &= !token.is(";");
    }
    own
}

/// One for all names, one for all literals; keywords and marks each have their own.
fn class(token: &Token<'_>, hash: u64) -> u64 {
    match token.kind {
        Kind::Word if !tokens::is_keyword(token.text) => 1,
        Kind::Text | Kind::Character | Kind::Number => 2,
        Kind::Lifetime => 3,
        _ => hash,
    }
}

/// Of each window of hashes in a row the least one, and of several the last.
fn winnowed(file: usize, own: &[Own]) -> Vec<Fingerprint> {
    let classes: Vec<u64> = own.iter().map(|token| token.class).collect();
    let hashes = hashes_of_runs(&classes, RUN);
    let window = WINDOW.min(hashes.len()).max(1);
    let mut kept: Vec<Fingerprint> = vec![];
    let mut last_kept = None;
    for (begin, hashes) in hashes.windows(window).enumerate() {
        let least = hashes.iter().enumerate().rev().min_by_key(|(_, hash)| **hash);
        let Some((offset, &hash)) = least else { continue };
        let place = begin + offset;
        if last_kept != Some(place) {
            last_kept = Some(place);
            let run = &own[place..place + RUN];
            kept.push(Fingerprint { hash, file, first: run[0].line, last: run[RUN - 1].line });
        }
    }
    kept
}

/// How many fingerprints the authors have, and how many each two of them have in common: without those that are common
/// to many.
struct Shared {
    own: Vec<u32>,
    /// For the pair of `first` and a later `second` at `second * (second - 1) / 2 + first`.
    pairs: Vec<u32>,
}

impl Shared {
    fn among(works: &[Work<'_>]) -> Self {
        let count = works.len();
        let limit = (count / COMMON_SHARE).clamp(COMMON_FROM, COMMON_AT);
        let mut holders: Vec<(u64, usize)> = vec![];
        for (author, work) in works.iter().enumerate() {
            holders.extend(work.fingerprints.iter().map(|print| (print.hash, author)));
        }
        holders.sort_unstable();
        let pairs = vec![0; count * count.saturating_sub(1) / 2];
        let mut shared = Self { own: vec![0; count], pairs };
        for group in holders.chunk_by(|one, other| one.0 == other.0) {
            if group.len() > limit {
                continue;
            }
            for (index, &(_, second)) in group.iter().enumerate() {
                shared.own[second] += 1;
                for &(_, first) in &group[..index] {
                    shared.pairs[second * (second - 1) / 2 + first] += 1;
                }
            }
        }
        shared
    }

    /// How much of the smaller one is in the other, if that is much. 100 is for the same.
    fn percent(&self, works: &[Work<'_>], first: usize, second: usize) -> Option<usize> {
        if works[first].is_same_as(&works[second]) {
            return Some(100);
        }
        let shared = self.pairs[second * (second - 1) / 2 + first] as usize;
        let smaller = self.own[first].min(self.own[second]) as usize;
        if shared < ALIKE_FINGERPRINTS {
            return None;
        }
        let percent = (shared * 100 / smaller).min(99);
        (percent >= ALIKE_FROM).then_some(percent)
    }
}

/// The pieces of two texts that have the same fingerprints.
fn places(first: &Work<'_>, second: &Work<'_>) -> Vec<[Place; 2]> {
    let of_second: BTreeMap<u64, Fingerprint> =
        second.fingerprints.iter().map(|print| (print.hash, *print)).collect();
    let both = first.fingerprints.iter().filter_map(|one| Some([*one, *of_second.get(&one.hash)?]));
    let mut both: Vec<[Fingerprint; 2]> = both.collect();
    both.sort_by_key(|pair| pair.map(|print| (print.file, print.first, print.last)));
    let mut merged: Vec<[Fingerprint; 2]> = vec![];
    for pair in both {
        match merged.last_mut() {
            Some(before) if (0..2).all(|side| touches(&before[side], &pair[side])) => {
                for (before, print) in before.iter_mut().zip(pair) {
                    before.last = before.last.max(print.last);
                }
            }
            _ => merged.push(pair),
        }
    }
    let length = |pair: &[Fingerprint; 2]| pair[0].last - pair[0].first;
    merged.sort_by_key(|pair| std::cmp::Reverse(length(pair)));
    merged.truncate(MOST_PLACES);
    merged.sort_by_key(|pair| pair.map(|print| (print.file, print.first, print.last)));
    let place = |work: &Work<'_>, print: Fingerprint| Place {
        file: work.files[print.file].clone(),
        first: print.first,
        last: print.last,
    };
    merged.into_iter().map(|[one, other]| [place(first, one), place(second, other)]).collect()
}

/// Does the piece go on where the one before it is, or right behind?
fn touches(before: &Fingerprint, print: &Fingerprint) -> bool {
    before.file == print.file && (before.first..=before.last + 1).contains(&print.first)
}

#[cfg(test)]
pub mod honest;

#[cfg(test)]
mod tests {
    use super::honest::{self, BY_MEANS_OF_STD, STEP_AFTER_STEP, STEP_BY_STEP, answer, locks};
    use super::*;
    use std::time::Instant;
    use xtask::stage_source;
    use xtask::{catalogue, course, mistake};

    fn stub(section: &Section) -> Vec<Staged> {
        stage_source::take(&course::exercise(section).join("src")).unwrap().0
    }

    fn reference(section: &Section) -> Vec<Staged> {
        stage_source::take(&course::solution(section).join("src")).unwrap().0
    }

    fn library(text: &str) -> Vec<Staged> {
        vec![Staged { file: "src/lib.rs".into(), text: text.as_bytes().to_vec() }]
    }

    /// The text of the one file.
    fn text(files: &[Staged]) -> &str {
        std::str::from_utf8(&files[0].text).unwrap()
    }

    fn compared(section: &Section, authors: &[&[Staged]]) -> Vec<Alike> {
        let names: Vec<String> = (0..authors.len()).map(|n| format!("s{n:03}")).collect();
        let authors: Vec<Author<'_>> =
            names.iter().zip(authors).map(|(entry, files)| Author { entry, files }).collect();
        alike(section, &authors, &stub(section))
    }

    fn honest_and_reference() -> Vec<Vec<Staged>> {
        honest::answers().into_iter().chain([reference(&locks())]).collect()
    }

    /// Another text of the same: names, numbers, comments and the order of the items are others.
    fn disguised(given: &[Staged], files: &[Staged]) -> Vec<Staged> {
        let given = tokens::tokens(text(given));
        let is_given = |word: &str| given.iter().any(|token| token.text == word);
        let original = text(files);
        let (mut whole, mut at) = (String::new(), 0);
        for token in tokens::tokens(original) {
            let between = &original[at..token.start];
            whole += if between.contains("//") { "\n" } else { between };
            let is_name = token.kind == Kind::Word && !tokens::is_keyword(token.text);
            let changed = match token.kind {
                _ if is_name && !is_given(token.text) => format!("{}_x", token.text),
                Kind::Number => "7".into(),
                Kind::Text => "\"other\"".into(),
                Kind::Open if token.is("{") => "{ /* a block */".into(),
                _ => token.text.into(),
            };
            whole += &changed;
            at = token.start + token.text.len();
        }
        let mut items: Vec<&str> = whole.split("\n\n").collect();
        items.reverse();
        library(&items.join("\n\n"))
    }

    #[test]
    fn who_writes_alone_is_not_suspected() {
        let locks = locks();
        let answers = honest_and_reference();
        let authors: Vec<&[Staged]> = answers.iter().map(|answer| &answer[..]).collect();
        assert_eq!(compared(&locks, &authors), []);
    }

    #[test]
    fn a_copy_shows_in_whatever_disguise() {
        let locks = locks();
        let mut answers = honest_and_reference();
        let copy = disguised(&stub(&locks), &answers[1]);
        answers.push(copy);
        let authors: Vec<&[Staged]> = answers.iter().map(|answer| &answer[..]).collect();
        let found = compared(&locks, &authors);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].entries, ["s001", "s005"]);
        assert!(found[0].percent >= 80, "{}", found[0].percent);
    }

    #[test]
    fn a_stolen_half_shows() {
        let locks = locks();
        let half = [&BY_MEANS_OF_STD[..7], &STEP_BY_STEP[7..]].concat();
        let answers = [answer(&STEP_BY_STEP), answer(&half)];
        let found = compared(&locks, &[&answers[0], &answers[1]]);
        assert_eq!(found.len(), 1);
        assert!((40..80).contains(&found[0].percent), "{}", found[0].percent);
        let lines: u32 = found[0].places.iter().map(|[one, _]| one.last - one.first + 1).sum();
        assert!(lines > 30, "{:?}", found[0].places);
    }

    #[test]
    fn the_same_but_for_names_is_the_same() {
        let locks = locks();
        let one = answer(&STEP_BY_STEP);
        let changed =
            text(&one).replace("current", "old_one").replace("// ", "// no ").replace("+ 1", "+ 2");
        let other = library(&changed);
        let found = compared(&locks, &[&one, &other]);
        assert_eq!(found[0].percent, 100);
        for [one, other] in &found[0].places {
            assert_eq!(one, other);
            assert!(one.first <= one.last);
        }
        let everybody: Vec<&[Staged]> = (0..30).map(|_| &one[..]).collect();
        let found = compared(&locks, &everybody);
        assert_eq!(found.len(), MOST_PAIRS, "also when it is common to all");
        assert!(found.iter().all(|pair| pair.percent == 100));
    }

    #[test]
    fn the_courses_own_text_is_nobodys() {
        for section in catalogue::select(&[]).unwrap() {
            let stub = stub(&section);
            assert_eq!(compared(&section, &[&stub, &stub, &stub]), [], "{section}");
        }
    }

    #[test]
    fn two_mistakes_of_one_reference_are_near_copies() {
        let locks = locks();
        let mistakes = mistake::load(&locks).unwrap();
        let staged: Vec<Vec<Staged>> =
            mistakes[..5].iter().map(|one| mistaken(&locks, one)).collect();
        let authors: Vec<&[Staged]> = staged.iter().map(|files| &files[..]).collect();
        let found = compared(&locks, &authors);
        assert_eq!(found.len(), 10);
        assert!(found.iter().all(|pair| pair.percent >= 80), "{found:?}");
    }

    fn mistaken(section: &Section, mistake: &mistake::Mistake) -> Vec<Staged> {
        let candidate = mistake::stage(section, mistake, "compared").unwrap();
        stage_source::take(&candidate.folder.join("src")).unwrap().0
    }

    #[test]
    fn the_order_of_the_class_changes_nothing() {
        let locks = locks();
        let mut answers = honest_and_reference();
        answers.push(disguised(&stub(&locks), &answers[0]));
        answers.push(disguised(&stub(&locks), &answers[3]));
        let names: Vec<String> = (0..answers.len()).map(|n| format!("s{n}")).collect();
        let mut authors: Vec<Author<'_>> =
            names.iter().zip(&answers).map(|(entry, files)| Author { entry, files }).collect();
        let found = alike(&locks, &authors, &stub(&locks));
        assert_eq!(found.len(), 2);
        authors.reverse();
        assert_eq!(alike(&locks, &authors, &stub(&locks)), found);
        authors.swap(0, 3);
        assert_eq!(alike(&locks, &authors, &stub(&locks)), found);
    }

    #[test]
    fn what_is_no_rust_is_compared_as_well() {
        let locks = locks();
        let broken = text(&answer(&STEP_BY_STEP)).replace("loop {", "loop ( \"").into_bytes();
        let broken =
            vec![Staged { file: "src/lib.rs".into(), text: [&broken[..], b"\xff\0 '"].concat() }];
        assert_eq!(compared(&locks, &[&broken, &broken])[0].percent, 100);
        assert_eq!(compared(&locks, &[&[], &[], &library("")]), []);
    }

    #[test]
    fn what_most_of_a_class_writes_is_no_copy() {
        let locks = locks();
        let idiom = answer(&STEP_AFTER_STEP);
        let own = |number: usize| {
            let more = format!(
                "fn own() {{ {} }}",
                "a.b(c); ".repeat(number) + &"[d]; -e; ".repeat(50 - number)
            );
            library(&(text(&idiom).to_owned() + &more))
        };
        let answers: Vec<Vec<Staged>> = (0..45).map(own).collect();
        let authors: Vec<&[Staged]> = answers.iter().map(|files| &files[..]).collect();
        assert_eq!(compared(&locks, &authors), []);
        assert!(
            !compared(&locks, &authors[..5]).is_empty(),
            "five of them have it from each other"
        );
    }

    #[test]
    fn two_hundred_submissions_are_compared_in_seconds() {
        let mut spent = std::time::Duration::ZERO;
        for section in catalogue::select(&[]).unwrap() {
            let mistakes = mistake::load(&section).unwrap();
            let made: Vec<Vec<Staged>> =
                mistakes.iter().map(|one| mistaken(&section, one)).collect();
            let class: Vec<&[Staged]> =
                made.iter().map(|files| &files[..]).cycle().take(200).collect();
            let started = Instant::now();
            let found = compared(&section, &class);
            spent += started.elapsed();
            assert_eq!(found.len(), MOST_PAIRS);
        }
        assert!(spent.as_secs() < 30, "{spent:?}");
    }

    #[test]
    fn a_large_work_is_cut_to_a_size() {
        let locks = locks();
        let words = [
            "a", "+", "-", "b.c()", "[1]", "if", "&", "while", "!", "(d)", "fn", "*", "^", "|", "%",
        ];
        let mut seed = 1_u32;
        let mut word = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            words[(seed >> 16) as usize % words.len()]
        };
        let text: String = (0..200_000).flat_map(|_| [word(), " "]).collect();
        let files = library(&text);
        let work = Work::of(&Author { entry: "", files: &files }, &HashSet::new());
        assert_eq!(work.fingerprints.len(), MOST_FINGERPRINTS);
        assert_eq!(compared(&locks, &[&files, &files])[0].percent, 100);
    }
}
