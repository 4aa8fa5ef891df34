//! Text that is fit to be shown.

/// The text without what could steer a terminal: an answer may print what it likes.
pub fn safe(text: &str) -> String {
    let plain = |c: char| match c {
        '\n' | '\t' => c,
        c if c.is_control() => '\u{fffd}',
        // Marks that turn the direction of writing can make a line read as another.
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        c => c,
    };
    text.chars().map(plain).collect()
}

/// The text in lines of at most 80 columns, each behind `indent`.
pub fn wrapped(text: &str, indent: &str) -> String {
    // A hyphen may be one of `--seed` or of « finit-il »: what it joins stays together.
    let options = textwrap::Options::new(80)
        .initial_indent(indent)
        .subsequent_indent(indent)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    // French has a space before these, and no line begins with one of them.
    let marks = [" ?", " !", " :", " ;"];
    let joined = |text: String, mark: &str| text.replace(mark, &mark.replace(' ', "\u{a0}"));
    let text = marks.into_iter().fold(text.to_owned(), joined);
    textwrap::fill(&text, options).replace('\u{a0}', " ")
}

/// The first `most` lines, and how many there are more.
pub fn beginning(text: &str, most: usize) -> (Vec<&str>, usize) {
    let count = text.lines().count();
    (text.lines().take(most).collect(), count.saturating_sub(most))
}

/// "1 test", "2 tests".
pub fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_ends_within_a_joined_word() {
        let text = "a".repeat(74) + " finit-il ?";
        assert_eq!(wrapped(&text, ""), "a".repeat(74) + "\nfinit-il ?");
    }

    #[test]
    fn escapes_do_not_reach_the_terminal() {
        let text = safe("a\x1b[31mb\r\nc\td\u{202e}e\u{9b}f");
        assert_eq!(text, "a\u{fffd}[31mb\u{fffd}\nc\td\u{fffd}e\u{fffd}f");
    }

    #[test]
    fn no_line_begins_with_a_question_mark() {
        let text = "a".repeat(75) + " bbbb ?";
        assert_eq!(wrapped(&text, ""), "a".repeat(75) + "\nbbbb ?");
    }

    #[test]
    fn a_long_text_is_cut_and_counted() {
        assert_eq!(beginning("a\nb\nc", 2), (vec!["a", "b"], 1));
        assert_eq!(beginning("a", 2), (vec!["a"], 0));
    }
}
