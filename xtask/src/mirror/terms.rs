//! The glossary: where the English page speaks of a deadlock, the French one says *interblocage*, and nothing else.

use super::read;
use crate::course;
use crate::fault::Fault;
use crate::lesson;

/// The table of `exercises/GLOSSARY.md`.
pub struct Terms(Vec<Term>);

/// One row: each of the words on one side stands for the same.
struct Term {
    english: Vec<String>,
    french: Vec<String>,
}

impl Terms {
    /// Reads the glossary.
    ///
    /// # Errors
    /// It can't be read.
    pub fn load() -> Result<Self, Fault> {
        let file = course::root().join("exercises").join("GLOSSARY.md");
        Ok(Self::of(&read(&file)?))
    }

    fn of(glossary: &str) -> Self {
        let rows = glossary.lines().filter(|line| line.starts_with("| ") && line.ends_with(" |"));
        // The head of the table comes first; the line below it has no words.
        let terms = rows.skip(1).filter_map(|row| {
            let mut cells = row.trim_matches('|').split('|');
            Some(Term { english: words(cells.next()?), french: words(cells.next()?) })
        });
        Self(terms.collect())
    }

    /// The terms that the English page has and the French one lacks.
    pub fn missing(&self, english: &str, french: &str) -> Vec<String> {
        let (english, french) = (spoken(english), spoken(french));
        let lacks = |term: &&Term| {
            let said = term.english.iter().find(|word| self.says(&english, word));
            // A word that stands for two things has two rows.
            said.is_some_and(|said| {
                let mut same = self.0.iter().filter(|other| other.english.contains(said));
                let is_used = |word: &String| has_beginning(&french, word);
                same.all(|row| row.is_of_the_field() && !row.french.iter().any(is_used))
            })
        };
        let what = |term: &Term| {
            format!("the English says {:?}: {:?} is missing", term.english[0], term.french[0])
        };
        self.0.iter().filter(lacks).map(what).collect()
    }

    /// Is the word there, and not only within a longer term?
    fn says(&self, text: &str, word: &str) -> bool {
        let all = self.0.iter().flat_map(|term| &term.english);
        let longer = all.filter(|other| other.len() > word.len() && has_word(other, word));
        has_word(&longer.fold(text.to_owned(), |text, longer| text.replace(longer, "")), word)
    }
}

impl Term {
    /// An everyday word has its meaning from where it stands, and a verb its forms: of these a program can't tell.
    fn is_of_the_field(&self) -> bool {
        const EVERYDAY: [&str; 12] = [
            "end", "event", "hit", "item", "point", "chunk", "drop", "slot", "throw", "stage",
            "check", "mistake",
        ];
        let is_verb = |word: &String| {
            let first = word.split(' ').next().unwrap_or_default();
            // *Ouvrier* and *sémaphore* are none.
            ["ler", "rer", "ter", "uer", "ir", "ndre", "uire"]
                .iter()
                .any(|end| first.ends_with(end))
        };
        !self.english.iter().any(|word| EVERYDAY.contains(&&**word))
            && !self.french.first().is_some_and(is_verb)
    }
}

/// The words of a cell, without what is said of them in brackets.
fn words(cell: &str) -> Vec<String> {
    let mut bare = String::new();
    let mut depth = 0;
    for c in cell.chars() {
        depth += i32::from(c == '(');
        if depth == 0 {
            bare.push(c);
        }
        depth -= i32::from(c == ')');
    }
    let words = bare.split([',', ';']).map(|word| word.trim().to_lowercase());
    words.filter(|word| !word.is_empty()).collect()
}

/// What a page says outside of code, as one line in lower case: a term may go on in the next line.
fn spoken(page: &str) -> String {
    let prose = lesson::prose(page).map(|(_, line)| line).collect::<Vec<_>>().join(" ");
    // Code between backticks is every second part.
    let spoken = prose.split('`').step_by(2).collect::<Vec<_>>().join("`");
    spoken.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// Is the word there, in the singular or the plural?
fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = &text[at + word.len()..];
        let after = after.strip_prefix('s').unwrap_or(after).chars().next();
        ![before, after].into_iter().flatten().any(|c| c.is_alphanumeric() || "_-`".contains(c))
    })
}

/// Does a word begin so? French words have endings: *interblocages*, *signaux*.
fn has_beginning(text: &str, word: &str) -> bool {
    let stem =
        |word| -> &str { if str::ends_with(word, "al") { &word[..word.len() - 1] } else { word } };
    let stems: Vec<&str> = word.split(' ').map(stem).collect();
    text.match_indices(stems[0]).any(|(at, _)| {
        let mut words = text[at..].split([' ', '\u{a0}', '*']);
        stems.iter().all(|stem| words.by_ref().next().is_some_and(|word| word.starts_with(stem)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GLOSSARY: &str = "# Glossary\n\n| English | French | also met | meaning |\n|---|---|---|---|\n\
                            | deadlock | interblocage | x | y |\n| message queue | file de messages | x | y |\n\
                            | lock, mutex | verrou (mutex) | x | y |\n| notify | signaler, réveiller | x | y |\n\
                            | signal | signal | x | y |\n| signal handler | gestionnaire | x | y |\n| fork (call) | dupliquer (avec `fork`) | x | y |\n\
                            | fork (cutlery) | fourchette | x | y |\n";

    #[test]
    fn a_term_of_the_english_page_is_wanted_in_the_french_one() {
        let missing = |english, french| Terms::of(GLOSSARY).missing(english, french).len();
        assert_eq!(missing("Two deadlocks.", "Deux interblocages."), 0);
        assert_eq!(missing("A Deadlock", "Une étreinte fatale"), 1);
        assert_eq!(missing("a message\nqueue", "des files de\nmessages"), 0);
        assert_eq!(missing("`mutex` unlocked", "rien"), 0, "neither code nor a part of a word");
        assert_eq!(missing("notify", "rien"), 0, "a verb");
        assert_eq!(missing("signals", "des signaux"), 0);
        assert_eq!(missing("a signal handler", "un gestionnaire"), 0, "a part of another term");
        assert_eq!(missing("Two forks.", "rien"), 0, "it may be the verb");
    }
}
