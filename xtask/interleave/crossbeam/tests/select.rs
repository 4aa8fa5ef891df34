//! `select!`, and `Select` itself.

mod common;

use common::{always, deadlocks, fails, outcomes};
use interleave::report::{Failure, Finding};
use interleave::{Limits, explore};
use interleave_crossbeam::channel::{
    self, Receiver, RecvError, Select, SendError, Sender, after, bounded, never, unbounded,
};
use interleave_crossbeam::{scope, select};
use std::sync::Arc;
use std::time::Duration;

const SHORT: Duration = Duration::from_millis(10);

#[test]
fn any_arm_that_is_ready_may_be_chosen() {
    let chosen = outcomes(|| {
        let (first, from_first) = unbounded();
        let (second, from_second) = unbounded();
        let (third, from_third) = bounded(1);
        first.send(1).unwrap();
        second.send("two").unwrap();
        select! {
            recv(from_first) -> one => one.unwrap(),
            recv(from_second) -> two => {
                assert_eq!(two, Ok("two"));
                2
            }
            send(third, 3.0) -> sent => {
                sent.unwrap();
                assert_eq!(from_third.recv(), Ok(3.0));
                3
            },
        }
    });
    assert_eq!(chosen, [1, 2, 3].into());
}

#[test]
fn it_waits_for_the_first_of_several() {
    let orders = outcomes(|| {
        let (first, from_first) = bounded(1);
        let (second, from_second) = bounded(1);
        scope(|s| {
            s.spawn(move |_| (first.send(1).unwrap(), first));
            s.spawn(move |_| (second.send(2).unwrap(), second));
            let mut order = vec![];
            for _ in 0..2 {
                select! {
                    recv(from_first) -> one => order.extend(one),
                    recv(from_second) -> two => order.extend(two),
                }
            }
            order
        })
        .unwrap()
    });
    assert!(orders.contains(&vec![1, 2]) && orders.contains(&vec![2, 1]), "{orders:?}");
}

#[test]
fn the_default_is_for_when_nothing_is_ready() {
    always(|| {
        let (sender, receiver) = bounded::<i32>(1);
        let choose = || {
            select! {
                recv(receiver) -> number => number.ok(),
                default => None,
            }
        };
        assert_eq!(choose(), None);
        sender.send(1).unwrap();
        assert_eq!(choose(), Some(1));
        let only_default = select! { default => 7 };
        assert_eq!(only_default, 7);
    });
}

#[test]
fn the_default_may_come_after_a_time() {
    let received = outcomes(|| {
        let (sender, receiver) = unbounded();
        let keeps = sender.clone();
        scope(|s| {
            s.spawn(move |_| sender.send(1).unwrap());
            let received = select! {
                recv(receiver) -> number => number.ok(),
                default(SHORT) => None,
            };
            drop(keeps);
            received
        })
        .unwrap()
    });
    assert_eq!(received, [None, Some(1)].into());
    always(|| select! { default(SHORT) => {} });
}

#[test]
fn both_sides_of_a_channel_without_places_may_select() {
    always(|| {
        let (there, from_here) = bounded(0);
        let (back, from_there) = bounded(0);
        let exchange = |sender: &Sender<i32>, receiver: &Receiver<i32>, number| {
            select! {
                send(sender, number) -> sent => sent.map(|()| None).unwrap(),
                recv(receiver) -> other => other.map(Some).unwrap(),
            }
        };
        scope(|s| {
            let other = s.spawn(|_| exchange(&back, &from_here, 2));
            let mine = exchange(&there, &from_there, 1);
            let other = other.join().unwrap();
            assert!(
                matches!((mine, other), (None, Some(1)) | (Some(2), None)),
                "{mine:?} {other:?}"
            );
        })
        .unwrap();
    });
}

#[test]
fn a_blocked_sender_and_a_selecting_receiver_meet() {
    always(|| {
        let (sender, receiver) = bounded(0);
        let (other, from_other) = bounded(0);
        scope(|s| {
            s.spawn(move |_| sender.send(1).unwrap());
            s.spawn(move |_| other.send(2).unwrap());
            let mut sum = 0;
            let (mut first, mut second) = (receiver, from_other);
            for _ in 0..4 {
                // An arm may replace the channel that was chosen.
                select! {
                    recv(first) -> one => match one {
                        Ok(one) => sum += one,
                        Err(RecvError) => first = never(),
                    },
                    recv(second) -> two => match two {
                        Ok(two) => sum += two,
                        Err(RecvError) => second = never(),
                    },
                }
            }
            assert_eq!(sum, 3);
            select! {
                recv(first) -> _ => unreachable!(),
                recv(second) -> _ => unreachable!(),
                default => first = second,
            }
            assert!(first.try_recv().is_err());
        })
        .unwrap();
    });
}

#[test]
fn an_arm_is_ready_too_when_the_other_side_is_gone() {
    always(|| {
        let (sender, receiver) = bounded::<i32>(0);
        let (other, from_other) = bounded::<i32>(0);
        drop((sender, from_other));
        let mut missing = vec![];
        for _ in 0..3 {
            select! {
                recv(receiver) -> nothing => missing.push(nothing.is_err()),
                send(other, 1) -> sent => missing.push(sent == Err(SendError(1))),
            }
        }
        assert!(missing.into_iter().all(|missing| missing));
    });
}

#[test]
fn a_timer_ends_a_selection() {
    let received = outcomes(|| {
        let (sender, receiver) = unbounded();
        let keeps = sender.clone();
        scope(|s| {
            s.spawn(move |_| sender.send(1).unwrap());
            let received = select! {
                recv(receiver) -> number => number.ok(),
                recv(after(SHORT)) -> time => time.ok().and(None),
            };
            drop(keeps);
            received
        })
        .unwrap()
    });
    assert_eq!(received, [None, Some(1)].into());
}

#[test]
fn the_earlier_of_two_timers_comes_first() {
    always(|| {
        let (late, early) = (after(20 * SHORT), after(SHORT));
        let first = select! {
            recv(late) -> _ => "late",
            recv(early) -> _ => "early",
            default(10 * SHORT) => "default",
        };
        assert_eq!(first, "early");
        let then = select! {
            recv(early) -> _ => "early",
            default(SHORT) => "default",
        };
        assert_eq!(then, "default");
    });
}

#[test]
fn who_looks_at_a_timer_again_and_again_sees_it_end() {
    always(|| {
        let (timer, other) = (after(SHORT), after(SHORT));
        loop {
            select! {
                recv(timer) -> _ => break,
                default => {}
            }
        }
        while other.try_recv().is_err() {}
    });
}

#[test]
fn a_selection_that_nobody_serves_is_a_deadlock() {
    let found = deadlocks(|| {
        let (_sender, receiver) = unbounded::<()>();
        select! {
            recv(receiver) -> _ => {},
            recv(never::<()>()) -> _ => {},
        }
    });
    assert!(found.waiting[0].place.file().ends_with("tests/select.rs"));
}

#[test]
fn arms_may_be_written_as_the_real_ones_may() {
    always(|| {
        let (sender, receiver) = unbounded::<(i32, &str)>();
        let shared = Arc::new(receiver.clone());
        let borrowed = &receiver;
        let (full, _other) = bounded(0);
        for number in 0..4 {
            sender.send((number, "x")).unwrap();
            channel::select! {
                recv(shared) -> message => {
                    let (number, _) = message.unwrap();
                    if number > 2 { break }
                }
                recv(borrowed,) -> message => if message.unwrap().0 > 2 { break; },
                recv(&receiver) -> _message => continue,
                send(full.clone(), number,) -> _ => unreachable!(),
                default(SHORT,) => unreachable!(),
            }
        }
        assert_eq!(select!(default() => 7), 7);
    });
}

#[test]
fn a_list_can_be_made_while_the_program_runs() {
    always(|| {
        let channels: Vec<_> = (0..3).map(|_| unbounded()).collect();
        for (number, (sender, _)) in channels.iter().enumerate() {
            sender.send(number).unwrap();
        }
        let mut select = Select::new();
        for (_, receiver) in &channels {
            select.recv(receiver);
        }
        select.remove(1);
        for _ in 0..2 {
            let operation = select.select();
            let index = operation.index();
            assert_ne!(index, 1);
            assert_eq!(operation.recv(&channels[index].1), Ok(index));
        }
        assert!(select.try_select().is_err());
        assert!(select.select_timeout(SHORT).is_err());
        let last = select.send(&channels[1].0);
        assert_eq!(last, 3);
        let operation = select.select_timeout(SHORT).unwrap();
        assert_eq!(operation.index(), last);
        operation.send(&channels[1].0, 7).unwrap();
        assert_eq!(channels[1].1.try_iter().collect::<Vec<_>>(), [1, 7]);
    });
}

#[test]
fn a_chosen_operation_must_be_carried_out() {
    let found = fails(|| {
        let (sender, receiver) = unbounded();
        sender.send(1).unwrap();
        let mut select = Select::new();
        select.recv(&receiver);
        drop(select.select());
    });
    assert_eq!(found.failure, Failure::Panic);
}

#[test]
fn a_channel_from_outside_cannot_be_followed() {
    let (_sender, receiver) = unbounded::<()>();
    let exploration = explore(Limits::default(), move || select! { recv(receiver) -> _ => {} });
    assert!(matches!(exploration.finding, Finding::NotCheckable(_)), "{:?}", exploration.finding);
}

#[test]
fn a_schedule_says_which_arm_was_taken() {
    let found = fails(|| {
        let (sender, receiver) = bounded(1);
        let (gone, closed) = unbounded::<()>();
        for _ in 0..2 {
            select! {
                send(sender, 1) -> sent => sent.unwrap(),
                recv(receiver) -> message => assert_eq!(message, Ok(1)),
            }
        }
        drop(gone);
        select! {
            recv(receiver) -> _ => {},
            recv(closed) -> message => message.unwrap(),
        }
    });
    let text = found.encode();
    let selections: Vec<Vec<&str>> = text
        .lines()
        .map(|line| line.split('\t').collect::<Vec<_>>())
        .filter(|row| row.get(5).is_some_and(|what| what.starts_with("select")))
        .map(|row| row[5..8].to_vec())
        .collect();
    assert_eq!(
        selections,
        [
            ["select-send", "done", "0"],
            ["select-receive", "done", "0"],
            ["select-receive", "disconnected", "1"]
        ]
    );
}
