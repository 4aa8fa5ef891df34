//! What holds of locks, whoever wrote them.
//!
//! Every body runs in a process of its own, which has one thread: `harness::isolate`. In
//! `assert_eq!` the left side is what was seen, the right side what is wanted.
//!
//! What the threads of a test share is leaked, and the threads are not joined when an assertion fails: they
//! end with the process.

use harness::observe::{self, Activity, other_threads};
use harness::{explore, isolate};
use locks::{FairSemaphore, Semaphore, update, update_atomic};
use locks::{count_locally, count_with_atomic, count_with_mutex};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::sync::{Barrier, Mutex, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

mod result {
    use super::*;

    #[test]
    fn every_throw_is_made_and_every_hit_counted() {
        isolate(|| {
            for way in WAYS {
                let made: [AtomicUsize; 4] = Default::default();
                let count = way.count(5, 14, 4, |thread| {
                    let made = &made[thread];
                    // By turns a miss and a hit.
                    std::iter::repeat_with(move || made.fetch_add(1, SeqCst) % 2 == 1)
                });
                let made = made.map(AtomicUsize::into_inner);
                assert_eq!(made, [4, 4, 3, 3], "{way:?}: the throws of the four threads");
                assert_eq!(count, 5 + 6, "{way:?}: 5 that were there, and 6 hits");
            }
        });
    }

    #[test]
    fn the_shared_number_grows_when_it_should() {
        isolate(|| {
            // What the only thread sees before each of its throws, all of them hits.
            let mutex = Mutex::new(0);
            let mut seen = Mutex::new(vec![]);
            count_with_mutex(&mutex, 3, 1, |_| {
                std::iter::repeat_with(|| {
                    let free = mutex.try_lock().ok().map(|number| *number);
                    seen.lock().unwrap().push(free);
                    true
                })
            });
            let wanted = vec![Some(0), Some(1), Some(2)];
            let seen = seen.get_mut().unwrap();
            assert_eq!(*seen, wanted, "behind the mutex, if it is free, before each of three hits");
            let seen = seen_before_hits(|number, throw| {
                count_with_atomic(number, 3, 1, |_| std::iter::repeat_with(throw));
            });
            assert_eq!(seen, [0, 1, 2], "in the atomic number, before each of three hits");
            let seen = seen_before_hits(|number, throw| {
                count_locally(number, 3, 1, |_| std::iter::repeat_with(throw));
            });
            assert_eq!(seen, [0, 0, 0], "where local counts are added, before each of three hits");
        });
    }

    #[test]
    fn a_semaphore_counts_its_permits() {
        isolate(|| {
            let semaphore = Semaphore::new(2);
            semaphore.acquire();
            let taken = [semaphore.try_acquire(), semaphore.try_acquire()];
            assert_eq!(taken, [true, false], "the second of two permits, and a third");
            semaphore.release();
            let taken = [semaphore.try_acquire(), semaphore.try_acquire()];
            assert_eq!(taken, [true, false], "after one release: a permit, and another");
            let semaphore = Semaphore::new(0);
            (0..3).for_each(|_| semaphore.release());
            semaphore.acquire();
            let taken = [(); 3].map(|()| semaphore.try_acquire());
            assert_eq!(
                taken,
                [true, true, false],
                "what is left of 0 and 3 permits after an acquire"
            );
        });
    }
}

mod concurrent {
    use super::*;

    #[test]
    fn one_change_at_a_time() {
        isolate(|| {
            let number = leaked(Mutex::new(1));
            let (begun, may_end) = (leaked(AtomicBool::new(false)), leaked(AtomicBool::new(false)));
            let first = thread::spawn(|| {
                update(number, |value| {
                    begun.store(true, SeqCst);
                    observe::eventually("the change may end", || may_end.load(SeqCst));
                    value + 1
                });
            });
            observe::eventually("a change begins", || begun.load(SeqCst) || first.is_finished());
            assert!(number.try_lock().is_err(), "the lock is free while a change is made");
            let second = start(|| update(number, |value| value * 10));
            second.eventually_waits();
            assert!(!second.is_over(), "a second change was made, or skipped, during the first");
            may_end.store(true, SeqCst);
            first.join().expect("the first change");
            second.join();
            assert_eq!(*number.lock().unwrap(), 20, "1, changed by + 1 and then by * 10");
        });
    }

    #[test]
    fn a_change_in_between_is_not_lost() {
        isolate(|| {
            let number = AtomicU64::new(1);
            let calls = Cell::new(0);
            update_atomic(&number, |value| {
                calls.set(calls.get() + 1);
                // Somebody else is faster, twice.
                if calls.get() <= 2 {
                    number.fetch_add(10, SeqCst);
                }
                value * 2
            });
            assert_eq!(
                number.into_inner(),
                42,
                "(1 + 10 + 10) * 2, where the tens came in between"
            );
        });
    }

    #[test]
    fn all_threads_throw_at_once() {
        isolate(|| {
            for way in WAYS {
                // Opens when all three are there: at their first throw, and again at their second.
                let all_there = Barrier::new(3);
                let count = way.count(0, 6, 3, |_| {
                    std::iter::repeat_with(|| {
                        all_there.wait();
                        true
                    })
                });
                assert_eq!(count, 6, "{way:?}: the hits of three threads that throw together");
            }
        });
    }

    #[test]
    fn as_many_are_inside_as_there_are_permits() {
        isolate(|| {
            let semaphore = leaked(Semaphore::new(3));
            let entered = leaked(AtomicUsize::new(0));
            // Each message lets one of those inside leave.
            let (leave, orders) = mpsc::channel();
            let orders = leaked(Mutex::new(orders));
            let visit = || {
                semaphore.acquire();
                entered.fetch_add(1, SeqCst);
                orders.lock().unwrap().recv().unwrap();
                semaphore.release();
            };
            let threads: Vec<_> = (0..9).map(|_| start(visit)).collect();
            for left in 0..=6 {
                observe::eventually("all threads wait", all_wait);
                let inside = entered.load(SeqCst) - left;
                assert_eq!(inside, 3, "how many are inside, when {left} of nine have left");
                leave.send(()).unwrap();
            }
            (0..2).for_each(|_| leave.send(()).unwrap());
            threads.into_iter().for_each(Started::join);
            let left = (0..9).filter(|_| semaphore.try_acquire()).count();
            assert_eq!(left, 3, "the permits that are there when all have left");
        });
    }

    #[test]
    fn a_release_wakes_one_waiter() {
        isolate(|| {
            let semaphore = leaked(Semaphore::new(0));
            let waiters: Vec<_> = (0..12).map(|_| start(|| semaphore.acquire())).collect();
            waiters.iter().for_each(Started::eventually_waits);
            let slept = |waiter: &Started| waiter.times_slept();
            let before: Vec<u64> = waiters.iter().map(slept).collect();
            let mut waiters: Vec<_> = waiters.into_iter().zip(before).collect();
            for release in 1..=10 {
                semaphore.release();
                observe::eventually("one goes on", || waiters.iter().any(|it| it.0.is_over()));
                waiters.iter().for_each(|(waiter, _)| waiter.eventually_waits());
                waiters.retain(|(waiter, _)| !waiter.is_over());
                assert_eq!(
                    waiters.len(),
                    12 - release,
                    "of 12, still waiting after release {release}"
                );
            }
            let in_vain: u64 = waiters.iter().map(|(it, before)| it.times_slept() - before).sum();
            assert!(in_vain < 5, "10 releases woke two others {in_vain} times, in vain");
        });
    }
}

mod robust {
    use super::*;

    #[test]
    fn a_panic_in_a_change_harms_nobody_else() {
        isolate(|| {
            let text = Mutex::new(String::from("a"));
            let panicked = catch_unwind(AssertUnwindSafe(|| {
                update(&text, |_| panic!("in the middle of a change"));
            }));
            assert!(panicked.is_err(), "the panic of a change did not come out of `update`");
            update(&text, |text| text + "b");
            let text = text.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
            assert_eq!(text, "ab", "a change that panics, and then one that appends b");
        });
    }

    #[test]
    fn no_schedule_loses_a_hit() {
        explore(|| {
            for way in WAYS {
                let count = way.count(5, 2, 2, |_| std::iter::repeat(true));
                assert_eq!(
                    count, 7,
                    "{way:?}: 5 that were there, and a hit by each of two threads"
                );
            }
        });
    }

    #[test]
    fn no_schedule_lets_in_too_many() {
        explore(|| {
            let (semaphore, inside) = (Semaphore::new(1), AtomicUsize::new(0));
            let visit = || {
                assert_eq!(
                    inside.fetch_add(1, SeqCst),
                    0,
                    "others inside, with one permit for all"
                );
                inside.fetch_sub(1, SeqCst);
            };
            thread::scope(|scope| {
                scope.spawn(|| {
                    let _permit = semaphore.permit();
                    visit();
                });
                scope.spawn(|| {
                    if semaphore.try_acquire() {
                        visit();
                        semaphore.release();
                    }
                });
                semaphore.acquire();
                visit();
                semaphore.release();
            });
            let left = [semaphore.try_acquire(), semaphore.try_acquire()];
            assert_eq!(left, [true, false], "the permit when all have left, and a second one");
        });
    }

    #[test]
    fn no_schedule_loses_a_release() {
        explore(|| {
            let semaphore = Semaphore::new(0);
            thread::scope(|scope| {
                for _ in 0..2 {
                    scope.spawn(|| semaphore.acquire());
                }
                (0..2).for_each(|_| semaphore.release());
            });
            assert!(!semaphore.try_acquire(), "two permits served three");
        });
    }
}

mod clean {
    use super::*;

    #[test]
    fn a_permit_comes_back_by_itself() {
        isolate(|| {
            let semaphore = Semaphore::new(1);
            let permit = semaphore.permit();
            assert!(!semaphore.try_acquire(), "the only permit was there twice");
            drop(permit);
            let panicked = catch_unwind(AssertUnwindSafe(|| {
                let _permit = semaphore.permit();
                panic!("with a permit in hand");
            }));
            assert!(panicked.is_err(), "the panic was lost");
            let taken = [semaphore.try_acquire(), semaphore.try_acquire()];
            assert_eq!(taken, [true, false], "one permit after a drop and a panic, and not two");
        });
    }

    #[test]
    fn waiting_costs_no_work() {
        isolate(|| {
            let semaphore = leaked(Semaphore::new(0));
            let waiters =
                [start(|| semaphore.acquire()), start(|| std::mem::forget(semaphore.permit()))];
            waiters.iter().for_each(Started::eventually_waits);
            let through = || waiters.iter().filter(|waiter| waiter.is_over()).count();
            assert_eq!(through(), 0, "how many of two got a permit where there is none");
            for permits in [1, 2] {
                semaphore.release();
                observe::eventually("one more goes on", || through() == permits);
            }
            waiters.into_iter().for_each(Started::join);
        });
    }
}

mod further {
    use super::*;

    #[test]
    fn an_acquire_has_a_limit() {
        isolate(|| {
            let semaphore = leaked(Semaphore::new(1));
            const HOUR: Duration = Duration::from_secs(3600);
            assert!(semaphore.acquire_within(HOUR), "a permit that is there was not taken");
            assert!(
                !semaphore.acquire_within(Duration::from_millis(10)),
                "a permit out of nothing"
            );
            let waiter = start(|| assert!(semaphore.acquire_within(HOUR), "none within an hour"));
            let timed = |thread: &observe::Thread| matches!(thread.activity, Activity::Timed(_));
            observe::eventually("it waits", || {
                waiter.is_over() || other_threads().iter().all(timed)
            });
            assert!(!waiter.is_over(), "an hour has passed at once");
            semaphore.release();
            waiter.join();
            assert!(!semaphore.try_acquire(), "the permit was taken, and is there again");
        });
    }

    #[test]
    fn first_come_first_served() {
        isolate(|| {
            let semaphore = leaked(FairSemaphore::new(1));
            let order = leaked(Mutex::new(vec![]));
            semaphore.acquire();
            let waiters: Vec<_> = (0..8)
                .map(|number| {
                    let waiter = start(move || {
                        semaphore.acquire();
                        order.lock().unwrap().push(number);
                    });
                    // The next one comes when this one waits.
                    waiter.eventually_waits();
                    waiter
                })
                .collect();
            for served in 1..=8 {
                assert_eq!(
                    order.lock().unwrap().len(),
                    served - 1,
                    "served before release {served}"
                );
                semaphore.release();
                observe::eventually("one is served", || order.lock().unwrap().len() >= served);
            }
            waiters.into_iter().for_each(Started::join);
            let order = order.lock().unwrap().clone();
            assert_eq!(order, [0, 1, 2, 3, 4, 5, 6, 7], "the order in which eight were served");
        });
    }

    #[test]
    fn no_schedule_takes_a_permit_too_late() {
        explore(|| {
            let semaphore = Semaphore::new(0);
            let taken = thread::scope(|scope| {
                scope.spawn(|| semaphore.release());
                // No real hour: an exploration has a clock of its own.
                semaphore.acquire_within(Duration::from_secs(3600))
            });
            assert_eq!(semaphore.try_acquire(), !taken, "a permit is left, if it was not taken");
        });
    }

    #[test]
    fn no_schedule_forgets_a_ticket() {
        explore(|| {
            let semaphore = FairSemaphore::new(0);
            thread::scope(|scope| {
                for _ in 0..2 {
                    scope.spawn(|| semaphore.acquire());
                }
                (0..2).for_each(|_| semaphore.release());
            });
        });
    }
}

/// The three ways to count.
#[derive(Clone, Copy, Debug)]
enum Way {
    WithMutex,
    WithAtomic,
    Locally,
}

const WAYS: [Way; 3] = [Way::WithMutex, Way::WithAtomic, Way::Locally];

impl Way {
    /// What the shared number is after the count, when it was `before`.
    fn count<S: Iterator<Item = bool>>(
        self,
        before: u64,
        throws: usize,
        threads: usize,
        source: impl Fn(usize) -> S + Sync,
    ) -> u64 {
        let (mutex, atomic) = (Mutex::new(before), AtomicU64::new(before));
        match self {
            Self::WithMutex => count_with_mutex(&mutex, throws, threads, source),
            Self::WithAtomic => count_with_atomic(&atomic, throws, threads, source),
            Self::Locally => count_locally(&atomic, throws, threads, source),
        }
        mutex.into_inner().unwrap().max(atomic.into_inner())
    }
}

/// What stands in the number before each throw of a count; all of them are hits.
fn seen_before_hits(count: impl FnOnce(&AtomicU64, &(dyn Fn() -> bool + Sync))) -> Vec<u64> {
    let (number, seen) = (AtomicU64::new(0), Mutex::new(vec![]));
    count(&number, &|| {
        seen.lock().unwrap().push(number.load(SeqCst));
        true
    });
    seen.into_inner().unwrap()
}

/// A thread that a test has started.
struct Started {
    tid: &'static AtomicI32,
    thread: JoinHandle<()>,
}

fn start(work: impl FnOnce() + Send + 'static) -> Started {
    let tid = leaked(AtomicI32::new(0));
    let thread = thread::spawn(|| {
        tid.store(observe::this_thread(), SeqCst);
        work();
    });
    Started { tid, thread }
}

impl Started {
    fn is_over(&self) -> bool {
        self.thread.is_finished()
    }

    /// Waits until the thread waits for another without using a core, or is over.
    fn eventually_waits(&self) {
        let waits = || self.look().as_ref().is_some_and(is_blocked);
        observe::eventually("the thread waits without work", || self.is_over() || waits());
    }

    fn times_slept(&self) -> u64 {
        self.look().map_or(0, |thread| thread.voluntary_switches)
    }

    fn look(&self) -> Option<observe::Thread> {
        other_threads().into_iter().find(|thread| thread.tid == self.tid.load(SeqCst))
    }

    fn join(self) {
        assert!(self.thread.join().is_ok(), "a thread of the test panicked");
    }
}

/// Do all of them wait at the same moment? They are looked at one by one, so they are looked at twice: if
/// none has run in between, all of it was true at once.
fn all_wait() -> bool {
    let before = other_threads();
    before.iter().all(is_blocked) && other_threads() == before
}

fn is_blocked(thread: &observe::Thread) -> bool {
    matches!(thread.activity, Activity::Blocked(_))
}

/// Lives as long as the process.
fn leaked<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}
