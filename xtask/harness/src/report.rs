//! What the keeper reports of a test, and how it travels: a line a field, `name value`.

use crate::{Verdict, Walls};
use std::fmt;
use std::time::Duration;

/// What became of a test.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Report {
    /// The verdict.
    pub verdict: Verdict,
    /// What happened, in a sentence.
    pub message: String,
    /// What the failed assertion wanted to see.
    pub expected: Option<String>,
    /// What it saw.
    pub actual: Option<String>,
    /// Where it happened.
    pub place: Option<Place>,
    /// More that was observed, a line each: what waits in what, what was left behind.
    pub details: Vec<String>,
    /// Which schedules were looked at, when its threads were explored and nothing was found.
    pub covered: Option<String>,
    /// The schedule under which it fails, see `interleave`'s `encode`.
    pub schedule: Option<String>,
    /// What held the test in; `None` when it never got so far.
    pub walls: Option<Walls>,
    /// How long the body ran.
    pub elapsed: Duration,
    /// What it printed, as far as it was kept.
    pub output: String,
    /// Bytes of output that were dropped.
    pub dropped_bytes: u64,
}

/// A line of a source file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Place {
    /// The path as the compiler was given it.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
}

impl Place {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (file, line) = text.rsplit_once(':')?;
        Some(Self { file: file.to_owned(), line: line.parse().ok()? })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

impl Report {
    pub(crate) fn new(verdict: Verdict, message: impl Into<String>) -> Self {
        Self {
            verdict,
            message: message.into(),
            expected: None,
            actual: None,
            place: None,
            details: vec![],
            covered: None,
            schedule: None,
            walls: None,
            elapsed: Duration::ZERO,
            output: String::new(),
            dropped_bytes: 0,
        }
    }

    /// The checker failed, in the way that `message` says.
    pub(crate) fn not_checked(message: impl Into<String>) -> Self {
        Self::new(Verdict::NotChecked, message)
    }

    /// Of a test that never ran.
    pub fn without_run(verdict: Verdict, message: String, details: Vec<String>) -> Self {
        Self { details, ..Self::new(verdict, message) }
    }

    pub(crate) fn encode(&self) -> String {
        let mut text = String::new();
        let mut field = |name: &str, value: &str| {
            let value = value.replace('\\', "\\\\").replace('\n', "\\n").replace('\r', "\\r");
            text += &format!("{name} {value}\n");
        };
        field("verdict", self.verdict.name());
        field("message", &self.message);
        for (name, value) in [
            ("expected", &self.expected),
            ("actual", &self.actual),
            ("covered", &self.covered),
            ("schedule", &self.schedule),
        ] {
            if let Some(value) = value {
                field(name, value);
            }
        }
        if let Some(place) = &self.place {
            field("place", &place.to_string());
        }
        for detail in &self.details {
            field("detail", detail);
        }
        if let Some(walls) = self.walls {
            field("walls", walls.name());
        }
        field("elapsed-us", &self.elapsed.as_micros().to_string());
        field("output", &self.output);
        field("dropped-bytes", &self.dropped_bytes.to_string());
        field("end", "");
        text
    }

    /// The report in `text`; `None` unless it is whole.
    pub(crate) fn decode(text: &str) -> Option<Self> {
        let mut report = Self::not_checked("");
        for line in text.lines() {
            let (name, value) = line.split_once(' ')?;
            let value = unescape(value);
            match name {
                "verdict" => report.verdict = Verdict::from_name(&value)?,
                "message" => report.message = value,
                "expected" => report.expected = Some(value),
                "actual" => report.actual = Some(value),
                "covered" => report.covered = Some(value),
                "schedule" => report.schedule = Some(value),
                "place" => report.place = Place::parse(&value),
                "detail" => report.details.push(value),
                "walls" => report.walls = Walls::from_name(&value),
                "elapsed-us" => report.elapsed = Duration::from_micros(value.parse().ok()?),
                "output" => report.output = value,
                "dropped-bytes" => report.dropped_bytes = value.parse().ok()?,
                "end" => return Some(report),
                _ => return None,
            }
        }
        None
    }
}

fn unescape(value: &str) -> String {
    let mut plain = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        plain.push(match c {
            '\\' => match chars.next() {
                Some('n') => '\n',
                Some('r') => '\r',
                Some(other) => other,
                None => '\\',
            },
            other => other,
        });
    }
    plain
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}", self.verdict.title(), self.message)?;
        if let (Some(expected), Some(actual)) = (&self.expected, &self.actual) {
            writeln!(f, "  expected: {expected}\n    actual: {actual}")?;
        }
        if let Some(place) = &self.place {
            writeln!(f, "  at {place}")?;
        }
        for detail in &self.details {
            writeln!(f, "  - {detail}")?;
        }
        if let Some(walls @ Walls::Subreaper) = self.walls {
            writeln!(f, "  ({walls})")?;
        }
        if !self.output.is_empty() {
            writeln!(f, "  it printed:")?;
            for line in self.output.lines().take(20) {
                writeln!(f, "    {line:.200}")?;
            }
        }
        if self.dropped_bytes > 0 {
            writeln!(f, "  and {} bytes more, not kept", self.dropped_bytes)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_travels_unchanged() {
        let report = Report {
            expected: Some("a\nb".into()),
            actual: Some("\\n \r\\".into()),
            place: Some(Place { file: "a b:c.rs".into(), line: 7 }),
            details: vec!["one".into(), String::new(), "end ".into()],
            covered: Some("a\tb".into()),
            schedule: Some("event\t1\n".into()),
            walls: Some(Walls::Subreaper),
            elapsed: Duration::from_micros(1234),
            output: "verdict passed\nend \n".into(),
            dropped_bytes: u64::MAX,
            ..Report::new(Verdict::LeftBehind, "two\nlines")
        };
        assert_eq!(Report::decode(&report.encode()), Some(report));
    }

    #[test]
    fn half_a_report_is_none() {
        let text = Report::new(Verdict::Passed, "ran to its end").encode();
        for end in 0..text.len() - 1 {
            assert_eq!(Report::decode(&text[..end]), None, "{:?}", &text[..end]);
        }
    }
}
