//! Programs that are hard to explore: what a student may write, and what an explorer may get wrong.

use interleave::report::{Counterexample, Coverage, Failure, Finding};
use interleave::{Limits, explore};
use interleave_std as std;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Barrier, Condvar, LazyLock, Mutex, Once, OnceLock, RwLock, RwLockWriteGuard};
use std::thread;
use std::time::{Duration, Instant};

fn explored(scenario: impl Fn() + Send + Sync + 'static) -> Finding {
    explore(Limits::default(), scenario).finding
}

fn passes(scenario: impl Fn() + Send + Sync + 'static) -> Coverage {
    match explored(scenario) {
        Finding::None(coverage) => coverage,
        other => panic!("a correct program was failed: {other:#?}"),
    }
}

fn fails(failure: Failure, scenario: impl Fn() + Send + Sync + 'static) -> Counterexample {
    match explored(scenario) {
        Finding::Counterexample(found) if found.failure == failure => found,
        other => panic!("the mistake was not found: {other:?}"),
    }
}

// Waiting without a wait.

#[test]
fn who_polls_a_mutex_lets_the_others_go_on() {
    for pause in [|| {}, thread::yield_now, || thread::sleep(Duration::from_millis(1))] {
        passes(move || {
            let done = Mutex::new(false);
            thread::scope(|scope| {
                scope.spawn(|| *done.lock().unwrap() = true);
                while !*done.lock().unwrap() {
                    pause();
                }
            });
        });
    }
}

#[test]
fn who_polls_and_writes_lets_the_others_go_on() {
    // Each asks for its turn, and takes it back when the other asks too: it only ends because threads are not in step.
    passes(|| {
        let wants = [AtomicBool::new(false), AtomicBool::new(false)];
        let count = AtomicUsize::new(0);
        thread::scope(|scope| {
            for me in 0..2 {
                let (wants, count) = (&wants, &count);
                scope.spawn(move || {
                    wants[me].store(true, SeqCst);
                    while wants[1 - me].load(SeqCst) {
                        wants[me].store(false, SeqCst);
                        thread::yield_now();
                        wants[me].store(true, SeqCst);
                    }
                    count.store(count.load(SeqCst) + 1, SeqCst);
                    wants[me].store(false, SeqCst);
                });
            }
        });
        assert_eq!(count.into_inner(), 2);
    });
}

#[test]
fn three_threads_spin_on_each_others_flags() {
    for pause in [|| {}, thread::yield_now] {
        passes(move || {
            let turn = AtomicUsize::new(0);
            thread::scope(|scope| {
                for me in 0..3 {
                    let turn = &turn;
                    scope.spawn(move || {
                        while turn.load(SeqCst) != me {
                            pause();
                        }
                        turn.store(me + 1, SeqCst);
                    });
                }
            });
            assert_eq!(turn.into_inner(), 3);
        });
    }
    fails(Failure::Endless, || {
        let turn = AtomicUsize::new(1);
        thread::scope(|scope| {
            for me in [2, 3, 4] {
                let turn = &turn;
                scope.spawn(move || {
                    while turn.load(SeqCst) != me {}
                    turn.store(me % 3 + 2, SeqCst);
                });
            }
        });
    });
}

#[test]
fn who_polls_a_channel_or_a_thread_lets_the_others_go_on() {
    passes(|| {
        let (sender, receiver) = mpsc::channel();
        let sends = thread::spawn(move || sender.send(1).unwrap());
        while receiver.try_recv().is_err() {}
        while !sends.is_finished() {}
        sends.join().unwrap();
    });
}

#[test]
fn many_steps_are_not_endless() {
    passes(|| {
        let count = Mutex::new(0);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| (0..3_000).for_each(|_| *count.lock().unwrap() += 1));
            }
        });
        assert_eq!(count.into_inner().unwrap(), 6_000);
    });
}

// What the explorer cannot see.

#[test]
fn a_loop_without_an_operation_is_endless() {
    let started = ::std::time::Instant::now();
    let found = explored(|| {
        let mut number = 1_u64;
        while number != 0 {
            number = ::std::hint::black_box(number | 1);
        }
    });
    assert!(matches!(found, Finding::Endless(_)), "{found:?}");
    println!("after {:?}", started.elapsed());
}

#[test]
fn a_foreign_lock_is_not_checkable() {
    let lock: &'static ::std::sync::Mutex<()> = Box::leak(Box::default());
    let found = explored(move || {
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    let _guard = lock.lock();
                    thread::yield_now();
                });
            }
        });
    });
    assert!(matches!(found, Finding::NotCheckable(_)), "{found:?}");
}

#[test]
fn who_was_given_up_does_no_harm_when_it_comes_back() {
    let comes_back: &'static ::std::sync::Barrier =
        Box::leak(Box::new(::std::sync::Barrier::new(2)));
    let found = explored(move || {
        let (mutex, once) = (Mutex::new(0), OnceLock::new());
        let mut guard = mutex.lock().unwrap();
        once.get_or_init(|| {
            comes_back.wait();
            *guard += 1;
        });
        drop(guard);
        drop(mutex.lock());
    });
    assert!(matches!(found, Finding::NotCheckable(_)), "{found:?}");
    comes_back.wait();
    ::std::thread::sleep(Duration::from_millis(100));
    passes(|| drop(Mutex::new(0).lock()));
}

// Locks.

#[test]
fn a_thread_that_locks_again_is_a_deadlock() {
    let found = fails(Failure::Deadlock, || {
        let mutex = Mutex::new(0);
        let _first = mutex.lock().unwrap();
        let _second = mutex.lock().unwrap();
    });
    assert_eq!(found.waiting[0].waits_for, [found.waiting[0].thread]);
}

#[test]
fn a_guard_that_is_forgotten_stays_locked() {
    let forgets = |value: &Mutex<u32>| std::mem::forget(value.lock().unwrap());
    passes(move || forgets(&Mutex::new(0)));
    fails(Failure::Deadlock, move || {
        let value = Mutex::new(0);
        forgets(&value);
        *value.lock().unwrap() = 1;
    });
}

#[test]
fn guards_are_dropped_in_the_order_of_the_language() {
    // Of a tuple in order, of variables the other way round; a temporary at the end of the statement.
    fails(Failure::Deadlock, || {
        let value = Mutex::new(1);
        match *value.lock().unwrap() {
            0 => {}
            _ => *value.lock().unwrap() = 2,
        }
    });
    passes(|| {
        let value = Mutex::new(1);
        let is_one = *value.lock().unwrap() == 1;
        if is_one {
            *value.lock().unwrap() = 2;
        }
    });
}

#[test]
fn reading_again_while_somebody_wants_to_write_is_a_deadlock() {
    fails(Failure::Deadlock, || {
        let value = RwLock::new(0);
        thread::scope(|scope| {
            scope.spawn(|| *value.write().unwrap() += 1);
            let _first = value.read().unwrap();
            let _second = value.read().unwrap();
        });
    });
    passes(|| {
        let value = RwLock::new(0);
        let _first = value.read().unwrap();
        let _second = value.read().unwrap();
    });
}

#[test]
fn two_readers_that_want_to_write_are_a_deadlock() {
    fails(Failure::Deadlock, || {
        let value = RwLock::new(0);
        let reader = value.read().unwrap();
        *value.write().unwrap() = *reader;
    });
}

#[test]
fn readers_that_take_turns_do_not_starve_a_writer() {
    passes(|| {
        let value = RwLock::new(0);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| while *value.read().unwrap() == 0 {});
            }
            scope.spawn(|| *value.write().unwrap() = 1);
        });
    });
}

#[test]
fn readers_read_at_the_same_time() {
    passes(|| {
        let (value, both) = (RwLock::new(0), Barrier::new(2));
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    let _value = value.read().unwrap();
                    both.wait();
                });
            }
        });
    });
}

// Panics.

#[test]
fn a_scoped_panic_that_nobody_joins_is_one_of_the_scope() {
    fails(Failure::Panic, || {
        thread::scope(|scope| {
            scope.spawn(|| panic!("not joined"));
        });
    });
    passes(|| {
        thread::scope(|scope| {
            assert!(scope.spawn(|| panic!("joined")).join().is_err());
        });
    });
}

#[test]
fn a_panic_in_a_drop_while_unwinding_is_caught_there() {
    struct Tries<'a>(&'a Mutex<u32>);
    impl Drop for Tries<'_> {
        fn drop(&mut self) {
            let caught = catch_unwind(|| panic!("again"));
            *self.0.lock().unwrap() += u32::from(caught.is_err());
        }
    }
    passes(|| {
        let count = Mutex::new(0);
        thread::scope(|scope| {
            let panics = scope.spawn(|| {
                let _tries = Tries(&count);
                panic!("first");
            });
            assert!(panics.join().is_err());
        });
        // It was locked while the thread panicked already, so it is not poisoned.
        assert_eq!(*count.lock().unwrap(), 1);
    });
}

#[test]
fn a_wait_with_a_poisoned_mutex_says_so() {
    passes(|| {
        let shared = (Mutex::new(false), Condvar::new());
        thread::scope(|scope| {
            let waits = scope.spawn(|| {
                let guard = shared.0.lock();
                guard.is_err() || shared.1.wait_while(guard.unwrap(), |set| !*set).is_err()
            });
            let panics = scope.spawn(|| {
                let mut guard = shared.0.lock().unwrap();
                *guard = true;
                shared.1.notify_all();
                panic!("with the lock in hand");
            });
            assert!(panics.join().is_err());
            assert!(waits.join().unwrap());
        });
    });
}

#[test]
fn a_poisoned_once_stays_so_until_it_is_forced() {
    passes(|| {
        let (once, runs) = (Once::new(), AtomicU32::new(0));
        let tries = |f: &dyn Fn()| catch_unwind(AssertUnwindSafe(|| once.call_once(f)));
        assert!(tries(&|| panic!("the first time")).is_err());
        assert!(tries(&|| ()).is_err());
        once.call_once_force(|state| {
            assert!(state.is_poisoned());
            runs.fetch_add(1, SeqCst);
        });
        once.call_once(|| unreachable!());
        assert!(once.is_completed() && runs.into_inner() == 1);
    });
}

#[test]
fn who_waits_for_a_once_learns_that_it_was_poisoned() {
    passes(|| {
        let once = Once::new();
        thread::scope(|scope| {
            let waits = scope.spawn(|| once.wait());
            let forces = scope.spawn(|| once.wait_force());
            let panics = scope.spawn(|| once.call_once(|| panic!("the first time")));
            assert!(panics.join().is_err());
            // It looks before the next one begins, while that runs, or when it is done.
            let _ = (once.call_once_force(|_| ()), waits.join());
            forces.join().unwrap();
        });
    });
    passes(|| {
        let once = Once::new();
        thread::scope(|scope| {
            let waits = scope.spawn(|| once.wait());
            assert!(scope.spawn(|| once.call_once(|| panic!("once"))).join().is_err());
            assert!(waits.join().is_err());
        });
    });
}

// Values that are made once.

#[test]
fn what_an_initialisation_does_is_seen_before_its_value() {
    fails(Failure::Panic, || {
        let (begun, value) = (AtomicBool::new(false), OnceLock::new());
        thread::scope(|scope| {
            scope.spawn(|| value.get_or_init(|| begun.store(true, SeqCst)));
            if begun.load(SeqCst) {
                assert!(value.get().is_some(), "it has begun, and is not there");
            }
        });
    });
}

#[test]
fn an_initialisation_that_needs_itself_is_a_deadlock() {
    fails(Failure::Deadlock, || {
        let value = OnceLock::<u32>::new();
        value.get_or_init(|| *value.get_or_init(|| 1));
    });
}

#[test]
fn statics_are_shared_and_thread_locals_are_not() {
    static TOTAL: Mutex<u32> = Mutex::new(0);
    static BASE: LazyLock<u32> = LazyLock::new(|| 5);
    static NAME: OnceLock<String> = OnceLock::new();
    thread_local!(static OWN: RefCell<Vec<u32>> = const { RefCell::new(vec![]) });
    passes(|| {
        *TOTAL.lock().unwrap() = 0;
        thread::scope(|scope| {
            for me in 0..2 {
                scope.spawn(move || {
                    OWN.with_borrow_mut(|own| own.push(me));
                    *TOTAL.lock().unwrap() += *BASE + OWN.take().len() as u32;
                    assert_eq!(NAME.get_or_init(|| "name".into()), "name");
                });
            }
        });
        assert_eq!(*TOTAL.lock().unwrap(), 12);
    });
}

// Time.

#[test]
fn nested_time_outs_come_both_ways() {
    let seen: &'static ::std::sync::Mutex<::std::collections::BTreeSet<(bool, bool)>> =
        Box::leak(Box::default());
    passes(move || {
        let (flag, changed) = (Mutex::new(0), Condvar::new());
        let (sender, receiver) = mpsc::channel::<()>();
        thread::scope(|scope| {
            let (flag, changed) = (&flag, &changed);
            scope.spawn(move || {
                let received = receiver.recv_timeout(Duration::from_millis(10));
                *flag.lock().unwrap() = 1 + u32::from(received.is_ok());
                changed.notify_one();
            });
            scope.spawn(|| {
                let guard = flag.lock().unwrap();
                let limit = Duration::from_millis(20);
                let (guard, result) =
                    changed.wait_timeout_while(guard, limit, |flag| *flag == 0).unwrap();
                seen.lock().unwrap().insert((result.timed_out(), *guard == 2));
            });
            let _ = sender.send(());
        });
    });
    let all = [(false, false), (false, true), (true, false)];
    assert_eq!(*seen.lock().unwrap(), all.into());
}

#[test]
fn a_sender_that_goes_ends_a_wait_with_a_limit() {
    let seen: &'static ::std::sync::Mutex<Vec<RecvTimeoutError>> = Box::leak(Box::default());
    passes(move || {
        let (sender, receiver) = mpsc::channel::<()>();
        thread::spawn(move || drop(sender));
        let error = receiver.recv_timeout(Duration::from_secs(1)).unwrap_err();
        seen.lock().unwrap().push(error);
        assert!(receiver.recv().is_err());
    });
    for error in [RecvTimeoutError::Disconnected, RecvTimeoutError::Timeout] {
        assert!(seen.lock().unwrap().contains(&error), "{error:?}");
    }
}

#[test]
fn a_time_limit_is_not_over_before_it() {
    passes(|| {
        let start = Instant::now();
        let (mutex, condvar) = (Mutex::new(()), Condvar::new());
        let limit = Duration::from_millis(50);
        let result = condvar.wait_timeout_while(mutex.lock().unwrap(), limit, |()| true).unwrap().1;
        assert!(result.timed_out() && start.elapsed() >= limit);
    });
}

// Parking.

#[test]
fn a_token_stays_for_the_next_park() {
    passes(|| {
        thread::current().unpark();
        thread::current().unpark();
        thread::park();
    });
    fails(Failure::Deadlock, || {
        thread::current().unpark();
        thread::current().unpark();
        thread::park();
        thread::park();
    });
}

#[test]
fn a_stale_token_wakes_who_does_not_look() {
    fails(Failure::Panic, || {
        let ready = AtomicBool::new(false);
        thread::scope(|scope| {
            let waits = scope.spawn(|| {
                thread::park();
                assert!(ready.load(SeqCst));
            });
            waits.thread().unpark();
            ready.store(true, SeqCst);
            waits.thread().unpark();
        });
    });
}

// Threads and objects.

#[test]
fn a_handle_that_is_dropped_leaves_its_thread_alone() {
    fails(Failure::Panic, || {
        let done = Arc::new(AtomicBool::new(false));
        let set = Arc::clone(&done);
        drop(thread::spawn(move || set.store(true, SeqCst)));
        assert!(done.load(SeqCst), "it was not waited for");
    });
}

#[test]
fn scopes_nest() {
    passes(|| {
        let count = AtomicU32::new(0);
        thread::scope(|outer| {
            outer.spawn(|| {
                thread::scope(|inner| {
                    inner.spawn(|| count.fetch_add(1, SeqCst));
                });
                assert!(count.load(SeqCst) >= 1);
                outer.spawn(|| count.fetch_add(1, SeqCst));
            });
        });
        assert_eq!(count.into_inner(), 2);
    });
}

#[test]
fn many_threads_many_objects_and_a_deep_stack() {
    // So many threads take their time to start.
    let limits = Limits { executions: 20, ..Limits::default() };
    let result = explore(limits, || {
        let count = AtomicU32::new(0);
        thread::scope(|scope| {
            for _ in 0..64 {
                scope.spawn(|| count.fetch_add(1, SeqCst));
            }
        });
        assert_eq!(count.into_inner(), 64);
    });
    assert!(matches!(result.finding, Finding::None(_)), "{result:?}");
    passes(|| {
        let values: Vec<Mutex<u32>> = (0..1_000).map(Mutex::new).collect();
        let sum: u32 = values.iter().map(|value| *value.lock().unwrap()).sum();
        assert_eq!(sum, 499_500);
    });
    passes(|| {
        let bytes = thread::spawn(|| ::std::hint::black_box([1_u8; 100 * 1024]).len());
        assert_eq!(bytes.join().unwrap(), 100 * 1024);
    });
}

#[test]
fn a_condition_variable_may_have_two_mutexes_one_after_the_other() {
    passes(|| {
        let (condvar, limit) = (Condvar::new(), Duration::from_millis(1));
        for _ in 0..2 {
            let mutex = Mutex::new(());
            drop(condvar.wait_timeout(mutex.lock().unwrap(), limit).unwrap());
        }
    });
}

#[test]
fn a_barrier_is_used_again() {
    passes(|| {
        let (barrier, counts) = (Barrier::new(2), [AtomicU32::new(0), AtomicU32::new(0)]);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    for count in &counts {
                        count.fetch_add(1, SeqCst);
                        barrier.wait();
                        assert_eq!(count.load(SeqCst), 2);
                    }
                });
            }
        });
    });
}

// How far it comes.

/// So many philosophers, who eat so often: each takes the left fork first, the last one perhaps the right one.
fn dine(seats: usize, meals: usize, last_is_different: bool) -> impl Fn() + Send + Sync {
    move || {
        let forks: Vec<Mutex<()>> = (0..seats).map(|_| Mutex::new(())).collect();
        thread::scope(|scope| {
            for seat in 0..seats {
                let (mut first, mut second) = (&forks[seat], &forks[(seat + 1) % seats]);
                if last_is_different && seat + 1 == seats {
                    (first, second) = (second, first);
                }
                scope.spawn(move || {
                    for _ in 0..meals {
                        let _first = first.lock().unwrap();
                        let _second = second.lock().unwrap();
                    }
                });
            }
        });
    }
}

#[test]
fn philosophers_say_how_far_it_came() {
    for (seats, meals) in [(5, 1), (3, 2)] {
        let started = ::std::time::Instant::now();
        let result = explore(Limits::default(), dine(seats, meals, true));
        println!("{seats} × {meals}: {result:?} after {:?}", started.elapsed());
        assert!(matches!(result.finding, Finding::None(_)), "{result:?}");
    }
    fails(Failure::Deadlock, dine(3, 1, false));
}

#[test]
fn the_same_program_says_the_same_a_hundred_times() {
    let scenario = || {
        let (shared, (sender, receiver)) = ((Mutex::new(0), Condvar::new()), mpsc::sync_channel(0));
        thread::scope(|scope| {
            scope.spawn(|| sender.send(1).unwrap());
            scope.spawn(|| {
                let _ = shared.1.wait_timeout(shared.0.lock().unwrap(), Duration::from_millis(1));
            });
            *shared.0.lock().unwrap() = receiver.recv().unwrap();
            assert!(shared.0.try_lock().is_ok());
        });
    };
    let run = || {
        let result = explore(Limits::default(), scenario);
        let Finding::Counterexample(found) = result.finding else { panic!("{result:?}") };
        (result.executions, found.encode())
    };
    let first = run();
    for _ in 1..100 {
        assert_eq!(run(), first);
    }
}

// Thread-locals.

#[test]
fn a_thread_ends_when_its_thread_locals_are_dropped() {
    thread_local!(static OWN: RefCell<Option<mpsc::Sender<u32>>> = const { RefCell::new(None) });
    // The receiver sees the end of the channel, though nobody joins.
    passes(|| {
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            sender.send(1).unwrap();
            OWN.set(Some(sender));
        });
        assert_eq!(receiver.iter().sum::<u32>(), 1);
    });
    // Who joins sees what the destructor has done, whichever thread-local was used first.
    struct Adds(Arc<Mutex<u32>>);
    impl Drop for Adds {
        fn drop(&mut self) {
            *self.0.lock().unwrap() += 1;
        }
    }
    thread_local! {
        static FIRST: RefCell<Option<Adds>> = const { RefCell::new(None) };
        static SECOND: RefCell<Option<Adds>> = const { RefCell::new(None) };
    }
    passes(|| {
        let count = Arc::new(Mutex::new(0));
        let [one, two] = [Adds(Arc::clone(&count)), Adds(Arc::clone(&count))];
        let adds = thread::spawn(move || {
            FIRST.set(Some(one));
            SECOND.set(Some(two));
        });
        adds.join().unwrap();
        assert_eq!(*count.lock().unwrap(), 2);
    });
    // And the lock that a destructor waits for can be missing.
    let found = fails(Failure::Deadlock, || {
        let count = Arc::new(Mutex::new(0));
        let adds = Adds(Arc::clone(&count));
        let ends = thread::spawn(move || FIRST.set(Some(adds)));
        let _held = count.lock().unwrap();
        ends.join().unwrap();
    });
    assert_eq!(found.waiting.len(), 2);
}

// What is newer than most books.

#[test]
fn a_lock_that_is_downgraded_is_not_written_in_between() {
    passes(|| {
        let value = RwLock::new(0);
        thread::scope(|scope| {
            scope.spawn(|| *value.write().unwrap() += 10);
            scope.spawn(|| drop(value.read()));
            scope.spawn(|| drop(value.try_read()));
            let mut writes = value.write().unwrap();
            *writes += 1;
            let before = *writes;
            assert_eq!(*RwLockWriteGuard::downgrade(writes), before);
        });
        assert_eq!(value.into_inner().unwrap(), 11);
    });
    // Others read then; who would write waits.
    passes(|| {
        let (value, both) = (RwLock::new(0), Barrier::new(2));
        thread::scope(|scope| {
            let reads = RwLockWriteGuard::downgrade(value.write().unwrap());
            scope.spawn(|| {
                let _value = value.read();
                both.wait();
            });
            both.wait();
            drop(reads);
        });
    });
    let found = fails(Failure::Deadlock, || {
        let value = RwLock::new(0);
        let _reads = RwLockWriteGuard::downgrade(value.write().unwrap());
        *value.write().unwrap() = 1;
    });
    assert_eq!(found.waiting[0].waits_for, [found.waiting[0].thread]);
}

#[test]
fn updates_of_an_atomic_are_not_lost() {
    passes(|| {
        let count = AtomicU32::new(0);
        thread::scope(|scope| {
            scope.spawn(|| count.update(SeqCst, SeqCst, |count| count + 1));
            scope.spawn(|| count.try_update(SeqCst, SeqCst, |count| Some(count + 1)));
            assert_eq!(
                count.try_update(SeqCst, SeqCst, |_| None).map_err(|count| count > 2),
                Err(false)
            );
        });
        assert_eq!(count.into_inner(), 2);
    });
}

#[test]
fn a_lazy_value_is_looked_at_without_making_it() {
    passes(|| {
        let mut value = LazyLock::new(|| 1);
        thread::scope(|scope| {
            scope.spawn(|| assert_eq!(*value, 1));
            assert!(LazyLock::get(&value).is_none_or(|value| *value == 1));
        });
        *value += 1;
        *LazyLock::force_mut(&mut value) += 1;
        assert_eq!(LazyLock::get_mut(&mut value), Some(&mut 3));
        assert_eq!(*LazyLock::<u32>::default(), 0);
    });
}

#[test]
fn a_channel_in_a_static_has_both_its_ends_in_each_execution() {
    type Ends = (mpsc::Sender<u32>, Mutex<mpsc::Receiver<u32>>);
    static CHANNEL: LazyLock<Ends> = LazyLock::new(|| {
        let (sender, receiver) = mpsc::channel();
        (sender, Mutex::new(receiver))
    });
    passes(|| {
        let sends = thread::spawn(|| CHANNEL.0.send(1).unwrap());
        assert_eq!(CHANNEL.1.lock().unwrap().recv(), Ok(1));
        sends.join().unwrap();
        assert_eq!(CHANNEL.1.lock().unwrap().try_recv(), Err(mpsc::TryRecvError::Empty));
    });
    // Clones are counted, and what is left is found by the next execution.
    static LEFT: Mutex<Option<mpsc::Receiver<u32>>> = Mutex::new(None);
    passes(|| {
        if let Some(receiver) = LEFT.lock().unwrap().take() {
            assert_eq!(receiver.iter().collect::<Vec<_>>(), [7]);
        }
        let (sender, receiver) = mpsc::channel();
        let cloned = sender.clone();
        thread::spawn(move || cloned.send(7).unwrap()).join().unwrap();
        drop(sender);
        *LEFT.lock().unwrap() = Some(receiver);
    });
}
