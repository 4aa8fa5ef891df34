//! What the names in a submission stand for: its `use` items are followed, through all its files.

use super::rules;
use crate::tokens::{Kind, Token};
use std::collections::BTreeMap;

/// Names may stand for names: so far are they followed.
const ROUNDS: usize = 4;
/// A name may stand for so many things, in different modules; and so many modules may be taken in whole.
const MEANINGS: usize = 8;
/// So many paths are followed at once.
const STEPS: usize = 64;
/// A path may be so long.
pub const PARTS: usize = 16;
/// Arguments of a type in the middle of a path are looked through so far.
const ARGUMENTS: usize = 64;

/// The part of a path that a macro will put there.
pub const ANYTHING: &str = "$";

/// A path, part by part.
pub type Path<'a> = Vec<&'a str>;

/// What a `use` item brings.
#[derive(Clone, Debug)]
pub struct Import<'a> {
    /// The name that it gives; `*` for all.
    pub name: &'a str,
    /// What it stands for.
    pub path: Path<'a>,
    /// The token of the name.
    pub token: usize,
}

/// The names of a submission.
#[derive(Default)]
pub struct Names<'a> {
    meanings: BTreeMap<&'a str, Vec<Path<'a>>>,
    globs: Vec<Path<'a>>,
}

impl<'a> Names<'a> {
    /// Adds what a file imports. The names that have too many meanings by now to be followed.
    pub fn add(&mut self, imports: &[Import<'a>]) -> Vec<usize> {
        let mut lost = vec![];
        for Import { name, path, token } in imports {
            let meanings = match *name {
                "*" => &mut self.globs,
                name => self.meanings.entry(name).or_default(),
            };
            if meanings.contains(path) {
                continue;
            }
            match meanings.len() < MEANINGS {
                true => meanings.push(path.clone()),
                false => lost.push(*token),
            }
        }
        lost
    }

    /// Does a `use` item give this name, or may one give any?
    pub fn is_imported(&self, name: &str) -> bool {
        !self.globs.is_empty() || self.meanings.contains_key(name)
    }

    /// The paths from a known root that this one can mean.
    pub fn meanings(&self, path: &[&'a str]) -> Vec<Path<'a>> {
        let is_plain = !path.iter().any(|part| self.meanings.contains_key(part));
        if is_plain && self.globs.is_empty() {
            return if is_rooted(path) { vec![path.to_vec()] } else { vec![] };
        }
        let mut open = vec![path.to_vec()];
        open.extend(self.globs.iter().map(|glob| [glob, path].concat()));
        let mut known = vec![];
        for _ in 0..ROUNDS {
            let (rooted, others): (Vec<_>, Vec<_>) =
                open.into_iter().partition(|path| is_rooted(path));
            known.extend(rooted);
            open = others.iter().flat_map(|path| self.one_step(path)).take(STEPS).collect();
        }
        known.extend(open.into_iter().filter(|path| is_rooted(path)));
        known
    }

    /// The same path with what one of its parts stands for in that part's place.
    fn one_step(&self, path: &[&'a str]) -> Vec<Path<'a>> {
        let step = |(index, part): (usize, &&'a str)| {
            let meanings = self.meanings.get(part).into_iter().flatten();
            meanings.map(move |meaning| [meaning, &path[index + 1..]].concat())
        };
        path.iter().enumerate().flat_map(step).filter(|path| path.len() <= PARTS).collect()
    }
}

fn is_rooted(path: &[&str]) -> bool {
    path.first().is_some_and(|first| rules::ROOTS.contains(first) || *first == ANYTHING)
}

/// The imports of the `use` item that begins at a token, and the token behind it.
pub fn imports<'a>(tokens: &[Token<'a>], begin: usize) -> (Vec<Import<'a>>, usize) {
    let mut imports = vec![];
    let (mut outer, mut path): (Vec<Path<'a>>, Path<'a>) = (vec![], vec![]);
    let mut at = begin + 1;
    let mut name: Option<(&'a str, usize)> = None;
    while let Some(token) = tokens.get(at) {
        match token.kind {
            // It is no item after all.
            Kind::Close if outer.is_empty() => break,
            Kind::Word if token.text == "use" => break,
            Kind::Word if token.text == "as" => {
                at += 1;
                name = tokens.get(at).map(|alias| (alias.name(), at));
            }
            Kind::Word if path.len() < PARTS => {
                if token.text != "self" {
                    path.push(token.name());
                }
                name = path.last().map(|last| (*last, at));
            }
            Kind::Mark if token.is("*") => name = Some(("*", at)),
            Kind::Mark if token.is("$") => {
                path.push(ANYTHING);
                at += 1;
            }
            Kind::Open => {
                outer.push(path.clone());
                name = None;
            }
            _ => {}
        }
        if token.kind == Kind::Close || token.is(",") || token.is(";") {
            let ended = name.take();
            imports.extend(ended.map(|(name, token)| Import { name, path: path.clone(), token }));
            if token.kind == Kind::Close {
                outer.pop();
            }
            path = outer.last().cloned().unwrap_or_default();
        }
        at += 1;
        if token.is(";") {
            break;
        }
    }
    (imports, at)
}

/// The path that begins at a token, and the token behind it. Arguments of types are left out.
pub fn path<'a>(tokens: &[Token<'a>], begin: usize) -> (Path<'a>, usize) {
    let mut path = vec![tokens[begin].name()];
    let mut at = begin + 1;
    if begin > 0 && tokens[begin - 1].is("$") && path[0] != "crate" {
        path = vec![ANYTHING];
    }
    while path.len() < PARTS && tokens.get(at).is_some_and(|token| token.is("::")) {
        match tokens.get(at + 1) {
            Some(next) if next.kind == Kind::Word => {
                path.push(next.name());
                at += 2;
            }
            Some(next) if next.is("<") => match behind_arguments(tokens, at + 1) {
                Some(behind) => at = behind,
                None => break,
            },
            _ => break,
        }
    }
    (path, at)
}

/// The token behind the arguments that begin at a `<`.
fn behind_arguments(tokens: &[Token<'_>], begin: usize) -> Option<usize> {
    let mut open = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(begin).take(ARGUMENTS) {
        if token.is("<") {
            open += 1;
        } else if token.is(">") {
            open -= 1;
            if open == 0 {
                return Some(index + 1);
            }
        }
    }
    None
}
