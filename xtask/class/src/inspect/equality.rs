//! The search for values that are equal to everything.

use super::search::Search;
use super::source::HEAD;
use crate::tokens::Kind;

impl Search<'_, '_> {
    /// `impl PartialEq` by hand.
    pub(super) fn implementation(&mut self, at: usize) {
        let source = self.source;
        let head = at..(at + HEAD).min(source.tokens.len());
        let Some(word) = head.clone().find(|&index| source.is(index, "for")) else { return };
        let is_equality = |index: usize| {
            let name = source.tokens[index].name();
            let meanings = || self.names.meanings(&[name]);
            name == "PartialEq" || meanings().iter().any(|path| path.last() == Some(&"PartialEq"))
        };
        if !(at..word).any(|index| source.kind(index) == Some(Kind::Word) && is_equality(index)) {
            return;
        }
        let Some(body) = (word..head.end).find(|&index| source.is(index, "{")) else { return };
        for index in body..source.closes[body] {
            let is_method = source.is(index + 1, "eq") || source.is(index + 1, "ne");
            if source.is(index, "fn") && is_method && self.compares_nothing(index + 2) {
                self.found(at, "equality", "it says equal without looking at what it compares");
                return;
            }
        }
    }

    /// Does the function with these parameters not look at both of them?
    pub(super) fn compares_nothing(&self, parameters: usize) -> bool {
        let source = self.source;
        if !source.is(parameters, "(") {
            return false;
        }
        let inside = source.inside(parameters);
        let name = inside.windows(2).rev().find(|pair| pair[1].is(":")).map(|pair| pair[0].name());
        let end = source.closes[parameters];
        let behind = (end..source.tokens.len()).take(HEAD);
        let Some(body) = behind.into_iter().find(|&index| source.is(index, "{")) else {
            return false;
        };
        let body = source.inside(body);
        let has = |name: &str| body.iter().any(|token| token.name() == name);
        let short_cut = body.windows(3).any(|three| {
            let [one, two, three] = [three[0], three[1], three[2]].map(|token| token.text);
            (one, two, three) == ("true", "|", "|") || (one, two, three) == ("|", "|", "true")
        });
        !has("self") || !name.is_some_and(has) || short_cut
    }
}
