//! The search in attributes, and in what is only compiled on a condition.

use super::rules;
use super::search::{PUT_TOGETHER, Search};
use crate::tokens::{Kind, Token};

impl Search<'_, '_> {
    /// An attribute. The token behind it if it needs no further look, or behind the module that only unit tests have.
    pub(super) fn attribute(&mut self, at: usize) -> usize {
        let source = self.source;
        let bracket = if source.is(at + 1, "!") { at + 2 } else { at + 1 };
        if !source.is(bracket, "[") {
            return at + 1;
        }
        let end = source.closes[bracket];
        self.attribute = Some((at, end));
        let inside = source.inside(bracket);
        if source.is(bracket + 1, "$") {
            self.found(at, "put together", PUT_TOGETHER);
        }
        let words: Vec<&str> = inside.iter().map(|token| token.text).collect();
        if words.first() == Some(&"doc") && inside.get(2).is_some_and(|doc| doc.kind == Kind::Text)
        {
            return end + 1;
        }
        if words == ["cfg", "(", "test", ")"] {
            return self.unit_tests(end + 1);
        }
        self.metas(bracket, end);
        bracket + 1
    }

    /// Unit tests are not compiled when the section's tests are: the token behind their module.
    pub(super) fn unit_tests(&mut self, behind: usize) -> usize {
        let source = self.source;
        let mut at = behind;
        while source.is(at, "#") && source.is(at + 1, "[") {
            at = source.closes[at + 1] + 1;
        }
        if source.is(at, "pub") {
            at = if source.is(at + 1, "(") { source.closes[at + 1] + 1 } else { at + 1 };
        }
        if source.is(at, "mod") && source.is(at + 2, "{") {
            return source.closes[at + 2] + 1;
        }
        if !source.is(at, "mod") && !source.is(at, "use") {
            self.found(behind - 1, "condition", "it is not the same in every build");
        }
        behind
    }

    /// The names in an attribute, also within `unsafe(…)` and `cfg_attr(…)`.
    pub(super) fn metas(&mut self, bracket: usize, end: usize) {
        let source = self.source;
        let mut at = bracket + 1;
        let mut begins = true;
        while at < end {
            let token = source.tokens[at];
            let opens = source.is(at + 1, "(");
            if begins && token.kind == Kind::Word {
                let name = token.name();
                for (attributes, why) in rules::ATTRIBUTES {
                    if attributes.contains(&name) {
                        self.found(at, &format!("attribute:{name}"), why);
                    }
                }
                match token.text {
                    "path" if source.is(at + 1, "=") => self.path_attribute(at),
                    "unsafe" if opens => {
                        at += 2;
                        continue;
                    }
                    "cfg" if opens => self.condition(at, source.inside(at + 1), false),
                    "cfg_attr" if opens => {
                        let inside = source.inside(at + 1);
                        let comma = inside.iter().position(|token| token.is(","));
                        self.condition(at, &inside[..comma.unwrap_or(inside.len())], true);
                        at += 2;
                        begins = false;
                        continue;
                    }
                    _ => {}
                }
            }
            begins = token.is(",");
            at = if token.kind == Kind::Open { source.closes[at] + 1 } else { at + 1 };
        }
    }

    /// What is only compiled on a condition.
    pub(super) fn condition(&mut self, at: usize, condition: &[Token<'_>], only_attributes: bool) {
        let named = condition.iter().filter(|token| token.kind == Kind::Word);
        let mut odd = named.filter(|token| rules::CONDITIONS.contains(&token.name()));
        let harmless = only_attributes && condition.iter().all(|token| token.is("test"));
        if odd.next().is_some() && !harmless {
            self.found(
                at,
                "condition",
                "it is not the same in every build: under test it can differ",
            );
        }
    }
}
