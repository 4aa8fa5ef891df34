//! What is drawn.

use super::{BAND, CHAR, LEFT, LINE, LOCK, Layout, RIGHT, Row, Span, State};
use crate::record::recording::{Tie, TieKind, seconds};
use std::collections::BTreeMap;
use xtask::show::picture::escaped;
use xtask::words;

/// So many locks have a colour of their own; all have a letter.
const LOOKS: usize = 6;
/// The class of a signal.
const MARK: &str = "mark";
/// So many signals are marked in a lane.
const MARKS: usize = 200;

/// Everything, from the back to the front.
pub fn all(layout: &Layout<'_>) -> String {
    [
        definitions(),
        axis(layout),
        layout.lanes.iter().map(|row| lane(layout, row)).collect(),
        layout.ties.iter().map(|tie| arrow(layout, tie)).collect(),
        layout.lanes.iter().map(|row| words_of(layout, row)).collect(),
        heading(layout),
        foot(layout),
    ]
    .concat()
}

fn definitions() -> String {
    let pattern = |id: &str, size: u32, inside: &str| {
        format!(
            "<pattern id=\"{id}\" width=\"{size}\" height=\"{size}\" patternUnits=\"userSpaceOnUse\">\
             <rect class=\"paper\" width=\"{size}\" height=\"{size}\"/>{inside}</pattern>"
        )
    };
    format!(
        "<defs>{}{}{}<marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" \
         markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path class=\"tip\" d=\"M0 0 L8 4 L0 8 z\"/></marker></defs>\n",
        pattern("waits", 6, "<path class=\"hatch\" d=\"M-1 7 L7 -1\"/>"),
        pattern("sleeps", 6, "<circle class=\"dots\" cx=\"3\" cy=\"3\" r=\"1\"/>"),
        pattern("zombie", 6, "<path class=\"cross\" d=\"M0 0 L6 6 M0 6 L6 0\"/>"),
    )
}

fn text(class: &str, x: f64, y: f64, text: &str) -> String {
    format!("<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>\n", escaped(text))
}

fn rect(class: &str, (x, y): (f64, f64), (width, height): (f64, f64), title: &str) -> String {
    format!(
        "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\">\
         <title>{}</title></rect>\n",
        escaped(title)
    )
}

/// The times, at round numbers.
fn axis(layout: &Layout<'_>) -> String {
    let end = layout.recording.end.max(1);
    let mut step = 1;
    while end / step > 10 {
        let digit = step.to_string().starts_with('2');
        step = if digit { step / 2 * 5 } else { step * 2 };
    }
    let mut svg = String::new();
    for time in (0..=end / step).map(|index| index * step) {
        let x = layout.x(time);
        svg += &format!(
            "<line class=\"grid\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{:.1}\" y2=\"{:.1}\"/>\n",
            layout.top - 10.0,
            layout.bottom
        );
        let label = if time == 0 { "0".into() } else { round(time) };
        let (class, x) =
            if x + 30.0 > RIGHT { ("faint small left", x) } else { ("faint small", x + 2.0) };
        svg += &text(class, x, layout.top - 12.0, &label);
    }
    svg
}

/// A round time without its zeros.
fn round(ns: u64) -> String {
    let (unit, name) = match ns {
        0..1_000 => (1.0, "ns"),
        1_000..1_000_000 => (1e3, "µs"),
        1_000_000..1_000_000_000 => (1e6, "ms"),
        _ => (1e9, "s"),
    };
    format!("{} {name}", ns as f64 / unit)
}

fn heading(layout: &Layout<'_>) -> String {
    let is_bad = !layout.recording.waiting.is_empty() && layout.recording.cycle().is_some();
    let class = if is_bad { "title bad" } else { "title" };
    let lines = layout.headline.iter().enumerate();
    lines.map(|(index, line)| text(class, 16.0, LINE * (1.5 + index as f64), line)).collect()
}

/// What it does, and below it what it holds.
fn lane(layout: &Layout<'_>, row: &Row<'_>) -> String {
    let end = row.lane.ended.as_ref().map_or(layout.recording.end, |(end, _)| *end);
    let (from, to) = (layout.x(row.lane.start), layout.x(end));
    let runs = words!("runs", "s'exécute");
    let title = format!("{}: {runs}", row.lane.name);
    let mut svg = text("", 16.0, row.y + BAND - 3.0, &shortened(&row.lane.name, LEFT - 24.0));
    for (slot, &lock) in row.slots.iter().enumerate() {
        let name = format!("{} {}", letter(lock), layout.recording.locks[lock]);
        let y = row.y + BAND + slot as f64 * LOCK + LOCK - 1.0;
        svg += &text("small faint", 28.0, y, &shortened(&name, LEFT - 30.0));
    }
    svg += &rect("runs", (from, row.y), ((to - from).max(1.0), BAND), &title);
    svg += &narrow(layout, row);
    for span in &row.wide {
        let (x, width) = (layout.x(span.from), layout.x(span.to) - layout.x(span.from));
        let time = seconds(span.to - span.from);
        let place = if span.place.is_empty() { "" } else { " · " };
        let what = state_words(span);
        let title = format!("{}: {what}, {time}{place}{}", row.lane.name, span.place);
        if let Some((class, y, height)) = place_of(row, span.state) {
            svg += &rect(&class, (x, y), (width, height), &title);
        }
    }
    for (time, name) in row.lane.marks.iter().take(MARKS) {
        svg += &mark(layout.x(*time), row.y + 2.0, name);
    }
    if let Some((_, how)) = &row.lane.ended {
        svg += &format!(
            "<path class=\"end\" d=\"M{to:.1} {:.1} v{:.1}\"><title>{}</title></path>\n",
            row.y - 2.0,
            BAND + 4.0,
            escaped(how)
        );
    }
    svg
}

/// What is too narrow to be told apart: a stroke for each pixel in which there is any.
fn narrow(layout: &Layout<'_>, row: &Row<'_>) -> String {
    let mut pixels = BTreeMap::<String, (f64, Vec<u32>)>::new();
    for span in &row.narrow {
        let Some((class, y, height)) = place_of(row, span.state) else { continue };
        let kind = if matches!(span.state, State::Holds(_)) { "thin" } else { "many" };
        let class = format!("{kind} {}", class.replace("hold ", ""));
        let (_, columns) = pixels.entry(class).or_insert((y + height / 2.0, vec![]));
        // The spans are in the order of their beginnings.
        let column = layout.x(span.from) as u32;
        if columns.last() != Some(&column) {
            columns.push(column);
        }
    }
    let path = |(class, (y, columns)): (String, (f64, Vec<u32>))| {
        let mut d = String::new();
        let mut at = 0;
        while at < columns.len() {
            let run = (at..columns.len())
                .take_while(|&next| columns[next] - columns[at] == (next - at) as u32)
                .count();
            d += &format!("M{} {y:.0}h{run}", columns[at]);
            at += run;
        }
        let many = words!("many short stretches, merged", "nombreux intervalles courts, fusionnés");
        format!("<path class=\"{class}\" d=\"{d}\"><title>{many}</title></path>\n")
    };
    pixels.into_iter().map(path).collect()
}

/// How a state looks in a lane, and where it stands; nowhere, if it finds no place.
fn place_of(row: &Row<'_>, state: State) -> Option<(String, f64, f64)> {
    let class = match state {
        State::Waits => "waits",
        State::Sleeps => "sleeps",
        State::Zombie => "zombie",
        State::Holds(lock) => {
            let slot = row.slots.iter().position(|&slot| slot == lock)?;
            let y = row.y + BAND + 2.0 + slot as f64 * LOCK;
            return Some((format!("hold lock{}", lock % LOOKS), y, LOCK - 2.0));
        }
    };
    Some((class.to_owned(), row.y, BAND))
}

fn state_words(span: &Span) -> String {
    let label = &span.label;
    match span.state {
        State::Waits => words!("waits for {label}", "attend {label}"),
        State::Sleeps => words!("sleeps", "dort"),
        State::Zombie => {
            words!("zombie: ended, not waited for yet", "zombie : terminé, pas encore attendu")
        }
        State::Holds(_) => words!("holds {label}", "tient {label}"),
    }
}

/// The letter of a lock: A to Z, then A1.
fn letter(lock: usize) -> String {
    let letter = char::from(b'A' + (lock % 26) as u8);
    if lock < 26 { letter.to_string() } else { format!("{letter}{}", lock / 26) }
}

/// What is said in a lane, where there is room for it.
fn words_of(layout: &Layout<'_>, row: &Row<'_>) -> String {
    let mut svg = String::new();
    for span in &row.wide {
        let (x, width) = (layout.x(span.from), layout.x(span.to) - layout.x(span.from));
        let Some((_, y, height)) = place_of(row, span.state) else { continue };
        let said = match span.state {
            State::Holds(lock) => format!("{} {}", letter(lock), span.label),
            State::Sleeps => words!("sleeps", "dort"),
            State::Zombie => "zombie".to_owned(),
            State::Waits => span.label.clone(),
        };
        let said = match (span.state, said.chars().count() as f64 * 5.6 + 4.0 <= width) {
            (_, true) => said,
            (State::Holds(lock), false) if width >= 9.0 => letter(lock),
            _ => continue,
        };
        svg += &text("small over", x + 2.0, y + height - 2.0, &said);
    }
    svg += &words_of_marks(layout, row);
    if let Some((end, how)) = &row.lane.ended {
        let reaped = row.lane.spans.iter().rev().find(|span| span.state == State::Zombie);
        let x = layout.x(reaped.map_or(*end, |span| span.to));
        svg += &beside(x + 4.0, row.y + BAND - 3.0, how);
    }
    svg
}

/// The signals above a lane; those that come nearly at once stand behind each other.
fn words_of_marks(layout: &Layout<'_>, row: &Row<'_>) -> String {
    let mut groups: Vec<(f64, String)> = vec![];
    for (time, name) in row.lane.marks.iter().take(MARKS) {
        let x = layout.x(*time);
        match groups.last_mut() {
            Some((last, names)) if x - *last < names.chars().count() as f64 * 6.0 + 10.0 => {
                if names.len() < 40 {
                    *names += &format!(", {name}");
                }
            }
            _ => groups.push((x, name.clone())),
        }
    }
    groups.iter().map(|(x, names)| beside(x + 6.0, row.y - 3.0, names)).collect()
}

/// Right of this place, or left of it where the picture ends.
fn beside(x: f64, y: f64, said: &str) -> String {
    match x + said.chars().count() as f64 * 5.8 <= RIGHT {
        true => text("small over", x, y, said),
        false => text("small over left", x - 10.0, y, said),
    }
}

/// A signal: a tip from above.
fn mark(x: f64, y: f64, name: &str) -> String {
    format!(
        "<path class=\"mark\" d=\"M{x:.1} {y:.1}l-4 -7h8z\"><title>{}</title></path>\n",
        escaped(name)
    )
}

fn class_of(kind: TieKind) -> &'static str {
    match kind {
        TieKind::Starts => "starts",
        TieKind::Ends => "ends",
        TieKind::Frees => "frees",
        TieKind::Wakes => "wakes",
        TieKind::Carries => "carries",
        TieKind::Signals => "signals",
    }
}

/// From what one lane does to the other that has waited for it.
fn arrow(layout: &Layout<'_>, tie: &Tie) -> String {
    let (Some(from_y), Some(to_y)) = (layout.y(tie.from.0), layout.y(tie.to.0)) else {
        return String::new();
    };
    let (x1, x2) = (layout.x(tie.from.1), layout.x(tie.to.1));
    let (y1, y2) = match from_y < to_y {
        true => (from_y + BAND, to_y),
        false => (from_y, to_y + BAND),
    };
    let class = class_of(tie.kind);
    let (from, to) =
        (&layout.recording.lanes[tie.from.0].name, &layout.recording.lanes[tie.to.0].name);
    let title = format!("{} → {}: {} {}", from, to, kind_words(tie.kind), tie.label);
    format!(
        "<path class=\"tie {class}\" marker-end=\"url(#tip)\" d=\"M{x1:.1} {y1:.1}L{x2:.1} {y2:.1}\">\
         <title>{}</title></path>\n",
        escaped(title.trim_end())
    )
}

fn kind_words(kind: TieKind) -> String {
    match kind {
        TieKind::Starts => words!("starts", "démarre"),
        TieKind::Ends => words!("has ended", "s'est terminé"),
        TieKind::Frees => words!("frees a lock", "libère un verrou"),
        TieKind::Wakes => words!("wakes", "réveille"),
        TieKind::Carries => words!("message, bytes", "message, octets"),
        TieKind::Signals => words!("signal", "signal"),
    }
}

/// The legend, what is left out, and who waits at the end.
fn foot(layout: &Layout<'_>) -> String {
    let mut y = layout.bottom + LINE;
    let mut svg = legend_of_bands(layout, y) + &legend_of_ties(layout, y + LINE * 1.2);
    y += LINE * 2.6;
    for note in &layout.notes {
        svg += &text("faint", 16.0, y, note);
        y += LINE;
    }
    if !layout.waits.is_empty() {
        svg += &text("title", 16.0, y + 2.0, &words!("At the end:", "À la fin :"));
        y += LINE;
    }
    for wait in &layout.waits {
        svg += &text("", 32.0, y + 2.0, wait);
        y += LINE;
    }
    svg
}

fn legend_of_bands(layout: &Layout<'_>, y: f64) -> String {
    let states = layout.lanes.iter().flat_map(|row| row.lane.spans.iter().map(|span| span.state));
    let states: Vec<State> = states.collect();
    let has = |state: State| states.contains(&state);
    let mut entries = vec![("runs", words!("runs", "s'exécute"))];
    if has(State::Waits) {
        entries.push(("waits", words!("waits", "attend")));
    }
    if has(State::Sleeps) {
        entries.push(("sleeps", words!("sleeps", "dort")));
    }
    if has(State::Zombie) {
        entries
            .push(("zombie", words!("zombie: not waited for yet", "zombie : pas encore attendu")));
    }
    if !layout.recording.locks.is_empty() {
        let holds = words!("holds a lock (a letter each)", "tient un verrou (une lettre chacun)");
        entries.push(("hold lock0", holds));
    }
    if layout.lanes.iter().any(|row| !row.lane.marks.is_empty()) {
        entries.push((MARK, words!("a signal arrives", "un signal arrive")));
    }
    let mut x = 16.0;
    let mut svg = String::new();
    for (class, name) in entries {
        svg += &match class {
            MARK => mark(x + 11.0, y, &name),
            _ => rect(class, (x, y - 10.0), (22.0, 11.0), &name),
        };
        svg += &text("small", x + 27.0, y, &name);
        x += 44.0 + name.chars().count() as f64 * 6.0;
    }
    svg + &text(
        "small faint",
        x,
        y,
        &words!(
            "A bar closes the lane of what has ended.",
            "Un trait ferme la ligne de ce qui s'est terminé."
        ),
    )
}

fn legend_of_ties(layout: &Layout<'_>, y: f64) -> String {
    let mut kinds: Vec<TieKind> = layout.ties.iter().map(|tie| tie.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let mut x = 16.0;
    let mut svg = String::new();
    for kind in kinds {
        let (class, name) = (class_of(kind), kind_words(kind));
        svg += &format!(
            "<path class=\"tie {class}\" marker-end=\"url(#tip)\" d=\"M{x:.1} {:.1}h30\"/>\n",
            y - 4.0
        );
        svg += &text("small", x + 36.0, y, &name);
        x += 54.0 + name.chars().count() as f64 * 6.0;
    }
    svg
}

/// As much of the text as has room.
fn shortened(text: &str, width: f64) -> String {
    let limit = (width / CHAR) as usize;
    match text.chars().count() > limit {
        true => text.chars().take(limit.saturating_sub(1)).chain(['…']).collect(),
        false => text.to_owned(),
    }
}
