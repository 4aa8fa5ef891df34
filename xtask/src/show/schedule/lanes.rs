//! A column a thread, a row a step, as text.

use super::choice::{Choice, Room};
use super::words::{Words, short};
use crate::show::text::safe;
use crate::show::{BAD, FAINT, STRONG};
use crate::words;

/// What stands before the lanes: a margin, and the number of the step.
const MARGIN: usize = 9;
/// A lane is not wider than this.
const WIDEST: usize = 30;
/// What there is room for.
const ROOM: Room = Room { steps: 32, lanes: 5 };

/// The lanes of a schedule.
pub struct Lanes<'a> {
    words: &'a Words<'a>,
    pub choice: Choice<'a>,
    /// So many columns has a line.
    columns: usize,
}

impl<'a> Lanes<'a> {
    pub fn new(words: &'a Words<'a>, columns: usize) -> Self {
        Self { words, choice: Choice::new(words, ROOM), columns }
    }

    /// The lanes, as text.
    pub fn text(&self) -> String {
        let names =
            self.choice.threads.iter().map(|&thread| self.words.schedule.threads[thread].clone());
        let mut text = self.row("", &names.collect::<Vec<_>>(), "").in_style(STRONG);
        let mut after = None;
        for &step in &self.choice.steps {
            text += &self.gap(after, step);
            if let Some(switch) = self.words.switch(step) {
                text += &format!("{:MARGIN$}{BAD}── {switch} ──{BAD:#}\n", "");
            }
            text += &self.step(step);
            after = Some(step);
        }
        text + &self.gap(after, self.words.schedule.events.len()) + &self.end() + &self.left_out()
    }

    /// That steps are left out between these two.
    fn gap(&self, after: Option<usize>, step: usize) -> String {
        self.choice
            .gap(after, step)
            .map_or(String::new(), |gap| format!("{:MARGIN$}{FAINT}… {gap}{FAINT:#}\n", ""))
    }

    fn step(&self, step: usize) -> String {
        let event = &self.words.schedule.events[step];
        let cell = |&thread: &usize| {
            if thread == event.thread {
                return self.words.step(step);
            }
            let wait = self.words.story.steps[step].waits[thread];
            let wait = wait.map(|wait| self.words.meanwhile(wait)).unwrap_or_default();
            format!("{} {wait}", self.words.held(step, thread)).trim().to_owned()
        };
        let cells: Vec<String> = self.choice.threads.iter().map(cell).collect();
        let place = event.place.as_ref().map(short).unwrap_or_default();
        let place = place.rsplit('/').next().unwrap_or_default();
        self.row(&self.choice.number(step), &cells, place).told(self, event.thread)
    }

    /// The last row: who waits for what.
    fn end(&self) -> String {
        let schedule = self.words.schedule;
        let cell = |&thread: &usize| {
            let waiting = schedule.waiting_thread(thread);
            waiting.map(|waiting| self.words.waits(waiting)).unwrap_or_default()
        };
        let cells: Vec<String> = self.choice.threads.iter().map(cell).collect();
        match cells.iter().all(String::is_empty) {
            true => String::new(),
            false => {
                let label = match schedule.failure {
                    Some(_) => words!("end", "fin"),
                    None => words!("now", "là"),
                };
                self.row(&label, &cells, "").in_style(BAD)
            }
        }
    }

    fn left_out(&self) -> String {
        self.choice.left_out().map_or(String::new(), |out| {
            let out = words!("not shown: {out}", "sans : {out}");
            format!("{:MARGIN$}{FAINT}{out}{FAINT:#}\n", "")
        })
    }

    fn width(&self) -> usize {
        let place = 3 + self.place_width();
        let lanes = self.choice.threads.len().max(1);
        (self.columns.saturating_sub(MARGIN + place) / lanes).saturating_sub(2).min(WIDEST)
    }

    fn place_width(&self) -> usize {
        let places = self.choice.steps.iter().filter_map(|&step| {
            let place = self.words.schedule.events[step].place.as_ref()?;
            Some(short(place).rsplit('/').next().unwrap_or_default().chars().count())
        });
        places.max().unwrap_or(0)
    }

    /// A row whose cells may take several lines.
    fn row(&self, number: &str, cells: &[String], place: &str) -> Row {
        let width = self.width();
        let wrap = |cell: &String| {
            let cell = safe(cell).replace(['\n', '\t'], " ");
            let lines =
                textwrap::wrap(&cell, textwrap::Options::new(width).subsequent_indent("  "));
            lines.into_iter().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>()
        };
        Row {
            number: format!("{number:>MARGIN$}", MARGIN = MARGIN - 2),
            cells: cells.iter().map(wrap).collect(),
            place: place.to_owned(),
            width,
        }
    }
}

/// The lines of a row, not styled as yet.
struct Row {
    number: String,
    cells: Vec<Vec<String>>,
    place: String,
    width: usize,
}

impl Row {
    /// As text; `style` says what stands before and behind each cell.
    fn text(&self, style: impl Fn(usize) -> (String, String)) -> String {
        let height = self.cells.iter().map(Vec::len).max().unwrap_or(1).max(1);
        let mut text = String::new();
        for line in 0..height {
            let number = if line == 0 { self.number.as_str() } else { "" };
            let mut row =
                format!("{FAINT}{number:>number_width$}{FAINT:#}", number_width = MARGIN - 2);
            for (index, cell) in self.cells.iter().enumerate() {
                let (before, after) = style(index);
                let cell = cell.get(line).map_or("", String::as_str);
                let rest = self.width.saturating_sub(cell.chars().count());
                row += &match cell {
                    "" => format!("  {:rest$}", ""),
                    cell => format!("  {before}{cell}{after}{:rest$}", ""),
                };
            }
            if line == 0 && !self.place.is_empty() {
                row += &format!("  {FAINT}{}{FAINT:#}", self.place);
            }
            text += row.trim_end();
            text.push('\n');
        }
        text
    }

    fn in_style(&self, style: anstyle::Style) -> String {
        self.text(|_| (style.to_string(), format!("{style:#}")))
    }

    /// The row of a step of this thread: what the others hold is faint.
    fn told(&self, lanes: &Lanes<'_>, thread: usize) -> String {
        self.text(|lane| match lanes.choice.threads[lane] == thread {
            true => (String::new(), String::new()),
            false => (FAINT.to_string(), format!("{FAINT:#}")),
        })
    }
}
