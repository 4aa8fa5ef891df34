//! Lines made to fit a width, colours kept. Whatever else could steer a terminal does not come through.

use unicode_width::UnicodeWidthChar;

/// What ends all colours.
const PLAIN: &str = "\x1b[m";
/// How far apart the stops of tabs are.
const TAB: usize = 8;

/// The line in rows of at most `width` columns; at least one row. Each row begins and ends without a colour of its
/// neighbours.
pub fn fold(line: &str, width: usize) -> Vec<String> {
    let mut rows = vec![];
    let (mut row, mut columns) = (String::new(), 0);
    // The colours that hold at this place.
    let mut colours = String::new();
    for piece in pieces(line) {
        match piece {
            Piece::Colour(sequence) => {
                if matches!(sequence, "\x1b[m" | "\x1b[0m") {
                    colours.clear();
                } else {
                    colours.push_str(sequence);
                }
                row.push_str(sequence);
            }
            Piece::Char(char) => {
                let (shown, wide) = match char {
                    '\t' => (' ', TAB - columns % TAB),
                    char => (char, char.width().unwrap_or(0)),
                };
                if columns + wide > width && columns > 0 {
                    let full = std::mem::replace(&mut row, colours.clone());
                    rows.push(closed(full));
                    columns = 0;
                }
                let repeated = if shown == ' ' { wide } else { 1 };
                row.extend(std::iter::repeat_n(shown, repeated));
                columns += wide;
            }
        }
    }
    rows.push(closed(row));
    rows
}

/// The beginning of the line that fits into `width` columns.
pub fn cut(line: &str, width: usize) -> String {
    fold(line, width).swap_remove(0)
}

/// The line without its colours.
pub fn plain(line: &str) -> String {
    let char = |piece| if let Piece::Char(char) = piece { Some(char) } else { None };
    pieces(line).filter_map(char).collect()
}

fn closed(row: String) -> String {
    if row.contains('\x1b') { row + PLAIN } else { row }
}

enum Piece<'a> {
    Char(char),
    /// A sequence that sets colours.
    Colour(&'a str),
}

/// The characters of a line and its colours. Other sequences and control characters are left out.
fn pieces(line: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = line;
    std::iter::from_fn(move || {
        loop {
            let char = rest.chars().next()?;
            if let Some(length) = sequence(rest) {
                let (sequence, left) = rest.split_at(length);
                rest = left;
                if sequence.ends_with('m') {
                    return Some(Piece::Colour(sequence));
                }
                continue;
            }
            rest = &rest[char.len_utf8()..];
            if !char.is_control() || char == '\t' {
                return Some(Piece::Char(char));
            }
        }
    })
}

/// The length of the sequence `ESC [ … letter` that the text begins with.
fn sequence(text: &str) -> Option<usize> {
    let parameters = text.strip_prefix("\x1b[")?;
    let end = parameters.find(|c: char| !matches!(c, '0'..='9' | ';' | ':'))?;
    let last = parameters[end..].chars().next()?;
    last.is_ascii_alphabetic().then_some(2 + end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_goes_on_in_the_next_row_and_ends_at_the_end_of_each() {
        let red = "\x1b[31m";
        assert_eq!(
            fold("a\x1b[31mbcd\x1b[0me", 3),
            [format!("a{red}bc{PLAIN}"), format!("{red}d\x1b[0me{PLAIN}")]
        );
    }

    #[test]
    fn wide_characters_and_tabs_count_for_what_they_take() {
        assert_eq!(fold("日本語", 4), ["日本", "語"]);
        assert_eq!(fold("a\tb", 9), ["a       b"]);
        assert_eq!(fold("", 9), [""]);
    }

    #[test]
    fn nothing_moves_the_cursor() {
        assert_eq!(fold("a\x1b[2Jb\x1b]0;c\x07\rd", 80), ["ab]0;cd"]);
        assert_eq!(plain("\x1b[1;31mred\x1b[0m"), "red");
    }
}
