//! The same on a whole screen: what the keys do there.

use super::console::{Console, Input};
use super::drawing::{is_small, lines};
use super::game::Game;
use super::rows::{Row, rows};
use super::{Next, Outcome, Step, apply, keys};
use crate::key::Key;
use crate::terminal;
use std::io;
use xtask::fault::Fault;
use xtask::words;

/// What is on the screen beside the game.
pub struct View {
    /// The row at which the arrows are.
    pub cursor: usize,
    pub page: Option<Page>,
}

/// A text to be read, from this line on.
pub struct Page {
    pub text: String,
    pub top: usize,
}

/// Plays one scene. Blocks for the keys.
///
/// # Errors
/// The scene can't be led, or the terminal is gone.
pub fn play(game: &mut Game, console: &mut Console) -> Result<Next, Fault> {
    let mut view = View { cursor: first(game), page: None };
    loop {
        let size = terminal::size();
        let lines = lines(game, &view, size);
        let gone = |error: io::Error| Fault::new(error.to_string());
        console.show(&lines).map_err(gone)?;
        let key = match console.next().map_err(gone)? {
            Input::Redraw => continue,
            Input::Key(key) => key,
        };
        if is_small(size) && key != Key::Char('q') {
            continue;
        }
        if view.page.as_mut().is_some_and(|page| page.take(key, size.1)) {
            continue;
        }
        if view.page.take().is_some() && key != Key::Char('q') {
            continue;
        }
        let Some(step) = view.step(game, key) else { continue };
        match apply(game, &step)? {
            Outcome::Stay if matches!(step, Step::Restart | Step::Next) => {
                view.cursor = first(game);
            }
            Outcome::Stay => {}
            Outcome::Page(text) => view.page = Some(Page { text, top: 0 }),
            Outcome::Leave(next) => return Ok(next),
        }
        view.cursor = view.cursor.min(rows(&game.board).len().saturating_sub(1));
    }
}

/// The first row that can be chosen.
fn first(game: &Game) -> usize {
    rows(&game.board).iter().position(|row| row.choice.is_some()).unwrap_or(0)
}

impl Page {
    /// Does the key move within the text?
    fn take(&mut self, key: Key, height: usize) -> bool {
        let last = (self.text.lines().count() + 2).saturating_sub(height);
        let top = match key {
            Key::Down | Key::Char('j') => self.top + 1,
            Key::PageDown | Key::Char(' ') => self.top + height / 2,
            Key::Up | Key::Char('k') => self.top.saturating_sub(1),
            Key::PageUp => self.top.saturating_sub(height / 2),
            _ => return false,
        };
        self.top = top.min(last);
        true
    }
}

impl View {
    /// What the key asks for; `None` when it only moves the cursor.
    fn step(&mut self, game: &Game, key: Key) -> Option<Step> {
        let rows = rows(&game.board);
        match key {
            Key::Up | Key::Char('k') => self.cursor = self.cursor.saturating_sub(1),
            Key::Down | Key::Char('j') => {
                self.cursor = (self.cursor + 1).min(rows.len().saturating_sub(1));
            }
            Key::Enter => return rows.get(self.cursor).map(Step::of_row),
            Key::Char(c) => return Some(self.letter(game, &rows, c.to_ascii_lowercase())),
            _ => {}
        }
        None
    }

    /// What a letter asks for. One whose thread can go on in several ways only goes to its rows.
    fn letter(&mut self, game: &Game, rows: &[Row], letter: char) -> Step {
        let own = rows.iter().enumerate().filter(|(_, row)| row.key.starts_with(letter));
        let own: Vec<(usize, &Row)> = own.collect();
        let Some(&(first, row)) = own.first() else { return keys::step(game, letter) };
        self.cursor = first;
        match own.len() {
            1 => Step::of_row(row),
            _ => Step::Say(words!(
                "It can go on in several ways: choose with the arrows, then Enter.",
                "Plusieurs façons de continuer : choisissez avec les flèches, puis Entrée."
            )),
        }
    }
}
