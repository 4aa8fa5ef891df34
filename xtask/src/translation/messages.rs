//! From an English message to a French one. A message is finished when it comes here; its format in the source says
//! which one it is.

use super::pattern::Pattern;
use std::collections::BTreeMap;

/// What the harness, the explorer and Rust itself say, in the form of a section's messages.
pub const COMMON: &str = include_str!("messages.fr.toml");

/// A longer message stays English: what an answer makes of it must not take the checker's time.
const LONGEST: usize = 4 << 10;
/// So deep are messages looked for in messages.
const DEPTH: u32 = 3;
/// So many colons of a message may be the one before the reason.
const COLONS: usize = 6;

/// Messages, in both languages.
pub struct Messages(Vec<(Pattern, Pattern)>);

impl Messages {
    /// Those of a section, and the common ones.
    pub fn new(of_section: BTreeMap<String, String>) -> Self {
        let common: BTreeMap<String, String> = toml::from_str(COMMON).expect("a table, as tested");
        let all = of_section.into_iter().chain(common);
        let mut all: Vec<_> =
            all.map(|(english, french)| (Pattern::new(&english), Pattern::new(&french))).collect();
        // The most special first.
        all.sort_by_key(|(english, _)| std::cmp::Reverse(english.weight()));
        Self(all)
    }

    /// The message in French; `None` when nobody has said how.
    pub fn french(&self, english: &str) -> Option<String> {
        (english.len() <= LONGEST).then(|| self.translated(english, DEPTH)).flatten()
    }

    fn translated(&self, text: &str, depth: u32) -> Option<String> {
        if depth == 0 || !text.contains(char::is_alphabetic) {
            return None;
        }
        let whole = self.0.iter().find_map(|(english, french)| {
            let found = english.matches(text)?;
            let parts: Vec<_> = found.iter().map(|part| self.translated(part, depth - 1)).collect();
            // Signs alone say nothing of what it is.
            let is_known = english.has_words() || parts.iter().any(Option::is_some);
            let texts: Vec<String> = parts
                .into_iter()
                .zip(found)
                .map(|(part, found)| part.unwrap_or_else(|| found.to_owned()))
                .collect();
            is_known.then(|| french.filled(english, &texts))
        });
        whole.or_else(|| self.with_reason(text, depth))
    }

    /// What `expect` says, and then why: only the first is the course's.
    fn with_reason(&self, text: &str, depth: u32) -> Option<String> {
        text.match_indices(": ").take(COLONS).find_map(|(at, colon)| {
            let exact = |(english, _): &&(Pattern, Pattern)| {
                english.has_words() && english.matches(&text[..at]).is_some()
            };
            self.0.iter().find(exact)?;
            let said = self.translated(&text[..at], depth - 1)?;
            let reason = &text[at + colon.len()..];
            let reason = self.translated(reason, depth - 1).unwrap_or_else(|| reason.to_owned());
            Some(format!("{said}\u{a0}: {reason}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(pairs: &[(&str, &str)]) -> Messages {
        let pairs = pairs.iter().map(|(english, french)| ((*english).into(), (*french).into()));
        Messages::new(pairs.collect())
    }

    #[test]
    fn the_most_special_format_is_taken() {
        let messages = messages(&[
            ("{a} of {b}", "{a} sur {b}"),
            ("{a} of 3 hits", "{a} coups sur 3"),
            ("7 of 3 hits", "sept sur trois"),
        ]);
        assert_eq!(messages.french("1 of 2").as_deref(), Some("1 sur 2"));
        assert_eq!(messages.french("1 of 3 hits").as_deref(), Some("1 coups sur 3"));
        assert_eq!(messages.french("7 of 3 hits").as_deref(), Some("sept sur trois"));
        assert_eq!(messages.french("nobody has said this"), None);
    }

    #[test]
    fn messages_within_messages_are_told_in_french_too() {
        let messages = messages(&[("a change begins", "un changement commence")]);
        let french = |english| messages.french(english).unwrap();
        assert_eq!(
            french("never came true: a change begins"),
            "n'est jamais arrivé\u{a0}: un changement commence"
        );
        // What `expect` says stands before the error itself.
        assert_eq!(french("a change begins: EPERM"), "un changement commence\u{a0}: EPERM");
        assert_eq!(
            french("the test's process 7, thread 9 (test): waits in wait(), for a child to end"),
            "le processus 7, celui du test, thread 9 (test)\u{a0}: attend la fin d'un enfant, dans wait()"
        );
    }

    #[test]
    fn signs_alone_are_no_message() {
        let messages = messages(&[("{a}: {b}", "{a}\u{a0}: {b}"), ("one", "un")]);
        assert_eq!(messages.french("x: y"), None);
        assert_eq!(messages.french("x: one").as_deref(), Some("x\u{a0}: un"));
    }

    #[test]
    fn a_hostile_message_is_done_with_soon() {
        let messages = messages(&[
            ("{a}{b}{c}{d}", "{d}"),
            ("{a} {b} {c} {d} {e} {f}!", "{f}"),
            ("a{a}a{b}a{c}a{d}a{e}b", "{e}"),
            ("{a}: {b}", "{a}: {b}"),
        ]);
        for part in ["a", " ", "{", "}", "{{", "a: ", "{a}: ", ": : ", "é"] {
            let text = part.repeat(LONGEST / part.len());
            let _ = messages.french(&text);
            assert_eq!(messages.french(&(text + "and more of it")), None, "too long");
        }
    }

    #[test]
    fn every_common_message_is_whole_in_french() {
        let common: BTreeMap<String, String> = toml::from_str(COMMON).unwrap();
        for (english, french) in common {
            let sorted = |format: &str| {
                let mut places = Pattern::new(format).places().to_vec();
                places.sort();
                places
            };
            assert_eq!(sorted(&english), sorted(&french), "{english}");
        }
    }
}
