//! A recorded run as the JSON that Perfetto and chrome://tracing read.

use super::recording::{Recording, State};
use serde_json::{Value, json};

/// By this the desk knows its own files again.
pub const MARK: &str = "recorded by cargo xtask run";

/// Lanes are threads of process 1, and what a lane holds stands in process 2: stretches of one thread must nest.
pub fn trace(recording: &Recording) -> String {
    let mut events =
        vec![named("process_name", 1, 0, &recording.program), named("process_name", 2, 0, "locks")];
    for (lane, data) in recording.lanes.iter().enumerate() {
        events.push(named("thread_name", 1, lane, &data.name));
        let end = data.ended.as_ref().map_or(recording.end, |(end, _)| *end);
        let how = data.ended.as_ref().map_or("", |(_, how)| how);
        events.push(complete("runs", 1, lane, (data.start, end), how));
        for span in &data.spans {
            let times = (span.from, span.to);
            events.push(match span.state {
                State::Waits => complete(&span.label, 1, lane, times, &span.place),
                State::Sleeps => complete("sleeps", 1, lane, times, &span.place),
                State::Zombie => complete("zombie", 1, lane, times, &span.place),
                State::Holds(lock) => complete(&data.name, 2, lock, times, &span.place),
            });
        }
    }
    for (lock, name) in recording.locks.iter().enumerate() {
        events.push(named("thread_name", 2, lock, name));
    }
    for (id, tie) in recording.ties.iter().enumerate() {
        let name = format!("{:?} {}", tie.kind, tie.label).to_lowercase();
        let flow = |phase: &str, (lane, time): (usize, u64)| {
            let mut event = json!({"name": name.trim_end(), "cat": "tie", "ph": phase, "id": id,
                "pid": 1, "tid": lane, "ts": micros(time)});
            if phase == "f" {
                event["bp"] = "e".into();
            }
            event
        };
        events.extend([flow("s", tie.from), flow("f", tie.to)]);
    }
    let other =
        json!({"recorder": MARK, "headline": recording.headline(), "dropped": recording.dropped});
    json!({"traceEvents": events, "displayTimeUnit": "ms", "otherData": other}).to_string()
}

fn named(what: &str, process: usize, thread: usize, name: &str) -> Value {
    json!({"name": what, "ph": "M", "pid": process, "tid": thread, "args": {"name": name}})
}

fn complete(
    name: &str,
    process: usize,
    thread: usize,
    (from, to): (u64, u64),
    detail: &str,
) -> Value {
    json!({"name": name, "cat": "lane", "ph": "X", "pid": process, "tid": thread, "ts": micros(from),
        "dur": micros(to.saturating_sub(from)), "args": {"detail": detail}})
}

fn micros(ns: u64) -> f64 {
    ns as f64 / 1000.0
}
