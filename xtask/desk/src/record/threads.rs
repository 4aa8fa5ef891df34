//! From the events of threads to lanes: who waits for what, who holds what, and who let whom go on.

use super::log::{Event, Log, Phase};
use super::recording::{Lane, Of, Recording, Span, State, Tie, TieKind, Waiting};
use harness::Place;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::path::Path;
use xtask::schedule::{Object, name};
use xtask::{course, words};

/// How the program ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum End {
    /// By itself: nobody waits any more.
    ByItself,
    /// It was ended, after so many nanoseconds.
    Stopped(u64),
}

/// The recording of a program whose sources are told from `workspace`.
pub fn recording(log: &Log, program: &str, workspace: &Path, end: End) -> Recording {
    let last = log.events.last().map_or(0, |event| event.time);
    let mut reader = Reader {
        names: names(log, workspace),
        places: places(log, workspace),
        recording: Recording {
            program: program.to_owned(),
            // Of what was dropped nobody knows when it was.
            end: match end {
                End::Stopped(end) if log.dropped == 0 => end.max(last),
                _ => last,
            },
            events: log.events.len() as u64,
            dropped: log.dropped,
            of: Of::Threads,
            ..Recording::default()
        },
        lanes: BTreeMap::new(),
        open: BTreeMap::new(),
        held: BTreeMap::new(),
        locks: BTreeMap::new(),
        freed: BTreeMap::new(),
        notified: BTreeMap::new(),
        sent: BTreeMap::new(),
        arrived: BTreeMap::new(),
    };
    log.events.iter().for_each(|event| reader.take(event));
    reader.finish(end)
}

/// What the objects are called.
fn names(log: &Log, workspace: &Path) -> BTreeMap<u32, String> {
    let made = log.events.iter().filter(|event| event.phase == Phase::Object);
    let (numbers, mut objects): (Vec<u32>, Vec<Object>) = made
        .map(|event| {
            let place = log.places.get(&event.place).cloned().unwrap_or_default();
            let object = Object {
                kind: event.what.clone(),
                place: Place { file: place.file, line: place.line },
                column: place.column,
                name: event.what.clone(),
            };
            (event.object, object)
        })
        .unzip();
    name::guess(&mut objects, workspace);
    numbers.into_iter().zip(objects.into_iter().map(|object| object.name)).collect()
}

/// What the places are called: the file below `src`, and the line.
fn places(log: &Log, workspace: &Path) -> HashMap<usize, String> {
    let named = log.places.iter().map(|(&number, place)| {
        let file = course::plain(&place.file, workspace);
        let file = file.rsplit_once("src/").map_or(file.as_str(), |(_, file)| file);
        (number, format!("{file}:{}", place.line))
    });
    named.collect()
}

struct Reader {
    names: BTreeMap<u32, String>,
    places: HashMap<usize, String>,
    recording: Recording,
    /// The lane of a thread.
    lanes: BTreeMap<u32, usize>,
    /// What a lane may be waiting in.
    open: BTreeMap<usize, Event>,
    /// Who holds an object, since when, and where it was taken.
    held: BTreeMap<u32, Vec<(usize, u64, String)>>,
    /// The number that a lock has in the recording.
    locks: BTreeMap<u32, usize>,
    /// Who has given an object back last, and when.
    freed: BTreeMap<u32, (usize, u64)>,
    /// Who has notified last, and when; for `unpark` under the number of the thread.
    notified: BTreeMap<(bool, u32), (usize, u64)>,
    /// The messages on their way.
    sent: BTreeMap<u32, VecDeque<(usize, u64)>>,
    /// Who came to a barrier last.
    arrived: BTreeMap<u32, (usize, u64)>,
}

impl Reader {
    fn take(&mut self, event: &Event) {
        if event.phase == Phase::Object {
            return;
        }
        let lane = self.lane(event.thread, event.time, "");
        match (event.phase, event.what.as_str()) {
            (Phase::Once, "start") => self.start(lane, event),
            (Phase::Once, "begin") => self.begin(lane, event),
            (Phase::Once, how @ ("end" | "panic")) => {
                let how = match how {
                    "panic" => words!("panics", "panique"),
                    _ => words!("ends", "se termine"),
                };
                self.recording.lanes[lane].ended = Some((event.time, how));
            }
            (Phase::Once, "lock" | "read" | "write") => self.acquire(lane, event),
            (Phase::Once, "unlock") => self.release(lane, event.object, event.time),
            (Phase::Once, "notify-one" | "notify-all" | "unpark") => {
                let key = (event.what == "unpark", event.object);
                self.notified.insert(key, (lane, event.time));
            }
            (Phase::Begins, what) => {
                match what {
                    "wait" => self.release(lane, event.other, event.time),
                    "send" => {
                        let sent = self.sent.entry(event.object).or_default();
                        sent.push_back((lane, event.time));
                    }
                    "pass" => {
                        self.arrived.insert(event.object, (lane, event.time));
                    }
                    _ => {}
                }
                self.open.insert(lane, event.clone());
            }
            (Phase::Done | Phase::Fails, _) => self.close(lane, event),
            _ => {}
        }
    }

    /// The lane of a thread; a new one is called `name`, or by its number.
    fn lane(&mut self, thread: u32, time: u64, name: &str) -> usize {
        if let Some(&lane) = self.lanes.get(&thread) {
            return lane;
        }
        let lane = self.recording.lanes.len();
        let name = match (lane, name) {
            (0, "") => "main".to_owned(),
            (_, "") => words!("thread {lane}", "thread {lane}"),
            (_, name) => name.to_owned(),
        };
        self.recording.lanes.push(Lane { name, start: time, ..Lane::default() });
        self.lanes.insert(thread, lane);
        lane
    }

    fn start(&mut self, parent: usize, event: &Event) {
        let child = self.lane(event.object, event.time, &event.text);
        let ends = ((parent, event.time), (child, event.time));
        self.tie(ends, TieKind::Starts, "");
    }

    fn begin(&mut self, lane: usize, event: &Event) {
        self.recording.lanes[lane].start = event.time;
        let starts = |tie: &&mut Tie| tie.kind == TieKind::Starts && tie.to.0 == lane;
        if let Some(tie) = self.recording.ties.iter_mut().find(starts) {
            tie.to.1 = event.time;
        }
    }

    fn acquire(&mut self, lane: usize, event: &Event) {
        let place = self.place(event);
        self.held.entry(event.object).or_default().push((lane, event.time, place));
    }

    fn release(&mut self, lane: usize, object: u32, time: u64) {
        let Some(holders) = self.held.get_mut(&object) else { return };
        // A guard may go to another thread in no safe way: who releases has it.
        let Some(index) = holders.iter().rposition(|(holder, ..)| *holder == lane) else { return };
        let (_, since, place) = holders.remove(index);
        self.freed.insert(object, (lane, time));
        self.hold(lane, object, (since, time), place);
    }

    fn hold(&mut self, lane: usize, object: u32, (from, to): (u64, u64), place: String) {
        let label = self.name(object);
        let next = self.locks.len();
        let lock = *self.locks.entry(object).or_insert(next);
        if lock == next {
            self.recording.locks.push(label.clone());
        }
        self.recording.lanes[lane].spans.push(Span {
            from,
            to,
            state: State::Holds(lock),
            label,
            place,
        });
    }

    /// What a lane waited in is over.
    fn close(&mut self, lane: usize, event: &Event) {
        let Some(begun) = self.open.remove(&lane) else { return };
        let since = begun.time;
        self.wait(lane, &begun, event.time);
        let is_done = event.phase == Phase::Done;
        let in_time = |moment: &(usize, u64)| moment.1 >= since && moment.1 <= event.time;
        let name = self.name(event.object);
        match event.what.as_str() {
            "lock" | "read" | "write" => {
                if let Some(from) = self.freed.get(&event.object).copied().filter(in_time) {
                    self.tie((from, (lane, event.time)), TieKind::Frees, &name);
                }
                self.acquire(lane, event);
            }
            "wait" => {
                let from = self.notified.get(&(false, event.object)).copied().filter(in_time);
                if let (Some(from), true) = (from, is_done) {
                    self.tie((from, (lane, event.time)), TieKind::Wakes, &name);
                }
                let mutex = Event { object: event.other, ..event.clone() };
                self.acquire(lane, &mutex);
            }
            "park" => {
                let key = (true, event.thread);
                if let Some(from) = self.notified.get(&key).copied().filter(in_time) {
                    self.tie((from, (lane, event.time)), TieKind::Wakes, "unpark");
                }
            }
            "pass" => {
                if let Some(&from) = self.arrived.get(&event.object) {
                    self.tie((from, (lane, event.time)), TieKind::Wakes, &name);
                }
            }
            "join" => {
                let child = self.lane(event.object, event.time, "");
                let ended = self.recording.lanes[child].ended.as_ref().map(|(end, _)| *end);
                // Who comes later does not wait.
                if let Some(end) = ended.filter(|&end| end >= since) {
                    self.tie(((child, end), (lane, event.time)), TieKind::Ends, "");
                }
            }
            // The k-th message that is received is, as far as anybody can tell, the k-th that was sent.
            "send" if !is_done => {
                let sent = self.sent.entry(event.object).or_default();
                if let Some(index) = sent.iter().rposition(|sent| *sent == (lane, since)) {
                    sent.remove(index);
                }
            }
            "receive" if is_done => {
                let sent = self.sent.entry(event.object).or_default().pop_front();
                if let Some(from) = sent {
                    self.tie((from, (lane, event.time)), TieKind::Carries, &name);
                }
            }
            _ => {}
        }
    }

    /// A lane has waited from the beginning of this event until then.
    fn wait(&mut self, lane: usize, begun: &Event, to: u64) {
        let state = if begun.what == "sleep" { State::Sleeps } else { State::Waits };
        let label = self.waits_for(begun);
        let place = self.place(begun);
        self.recording.lanes[lane].spans.push(Span { from: begun.time, to, state, label, place });
    }

    /// What a thread waits for that has begun this.
    fn waits_for(&mut self, event: &Event) -> String {
        let name = self.name(event.object);
        match event.what.as_str() {
            "wait" => words!("a notify of {name}", "une notification de {name}"),
            "send" => words!("room in {name}", "de la place dans {name}"),
            "receive" => words!("a message in {name}", "un message dans {name}"),
            "select" => words!("one of several channels", "l'un de plusieurs canaux"),
            "pass" => words!("the others at {name}", "les autres à {name}"),
            "park" => words!("an unpark", "un unpark"),
            "sleep" => words!("the clock", "l'heure"),
            "join" => {
                let child = self.lane(event.object, event.time, "");
                let child = &self.recording.lanes[child].name;
                words!("the end of {child}", "la fin de {child}")
            }
            _ => name,
        }
    }

    fn name(&self, object: u32) -> String {
        self.names.get(&object).cloned().unwrap_or_else(|| format!("#{object}"))
    }

    fn place(&self, event: &Event) -> String {
        self.places.get(&event.place).cloned().unwrap_or_default()
    }

    fn tie(&mut self, (from, to): ((usize, u64), (usize, u64)), kind: TieKind, label: &str) {
        // In its own lane nobody needs to be shown the way.
        if from.0 != to.0 {
            self.recording.ties.push(Tie { from, to, kind, label: label.to_owned() });
        }
    }

    /// What is not over when the record ends goes on until then.
    fn finish(mut self, how: End) -> Recording {
        let end = self.recording.end;
        for (object, holders) in std::mem::take(&mut self.held) {
            for (lane, since, place) in &holders {
                self.hold(*lane, object, (*since, end), place.clone());
            }
            self.held.insert(object, holders);
        }
        let alive = |lane: &usize| self.recording.lanes[*lane].ended.is_none();
        let open: Vec<(usize, Event)> =
            std::mem::take(&mut self.open).into_iter().filter(|(lane, _)| alive(lane)).collect();
        for (lane, event) in open {
            self.wait(lane, &event, end);
            let until = match event.what.as_str() {
                "lock" | "read" | "write" => {
                    let holders = self.held.get(&event.object).into_iter().flatten();
                    holders.map(|(holder, ..)| *holder).collect()
                }
                "join" => vec![self.lane(event.object, end, "")],
                "sleep" => continue,
                _ => vec![],
            };
            let (label, place) = (self.waits_for(&event), self.place(&event));
            // When the record was full nobody knows who waited at the end.
            if how != End::ByItself && self.recording.dropped == 0 {
                self.recording.waiting.push(Waiting { lane, label, place, until });
            }
        }
        for lane in &mut self.recording.lanes {
            if how == End::ByItself {
                lane.ended.get_or_insert_with(|| (end, String::new()));
            }
            lane.spans.sort_by_key(|span| span.from);
        }
        let first = self.recording.lanes.iter().map(|lane| lane.start).min();
        self.recording.begin_at(first.unwrap_or(0));
        self.recording
    }
}
