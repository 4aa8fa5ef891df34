//! The list of the sections: which line is chosen, and the filter.

use super::desk::Row;
use crate::key::Key;
use xtask::words;

/// The list, as it is looked at.
#[derive(Clone, Debug)]
pub struct List {
    /// The chosen section.
    chosen: usize,
    filter: String,
    /// Characters go to the filter.
    is_typing: bool,
}

/// Lines above the first section.
const HEAD: usize = 2;
/// The longest filter.
const LONGEST: usize = 40;

impl List {
    /// The whole list, with this section chosen.
    pub fn at(chosen: usize) -> Self {
        Self { chosen, filter: String::new(), is_typing: false }
    }

    /// Is it a key of the list's own? The others are those of every text.
    pub fn takes(&self, key: Key) -> bool {
        let moves = matches!(
            key,
            Key::Up
                | Key::Down
                | Key::Home
                | Key::End
                | Key::Enter
                | Key::Char('j' | 'k' | 'g' | 'G' | '/')
        );
        let filters = matches!(key, Key::Char(_) | Key::Backspace | Key::Enter);
        moves || (self.is_typing && filters) || (key == Key::Escape && self.is_filtered())
    }

    /// What the key does; the section to go to, if it says so.
    pub fn key(&mut self, key: Key, rows: &[Row]) -> Option<usize> {
        match key {
            Key::Enter => return self.shown(rows).contains(&self.chosen).then_some(self.chosen),
            Key::Escape => *self = Self::at(self.chosen),
            Key::Backspace => drop(self.filter.pop()),
            Key::Char(char) if self.is_typing => {
                if self.filter.len() < LONGEST {
                    self.filter.push(char);
                }
            }
            Key::Char('/') => self.is_typing = true,
            _ => self.step(key, rows),
        }
        let shown = self.shown(rows);
        if !shown.contains(&self.chosen) {
            self.chosen = shown.first().copied().unwrap_or(self.chosen);
        }
        None
    }

    fn step(&mut self, key: Key, rows: &[Row]) {
        let shown = self.shown(rows);
        let at = shown.iter().position(|&section| section == self.chosen).unwrap_or(0);
        let last = shown.len().saturating_sub(1);
        let to = match key {
            Key::Up | Key::Char('k') => at.saturating_sub(1),
            Key::Down | Key::Char('j') => (at + 1).min(last),
            Key::Home | Key::Char('g') => 0,
            Key::End | Key::Char('G') => last,
            _ => at,
        };
        self.chosen = shown.get(to).copied().unwrap_or(self.chosen);
    }

    fn is_filtered(&self) -> bool {
        self.is_typing || !self.filter.is_empty()
    }

    /// The sections that the filter lets through.
    fn shown(&self, rows: &[Row]) -> Vec<usize> {
        let wanted = self.filter.to_lowercase();
        let fits = |row: &Row| {
            let number = row.number.to_string();
            number == wanted
                || row.name.contains(&wanted)
                || row.title.to_lowercase().contains(&wanted)
        };
        (0..rows.len()).filter(|&section| fits(&rows[section])).collect()
    }

    /// The line of the chosen section, from 0.
    pub fn line_of_choice(&self, rows: &[Row]) -> usize {
        let shown = self.shown(rows);
        HEAD + shown.iter().position(|&section| section == self.chosen).unwrap_or(0)
    }

    /// The list as text. The chosen line has a mark, and not only a colour.
    pub fn lines(&self, rows: &[Row]) -> Vec<String> {
        let head = words!(
            "     section             minutes   points   state",
            "     section             minutes   points   état"
        );
        let filter = match self.is_filtered() {
            true => {
                let filter = &self.filter;
                words!("  filter: {filter}", "  filtre : {filter}")
            }
            false => String::new(),
        };
        let line = |&section: &usize| {
            let row = &rows[section];
            let mark = if section == self.chosen { '>' } else { ' ' };
            let (points, all) = row.points;
            format!(
                "{mark} {:2} {:<20} {:>6} {points:>4}/{all:<4}   {}",
                row.number, row.name, row.minutes, row.state
            )
        };
        let shown = self.shown(rows);
        let none = shown.is_empty().then(|| words!("  No section has it.", "  Aucune section."));
        [filter, head].into_iter().chain(shown.iter().map(line)).chain(none).collect()
    }
}
