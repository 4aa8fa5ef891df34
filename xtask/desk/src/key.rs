//! What the keys of a terminal mean: bytes, made into keys.

/// One key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Key {
    /// A key with a character on it.
    Char(char),
    Enter,
    Escape,
    Backspace,
    Up,
    Down,
    PageUp,
    PageDown,
    Home,
    End,
    /// Ctrl-C.
    Interrupt,
    /// Ctrl-Z.
    Suspend,
}

/// What a terminal sends for the keys that have no character, behind the escape.
const SEQUENCES: [(&str, Key); 14] = [
    ("[A", Key::Up),
    ("OA", Key::Up),
    ("[B", Key::Down),
    ("OB", Key::Down),
    ("[5~", Key::PageUp),
    ("[6~", Key::PageDown),
    ("[H", Key::Home),
    ("OH", Key::Home),
    ("[1~", Key::Home),
    ("[7~", Key::Home),
    ("[F", Key::End),
    ("OF", Key::End),
    ("[4~", Key::End),
    ("[8~", Key::End),
];

/// The keys in what was read from the terminal at once. What is no key of the desk is left out.
pub fn keys(bytes: &[u8]) -> Vec<Key> {
    let text = String::from_utf8_lossy(bytes);
    let mut rest = &*text;
    let mut keys = vec![];
    while let Some(first) = rest.chars().next() {
        rest = &rest[first.len_utf8()..];
        let key = match first {
            '\x1b' => {
                let (key, left) = behind_escape(rest);
                rest = left;
                key
            }
            '\r' | '\n' => Some(Key::Enter),
            '\x7f' | '\x08' => Some(Key::Backspace),
            '\x03' => Some(Key::Interrupt),
            '\x1a' => Some(Key::Suspend),
            char if char.is_control() || char == '\u{fffd}' => None,
            char => Some(Key::Char(char)),
        };
        keys.extend(key);
    }
    keys
}

/// The key that an escape begins, if it is one of the desk's, and what follows it.
fn behind_escape(rest: &str) -> (Option<Key>, &str) {
    for (sequence, key) in SEQUENCES {
        if let Some(left) = rest.strip_prefix(sequence) {
            return (Some(key), left);
        }
    }
    match rest.strip_prefix('[') {
        // Some other key. Its sequence ends with the first character that is no parameter.
        Some(parameters) => {
            let end = parameters.find(|c: char| !matches!(c, ' '..='?'));
            let left = end.map_or("", |end| {
                let length = parameters[end..].chars().next().map_or(0, char::len_utf8);
                &parameters[end + length..]
            });
            (None, left)
        }
        None => (Some(Key::Escape), rest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequence_is_one_key_and_an_escape_alone_is_one_too() {
        assert_eq!(keys(b"\x1b[A\x1bOBj"), [Key::Up, Key::Down, Key::Char('j')]);
        assert_eq!(keys(b"\x1b"), [Key::Escape]);
        assert_eq!(keys("é\r\x03".as_bytes()), [Key::Char('é'), Key::Enter, Key::Interrupt]);
    }

    /// `q` at the end of a sequence that is not known would quit.
    #[test]
    fn an_unknown_sequence_is_no_key_at_all() {
        assert_eq!(keys(b"\x1b[1;5q\x1b[15~n\xff"), [Key::Char('n')]);
    }
}
