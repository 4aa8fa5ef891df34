//! `WaitGroup`, `Parker`, `Backoff`.

mod common;

use common::{always, deadlocks, holds, outcomes};
use interleave_crossbeam::channel::unbounded;
use interleave_crossbeam::scope;
use interleave_crossbeam::sync::{Parker, Unparker, WaitGroup};
use interleave_crossbeam::utils::{Backoff, CachePadded};
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::time::Duration;

const SHORT: Duration = Duration::from_millis(10);

#[test]
fn a_wait_group_waits_for_all() {
    always(|| {
        let done = AtomicU32::new(0);
        let group = WaitGroup::new();
        scope(|s| {
            for _ in 0..2 {
                let member = group.clone();
                s.spawn(|_| {
                    done.fetch_add(1, SeqCst);
                    drop(member);
                });
            }
            group.wait();
            assert_eq!(done.load(SeqCst), 2);
        })
        .unwrap();
    });
}

#[test]
fn a_member_that_waits_has_left() {
    always(|| {
        let group = WaitGroup::default();
        let member = group.clone();
        scope(|s| {
            s.spawn(|_| member.wait());
            group.wait();
        })
        .unwrap();
    });
}

#[test]
fn a_member_that_is_kept_is_a_deadlock() {
    deadlocks(|| {
        let group = WaitGroup::new();
        let _kept = group.clone();
        group.wait();
    });
}

#[test]
fn no_token_is_lost() {
    always(|| {
        let parker = Parker::new();
        let unparker = parker.unparker().clone();
        let ready = AtomicU32::new(0);
        scope(|s| {
            s.spawn(|_| {
                ready.store(1, SeqCst);
                unparker.unpark();
            });
            parker.park();
            assert_eq!(ready.load(SeqCst), 1);
        })
        .unwrap();
    });
}

#[test]
fn there_is_one_token_at_most() {
    always(|| {
        let parker = Parker::new();
        parker.unparker().unpark();
        parker.unparker().unpark();
        parker.park();
        parker.park_timeout(SHORT);
    });
    deadlocks(|| {
        let parker = Parker::default();
        parker.unparker().unpark();
        parker.unparker().unpark();
        parker.park();
        parker.park();
    });
}

#[test]
fn a_parker_may_be_given_away() {
    fn is_send<T: Send>(_: &T) {}
    fn is_sync<T: Send + Sync>(_: &T) {}
    always(|| {
        let parker = Parker::new();
        let unparker: Unparker = parker.unparker().clone();
        is_send(&parker);
        is_sync(&unparker);
        scope(|s| {
            s.spawn(move |_| parker.park());
            unparker.unpark();
        })
        .unwrap();
    });
}

#[test]
fn parking_may_take_too_long() {
    let before = outcomes(|| {
        let parker = Parker::new();
        let unparker = parker.unparker().clone();
        let (sender, receiver) = unbounded();
        scope(|s| {
            s.spawn(move |_| {
                sender.send(()).unwrap();
                unparker.unpark();
            });
            parker.park_timeout(SHORT);
            receiver.try_recv().is_ok()
        })
        .unwrap()
    });
    assert_eq!(before, [false, true].into());
}

#[test]
fn backing_off_lets_the_others_go_on() {
    holds(|| {
        let (sender, receiver) = unbounded();
        scope(|s| {
            s.spawn(move |_| sender.send(CachePadded::new(1)).unwrap());
            let backoff = Backoff::new();
            while receiver.is_empty() {
                backoff.snooze();
            }
            backoff.reset();
            backoff.spin();
            assert!(!backoff.is_completed());
        })
        .unwrap();
    });
}
