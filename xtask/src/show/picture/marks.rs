//! What is drawn.

use super::escaped;
use super::layout::{BAR, LINE, Lane, Layout, Row, WORDS, wrapped};
use crate::schedule::{Failure, Schedule, What};
use crate::show::schedule::words::short;
use crate::words;

/// So many locks have a look of their own.
const LOOKS: usize = 6;
/// How wide a character of a bar's name is, about.
const NAME_CHAR: f64 = 6.2;

/// Everything, from the back to the front.
pub fn all(layout: &Layout<'_>, test: &str) -> String {
    let lanes = &layout.lanes;
    [
        tips(),
        turns(layout),
        lanes.iter().map(|lane| life(layout, lane)).collect(),
        lanes.iter().map(|lane| bars(layout, lane)).collect(),
        layout.rows.iter().map(|row| arrow(layout, row)).collect(),
        layout.rows.iter().map(|row| step(layout, row)).collect(),
        lanes.iter().map(|lane| end(layout, lane)).collect(),
        heading(layout, test),
        legend(layout),
    ]
    .concat()
}

fn tips() -> String {
    let tip = |id: &str| {
        format!(
            "<marker id=\"{id}\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" \
             markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path class=\"{id}\" d=\"M0 0 L8 4 L0 8 z\"/></marker>"
        )
    };
    format!("<defs>{}{}</defs>\n", tip("tip"), tip("tip-wakes"))
}

fn text(class: &str, x: f64, y: f64, text: &str) -> String {
    format!("<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>\n", escaped(text))
}

fn line(class: &str, from: (f64, f64), to: (f64, f64)) -> String {
    format!(
        "<line class=\"{class}\" x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\"/>\n",
        from.0, from.1, to.0, to.1
    )
}

/// The sentence, and the names of the threads.
fn heading(layout: &Layout<'_>, test: &str) -> String {
    let mut svg = text("faint", layout.left(), LINE * 1.6, test);
    for (index, part) in layout.sentence.iter().enumerate() {
        svg += &text("title", layout.left(), LINE * (2.9 + index as f64 * 1.1), part);
    }
    for lane in &layout.lanes {
        let name = &layout.schedule().threads[lane.thread];
        svg += &text("head", lane.x.max(lane.left + name.len() as f64 * 3.4), layout.heads(), name);
    }
    svg
}

/// Whose turn it is: a tinted stretch of its lane.
fn turns(layout: &Layout<'_>) -> String {
    let thread = |step: usize| Some(layout.schedule().events[step].thread);
    let stretch = |(thread, from, to): (usize, usize, usize)| {
        let lane = layout.lane(thread)?;
        let (top, bottom) = (layout.rows[from].top, layout.rows[to - 1].bottom);
        Some(format!(
            "<rect class=\"turn\" x=\"{:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"5\"/>\n",
            lane.left + 2.0,
            lane.right - lane.left - 4.0,
            bottom - top
        ))
    };
    layout.spans(thread).into_iter().filter_map(stretch).collect()
}

/// The line of a thread; broken where it waits.
fn life(layout: &Layout<'_>, lane: &Lane) -> String {
    let (from, to) = layout.life(lane.thread);
    let mut svg = line("life", (lane.x, from), (lane.x, to));
    for (wait, first, last) in layout.waits(lane.thread) {
        let (top, bottom) = (layout.y_of_row(first).max(from), layout.y_of_row(last));
        svg += &line("cover", (lane.x, top), (lane.x, bottom));
        svg += &line("waits", (lane.x, top), (lane.x, bottom));
        // In a row in which the thread itself says nothing.
        let own = |row: &&Row| layout.schedule().events[row.step].thread != lane.thread;
        if let Some(row) = layout.rows[first..last].iter().find(own) {
            let words = layout.words.meanwhile(wait);
            svg += &text("wait", lane.x + WORDS, row.y + 4.0, &words);
        }
    }
    if to < layout.bottom {
        svg += &line("life", (lane.x - 5.0, to), (lane.x + 5.0, to));
    }
    svg
}

/// A bar for each lock in the thread's hand, with its name where there is room.
fn bars(layout: &Layout<'_>, lane: &Lane) -> String {
    let mut svg = String::new();
    for lock in locks(layout.schedule()) {
        let slot = |step: usize| {
            let held = &layout.story().steps[step].held[lane.thread];
            held.iter().position(|&held| held == lock)
        };
        for (_, first, last) in layout.spans(|step| slot(step).map(|_| lock)) {
            let slot = slot(layout.rows[first].step).unwrap_or(0);
            let x = lane.x - 10.0 - BAR * (slot as f64 + 1.0) + 4.0;
            // What is held at the end is held on.
            let beyond = if last == layout.rows.len() { LINE } else { 0.0 };
            svg += &bar(layout, lock, x, layout.y_of_row(first), layout.y_of_row(last) + beyond);
        }
    }
    svg
}

fn bar(layout: &Layout<'_>, lock: usize, x: f64, top: f64, bottom: f64) -> String {
    let (width, height) = (BAR - 4.0, bottom - top);
    let name = &layout.schedule().objects[lock].name;
    let mut svg = format!(
        "<rect class=\"hold lock{}\" x=\"{x:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"2\"/>\n",
        look(layout.schedule(), lock)
    );
    if name.chars().count() as f64 * NAME_CHAR + 6.0 <= height {
        let (x, y) = (x + width / 2.0 + 3.5, (top + bottom) / 2.0);
        svg += &format!(
            "<text class=\"name\" transform=\"translate({x:.1} {y:.1}) rotate(-90)\">{}</text>\n",
            escaped(name)
        );
    }
    svg
}

/// The locks that somebody holds at some time.
fn locks(schedule: &Schedule) -> Vec<usize> {
    let is_held = |object: &usize| {
        schedule.events.iter().any(|event| {
            let locks = event.what.locks() || matches!(event.what, What::Wake | What::TryLock);
            locks && event.objects.last() == Some(object)
        })
    };
    (0..schedule.objects.len()).filter(is_held).collect()
}

/// The number of a lock's colour and outline.
fn look(schedule: &Schedule, lock: usize) -> usize {
    locks(schedule).iter().position(|&held| held == lock).unwrap_or(0) % LOOKS
}

/// From the step of another thread that let this one happen.
fn arrow(layout: &Layout<'_>, row: &Row) -> String {
    let event = &layout.schedule().events[row.step];
    let told = match event.what {
        // From here to the beginning of the thread.
        What::Start => event.other.and_then(|thread| {
            let lane = layout.lane(thread)?;
            let (x, y) = (layout.lane(event.thread)?.x, row.bottom - 3.0);
            Some(format!("<path class=\"release\" d=\"M{x:.1} {y:.1} H{:.1}\"/>\n", lane.x))
        }),
        What::Begin => None,
        _ => layout.story().steps[row.step].cause.and_then(|cause| {
            let from = layout.schedule().events[cause].thread;
            let (here, there) = (layout.lane(event.thread)?, layout.lane(from)?);
            let (y, x) = (layout.y_of(cause), here.x - 5.0);
            // Under the words of the row that it comes from, and then down beside the line of the thread.
            let (below, up_to) = (layout.below(cause), row.y - 4.0);
            (from != event.thread && up_to > below).then(|| {
                let class = class_of(layout, cause);
                format!(
                    "<path class=\"{class}\" d=\"M{:.1} {y:.1} V{below:.1} H{x:.1} V{up_to:.1}\"/>\n",
                    there.x
                )
            })
        }),
    };
    told.unwrap_or_default()
}

fn class_of(layout: &Layout<'_>, cause: usize) -> &'static str {
    match layout.schedule().events[cause].what {
        What::NotifyOne | What::NotifyAll | What::Unpark => "wakes",
        What::Send | What::TrySend | What::SelectSend => "wakes",
        _ => "release",
    }
}

/// The row of a step: its number, its dot, its words, its place; and what stands above it.
fn step(layout: &Layout<'_>, row: &Row) -> String {
    let event = &layout.schedule().events[row.step];
    let Some(lane) = layout.lane(event.thread) else { return String::new() };
    let left = layout.lanes[0].left;
    let right = layout.lanes.last().map_or(left, |lane| lane.right);
    let mut svg = String::new();
    for above in &row.above {
        let y = above.y;
        if above.is_switch {
            svg += &line("switch", (left, y), (left + 24.0, y));
            svg += &text("switched over", left + 30.0, y + 4.0, &above.text);
            let from = left + 40.0 + above.text.chars().count() as f64 * 7.4;
            svg += &line("switch", (from.min(right), y), (right, y));
        } else {
            svg += &text("faint over", left + 30.0, y + 4.0, &format!("… {}", above.text));
        }
    }
    svg += &text("number", left - 6.0, row.y + 4.0, &layout.choice.number(row.step));
    let fails = event.what == What::Panic || is_missed(layout, row.step);
    svg += &match fails {
        true => cross(lane.x, row.y),
        false => {
            format!("<circle class=\"dot\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"3.5\"/>\n", lane.x, row.y)
        }
    };
    let class = if fails { "bad" } else { "step" };
    for (index, words) in row.words.iter().enumerate() {
        svg += &text(class, lane.x + WORDS, row.y + 4.0 + index as f64 * LINE, words);
    }
    if let Some(place) = &event.place {
        svg += &text("faint", right + 4.0, row.y + 4.0, &short(place));
    }
    svg
}

/// A notification that was lost, and that somebody waits for at the end.
fn is_missed(layout: &Layout<'_>, step: usize) -> bool {
    let condvar = layout.schedule().events[step].objects.first();
    let mut waiting = layout.schedule().waiting.iter().filter(|waiting| waiting.what == What::Wake);
    layout.story().steps[step].is_lost && waiting.any(|waiting| waiting.objects.first() == condvar)
}

fn cross(x: f64, y: f64) -> String {
    line("fails", (x - 5.0, y - 5.0), (x + 5.0, y + 5.0))
        + &line("fails", (x - 5.0, y + 5.0), (x + 5.0, y - 5.0))
}

/// What a thread waits for in the end.
fn end(layout: &Layout<'_>, lane: &Lane) -> String {
    let schedule = layout.schedule();
    let Some(waiting) = schedule.waiting_thread(lane.thread) else { return String::new() };
    let y = layout.bottom + LINE;
    let stops = waiting.what.waits() && schedule.failure == Some(Failure::Deadlock);
    let mut svg = line("waits", (lane.x, layout.bottom), (lane.x, y));
    svg += &if stops { cross(lane.x, y) } else { String::new() };
    let width = ((lane.right - lane.x - WORDS) / 7.4) as usize;
    for (index, words) in wrapped(&layout.words.waits(waiting), width).iter().enumerate() {
        svg += &text("bad", lane.x + WORDS, y + 4.0 + index as f64 * LINE, words);
    }
    svg
}

/// What the lines mean.
fn legend(layout: &Layout<'_>) -> String {
    let y = layout.height() - LINE * 1.3;
    let mut x = layout.left();
    let mut svg = String::new();
    let told = [
        ("life", words!("goes on", "avance")),
        ("waits", words!("→ x: waits for x", "→ x : attend x")),
        ("release", words!("lets go on", "laisse passer")),
        ("wakes", words!("wakes, sends", "réveille, envoie")),
    ];
    for (class, words) in told {
        svg += &format!("<path class=\"{class}\" d=\"M{x:.1} {y:.1} h26\"/>\n");
        svg += &text("faint", x + 32.0, y + 4.0, &words);
        x += 48.0 + words.chars().count() as f64 * 6.9;
    }
    svg += &format!(
        "<rect class=\"hold lock0\" x=\"{x:.1}\" y=\"{:.1}\" width=\"14\" height=\"14\" rx=\"2\"/>\n",
        y - 7.0
    );
    svg += &text("faint", x + 20.0, y + 4.0, &words!("holds a lock", "tient un verrou"));
    if let Some(out) = layout.choice.left_out() {
        let out = words!("not shown: {out}", "sans : {out}");
        svg += &text("faint", layout.left(), y + 4.0 - LINE * 1.3, &out);
    }
    svg
}
