//! A recorded run as a picture: a lane a thread or process, time goes to the right. SVG, with no script and nothing
//! from elsewhere.

mod marks;

use super::recording::{Lane, Of, Recording, Span, State, Tie, TieKind};
use std::collections::BTreeMap;
use xtask::show::picture::{MARK, escaped};
use xtask::words;

/// The width of the picture, and of the part with the time in it.
const WIDTH: f64 = 1240.0;
/// Where the lanes begin: the names stand before.
pub const LEFT: f64 = 150.0;
pub const RIGHT: f64 = WIDTH - 16.0;
/// From one line of text to the next.
pub const LINE: f64 = 16.0;
/// The height of what a lane does, and of each lock below it.
pub const BAND: f64 = 14.0;
pub const LOCK: f64 = 12.0;
/// So many lanes are drawn, so many locks of a lane, so many ties and so many lines of text at the end.
const LANES: usize = 64;
const LOCKS: usize = 6;
const TIES: usize = 250;
const LINES: usize = 40;
/// A character is about so wide.
const CHAR: f64 = 7.0;

/// Where everything stands, and what is left out.
pub struct Layout<'a> {
    pub recording: &'a Recording,
    pub headline: Vec<String>,
    pub lanes: Vec<Row<'a>>,
    pub ties: Vec<&'a Tie>,
    /// Where the lanes begin, and end.
    pub top: f64,
    pub bottom: f64,
    /// The lines below the lanes.
    pub notes: Vec<String>,
    pub waits: Vec<String>,
}

/// A lane with its place.
pub struct Row<'a> {
    pub lane: &'a Lane,
    pub y: f64,
    /// The spans that are wide enough to be seen, and for each state how many others.
    pub wide: Vec<&'a Span>,
    pub narrow: Vec<&'a Span>,
    /// In which place below the lane a lock stands.
    pub slots: Vec<usize>,
}

impl<'a> Layout<'a> {
    pub fn new(recording: &'a Recording) -> Self {
        let headline = wrapped(&recording.headline(), WIDTH - 32.0);
        let top = LINE * (headline.len() as f64 + 3.0);
        let mut layout = Self {
            recording,
            headline,
            lanes: vec![],
            ties: vec![],
            top,
            bottom: top,
            notes: vec![],
            waits: recording.last_waits(),
        };
        for lane in recording.lanes.iter().take(LANES) {
            let row = layout.row(lane);
            layout.bottom = row.y + BAND + row.slots.len() as f64 * LOCK + 18.0;
            layout.lanes.push(row);
        }
        layout.ties = layout.chosen_ties();
        layout.notes = layout.left_out();
        if layout.waits.len() > LINES {
            let more = layout.waits.len() - LINES;
            layout.waits.truncate(LINES);
            layout.waits.push(words!("… and {more} more", "… et {more} de plus"));
        }
        layout
    }

    fn row(&self, lane: &'a Lane) -> Row<'a> {
        let (wide, narrow): (Vec<&Span>, Vec<&Span>) =
            lane.spans.iter().partition(|span| self.x(span.to) - self.x(span.from) >= 2.0);
        let mut slots: Vec<usize> = vec![];
        for span in &lane.spans {
            if let State::Holds(lock) = span.state
                && !slots.contains(&lock)
                && slots.len() < LOCKS
            {
                slots.push(lock);
            }
        }
        slots.sort_unstable();
        Row { lane, y: self.bottom, wide, narrow, slots }
    }

    /// The place of a moment.
    pub fn x(&self, time: u64) -> f64 {
        LEFT + (RIGHT - LEFT) * time as f64 / self.recording.end.max(1) as f64
    }

    /// Those that can be told apart: between lanes that are drawn, and of many in one place the one after the longest
    /// wait.
    fn chosen_ties(&self) -> Vec<&'a Tie> {
        let recording = self.recording;
        let waited = |tie: &Tie| {
            let spans = &recording.lanes[tie.to.0].spans;
            let before = spans.partition_point(|span| span.from <= tie.to.1);
            let recent = spans[..before].iter().rev().take(8);
            let wait = recent.filter(|span| span.state == State::Waits && span.to == tie.to.1);
            wait.map(|span| span.to - span.from).max().unwrap_or(0)
        };
        let drawn = recording.ties.iter().filter(|tie| tie.from.0 < LANES && tie.to.0 < LANES);
        let mut best = BTreeMap::new();
        for tie in drawn {
            let place = |time| (self.x(time) / 4.0) as u32;
            let key = (tie.kind, tie.from.0, tie.to.0, place(tie.from.1), place(tie.to.1));
            let entry = best.entry(key).or_insert((waited(tie), tie));
            if waited(tie) > entry.0 {
                *entry = (waited(tie), tie);
            }
        }
        let mut ties: Vec<(u64, &Tie)> = best.into_values().collect();
        let comes_first =
            |tie: &Tie| matches!(tie.kind, TieKind::Starts | TieKind::Ends | TieKind::Signals);
        ties.sort_by_key(|(waited, tie)| std::cmp::Reverse((comes_first(tie), *waited)));
        ties.into_iter().take(TIES).map(|(_, tie)| tie).collect()
    }

    /// What the picture does not show one by one.
    fn left_out(&self) -> Vec<String> {
        let recording = self.recording;
        let narrow: usize = self.lanes.iter().map(|row| row.narrow.len()).sum();
        let (events, ties, drawn) = (recording.events, recording.ties.len(), self.ties.len());
        let lanes = recording.lanes.len().saturating_sub(LANES);
        let locks = self.lanes.iter().flat_map(|row| {
            let unseen = move |span: &&&Span| matches!(span.state, State::Holds(lock) if !row.slots.contains(&lock));
            row.wide.iter().chain(&row.narrow).filter(unseen)
        });
        let locks = locks.count();
        let mut notes = vec![];
        if narrow > 0 {
            notes.push(words!(
                "Summarised: stretches narrower than 2 pixels are merged ({narrow}, of {events} events).",
                "Résumé : les intervalles de moins de 2 pixels sont fusionnés ({narrow}, sur {events} événements)."
            ));
        }
        if drawn < ties {
            notes.push(words!(
                "Of {ties} arrows, {drawn} are drawn: of many in one place that after the longest wait.",
                "Sur {ties} flèches, {drawn} sont tracées : celles des attentes les plus longues de chaque endroit."
            ));
        }
        if lanes > 0 {
            notes.push(words!(
                "{lanes} more lanes are not drawn.",
                "{lanes} autres lignes ne sont pas tracées."
            ));
        }
        if locks > 0 {
            notes.push(words!(
                "{locks} stretches in which a lane holds a seventh lock or more are not drawn.",
                "{locks} intervalles où une ligne tient un septième verrou ou plus ne sont pas tracés."
            ));
        }
        notes.push(match recording.of {
            Of::Processes => words!(
                "A system call shorter than 0.1 ms is not drawn as a wait: the tracing alone takes that long.",
                "Un appel système de moins de 0,1 ms n'est pas montré comme attente : le traçage seul dure autant."
            ),
            Of::Threads => words!(
                "Waits in std and crossbeam are seen. Who waits in anything else, as in a read, is drawn as running.",
                "Les attentes dans std et crossbeam sont vues. Qui attend ailleurs, comme dans une lecture, semble s'exécuter."
            ),
        });
        notes.extend(recording.loss());
        notes
    }

    fn height(&self) -> f64 {
        let lines = self.notes.len() + self.waits.len() + if self.waits.is_empty() { 0 } else { 1 };
        self.bottom + LINE * (lines as f64 + 4.5)
    }

    /// The row of a lane, if it is drawn.
    pub fn y(&self, lane: usize) -> Option<f64> {
        self.lanes.get(lane).map(|row| row.y)
    }
}

/// The picture, and what it does not show one by one.
pub fn svg(recording: &Recording) -> (String, Vec<String>) {
    let layout = Layout::new(recording);
    let height = layout.height();
    let desc = [&layout.waits[..], &layout.notes[..]].concat().join(". ");
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
         height=\"{height}\" role=\"img\" aria-labelledby=\"title desc\">\n{MARK}\n<title id=\"title\">{}</title>\n\
         <desc id=\"desc\">{}</desc>\n<style>\n{}</style>\n{}</svg>\n",
        escaped(&recording.headline()),
        escaped(&desc),
        include_str!("style.css"),
        marks::all(&layout),
    );
    (svg, layout.notes)
}

/// The text in lines of this width, about.
fn wrapped(text: &str, width: f64) -> Vec<String> {
    let limit = (width / CHAR) as usize;
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.last_mut().expect("there is one from the start");
        if !last.is_empty() && last.chars().count() + word.chars().count() >= limit {
            lines.push(word.to_owned());
        } else {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two lanes and a lock, with names that must be escaped.
    fn recording() -> Recording {
        let span = Span {
            from: 10,
            to: 500,
            state: State::Holds(0),
            label: "a<b> & \"c\"".into(),
            place: "lib.rs:3".into(),
        };
        let first = Lane { name: "<main> & \u{7}".into(), spans: vec![span], ..Lane::default() };
        let second =
            Lane { name: "other".into(), ended: Some((900, "ends".into())), ..Lane::default() };
        let label = "<lock>".to_owned();
        let tie = Tie { from: (0, 500), to: (1, 600), kind: TieKind::Frees, label };
        Recording {
            program: "a & b".into(),
            end: 1000,
            lanes: vec![first, second],
            locks: vec!["a<b> & \"c\"".into()],
            ties: vec![tie],
            ..Recording::default()
        }
    }

    #[test]
    fn text_is_escaped_and_told_to_a_screen_reader() {
        let (svg, _) = svg(&recording());
        let document = roxmltree::Document::parse(&svg).unwrap();
        let of_root = |name: &str| {
            let mut children = document.root_element().children();
            children.find(|child| child.has_tag_name(name)).and_then(|child| child.text())
        };
        assert_eq!(of_root("title"), Some("a & b: 2 threads, 1 µs"));
        assert!(of_root("desc").is_some());
    }

    #[test]
    fn dropped_events_are_said_in_the_picture_and_beside_it() {
        let (svg, notes) = svg(&Recording { dropped: 5, ..recording() });
        assert!(svg.contains("5 later events were dropped"), "{svg}");
        assert!(notes.iter().any(|note| note.contains("5 later events were dropped")), "{notes:?}");
    }

    #[test]
    fn more_lanes_than_fit_are_left_out_and_counted() {
        let lane = |number: u32| Lane { name: format!("thread {number}"), ..Lane::default() };
        let recording = Recording { end: 1000, lanes: (0..70).map(lane).collect(), ..recording() };
        let (svg, notes) = svg(&recording);
        assert!(svg.contains("thread 63") && !svg.contains("thread 64"));
        assert!(notes.iter().any(|note| note.contains("6 more lanes")), "{notes:?}");
    }
}
