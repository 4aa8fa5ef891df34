//! Where everything in a picture stands.

use crate::schedule::{Schedule, Story, Wait, What};
use crate::show::schedule::choice::{Choice, Room};
use crate::show::schedule::words::{Words, short};

/// What there is room for.
const ROOM: Room = Room { steps: 60, lanes: 6 };
/// How wide a character is, about.
const CHAR: f64 = 6.9;
/// From one line of text to the next.
pub const LINE: f64 = 15.0;
const MARGIN: f64 = 16.0;
/// Room for the numbers of the steps.
const NUMBERS: f64 = 34.0;
/// A bar that shows a lock in hand, with the gap beside it.
pub const BAR: f64 = 20.0;
/// From the line of a thread to the words at its right.
pub const WORDS: f64 = 10.0;
/// The legend needs so much.
const NARROWEST: f64 = 640.0;
/// The longest line of words in a lane, in characters.
const LONGEST: usize = 24;

/// A picture's places.
pub struct Layout<'a> {
    pub words: &'a Words<'a>,
    pub choice: Choice<'a>,
    pub lanes: Vec<Lane>,
    pub rows: Vec<Row>,
    /// The sentence, in lines.
    pub sentence: Vec<String>,
    /// Where the last row ends.
    pub bottom: f64,
    width: f64,
}

/// The lane of a thread.
pub struct Lane {
    pub thread: usize,
    /// Its left border, and that of the next one.
    pub left: f64,
    pub right: f64,
    /// The line of the thread.
    pub x: f64,
}

/// The row of a step.
pub struct Row {
    pub step: usize,
    /// Where its dot is.
    pub y: f64,
    pub top: f64,
    pub bottom: f64,
    /// What the thread does, in lines.
    pub words: Vec<String>,
    /// What stands above it: that the scheduler stepped in, or that steps are left out.
    pub above: Vec<Above>,
}

/// A line between two rows.
pub struct Above {
    pub y: f64,
    pub text: String,
    pub is_switch: bool,
}

impl<'a> Layout<'a> {
    pub fn new(words: &'a Words<'a>, sentence: &str) -> Self {
        let choice = Choice::new(words, ROOM);
        let lanes = lanes(words, &choice);
        let right = lanes.last().map_or(MARGIN, |lane| lane.right);
        let places =
            choice.steps.iter().filter_map(|&step| words.schedule.events[step].place.as_ref());
        let places = places.map(|place| short(place).chars().count()).max().unwrap_or(0);
        let width = (right + places as f64 * CHAR + MARGIN).max(NARROWEST);
        let sentence = wrapped(sentence, ((width - 2.0 * MARGIN) / (CHAR + 0.8)) as usize);
        let mut layout = Self { words, choice, lanes, rows: vec![], sentence, bottom: 0.0, width };
        layout.bottom = layout.add_rows();
        layout
    }

    pub fn schedule(&self) -> &'a Schedule {
        self.words.schedule
    }

    pub fn story(&self) -> &'a Story {
        self.words.story
    }

    pub fn width(&self) -> f64 {
        self.width
    }

    /// With room for what each thread waits for, and for the legend.
    pub fn height(&self) -> f64 {
        self.bottom + 5.2 * LINE + MARGIN
    }

    pub fn left(&self) -> f64 {
        MARGIN
    }

    /// Where the names of the threads stand.
    pub fn heads(&self) -> f64 {
        MARGIN + LINE * (self.sentence.len() as f64 + 2.6)
    }

    fn add_rows(&mut self) -> f64 {
        let mut y = self.heads() + LINE;
        let mut after = None;
        for step in self.choice.steps.clone() {
            let gap = self.choice.gap(after, step).map(|text| (text, false));
            let switch = self.words.switch(step).map(|text| (text, true));
            let mut above = vec![];
            for (text, is_switch) in gap.into_iter().chain(switch) {
                above.push(Above { y: y + LINE * 0.7, text, is_switch });
                y += LINE * 1.4;
            }
            let words = wrapped(&self.words.step(step), LONGEST);
            let height = LINE * (words.len() as f64 + 0.7);
            self.rows.push(Row {
                step,
                y: y + LINE * 0.8,
                top: y,
                bottom: y + height,
                words,
                above,
            });
            y += height;
            after = Some(step);
        }
        y
    }

    /// The lane of a thread, if it has one.
    pub fn lane(&self, thread: usize) -> Option<&Lane> {
        self.lanes.iter().find(|lane| lane.thread == thread)
    }

    /// The height of an event: that of its dot, or between the rows where it would stand.
    pub fn y_of(&self, event: usize) -> f64 {
        match self.rows.iter().find(|row| row.step >= event) {
            Some(row) if row.step == event => row.y,
            Some(row) => row.top,
            None => self.bottom,
        }
    }

    /// Under the words of an event.
    pub fn below(&self, event: usize) -> f64 {
        let row = self.rows.iter().find(|row| row.step == event);
        row.map_or(self.y_of(event), |row| row.bottom - 3.0)
    }

    /// From where to where the thread lives.
    pub fn life(&self, thread: usize) -> (f64, f64) {
        let events = &self.schedule().events;
        let starts = |event: &&crate::schedule::Event| {
            event.what == What::Start && event.other == Some(thread)
        };
        let start = events.iter().position(|event| starts(&event));
        let end = events.iter().position(|event| event.what == What::End && event.thread == thread);
        let from = start.map_or(self.heads() + LINE * 0.4, |start| self.below(start));
        (from, end.map_or(self.bottom, |end| self.y_of(end)))
    }

    /// The spans of rows in which `of` says the same of a step: what, and from where to where.
    pub fn spans<T: PartialEq + Copy>(
        &self,
        of: impl Fn(usize) -> Option<T>,
    ) -> Vec<(T, usize, usize)> {
        let mut spans: Vec<(T, usize, usize)> = vec![];
        for (index, row) in self.rows.iter().enumerate() {
            let Some(what) = of(row.step) else { continue };
            match spans.last_mut() {
                Some((before, _, to)) if *before == what && *to == index => *to = index + 1,
                _ => spans.push((what, index, index + 1)),
            }
        }
        spans
    }

    /// Where a thread waits, and for what.
    pub fn waits(&self, thread: usize) -> Vec<(Wait, usize, usize)> {
        self.spans(|step| self.story().steps[step].waits[thread])
    }

    /// The dot of row number `index`; past the last row, its end.
    pub fn y_of_row(&self, index: usize) -> f64 {
        self.rows.get(index).map_or(self.bottom, |row| row.y)
    }
}

/// The lanes, each as wide as what is said in it.
fn lanes(words: &Words<'_>, choice: &Choice<'_>) -> Vec<Lane> {
    let mut left = MARGIN + NUMBERS;
    let lane = |&thread: &usize| {
        let bars = choice.steps.iter().map(|&step| words.story.steps[step].held[thread].len());
        let own = choice.steps.iter().filter(|&&step| words.schedule.events[step].thread == thread);
        let said = own.map(|&step| words.step(step));
        let waits = words.schedule.waiting_thread(thread).map(|waiting| words.waits(waiting));
        let lines = said.chain(waits).flat_map(|said| wrapped(&said, LONGEST));
        let longest = lines.map(|line| line.chars().count()).max().unwrap_or(0).max(12);
        let x = left + bars.max().unwrap_or(0) as f64 * BAR + 12.0;
        let right = x + WORDS + longest as f64 * CHAR + 10.0;
        let lane = Lane { thread, left, right, x };
        left = right;
        lane
    };
    choice.threads.iter().map(lane).collect()
}

/// The text in lines of so many characters at most.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    textwrap::wrap(text, width.max(8)).into_iter().map(String::from).collect()
}
