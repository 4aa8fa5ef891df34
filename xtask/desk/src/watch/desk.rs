//! The state of the desk, and what each event makes of it. It knows neither the terminal nor files nor processes: what is
//! to be done with those comes out as effects.

use super::fold;
use super::list::List;
use crate::key::Key;
use xtask::words;

/// A section, as far as the desk is concerned.
#[derive(Clone, Debug)]
pub struct Row {
    pub number: u32,
    pub name: String,
    pub title: String,
    pub minutes: u32,
    /// The points of the last check, and those that can be had.
    pub points: (u32, u32),
    /// All tests that count have passed, and nothing was changed since.
    pub is_whole: bool,
    /// How far it is, in words.
    pub state: String,
    /// The names of its tests.
    pub tests: Vec<String>,
}

/// How the check of the current section stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Check {
    Running,
    /// It was stopped, and begins anew when the learner is back.
    Interrupted,
    Done(Outcome),
}

/// What a check has said.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Outcome {
    Whole,
    ToMend,
    NotChecked,
}

/// What is looked at.
#[derive(Clone, Debug)]
pub enum View {
    /// What the last check has said.
    Verdict,
    /// The answer to a question: a hint, a solution, the keys.
    Page(Vec<String>),
    List(List),
    /// Shall the stub come back?
    Sure,
}

/// What happens to the desk.
#[derive(Debug)]
pub enum Event {
    Key(Key),
    /// A section was named, by its number or its name.
    Named(usize),
    /// Files of this section were saved.
    Saved(usize),
    /// The check has come to its end: what it said, and how far all sections are now.
    Checked(Outcome, Vec<String>, Vec<Row>),
    Answered(Vec<String>),
    /// The stub is back; where to find what was there.
    WasReset(Vec<String>),
    /// Columns and rows.
    Resized(usize, usize),
    /// Ctrl-Z, by key or by signal.
    Suspend,
    Resumed,
    /// Nobody types any more.
    InputEnded,
    /// A request to end.
    End,
}

/// What is to be done about it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Effect {
    /// Stop the check that runs, if one does, and check the current section.
    Check,
    /// Stop the check that runs.
    Stop,
    Ask(Question),
    Suspend,
    Quit,
}

/// What the checker answers at once.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Question {
    Hint,
    Solution,
    /// Bring the stub back. It answers where it has put what was there.
    Reset,
}

/// The state.
#[derive(Debug)]
pub struct Desk {
    pub rows: Vec<Row>,
    pub current: usize,
    pub check: Check,
    pub view: View,
    /// What the last check has said, line by line.
    verdict: Vec<String>,
    /// How many rows of the text are above the window.
    scroll: usize,
    size: (usize, usize),
    /// It ends with the check that runs.
    is_last: bool,
}

/// What the window needs beside the text: two lines above and three below.
const FRAME: usize = 5;

impl Desk {
    /// A desk with a check under way. There must be a section.
    pub fn new(rows: Vec<Row>, current: usize, size: (usize, usize)) -> Self {
        let (check, view) = (Check::Running, View::Verdict);
        Self { rows, current, check, view, verdict: vec![], scroll: 0, size, is_last: false }
    }

    /// What has to be done, now that this has happened.
    pub fn update(&mut self, event: Event) -> Vec<Effect> {
        match event {
            Event::Key(Key::Interrupt) | Event::End => vec![Effect::Stop, Effect::Quit],
            Event::Key(Key::Suspend) | Event::Suspend => self.suspend(),
            Event::Key(key) => self.key(key),
            Event::Named(section) => self.go_to(section),
            // Not so fast that nobody could read that the last section is whole.
            Event::Saved(section) => self.go_to(section),
            Event::Checked(outcome, text, rows) => self.checked(outcome, text, rows),
            Event::Answered(text) => self.show(View::Page(text)),
            Event::WasReset(text) => {
                self.check = Check::Running;
                // Not the verdict: it must be read where the old text is.
                self.show(View::Page(text));
                vec![Effect::Check]
            }
            Event::Resized(columns, rows) => {
                self.size = (columns, rows);
                self.scroll = self.scroll.min(self.last_scroll());
                vec![]
            }
            Event::Resumed if self.check == Check::Interrupted => self.check_again(),
            Event::Resumed => vec![],
            Event::InputEnded if self.check == Check::Running => {
                self.is_last = true;
                vec![]
            }
            Event::InputEnded => vec![Effect::Quit],
        }
    }

    /// The sections whose files matter: the current one, and when that is whole the one that follows.
    pub fn watched(&self) -> Vec<usize> {
        let next = if self.is_whole() { self.next() } else { None };
        std::iter::once(self.current).chain(next).collect()
    }

    pub fn section(&self) -> &Row {
        &self.rows[self.current]
    }

    /// The next section that is not whole, from the one behind the current on, and then from the first.
    pub fn next(&self) -> Option<usize> {
        let from_next = (self.current + 1..self.rows.len()).chain(0..self.current);
        from_next.into_iter().find(|&section| !self.rows[section].is_whole)
    }

    /// The text that is looked at, line by line.
    pub fn text(&self) -> Vec<String> {
        match &self.view {
            View::Verdict | View::Sure => self.verdict.clone(),
            View::Page(text) => text.clone(),
            View::List(list) => list.lines(&self.rows),
        }
    }

    /// What the last check has said; nothing before there was one.
    pub fn verdict(&self) -> &[String] {
        &self.verdict
    }

    /// What of the text is in the window, as rows of its width.
    pub fn window(&self) -> Vec<String> {
        self.folded().into_iter().skip(self.scroll).take(self.height()).collect()
    }

    pub fn is_more_above(&self) -> bool {
        self.scroll > 0
    }

    pub fn is_more_below(&self) -> bool {
        self.scroll < self.last_scroll()
    }

    pub fn size(&self) -> (usize, usize) {
        self.size
    }

    fn is_whole(&self) -> bool {
        self.check == Check::Done(Outcome::Whole)
    }

    fn suspend(&mut self) -> Vec<Effect> {
        if self.check == Check::Running {
            self.check = Check::Interrupted;
        }
        vec![Effect::Stop, Effect::Suspend]
    }

    fn checked(&mut self, outcome: Outcome, text: Vec<String>, rows: Vec<Row>) -> Vec<Effect> {
        self.rows = rows;
        self.check = Check::Done(outcome);
        self.verdict = text;
        if matches!(self.view, View::Verdict) {
            self.scroll = self.explanation();
        }
        if self.is_last { vec![Effect::Quit] } else { vec![] }
    }

    fn check_again(&mut self) -> Vec<Effect> {
        self.check = Check::Running;
        // Whoever has saved wants to see what comes of it.
        if !matches!(self.view, View::Verdict) {
            self.show(View::Verdict);
            self.scroll = self.explanation();
        }
        vec![Effect::Check]
    }

    fn go_to(&mut self, section: usize) -> Vec<Effect> {
        if section != self.current {
            self.current = section;
            self.verdict = vec![];
        }
        self.check_again()
    }

    fn show(&mut self, view: View) -> Vec<Effect> {
        self.view = view;
        self.scroll = 0;
        vec![]
    }

    fn key(&mut self, key: Key) -> Vec<Effect> {
        match &mut self.view {
            View::Sure => {
                let is_sure = matches!(key, Key::Char('y' | 'Y' | 'o' | 'O'));
                self.show(View::Verdict);
                self.scroll = self.explanation();
                if is_sure { vec![Effect::Ask(Question::Reset)] } else { vec![] }
            }
            View::List(list) if list.takes(key) => {
                let chosen = list.key(key, &self.rows);
                self.follow_choice();
                chosen.map_or(vec![], |section| self.go_to(section))
            }
            _ => self.key_of_text(key),
        }
    }

    fn key_of_text(&mut self, key: Key) -> Vec<Effect> {
        let page = self.height().saturating_sub(1).max(1);
        match key {
            Key::Char('q') => return vec![Effect::Stop, Effect::Quit],
            Key::Char('r') => return self.check_again(),
            Key::Char('h') => return vec![Effect::Ask(Question::Hint)],
            Key::Char('s') => return vec![Effect::Ask(Question::Solution)],
            Key::Char('n') => return self.next().map_or(vec![], |next| self.go_to(next)),
            Key::Char('l') => {
                self.show(View::List(List::at(self.current)));
                self.follow_choice();
            }
            Key::Char('x') => drop(self.show(View::Sure)),
            Key::Char('?') => drop(self.show(View::Page(all_keys()))),
            Key::Escape | Key::Enter if !matches!(self.view, View::Verdict) => {
                self.show(View::Verdict);
                self.scroll = self.explanation();
            }
            Key::Enter if self.is_whole() => return self.key_of_text(Key::Char('n')),
            Key::Up | Key::Char('k') => self.scroll = self.scroll.saturating_sub(1),
            Key::Down | Key::Char('j') => self.scroll += 1,
            Key::PageUp | Key::Char('b') => self.scroll = self.scroll.saturating_sub(page),
            Key::PageDown | Key::Char(' ') => self.scroll += page,
            Key::Home | Key::Char('g') => self.scroll = 0,
            Key::End | Key::Char('G') => self.scroll = usize::MAX,
            _ => {}
        }
        self.scroll = self.scroll.min(self.last_scroll());
        vec![]
    }

    /// Moves the window to the chosen line of the list.
    fn follow_choice(&mut self) {
        if let View::List(list) = &self.view {
            let line = list.line_of_choice(&self.rows);
            let height = self.height();
            self.scroll = self.scroll.clamp((line + 1).saturating_sub(height), line);
            if line < height {
                self.scroll = 0;
            }
        }
    }

    /// Where the window begins, so that what is to be mended first is at its top: above it is the list of all tests.
    fn explanation(&self) -> usize {
        let is_heading = |line: &String| {
            let line = fold::plain(line);
            self.section().tests.iter().any(|test| line.starts_with(test.as_str()))
        };
        let Some(heading) = self.verdict.iter().position(is_heading) else { return 0 };
        let above = &self.verdict[..heading];
        above.iter().map(|line| fold::fold(line, self.size.0).len()).sum()
    }

    fn height(&self) -> usize {
        self.size.1.saturating_sub(FRAME).max(1)
    }

    fn last_scroll(&self) -> usize {
        let last = self.folded().len().saturating_sub(self.height());
        match self.view {
            View::Verdict | View::Sure => last.max(self.explanation()),
            View::Page(_) | View::List(_) => last,
        }
    }

    fn folded(&self) -> Vec<String> {
        self.text().iter().flat_map(|line| fold::fold(line, self.size.0)).collect()
    }
}

/// Every key, and what it does.
fn all_keys() -> Vec<String> {
    let text = words!(
        "Keys

  A save checks. Nothing has to be typed for it, and a save during a check
  stops that check and begins the next.

  h   a hint for the first test to mend; again: a plainer one
  r   check again
  n   on to the next section that is not whole
  l   the list of all sections
  s   the solution beside your own, once your tests pass
  x   bring the stub back (asks first; what you have is kept)
  q   quit; so does Ctrl-C. Ctrl-Z puts the desk aside, `fg` brings it back

  j k, arrows        a line down, a line up
  space b, pages     a page down, a page up
  g G                to the beginning, to the end
  Esc                back to the verdict

  In the list:
  j k g G, arrows    choose a section
  /                  filter: a part of a name, or a number; Esc ends it
  Enter              go to the section",
        "Touches

  Un enregistrement lance la vérification : il n'y a rien à taper. Pendant une
  vérification, il l'arrête et lance la suivante.

  h   un indice pour le premier test à corriger ; encore : un plus clair
  r   vérifier de nouveau
  n   passer à la section suivante qui n'est pas terminée
  l   la liste des sections
  s   la solution à côté de la vôtre, une fois vos tests réussis
  x   rétablir le squelette (demande d'abord ; votre texte est gardé)
  q   quitter ; Ctrl-C aussi. Ctrl-Z met de côté, `fg` ramène

  j k, flèches       une ligne plus bas, plus haut
  espace b, pages    une page plus bas, plus haut
  g G                au début, à la fin
  Échap              retour au verdict

  Dans la liste :
  j k g G, flèches   choisir une section
  /                  filtrer : une partie du nom, ou le numéro ; Échap y met fin
  Entrée             aller à la section"
    );
    text.lines().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
