//! What holds of the buffer between producers and consumers, whoever wrote it.
//!
//! Every body runs in a process of its own, which has one thread: `harness::isolate`. In
//! `assert_eq!` the left side is what was seen, the right side what is wanted.

use harness::observe::{Thread, eventually, this_thread};
use harness::{explore, isolate, observe};
use producer_consumer::{Buffer, Closed, FibonacciError, Panicked, TryPutError};
use producer_consumer::{put_fibonacci, run};
use std::collections::HashSet;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering::SeqCst};
use std::sync::{Barrier, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

mod result {
    use super::*;

    #[test]
    fn items_come_out_in_the_order_they_went_in() {
        isolate(|| {
            for capacity in [1, 2, 3, 7] {
                let buffer = buffer(capacity);
                // Filled to the brim and half emptied, again and again: the border of the ring is
                // crossed at every slot, with every number of items in it.
                let mut went_in = 0..;
                let mut came_out = vec![];
                let mut filled = 0;
                for round in 0..200 {
                    while filled < capacity {
                        buffer.put(went_in.next().unwrap()).unwrap();
                        filled += 1;
                    }
                    for _ in 0..=round % capacity {
                        came_out.push(buffer.take().expect("an item"));
                        filled -= 1;
                    }
                }
                let wanted: Vec<i32> = (0..).take(came_out.len()).collect();
                assert_eq!(came_out, wanted, "what came out of {capacity} slots");
            }

            // All threads share one ring.
            let buffer = buffer(4);
            for item in 1..=3 {
                ended(start("producer", move || buffer.put(item).unwrap()));
            }
            let taken = [(); 3].map(|()| ended(start("consumer", || buffer.take())));
            let wanted = [Some(1), Some(2), Some(3)];
            assert_eq!(taken, wanted, "put by three threads, and taken by three others");
        });
    }

    #[test]
    fn a_closed_buffer_gives_what_is_in_it_and_then_the_end() {
        isolate(|| {
            let buffer = buffer(3);
            buffer.put('a').unwrap();
            buffer.put('b').unwrap();
            buffer.close();
            buffer.close();
            assert_eq!(buffer.put('c'), Err(Closed('c')), "a put into a closed buffer with room");
            let taken = [(); 4].map(|()| buffer.take());
            assert_eq!(taken, [Some('a'), Some('b'), None, None], "four times take, after close");
            let refused = (0..1000).filter(|_| buffer.put('d') == Err(Closed('d')));
            assert_eq!(refused.count(), 1000, "puts that were refused, of 1000 more");
            let ends = (0..1000).filter(|_| buffer.take().is_none());
            assert_eq!(ends.count(), 1000, "takes that got the end, of 1000 more");
        });
    }

    #[test]
    fn fibonacci_numbers_are_put_in() {
        isolate(|| {
            for (n, wanted) in
                [(0, vec![0]), (1, vec![0, 1]), (10, vec![0, 1, 1, 2, 3, 5, 8, 13, 21, 34, 55])]
            {
                let buffer = buffer(20);
                assert_eq!(put_fibonacci(n, buffer), Ok(()), "F(0) to F({n})");
                assert_eq!(buffer.put(-1), Ok(()), "a put by someone else afterwards");
                let taken: Vec<i64> = std::iter::from_fn(|| buffer.take())
                    .take_while(|&number| number != -1)
                    .collect();
                assert_eq!(taken, wanted, "F(0) to F({n})");
            }
        });
    }
}

mod concurrent {
    use super::*;

    #[test]
    fn a_full_buffer_holds_puts_and_an_empty_one_takes() {
        isolate(|| {
            as_many_puts_pass_as_there_are_slots(1);
            as_many_puts_pass_as_there_are_slots(3);
            a_put_wakes_a_take_that_waits();
        });
    }

    fn as_many_puts_pass_as_there_are_slots(capacity: usize) {
        static PASSED: AtomicUsize = AtomicUsize::new(0);
        PASSED.store(0, SeqCst);
        let buffer = buffer(capacity);
        let producer = start_until_it_waits("producer", move || {
            for item in 0..=capacity {
                buffer.put(item).unwrap();
                PASSED.fetch_add(1, SeqCst);
            }
        });
        let passed = PASSED.load(SeqCst);
        assert_eq!(passed, capacity, "puts into {capacity} slots before the first take");
        assert_eq!(buffer.take(), Some(0), "the first item");
        ended(producer);
        let rest: Vec<_> = (0..capacity).map(|_| buffer.take()).collect();
        let wanted: Vec<_> = (1..=capacity).map(Some).collect();
        assert_eq!(rest, wanted, "the rest, that of the put that waited at its end");
    }

    fn a_put_wakes_a_take_that_waits() {
        let buffer = buffer(2);
        let consumers =
            ["consumer a", "consumer b"].map(|name| start_until_it_waits(name, || buffer.take()));
        buffer.put(1).unwrap();
        buffer.put(2).unwrap();
        let mut taken = consumers.map(ended);
        taken.sort();
        assert_eq!(taken, [Some(1), Some(2)], "what the two got that had waited");
        buffer.put(3).unwrap();
        assert_eq!(buffer.take(), Some(3), "the buffer afterwards");
    }

    #[test]
    fn waiting_costs_no_processor_time() {
        isolate(|| {
            let empty = buffer::<u8>(2);
            let full = buffer(2);
            full.put(1).unwrap();
            full.put(2).unwrap();
            let names = ["consumer a", "consumer b", "producer a", "producer b"];
            for name in names {
                start_until_it_waits(name, move || match name.starts_with("consumer") {
                    true => empty.take().is_some(),
                    false => full.put(3).is_ok(),
                });
            }
            let mut before = names.map(|_| None);
            eventually("two takes and two puts wait", || {
                before = names.map(observe::thread);
                before.iter().all(|thread| thread.as_ref().is_some_and(Thread::waits))
            });
            for _ in 0..40 {
                thread::sleep(Duration::from_millis(1));
                assert_eq!(
                    names.map(observe::thread),
                    before,
                    "the threads that wait: do they wake up?"
                );
            }
        });
    }

    #[test]
    fn three_producers_and_three_consumers() {
        isolate(|| {
            let all_are_there = Barrier::new(6);
            let workers = Mutex::new(HashSet::new());
            let arrive = || {
                workers.lock().unwrap().insert(thread::current().id());
                all_are_there.wait();
            };
            let gone = AtomicUsize::new(0);
            let producers = (0..3).map(|me| {
                let arrive = &arrive;
                move |buffer: &Buffer<(usize, usize)>| {
                    arrive();
                    (0..200).for_each(|number| buffer.put((me, number)).unwrap());
                }
            });
            let consumers = (0..3).map(|me| {
                let (arrive, gone) = (&arrive, &gone);
                move |buffer: &Buffer<(usize, usize)>| {
                    arrive();
                    let mine: Vec<_> = std::iter::from_fn(|| buffer.take()).collect();
                    // The first of them is the last one to leave.
                    eventually("the consumers behind have left", || gone.load(SeqCst) == 2 - me);
                    gone.fetch_add(1, SeqCst);
                    (me, mine)
                }
            });
            let taken = run(buffer(4), producers.collect(), consumers.collect()).unwrap();
            let who: Vec<usize> = taken.iter().map(|taken| taken.0).collect();
            assert_eq!(who, [0, 1, 2], "whose answers came, in which order");
            let workers = workers.into_inner().unwrap();
            assert_eq!(workers.len(), 6, "threads that worked");
            assert!(!workers.contains(&thread::current().id()), "the caller only waits");
            for (_, mine) in &taken {
                for producer in 0..3 {
                    let of_one = mine.iter().filter(|item| item.0 == producer);
                    assert!(of_one.is_sorted(), "a consumer got a producer's items in disorder");
                }
            }
            let mut items: Vec<_> = taken.into_iter().flat_map(|(_, mine)| mine).collect();
            items.sort_unstable();
            let wanted = (0..3).flat_map(|me| (0..200).map(move |number| (me, number)));
            assert!(items.into_iter().eq(wanted), "every item is taken by one consumer, once");
        });
    }
}

mod robust {
    use super::*;

    #[test]
    fn a_buffer_without_slots_is_refused() {
        isolate(|| {
            assert!(Buffer::<u8>::new(0).is_none(), "a buffer with 0 slots");
            assert!(Buffer::<u8>::new(1).is_some(), "a buffer with 1 slot");
        });
    }

    #[test]
    fn the_end_reaches_every_consumer() {
        isolate(|| {
            let buffer = buffer::<u8>(1);
            let consumers = ["consumer a", "consumer b", "consumer c"]
                .map(|name| start_until_it_waits(name, || [(); 2].map(|()| buffer.take())));
            buffer.close();
            let ends = consumers.map(ended);
            assert_eq!(ends, [[None, None]; 3], "what each of the three got, twice");
        });
    }

    #[test]
    fn the_end_reaches_every_producer() {
        isolate(|| {
            let buffer = buffer(1);
            buffer.put("first").unwrap();
            let names = ["producer a", "producer b", "producer c"];
            let producers = names.map(|name| start_until_it_waits(name, move || buffer.put(name)));
            buffer.close();
            let refused = producers.map(ended);
            let wanted = names.map(|name| Err(Closed(name)));
            assert_eq!(refused, wanted, "what the three got that waited: each its own item");
            let rest = [buffer.take(), buffer.take()];
            assert_eq!(rest, [Some("first"), None], "what was in the buffer");
        });
    }

    #[test]
    fn a_number_that_does_not_fit_is_an_error() {
        isolate(|| {
            for (n, wanted) in [
                (92, Ok(())),
                (93, Err(FibonacciError::Overflow)),
                (usize::MAX, Err(FibonacciError::Overflow)),
            ] {
                let buffer = buffer(100);
                assert_eq!(put_fibonacci(n, buffer), wanted, "F(0) to F({n})");
                buffer.close();
                let numbers: Vec<i64> = std::iter::from_fn(|| buffer.take()).collect();
                assert_eq!(numbers.len(), 93, "how many numbers were put in");
                assert_eq!(numbers.last(), Some(&7_540_113_804_746_346_429), "F(92)");
            }
            let closed = buffer(1);
            closed.close();
            let wanted = Err(FibonacciError::Closed);
            assert_eq!(put_fibonacci(93, closed), wanted, "numbers for a closed buffer");
        });
    }

    #[test]
    fn producers_that_panic_hold_nobody() {
        isolate(|| {
            let (first, last) = (AtomicI32::new(0), AtomicI32::new(0));
            let producers = (0..2).map(|me| {
                let (first, last) = (&first, &last);
                move |buffer: &Buffer<usize>| {
                    if me == 0 {
                        first.store(this_thread(), SeqCst);
                        buffer.put(0).unwrap();
                    } else {
                        until_it_has_ended(first);
                        last.store(this_thread(), SeqCst);
                        (1..9).for_each(|item| buffer.put(item).unwrap());
                    }
                    panic!("the test wants it so");
                }
            });
            let taken = Mutex::new(vec![]);
            let consumers = (0..2).map(|_| {
                let (taken, last) = (&taken, &last);
                move |buffer: &Buffer<usize>| {
                    until_it_has_ended(last);
                    while let Some(item) = buffer.take() {
                        taken.lock().unwrap().push(item);
                    }
                }
            });
            let outcome = run(buffer(9), producers.collect(), consumers.collect());
            assert_eq!(outcome, Err(Panicked), "what run says");
            let mut taken = taken.into_inner().unwrap();
            taken.sort_unstable();
            let wanted: Vec<usize> = (0..9).collect();
            assert_eq!(taken, wanted, "what was put before a panic, and by the other after it");
        });
    }

    #[test]
    fn consumers_that_leave_early_hold_nobody() {
        isolate(|| {
            for panics in [false, true] {
                let refused = AtomicUsize::new(0);
                let producers = (0..2).map(|_| {
                    let refused = &refused;
                    move |buffer: &Buffer<u8>| {
                        while buffer.put(1).is_ok() {}
                        refused.fetch_add(1, SeqCst);
                    }
                });
                let first = AtomicI32::new(0);
                let rest = AtomicUsize::new(0);
                let consumers = (0..2).map(|me| {
                    let (first, rest) = (&first, &rest);
                    move |buffer: &Buffer<u8>| {
                        if me == 0 {
                            first.store(this_thread(), SeqCst);
                            buffer.take();
                        } else {
                            until_it_has_ended(first);
                            let items = (0..9).map_while(|_| buffer.take());
                            rest.store(items.count(), SeqCst);
                        }
                        assert!(!panics, "the test wants it so");
                        me
                    }
                });
                let outcome = run(buffer(2), producers.collect(), consumers.collect());
                let wanted = if panics { Err(Panicked) } else { Ok(vec![0, 1]) };
                assert_eq!(outcome, wanted, "what run says of consumers that take some items");
                assert_eq!(rest.into_inner(), 9, "items for the other when one has left");
                assert_eq!(refused.into_inner(), 2, "producers that ended, as nobody takes");
            }
        });
    }

    #[test]
    fn no_schedule_loses_an_item() {
        explore(|| {
            let buffer = Buffer::new(2).unwrap();
            let taken = thread::scope(|scope| {
                scope.spawn(|| buffer.put(1).unwrap());
                buffer.put(2).unwrap();
                [buffer.take(), buffer.take()]
            });
            let sum: i32 = taken.iter().flatten().sum();
            assert_eq!(sum, 3, "1 was put in, and 2 at the same time: the sum of what came out");
        });
    }

    #[test]
    fn no_schedule_puts_behind_the_end() {
        explore(|| {
            let buffer = Buffer::new(1).unwrap();
            thread::scope(|scope| {
                let put = scope.spawn(|| buffer.put(1));
                buffer.close();
                let taken = std::iter::from_fn(|| buffer.take()).count();
                let went_in = usize::from(put.join().unwrap().is_ok());
                assert_eq!(taken, went_in, "items up to the end, and items that were put in");
            });
        });
    }

    #[test]
    fn no_schedule_keeps_the_buffer_open() {
        explore(|| {
            // They have nothing to put in, so that all depends on who is the last.
            let producers = vec![|_: &Buffer<u8>| (); 2];
            let consumer = |buffer: &Buffer<u8>| buffer.take();
            let taken = run(&Buffer::new(1).unwrap(), producers, vec![consumer]);
            assert_eq!(taken, Ok(vec![None]), "the end, when both producers have ended");
        });
    }
}

mod clean {
    use super::*;

    /// Counts its drops. It can't be copied.
    #[derive(Debug)]
    struct Item<'a>(&'a AtomicUsize);

    impl Drop for Item<'_> {
        fn drop(&mut self) {
            self.0.fetch_add(1, SeqCst);
        }
    }

    #[test]
    fn items_are_dropped_once() {
        isolate(|| {
            let dropped = AtomicUsize::new(0);
            let buffer = Buffer::new(2).unwrap();
            buffer.put(Item(&dropped)).unwrap();
            let taken = buffer.take();
            assert_eq!(dropped.load(SeqCst), 0, "drops of an item that was put and taken");
            drop(taken);
            assert_eq!(dropped.load(SeqCst), 1, "drops once the one who took it has dropped it");
            // They lie across the border of the ring.
            buffer.put(Item(&dropped)).unwrap();
            buffer.put(Item(&dropped)).unwrap();
            buffer.close();
            let refused = buffer.put(Item(&dropped));
            assert_eq!(dropped.load(SeqCst), 1, "drops while two are in it, and one was refused");
            drop(refused);
            assert_eq!(dropped.load(SeqCst), 2, "drops once the refused one is dropped");
            drop(buffer);
            assert_eq!(dropped.load(SeqCst), 4, "drops once the buffer is dropped");
        });
    }
}

mod further {
    use super::*;

    #[test]
    fn try_put_never_waits() {
        isolate(|| {
            let buffer = buffer(2);
            let tries = ['a', 'b', 'c'].map(|item| buffer.try_put(item));
            assert_eq!(tries, [Ok(()), Ok(()), Err(TryPutError::Full('c'))], "into two slots");
            let taken = [buffer.take(), buffer.take()];
            assert_eq!(taken, [Some('a'), Some('b')], "what went in");
            let consumer = start_until_it_waits("consumer", || buffer.take());
            assert_eq!(buffer.try_put('d'), Ok(()), "while a consumer waits");
            assert_eq!(ended(consumer), Some('d'), "what the consumer got");
            buffer.close();
            let tries = ['e', 'f', 'g', 'h'].map(|item| buffer.try_put(item));
            let wanted = ['e', 'f', 'g', 'h'].map(|item| Err(TryPutError::Closed(item)));
            assert_eq!(tries, wanted, "into a closed buffer");
        });
    }

    #[test]
    fn a_batch_is_what_is_there() {
        isolate(|| {
            let buffer = buffer(4);
            assert_eq!(buffer.take_batch(0), [], "a batch of none at most");
            let consumer = start_until_it_waits("consumer", || buffer.take_batch(3));
            buffer.put(1).unwrap();
            assert_eq!(ended(consumer), [1], "it waits for the first, and for no other");
            (2..=5).for_each(|item| buffer.put(item).unwrap());
            assert_eq!(buffer.take_batch(3), [2, 3, 4], "three at most");
            (6..=8).for_each(|item| buffer.put(item).unwrap());
            buffer.close();
            assert_eq!(buffer.take_batch(9), [5, 6, 7, 8], "all there are, in a closed buffer");
            assert_eq!(buffer.take_batch(9), [], "the end");
            assert_eq!(buffer.take(), None, "the end, for the next one");
        });
    }
}

/// A buffer for threads that may still be there when the test ends: it is never dropped.
fn buffer<T>(capacity: usize) -> &'static Buffer<T> {
    Box::leak(Box::new(Buffer::new(capacity).expect("a buffer")))
}

/// Starts a thread with a name by which it is found: 15 bytes at most.
fn start<R: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> R + Send + 'static,
) -> JoinHandle<R> {
    thread::Builder::new().name(name.into()).spawn(work).unwrap()
}

/// Starts a thread, and blocks until it waits or has ended. One that looks again and again without
/// a pause does neither.
///
/// Those that are started after each other in this way do not get into each other's way before they
/// wait.
fn start_until_it_waits<R: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> R + Send + 'static,
) -> JoinHandle<R> {
    let started = start(name, work);
    let waits = || observe::stays_waiting(name);
    eventually("the thread waits, or has ended", || started.is_finished() || waits());
    started
}

/// What the thread returned. Its panic goes on in this one.
fn ended<R>(thread: JoinHandle<R>) -> R {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Blocks until a thread has written its number and has ended, and the test's own, which waits in
/// [`run`], has seen to that and waits again.
fn until_it_has_ended(number: &AtomicI32) {
    eventually("a thread has ended, and the one that joins it waits for the next", || {
        let number = number.load(SeqCst);
        let threads = observe::threads();
        let own = threads.iter().find(|thread| thread.tid == std::process::id() as i32);
        number != 0
            && threads.iter().all(|thread| thread.tid != number)
            && own.is_some_and(Thread::waits)
    });
}
