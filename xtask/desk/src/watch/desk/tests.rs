//! Events in, effects out: no terminal, no files, no processes.

use super::*;

fn row(number: u32, is_whole: bool) -> Row {
    Row {
        number,
        name: format!("part-{number}"),
        title: format!("Part {number}"),
        minutes: 75,
        points: (if is_whole { 20 } else { 3 }, 20),
        is_whole,
        state: if is_whole { "done" } else { "3 of 20 tests" }.into(),
        tests: vec!["result::first".into()],
    }
}

fn rows(whole: &[bool]) -> Vec<Row> {
    (1..).zip(whole).map(|(number, &is_whole)| row(number, is_whole)).collect()
}

/// Three sections, the first of them being checked.
fn desk() -> Desk {
    Desk::new(rows(&[false, false, false]), 0, (80, 24))
}

fn press(desk: &mut Desk, char: char) -> Vec<Effect> {
    desk.update(Event::Key(Key::Char(char)))
}

fn check_ends(desk: &mut Desk, outcome: Outcome, whole: &[bool]) -> Vec<Effect> {
    let text = (0..30).map(|line| format!("line {line}")).collect();
    desk.update(Event::Checked(outcome, text, rows(whole)))
}

/// A save that is taken for part of the check that runs would leave the verdict of the old file on the screen.
#[test]
fn a_save_during_a_check_begins_another() {
    let mut desk = desk();
    assert_eq!(desk.update(Event::Saved(0)), [Effect::Check]);
    assert_eq!(desk.check, Check::Running);
    check_ends(&mut desk, Outcome::ToMend, &[false; 3]);
    assert_eq!(desk.update(Event::Saved(0)), [Effect::Check]);
}

#[test]
fn a_save_leads_back_from_a_page_to_the_verdict() {
    let mut desk = desk();
    assert_eq!(press(&mut desk, 'h'), [Effect::Ask(Question::Hint)]);
    desk.update(Event::Answered(vec!["a hint".into()]));
    // A verdict that comes meanwhile does not take the page away.
    check_ends(&mut desk, Outcome::ToMend, &[false; 3]);
    assert!(matches!(desk.view, View::Page(_)));
    desk.update(Event::Saved(0));
    assert!(matches!(desk.view, View::Verdict));
}

/// Not before: half a section is saved often, and is no reason to leave it.
#[test]
fn a_save_in_the_next_section_leads_there_once_this_one_is_whole() {
    let mut desk = desk();
    check_ends(&mut desk, Outcome::ToMend, &[false; 3]);
    assert_eq!(desk.watched(), [0]);
    check_ends(&mut desk, Outcome::Whole, &[true, true, false]);
    assert_eq!(desk.watched(), [0, 2]);
    assert_eq!(desk.update(Event::Saved(2)), [Effect::Check]);
    assert_eq!((desk.current, desk.watched()), (2, vec![2]));
    assert!(desk.text().is_empty(), "the verdict of another section");
}

#[test]
fn after_the_last_section_the_next_is_the_first_that_is_not_whole() {
    let mut desk = Desk::new(rows(&[false, true, true]), 2, (80, 24));
    assert_eq!(desk.next(), Some(0));
    check_ends(&mut desk, Outcome::Whole, &[true; 3]);
    assert_eq!(press(&mut desk, 'n'), []);
    assert_eq!(desk.current, 2);
}

#[test]
fn every_key_works_while_a_check_hangs() {
    let effects = |key: char| press(&mut desk(), key);
    assert_eq!(effects('h'), [Effect::Ask(Question::Hint)]);
    assert_eq!(effects('s'), [Effect::Ask(Question::Solution)]);
    assert_eq!(effects('r'), [Effect::Check]);
    assert_eq!(effects('n'), [Effect::Check]);
    assert_eq!(effects('q'), [Effect::Stop, Effect::Quit]);
    assert_eq!(desk().update(Event::Key(Key::Interrupt)), [Effect::Stop, Effect::Quit]);
    let mut desk = desk();
    press(&mut desk, 'l');
    assert!(matches!(desk.view, View::List(_)));
}

/// Only `y` resets: a key that was meant for something else must not.
#[test]
fn a_reset_asks_first() {
    for (key, effects) in
        [('y', vec![Effect::Ask(Question::Reset)]), ('n', vec![]), ('x', vec![]), ('q', vec![])]
    {
        let mut desk = desk();
        assert_eq!(press(&mut desk, 'x'), []);
        assert_eq!(press(&mut desk, key), effects);
        assert!(matches!(desk.view, View::Verdict));
    }
}

/// The page says where the old text is. The check that follows must not take it away.
#[test]
fn after_a_reset_its_page_stays_until_it_is_read() {
    let mut desk = desk();
    assert_eq!(desk.update(Event::WasReset(vec!["kept".into()])), [Effect::Check]);
    check_ends(&mut desk, Outcome::ToMend, &[false; 3]);
    assert_eq!(desk.text(), ["kept"]);
}

/// A check that goes on while the desk is stopped would be judged by deadlines that nobody waited for.
#[test]
fn a_stopped_desk_stops_its_check_and_begins_it_again() {
    let mut desk = desk();
    assert_eq!(desk.update(Event::Suspend), [Effect::Stop, Effect::Suspend]);
    assert_eq!(desk.update(Event::Resumed), [Effect::Check]);
    check_ends(&mut desk, Outcome::ToMend, &[false; 3]);
    desk.update(Event::Suspend);
    assert_eq!(desk.update(Event::Resumed), []);
}

/// `echo r | cargo xtask watch` would end without a verdict.
#[test]
fn the_end_of_the_input_waits_for_the_check_that_runs() {
    let mut desk = desk();
    assert_eq!(desk.update(Event::InputEnded), []);
    assert_eq!(check_ends(&mut desk, Outcome::ToMend, &[false; 3]), [Effect::Quit]);
    let mut desk = self::desk();
    check_ends(&mut desk, Outcome::ToMend, &[false; 3]);
    assert_eq!(desk.update(Event::InputEnded), [Effect::Quit]);
}

#[test]
fn the_window_begins_with_what_is_to_be_mended_and_stays_within_the_text() {
    let mut desk = desk();
    let mut text: Vec<String> = (0..10).map(|line| format!("line {line}")).collect();
    text.push("\x1b[1mresult::first\x1b[0m  failed".into());
    text.extend((11..40).map(|line| format!("line {line}")));
    desk.update(Event::Checked(Outcome::ToMend, text, rows(&[false; 3])));
    assert!(desk.window()[0].contains("result::first"));
    press(&mut desk, 'G');
    assert_eq!(desk.window().last().unwrap(), "line 39");
    press(&mut desk, 'j');
    assert_eq!(desk.window().last().unwrap(), "line 39");
    press(&mut desk, 'g');
    desk.update(Event::Resized(80, 100));
    assert_eq!(desk.window().len(), 40);
}

#[test]
fn the_smallest_terminal_is_no_panic() {
    let mut desk = desk();
    desk.update(Event::Resized(1, 1));
    check_ends(&mut desk, Outcome::ToMend, &[false; 3]);
    for key in ['l', 'j', '/', 'z', 'G', '?', 'x'] {
        press(&mut desk, key);
        desk.window();
    }
}

#[test]
fn a_filter_narrows_the_list_by_number_or_name() {
    let mut desk = desk();
    for key in "l/part-3".chars() {
        press(&mut desk, key);
    }
    assert_eq!(desk.text().iter().filter(|line| line.contains("part-")).count(), 2, "filter, row");
    assert_eq!(desk.update(Event::Key(Key::Enter)), [Effect::Check]);
    assert_eq!(desk.current, 2);
    for key in "l/nothing".chars() {
        press(&mut desk, key);
    }
    assert_eq!(desk.update(Event::Key(Key::Enter)), []);
    // Escape ends the filter first, and then the list.
    desk.update(Event::Key(Key::Escape));
    assert!(matches!(desk.view, View::List(_)));
    desk.update(Event::Key(Key::Escape));
    assert!(matches!(desk.view, View::Verdict));
}

#[test]
fn j_and_k_choose_a_section_and_stop_at_the_ends() {
    let mut desk = desk();
    for key in "lkjjjj".chars() {
        press(&mut desk, key);
    }
    assert_eq!(desk.update(Event::Key(Key::Enter)), [Effect::Check]);
    assert_eq!(desk.current, 2);
}
