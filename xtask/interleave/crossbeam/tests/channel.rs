//! Channels: what is sent is received, in order, and both ends learn when the other is gone.

mod common;

use common::{always, deadlocks, fails, holds, outcomes};
use interleave_crossbeam::channel::{
    Receiver, RecvError, RecvTimeoutError, SendError, SendTimeoutError, TryRecvError, TrySendError,
    after, bounded, never, tick, unbounded,
};
use interleave_crossbeam::scope;
use std::time::Duration;

const SHORT: Duration = Duration::from_millis(10);

#[test]
fn messages_come_in_the_order_in_which_they_were_sent() {
    for capacity in [None, Some(0), Some(1), Some(2)] {
        always(move || {
            let (sender, receiver) = capacity.map_or_else(unbounded, bounded);
            assert_eq!(sender.capacity(), capacity);
            scope(|s| {
                s.spawn(move |_| (0..3).for_each(|number| sender.send(number).unwrap()));
                let mut expected = 0..3;
                for number in &receiver {
                    assert_eq!(Some(number), expected.next());
                }
                assert_eq!(expected.next(), None);
            })
            .unwrap();
        });
    }
}

#[test]
fn each_message_goes_to_one_receiver() {
    always(|| {
        let (sender, receiver) = unbounded();
        let other = receiver.clone();
        assert!(other.same_channel(&receiver));
        scope(|s| {
            let received = s.spawn(move |_| other.into_iter().collect::<Vec<_>>());
            sender.send(1).unwrap();
            sender.send(2).unwrap();
            drop(sender);
            let mut all: Vec<i32> = receiver.iter().collect();
            all.extend(received.join().unwrap());
            all.sort_unstable();
            assert_eq!(all, [1, 2]);
        })
        .unwrap();
    });
}

#[test]
fn two_senders_come_in_either_order() {
    let orders = outcomes(|| {
        let (sender, receiver) = unbounded();
        let other = sender.clone();
        scope(|s| {
            s.spawn(move |_| sender.send(1).unwrap());
            s.spawn(move |_| other.send(2).unwrap());
            (receiver.recv().unwrap(), receiver.recv().unwrap())
        })
        .unwrap()
    });
    assert_eq!(orders, [(1, 2), (2, 1)].into());
}

#[test]
fn without_senders_a_receiver_gets_what_is_left_and_then_an_error() {
    always(|| {
        let (sender, receiver) = bounded(2);
        scope(|s| {
            s.spawn(move |_| sender.send(1).unwrap());
            assert_eq!(receiver.recv(), Ok(1));
            assert_eq!(receiver.recv(), Err(RecvError));
            assert_eq!(receiver.try_recv(), Err(TryRecvError::Disconnected));
            assert_eq!(receiver.recv_timeout(SHORT), Err(RecvTimeoutError::Disconnected));
        })
        .unwrap();
    });
}

#[test]
fn a_waiting_sender_learns_that_the_last_receiver_is_gone() {
    for capacity in [0, 1] {
        always(move || {
            let (sender, receiver) = bounded(capacity);
            scope(|s| {
                s.spawn(move |_| drop(receiver));
                let sent: Vec<_> = (0..=capacity).map(|number| sender.send(number)).collect();
                assert_eq!(sent.last(), Some(&Err(SendError(capacity))));
                assert_eq!(sender.try_send(9), Err(TrySendError::Disconnected(9)));
                let late = sender.send_timeout(9, SHORT);
                assert_eq!(late, Err(SendTimeoutError::Disconnected(9)));
            })
            .unwrap();
        });
    }
}

#[test]
fn a_message_that_nobody_takes_is_dropped_with_its_channel() {
    always(|| {
        let (sender, receiver) = unbounded();
        let (inner, end) = unbounded::<()>();
        sender.send(inner).unwrap();
        drop(receiver);
        assert_eq!(end.recv(), Err(RecvError));
        assert!(sender.is_empty());
    });
}

#[test]
fn trying_does_not_wait() {
    always(|| {
        let (sender, receiver) = bounded(1);
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
        assert!(receiver.is_empty() && !sender.is_full());
        assert_eq!(sender.try_send(1), Ok(()));
        assert_eq!(sender.try_send(2), Err(TrySendError::Full(2)));
        assert!(sender.is_full() && receiver.is_full());
        assert_eq!((sender.len(), receiver.len()), (1, 1));
        assert_eq!(receiver.try_iter().collect::<Vec<_>>(), [1]);
    });
    always(|| {
        let (sender, receiver) = bounded(0);
        assert_eq!(sender.try_send(1), Err(TrySendError::Full(1)));
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
        assert!(receiver.is_empty() && receiver.is_full());
    });
}

#[test]
fn trying_to_hand_over_succeeds_only_if_somebody_waits() {
    let sent = outcomes(|| {
        let (sender, receiver) = bounded(0);
        scope(|s| {
            let receives = s.spawn(move |_| receiver.recv());
            let sent = sender.try_send(1).is_ok();
            drop(sender);
            assert_eq!(receives.join().unwrap().is_ok(), sent);
            sent
        })
        .unwrap()
    });
    assert_eq!(sent, [false, true].into());
}

#[test]
fn two_full_channels_in_a_circle_are_a_deadlock() {
    let found = deadlocks(|| {
        let (there, from_here) = bounded(1);
        let (back, from_there) = bounded(1);
        scope(|s| {
            s.spawn(move |_| {
                for number in from_here {
                    back.send(number).unwrap();
                }
            });
            (0..4).for_each(|number| there.send(number).unwrap());
            drop(there);
            assert_eq!(from_there.iter().count(), 4);
        })
        .unwrap();
    });
    assert_eq!(found.waiting.len(), 2);
    assert!(found.waiting.iter().all(|waiting| waiting.place.file().ends_with("channel.rs")));
}

#[test]
fn a_sender_that_is_kept_is_a_deadlock() {
    deadlocks(|| {
        let (sender, receiver) = unbounded();
        sender.send(1).unwrap();
        for number in &receiver {
            assert_eq!(number, 1);
        }
    });
}

#[test]
fn the_report_names_the_lines_of_the_program() {
    let found = deadlocks(|| {
        let (_sender, receiver) = bounded::<()>(0);
        let other = receiver.clone();
        drop(receiver);
        let _ = other.recv();
    });
    let places = found.events.iter().filter_map(|event| event.place);
    let places: Vec<_> = places.skip(1).chain(found.objects.iter().map(|it| it.created)).collect();
    assert!(places.len() >= 2);
    assert!(places.iter().all(|place| place.file().ends_with("tests/channel.rs")), "{places:?}");
}

#[test]
fn receiving_may_come_in_time_or_too_late() {
    let received = outcomes(|| {
        let (sender, receiver) = unbounded();
        scope(|s| {
            // It is kept until the end, so that nobody sees a channel without senders.
            let other = sender.clone();
            s.spawn(move |_| sender.send(1).unwrap());
            let received = receiver.recv_timeout(SHORT);
            drop(other);
            received.ok()
        })
        .unwrap()
    });
    assert_eq!(received, [None, Some(1)].into());
}

#[test]
fn sending_may_come_in_time_or_too_late() {
    for capacity in [0, 1] {
        let sent = outcomes(move || {
            let (sender, receiver) = bounded(capacity);
            (0..capacity).for_each(|number| sender.send(number).unwrap());
            scope(|s| {
                let receives = s.spawn(move |_| (receiver.recv(), receiver).0);
                let sent = sender.send_timeout(7, SHORT);
                drop(sender);
                let received = receives.join().unwrap();
                assert_eq!(capacity == 1 || sent.is_ok(), received.is_ok());
                match sent {
                    Ok(()) => "sent",
                    Err(SendTimeoutError::Timeout(7)) => "late",
                    Err(SendTimeoutError::Disconnected(7)) => "disconnected",
                    Err(_) => unreachable!("it sends a seven"),
                }
            })
            .unwrap()
        });
        assert!(sent.contains("sent") && sent.contains("late"), "{capacity}: {sent:?}");
    }
}

#[test]
fn waiting_with_nobody_else_comes_to_its_end() {
    always(|| {
        let (sender, receiver) = bounded(1);
        assert_eq!(receiver.recv_timeout(SHORT), Err(RecvTimeoutError::Timeout));
        sender.send(1).unwrap();
        assert_eq!(sender.send_timeout(2, SHORT), Err(SendTimeoutError::Timeout(2)));
    });
}

#[test]
fn after_sends_once() {
    always(|| {
        let timer = after(20 * SHORT);
        let same = timer.clone();
        assert_eq!(timer.try_recv(), Err(TryRecvError::Empty));
        assert_eq!(timer.recv_timeout(SHORT), Err(RecvTimeoutError::Timeout));
        assert!(timer.recv().is_ok());
        assert_eq!(same.recv_timeout(SHORT), Err(RecvTimeoutError::Timeout));
    });
}

#[test]
fn ticks_follow_each_other() {
    always(|| {
        let ticks = tick(SHORT);
        let times: Vec<_> = ticks.iter().take(3).collect();
        assert!(times.is_sorted() && times[2] - times[0] >= SHORT);
    });
}

#[test]
fn a_tick_that_nobody_takes_makes_way() {
    always(|| {
        let ticks = tick(SHORT);
        for _ in 0..3 {
            assert!(after(2 * SHORT).recv().is_ok());
        }
        assert_eq!(ticks.len(), 1);
    });
}

#[test]
fn never_receives_nothing() {
    let nothing: fn() -> Receiver<u8> = never;
    always(move || {
        let receiver = nothing();
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
        assert_eq!(receiver.recv_timeout(SHORT), Err(RecvTimeoutError::Timeout));
        assert_eq!(receiver.capacity(), Some(0));
    });
    deadlocks(move || assert_eq!(nothing().recv(), Err(RecvError)));
}

#[test]
fn a_timeout_is_not_a_deadlock_but_the_end_of_one() {
    holds(|| {
        let (_sender, receiver) = unbounded::<()>();
        let (other, waits) = unbounded::<()>();
        scope(|s| {
            s.spawn(move |_| {
                assert_eq!(receiver.recv_timeout(SHORT), Err(RecvTimeoutError::Timeout));
                drop(other);
            });
            assert_eq!(waits.recv(), Err(RecvError));
        })
        .unwrap();
    });
}

#[test]
fn each_step_has_the_line_of_the_program() {
    let found = fails(|| {
        let (sender, receiver) = bounded(1);
        for number in 0..2 {
            sender.send_timeout(number, Duration::from_millis(1)).unwrap();
            assert_eq!(receiver.try_iter().chain(receiver.try_iter()).sum::<i32>(), number);
        }
        sender.try_send(2).unwrap();
        assert_eq!(receiver.iter().take(1).sum::<i32>(), 2);
        let clones = vec![sender; 2];
        drop(clones);
        assert_eq!(receiver.into_iter().count(), 1, "there is none");
    });
    let text = found.encode();
    // The explorer itself begins the scenario, and ends it.
    let is_own = |event: &&str| !event.contains("\tbegin\t") && !event.contains("\tend\t");
    for event in text.lines().filter(|line| line.starts_with("event")).filter(is_own) {
        assert!(event.contains("tests/channel.rs"), "{text}");
    }
}
