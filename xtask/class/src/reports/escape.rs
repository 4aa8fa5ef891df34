//! The one place where text of submissions is made harmless: for HTML and XML, CSV, JSON, terminals and the logs of CI.
//!
//! All forms begin with [`visible`]: what can't be seen is spelled out, so that no text reads as another.

use std::fmt::Write;

/// The text with everything spelled out that can't be seen, as in `\u{202e}`: control characters, marks that turn the
/// direction of writing, characters without width, and what XML can't have. Lines and tabs stay.
pub fn visible(text: &str) -> String {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n' | b'\t')) {
        return text.to_owned();
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\r' if rest.peek() == Some(&'\n') => {}
            '\n' | '\t' => plain.push(c),
            c if is_unseen(c) => {
                let _ = write!(plain, "{}", c.escape_unicode());
            }
            c => plain.push(c),
        }
    }
    plain
}

/// The same in one line.
pub fn line(text: &str) -> String {
    visible(text).replace('\n', "\\n").replace('\t', " ")
}

fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c,
            // Marks that turn the direction of writing.
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            // No width at all; the joiners U+200C and U+200D are part of how some scripts are written.
            | '\u{ad}' | '\u{200b}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}' | '\u{115f}' | '\u{1160}' | '\u{3164}'
            // Lines to some readers, and not to others.
            | '\u{2028}' | '\u{2029}')
        // No characters: XML can't have U+FFFE and U+FFFF.
        || c as u32 & 0xfffe == 0xfffe
}

/// HTML or XML. Made of escaped text and of fixed words only, so that there is no way to forget the escaping.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Markup(String);

impl Markup {
    /// Text, escaped.
    pub fn text(text: &str) -> Self {
        Self(escaped(text))
    }

    /// Markup that is written in this program.
    pub fn fixed(markup: &'static str) -> Self {
        Self(markup.to_owned())
    }

    /// `<tag name="value">inside</tag>`.
    pub fn element(tag: &'static str, attributes: &[Attribute<'_>], inside: Self) -> Self {
        let Self(mut markup) = Self::void(tag, attributes);
        let _ = write!(markup, "{}</{tag}>", inside.0);
        Self(markup)
    }

    /// `<tag name="value">`, which HTML does not close.
    pub fn void(tag: &'static str, attributes: &[Attribute<'_>]) -> Self {
        let mut markup = format!("<{tag}");
        for (name, value) in attributes {
            let value = escaped(value).replace('\n', "&#10;").replace('\t', "&#9;");
            let _ = write!(markup, " {name}=\"{value}\"");
        }
        markup.push('>');
        Self(markup)
    }

    /// One after the other.
    pub fn push(&mut self, next: Self) -> &mut Self {
        self.0.push_str(&next.0);
        self
    }

    /// Nothing at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As it is written to a file.
    pub fn into_string(self) -> String {
        self.0
    }
}

/// An attribute: its name is ours, its value anybody's.
pub type Attribute<'a> = (&'static str, &'a str);

impl FromIterator<Self> for Markup {
    fn from_iter<I: IntoIterator<Item = Self>>(parts: I) -> Self {
        Self(parts.into_iter().map(|part| part.0).collect())
    }
}

impl<const N: usize> From<[Self; N]> for Markup {
    fn from(parts: [Self; N]) -> Self {
        parts.into_iter().collect()
    }
}

/// The same for HTML and XML, for text and for values in double quotes.
fn escaped(text: &str) -> String {
    let mut markup = visible(text);
    for (c, entity) in [('&', "&amp;"), ('<', "&lt;"), ('>', "&gt;"), ('"', "&quot;")] {
        if markup.contains(c) {
            markup = markup.replace(c, entity);
        }
    }
    markup
}

/// A cell, in quotes and in one line. What a spreadsheet would take for a formula is defused by an apostrophe: at the
/// beginning, and after whatever separates cells in the spreadsheets of other countries.
pub fn csv(text: &str) -> String {
    let mut cell = String::from("\"");
    let mut at_beginning = true;
    for c in line(text).chars() {
        // The wide forms count as well: some spreadsheets read them as the narrow ones.
        if at_beginning && matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠') {
            cell.push('\'');
        }
        at_beginning =
            matches!(c, ';' | ',' | '|') || at_beginning && (c.is_whitespace() || c == '"');
        cell.push(c);
        if c == '"' {
            cell.push('"');
        }
    }
    // A tab or a carriage return at the beginning is spelled out by now.
    cell.push('"');
    cell
}

/// JSON that means the same and may be printed anywhere: what can't be seen, and `##`, by which some CI systems know
/// their commands, are there as escapes.
pub fn json(json: &str) -> String {
    let mut plain = String::with_capacity(json.len());
    let mut before = ' ';
    for c in json.chars() {
        // Outside of strings there are neither of these, but for ends of lines.
        if c != '\n' && is_unseen(c) || c == '#' && before == '#' {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(plain, "\\u{unit:04x}");
            }
        } else {
            plain.push(c);
        }
        before = c;
    }
    plain
}

/// Text for the log of a CI system, in which a line that begins with `::`, and `##` anywhere, would be a command.
pub fn ci(text: &str) -> String {
    let mut plain = String::new();
    for (number, line) in visible(text).split('\n').enumerate() {
        if number > 0 {
            plain.push('\n');
        }
        let words = line.trim_start();
        plain.push_str(&line[..line.len() - words.len()]);
        if words.starts_with("::") {
            plain.push('\\');
        }
        let mut before = ' ';
        for c in words.chars() {
            if c == '#' && before == '#' {
                plain.push('\\');
            }
            plain.push(c);
            before = c;
        }
    }
    plain
}

/// One line for a terminal, which may well be the log of a CI system.
pub fn terminal(text: &str) -> String {
    xtask::show::text::safe(&ci(&line(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_spelled_out() {
        assert_eq!(visible("a\u{202e}b\u{1b}[1m\r\nc\td\re"), "a\\u{202e}b\\u{1b}[1m\nc\td\\u{d}e");
        assert_eq!(
            visible("\u{0}\u{9b}\u{200b}\u{ffff}\u{e0041}\u{2028}").matches("\\u{").count(),
            6
        );
        let names = "Zoë Ångström · 王小明 · محمد · नेहा · 👩\u{200d}🔬";
        assert_eq!(visible(names), names);
        assert_eq!(line("a\nb\tc"), "a\\nb c");
    }

    #[test]
    fn markup_has_no_way_out_of_text_and_values() {
        let text = Markup::text("<script>&\"'\u{7}");
        assert_eq!(text.into_string(), "&lt;script&gt;&amp;&quot;'\\u{7}");
        let element = Markup::element("a", &[("href", "\"><b>\n")], Markup::text("]]>"));
        assert_eq!(element.into_string(), "<a href=\"&quot;&gt;&lt;b&gt;&#10;\">]]&gt;</a>");
    }

    #[test]
    fn a_cell_is_never_a_formula() {
        for (text, cell) in [
            ("Ann", r#""Ann""#),
            ("=1+1", r#""'=1+1""#),
            ("+1", r#""'+1""#),
            ("-1", r#""'-1""#),
            ("@A1", r#""'@A1""#),
            ("＝1", r#""'＝1""#),
            ("  =1", r#""  '=1""#),
            ("\t=1", r#"" '=1""#),
            ("\r=1", r#""\u{d}=1""#),
            ("a\";=1+1;\"", r#""a"";'=1+1;""""#),
            ("a;\"=1", r#""a;""'=1""#),
            ("a\nb", r#""a\nb""#),
            ("anna-maria", r#""anna-maria""#),
        ] {
            assert_eq!(csv(text), cell, "{text:?}");
        }
    }

    #[test]
    fn json_means_the_same_without_what_cannot_be_seen() {
        let text = "a\u{202e}\u{9b}\u{7f}###\n\u{e0041}é\"\\";
        let written = json(&serde_json::to_string(text).unwrap());
        assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text);
        assert!(written.chars().all(|c| !is_unseen(c)) && !written.contains("##"), "{written}");
    }

    #[test]
    fn no_line_is_a_command_of_a_ci_system() {
        let text = ci("::error::x\n \u{3000}\t::set-output::\nx ##[error]y ##vso[z] ###\na::b");
        assert_eq!(
            text,
            "\\::error::x\n \u{3000}\t\\::set-output::\nx #\\#[error]y #\\#vso[z] #\\#\\#\na::b"
        );
        assert_eq!(ci("\r\n::a::\r\u{b}::b::"), "\n\\::a::\\u{d}\\u{b}::b::");
        assert_eq!(terminal("::a::\n\u{1b}[31m"), "\\::a::\\n\\u{1b}[31m");
    }
}
