//! The desk as lines that are only ever added: for screen readers, pipes, and terminals that can do no more. A key is a
//! letter, and Enter.

use super::desk::{Desk, Event, View};
use super::frame;
use super::saves::Manner;
use crate::key::Key;
use std::io::{self, Write, stdout};
use xtask::{catalogue, words};

/// What was said already.
#[derive(Default)]
pub struct Plain {
    said: Vec<String>,
    verdict: Vec<String>,
    /// The page or the list that was looked at last.
    page: Vec<String>,
    /// The beginning of a line that has no end yet.
    typed: String,
}

/// The longest line that is typed.
const LONGEST: usize = 200;

impl Plain {
    /// Says what is new.
    ///
    /// # Errors
    /// Nobody listens any more.
    pub fn show(&mut self, desk: &Desk, manner: Manner) -> io::Result<()> {
        let mut out = anstream::AutoStream::auto(stdout());
        let heading = [frame::heading(desk), frame::progress(desk, manner)];
        let is_new = self.said.first() != heading.first();
        let page = match desk.view {
            View::Page(_) | View::List(_) => desk.text(),
            View::Verdict | View::Sure => vec![],
        };
        for (text, said) in [(page, &mut self.page), (desk.verdict().to_vec(), &mut self.verdict)] {
            if text != *said && !text.is_empty() {
                writeln!(out)?;
                text.iter().try_for_each(|line| writeln!(out, "{line}"))?;
            }
            *said = text;
        }
        let ways =
            words!("Type ? and Enter for all keys.", "Tapez ? puis Entrée pour les touches.");
        let said: Vec<String> = heading.into_iter().chain([frame::status(desk)]).collect();
        for (index, line) in said.iter().enumerate() {
            if self.said.get(index) != Some(line) {
                writeln!(out, "{line}")?;
            }
        }
        if is_new && self.said.is_empty() {
            writeln!(out, "{ways}")?;
        }
        self.said = said;
        out.flush()
    }

    /// What was typed: a letter is a key, an empty line is Enter, anything else names a section.
    pub fn typed(&mut self, bytes: &[u8], desk: &Desk) -> Vec<Event> {
        self.typed.push_str(&String::from_utf8_lossy(bytes));
        let mut events = vec![];
        while let Some((line, rest)) = self.typed.split_once('\n') {
            events.extend(event(line.trim(), desk));
            self.typed = rest.to_owned();
        }
        if self.typed.len() > LONGEST {
            self.typed.clear();
        }
        events
    }
}

fn event(line: &str, desk: &Desk) -> Option<Event> {
    let mut chars = line.chars();
    match (chars.next(), chars.next()) {
        (None, _) => Some(Event::Key(Key::Enter)),
        (Some(letter), None) if !letter.is_ascii_digit() => Some(Event::Key(Key::Char(letter))),
        _ => match catalogue::select_one(line) {
            Ok(section) => {
                let row = desk.rows.iter().position(|row| row.number == section.number);
                row.map(Event::Named)
            }
            Err(fault) => {
                Some(Event::Answered(fault.to_string().lines().map(str::to_owned).collect()))
            }
        },
    }
}
