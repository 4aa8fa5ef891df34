//! What holds of threads, whoever wrote them.
//!
//! Every body runs in a process of its own, which has one thread: `harness::isolate`. In
//! `assert_eq!` the left side is what was seen, the right side what is wanted.

use harness::observe::{self, Activity, memory_in_use, this_thread};
use harness::{explore, isolate};
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier, Mutex};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};
use threads::{Count, Point, Points, Run, Thread, ThreadError};
use threads::{count_in_threads, count_inside, estimate_pi, map_threads, share};
use threads::{map_pieces, search_until_found};

const INSIDE: Point = Point { x: 0.0, y: 0.0 };
const OUTSIDE: Point = Point { x: 1.0, y: 1.0 };

mod result {
    use super::*;

    #[test]
    fn every_point_is_looked_at_and_the_edge_is_outside() {
        isolate(|| {
            let at = |x, y| Point { x, y };
            let points = [at(1.0, 0.0), at(0.0, -1.0), at(-1.0, 0.0), at(0.0, 1.0)];
            assert_eq!(count_inside(points), 0, "four points on the edge: how many are inside");
            let points = [at(0.9, -0.9), at(-0.7, 0.7), INSIDE, at(0.0, -0.999), at(-1.0, -1.0)];
            assert_eq!(count_inside(points), 3, "three of five points are inside");
            let task = Count { source: [OUTSIDE, INSIDE].into_iter().cycle(), points: 7 };
            assert_eq!(task.run(), 3, "of seven points by turns outside and inside");
        });
    }

    #[test]
    fn random_points_fill_the_whole_square() {
        isolate(|| {
            let mut quadrants = [0; 4];
            for Point { x, y } in Points::new(1, 0).take(4000) {
                assert!(x.abs() <= 1.0 && y.abs() <= 1.0, "({x}, {y}) is outside of the square");
                quadrants[usize::from(x < 0.0) + 2 * usize::from(y < 0.0)] += 1;
            }
            // About 1000 each; by chance alone never as few as this.
            let even = quadrants.iter().all(|&count| count > 700);
            assert!(even, "4000 points, in the four quarters of the square: {quadrants:?}");
        });
    }

    #[test]
    fn shares_differ_by_one_at_most() {
        isolate(|| {
            for (points, threads, shares) in [
                (12, 3, vec![4, 4, 4]),
                (14, 4, vec![4, 4, 3, 3]),
                (2, 5, vec![1, 1, 0, 0, 0]),
                (usize::MAX, 2, vec![usize::MAX / 2 + 1, usize::MAX / 2]),
            ] {
                let seen: Vec<_> = (0..threads).map(|i| share(points, threads, i)).collect();
                assert_eq!(seen, shares, "the shares of {points} points for {threads} threads");
            }
        });
    }

    #[test]
    fn the_estimate_is_four_times_the_part_inside() {
        isolate(|| {
            for (points, threads, seed) in
                [(1000, 1, 1), (1000, 3, 2), (999, 5, 3), (999, 5, 4), (3, 8, u64::MAX)]
            {
                let inside = |i| count_inside(Points::new(seed, i).take(share(points, threads, i)));
                let inside: usize = (0..threads).map(inside).sum();
                let wanted = 4.0 * inside as f64 / points as f64;
                let seen = estimate_pi(points, threads, seed).expect("an estimate");
                let near = (seen - wanted).abs() < 1e-9;
                assert!(
                    near,
                    "{seen}, by {threads} threads with {inside} of {points} points inside"
                );
            }
            let pi = estimate_pi(20_000, 2, 4).expect("an estimate");
            assert!((3.0..3.3).contains(&pi), "π, estimated with 20000 points: {pi}");
        });
    }
}

mod concurrent {
    use super::*;

    #[test]
    fn an_object_and_a_closure_run_beside_the_caller() {
        isolate(|| {
            struct Meet(Arc<Barrier>);
            impl Run for Meet {
                type Output = ThreadId;
                fn run(self) -> ThreadId {
                    self.0.wait();
                    thread::current().id()
                }
            }
            // Opens when the caller and both threads are there.
            let all_there = Arc::new(Barrier::new(3));
            let object = Thread::start(Meet(all_there.clone()));
            let theirs = all_there.clone();
            let closure = Thread::start(move || Meet(theirs).run());
            all_there.wait();
            let ids = [object.join(), closure.join(), Ok(thread::current().id())];
            let ids: HashSet<_> = ids.into_iter().map(|id| id.expect("a thread's id")).collect();
            assert_eq!(ids.len(), 3, "how many threads an object, a closure and the caller are");
        });
    }

    #[test]
    fn all_threads_are_there_at_once() {
        isolate(|| {
            for threads in [1, 9] {
                // Opens when all of them are there.
                let all_there = Barrier::new(threads);
                let ids = map_threads(threads, |_| {
                    all_there.wait();
                    thread::current().id()
                });
                let ids: HashSet<_> = ids.expect("the threads' ids").into_iter().collect();
                assert_eq!(ids.len(), threads, "how many threads called `work`");
                assert!(!ids.contains(&thread::current().id()), "the caller called `work` itself");
            }
        });
    }

    #[test]
    fn every_thread_counts_its_share_of_its_own_source() {
        isolate(|| {
            let all_there = Barrier::new(4);
            let makers = Mutex::new(HashSet::new());
            let taken: [AtomicUsize; 4] = Default::default();
            let count = count_in_threads(14, 4, |i| {
                makers.lock().unwrap().insert(thread::current().id());
                all_there.wait();
                let taken = &taken[i];
                std::iter::repeat_with(move || {
                    taken.fetch_add(1, SeqCst);
                    if i == 2 { OUTSIDE } else { INSIDE }
                })
            });
            assert_eq!(count, Ok(11), "14 points, 3 of them outside");
            let taken = taken.map(AtomicUsize::into_inner);
            assert_eq!(taken, [4, 4, 3, 3], "the points taken from each of the four sources");
            let makers = makers.into_inner().unwrap();
            assert_eq!(makers.len(), 4, "how many threads made the four sources");

            // Stored, these points would be three megabytes.
            let (before, after) = (AtomicUsize::new(0), AtomicUsize::new(0));
            let counted = count_in_threads(200_000, 1, |_| {
                before.store(memory_in_use(), SeqCst);
                let (mut taken, after) = (0, &after);
                std::iter::repeat_with(move || {
                    taken += 1;
                    if taken == 200_000 {
                        after.store(memory_in_use(), SeqCst);
                    }
                    INSIDE
                })
            });
            assert_eq!(counted, Ok(200_000), "200000 points inside");
            let grown = after.into_inner().saturating_sub(before.into_inner());
            assert!(grown < 1 << 20, "{grown} bytes of memory were taken for 200000 points");
        });
    }

    #[test]
    fn an_estimate_keeps_all_its_threads_at_work() {
        isolate(|| {
            // Far too many points to come to an end: time enough to look. They end with the process.
            let (tell, told) = std::sync::mpsc::channel();
            let call = thread::spawn(move || {
                tell.send(this_thread()).unwrap();
                estimate_pi(1 << 40, 3, 5)
            });
            let not_workers = [this_thread(), told.recv().unwrap()];
            let at_work = || {
                let threads = observe::threads().into_iter();
                let workers = threads.filter(|thread| !not_workers.contains(&thread.tid));
                workers.filter(|thread| thread.activity == Activity::Running).count()
            };
            let started = Instant::now();
            let mut seen = at_work();
            while seen != 3 && !call.is_finished() && started.elapsed() < Duration::from_secs(3) {
                thread::sleep(Duration::from_millis(1));
                seen = at_work();
            }
            assert_eq!(seen, 3, "how many threads work on an estimate by three threads");
        });
    }
}

mod robust {
    use super::*;

    #[test]
    fn every_thread_has_a_stream_of_its_own() {
        isolate(|| {
            let start = |seed, thread| {
                let points: Vec<_> = Points::new(seed, thread).take(4).collect();
                format!("{points:?}")
            };
            assert_eq!(start(3, 4), start(3, 4), "the same stream, made twice");
            let mut seen = HashSet::new();
            for seed in (0..16).chain([1 << 32, u64::MAX]) {
                for thread in 0..64 {
                    let new = seen.insert(start(seed, thread));
                    assert!(new, "thread {thread} of seed {seed} has the points of another stream");
                }
            }
        });
    }

    #[test]
    fn a_panic_is_an_error_of_the_whole() {
        isolate(|| {
            let panicked = |text: &str| ThreadError::Panicked(text.into());
            let joined = Thread::start(|| {
                if true {
                    panic!("a text")
                }
            })
            .join();
            assert_eq!(joined, Err(panicked("a text")), "a thread that panicked, joined");
            let all_there = Barrier::new(4);
            let ended = AtomicUsize::new(0);
            let results = map_threads(4, |i| {
                all_there.wait();
                if i == 3 {
                    observe::eventually("the other three have ended", only_one_works);
                }
                assert!(i % 2 == 0, "number {i}");
                ended.fetch_add(1, SeqCst);
            });
            assert_eq!(results, Err(panicked("number 1")), "threads 1 and 3 of four panicked");
            assert_eq!(ended.into_inner(), 2, "how many of the others came to their end");
            let count = count_in_threads(9, 3, |i| {
                assert!(i != 2, "no points");
                std::iter::repeat(INSIDE)
            });
            assert_eq!(count, Err(panicked("no points")), "a source panicked");
        });
    }

    #[test]
    fn no_threads_and_no_points_are_errors() {
        isolate(|| {
            assert_eq!(map_threads(0, |i| i), Err(ThreadError::NoThreads), "work for 0 threads");
            assert_eq!(estimate_pi(5, 0, 1), Err(ThreadError::NoThreads), "π by 0 threads");
            assert_eq!(estimate_pi(0, 2, 1), Err(ThreadError::NoPoints), "π from 0 points");
            let none = count_in_threads(0, 2, |_| std::iter::repeat(INSIDE));
            assert_eq!(none, Ok(0), "0 points, counted by 2 threads");
        });
    }

    #[test]
    fn no_schedule_loses_a_count() {
        explore(|| {
            let count = count_in_threads(3, 2, |_| std::iter::repeat(INSIDE));
            assert_eq!(count, Ok(3), "three points inside, counted by two threads");
        });
    }

    #[test]
    fn no_schedule_mixes_up_the_threads() {
        explore(|| {
            let numbers = map_threads(2, |i| i);
            assert_eq!(numbers, Ok(vec![0, 1]), "the numbers that two threads were given");
            let panics = map_threads(2, |i| {
                if true {
                    panic!("thread {i}, on purpose")
                }
            });
            let first = Err(ThreadError::Panicked("thread 0, on purpose".into()));
            assert_eq!(panics, first, "two threads panic, whichever is faster");
        });
    }
}

mod clean {
    use super::*;

    thread_local! {
        static LAST: Last = const { Last };
    }

    static ENDED: AtomicBool = AtomicBool::new(false);

    /// Dropped by a thread as the last thing that it does.
    struct Last;

    impl Drop for Last {
        fn drop(&mut self) {
            observe::eventually("the caller of join waits without work", caller_is_blocked);
            ENDED.store(true, SeqCst);
        }
    }

    #[test]
    fn join_waits_for_the_end_of_the_thread() {
        isolate(|| {
            let thread = Thread::start(|| LAST.with(|_| 7));
            assert_eq!(thread.join(), Ok(7), "what the thread returned");
            assert!(ENDED.load(SeqCst), "join returned while the thread was still there");
        });
    }

    #[test]
    fn waiting_costs_no_work() {
        isolate(|| {
            let wait = || observe::eventually("the caller waits without work", caller_is_blocked);
            assert_eq!(Thread::start(wait).join(), Ok(()), "a thread that waits for join");
            assert_eq!(map_threads(2, |_| wait()), Ok(vec![(); 2]), "two threads that wait");
        });
    }
}

mod further {
    use super::*;

    #[test]
    fn threads_borrow_their_pieces() {
        isolate(|| {
            let data: Vec<u32> = (1..=10).collect();
            let all_there = Barrier::new(4);
            let pieces = map_pieces(&data, 4, |piece| {
                all_there.wait();
                piece.to_vec()
            });
            let wanted = vec![vec![1, 2, 3], vec![4, 5, 6], vec![7, 8], vec![9, 10]];
            assert_eq!(pieces, Ok(wanted), "the pieces of 1 to 10 for four threads");
            let none = map_pieces(&data[..0], 2, <[u32]>::len);
            assert_eq!(none, Ok(vec![0, 0]), "the lengths of the pieces of nothing");
        });
    }

    #[test]
    fn the_first_that_finds_stops_the_others() {
        isolate(|| {
            let until_stopped = |stop: &AtomicBool| {
                observe::eventually("the flag is set", || stop.load(SeqCst));
                None
            };
            let found = search_until_found(
                3,
                |i, stop| if i == 1 { Some("x") } else { until_stopped(stop) },
            );
            assert_eq!(found, Ok(Some("x")), "what one of three found");
            let all_there = Barrier::new(3);
            let found = search_until_found(3, |i, _| {
                all_there.wait();
                if i == 2 {
                    observe::eventually("the other two have ended", only_one_works);
                }
                (i > 0).then_some(i)
            });
            assert_eq!(found, Ok(Some(1)), "what was found by two of three, 1 and 2");
            let found = search_until_found(3, |_, stop| {
                assert!(!stop.load(SeqCst), "stopped, and nothing was found");
                None::<i32>
            });
            assert_eq!(found, Ok(None), "what none of three found");
            let found = search_until_found(3, |i, stop| {
                assert!(i != 2, "lost");
                until_stopped(stop)
            });
            assert_eq!(found, Err(ThreadError::Panicked("lost".into())), "a search that panicked");
        });
    }

    #[test]
    fn no_schedule_lets_the_fastest_search_win() {
        explore(|| {
            // Opens when both search: none has been stopped before it began.
            let both_search = Barrier::new(2);
            let found = search_until_found(2, |i, _| {
                both_search.wait();
                Some(i)
            });
            assert_eq!(found, Ok(Some(0)), "two find something: that of the lowest number");
        });
    }
}

/// Does the thread on which the test runs wait for another, without a time limit?
fn caller_is_blocked() -> bool {
    let test = std::process::id().cast_signed();
    let blocked = |thread: &observe::Thread| matches!(thread.activity, Activity::Blocked(_));
    observe::threads().iter().any(|thread| thread.tid == test && blocked(thread))
}

/// Is there one thread beside the one on which the test runs?
fn only_one_works() -> bool {
    observe::threads().len() == 2
}
