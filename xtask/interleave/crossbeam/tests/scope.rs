//! Scoped threads.

mod common;

use common::{always, deadlocks, fails, outcomes};
use interleave::report::Failure;
use interleave_crossbeam::channel::unbounded;
use interleave_crossbeam::thread::{self, Scope};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

#[test]
fn threads_borrow_and_return() {
    always(|| {
        let numbers = [1, 2, 3];
        let mut sum = 0;
        let product = thread::scope(|s| {
            s.spawn(|_| sum = numbers.iter().sum());
            let product = s.spawn(|_| numbers.iter().product::<i32>());
            product.join().unwrap()
        });
        assert_eq!((sum, product.unwrap()), (6, 6));
    });
}

#[test]
fn a_scope_waits_for_the_threads_of_its_threads() {
    fn count_down<'env>(s: &Scope<'env>, left: u32, done: &'env AtomicU32) {
        if left > 0 {
            s.spawn(move |s| {
                count_down(s, left - 1, done);
                done.fetch_add(1, SeqCst);
            });
        }
    }
    always(|| {
        let done = AtomicU32::new(0);
        thread::scope(|s| count_down(s, 3, &done)).unwrap();
        assert_eq!(done.into_inner(), 3);
    });
}

#[test]
fn a_thread_can_join_its_own() {
    always(|| {
        let done = AtomicU32::new(0);
        thread::scope(|s| {
            s.spawn(|s| {
                let own = s.spawn(|_| done.fetch_add(1, SeqCst));
                own.join().unwrap();
                done.fetch_add(1, SeqCst);
            });
        })
        .unwrap();
        assert_eq!(done.into_inner(), 2);
    });
}

#[test]
fn the_panic_of_a_joined_thread_is_an_error_of_join() {
    always(|| {
        let result = thread::scope(|s| {
            let joined = s.spawn(|_| panic!("on purpose")).join();
            *joined.unwrap_err().downcast::<&str>().unwrap()
        });
        assert_eq!(result.unwrap(), "on purpose");
    });
}

#[test]
fn the_panic_of_another_is_an_error_of_the_scope() {
    always(|| {
        let done = Mutex::new(0);
        let result = thread::scope(|s| {
            s.spawn(|_| panic!("on purpose"));
            s.spawn(|_| *done.lock().unwrap() += 1);
        });
        let panics = result.unwrap_err().downcast::<Vec<Box<dyn std::any::Any + Send>>>().unwrap();
        assert_eq!(panics.len(), 1);
        assert_eq!(done.into_inner().unwrap(), 1);
    });
}

#[test]
fn the_panic_of_the_scope_itself_waits_for_the_threads() {
    always(|| {
        let done = AtomicU32::new(0);
        let caught = catch_unwind(AssertUnwindSafe(|| {
            thread::scope(|s| {
                s.spawn(|_| done.fetch_add(1, SeqCst));
                panic!("on purpose");
            })
        }));
        assert!(caught.is_err());
        assert_eq!(done.into_inner(), 1);
    });
}

#[test]
fn an_unexpected_panic_is_found() {
    let found = fails(|| {
        let (sender, receiver) = unbounded();
        thread::scope(|s| {
            let other = sender.clone();
            s.spawn(move |_| sender.send(1).unwrap());
            s.spawn(move |_| other.send(2).unwrap());
            assert_eq!(receiver.recv(), Ok(1), "not in every schedule");
        })
        .unwrap();
    });
    assert_eq!(found.failure, Failure::Panic);
}

#[test]
fn a_thread_that_waits_for_ever_keeps_its_scope() {
    deadlocks(|| {
        let (sender, receiver) = unbounded::<()>();
        thread::scope(|s| {
            s.spawn(|_| receiver.recv());
        })
        .unwrap();
        drop(sender);
    });
}

#[test]
fn threads_have_names_and_numbers() {
    always(|| {
        thread::scope(|s| {
            let build = || s.builder().stack_size(1 << 20);
            let named = build().name("worker".into()).spawn(|_| 1).unwrap();
            let other = build().spawn(|_| 2).unwrap();
            assert_eq!(named.thread().name(), Some("worker"));
            assert_eq!(other.thread().name(), None);
            assert_ne!(named.thread().id(), other.thread().id());
            assert_eq!((named.join().unwrap(), other.join().unwrap()), (1, 2));
        })
        .unwrap();
    });
}

#[test]
fn threads_run_in_any_order() {
    let orders = outcomes(|| {
        let (sender, receiver) = unbounded();
        thread::scope(|s| {
            for number in 1..=2 {
                let sender = sender.clone();
                s.spawn(move |_| sender.send(number).unwrap());
            }
        })
        .unwrap();
        receiver.try_iter().collect::<Vec<i32>>()
    });
    assert_eq!(orders, [vec![1, 2], vec![2, 1]].into());
}
