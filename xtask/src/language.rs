//! In which language the checker speaks: English, or French.
//!
//! Its own sentences stand side by side in the code, by [`words!`](crate::words): one that is missing does not compile.

use clap::ValueEnum;
use std::ffi::OsString;
use std::sync::OnceLock;

/// A language of the course.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Language {
    #[value(name = "en")]
    English,
    #[value(name = "fr")]
    French,
}

static CHOSEN: OnceLock<Language> = OnceLock::new();

/// Decides for the whole process, see [`wanted`]. The first call counts.
pub fn choose(typed: Option<Language>) {
    CHOSEN.get_or_init(|| wanted(typed));
}

/// The language to choose: what was typed, then `COURSE_LANG`, then the locale.
pub fn wanted(typed: Option<Language>) -> Language {
    typed.unwrap_or_else(|| of_environment(|name| std::env::var(name).ok()))
}

/// What `--lang` says among these arguments: it is needed before they are understood, as what is said of them speaks it.
/// What is no language is told of later.
pub fn typed(arguments: impl Iterator<Item = OsString>) -> Option<Language> {
    let own = arguments.take_while(|argument| argument != "--");
    let words: Vec<String> = own.map(|word| word.to_string_lossy().into_owned()).collect();
    let mut pairs = words.iter().zip(words.iter().skip(1));
    let value = words.iter().find_map(|word| word.strip_prefix("--lang="));
    let value =
        value.or_else(|| pairs.find(|(word, _)| *word == "--lang").map(|(_, value)| &**value));
    value.and_then(|value| Language::from_str(value, false).ok())
}

/// The language that was chosen; English as long as nobody has.
pub fn chosen() -> Language {
    CHOSEN.get().copied().unwrap_or(Language::English)
}

/// `COURSE_LANG`, or else the first variable of the locale that is set, in the order of POSIX. What is no language of
/// the course is English.
fn of_environment(variable: impl Fn(&str) -> Option<String>) -> Language {
    let names = ["COURSE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"];
    let set = names.iter().filter_map(|name| variable(name)).find(|value| !value.is_empty());
    match set.as_deref().map(|locale| locale.split(['_', '.', '@']).next().unwrap_or_default()) {
        Some(language) if language.eq_ignore_ascii_case("fr") => Language::French,
        _ => Language::English,
    }
}

/// A sentence in the chosen language, as a `String`: `words!("{n} threads wait", "{n} threads attendent")`.
#[macro_export]
macro_rules! words {
    ($english:literal, $french:literal $(,)?) => {
        match $crate::language::chosen() {
            $crate::language::Language::English => format!($english),
            $crate::language::Language::French => format!($french),
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(set: &[(&str, &str)]) -> Language {
        of_environment(|name| {
            set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn what_was_typed_is_known_before_the_rest_is() {
        let typed = |line: &str| typed(line.split(' ').map(OsString::from));
        assert_eq!(typed("xtask check --lang fr"), Some(Language::French));
        assert_eq!(typed("xtask --lang=en check"), Some(Language::English));
        assert_eq!(typed("xtask run pipes -- --lang fr"), None);
        assert_eq!(typed("xtask check --lang"), None);
        assert_eq!(typed("xtask check --lang de"), None);
    }

    #[test]
    fn the_first_variable_that_is_set_decides() {
        assert_eq!(with(&[]), Language::English);
        assert_eq!(with(&[("LANG", "fr_FR.UTF-8")]), Language::French);
        assert_eq!(with(&[("LANG", "fr_FR.UTF-8"), ("LC_ALL", "C")]), Language::English);
        assert_eq!(with(&[("LANG", "fr"), ("LC_ALL", "")]), Language::French);
        assert_eq!(with(&[("LC_ALL", "en_GB"), ("COURSE_LANG", "fr")]), Language::French);
        assert_eq!(with(&[("LANG", "from")]), Language::English);
    }
}
