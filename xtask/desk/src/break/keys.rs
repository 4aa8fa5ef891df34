//! What the keys mean, and how they are told.

use super::Step;
use super::game::Game;
use crate::board::letter;
use crate::listing::Program;
use xtask::words;

/// What this key asks for.
pub fn step(game: &Game, key: char) -> Step {
    match key.to_ascii_lowercase() {
        'u' => Step::Undo,
        'h' => Step::Hint,
        'r' => Step::Restart,
        'w' => Step::Best,
        'n' => Step::Next,
        'q' => Step::Quit,
        '?' => Step::Keys,
        _ if game.board.end().is_some() => Step::Say(over(game)),
        key => {
            let threads = 0..game.board.schedule.threads.len();
            threads.into_iter().find(|&thread| letter(thread) == key).map_or(
                Step::Unknown,
                |thread| {
                    // A thread that has no row has ended.
                    let who = &game.board.schedule.threads[thread];
                    Step::Say(words!("{who} has ended.", "{who} a terminé."))
                },
            )
        }
    }
}

/// What can be done when it is over.
pub fn over(game: &Game) -> String {
    match game.program {
        Program::Wrong => words!(
            "It is over. u: a step back, r: again, w: the shortest win, n: the mended program.",
            "C'est fini. u : un pas en arrière, r : recommencer, w : la victoire la plus courte, n : le \
             programme réparé."
        ),
        Program::Mended => words!(
            "It is over. u: a step back, r: again, n: the next scene.",
            "C'est fini. u : un pas en arrière, r : recommencer, n : la scène suivante."
        ),
    }
}

/// All keys, a line each.
pub fn help() -> String {
    let rows = [
        (
            "a b c m",
            words!(
                "that thread goes on (m: the main thread)",
                "ce thread continue (m : le thread principal)"
            ),
        ),
        ("↑ ↓ ⏎", words!("the same with the arrows", "de même avec les flèches")),
        ("u", words!("take the last choice back", "reprendre le dernier choix")),
        ("r", words!("again from the beginning", "recommencer du début")),
        ("h", words!("a hint: where to look", "un indice : où regarder")),
        (
            "w",
            words!(
                "the shortest win (gives up, if you have not won)",
                "la victoire la plus courte (un abandon, si ce n'est pas gagné)"
            ),
        ),
        (
            "n",
            words!(
                "on: the mended program, then the next scene",
                "continuer : le programme réparé, puis la scène suivante"
            ),
        ),
        ("q", words!("quit", "quitter")),
    ];
    rows.iter().map(|(key, what)| format!("  {key:9}{what}\n")).collect()
}
