//! A trace in the form that Perfetto reads, read again; its shape is checked on the way.

use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// What a trace says.
pub struct Trace {
    /// The names of the lanes, by their numbers.
    pub lanes: Vec<String>,
    /// How each of them ended.
    pub ends: Vec<String>,
    pub ties: Vec<Tie>,
    /// Of each lock when it was held: from, to.
    held: BTreeMap<u64, Vec<(f64, f64)>>,
}

/// An arrow.
#[derive(Clone, Debug, PartialEq)]
pub struct Tie {
    pub name: String,
    pub from: u64,
    pub to: u64,
    times: (f64, f64),
}

impl Trace {
    /// Reads a file. Fails unless every event has what its phase needs.
    pub fn read(file: &Path) -> Self {
        let text = std::fs::read_to_string(file).unwrap();
        let json: Value = serde_json::from_str(&text).unwrap();
        let mut trace = Self { lanes: vec![], ends: vec![], ties: vec![], held: BTreeMap::new() };
        let mut begun = BTreeMap::new();
        for event in json["traceEvents"].as_array().unwrap() {
            let text = |field: &str| event[field].as_str().unwrap().to_owned();
            let number = |field: &str| event[field].as_u64().unwrap();
            let time = |field: &str| event[field].as_f64().unwrap();
            let (process, thread) = (number("pid"), number("tid"));
            match event["ph"].as_str().unwrap() {
                "M" => {
                    let name = event["args"]["name"].as_str().unwrap();
                    if text("name") == "thread_name" && process == 1 {
                        assert_eq!(thread, trace.lanes.len() as u64);
                        trace.lanes.push(name.to_owned());
                    }
                }
                "X" => {
                    assert!(time("dur") >= 0.0, "{event}");
                    let detail = event["args"]["detail"].as_str().unwrap().to_owned();
                    match (process, text("name").as_str()) {
                        (1, "runs") => trace.ends.push(detail),
                        (2, _) => {
                            let span = (time("ts"), time("ts") + time("dur"));
                            trace.held.entry(thread).or_default().push(span);
                        }
                        _ => {}
                    }
                }
                "s" => {
                    begun.insert(number("id"), (thread, time("ts"), text("name")));
                }
                "f" => {
                    let (from, since, name) = begun.remove(&number("id")).unwrap();
                    assert_eq!(name, text("name"));
                    let times = (since, time("ts"));
                    trace.ties.push(Tie { name, from, to: thread, times });
                }
                other => panic!("no phase {other}"),
            }
        }
        assert!(begun.is_empty(), "an arrow without a tip: {begun:?}");
        trace
    }

    /// Those arrows that come before what they come from.
    pub fn backward_ties(&self) -> Vec<Tie> {
        self.ties.iter().filter(|tie| tie.times.1 < tie.times.0).cloned().collect()
    }

    /// The locks that two threads held at one time.
    pub fn overlapping_holders(&self) -> Vec<u64> {
        assert!(self.held.values().any(|spans| spans.len() > 1), "nobody held a lock");
        let overlaps = |spans: &[(f64, f64)]| {
            let mut spans = spans.to_vec();
            spans.sort_by(|one, other| one.0.total_cmp(&other.0));
            // What is rounded to a nanosecond is no overlap.
            spans.windows(2).any(|pair| pair[1].0 + 0.001 < pair[0].1)
        };
        self.held.iter().filter(|(_, spans)| overlaps(spans)).map(|(&lock, _)| lock).collect()
    }
}
