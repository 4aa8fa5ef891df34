//! Line by line: what stands, a question, an answer. For a pipe, and for a screen reader.

use super::game::Game;
use super::rows::{Row, rows};
use super::{Next, Step, keys};
use crate::gone::gone;
use crate::listing::listing;
use std::io::{BufRead, Write};
use xtask::fault::Fault;
use xtask::show::text::{safe, wrapped};
use xtask::words;

/// An answer is not longer than this.
const ANSWER_BYTES: u64 = 200;

/// Plays one scene. Blocks for the answers, and reads no more of them than it needs.
///
/// # Errors
/// The scene can't be led, or nothing can be read or written any more.
pub fn play(
    game: &mut Game,
    input: &mut impl BufRead,
    output: &mut impl Write,
) -> Result<Next, Fault> {
    show(output, &program(game))?;
    loop {
        show(output, &position(game))?;
        let prompt = words!("Which thread goes on?", "Quel thread continue ?");
        write!(output, "{prompt} (? = {}) > ", words!("keys", "touches")).map_err(gone)?;
        output.flush().map_err(gone)?;
        let Some(answer) = answer(input)? else { return Ok(Next::Quit) };
        show(output, "")?;
        let step = step(game, &answer);
        match super::apply(game, &step)? {
            super::Outcome::Stay if step == Step::Restart || step == Step::Next => {
                show(output, &program(game))?;
            }
            super::Outcome::Stay => {}
            super::Outcome::Page(text) => show(output, &text)?,
            super::Outcome::Leave(next) => return Ok(next),
        }
    }
}

fn show(output: &mut impl Write, text: &str) -> Result<(), Fault> {
    writeln!(output, "{text}").map_err(gone)
}

/// The next line; `None` at the end.
fn answer(input: &mut impl BufRead) -> Result<Option<String>, Fault> {
    let mut line = String::new();
    let read = std::io::Read::take(input, ANSWER_BYTES).read_line(&mut line).map_err(gone)?;
    Ok((read > 0).then(|| line.trim().to_lowercase()))
}

/// What an answer means here.
fn step(game: &Game, answer: &str) -> Step {
    let all = rows(&game.board);
    if let Some(row) = all.iter().find(|row| row.key == answer) {
        return Step::of_row(row);
    }
    let ways: Vec<&str> =
        all.iter().filter(|row| row.key.starts_with(answer)).map(|row| row.key.as_str()).collect();
    match answer.chars().next() {
        Some(c) if !ways.is_empty() && answer.len() == 1 => {
            let (who, ways) = (c.to_uppercase(), ways.join(", "));
            Step::Say(words!(
                "{who} can go on in several ways: type {ways}.",
                "{who} peut continuer de plusieurs façons : tapez {ways}."
            ))
        }
        Some(c) if answer.len() == 1 => keys::step(game, c),
        _ => Step::Unknown,
    }
}

/// The source, with the numbers of its lines.
fn program(game: &Game) -> String {
    let mut text = format!("{}\n\n", super::title(game));
    for (number, line) in listing(&game.play.scene, game.program) {
        text += &format!("{number:4}  {line}\n");
    }
    text
}

/// What happened, what there is to say, and where every thread stands.
fn position(game: &Game) -> String {
    let mut text = String::new();
    for news in game.board.news(game.seen) {
        text += &format!("  {}\n", safe(&news));
    }
    if !game.says.is_empty() {
        text += &(wrapped(&safe(&game.says), "") + "\n");
    }
    for row in rows(&game.board) {
        text += &(wrapped(&safe(&told(&row)), "") + "\n");
    }
    if game.board.end().is_some() {
        text += &wrapped(&keys::over(game), "");
    }
    text.trim_end().to_owned()
}

/// A row as a sentence.
fn told(row: &Row) -> String {
    let line = row.line;
    let line = words!(", line {line}", ", ligne {line}");
    let holds = match row.holds() {
        empty if empty.is_empty() => empty,
        holds => format!(", {holds}"),
    };
    let Row { key, who, text, .. } = row;
    match row.choice {
        Some(_) => {
            words!("{key}: {who}{line}{holds}: {text}", "{key} : {who}{line}{holds} : {text}")
        }
        None => words!(
            "   {who}{line}{holds}: can't go on: {text}",
            "   {who}{line}{holds} : ne peut pas continuer : {text}"
        ),
    }
}
