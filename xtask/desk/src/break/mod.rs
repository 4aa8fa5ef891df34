//! `cargo xtask break`: a wrong program, and the learner is its scheduler.

mod console;
mod drawing;
mod game;
mod keys;
mod plain;
mod rows;
mod screen;
#[cfg(test)]
mod tests;

use crate::listing::Program;
use crate::play::{Play, of_section};
use crate::terminal::is_screen;
use console::Console;
use game::Game;
use rows::Row;
use std::io::stdin;
use std::process::ExitCode;
use xtask::catalogue::select_one;
use xtask::desk::r#break::Arguments;
use xtask::fault::Fault;
use xtask::words;

/// What the player asks for.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Step {
    Choose(usize),
    Say(String),
    Undo,
    Hint,
    Restart,
    Best,
    Next,
    Keys,
    Quit,
    Unknown,
}

impl Step {
    /// What it means to choose this row.
    fn of_row(row: &Row) -> Self {
        match row.choice {
            Some(choice) => Self::Choose(choice),
            None => {
                let (who, why) = (&row.who, &row.text);
                Self::Say(words!(
                    "{who} can't go on: it {why}.",
                    "{who} ne peut pas continuer : {why}."
                ))
            }
        }
    }
}

/// What comes of it.
enum Outcome {
    Stay,
    /// A text to be read.
    Page(String),
    Leave(Next),
}

/// Where to go from a scene.
enum Next {
    Scene,
    Quit,
}

/// Plays the scenes of a section, one after the other.
///
/// # Errors
/// The section has none, or the terminal is gone.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Fault> {
    let plays = scenes_of(&arguments.section)?;
    let mut console = match arguments.plain || !is_screen() {
        true => None,
        false => Some(Console::open().map_err(|error| {
            Fault::new(words!(
                "the terminal can't be used: {error}",
                "le terminal est inutilisable : {error}"
            ))
            .next(format!("cargo xtask break --plain {}", arguments.section))
        })?),
    };
    for play in plays {
        let mut game = Game::new(play)?;
        let next = match &mut console {
            None => plain::play(&mut game, &mut stdin().lock(), &mut anstream::stdout().lock())?,
            Some(console) => screen::play(&mut game, console)?,
        };
        if matches!(next, Next::Quit) {
            break;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The scenes of the section that `word` means.
///
/// # Errors
/// There is no such section, or it has no scenes.
pub fn scenes_of(word: &str) -> Result<Vec<Play>, Fault> {
    let section = select_one(word)?;
    let plays = of_section(section.number);
    if plays.is_empty() {
        let name = &section.name;
        return Err(Fault::new(words!(
            "{name} has no threads to schedule",
            "{name} n'a pas de threads à ordonnancer"
        ))
        .next(words!(
            "The sections 6, 7, 9, 10, 11 and 12 have.",
            "Les sections 6, 7, 9, 10, 11 et 12 en ont."
        )));
    }
    Ok(plays)
}

/// Does what the player asks for.
fn apply(game: &mut Game, step: &Step) -> Result<Outcome, Fault> {
    match step {
        Step::Choose(choice) => game.choose(*choice)?,
        Step::Say(text) => game.say(text.clone()),
        Step::Undo => game.undo()?,
        Step::Hint => game.hint(),
        Step::Restart => game.restart()?,
        Step::Best if game.program == Program::Wrong => {
            return game.comparison().map(Outcome::Page);
        }
        Step::Best => {
            game.say(words!("This one can't be broken.", "Celui-ci ne peut pas être cassé."));
        }
        Step::Next if game.go_on()? => {}
        Step::Next => return Ok(Outcome::Leave(Next::Scene)),
        Step::Keys => return Ok(Outcome::Page(keys::help())),
        Step::Quit => return Ok(Outcome::Leave(Next::Quit)),
        Step::Unknown => {
            game.say(words!(
                "This means nothing here; ? shows all keys.",
                "Cela ne dit rien ici ; ? montre toutes les touches."
            ));
        }
    }
    Ok(Outcome::Stay)
}

/// What is played.
fn title(game: &Game) -> String {
    let Play { title, goal, .. } = &game.play;
    match game.program {
        Program::Wrong => words!("{title}. Reach {goal}.", "{title}. Atteignez {goal}."),
        Program::Mended => words!("{title}, mended.", "{title} : le programme réparé."),
    }
}
