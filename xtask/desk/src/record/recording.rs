//! What was seen of a run, whichever way it was recorded: lanes with spans, and ties between them. Both ways of showing
//! it start from here.

use xtask::words;

/// A recorded run. Times are nanoseconds since its start.
#[derive(Debug, Default)]
pub struct Recording {
    /// What was run.
    pub program: String,
    /// Its last moment.
    pub end: u64,
    pub lanes: Vec<Lane>,
    /// The names of the locks that somebody holds, as [`State::Holds`] counts them.
    pub locks: Vec<String>,
    pub ties: Vec<Tie>,
    /// How many events were recorded, and how many found no room.
    pub events: u64,
    pub dropped: u64,
    /// Who waits for what at the end.
    pub waiting: Vec<Waiting>,
    /// What kind of lanes these are.
    pub of: Of,
}

/// What has a lane.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Of {
    #[default]
    Threads,
    Processes,
}

/// A thread, or a process.
#[derive(Debug, Default)]
pub struct Lane {
    pub name: String,
    /// In the picture of processes: a further thread of one.
    pub is_thread: bool,
    pub start: u64,
    /// When it ended, and how, if it did.
    pub ended: Option<(u64, String)>,
    /// In the order of their beginnings; those of the same kind do not overlap, except locks.
    pub spans: Vec<Span>,
    /// What came to it at one moment: a signal.
    pub marks: Vec<(u64, String)>,
}

/// A stretch of a lane that is something other than running.
#[derive(Debug)]
pub struct Span {
    pub from: u64,
    pub to: u64,
    pub state: State,
    /// What it waits for, or holds.
    pub label: String,
    /// The line of the program, where it is known.
    pub place: String,
}

/// What a lane is doing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum State {
    /// It waits for somebody.
    Waits,
    /// It waits for the clock.
    Sleeps,
    /// It has ended, and nobody has asked how.
    Zombie,
    /// It holds the lock of this number.
    Holds(usize),
}

/// Something that one lane does, and another has waited for.
#[derive(Debug)]
pub struct Tie {
    pub from: (usize, u64),
    pub to: (usize, u64),
    pub kind: TieKind,
    pub label: String,
}

/// What goes from one lane to another.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum TieKind {
    /// One starts the other.
    Starts,
    /// One has ended; the other has waited for it.
    Ends,
    /// A lock.
    Frees,
    /// A wakeup: a notify, an unpark, a barrier that opens.
    Wakes,
    /// A message, or bytes.
    Carries,
    /// A signal.
    Signals,
}

/// A lane that waits at the end.
#[derive(Debug)]
pub struct Waiting {
    pub lane: usize,
    /// What for.
    pub label: String,
    pub place: String,
    /// The lanes without which it can't go on, where they are known.
    pub until: Vec<usize>,
}

impl Recording {
    /// Lanes that wait for each other in a cycle: each for the next, and the last for the first.
    pub fn cycle(&self) -> Option<Vec<&Waiting>> {
        self.waiting.iter().find_map(|first| {
            let mut way = vec![first];
            // Each waits for one thing; with one holder that is one way to follow.
            while way.len() <= self.waiting.len() {
                let last = way[way.len() - 1];
                if last.until.contains(&first.lane) {
                    return Some(way);
                }
                let goes_on = |waiting: &&Waiting| last.until.contains(&waiting.lane);
                way.push(self.waiting.iter().find(goes_on)?);
            }
            None
        })
    }

    /// How it ended, in a sentence.
    pub fn headline(&self) -> String {
        let (program, lanes) = (&self.program, self.lanes.len());
        let seconds = seconds(self.end);
        if let Some(cycle) = self.cycle() {
            let first = self.lane_name(cycle[0].lane);
            let steps = cycle.iter().map(|waiting| {
                let (name, label) = (self.lane_name(waiting.lane), &waiting.label);
                words!("{name} waits for {label}", "{name} attend {label}")
            });
            let steps = steps.collect::<Vec<_>>().join("; ");
            let len = cycle.len();
            return words!(
                "{program}: deadlock, a wait-for cycle of {len}, from {first} back to {first}: {steps}",
                "{program} : interblocage, un cycle d'attente de {len}, de {first} à {first} : {steps}"
            );
        }
        let alive = self.lanes.iter().filter(|lane| lane.ended.is_none()).count();
        if alive > 0 && self.waiting.len() == alive && self.of == Of::Threads {
            return words!(
                "{program}: stopped after {seconds}, while each of the {alive} threads waited",
                "{program} : arrêté après {seconds} ; chacun des {alive} threads attendait"
            );
        }
        let colon = words!(":", " :");
        match self.of {
            Of::Threads if lanes == 1 => format!("{program}{colon} 1 thread, {seconds}"),
            Of::Threads => format!("{program}{colon} {lanes} threads, {seconds}"),
            Of::Processes => {
                let threads = self.lanes.iter().filter(|lane| lane.is_thread).count();
                let processes = match lanes - threads {
                    1 => words!("1 process", "1 processus"),
                    processes => words!("{processes} processes", "{processes} processus"),
                };
                let threads = match threads {
                    0 => String::new(),
                    1 => words!(" and one more thread", " et un thread de plus"),
                    _ => words!(" and {threads} more threads", " et {threads} threads de plus"),
                };
                format!("{program}{colon} {processes}{threads}, {seconds}")
            }
        }
    }

    /// Who waits for what at the end, a sentence each.
    pub fn last_waits(&self) -> Vec<String> {
        let sentence = |waiting: &Waiting| {
            let name = self.lane_name(waiting.lane);
            let (label, place) = (&waiting.label, &waiting.place);
            let until = waiting.until.iter().map(|&lane| self.lane_name(lane));
            // Who waits for the end of a thread has said for whom.
            let until: Vec<&str> = until.filter(|name| !label.contains(name)).collect();
            let until = until.join(", ");
            let at = if place.is_empty() { String::new() } else { format!(" ({place})") };
            match until.is_empty() {
                true => words!("{name} waits for {label}{at}", "{name} attend {label}{at}"),
                false => words!(
                    "{name} waits for {label}, that is for {until}{at}",
                    "{name} attend {label}, donc {until}{at}"
                ),
            }
        };
        self.waiting.iter().map(sentence).collect()
    }

    /// What was not recorded, if anything.
    pub fn loss(&self) -> Option<String> {
        let dropped = self.dropped;
        (dropped > 0).then(|| {
            words!(
                "The record was full: {dropped} later events were dropped, and what goes on then is not shown.",
                "L'enregistrement était plein : {dropped} événements de la suite ont été perdus ; elle n'est pas montrée."
            )
        })
    }

    /// Begins shortly before the first thing of interest: until then the program is loaded, which is nobody's lesson.
    pub fn leave_out_start(&mut self) {
        let spans = self.lanes.iter().flat_map(|lane| lane.spans.iter().map(|span| span.from));
        let ties = self.ties.iter().map(|tie| tie.from.1);
        let marks = self.lanes.iter().flat_map(|lane| lane.marks.iter().map(|(time, _)| *time));
        let first = spans.chain(ties).chain(marks).min().unwrap_or(0);
        self.begin_at(first.saturating_sub((self.end - first) / 50));
    }

    /// Leaves out what was before, and counts the times from there.
    pub fn begin_at(&mut self, start: u64) {
        let moved = |time: &mut u64| *time = time.saturating_sub(start);
        moved(&mut self.end);
        for lane in &mut self.lanes {
            moved(&mut lane.start);
            lane.ended.iter_mut().for_each(|(end, _)| moved(end));
            lane.marks.iter_mut().for_each(|(time, _)| moved(time));
            lane.spans
                .iter_mut()
                .for_each(|span| [&mut span.from, &mut span.to].into_iter().for_each(moved));
        }
        for tie in &mut self.ties {
            [&mut tie.from.1, &mut tie.to.1].into_iter().for_each(moved);
        }
    }

    fn lane_name(&self, lane: usize) -> &str {
        self.lanes.get(lane).map_or("?", |lane| &lane.name)
    }
}

/// A time, in the unit that suits it, as the language writes numbers.
pub fn seconds(ns: u64) -> String {
    let number = match ns {
        0..1_000_000 => format!("{} µs", ns / 1000),
        1_000_000..1_000_000_000 => format!("{:.1} ms", ns as f64 / 1e6),
        _ => format!("{:.2} s", ns as f64 / 1e9),
    };
    let with_comma = number.replace('.', ",");
    words!("{number}", "{with_comma}")
}
