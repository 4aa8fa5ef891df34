//! An execution that is led: it comes to where the choices say, and can be led there again.

use interleave::report::{Choice, Failure, Finding, Position, Standing};
use interleave::{Limits, explore, lead};
use interleave_std::sync::{Condvar, Mutex};
use interleave_std::thread;

fn led(choices: &[usize], scenario: fn()) -> Result<Position, String> {
    let choices = choices.to_vec();
    let mut choices = choices.into_iter();
    lead(Limits::default(), move |_| choices.next(), scenario)
}

fn open(position: &Position) -> &[Choice] {
    match &position.standing {
        Standing::Open(choices) => choices,
        Standing::Over(end) => panic!("it is over: {end:?}"),
    }
}

/// Two locks, taken in opposite orders.
fn opposite_orders() {
    let (left, right) = (Mutex::new(()), Mutex::new(()));
    thread::scope(|threads| {
        threads.spawn(|| drop((left.lock(), right.lock())));
        threads.spawn(|| drop((right.lock(), left.lock())));
    });
}

#[test]
fn the_choices_of_a_counterexample_lead_to_it() {
    let Finding::Counterexample(found) = explore(Limits::default(), opposite_orders).finding else {
        panic!("it has a deadlock");
    };
    let end = led(&found.choices, opposite_orders).unwrap();
    assert_eq!(end.standing, Standing::Over(Some(Failure::Deadlock)));
    assert_eq!((end.forced, end.events.len()), (found.forced, found.events.len()));
    assert_eq!(end.waiting.len(), 3, "all three threads wait");
    for length in 0..found.choices.len() {
        let position = led(&found.choices[..length], opposite_orders).unwrap();
        assert_eq!(position.choices, found.choices[..length]);
        assert!(found.choices[length] < open(&position).len());
        let again = led(&found.choices[..length], opposite_orders).unwrap();
        assert_eq!(again.encode(), position.encode(), "after {length} choices");
    }
}

#[test]
fn where_it_is_led_to_nothing_has_happened_yet() {
    let begin = led(&[], opposite_orders).unwrap();
    assert_eq!(open(&begin).len(), 2, "each of the two can begin");
    let next = led(&[0], opposite_orders).unwrap();
    assert!(next.events.len() > begin.events.len());
    assert!(next.encode().starts_with("id\t"), "it has not failed, though the rest may");
}

#[test]
fn a_choice_that_is_not_there_is_told() {
    assert!(led(&[2], opposite_orders).unwrap_err().contains("can't be led"));
}

#[test]
fn an_end_without_failure_has_no_choices() {
    let end = lead(Limits::default(), |_| Some(0), opposite_orders).unwrap();
    assert_eq!(end.standing, Standing::Over(None));
}

/// One notification, and two who wait for it, one of them in vain.
fn one_for_two() {
    let (ready, changed) = (Mutex::new(0), Condvar::new());
    thread::scope(|threads| {
        for _ in 0..2 {
            threads.spawn(|| {
                let ready = ready.lock().unwrap();
                drop(changed.wait_timeout(ready, std::time::Duration::from_secs(1)));
            });
        }
        changed.notify_one();
    });
}

#[test]
fn whom_a_notification_wakes_is_a_choice_and_so_is_a_timeout() {
    use interleave::operation::Way;
    let mut most = (0, 0);
    // Each first choice that is not the notification's leads on to where both sleep.
    let mut choices = vec![];
    while let Ok(position) = led(&choices, one_for_two) {
        let Standing::Open(open) = &position.standing else { break };
        let notifies = open.iter().filter(|it| matches!(it.way, Way::Choose(_))).count();
        let timeouts = open.iter().filter(|it| it.way == Way::Timeout).count();
        most = (most.0.max(notifies), most.1.max(timeouts));
        let go_on = |it: &Choice| it.thread.0 > 0 && it.way == Way::Go;
        match open.iter().position(go_on) {
            Some(index) => choices.push(index),
            None => break,
        }
    }
    assert_eq!(most, (2, 2));
}
