//! The questions are the same for a seed, and their answers what the explorer finds.

use super::question::About;
use super::{put, questions, resolved};
use crate::board::LIMITS;
use crate::play::of_section;
use interleave::report::{Failure, Finding};
use std::collections::BTreeSet;

const SECTIONS: [u32; 6] = [6, 7, 9, 10, 11, 12];

#[test]
fn a_seed_asks_the_same_questions_and_another_one_others() {
    let plays = of_section(10);
    let texts = |seed| {
        let questions = questions(&plays, seed, 5).unwrap();
        let text = |(play, question): &(&_, _)| put(1, play, question);
        questions.iter().map(text).collect::<Vec<String>>()
    };
    let first = texts(1);
    assert_eq!(first.len(), 5);
    assert_eq!(first.iter().collect::<BTreeSet<_>>().len(), 5, "one is asked twice");
    assert_eq!(texts(1), first);
    assert_ne!(texts(2), first);
}

#[test]
fn the_right_answer_is_right_when_it_is_run_again() {
    for section in SECTIONS {
        let plays = of_section(section);
        for (play, question) in questions(&plays, 7, 6).unwrap() {
            let run = question.program.of(&play.scene);
            let again = crate::board::Board::at(run, question.board.choices.clone()).unwrap();
            let right = &question.answers[question.right];
            assert_eq!(question.about.answer(run, &again).unwrap(), *right);
            let different = question.answers.iter().collect::<BTreeSet<_>>().len();
            assert!(different == question.answers.len() && different >= 2, "of section {section}");
        }
    }
}

#[test]
fn how_it_ends_is_how_its_schedule_ends() {
    let mut ends = BTreeSet::new();
    for section in SECTIONS {
        let plays = of_section(section);
        for (play, question) in questions(&plays, 3, 8).unwrap() {
            let About::End(_) = question.about else { continue };
            let run = question.program.of(&play.scene);
            let end = question.explained(play).unwrap();
            let right = question.answers[question.right].as_str();
            let finding = interleave::replay(LIMITS, &end.schedule.id, run).unwrap().finding;
            let expected = match finding {
                Finding::Counterexample(found) if found.failure == Failure::Panic => {
                    "the assertion"
                }
                Finding::Counterexample(_) => "it never ends",
                _ => "all threads end",
            };
            assert!(right.starts_with(expected), "{right:?}, but {expected}");
            ends.insert(expected);
        }
    }
    assert_eq!(ends.len(), 3, "not all ends were asked for: {ends:?}");
}

#[test]
fn an_answer_is_explained_by_the_lanes() {
    let plays = of_section(12);
    for (play, question) in questions(&plays, 1, 4).unwrap() {
        let right = resolved(play, &question, question.right).unwrap();
        let wrong = resolved(play, &question, (question.right + 1) % 2).unwrap();
        assert!(right.contains("Right: ") && !wrong.contains("Right: "), "{right}{wrong}");
        assert!(right.contains(".rs:"), "{right}");
    }
}
