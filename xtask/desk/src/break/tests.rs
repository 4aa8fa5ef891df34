//! Every scene is played: the wrong program is won by the keys of its shortest win, the mended one can't be lost.

use super::game::{Game, shortest};
use super::rows::{Row, rows};
use super::{Next, plain};
use crate::board::LIMITS;
use crate::listing::{Program, listing};
use crate::play::{Play, of_section};
use interleave::explore;
use interleave::report::{Coverage, Finding};
use xtask::schedule::What;

const SECTIONS: [u32; 6] = [6, 7, 9, 10, 11, 12];

fn plays() -> impl Iterator<Item = Play> {
    SECTIONS.into_iter().flat_map(of_section)
}

/// The scene with this name.
fn play(name: &str) -> Play {
    plays().find(|play| play.scene.name == name).unwrap()
}

/// The row that makes this choice.
fn row_of(game: &Game, choice: usize) -> Row {
    rows(&game.board).into_iter().find(|row| row.choice == Some(choice)).unwrap()
}

#[test]
fn each_section_with_threads_has_two_scenes_that_fit_a_terminal() {
    for section in SECTIONS {
        assert!(of_section(section).len() >= 2, "section {section}");
    }
    for play in plays() {
        for program in [Program::Wrong, Program::Mended] {
            let lines = listing(&play.scene, program);
            let name = play.scene.name;
            assert!((5..=20).contains(&lines.len()), "{name}: {} lines", lines.len());
            for (number, line) in lines {
                assert!(line.chars().count() <= 67, "{name}.rs:{number} is too wide");
            }
        }
    }
}

/// What is said after these answers, line by line.
fn typed(game: &mut Game, answers: &str) -> (Next, String) {
    let mut output = vec![];
    let next = plain::play(game, &mut answers.as_bytes(), &mut output).unwrap();
    (next, String::from_utf8(output).unwrap())
}

#[test]
fn the_keys_of_the_shortest_win_win() {
    for play in plays() {
        let name = play.scene.name;
        let best = shortest(&play).unwrap();
        let mut keys = String::new();
        let mut game = Game::new(play).unwrap();
        for choice in best.choices {
            assert!(!game.is_won(), "{name} is won before");
            keys += &(row_of(&game, choice).key + "\n");
            game.choose(choice).unwrap();
        }
        assert!(game.is_won(), "{name} ends as {:?}", game.board.end());
        assert_eq!(game.board.schedule.forced, best.forced, "{name}");
        game.restart().unwrap();
        let (_, text) = typed(&mut game, &keys);
        assert!(text.contains("You have won!"), "{name}, with {keys:?}:\n{text}");
        let fewest = best.forced;
        let count = format!("yours {fewest}, the fewest {fewest}");
        assert!(text.replace('\n', " ").contains(&count), "{text}");
    }
}

#[test]
fn no_choice_breaks_a_mended_program() {
    for play in plays() {
        let result = explore(LIMITS, play.scene.mended);
        let everything = matches!(result.finding, Finding::None(Coverage::Everything));
        assert!(everything, "{}: {:?}", play.scene.name, result.finding);
    }
}

#[test]
fn whatever_breaks_a_wrong_program_is_what_was_to_be_reached() {
    for play in plays() {
        let failure = play.failure;
        let name = play.scene.name;
        let wanted = format!("{failure:?}");
        let all = interleave::explore_all(LIMITS, true, play.scene.wrong, |end| {
            let is_wanted = end.failure.is_none_or(|failure| format!("{failure:?}") == wanted);
            assert!(is_wanted, "{name} fails as {:?}", end.failure);
            std::ops::ControlFlow::Continue(())
        });
        assert!(all.is_some(), "{name} has too many schedules");
    }
}

#[test]
fn undo_leads_back_to_the_same_position() {
    for play in plays() {
        let choices = shortest(&play).unwrap().choices;
        let mut game = Game::new(play).unwrap();
        let mut before = vec![];
        for choice in choices {
            before.push((rows(&game.board), game.board.schedule.clone()));
            game.choose(choice).unwrap();
        }
        for (rows_before, schedule) in before.into_iter().rev() {
            game.undo().unwrap();
            assert_eq!(rows(&game.board), rows_before);
            assert_eq!(game.board.schedule, schedule);
        }
        game.undo().unwrap();
        assert_eq!(game.says, "This is the beginning.");
    }
}

#[test]
fn who_waits_says_for_what_and_for_whom() {
    let mut game = Game::new(play("transfer")).unwrap();
    // A locks one account, so B, which goes for it second, waits in the end.
    let (_, text) = typed(&mut game, "a\na\nb\nm\n");
    assert!(text.contains("main can't go on: it waits until B has ended."), "{text}");
    let (_, text) = typed(&mut game, "b\n");
    assert!(text.contains("B line") || text.contains("waits for `ann`, which A holds"), "{text}");
}

#[test]
fn a_notification_that_can_wake_two_is_two_choices() {
    let mut game = Game::new(play("shelf")).unwrap();
    let both_sleep = |game: &Game| {
        let asleep = |thread: usize| {
            let waiting = game.board.schedule.waiting_thread(thread);
            waiting.is_some_and(|waiting| waiting.what == What::Wake)
        };
        asleep(1) && asleep(2)
    };
    while !both_sleep(&game) {
        let turns = game.board.turns();
        let turn = turns.iter().find(|turn| turn.thread > 0).unwrap();
        game.choose(turn.choice).unwrap();
    }
    let all = rows(&game.board);
    let keys: Vec<&str> = all.iter().map(|row| row.key.as_str()).collect();
    assert_eq!(keys, ["m1", "m2", "a", "b"], "{all:?}");
    assert_eq!((&*all[0].text, &*all[1].text), ("wakes A", "wakes B"));
    let (_, text) = typed(&mut game, "m\n");
    assert!(text.contains("M can go on in several ways: type m1, m2."), "{text}");
}

#[test]
fn the_mended_program_follows_and_then_the_next_scene() {
    let mut game = Game::new(play("audit")).unwrap();
    let (next, text) = typed(&mut game, "x\nn\nw\na\na\na\nb\nb\nb\nm\nm\nm\nn\n");
    assert!(matches!(next, Next::Scene), "{text}");
    assert!(text.contains("means nothing here"), "{text}");
    assert!(text.contains("This one can't be broken."), "{text}");
    assert!(text.replace('\n', " ").contains("every schedule was explored"), "{text}");
    let (next, _) = typed(&mut game, "");
    assert!(matches!(next, Next::Quit), "the end of the input ends it");
}
