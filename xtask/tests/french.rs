//! What a student can get to read has its French: the messages of the tests, the harness and the explorer, by the tokens of
//! their sources.

use harness::Verdict;
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// What the harness and the explorer write, and the checker never shows.
const NEVER_SHOWN: &[&str] = &[
    // Read back, or said to the kernel.
    "not yet implemented",
    "assertion `left",
    "{name} {value}\n",
    "{uid} {uid} 1",
    "{gid} {gid} 1",
    // The report as `cargo test` prints it: the harness alone speaks there, in English.
    "see what was found",
    "see the report above",
    "  at {place}",
    "  expected: {expected}\n    actual: {actual}",
    "  it printed:",
    "  and {} bytes more, not kept",
    // Measuring: for `cargo bench`.
    "nothing to be measured",
    "at most {most}",
    "at least {least}",
    "times as long",
    "times as fast",
    "{what}: {ours:.2?}, {against}: {other:.2?}; {ratio:.2} {unit} ({words}){holds}",
    "(no comparison with Python: python3 is not here, or can't do it)",
    // Flaws of the harness or of the explorer, which their own tests exclude.
    "the keeper lost its namespace",
    "made at {}",
    "neither is a finding",
    "one for each step explored",
    "a mutex is locked by one at a time",
    "a writer is alone",
    "a {} is no channel",
    "a {} is no lock",
    "it can't be led this way: {:?}",
];

/// What tests let jobs panic with, and look for in what comes back.
const DATA: &[&str] = &["one", "item {item}"];

type Messages = BTreeMap<String, String>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = vec![];
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        match entry.is_dir() {
            true => files.extend(sources(&entry)),
            false if entry.extension().is_some_and(|ending| ending == "rs") => files.push(entry),
            false => {}
        }
    }
    files.sort();
    files
}

fn tokens(file: &Path) -> Vec<TokenTree> {
    let text = fs::read_to_string(file).unwrap();
    let stream: TokenStream =
        text.parse().unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    stream.into_iter().collect()
}

/// The text of a string literal, as the compiler sees it.
fn string(token: &TokenTree) -> Option<String> {
    let TokenTree::Literal(literal) = token else { return None };
    let text = literal.to_string();
    if let Some(raw) = text.strip_prefix('r') {
        return Some(raw.trim_matches('#').trim_matches('"').to_owned());
    }
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    let mut said = String::new();
    let mut rest = inner.chars();
    while let Some(c) = rest.next() {
        match (c, if c == '\\' { rest.next() } else { None }) {
            ('\\', Some('\n')) => rest = rest.as_str().trim_start().chars(),
            ('\\', Some('n')) => said.push('\n'),
            ('\\', Some('t')) => said.push('\t'),
            ('\\', Some('0')) => said.push('\0'),
            ('\\', Some(other)) => said.push(other),
            (c, _) => said.push(c),
        }
    }
    Some(said)
}

fn is_word(token: Option<&TokenTree>, words: &[&str]) -> bool {
    matches!(token, Some(TokenTree::Ident(word)) if words.iter().any(|known| word == known))
}

fn is_sign(token: Option<&TokenTree>, sign: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == sign)
}

/// The arguments between commas, each as its tokens.
fn arguments(stream: TokenStream) -> Vec<Vec<TokenTree>> {
    let all: Vec<TokenTree> = stream.into_iter().collect();
    all.split(|token| is_sign(Some(token), ',')).map(<[_]>::to_vec).collect()
}

/// The messages in a source: the words of assertions and panics, of `expect` and of `eventually`.
fn messages(all: &[TokenTree], found: &mut Vec<String>) {
    for (index, token) in all.iter().enumerate() {
        let TokenTree::Group(group) = token else { continue };
        let before = |steps: usize| index.checked_sub(steps).and_then(|index| all.get(index));
        let is_macro = is_sign(before(1), '!');
        let name = if is_macro { before(2) } else { before(1) };
        let place = match is_macro {
            true if is_word(name, &["panic", "todo", "unreachable"]) => Some(0),
            true if is_word(name, &["assert"]) => Some(1),
            true if is_word(name, &["assert_eq", "assert_ne"]) => Some(2),
            false if is_word(name, &["expect", "eventually"]) => Some(0),
            _ => None,
        };
        let arguments = arguments(group.stream());
        if let Some([only]) = place.and_then(|place| arguments.get(place)).map(Vec::as_slice) {
            found.extend(string(only));
        }
        messages(&group.stream().into_iter().collect::<Vec<_>>(), found);
    }
}

/// The sentences in a source: every string with a space between words, but in attributes, in tests and in `expect`.
fn sentences(all: &[TokenTree], found: &mut Vec<String>) {
    let mut is_test = false;
    for (index, token) in all.iter().enumerate() {
        let before = |steps: usize| index.checked_sub(steps).and_then(|index| all.get(index));
        // `#[…]`, or `#![…]`, of which comments are made.
        let is_attribute =
            is_sign(before(1), '#') || is_sign(before(1), '!') && is_sign(before(2), '#');
        match token {
            TokenTree::Group(group) if is_attribute || is_word(before(1), &["expect"]) => {
                is_test |= group.stream().to_string() == "cfg (test)";
            }
            TokenTree::Group(group) if is_test && group.delimiter() == Delimiter::Brace => {
                is_test = false
            }
            TokenTree::Group(group) => {
                sentences(&group.stream().into_iter().collect::<Vec<_>>(), found)
            }
            token => found.extend(string(token).filter(|text| is_sentence(text))),
        }
    }
}

/// Two words of letters at least, or words and a place: no path, no name, no field of a file.
fn is_sentence(text: &str) -> bool {
    let is_word = |word: &&str| word.chars().filter(|c| c.is_alphabetic()).count() > 1;
    text.split(' ').filter(is_word).count() > 1
}

/// Is something said beside what is put in?
fn has_words(format: &str) -> bool {
    let outside = format.split('}').map(|part| part.split('{').next().unwrap_or_default());
    outside.collect::<String>().contains(char::is_alphabetic)
}

fn table(file: &Path) -> toml::Table {
    fs::read_to_string(file)
        .unwrap()
        .parse()
        .unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn texts(table: &toml::Table) -> Messages {
    let text = |value: &toml::Value| value.as_str().unwrap().to_owned();
    table.iter().map(|(english, french)| (english.clone(), text(french))).collect()
}

fn common() -> Messages {
    texts(&table(&root().join("xtask/src/translation/messages.fr.toml")))
}

#[test]
fn every_message_of_the_tests_and_stubs_has_its_french() {
    let mut missing = vec![];
    for section in
        fs::read_dir(root().join("exercises")).unwrap().map(|entry| entry.unwrap().path())
    {
        let file = section.join("section.fr.toml");
        if !section.is_dir() {
            continue;
        }
        let known = texts(table(&file)["messages"].as_table().unwrap());
        for source in [sources(&section.join("tests")), sources(&section.join("src"))].concat() {
            let mut found = vec![];
            messages(&tokens(&source), &mut found);
            found.retain(|message| {
                has_words(message)
                    && !known.contains_key(message)
                    && !DATA.contains(&message.as_str())
            });
            missing.extend(
                found.into_iter().map(|message| format!("{}: {message:?}", source.display())),
            );
        }
    }
    assert!(missing.is_empty(), "without French:\n{}", missing.join("\n"));
}

#[test]
fn every_sentence_of_the_harness_and_the_explorer_has_its_french() {
    // The names of the verdicts are a match of their own, `show::verdict`.
    let titles = Verdict::ALL.map(|verdict| (verdict.title().to_owned(), String::new()));
    let known: Messages = common().into_iter().chain(titles).collect();
    let mut missing = BTreeSet::new();
    let mut said = BTreeSet::new();
    for folder in ["xtask/harness/src", "xtask/interleave/src"] {
        for source in sources(&root().join(folder)) {
            let mut found = vec![];
            sentences(&tokens(&source), &mut found);
            said.extend(found.iter().cloned());
            found.retain(|text| !known.contains_key(text) && !NEVER_SHOWN.contains(&text.as_str()));
            missing.extend(found.into_iter().map(|text| format!("{}: {text:?}", source.display())));
        }
    }
    assert!(missing.is_empty(), "without French:\n{}", Vec::from_iter(missing).join("\n"));
    let gone: Vec<_> = NEVER_SHOWN.iter().filter(|text| !said.contains(**text)).collect();
    assert!(gone.is_empty(), "nobody says this any more: {gone:?}");
}
