//! Questions about a scene under a schedule, and their answers. The explorer knows: it runs the schedule.

use super::dice::Dice;
use crate::board::Board;
use crate::listing::Program;
use crate::play::Play;
use harness::split_assertion;
use std::collections::BTreeSet;
use xtask::fault::Fault;
use xtask::schedule::{Event, Failure, What};
use xtask::words;

/// So many answers to choose from at most.
const ANSWERS: usize = 4;
/// Wrong answers come from so many other schedules.
const WALKS: usize = 12;

/// A question with its answers.
pub struct Question {
    pub program: Program,
    /// Where it is asked.
    pub board: Board,
    pub about: About,
    pub answers: Vec<String>,
    /// Which of them is right.
    pub right: usize,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum About {
    /// In whose hand is this lock?
    Holder(usize),
    /// What does this thread wait for, if for anything?
    Wait(usize),
    /// What does this thread read if it goes on, by this choice?
    Value(usize, usize),
    /// How does it end, when this choice is the last one?
    End(usize),
}

/// A question about one of the programs of this scene; `None` where the dice have thrown nothing that is worth one.
///
/// # Errors
/// The scene can't be led: a mistake of the scene.
pub fn ask(play: &Play, dice: &mut Dice) -> Result<Option<Question>, Fault> {
    let program = [Program::Wrong, Program::Wrong, Program::Mended][dice.throw(3)];
    let run = program.of(&play.scene);
    let kind = dice.throw(4);
    let walk = match kind == 0 && dice.throw(2) == 0 {
        true => bad_walk(run, dice)?,
        false => walk(run, dice)?.choices,
    };
    // The beginning and the steps in which threads only begin are dull.
    let Some(last) = walk.len().checked_sub(1).filter(|&last| last >= 2) else { return Ok(None) };
    let length = if kind == 0 { last } else { 2 + dice.throw(last - 1) };
    let board = Board::at(run, walk[..length].to_vec())?;
    let about = match kind {
        0 => end(&board, walk[last]),
        1 => holder(&board, dice),
        2 => wait(&board, dice),
        _ => value(&board, dice),
    };
    let Some(about) = about else { return Ok(None) };
    let right = about.answer(run, &board)?;
    let mut answers = about.others(run, &board, dice)?;
    answers.remove(&right);
    if answers.is_empty() {
        return Ok(None);
    }
    let mut answers: Vec<String> = answers.into_iter().collect();
    dice.shuffle(&mut answers);
    answers.truncate(ANSWERS - 1);
    answers.push(right.clone());
    dice.shuffle(&mut answers);
    let right = answers.iter().position(|answer| *answer == right).expect("it was put in");
    Ok(Some(Question { program, board, about, answers, right }))
}

/// The choices of some schedule that fails, if there is one not far away.
fn bad_walk(run: fn(), dice: &mut Dice) -> Result<Vec<usize>, Fault> {
    let mut end = walk(run, dice)?;
    for _ in 0..WALKS {
        if end.schedule.failure.is_some() {
            break;
        }
        end = walk(run, dice)?;
    }
    Ok(end.choices)
}

/// The end of some schedule.
fn walk(run: fn(), dice: &mut Dice) -> Result<Board, Fault> {
    let mut own = dice.fork();
    Board::led(run, move |count| Some(own.throw(count)))
}

/// That the main thread sees the others end is no question.
fn end(board: &Board, choice: usize) -> Option<About> {
    let turn = board.turns().into_iter().find(|turn| turn.choice == choice)?;
    (turn.thread > 0).then_some(About::End(choice))
}

fn holder(board: &Board, dice: &mut Dice) -> Option<About> {
    let objects = board.schedule.objects.iter().enumerate();
    let mut locks: Vec<usize> =
        objects.filter(|(_, object)| object.kind == "mutex").map(|(lock, _)| lock).collect();
    let held: Vec<String> =
        (0..board.schedule.threads.len()).flat_map(|thread| board.held(thread)).collect();
    if dice.throw(3) > 0 {
        locks.retain(|&lock| held.contains(&board.schedule.objects[lock].name));
    }
    (!held.is_empty() && !locks.is_empty()).then(|| About::Holder(locks[dice.throw(locks.len())]))
}

fn wait(board: &Board, dice: &mut Dice) -> Option<About> {
    let is_asked = |thread: &usize| {
        let waiting = board.schedule.waiting_thread(*thread);
        waiting.is_some_and(|waiting| waiting.what != What::Begin)
    };
    let mut alive: Vec<usize> = (1..board.schedule.threads.len()).filter(is_asked).collect();
    // Who can go on is asked for less often than who can't.
    if dice.throw(3) > 0 {
        let turns = board.turns();
        alive.retain(|thread| !turns.iter().any(|turn| turn.thread == *thread));
    }
    (!alive.is_empty()).then(|| About::Wait(alive[dice.throw(alive.len())]))
}

fn value(board: &Board, dice: &mut Dice) -> Option<About> {
    let mut turns = board.turns();
    turns.retain(|turn| {
        let waiting = board.schedule.waiting_thread(turn.thread);
        waiting.is_some_and(|waiting| waiting.what == What::Load)
    });
    let turn = (!turns.is_empty()).then(|| turns[dice.throw(turns.len())].clone())?;
    Some(About::Value(turn.thread, turn.choice))
}

impl About {
    /// The question itself.
    pub fn words(self, board: &Board) -> String {
        let schedule = &board.schedule;
        match self {
            Self::Holder(lock) => {
                let lock = &schedule.objects[lock].name;
                words!("Who holds `{lock}` now?", "Qui tient `{lock}` maintenant ?")
            }
            Self::Wait(thread) => {
                let (who, line) = at(board, thread);
                words!(
                    "{who} is at line {line}. Can it go on?",
                    "{who} est à la ligne {line}. Peut-il continuer ?"
                )
            }
            Self::Value(thread, _) => {
                let (who, line) = at(board, thread);
                words!(
                    "{who} goes on at line {line}. What does it read?",
                    "{who} continue à la ligne {line}. Que lit-il ?"
                )
            }
            Self::End(choice) => {
                let turn = board.turns().into_iter().find(|turn| turn.choice == choice);
                let (who, line) = turn.map_or_else(Default::default, |turn| at(board, turn.thread));
                words!(
                    "{who} goes on at line {line}. After that nothing is left to choose. How does it end?",
                    "{who} continue à la ligne {line}. Ensuite il n'y a plus de choix. Comment cela finit-il ?"
                )
            }
        }
    }

    /// The right answer, as the explorer finds it.
    ///
    /// # Errors
    /// The program does not do the same again: a mistake of the scene.
    pub fn answer(self, run: fn(), board: &Board) -> Result<String, Fault> {
        Ok(match self {
            Self::Holder(lock) => {
                let name = &board.schedule.objects[lock].name;
                let mut all = 0..board.schedule.threads.len();
                let holder = all.find(|&thread| board.held(thread).contains(name));
                holder.map_or_else(nobody, |thread| board.schedule.threads[thread].clone())
            }
            Self::Wait(thread) => match board.turns().iter().any(|turn| turn.thread == thread) {
                true => goes_on(),
                false => board.schedule.waiting_thread(thread).map_or_else(goes_on, |waiting| {
                    let object = match waiting.what {
                        What::WakeNotified => waiting.objects.last(),
                        _ => waiting.objects.first(),
                    };
                    object.map_or_else(goes_on, |&object| waits_for(board, object))
                }),
            },
            Self::Value(thread, choice) => {
                let next = Board::at(run, [&board.choices[..], &[choice]].concat())?;
                let new = &next.schedule.events[board.schedule.events.len()..];
                let read = |event: &&Event| event.thread == thread && event.what == What::Load;
                new.iter().find(read).map_or_else(String::new, |event| event.value.clone())
            }
            Self::End(choice) => {
                outcome(&Board::at(run, [&board.choices[..], &[choice]].concat())?)
            }
        })
    }

    /// Answers that would be right elsewhere: for another thread, or under another schedule.
    fn others(self, run: fn(), board: &Board, dice: &mut Dice) -> Result<BTreeSet<String>, Fault> {
        let schedule = &board.schedule;
        Ok(match self {
            Self::Holder(_) => schedule.threads[1..].iter().cloned().chain([nobody()]).collect(),
            Self::Wait(_) => {
                let objects = (0..schedule.objects.len())
                    .filter(|&object| schedule.objects[object].kind != "atomic");
                objects.map(|object| waits_for(board, object)).chain([goes_on()]).collect()
            }
            Self::Value(thread, _) => {
                let object = schedule.waiting_thread(thread).and_then(|it| it.objects.first());
                let mut values = BTreeSet::new();
                for _ in 0..WALKS {
                    let other = walk(run, dice)?;
                    let reads = other.schedule.events.into_iter().filter(|event| {
                        event.what == What::Load && event.objects.first() == object
                    });
                    values.extend(reads.map(|event| event.value));
                }
                values
            }
            Self::End(_) => {
                let mut outcomes = BTreeSet::from([well(), deadlock()]);
                for _ in 0..WALKS {
                    outcomes.insert(outcome(&walk(run, dice)?));
                }
                outcomes
            }
        })
    }
}

/// Who, and at which line.
fn at(board: &Board, thread: usize) -> (String, u32) {
    (board.schedule.threads[thread].clone(), board.place(thread).map_or(0, |place| place.line))
}

fn nobody() -> String {
    words!("nobody", "personne")
}

fn goes_on() -> String {
    words!("it can go on", "il peut continuer")
}

fn waits_for(board: &Board, object: usize) -> String {
    let name = &board.schedule.objects[object].name;
    words!("no, it waits for `{name}`", "non, il attend `{name}`")
}

fn well() -> String {
    words!("all threads end, and nothing fails", "tous les threads se terminent, et rien n'échoue")
}

fn deadlock() -> String {
    words!("it never ends: a deadlock", "jamais : un interblocage")
}

/// How it ended.
fn outcome(board: &Board) -> String {
    match board.schedule.failure {
        None => well(),
        Some(Failure::Deadlock) => deadlock(),
        Some(Failure::Endless) => words!("it goes round and round", "il tourne en rond"),
        Some(Failure::Panic) => {
            let sides = board.schedule.panic().and_then(|event| split_assertion(&event.value).1);
            let actual = sides.map_or_else(String::new, |(actual, _)| actual);
            words!(
                "the assertion fails: it finds {actual}",
                "l'assertion échoue : elle trouve {actual}"
            )
        }
    }
}
