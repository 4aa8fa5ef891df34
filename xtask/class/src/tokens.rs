//! The tokens of a Rust text: what is left when comments and white space are gone.
//!
//! They are cut as rustc cuts them, so that what stands in a string or in a comment can't be taken for code, nor code for
//! either of the two; a test holds that against proc-macro2. But nothing is ever refused: a text that is no Rust has
//! tokens, too. And nothing here calls itself, so that no nesting is too deep.

/// What a token is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// A keyword or a name.
    Word,
    /// `'a`.
    Lifetime,
    /// A string of any kind.
    Text,
    /// A character or a byte.
    Character,
    /// A number.
    Number,
    /// `(`, `[` or `{`.
    Open,
    /// `)`, `]` or `}`.
    Close,
    /// Any other character, or one of [`PAIRS`].
    Mark,
}

/// Marks that mean something else than the two that they are made of, where it matters.
const PAIRS: [&str; 4] = ["::", "->", "=>", ".."];

/// A token.
#[derive(Clone, Copy, Debug)]
pub struct Token<'a> {
    /// What it is.
    pub kind: Kind,
    /// As it is written.
    pub text: &'a str,
    /// The byte at which it begins.
    pub start: usize,
    /// Its first line, from 1.
    pub line: u32,
}

impl<'a> Token<'a> {
    /// The name that a word means: `r#exit` is `exit`.
    pub fn name(&self) -> &'a str {
        self.text.strip_prefix("r#").unwrap_or(self.text)
    }

    /// Is it this word, this mark or this bracket? A name that is written `r#use` is not the word `use`.
    pub fn is(&self, text: &str) -> bool {
        !matches!(self.kind, Kind::Text | Kind::Character) && self.text == text
    }

    /// What a string or a character says, its escapes resolved.
    pub fn value(&self) -> String {
        let body = self.text.trim_start_matches(['b', 'c', 'r']);
        let is_raw = self.text[..self.text.len() - body.len()].contains('r');
        let fence = body.trim_start_matches('#');
        let fence = &body[..body.len() - fence.len()];
        let body = body.strip_prefix(fence).unwrap_or(body);
        let body = body.strip_suffix(fence).unwrap_or(body);
        let body = body.strip_prefix(['"', '\'']).unwrap_or(body);
        let body = body.strip_suffix(['"', '\'']).unwrap_or(body);
        if is_raw { body.into() } else { unescaped(body) }
    }
}

/// The text with its escapes resolved; one that means nothing is left out.
fn unescaped(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((plain, escape)) = rest.split_once('\\') {
        result.push_str(plain);
        let mut after = escape.chars();
        let number = |digits: &str| {
            let digits = digits.replace('_', "");
            u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32)
        };
        let meant = match after.next() {
            Some('n') => Some('\n'),
            Some('r') => Some('\r'),
            Some('t') => Some('\t'),
            Some('0') => Some('\0'),
            Some('x') => {
                let digits = after.as_str().get(..2).unwrap_or_default();
                after = after.as_str()[digits.len()..].chars();
                number(digits)
            }
            Some('u') => {
                let (digits, behind) = after.as_str().split_once('}').unwrap_or_default();
                after = behind.chars();
                number(digits.trim_start_matches('{'))
            }
            Some('\n' | '\r') => {
                after = after.as_str().trim_start().chars();
                None
            }
            other => other,
        };
        result.extend(meant);
        rest = after.as_str();
    }
    result + rest
}

/// The tokens of a text.
pub fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut lexer = Lexer { text, at: 0, line: 1 };
    lexer.skip_shebang();
    std::iter::from_fn(|| lexer.token()).collect()
}

/// How deep the brackets are nested.
pub fn depth(tokens: &[Token<'_>]) -> usize {
    let (mut deepest, mut depth) = (0, 0_usize);
    for token in tokens {
        match token.kind {
            Kind::Open => depth += 1,
            Kind::Close => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// Is it a keyword in every place?
pub fn is_keyword(word: &str) -> bool {
    const KEYWORDS: &[&str] = &[
        "as", "async", "await", "break", "const", "continue", "crate", "dyn", "else", "enum",
        "extern", "false", "fn", "for", "if", "impl", "in", "let", "loop", "match", "mod", "move",
        "mut", "pub", "ref", "return", "self", "Self", "static", "struct", "super", "trait",
        "true", "type", "unsafe", "use", "where", "while", "yield",
    ];
    KEYWORDS.contains(&word)
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    line: u32,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn advance(&mut self, bytes: usize) {
        let passed = &self.text.as_bytes()[self.at..self.at + bytes];
        self.line += passed.iter().filter(|&&byte| byte == b'\n').count() as u32;
        self.at += bytes;
    }

    /// A first line for the system: it begins with `#!`, but not as an attribute does.
    fn skip_shebang(&mut self) {
        if self.rest().starts_with('\u{feff}') {
            self.advance('\u{feff}'.len_utf8());
        }
        if let Some(behind) = self.rest().strip_prefix("#!") {
            let next = Lexer { text: behind, at: 0, line: 1 }.token();
            if !next.is_some_and(|token| token.is("[")) {
                self.advance(line_length(self.rest()));
            }
        }
    }

    fn token(&mut self) -> Option<Token<'a>> {
        self.skip_blanks();
        let rest = self.rest();
        let first = rest.chars().next()?;
        let (kind, length) = match first {
            '"' => (Kind::Text, string_length(rest, 0)),
            '\'' => after_quote(rest),
            '0'..='9' => (Kind::Number, number_length(rest)),
            '(' | '[' | '{' => (Kind::Open, 1),
            ')' | ']' | '}' => (Kind::Close, 1),
            first if is_word_start(first) => after_word(rest),
            _ if PAIRS.iter().any(|pair| rest.starts_with(pair)) => (Kind::Mark, 2),
            _ => (Kind::Mark, first.len_utf8()),
        };
        let token = Token { kind, text: &rest[..length], start: self.at, line: self.line };
        self.advance(length);
        Some(token)
    }

    /// Skips white space and comments.
    fn skip_blanks(&mut self) {
        loop {
            let rest = self.rest();
            let length = match rest.chars().next() {
                Some(first) if is_blank(first) => first.len_utf8(),
                Some('/') if rest.starts_with("//") => line_length(rest),
                Some('/') if rest.starts_with("/*") => comment_length(rest),
                _ => return,
            };
            self.advance(length);
        }
    }
}

/// What Rust takes for white space: `Pattern_White_Space` of Unicode.
fn is_blank(c: char) -> bool {
    matches!(c, '\t'..='\r' | ' ' | '\u{85}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}')
}

/// May a word begin so? Whatever is not ASCII may: rustc knows better which of it may, and refuses the rest.
fn is_word_start(c: char) -> bool {
    c == '_' || c.is_ascii_alphabetic() || (!c.is_ascii() && !is_blank(c))
}

fn is_in_word(c: char) -> bool {
    is_word_start(c) || c.is_ascii_digit()
}

fn word_length(text: &str) -> usize {
    text.find(|c| !is_in_word(c)).unwrap_or(text.len())
}

fn line_length(text: &str) -> usize {
    text.find('\n').unwrap_or(text.len())
}

/// Comments of this kind may stand in each other.
fn comment_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut at, mut open) = (0, 0_usize);
    while at < bytes.len() {
        match bytes[at..] {
            [b'/', b'*', ..] => open += 1,
            [b'*', b'/', ..] if open == 1 => return at + 2,
            [b'*', b'/', ..] => open -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
    }
    bytes.len()
}

/// A word, or a literal that begins with letters.
fn after_word(text: &str) -> (Kind, usize) {
    let length = word_length(text);
    let (word, behind) = text.split_at(length);
    let hashes = behind.len() - behind.trim_start_matches('#').len();
    match (word, behind[hashes..].chars().next()) {
        ("b" | "c", Some('"')) if hashes == 0 => (Kind::Text, string_length(text, length)),
        ("r" | "br" | "cr", Some('"')) => (Kind::Text, raw_length(text, length, hashes)),
        ("b", Some('\'')) if hashes == 0 => (Kind::Character, character_length(text, length)),
        ("r", Some(next)) if hashes == 1 && is_word_start(next) => {
            (Kind::Word, length + 1 + word_length(&behind[1..]))
        }
        _ => (Kind::Word, length),
    }
}

/// The length up to the quote that ends a string; the one that begins it stands at `open`.
fn string_length(text: &str, open: usize) -> usize {
    quoted_length(text, open, b'"')
}

fn character_length(text: &str, open: usize) -> usize {
    quoted_length(text, open, b'\'')
}

fn quoted_length(text: &str, open: usize, quote: u8) -> usize {
    let bytes = text.as_bytes();
    let mut at = open + 1;
    while at < bytes.len() {
        match bytes[at] {
            // What is escaped may have more bytes than one: none of them is a quote.
            b'\\' => at += 2,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn raw_length(text: &str, prefix: usize, hashes: usize) -> usize {
    let begin = prefix + hashes + 1;
    let fence = format!("\"{}", "#".repeat(hashes));
    text[begin..].find(&fence).map_or(text.len(), |length| begin + length + fence.len())
}

/// A quote begins a lifetime or a character.
fn after_quote(text: &str) -> (Kind, usize) {
    let mut behind = text.chars().skip(1);
    match (behind.next(), behind.next()) {
        (Some(first), second) if is_in_word(first) && second != Some('\'') => {
            let length = 1 + word_length(&text[1..]);
            let is_raw = &text[1..length] == "r" && text[length..].starts_with('#');
            let more = if is_raw { 1 + word_length(&text[length + 1..]) } else { 0 };
            (Kind::Lifetime, length + more)
        }
        _ => (Kind::Character, character_length(text, 0)),
    }
}

fn number_length(text: &str) -> usize {
    let mut length = word_length(text);
    let mut behind = text[length..].chars();
    let is_fraction = text[..length].chars().all(|c| c == '_' || c.is_ascii_digit())
        && behind.next() == Some('.')
        && !behind.next().is_some_and(|next| next == '.' || is_word_start(next));
    if is_fraction {
        length += 1;
        length += word_length(&text[length..]);
    }
    let has_exponent = text[..length].ends_with(['e', 'E']) && !text.starts_with("0x");
    if has_exponent && text[length..].starts_with(['+', '-']) {
        length += 1;
        length += word_length(&text[length..]);
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;
    use proc_macro2::{TokenStream, TokenTree};
    use xtask::course;

    fn shown(text: &str) -> Vec<&str> {
        tokens(text).iter().map(|token| token.text).collect()
    }

    #[test]
    fn neither_a_string_nor_a_comment_is_code() {
        for (text, wanted) in [
            ("a // b\nc", vec!["a", "c"]),
            ("a /* b /* c */ d */ e", vec!["a", "e"]),
            ("a /// b \" c\nd", vec!["a", "d"]),
            (r#" "a // \" b" c "#, vec![r#""a // \" b""#, "c"]),
            (r###" r#"a " b"# c "###, vec![r###"r#"a " b"#"###, "c"]),
            (r#" br"\" c"x" b"y" cr"z" "#, vec![r#"br"\""#, r#"c"x""#, r#"b"y""#, r#"cr"z""#]),
            (
                r"'a' 'b 'c' '\'' b'\\' '\u{41}' '\u{e9}'",
                vec!["'a'", "'b", "'c'", r"'\''", r"b'\\'", r"'\u{41}'", r"'\u{e9}'"],
            ),
            ("r#use r#\"s\"# 'r#a x", vec!["r#use", "r#\"s\"#", "'r#a", "x"]),
            ("'\"' \"'\" x", vec!["'\"'", "\"'\"", "x"]),
            (
                "1..2 1.5e-3 0xe+1 1.foo 7. 8",
                vec!["1", "..", "2", "1.5e-3", "0xe", "+", "1", "1", ".", "foo", "7.", "8"],
            ),
            ("a::b->c=>d", vec!["a", "::", "b", "->", "c", "=>", "d"]),
        ] {
            assert_eq!(shown(text), wanted, "{text}");
        }
    }

    #[test]
    fn a_first_line_for_the_system_is_none_of_rusts() {
        assert_eq!(shown("#!/usr/bin/x \"\na"), ["a"]);
        assert_eq!(shown("\u{feff}#!/usr/bin/x \"\na"), ["a"]);
        assert_eq!(shown("#! /* b */ [a]"), ["#", "!", "[", "a", "]"]);
    }

    #[test]
    fn what_is_not_closed_goes_to_the_end() {
        for text in ["a \"b", "a r#\"b\"", "a '\\", "a b'", "a \"\\"] {
            assert_eq!(shown(text).len(), 2, "{text}");
        }
        assert_eq!(shown("a /* /* */ b"), ["a"]);
    }

    #[test]
    fn strings_say_what_rustc_reads() {
        for (text, wanted) in [
            (r#""a\x2fb\u{2f}\n\"""#, "a/b/\n\""),
            ("\"a\\\n   b\"", "ab"),
            (r##"r#"a\n"#"##, r"a\n"),
            (r#"b"\x41""#, "A"),
            (r#"c"b""#, "b"),
            (r"'\''", "'"),
            (r#""\u{2_f}\u{ffffffff}é""#, "/é"),
        ] {
            assert_eq!(tokens(text)[0].value(), wanted, "{text}");
        }
    }

    #[test]
    fn lines_are_counted_through_strings_and_comments() {
        let text = "a\n\"\n\n\" b /*\n*/ c\r\nd";
        let lines: Vec<u32> = tokens(text).iter().map(|token| token.line).collect();
        assert_eq!(lines, [1, 2, 4, 5, 6]);
    }

    #[test]
    fn a_hundred_thousand_brackets_are_only_deep() {
        let text = "(".repeat(100_000) + &")".repeat(100_000) + ")]}";
        assert_eq!(depth(&tokens(&text)), 100_000);
    }

    /// The words and the literals, with their lines, and the brackets; without doc comments.
    fn as_proc_macro2_has_it(stream: TokenStream, all: &mut Vec<(String, usize)>) {
        let mut trees = stream.into_iter().peekable();
        while let Some(tree) = trees.next() {
            match tree {
                TokenTree::Group(group) => as_proc_macro2_has_it(group.stream(), all),
                TokenTree::Ident(word) => all.push((word.to_string(), word.span().start().line)),
                TokenTree::Literal(value) => {
                    all.push((value.to_string(), value.span().start().line));
                }
                TokenTree::Punct(mark) if mark.as_char() == '#' => {
                    if matches!(trees.peek(), Some(TokenTree::Punct(_))) {
                        trees.next();
                    }
                    let is_doc =
                        mark.span().source_text().is_some_and(|text| text.starts_with('/'));
                    if is_doc {
                        trees.next();
                    }
                }
                TokenTree::Punct(mark) if mark.as_char() == '\'' => {
                    let name = trees.next().map_or(String::new(), |name| name.to_string());
                    all.push((format!("'{name}"), mark.span().start().line));
                }
                TokenTree::Punct(_) => {}
            }
        }
    }

    #[test]
    fn proc_macro2_cuts_the_whole_course_in_the_same_way() {
        let mut count = 0;
        for folder in ["exercises", "solutions", "xtask"] {
            for file in files_below(&course::root().join(folder)) {
                let text = std::fs::read_to_string(&file).unwrap();
                let mut wanted = vec![];
                as_proc_macro2_has_it(text.parse().unwrap(), &mut wanted);
                let found = tokens(&text);
                let found: Vec<(String, usize)> = found
                    .iter()
                    .filter(|token| !matches!(token.kind, Kind::Mark | Kind::Open | Kind::Close))
                    .map(|token| (token.text.to_owned(), token.line as usize))
                    .collect();
                let differs = wanted.iter().zip(&found).find(|(one, other)| one != other);
                assert_eq!(differs, None, "{}", file.display());
                assert_eq!(wanted.len(), found.len(), "{}", file.display());
                count += 1;
            }
        }
        assert!(count > 100, "only {count} files");
    }

    fn files_below(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
        let files = files.into_iter().filter(|file| file.extension().is_some_and(|e| e == "rs"));
        files.chain(folders.iter().flat_map(|folder| files_below(folder))).collect()
    }
}
