//! A column a thread, a row a step: which steps and threads are shown, and where they stand.

use super::words::{Words, short};
use crate::schedule::{Failure, Switch, What};
use crate::show::text::safe;
use crate::show::{BAD, FAINT, STRONG};
use std::collections::BTreeSet;

/// So many columns has a line.
const COLUMNS: usize = 100;
/// What stands before the lanes: a margin, and the number of the step.
const MARGIN: usize = 9;
/// A lane is not wider than this.
const WIDEST: usize = 30;
/// So many steps at most are shown, and so many threads.
const MOST_STEPS: usize = 32;
const MOST_LANES: usize = 5;
/// Of a longer schedule: so many of the first steps; of one without end, so many of the last.
const FIRST: usize = 6;
const LAST_OF_ENDLESS: usize = 4;
/// With more lanes than this, one that only starts threads and waits for them is left out.
const FEW_LANES: usize = 3;

/// What is shown of a schedule.
pub struct Lanes<'a> {
    words: &'a Words<'a>,
    threads: Vec<usize>,
    /// The numbers of the events.
    pub steps: Vec<usize>,
}

impl<'a> Lanes<'a> {
    /// Chooses what is shown.
    pub fn new(words: &'a Words<'a>) -> Self {
        let schedule = words.schedule;
        // What comes after the panic is of no interest.
        let panic = schedule.events.iter().position(|event| event.what == What::Panic);
        let all = 0..panic.map_or(schedule.events.len(), |panic| panic + 1);
        let told: Vec<usize> = all.filter(|&index| is_told(words, index)).collect();
        let threads = chosen_threads(words, &told);
        let told =
            told.into_iter().filter(|&index| threads.contains(&schedule.events[index].thread));
        Self { words, steps: chosen_steps(words, told.collect()), threads }
    }

    /// The lanes, as text.
    pub fn text(&self) -> String {
        let names = self.threads.iter().map(|&thread| self.words.schedule.threads[thread].clone());
        let mut text = self.row("", &names.collect::<Vec<_>>(), "").in_style(STRONG);
        let mut after = None;
        for &step in &self.steps {
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
        let from = after.map_or(0, |after| after + 1);
        let is_missing = |index: &usize| is_told(self.words, *index);
        let mut missing = (from..step).filter(is_missing).count();
        if let Some(cut) = self.words.schedule.cut
            && (from..=step).contains(&cut.before)
        {
            missing += cut.count;
        }
        match missing {
            0 => String::new(),
            1 => format!("{:MARGIN$}{FAINT}… 1 step left out{FAINT:#}\n", ""),
            many => format!("{:MARGIN$}{FAINT}… {many} steps left out{FAINT:#}\n", ""),
        }
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
        let cells: Vec<String> = self.threads.iter().map(cell).collect();
        let place = event.place.as_ref().map(short).unwrap_or_default();
        let place = place.rsplit('/').next().unwrap_or_default();
        self.row(&self.number(step), &cells, place).told(self, event.thread)
    }

    /// The number of a step, counted over the gap.
    fn number(&self, step: usize) -> String {
        let cut = self.words.schedule.cut.filter(|cut| cut.before <= step);
        (step + 1 + cut.map_or(0, |cut| cut.count)).to_string()
    }

    /// The last row: who waits for what.
    fn end(&self) -> String {
        let schedule = self.words.schedule;
        let cell = |&thread: &usize| {
            let waiting = schedule.waiting_thread(thread);
            waiting.map(|waiting| self.words.waits(waiting)).unwrap_or_default()
        };
        let cells: Vec<String> = self.threads.iter().map(cell).collect();
        match schedule.waiting.is_empty() {
            true => String::new(),
            false => self.row("end", &cells, "").in_style(BAD),
        }
    }

    /// Which threads are not shown.
    fn left_out(&self) -> String {
        let all = self.words.schedule.threads.iter().enumerate();
        let out = all.filter(|(thread, _)| !self.threads.contains(thread));
        let out: Vec<&str> = out.map(|(_, name)| name.as_str()).collect();
        match out.is_empty() {
            true => String::new(),
            false => format!("{:MARGIN$}{FAINT}not shown: {}{FAINT:#}\n", "", out.join(", ")),
        }
    }

    fn width(&self) -> usize {
        let place = 3 + self.place_width();
        let lanes = self.threads.len().max(1);
        ((COLUMNS - MARGIN - place) / lanes).saturating_sub(2).min(WIDEST)
    }

    fn place_width(&self) -> usize {
        let places = self.steps.iter().filter_map(|&step| {
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
        self.text(|lane| match lanes.threads[lane] == thread {
            true => (String::new(), String::new()),
            false => (FAINT.to_string(), format!("{FAINT:#}")),
        })
    }
}

/// Is this event worth a row?
fn is_told(words: &Words<'_>, index: usize) -> bool {
    let event = &words.schedule.events[index];
    let stepped_in = event.switch != Switch::None && event.switch != Switch::Free;
    let is_dull = matches!(event.what, What::Begin | What::End | What::Now | What::LeaveOnce);
    stepped_in || !is_dull
}

/// The threads that get a lane: those that matter most, in their order.
fn chosen_threads(words: &Words<'_>, told: &[usize]) -> Vec<usize> {
    let schedule = words.schedule;
    let events = told.iter().map(|&index| &schedule.events[index]);
    let acts = |thread: &usize| {
        let mut own = events.clone().filter(|event| event.thread == *thread);
        own.any(|event| !matches!(event.what, What::Start | What::Join))
            || schedule.waiting_thread(*thread).is_some_and(|it| it.what != What::Join)
    };
    let all = 0..schedule.threads.len();
    let mut threads: Vec<usize> = all.clone().collect();
    if threads.len() > FEW_LANES {
        threads = all.filter(acts).collect();
    }
    let circle: BTreeSet<usize> =
        schedule.circle().unwrap_or_default().iter().map(|waiting| waiting.thread).collect();
    let weight = |thread: usize| {
        let last = told.iter().rposition(|&index| schedule.events[index].thread == thread);
        let panics = schedule.panic().is_some_and(|event| event.thread == thread);
        (circle.contains(&thread) || panics, last)
    };
    let mut by_weight = threads.clone();
    by_weight.sort_by_key(|&thread| std::cmp::Reverse(weight(thread)));
    by_weight.truncate(MOST_LANES);
    threads.retain(|thread| by_weight.contains(thread));
    threads
}

/// The steps that are shown, of those that could be: the first, the last, and where the scheduler stepped in.
fn chosen_steps(words: &Words<'_>, told: Vec<usize>) -> Vec<usize> {
    let is_endless = words.schedule.failure == Failure::Endless;
    if told.len() <= MOST_STEPS && !is_endless {
        return told;
    }
    let is_mark = |position: usize| {
        let step = told[position];
        words.switch(step).is_some() || words.story.steps[step].is_lost
    };
    let mut kept: BTreeSet<usize> = (0..told.len().min(FIRST)).collect();
    for position in (0..told.len()).rev().filter(|&position| is_mark(position)) {
        if kept.len() + 3 <= MOST_STEPS / 2 {
            kept.extend(position.saturating_sub(1)..told.len().min(position + 2));
        }
    }
    let last = if is_endless { LAST_OF_ENDLESS } else { MOST_STEPS - kept.len() };
    kept.extend(told.len().saturating_sub(last)..told.len());
    kept.into_iter().map(|position| told[position]).collect()
}
