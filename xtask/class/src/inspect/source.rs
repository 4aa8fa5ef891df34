//! A file of a submission: its tokens, and how they belong together.

use super::find::{Find, Finds, shortened};
use super::names::{self, Import, Names};
use super::rules;
use crate::tokens::{self, Kind, Token};
use std::path::Path;

/// Nobody nests brackets so deep by hand. rustc dies of some thousands.
const DEEPEST: usize = 128;
/// A head, as in `impl PartialEq for A`, is looked through so far.
pub const HEAD: usize = 256;
/// A file, as far as it is read before the search.
pub struct Source<'a> {
    pub file: usize,
    /// How many folders below `src` it is.
    pub folders: usize,
    pub text: &'a str,
    pub tokens: Vec<Token<'a>>,
    /// For each bracket the token that closes it.
    pub closes: Vec<usize>,
    pub imports: Vec<Import<'a>>,
}

/// The file, whose path is as in `src/lib.rs`, if it can be searched. One whose brackets do not match is none of Rust's: rustc says so.
pub fn read<'a>(file: usize, path: &Path, text: &'a str, finds: &mut Finds) -> Option<Source<'a>> {
    let tokens = tokens::tokens(text);
    let turned = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    for (index, line) in text.lines().enumerate().filter(|(_, line)| line.contains(turned)) {
        let why = "marks that turn the direction of writing make it read as something else".into();
        let what = shortened(line.trim());
        let line = index as u32 + 1;
        let find = || Find { file, line, what, why, key: "direction".into() };
        finds.add("direction", (file, line), find);
    }
    if tokens::depth(&tokens) > DEEPEST {
        let why = rules::TOO_DEEP.into();
        let what = shortened(text.trim_start().lines().next().unwrap_or_default());
        let find = || Find { file, line: 1, what, why, key: "nested".into() };
        finds.add("nested", (file, 1), find);
        return None;
    }
    let closes = closes(&tokens)?;
    let mut imports = vec![];
    for index in uses(&tokens) {
        imports.extend(names::imports(&tokens, index).0);
    }
    // `src`, and the file's own name.
    let folders = path.components().count().saturating_sub(2);
    Some(Source { file, folders, text, tokens, closes, imports })
}

/// Where each bracket is closed.
fn closes(tokens: &[Token<'_>]) -> Option<Vec<usize>> {
    let mut closes: Vec<usize> = (0..tokens.len()).collect();
    let mut open: Vec<usize> = vec![];
    for (index, token) in tokens.iter().enumerate() {
        match token.kind {
            Kind::Open => open.push(index),
            Kind::Close => {
                let begin = open.pop()?;
                let fits = matches!(
                    (tokens[begin].text, token.text),
                    ("(", ")") | ("[", "]") | ("{", "}")
                );
                fits.then(|| closes[begin] = index)?;
            }
            _ => {}
        }
    }
    open.is_empty().then_some(closes)
}

/// The tokens at which items `use …` begin.
fn uses(tokens: &[Token<'_>]) -> Vec<usize> {
    let begins = |index: &usize| {
        // `impl Trait + use<'a>` is none.
        tokens[*index].is("use") && !tokens.get(index + 1).is_some_and(|next| next.is("<"))
    };
    (0..tokens.len()).filter(begins).collect()
}

impl<'a> Source<'a> {
    /// Is the token this word, this mark or this bracket?
    pub fn is(&self, index: usize, text: &str) -> bool {
        self.tokens.get(index).is_some_and(|token| token.is(text))
    }

    /// Does this stand before the token?
    pub fn follows(&self, index: usize, text: &str) -> bool {
        index > 0 && self.is(index - 1, text)
    }

    /// What the token is.
    pub fn kind(&self, index: usize) -> Option<Kind> {
        self.tokens.get(index).map(|token| token.kind)
    }

    /// The tokens within the bracket that opens at `index`; none when there is no bracket.
    pub fn inside(&self, index: usize) -> &[Token<'a>] {
        match self.kind(index) {
            Some(Kind::Open) => &self.tokens[index + 1..self.closes[index]],
            _ => &[],
        }
    }

    /// The token at which the path begins that this one belongs to, if that is near.
    pub fn path_begin(&self, mut index: usize) -> usize {
        for _ in 0..names::PARTS {
            let is_part = self.kind(index) == Some(Kind::Word) && self.follows(index, "::");
            if !is_part || self.begins_path(index) || index < 2 || self.is(index - 2, ">") {
                break;
            }
            index -= 2;
        }
        index
    }

    /// The file and the line of the token.
    pub fn place(&self, index: usize) -> (usize, u32) {
        (self.file, self.tokens[index].line)
    }

    /// What was found at the token.
    pub fn find(&self, index: usize, key: &str, why: String) -> Find {
        let index = self.path_begin(index);
        let token = self.tokens[index];
        let rest = &self.text[token.start..];
        let is_attribute = token.is("#");
        let end = self.tokens[index..].iter().take(HEAD).find(|token| token.is("]"));
        let code = match end.filter(|_| is_attribute) {
            Some(end) => &rest[..=end.start - token.start],
            None => rest.lines().next().unwrap_or_default(),
        };
        Find { file: self.file, line: token.line, what: shortened(code), why, key: key.into() }
    }

    /// Does a path begin here? Not at a field or a method, nor in the middle of one.
    pub fn begins_path(&self, index: usize) -> bool {
        if self.kind(index) != Some(Kind::Word) || self.follows(index, ".") {
            return false;
        }
        if !self.follows(index, "::") {
            return true;
        }
        let before = index.checked_sub(2).and_then(|before| self.tokens.get(before));
        !before.is_some_and(|before| {
            before.is(">") || (before.kind == Kind::Word && !is_expression_word(before.text))
        })
    }

    /// Does a thread ask for itself somewhere?
    pub fn asks_for_thread(&self, names: &Names<'a>) -> bool {
        (0..self.tokens.len()).filter(|&index| self.begins_path(index)).any(|index| {
            let (path, _) = names::path(&self.tokens, index);
            let is_asked = path.last() == Some(&"current") || names.is_imported(path[0]);
            is_asked
                && names.meanings(&path).iter().any(|path| path.ends_with(&["thread", "current"]))
        })
    }
}

/// Words behind which a path from the root may begin: `return ::std::process::exit(0)`.
fn is_expression_word(word: &str) -> bool {
    !matches!(word, "self" | "Self" | "super" | "crate") && tokens::is_keyword(word)
}
