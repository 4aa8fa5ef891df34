//! What a student is called.

use super::limits::STUDENT_CHARS;
use super::pile::{Content, Notes, one_line};
use std::collections::BTreeMap;

/// The name in the submission's `student.toml`: the one at the top, or the only one in a folder of it.
pub fn name(students: &BTreeMap<String, Content>, notes: &mut Notes) -> Option<String> {
    let (folder, content) = match students.get_key_value("") {
        Some(top) => top,
        None if students.len() > 1 => {
            notes.say("student.toml is there more than once, and at the top it is not".into());
            return None;
        }
        None => students.first_key_value()?,
    };
    let path = if folder.is_empty() { "student.toml" } else { &format!("{folder}/student.toml") };
    match content.clone().and_then(|text| named_in(&text)) {
        Ok(name) => Some(name),
        Err(why) => {
            notes.file(path, why);
            None
        }
    }
}

fn named_in(text: &[u8]) -> Result<String, &'static str> {
    let text = std::str::from_utf8(text).map_err(|_| "is not UTF-8")?;
    let table: toml::Table = text.parse().map_err(|_| "is not TOML")?;
    let name = table.get("name").and_then(toml::Value::as_str);
    shown(name.ok_or("has no line such as name = \"Jane Doe\"")?).ok_or("the name in it is empty")
}

/// The name in one line that can be printed, if anything of it can be seen.
pub fn shown(name: &str) -> Option<String> {
    let words: Vec<&str> = name.split_whitespace().collect();
    let line: String = one_line(&words.join(" ")).chars().take(STUDENT_CHARS).collect();
    let line = line.trim();
    line.chars().any(char::is_alphanumeric).then(|| line.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(files: &[(&str, &str)]) -> (Option<String>, Vec<String>) {
        let mut notes = Notes::default();
        let files = files.iter().map(|&(at, text)| (at.to_owned(), Ok(text.into()))).collect();
        (name(&files, &mut notes), notes.into_lines())
    }

    #[test]
    fn the_name_at_the_top_comes_before_one_in_a_folder() {
        let files = [("", "name = \"Jane\""), ("a", "name = \"John\"")];
        assert_eq!(named(&files), (Some("Jane".into()), vec![]));
        assert_eq!(named(&files[1..]), (Some("John".into()), vec![]));
    }

    #[test]
    fn one_of_several_names_in_folders_is_not_guessed() {
        let (name, notes) = named(&[("a", "name = \"Jane\""), ("b", "name = \"John\"")]);
        assert_eq!((name, notes.len()), (None, 1));
    }

    #[test]
    fn a_broken_file_is_said() {
        for broken in ["name = ", "nom = \"Jane\"", "name = 3", "name = \" \\n \\u200b\"", "{{{"] {
            let (name, notes) = named(&[("", broken)]);
            assert_eq!((name, notes.len()), (None, 1), "{broken}");
        }
        assert_eq!(named(&[("", &"[".repeat(4000))]).0, None);
    }

    #[test]
    fn names_are_of_any_script_and_of_one_line() {
        assert_eq!(shown(" Zoë  Müller-O'Hara ").as_deref(), Some("Zoë Müller-O'Hara"));
        assert_eq!(shown("王\t小明").as_deref(), Some("王 小明"));
        assert_eq!(shown("محمد").as_deref(), Some("محمد"));
        assert_eq!(shown("a\u{202e}b\u{1b}[31m").as_deref(), Some("a\u{fffd}b\u{fffd}[31m"));
        assert_eq!(shown("a\n<script>").as_deref(), Some("a <script>"));
        assert_eq!(shown(&"x".repeat(1000)).map(|name| name.len()), Some(STUDENT_CHARS));
        assert_eq!(shown("\u{202e}\u{200b} \t"), None);
    }
}
