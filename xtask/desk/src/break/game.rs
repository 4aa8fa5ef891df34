//! The play itself: what was chosen, and what follows. It knows nothing of keys, lines and colours.

use crate::board::{self, Board, LIMITS};
use crate::listing::Program;
use crate::play::Play;
use interleave::explore;
use interleave::report::{Counterexample, Coverage, Finding};
use xtask::fault::Fault;
use xtask::show::schedule::{lanes, sentence};
use xtask::words;

/// One scene, being played.
pub struct Game {
    pub play: Play,
    pub program: Program,
    pub board: Board,
    /// So many events there were before the last choice.
    pub seen: usize,
    /// What there is to say now.
    pub says: String,
    /// The shortest win, once it has been looked for.
    best: Option<Counterexample>,
}

impl Game {
    /// The wrong program, at its beginning.
    ///
    /// # Errors
    /// It can't be led: a mistake of the scene.
    pub fn new(play: Play) -> Result<Self, Fault> {
        let board = Board::at(play.scene.wrong, vec![])?;
        let says = words!(
            "You are the scheduler: which thread goes on?",
            "Vous êtes l'ordonnanceur : quel thread continue ?"
        );
        Ok(Self { play, program: Program::Wrong, board, seen: 0, says, best: None })
    }

    /// Has what was to be reached been reached?
    pub fn is_won(&self) -> bool {
        self.program == Program::Wrong && self.board.end() == Some(Some(self.play.failure))
    }

    /// Lets a thread go on in this way.
    ///
    /// # Errors
    /// There is no such choice.
    pub fn choose(&mut self, choice: usize) -> Result<(), Fault> {
        let seen = self.board.schedule.events.len();
        let choices = [&self.board.choices[..], &[choice]].concat();
        self.board = Board::at(self.program.of(&self.play.scene), choices)?;
        self.seen = seen;
        self.says = match (self.board.end(), self.program) {
            (None, _) => String::new(),
            (Some(_), Program::Wrong) if self.is_won() => self.victory()?,
            (Some(_), Program::Wrong) => words!(
                "It ended well this time: nothing was lost. u takes a step back, r begins again.",
                "Cette fois tout s'est bien terminé. u revient d'un pas, r recommence."
            ),
            (Some(_), Program::Mended) => self.explored(),
        };
        Ok(())
    }

    /// Takes the last choice back.
    ///
    /// # Errors
    /// The program does not do the same again: a mistake of the scene.
    pub fn undo(&mut self) -> Result<(), Fault> {
        let mut choices = self.board.choices.clone();
        self.says = match choices.pop() {
            Some(_) => String::new(),
            None => words!("This is the beginning.", "C'est le début."),
        };
        self.go_to(choices)
    }

    /// Begins again.
    ///
    /// # Errors
    /// As [`Game::undo`].
    pub fn restart(&mut self) -> Result<(), Fault> {
        self.says = String::new();
        self.go_to(vec![])
    }

    fn go_to(&mut self, choices: Vec<usize>) -> Result<(), Fault> {
        self.board = Board::at(self.program.of(&self.play.scene), choices)?;
        self.seen = self.board.schedule.events.len();
        Ok(())
    }

    /// Where to look.
    pub fn hint(&mut self) {
        self.say(match self.program {
            Program::Wrong => self.play.hint.clone(),
            Program::Mended => self.play.mended.clone(),
        });
    }

    /// Says something; what happened before is known by then.
    pub fn say(&mut self, text: String) {
        self.seen = self.board.schedule.events.len();
        self.says = text;
    }

    /// On to the mended program; `false` when it was played already.
    ///
    /// # Errors
    /// It can't be led: a mistake of the scene.
    pub fn go_on(&mut self) -> Result<bool, Fault> {
        if self.program == Program::Mended {
            return Ok(false);
        }
        self.program = Program::Mended;
        self.restart()?;
        let why = &self.play.mended;
        self.says = words!(
            "The same, mended. Now try here: no choice loses. {why}",
            "Le même, réparé. Essayez ici : aucun choix ne le casse. {why}"
        );
        Ok(true)
    }

    /// What happened, why, and how far from the shortest way.
    fn victory(&mut self) -> Result<String, Fault> {
        let (yours, best) = (self.board.schedule.forced, self.best()?.forced);
        let what = sentence(&self.board.schedule);
        let what = what.trim_end_matches('.');
        let why = &self.play.why;
        Ok(words!(
            "You have won! {what}. {why} Forced switches: yours {yours}, the fewest {best}.",
            "Gagné ! {what}. {why} Changements forcés : vous {yours}, au minimum {best}."
        ))
    }

    /// The shortest win, as text; beside your own if you have won.
    ///
    /// # Errors
    /// There is none: a mistake of the scene.
    pub fn comparison(&mut self) -> Result<String, Fault> {
        let best = lanes(&board::read(&self.best()?.encode())?, COLUMNS);
        let title = words!("The shortest win", "La victoire la plus courte");
        let mut text = format!("{title}\n\n{best}");
        if self.is_won() {
            let title = words!("Yours", "La vôtre");
            text += &format!("\n{title}\n\n{}", self.board.lanes(COLUMNS));
        }
        Ok(text)
    }

    fn best(&mut self) -> Result<&Counterexample, Fault> {
        if self.best.is_none() {
            self.best = Some(shortest(&self.play)?);
        }
        Ok(self.best.as_ref().expect("it was found just now"))
    }

    /// That nothing can go wrong in the mended program, and how that is known.
    fn explored(&self) -> String {
        let result = explore(LIMITS, self.play.scene.mended);
        let count = result.executions;
        match result.finding {
            Finding::None(Coverage::Everything) => words!(
                "It ended well, and always does: every schedule was explored, in {count} runs. n goes on.",
                "Tout s'est bien terminé, comme toujours : chaque ordonnancement a été exploré, en {count} \
                 exécutions. n continue."
            ),
            _ => words!(
                "It ended well. {count} schedules were explored, and none fails. n goes on.",
                "Tout s'est bien terminé. {count} ordonnancements explorés, aucun n'échoue. n continue."
            ),
        }
    }
}

/// So many columns has a terminal at least.
pub const COLUMNS: usize = 80;

/// The schedule with the fewest forced switches that breaks the wrong program.
///
/// # Errors
/// None does: a mistake of the scene.
pub fn shortest(play: &Play) -> Result<Counterexample, Fault> {
    match explore(LIMITS, play.scene.wrong).finding {
        Finding::Counterexample(found) => Ok(found),
        other => Err(Fault::new(format!("{} is not wrong: {other:?}", play.scene.name))),
    }
}
