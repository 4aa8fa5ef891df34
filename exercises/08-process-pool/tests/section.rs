//! What holds of a process pool, whoever wrote it.
//!
//! Every body runs in a process of its own, which has one thread: `harness::isolate`. In
//! `assert_eq!` the left side is what was seen, the right side what is wanted.

use harness::arrange::in_child;
use harness::observe::{Activity, eventually};
use harness::{isolate, observe};
use nix::errno::Errno;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::waitpid;
use nix::unistd::{Pid, pause};
use process_pool::{Pool, PoolError, TaskError, TaskResult, is_prime};
use std::collections::BTreeSet;
use std::io::{PipeReader, PipeWriter, Read, Write, pipe};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

mod result {
    use super::*;

    #[test]
    fn prime_numbers_are_told() {
        isolate(|| {
            let divisors = |n: u64| (1..=n).filter(|i| n.is_multiple_of(*i)).count();
            let wanted: Vec<u64> = (0..1500).filter(|&n| divisors(n) == 2).collect();
            let told: Vec<u64> = (0..1500).filter(|&n| is_prime(n)).collect();
            assert_eq!(told, wanted, "the primes below 1500");
            for (n, prime) in [
                (999_999_999_989, true),
                // The square of a prime, and a product of two.
                (999_983 * 999_983, false),
                (999_983 * 999_979, false),
                ((1 << 61) + 2, false),
                (u64::MAX, false),
            ] {
                assert_eq!(is_prime(n), prime, "is {n} prime?");
            }
        });
    }

    #[test]
    fn results_come_in_the_order_of_the_items() {
        isolate(|| {
            // The first item is the last to be done: it waits for the three others.
            let others = Gate::new();
            let pool = new_pool(2, |item: u32| {
                match item {
                    0 => (0..3).for_each(|_| others.pass()),
                    _ => others.open(1),
                }
                item * 10
            });
            assert_eq!(pool.map([0, 1, 2, 3]), [0, 10, 20, 30].map(Ok), "the results");
            assert_eq!(pool.map([]), [], "the results of no items");
            let many: Vec<_> = (4..305).map(|item| Ok(item * 10)).collect();
            assert_eq!(pool.map(4..305), many, "the results of 301 items");
            drop(pool);

            in_four_ways();
            with_items_larger_than_a_pipe();
        });
    }

    /// Four ways of asking, and other kinds of items and results.
    fn in_four_ways() {
        let pool = new_pool(2, |(word, times): (String, usize)| match times {
            0 => None,
            _ => Some(vec![word; times]),
        });
        let item = |word: &str, times| (word.to_owned(), times);
        let items = || [item("a", 0), item("é", 2), item("", 1)];
        let words = |word: &str, times| Ok(Some(vec![word.to_owned(); times]));
        let wanted = [Ok(None), words("é", 2), words("", 1)];
        assert_eq!(pool.map(items()), wanted, "by map");
        assert_eq!(pool.map_async(items()).get(), wanted, "by map_async");
        assert_eq!(pool.imap(items()).collect::<Vec<_>>(), wanted, "by imap");
        // The last is asked first.
        let pending = items().map(|item| pool.apply_async(item));
        let mut results: Vec<_> = pending.into_iter().rev().map(|it| it.get()).collect();
        results.reverse();
        assert_eq!(results, wanted, "by apply_async");
    }

    /// A pipe holds 64 KiB: while one side sends, the other must read.
    fn with_items_larger_than_a_pipe() {
        let pool = new_pool(2, |text: String| text + "!");
        let items = (0..6).map(|item| item.to_string().repeat(2 << 20));
        let results = pool.map(items.clone());
        let right = results.iter().zip(items).filter(|(result, item)| {
            result.as_ref().is_ok_and(|text| text.strip_suffix('!') == Some(item))
        });
        assert_eq!(right.count(), 6, "items of 2 MiB that came back with one letter more");
    }
}

mod concurrent {
    use super::*;

    #[test]
    fn the_same_workers_do_all_of_the_work() {
        isolate(|| {
            let (arrived, go) = (Gate::new(), Gate::new());
            let pool = new_pool(3, |_: usize| {
                arrived.open(1);
                go.pass();
                (Pid::this().as_raw(), Pid::parent().as_raw())
            });
            let _go_at_end = go.open_at_end();
            let workers: BTreeSet<i32> = pool.pids().iter().map(|pid| pid.as_raw()).collect();
            assert_eq!(workers.len(), 3, "different pids of three workers");
            let children = || observe::children().iter().map(|pid| pid.as_raw()).collect();
            assert_eq!(workers, children(), "the workers' pids, and the children of this process");
            let by_hand: Vec<_> = (0..3).map(|item| pool.apply_async(item)).collect();
            // It comes through only when three are at work at the same time.
            (0..3).for_each(|_| arrived.pass());
            go.open(3);
            let mut pids = vec![by_hand.into_iter().map(|pending| pending.get()).collect()];
            let pending = pool.map_async(0..3);
            (0..3).for_each(|_| arrived.pass());
            go.open(40);
            pids.push(pending.get());
            pids.push(pool.map(0..20));
            pids.push(pool.imap(0..17).collect());
            for (pids, by) in pids.into_iter().zip(["apply_async", "map_async", "map", "imap"]) {
                let pids: Vec<(i32, i32)> = pids.into_iter().map(|it| it.unwrap()).collect();
                let me = Pid::this().as_raw();
                assert!(
                    pids.iter().all(|(worker, parent)| workers.contains(worker) && *parent == me),
                    "not all by the workers {workers:?} of {me}: {pids:?}, by {by}"
                );
                if by.ends_with("async") {
                    let pids: BTreeSet<i32> = pids.into_iter().map(|(worker, _)| worker).collect();
                    assert_eq!(pids, workers, "those that worked at the same time, by {by}");
                }
            }
            assert_eq!(workers, children(), "the workers' pids, and the children afterwards");
        });
    }

    #[test]
    fn the_work_goes_on_without_the_caller() {
        isolate(|| {
            let (go, done) = (Gate::new(), Gate::new());
            let pool = new_pool(2, |item: u32| {
                go.pass();
                done.open(1);
                item + 1
            });
            let _go_at_end = go.open_at_end();
            // Nobody has let an item pass: who waits for a result here waits for ever.
            let many = pool.map_async(0..5);
            let one = pool.apply_async(10);
            let lazy = pool.imap(20..25);
            go.open(11);
            // All are done, and nobody has asked for a result.
            (0..11).for_each(|_| done.pass());
            assert_eq!(many.get(), (1..6).map(Ok).collect::<Vec<_>>(), "by map_async");
            assert_eq!(one.get(), Ok(11), "by apply_async");
            assert_eq!(lazy.collect::<Vec<_>>(), [21, 22, 23, 24, 25].map(Ok), "by imap");
        });
    }

    #[test]
    fn imap_gives_the_first_while_the_last_is_at_work() {
        isolate(|| {
            let (second, go) = (Gate::new(), Gate::new());
            let pool = new_pool(2, |item: u32| {
                match item {
                    0 => second.pass(),
                    1 => second.open(1),
                    _ => go.pass(),
                }
                item
            });
            let _go_at_end = go.open_at_end();
            let mut results = pool.imap(0..3);
            let first = [results.next(), results.next()];
            assert_eq!(first, [Some(Ok(0)), Some(Ok(1))], "two, while the third is at work");
            go.open(1);
            assert_eq!(results.next(), Some(Ok(2)), "the third");
            assert_eq!(results.next(), None, "after the third");
        });
    }
}

mod robust {
    use super::*;

    #[test]
    fn a_panic_is_an_error_of_its_item() {
        isolate(|| {
            let pool = new_pool(1, |item: u32| match item {
                1 => panic!("one"),
                2 => panic!("item {item}"),
                _ => (item, Pid::this().as_raw()),
            });
            let worker = pool.pids()[0].as_raw();
            let panicked = |message: &str| Err(TaskError::Panicked(message.to_owned()));
            let wanted = [Ok((0, worker)), panicked("one"), panicked("item 2"), Ok((3, worker))];
            assert_eq!(pool.map(0..4), wanted, "each item's number, and the pid of the one worker");
            assert_eq!(pool.apply_async(2).get(), panicked("item 2"), "by apply_async");
            // Many may travel together.
            let results = pool.map(0..100).into_iter().zip(0..);
            let wrong = results.filter(|(result, item)| *result != Ok((*item, worker)));
            let wanted = [(panicked("one"), 1), (panicked("item 2"), 2)];
            assert_eq!(wrong.collect::<Vec<_>>(), wanted, "those of 100 items that have no result");
        });
    }

    #[test]
    fn a_dead_worker_is_an_error() {
        isolate(|| {
            let pool = new_pool(2, |item: u32| {
                match item {
                    90 => kill(Pid::this(), Signal::SIGKILL).unwrap(),
                    91 => std::process::exit(0),
                    _ => {}
                }
                item
            });
            let dead = Err(TaskError::WorkerDied);
            let wanted = [Ok(1), dead.clone(), Ok(2), Ok(3), Ok(4)];
            assert_eq!(
                pool.map([1, 90, 2, 3, 4]),
                wanted,
                "one of two is killed at the second item"
            );
            let wanted = [Ok(5), dead.clone(), dead.clone(), dead.clone()];
            assert_eq!(pool.map([5, 91, 6, 7]), wanted, "the other one exits at the second item");
            assert_eq!(pool.apply_async(8).get(), dead, "when no worker is left, by apply_async");
            assert_eq!(pool.imap([9]).collect::<Vec<_>>(), [dead], "the same by imap");
            pool.close();
            assert_eq!(observe::children(), [], "the children after the end of a pool of the dead");
        });
    }

    #[test]
    fn a_worker_that_dies_idle_costs_one_item_at_most() {
        isolate(|| {
            let go = Gate::new();
            let pool = new_pool(2, |item: u32| {
                go.pass();
                item
            });
            let _go_at_end = go.open_at_end();
            let (dead, children) = (pool.pids()[0], observe::children);
            kill(dead, Signal::SIGKILL).unwrap();
            eventually("the worker is dead", || {
                observe::zombies().contains(&dead) || !children().contains(&dead)
            });
            let pending = pool.map_async(0..4);
            // The living worker has an item. Whoever takes items for the dead one has done so by now.
            eventually("all threads of the pool wait", all_others_wait_twice);
            go.open(4);
            let results = pending.get();
            let (right, wrong): (Vec<_>, Vec<_>) =
                results.into_iter().zip(0..).partition(|(result, item)| *result == Ok(*item));
            assert!(
                wrong.is_empty()
                    || matches!(&wrong[..], [(Err(TaskError::WorkerDied), _)]) && right.len() == 3,
                "the results that are not those of their items: {wrong:?}"
            );
        });
    }

    #[test]
    fn a_pool_that_can_not_work_is_refused() {
        isolate(|| {
            // It has the right to a pool, and to a second one after the first.
            for item in 0..20 {
                assert_eq!(new_pool(1, |item: u32| item).map([item]), [Ok(item)], "one by one");
            }
            let refused = Pool::new(0, |item: u32| item).map(|pool| pool.pids().len());
            assert_eq!(refused, Err(PoolError::NoWorkers), "a pool of no workers");
            let (end, wait) = mpsc::channel::<()>();
            let other = thread::spawn(move || wait.recv().is_err());
            let refused = Pool::new(2, |item: u32| item).map(|pool| pool.pids().len());
            assert_eq!(refused, Err(PoolError::SeveralThreads(2)), "a pool beside a thread");
            assert_eq!(observe::children(), [], "the children afterwards");
            drop(end);
            other.join().unwrap();
        });
    }
}

mod clean {
    use super::*;

    #[test]
    fn the_end_of_a_pool_is_the_end_of_its_work_and_workers() {
        isolate(|| {
            let ways: [fn(Pool<u32, u32>); 2] = [Pool::close, drop];
            for (close, by) in ways.into_iter().zip(["close", "drop"]) {
                let (go, done) = (Gate::new(), Gate::new());
                let before = observe::descriptors();
                let pool = new_pool(2, |item: u32| {
                    go.pass();
                    done.open(1);
                    item
                });
                let pending = pool.map_async(0..3);
                drop(pool.apply_async(3));
                // Two are at work, and two are in the queue.
                go.open(4);
                close(pool);
                assert_eq!(observe::children(), [], "the children after {by}");
                assert_eq!(observe::descriptors(), before, "the open descriptors after {by}");
                eventually("the pool's threads have ended", || observe::threads().len() == 1);
                assert_eq!(done.opened(), 4, "items that are done after {by}");
                assert_eq!(pending.get(), [0, 1, 2].map(Ok), "the results, asked for after {by}");
            }
        });
    }

    #[test]
    fn a_thousand_calls_leave_nothing() {
        isolate(|| {
            let before = observe::descriptors().len();
            let pool = new_pool(2, |_: usize| observe::descriptors().len());
            pool.map(0..4);
            let (own, threads) = (observe::descriptors(), observe::threads().len());
            for call in 1..=1000 {
                let result = match call % 3 {
                    0 => pool.map([call]).remove(0),
                    1 => pool.imap([call]).next().unwrap(),
                    _ => pool.apply_async(call).get(),
                };
                let held = result.unwrap().saturating_sub(before);
                assert!(held <= 2, "a worker holds {held} ends after {call} calls, and uses 2");
                if call % 100 == 0 {
                    assert_eq!(observe::descriptors(), own, "the descriptors after {call} calls");
                    assert_eq!(observe::children().len(), 2, "the children after {call} calls");
                    let now = observe::threads().len();
                    assert_eq!(now, threads, "the threads after {call} calls");
                }
            }
        });
    }

    #[test]
    fn a_pool_that_fails_to_start_leaves_nothing() {
        isolate(|| {
            let before = observe::descriptors();
            let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
            let highest = before.last().map_or(0, |number| *number as u64);
            setrlimit(Resource::RLIMIT_NOFILE, highest + 20, hard).unwrap();
            let started = Pool::new(40, |item: u32| item).map(|pool| pool.map([1]));
            setrlimit(Resource::RLIMIT_NOFILE, soft, hard).unwrap();
            // Whoever needs no descriptors of their own for each worker gets by.
            if started != Ok(vec![Ok(1)]) {
                let error = Err(PoolError::Os(Errno::EMFILE));
                assert_eq!(started, error, "forty workers, and twenty descriptors");
            }
            assert_eq!(observe::children(), [], "the children afterwards");
            assert_eq!(observe::descriptors(), before, "the open descriptors afterwards");
        });
    }

    #[test]
    fn workers_end_with_their_caller() {
        isolate(|| {
            let (mut alive, held) = pipe().unwrap();
            // The caller and its workers hold the writer, until they end.
            let caller = in_child(|| {
                let pool = new_pool(3, |item: u32| item);
                assert_eq!(pool.map([1]), [Ok(1)], "the pool of a caller that is about to die");
                (&held).write_all(b"!").unwrap();
                pause();
            });
            drop(held);
            alive.read_exact(&mut [0]).expect("a caller with a pool");
            kill(caller, Signal::SIGKILL).unwrap();
            waitpid(caller, None).unwrap();
            assert_eq!(alive.read(&mut [0]).unwrap(), 0, "a read that waits for their end");
        });
    }
}

mod further {
    use super::*;

    #[test]
    fn unordered_results_come_when_they_are_ready() {
        isolate(|| {
            let go = Gate::new();
            let pool = new_pool(2, |item: u32| {
                match item {
                    0 => go.pass(),
                    9 => kill(Pid::this(), Signal::SIGKILL).unwrap(),
                    _ => {}
                }
                item
            });
            let _go_at_end = go.open_at_end();
            let mut results = pool.imap_unordered(0..4);
            let ready: Vec<_> = results.by_ref().take(3).collect();
            assert_eq!(ready, [1, 2, 3].map(Ok), "three, while the first is at work");
            go.open(1);
            assert_eq!(results.collect::<Vec<_>>(), [Ok(0)], "the first, which comes last");
            let dead = Err(TaskError::WorkerDied);
            let results: Vec<TaskResult<u32>> = pool.imap_unordered([9, 9, 9, 9]).collect();
            assert_eq!(results, vec![dead; 4], "four items that kill their workers");
        });
    }

    #[test]
    fn a_wait_has_a_limit() {
        isolate(|| {
            let go = Gate::new();
            let pool = new_pool(1, |item: u32| {
                go.pass();
                assert_ne!(item, 2, "on purpose");
                item
            });
            let _go_at_end = go.open_at_end();
            let (pending, panics) = (pool.apply_async(1), pool.apply_async(2));
            let started = Instant::now();
            let limit = Duration::from_millis(20);
            let Err(pending) = pending.get_within(limit) else {
                panic!("there is a result, and nobody has let the item pass");
            };
            let waited = started.elapsed();
            assert!(waited >= limit, "it was to wait 20 ms, and waited {waited:?}");
            go.open(2);
            let result = pending.get_within(Duration::from_secs(60)).map_err(drop);
            assert_eq!(result, Ok(Ok(1)), "the result that is there in time");
            let result = panics.get_within(Duration::from_secs(60)).map_err(drop);
            let panicked = result.map(|it| matches!(it, Err(TaskError::Panicked(_))));
            assert_eq!(panicked, Ok(true), "the item that panicked, in time");
        });
    }
}

/// A pipe at which processes wait until somebody lets them pass.
struct Gate {
    passes: PipeReader,
    opens: PipeWriter,
}

impl Gate {
    fn new() -> Self {
        let (passes, opens) = pipe().unwrap();
        Self { passes, opens }
    }

    /// Lets so many pass.
    fn open(&self, count: usize) {
        (&self.opens).write_all(&vec![b'!'; count]).unwrap();
    }

    /// Blocks until it is let pass.
    fn pass(&self) {
        (&self.passes).read_exact(&mut [0]).unwrap();
    }

    /// How many may pass now.
    fn opened(mut self) -> usize {
        drop(self.opens);
        self.passes.read_to_end(&mut vec![]).unwrap()
    }

    /// Lets everybody pass when the test is over, also when it failed: its pool waits for them.
    fn open_at_end(&self) -> impl Drop {
        struct OpenAtEnd<'a>(&'a Gate);
        impl Drop for OpenAtEnd<'_> {
            fn drop(&mut self) {
                self.0.open(100);
            }
        }
        OpenAtEnd(self)
    }
}

/// Two looks, some time apart: does every thread but the test's own wait?
fn all_others_wait_twice() -> bool {
    let all_wait = || {
        let own = Pid::this().as_raw();
        let others = observe::threads().into_iter().filter(|thread| thread.tid != own);
        others.map(|thread| thread.activity).all(|it| !matches!(it, Activity::Running))
    };
    all_wait() && {
        thread::sleep(Duration::from_millis(5));
        all_wait()
    }
}

/// A pool that is there.
fn new_pool<T, R>(workers: usize, function: impl Fn(T) -> R) -> Pool<T, R>
where
    T: serde::Serialize + serde::de::DeserializeOwned + Send + 'static,
    R: serde::Serialize + serde::de::DeserializeOwned + Send + 'static,
{
    Pool::new(workers, function).expect("a pool")
}
