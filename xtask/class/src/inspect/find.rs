//! What was found, and not more of it than anybody reads.

use std::collections::BTreeMap;

/// So much of what was found is shown.
const SHOWN: usize = 60;

/// Something that was found.
pub struct Find {
    /// The number of the file.
    pub file: usize,
    /// The line, from 1.
    pub line: u32,
    /// What is there, as it is written.
    pub what: String,
    /// What it could be for.
    pub why: String,
    /// What it is, so that the same elsewhere has the same key.
    pub key: String,
}

/// So many of a kind are kept: the rest says nothing new, and a flood of one kind must not hide the others.
pub const MOST_OF_A_KIND: usize = 5;

/// What was found so far, with each key as often as [`MOST_OF_A_KIND`], and once a line.
#[derive(Default)]
pub struct Finds {
    pub all: Vec<Find>,
    /// How often a key is there, and where it was last.
    kinds: BTreeMap<String, (usize, (usize, u32))>,
}

impl Finds {
    /// Adds what `find` makes, if more of this kind is wanted.
    pub fn add(&mut self, key: &str, place: (usize, u32), find: impl FnOnce() -> Find) {
        if !self.kinds.contains_key(key) {
            self.kinds.insert(key.into(), (0, (0, 0)));
        }
        let Some((count, last)) = self.kinds.get_mut(key) else { return };
        if *last != place && *count < MOST_OF_A_KIND {
            (*count, *last) = (*count + 1, place);
            self.all.push(find());
        }
    }
}

/// The beginning of the code, on one line.
pub fn shortened(code: &str) -> String {
    let beginning: String = code.chars().take(4 * SHOWN).collect();
    let line = beginning.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(SHOWN) {
        None => line,
        Some(_) => line.chars().take(SHOWN - 1).chain(['…']).collect(),
    }
}
