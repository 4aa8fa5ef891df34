//! `cargo xtask predict`: what does this program do under this schedule? The explorer asks, and knows.

mod dice;
mod question;
#[cfg(test)]
mod tests;

use crate::board::Board;
use crate::r#break::scenes_of;
use crate::gone::gone;
use crate::listing::listing;
use crate::play::Play;
use dice::Dice;
use question::{Question, ask};
use std::io::{BufRead, Read, Write, stdin};
use std::process::ExitCode;
use xtask::desk::predict::Arguments;
use xtask::fault::Fault;
use xtask::schedule::What;
use xtask::show::text::{safe, wrapped};
use xtask::show::{BAD, GOOD, STRONG};
use xtask::words;

/// After so many throws that gave no new question there are none left.
const THROWS: usize = 200;
/// An answer is not longer than this.
const ANSWER_BYTES: u64 = 200;
/// So many columns has a terminal at least.
const COLUMNS: usize = 80;

/// Asks, and tells the score.
///
/// # Errors
/// The section has no scenes, or nothing can be read or written any more.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Fault> {
    let plays = scenes_of(&arguments.section)?;
    let questions = questions(&plays, arguments.seed, arguments.count as usize)?;
    let (mut input, mut output) = (stdin().lock(), anstream::stdout().lock());
    let (seed, count) = (arguments.seed, questions.len());
    let begin = words!(
        "Questions: {count}, seed {seed}; --seed N asks others. Type the number of the answer; q ends.",
        "Questions : {count}, graine {seed} ; --seed N en pose d'autres. Tapez le numéro de la réponse ; q termine."
    );
    say(&mut output, &wrapped(&begin, ""))?;
    let (mut asked, mut right) = (0, 0);
    for (number, (play, question)) in (1..).zip(&questions) {
        say(&mut output, &put(number, play, question))?;
        let Some(answer) = answer(question, &mut input, &mut output)? else { break };
        asked += 1;
        right += usize::from(answer == question.right);
        say(&mut output, &resolved(play, question, answer)?)?;
    }
    say(
        &mut output,
        &words!("\n{right} of {asked} were right.", "\nBonnes réponses : {right} sur {asked}."),
    )?;
    Ok(ExitCode::SUCCESS)
}

/// The questions that belong to this seed, no two of them the same.
///
/// # Errors
/// A scene can't be led: a mistake of the scene.
fn questions(plays: &[Play], seed: u64, count: usize) -> Result<Vec<(&Play, Question)>, Fault> {
    let mut dice = Dice::new(seed);
    let mut questions: Vec<(&Play, Question)> = vec![];
    let mut misses = 0;
    while questions.len() < count && misses < THROWS {
        let play = &plays[dice.throw(plays.len())];
        // Different choices may come to what reads the same.
        let is_new = |new: &Question| {
            let text = put(0, play, new);
            !questions.iter().any(|(play, old)| put(0, play, old) == text)
        };
        match ask(play, &mut dice)?.filter(is_new) {
            Some(question) => questions.push((play, question)),
            None => misses += 1,
        }
    }
    Ok(questions)
}

fn say(output: &mut impl Write, text: &str) -> Result<(), Fault> {
    writeln!(output, "{text}").map_err(gone)
}

/// The program, the schedule so far, the question, the answers.
fn put(number: usize, play: &Play, question: &Question) -> String {
    let title = &play.title;
    let mut text = format!("\n{STRONG}{number}  {title}{STRONG:#}\n\n");
    for (number, line) in listing(&play.scene, question.program) {
        text += &format!("{number:4}  {line}\n");
    }
    let order = order(&question.board);
    let so_far = words!("So far: {order}.", "Jusqu'ici : {order}.");
    let ask = question.about.words(&question.board);
    text += &format!("\n{}\n{}\n", wrapped(&so_far, ""), wrapped(&ask, ""));
    for (number, answer) in (1..).zip(&question.answers) {
        text += &format!("  {number}  {}\n", safe(answer));
    }
    text
}

/// The steps so far: who, and at which line. What came of them is the student's to find out.
fn order(board: &Board) -> String {
    let mut steps: Vec<String> = vec![];
    for event in &board.schedule.events {
        let is_step = !matches!(
            event.what,
            What::Begin | What::Start | What::End | What::Unlock | What::Panic | What::Join
        );
        let Some(place) = event.place.as_ref().filter(|_| is_step) else { continue };
        let (who, line) = (&board.schedule.threads[event.thread], place.line);
        let step = words!("{who} line {line}", "{who} ligne {line}");
        // To fall asleep and to wake up are two steps of one line.
        if steps.last() != Some(&step) {
            steps.push(step);
        }
    }
    match steps.is_empty() {
        true => words!("nothing", "rien"),
        false => steps.join(", "),
    }
}

/// The number of the answer that is typed; `None` when no more come.
fn answer(
    question: &Question,
    input: &mut impl BufRead,
    output: &mut impl Write,
) -> Result<Option<usize>, Fault> {
    let most = question.answers.len();
    loop {
        write!(output, "1-{most} > ").and_then(|()| output.flush()).map_err(gone)?;
        let mut line = String::new();
        let read = input.take(ANSWER_BYTES).read_line(&mut line).map_err(gone)?;
        let line = line.trim();
        if read == 0 || line.eq_ignore_ascii_case("q") {
            return Ok(None);
        }
        match line.parse::<usize>() {
            Ok(number) if (1..=most).contains(&number) => return Ok(Some(number - 1)),
            _ => say(
                output,
                &words!(
                    "A number from 1 to {most}, please; q ends.",
                    "Un nombre de 1 à {most}, s'il vous plaît ; q termine."
                ),
            )?,
        }
    }
}

/// Whether it was right, and what happened, as lanes.
fn resolved(play: &Play, question: &Question, answer: usize) -> Result<String, Fault> {
    let right = safe(&question.answers[question.right]);
    let verdict = match answer == question.right {
        true => format!("{GOOD}✓{GOOD:#} {}", words!("Right: {right}.", "Juste : {right}.")),
        false => format!("{BAD}✗{BAD:#} {}", words!("No: {right}.", "Non : {right}.")),
    };
    let shown = question.explained(play)?;
    Ok(format!("\n{verdict}\n\n{}", shown.lanes(COLUMNS)))
}

impl Question {
    /// Where its answer can be seen.
    fn explained(&self, play: &Play) -> Result<Board, Fault> {
        match self.about {
            question::About::Holder(_) | question::About::Wait(_) => Ok(self.board.clone()),
            question::About::Value(_, choice) | question::About::End(choice) => {
                let choices = [&self.board.choices[..], &[choice]].concat();
                Board::at(self.program.of(&play.scene), choices)
            }
        }
    }
}
