//! What holds of events, and of those who wait for them, whoever wrote them.
//!
//! Every body runs in a process of its own, which has one thread: `harness::isolate`. In
//! `assert_eq!` the left side is what was seen, the right side what is wanted.

use events::{BadNumber, Event, Latch, StatError, Statistic, apply_all, read_numbers, run};
use harness::observe::{Activity, Thread, eventually, memory_in_use};
use harness::{explore, isolate, observe};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use std::cell::Cell;
use std::collections::HashSet;
use std::io::{self, BufReader, Read};
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

mod result {
    use super::*;

    #[test]
    fn an_event_stays_set() {
        isolate(|| {
            let event = Event::new();
            assert!(!event.is_set(), "a new event is set already");
            event.set();
            assert!(event.is_set(), "the event is not set after `set`");
            event.wait();
            event.set();
            event.wait();
            assert!(event.is_set(), "the event is not set any more after two have waited");
        });
    }

    #[test]
    fn the_statistics_are_right() {
        isolate(|| {
            for (numbers, wanted) in [
                (&[4.0, 9.0, 2.0, 4.0, 7.0, 5.0, 5.0, 4.0][..], [2.0, 9.0, 4.5, 5.0, 2.138_090]),
                (&[10.0, 3.0, -1.0], [-1.0, 10.0, 3.0, 4.0, 5.567_764]),
                (&[-2.5, -2.5], [-2.5, -2.5, -2.5, -2.5, 0.0]),
                (
                    // Large, and close together: squares of them have lost the difference.
                    &[1e9 + 4.0, 1e9 + 7.0, 1e9 + 13.0, 1e9 + 16.0],
                    [1e9 + 4.0, 1e9 + 16.0, 1e9 + 10.0, 1e9 + 10.0, 5.477_226],
                ),
            ] {
                for (statistic, wanted) in Statistic::ALL.into_iter().zip(wanted) {
                    let value = statistic.compute(numbers).map(to_six_places);
                    assert_eq!(value, Ok(wanted), "{statistic:?} of {numbers:?}");
                }
            }
        });
    }

    #[test]
    fn numbers_are_read_from_text() {
        isolate(|| {
            for (text, numbers) in [
                ("1 -2.5\n\n  3e2\t4\r\n.5", vec![1.0, -2.5, 300.0, 4.0, 0.5]),
                ("7\n7\n", vec![7.0, 7.0]),
                (" \n", vec![]),
            ] {
                let input = read_numbers(text.as_bytes()).expect("the text");
                assert_eq!(input.numbers, numbers, "the numbers in {text:?}");
            }
        });
    }

    #[test]
    fn results_come_in_the_order_of_the_functions() {
        isolate(|| {
            // Each function waits for the one after it: they end in the opposite order.
            let (signals, waits): (Vec<_>, Vec<_>) = (0..4).map(|_| mpsc::channel()).unzip();
            let functions = waits.into_iter().enumerate().map(|(place, wait)| {
                let signals = signals.clone();
                move |numbers: &[f64]| {
                    if place < 3 {
                        wait.recv().expect("a signal");
                    }
                    if place > 0 {
                        signals[place - 1].send(()).expect("somebody who waits");
                    }
                    (place, numbers.to_vec())
                }
            });
            let results =
                apply_all(functions.collect(), workers(4), || Ok::<_, ()>(vec![1.5, 2.5]));
            let wanted = (0..4).map(|place| (place, vec![1.5, 2.5])).collect();
            assert_eq!(results, Ok(wanted), "each function's place and numbers");
        });
    }

    #[test]
    fn run_gives_each_statistic() {
        isolate(|| {
            let report = run("1 2 ?\n6".as_bytes(), workers(5)).expect("a report");
            let results: Vec<_> = report
                .results
                .into_iter()
                .map(|(statistic, value)| (statistic, value.map(to_six_places)))
                .collect();
            let wanted = Statistic::ALL.into_iter().zip([1.0, 6.0, 2.0, 3.0, 2.645_751].map(Ok));
            assert_eq!(results, wanted.collect::<Vec<_>>(), "the statistics of 1, 2 and 6");
            assert_eq!(report.refused, [bad(1, 3, "?")], "what was refused");
        });
    }
}

mod concurrent {
    use super::*;

    #[test]
    fn every_waiter_sleeps_until_the_event_and_then_passes() {
        isolate(|| {
            static EVENT: Event = Event::new();
            static PASSED: AtomicUsize = AtomicUsize::new(0);
            let pass = || {
                EVENT.wait();
                PASSED.fetch_add(1, SeqCst);
            };
            let early =
                ["early a", "early b", "early c"].map(|name| start_until_it_sleeps(name, pass));
            assert_eq!(PASSED.load(SeqCst), 0, "threads that have passed before the event");
            assert!(!EVENT.is_set(), "the event is set, because somebody waits for it");
            let before = other_threads();
            assert_eq!(before.len(), 3, "threads beside the test's own; three wait");
            for _ in 0..40 {
                thread::sleep(Duration::from_millis(1));
                assert_eq!(other_threads(), before, "the threads that wait, later and before");
            }
            let waits = |thread: &Thread| matches!(thread.activity, Activity::Blocked(_));
            assert!(before.iter().all(waits), "they wait with a time limit: {before:?}");
            EVENT.set();
            early.into_iter().for_each(ended);
            for name in ["late a", "late b"] {
                ended(start(name, pass));
            }
            assert_eq!(
                PASSED.load(SeqCst),
                5,
                "threads that have passed, three early and two late"
            );
        });
    }

    #[test]
    fn the_workers_wait_while_the_input_comes() {
        isolate(|| {
            let called = AtomicUsize::new(0);
            let functions = vec![|_: &[f64]| called.fetch_add(1, SeqCst); 5];
            let mut seen = None;
            let results = apply_all(functions, workers(3), || {
                seen = Some((sleeping_workers(), called.load(SeqCst)));
                Ok::<_, ()>(vec![1.0])
            });
            let what = "workers, and functions that were called, when the input is asked";
            assert_eq!(seen, Some((3, 0)), "{what}");
            assert_eq!(results.map(|it| it.len()), Ok(5), "functions that were called at the end");
            // A thread that was waited for can be on its way out for a moment.
            eventually("those three have ended", || other_threads().is_empty());
            let mut seen = None;
            let reader = Script::new(|| seen = Some(sleeping_workers()), || Ok(()));
            run(BufReader::new(reader), workers(3)).expect("a report");
            assert_eq!(seen, Some(3), "workers of `run` when the first byte is read");
        });
    }

    #[test]
    fn all_workers_work_at_the_same_time() {
        isolate(|| {
            // It opens when three threads are there, and then it closes again.
            let all = Barrier::new(3);
            let caller = thread::current().id();
            let functions = vec![
                |_: &[f64]| {
                    if thread::current().id() != caller {
                        eventually("the caller sleeps", test_sleeps);
                    }
                    all.wait();
                    thread::current().id()
                };
                6
            ];
            let ids = apply_all(functions, workers(3), || Ok::<_, ()>(vec![])).expect("results");
            assert!(!ids.contains(&caller), "the caller's own thread has called a function");
            let ids: HashSet<_> = ids.into_iter().collect();
            assert_eq!(ids.len(), 3, "threads that did the work of three workers");

            // The caller of `run` has read the last byte. What it does from now on is no work.
            let at_end = Cell::new((0, 0));
            let times = || (used_time(UsageWho::RUSAGE_THREAD), used_time(UsageWho::RUSAGE_SELF));
            let note_times = || {
                at_end.set(times());
                Ok(())
            };
            let reader =
                Script { text: &"5 3 1 4 2\n".repeat(20_000), ..Script::new(|| (), note_times) };
            run(BufReader::new(reader), workers(2)).expect("a report");
            let (own, all) = (times().0 - at_end.get().0, times().1 - at_end.get().1);
            assert!(own * 2 < all, "the caller of `run` computes: {own} µs of {all} µs");
        });
    }

    #[test]
    fn a_slow_function_holds_up_no_other() {
        isolate(|| {
            // The first function ends when all others have.
            let (done, others) = mpsc::channel();
            let mut others = Some(others);
            let functions = (0..6).map(|_| {
                let (done, others) = (done.clone(), others.take());
                move |_: &[f64]| match others {
                    Some(others) => others.iter().take(5).count(),
                    None => done.send(()).map_or(0, |()| 1),
                }
            });
            let results = apply_all(functions.collect(), workers(2), || Ok::<_, ()>(vec![]));
            let sum = results.map(|it| it.into_iter().sum());
            assert_eq!(sum, Ok(10), "five functions that end, and one that has seen five");
        });
    }

    #[test]
    fn no_schedule_gives_a_worker_no_numbers() {
        explore(|| {
            let double = |numbers: &[f64]| 2.0 * numbers[0];
            let results = apply_all(vec![double], workers(2), || Ok::<_, ()>(vec![10.0]));
            assert_eq!(results, Ok(vec![20.0]), "the double of 10, by one of two workers");
        });
    }
}

mod robust {
    use super::*;

    #[test]
    fn too_few_numbers_are_an_error() {
        isolate(|| {
            let few = |needed| Err(StatError::TooFew { needed });
            for (text, wanted) in [
                ("", [few(1), few(1), few(1), few(1), few(2)]),
                ("-7", [Ok(-7.0), Ok(-7.0), Ok(-7.0), Ok(-7.0), few(2)]),
            ] {
                let report = run(text.as_bytes(), workers(2)).expect("a report");
                let wanted: Vec<_> = Statistic::ALL.into_iter().zip(wanted).collect();
                assert_eq!(report.results, wanted, "the statistics of {text:?}");
            }
        });
    }

    #[test]
    fn what_is_not_finite_is_an_error() {
        isolate(|| {
            for strange in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
                for numbers in [[strange, 1.0, 2.0], [1.0, strange, 2.0], [1.0, 2.0, strange]] {
                    for statistic in Statistic::ALL {
                        let value = statistic.compute(&numbers);
                        let wanted = Err(StatError::NotFinite);
                        assert_eq!(value, wanted, "{statistic:?} of {numbers:?}");
                    }
                }
            }
            let value = Statistic::StdDev.compute(&[f64::MAX, f64::MIN]);
            assert_eq!(value, Err(StatError::NotFinite), "a deviation that no f64 can hold");
        });
    }

    #[test]
    fn bad_numbers_are_told_with_their_place() {
        isolate(|| {
            let text = "1 two 3\n\n  nan 4\tinf\n5, 1e999 6 é\n-infinity 0x10";
            let input = read_numbers(text.as_bytes()).expect("the text");
            assert_eq!(input.numbers, [1.0, 3.0, 4.0, 6.0], "the numbers in {text:?}");
            let refused = [
                bad(1, 2, "two"),
                bad(3, 1, "nan"),
                bad(3, 3, "inf"),
                bad(4, 1, "5,"),
                bad(4, 2, "1e999"),
                bad(4, 4, "é"),
                bad(5, 1, "-infinity"),
                bad(5, 2, "0x10"),
            ];
            assert_eq!(input.refused, refused, "what is refused of {text:?}");
        });
    }

    #[test]
    fn any_number_of_workers_will_do() {
        isolate(|| {
            for (count, tasks) in [(1, 5), (2, 5), (16, 5), (3, 0), (1, 1)] {
                let functions =
                    (0..tasks).map(|task| move |numbers: &[f64]| numbers[0] * task as f64);
                let mut asked = 0;
                let results = apply_all(functions.collect(), workers(count), || {
                    asked += 1;
                    Ok::<_, ()>(vec![10.0])
                });
                assert_eq!(asked, 1, "how often the input is asked for {tasks} functions");
                let wanted = (0..tasks).map(|task| 10.0 * task as f64).collect();
                assert_eq!(results, Ok(wanted), "{tasks} functions and {count} workers");
            }
        });
    }

    #[test]
    fn an_input_that_fails_releases_everybody() {
        isolate(|| {
            let called = AtomicUsize::new(0);
            let functions = vec![|_: &[f64]| called.fetch_add(1, SeqCst); 5];
            let results = apply_all(functions, workers(3), || {
                sleeping_workers();
                Err("the cable is cut")
            });
            assert_eq!(results, Err("the cable is cut"), "when the input fails");
            assert_eq!(called.load(SeqCst), 0, "functions that were called without numbers");
            let fail = || Err(io::ErrorKind::TimedOut.into());
            let report = run(BufReader::new(Script::new(|| (), fail)), workers(2));
            let error = report.map_err(|error| error.kind());
            assert_eq!(error, Err(io::ErrorKind::TimedOut), "when the reader fails after a line");
        });
    }

    #[test]
    fn a_panic_releases_everybody() {
        isolate(|| {
            let calm = apply_all(vec![|_: &[f64]| ()], workers(1), || Ok::<_, ()>(vec![]));
            assert_eq!(calm, Ok(vec![()]), "when nobody panics");
            let called = AtomicUsize::new(0);
            let functions = vec![|_: &[f64]| called.fetch_add(1, SeqCst); 5];
            let results = catch_unwind(AssertUnwindSafe(|| {
                apply_all::<_, _, ()>(functions, workers(3), || {
                    sleeping_workers();
                    panic!("in the input, on purpose")
                })
            }));
            assert!(results.is_err(), "the panic of the input did not come out of apply_all");
            assert_eq!(called.load(SeqCst), 0, "functions that were called without numbers");
            let panics =
                |number: usize| move |_: &[f64]| assert_ne!(number, 1, "in a function, on purpose");
            let results = catch_unwind(AssertUnwindSafe(|| {
                apply_all((0..5).map(panics).collect(), workers(2), || Ok::<_, ()>(vec![]))
            }));
            assert!(results.is_err(), "the panic of a function did not come out of apply_all");
        });
    }

    #[test]
    fn no_schedule_misses_the_event() {
        explore(|| {
            let (event, happens) = (Event::new(), AtomicUsize::new(0));
            thread::scope(|scope| {
                for _ in 0..2 {
                    scope.spawn(|| {
                        event.wait();
                        let happens = happens.load(SeqCst);
                        assert_eq!(happens, 1, "what happens before a wait ends");
                    });
                }
                happens.store(1, SeqCst);
                event.set();
            });
        });
    }

    #[test]
    fn no_schedule_hides_that_the_input_failed() {
        explore(|| {
            let never = |_: &[f64]| -> f64 { panic!("a function is called without numbers") };
            let results = apply_all(vec![never], workers(2), || Err("the cable is cut"));
            assert_eq!(results, Err("the cable is cut"), "when the input fails");
        });
    }
}

mod clean {
    use super::*;

    #[test]
    fn every_worker_has_ended() {
        isolate(|| {
            run("1 2 3".as_bytes(), workers(8)).expect("a report");
            let left = threads_at_rest().len();
            assert_eq!(left, 0, "workers that are left of eight, after five functions");
        });
    }

    #[test]
    fn nothing_is_kept() {
        isolate(|| {
            let owned = Arc::new(());
            let functions = || {
                let owned = owned.clone();
                vec![move |_: &[f64]| drop(owned.clone()); 3]
            };
            let megabytes = 4;
            let before = memory_in_use();
            for _ in 0..40 {
                let numbers = vec![0.0; megabytes << 17];
                apply_all(functions(), workers(2), || Ok::<_, ()>(numbers)).unwrap();
                apply_all(functions(), workers(2), || Err(())).unwrap_err();
            }
            let kept = Arc::strong_count(&owned) - 1;
            assert_eq!(kept, 0, "functions that are kept after they were called, or can't be");
            let grown = memory_in_use().saturating_sub(before) >> 20;
            assert!(grown < 80, "{grown} MiB are kept of 160 MiB of numbers");
        });
    }
}

mod further {
    use super::*;

    #[test]
    fn a_wait_has_a_limit() {
        isolate(|| {
            static EVENT: Event = Event::new();
            let limit = Duration::from_millis(20);
            let started = Instant::now();
            assert!(!EVENT.wait_for(limit), "nothing has happened, and wait_for says it has");
            let waited = started.elapsed();
            assert!(waited >= limit, "it was to wait 20 ms, and waited {waited:?}");
            assert!(!EVENT.wait_for(Duration::ZERO), "nothing has happened yet");

            let waiter =
                start_until_it_sleeps("waiter", || EVENT.wait_for(Duration::from_secs(60)));
            assert!(!waiter.is_finished(), "the wait has ended, and nothing has happened");
            EVENT.set();
            assert!(
                ended(waiter),
                "it has happened within the limit, and wait_for says it has not"
            );
            assert!(EVENT.wait_for(Duration::ZERO), "it has happened already");
        });
    }

    #[test]
    fn a_latch_opens_when_all_have_counted_down() {
        isolate(|| {
            Latch::new(0).wait();
            static PASSED: AtomicUsize = AtomicUsize::new(0);
            let latch = Arc::new(Latch::new(3));
            let waiters = ["waiter a", "waiter b"].map(|name| {
                let latch = latch.clone();
                start_until_it_sleeps(name, move || {
                    latch.wait();
                    PASSED.fetch_add(1, SeqCst);
                })
            });
            for call in 1..=2 {
                latch.count_down();
                threads_at_rest();
                assert_eq!(PASSED.load(SeqCst), 0, "threads that have passed after {call} of 3");
            }
            latch.count_down();
            waiters.into_iter().for_each(ended);
            latch.count_down();
            latch.wait();
        });
    }

    #[test]
    fn no_schedule_ends_a_wait_before_its_limit() {
        explore(|| {
            // No real hour: an exploration has a clock of its own.
            let limit = Duration::from_secs(3600);
            let event = Event::new();
            thread::scope(|scope| {
                scope.spawn(|| event.set());
                let started = Instant::now();
                let happened = event.wait_for(limit);
                let waited = started.elapsed();
                assert!(happened || waited >= limit, "it was to wait an hour, not {waited:?}");
                assert!(
                    !happened || event.is_set(),
                    "wait_for says that it has happened, and it has not"
                );
            });
        });
    }

    #[test]
    fn no_schedule_keeps_a_latch_closed() {
        explore(|| {
            let latch = Latch::new(2);
            thread::scope(|scope| {
                for _ in 0..2 {
                    scope.spawn(|| latch.count_down());
                }
                latch.wait();
            });
        });
    }
}

/// An input of one line, which may fail after it.
struct Script<'a, B, A> {
    before: Option<B>,
    text: &'a str,
    after: A,
}

impl<B: FnOnce(), A: Fn() -> io::Result<()>> Script<'_, B, A> {
    /// `before` is called before the line is read; `after` says how it goes on behind it.
    fn new(before: B, after: A) -> Self {
        Self { before: Some(before), text: "1 2 3\n", after }
    }
}

impl<B: FnOnce(), A: Fn() -> io::Result<()>> Read for Script<'_, B, A> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(before) = self.before.take() {
            before();
        }
        let length = self.text.len().min(buffer.len());
        let (now, rest) = self.text.split_at(length);
        buffer[..length].copy_from_slice(now.as_bytes());
        self.text = rest;
        if length == 0 {
            (self.after)()?
        }
        Ok(length)
    }
}

/// Blocks until all threads but the test's own sleep, or have ended; how many there were at first.
fn sleeping_workers() -> usize {
    let there = other_threads().len();
    threads_at_rest();
    there
}

/// The threads beside the test's own, once two looks in a row have found the same ones asleep.
fn threads_at_rest() -> Vec<Thread> {
    let numbers = |threads: &[Thread]| threads.iter().map(|thread| thread.tid).collect::<Vec<_>>();
    let mut before = other_threads();
    eventually("all threads sleep, or have ended", || {
        thread::sleep(Duration::from_millis(5));
        let asleep = before.iter().all(Thread::waits);
        let now = other_threads();
        let at_rest = asleep && now.iter().all(Thread::waits) && numbers(&now) == numbers(&before);
        before = now;
        at_rest
    });
    before
}

/// All threads but the test's own.
fn other_threads() -> Vec<Thread> {
    observe::threads().into_iter().filter(|thread| !is_test(thread)).collect()
}

/// Does the test's own thread sleep?
fn test_sleeps() -> bool {
    observe::threads().iter().any(|thread| is_test(thread) && thread.waits())
}

fn is_test(thread: &Thread) -> bool {
    thread.tid.cast_unsigned() == std::process::id()
}

fn start<R: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> R + Send + 'static,
) -> JoinHandle<R> {
    thread::Builder::new().name(name.into()).spawn(work).expect("a thread")
}

/// Starts a thread, and blocks until it sleeps or has ended.
fn start_until_it_sleeps<R: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> R + Send + 'static,
) -> JoinHandle<R> {
    let started = start(name, work);
    let asleep = || observe::thread(name).is_some_and(|thread| thread.waits());
    eventually("the thread sleeps, or has ended", || started.is_finished() || asleep());
    started
}

/// What the thread returned. Its panic goes on in this one.
fn ended<R>(thread: JoinHandle<R>) -> R {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

fn workers(count: usize) -> NonZeroUsize {
    NonZeroUsize::new(count).expect("a number of workers")
}

fn bad(line: usize, word: usize, text: &str) -> BadNumber {
    BadNumber { line, word, text: text.into() }
}

/// The last bits depend on the order of the additions.
fn to_six_places(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

/// The processor time that this thread or process has used, in microseconds.
fn used_time(who: UsageWho) -> i64 {
    let usage = getrusage(who).unwrap();
    usage.user_time().num_microseconds() + usage.system_time().num_microseconds()
}
