//! The same on a whole screen: what the keys do there.

use super::drawing::{is_small, lines};
use super::game::Game;
use super::rows::{Row, rows};
use super::{Next, Outcome, Step, apply, keys};
use crate::terminal::{Input, Terminal};
use crossterm::event::KeyCode;
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
pub fn play(game: &mut Game, terminal: &Terminal) -> Result<Next, Fault> {
    let mut view = View { cursor: first(game), page: None };
    loop {
        let size = terminal.size();
        let lines = lines(game, &view, size);
        terminal.show(&lines).map_err(|error| Fault::new(error.to_string()))?;
        let key = match terminal.next() {
            None => return Ok(Next::Quit),
            Some(Input::Redraw) => continue,
            Some(Input::Key(key)) => key,
        };
        if is_small(size) && key != KeyCode::Char('q') {
            continue;
        }
        if view.page.as_mut().is_some_and(|page| page.take(key, size.1)) {
            continue;
        }
        if view.page.take().is_some() && key != KeyCode::Char('q') {
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
    fn take(&mut self, key: KeyCode, height: usize) -> bool {
        let last = (self.text.lines().count() + 2).saturating_sub(height);
        let top = match key {
            KeyCode::Down | KeyCode::Char('j') => self.top + 1,
            KeyCode::PageDown | KeyCode::Char(' ') => self.top + height / 2,
            KeyCode::Up | KeyCode::Char('k') => self.top.saturating_sub(1),
            KeyCode::PageUp => self.top.saturating_sub(height / 2),
            _ => return false,
        };
        self.top = top.min(last);
        true
    }
}

impl View {
    /// What the key asks for; `None` when it only moves the cursor.
    fn step(&mut self, game: &Game, key: KeyCode) -> Option<Step> {
        let rows = rows(&game.board);
        match key {
            KeyCode::Up | KeyCode::Char('k') => self.cursor = self.cursor.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => {
                self.cursor = (self.cursor + 1).min(rows.len().saturating_sub(1));
            }
            KeyCode::Enter => return rows.get(self.cursor).map(Step::of_row),
            KeyCode::Char(c) => return Some(self.letter(game, &rows, c.to_ascii_lowercase())),
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
                "Plusieurs façons de continuer : choisissez avec les flèches, puis Entrée."
            )),
        }
    }
}
