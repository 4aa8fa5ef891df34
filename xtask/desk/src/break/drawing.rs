//! How a screen looks: the source with the threads at their lines, a row for each thread, and what there is to say.

use super::game::Game;
use super::rows::{Row, rows};
use super::screen::{Page, View};
use super::title;
use crate::listing::listing;
use anstyle::{AnsiColor, Style};
use xtask::show::text::{safe, wrapped};
use xtask::show::{FAINT, STRONG, has_colour};
use xtask::words;

/// What it needs.
const COLUMNS: usize = 80;
const ROWS: usize = 24;
/// So many lines are for what there is to say, and more when there is more.
const SAYS: usize = 3;
const MOST_SAYS: usize = 9;

/// A colour for each thread but the main one, legible on light and on dark; its letter stands beside it everywhere.
const COLOURS: [AnsiColor; 4] =
    [AnsiColor::Magenta, AnsiColor::Cyan, AnsiColor::Green, AnsiColor::Blue];

/// Is there less room than it needs?
pub fn is_small((columns, height): (usize, usize)) -> bool {
    columns < COLUMNS || height < ROWS
}

/// The lines of the screen, none longer than it is wide.
pub fn lines(game: &Game, view: &View, (columns, height): (usize, usize)) -> Vec<String> {
    if is_small((columns, height)) {
        let small = words!(
            "The terminal has {columns} × {height}: {COLUMNS} × {ROWS} are needed.",
            "Le terminal a {columns} × {height} : il faut {COLUMNS} × {ROWS}."
        );
        let help = words!("Make it larger; q quits.", "Agrandissez-le ; q quitte.");
        return [small, help].map(|line| cut(&line, columns)).into_iter().take(height).collect();
    }
    let lines = match &view.page {
        Some(page) => page_lines(page, height),
        None => board_lines(game, view, columns, height),
    };
    let in_colour = has_colour();
    let plain = |line: String| match in_colour {
        true => line,
        false => anstream::adapter::strip_str(&line).to_string(),
    };
    lines.into_iter().map(plain).collect()
}

fn page_lines(page: &Page, height: usize) -> Vec<String> {
    let mut lines: Vec<String> =
        page.text.lines().skip(page.top).take(height - 2).map(str::to_owned).collect();
    lines.resize(height - 1, String::new());
    let keys = words!("↑ ↓ read · any other key: back", "↑ ↓ lire · une autre touche : retour");
    lines.push(format!("{FAINT}{keys}{FAINT:#}"));
    lines
}

fn board_lines(game: &Game, view: &View, columns: usize, height: usize) -> Vec<String> {
    let rows = rows(&game.board);
    let mut lines = vec![format!("{STRONG}{}{STRONG:#}", cut(&title(game), columns))];
    let said = says(game, columns);
    let below = rows.len() + said.len().max(SAYS) + 3;
    let room = height.saturating_sub(lines.len() + below);
    lines.extend(source(game, &rows, view.cursor, columns, room));
    lines.resize(height - below, String::new());
    lines.push(rule(columns));
    let told = rows.iter().enumerate();
    lines.extend(told.map(|(index, row)| row_line(game, row, index == view.cursor, columns)));
    lines.push(rule(columns));
    lines.extend(said);
    lines.resize(height - 1, String::new());
    let keys = words!(
        "letter or ↑↓ Enter · u undo · r again · h hint · w best · n next · ? · q quit",
        "lettre ou ↑↓ ⏎ · u retour · r début · h indice · w mieux · n suite · ? · q fin"
    );
    lines.push(format!("{FAINT}{}{FAINT:#}", cut(&keys, columns)));
    lines
}

fn rule(columns: usize) -> String {
    format!("{FAINT}{}{FAINT:#}", "─".repeat(columns))
}

/// The source: as much as there is room for, round the line of the chosen thread.
fn source(game: &Game, rows: &[Row], cursor: usize, columns: usize, room: usize) -> Vec<String> {
    let all = listing(&game.play.scene, game.program);
    let wanted = rows.get(cursor).map(|row| row.line);
    let at = all.iter().position(|(number, _)| Some(*number) == wanted).unwrap_or(0);
    let top = at.saturating_sub(room / 2).min(all.len().saturating_sub(room));
    let line = |&(number, code): &(u32, &str)| {
        let mut here: Vec<usize> =
            rows.iter().filter(|row| row.line == number).map(|row| row.thread).collect();
        here.dedup();
        let marks: String = here.iter().map(|&thread| coloured(game, thread)).collect();
        let width: usize = here.iter().map(|&thread| mark(game, thread).chars().count()).sum();
        let arrow = if here.is_empty() { ' ' } else { '▸' };
        let code = cut(code, columns - 13);
        format!(
            "{:pad$}{marks}{arrow}{FAINT}{number:3} │{FAINT:#} {code}",
            "",
            pad = 6_usize.saturating_sub(width)
        )
    };
    all[top..].iter().take(room).map(line).collect()
}

/// The letter of a thread; `m` for the main one, as its key is.
fn mark(game: &Game, thread: usize) -> String {
    match thread {
        0 => "m".into(),
        _ => game.board.schedule.threads[thread].clone(),
    }
}

fn coloured(game: &Game, thread: usize) -> String {
    let style = style(thread);
    format!("{style}{}{style:#}", mark(game, thread))
}

fn style(thread: usize) -> Style {
    match thread.checked_sub(1) {
        None => STRONG,
        Some(index) => COLOURS[index % COLOURS.len()].on_default().bold(),
    }
}

/// A thread: where the cursor is, what it can do or waits for, what it holds.
fn row_line(game: &Game, row: &Row, is_chosen: bool, columns: usize) -> String {
    let cursor = if is_chosen { '▸' } else { ' ' };
    let line = row.line;
    let who = mark(game, row.thread);
    let number = row.key.strip_prefix(|c: char| c.is_alphabetic()).unwrap_or_default();
    let holds = match row.holds() {
        empty if empty.is_empty() => empty,
        holds => holds + &words!("; ", " ; "),
    };
    let sign = if row.choice.is_some() { '→' } else { '✗' };
    let style = style(row.thread);
    let text = cut(&safe(&format!("{holds}{}", row.text)), columns - 15);
    format!("{cursor} {style}{who}{number:1}{style:#} {line:>4}  {sign} {text}")
}

/// What happened just now, and what there is to say.
fn says(game: &Game, columns: usize) -> Vec<String> {
    let news = game.board.news(game.seen).join(&words!("; ", " ; "));
    let mut lines: Vec<String> = vec![];
    if !news.is_empty() {
        lines.push(cut(&safe(&news), columns));
    }
    lines.extend(wrapped(&safe(&game.says), "").lines().map(str::to_owned));
    lines.truncate(MOST_SAYS);
    lines
}

/// The beginning of a line, and that there is more.
fn cut(line: &str, columns: usize) -> String {
    match line.chars().count() <= columns {
        true => line.to_owned(),
        false => line.chars().take(columns.saturating_sub(1)).chain(['…']).collect(),
    }
}
