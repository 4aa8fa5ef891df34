//! `grades.json`: the record itself. A line a student, so that a comparison of two of them shows who changed.

use super::escape;
use crate::record::{Class, Student};
use serde::Serialize;
use std::io::{self, Write};

/// The document. It may be printed anywhere: what can't be seen in it is there as escapes.
pub fn class(class: &Class) -> String {
    let mut bytes = vec![];
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, Lines::default());
    class.serialize(&mut serializer).expect("a record has no keys that are not strings");
    bytes.push(b'\n');
    escape::json(&String::from_utf8(bytes).expect("JSON is UTF-8"))
}

/// One student of it.
pub fn student(student: &Student) -> String {
    let json = serde_json::to_string(student).expect("a record has no keys that are not strings");
    escape::json(&json)
}

/// Compact, but for an end of line before each member of the document, and before each member of its lists.
#[derive(Default)]
struct Lines {
    depth: usize,
}

impl Lines {
    fn value<W: ?Sized + Write>(
        &self,
        writer: &mut W,
        first: bool,
        ends_at: usize,
    ) -> io::Result<()> {
        if !first {
            writer.write_all(b",")?;
        }
        if self.depth <= ends_at { writer.write_all(b"\n") } else { Ok(()) }
    }
}

impl serde_json::ser::Formatter for Lines {
    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth += 1;
        writer.write_all(b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth -= 1;
        writer.write_all(if self.depth == 0 { b"\n}" } else { b"}" })
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth += 1;
        writer.write_all(b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth -= 1;
        writer.write_all(b"]")
    }

    fn begin_object_key<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.value(writer, first, 1)
    }

    fn begin_array_value<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.value(writer, first, 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::sample;

    #[test]
    fn it_comes_back_as_it_was() {
        for record in
            [sample::small(), sample::class(sample::Size { students: 30, sections: 12 }, 3)]
        {
            let json = class(&record);
            assert_eq!(serde_json::from_str::<Class>(&json).unwrap(), record);
        }
    }

    #[test]
    fn a_student_is_a_line() {
        let record = sample::small();
        let json = class(&record);
        for one in &record.students {
            assert!(json.lines().any(|line| line.trim_end_matches([',', ']']) == student(one)));
        }
        assert_eq!(json.lines().next(), Some("{"));
        assert_eq!(json.lines().nth(1), Some("\"version\":1,"));
        assert!(json.ends_with("\n}\n"));
    }
}
