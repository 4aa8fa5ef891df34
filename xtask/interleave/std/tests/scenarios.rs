//! Programs with and without mistakes, written as a student writes them: plain `std`.

use interleave::report::{Counterexample, Coverage, Failure, Finding};
use interleave::{Limits, explore};
use interleave_std as std;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier, Condvar, Mutex, OnceLock, RwLock, mpsc};
use std::thread;
use std::time::{Duration, Instant};

fn passes(scenario: impl Fn() + Send + Sync + 'static) -> Coverage {
    match explore(Limits::default(), scenario).finding {
        Finding::None(coverage) => coverage,
        other => panic!("a correct program was failed: {other:#?}"),
    }
}

fn fails(scenario: impl Fn() + Send + Sync + 'static) -> Counterexample {
    match explore(Limits::default(), scenario).finding {
        Finding::Counterexample(counterexample) => counterexample,
        other => panic!("a mistake was not found: {other:?}"),
    }
}

#[test]
fn two_locks_in_opposite_order_are_a_deadlock() {
    let found = fails(|| {
        let locks = Arc::new((Mutex::new(()), Mutex::new(())));
        let other = Arc::clone(&locks);
        let thread = thread::spawn(move || {
            let _second = other.1.lock().unwrap();
            let _first = other.0.lock().unwrap();
        });
        {
            let _first = locks.0.lock().unwrap();
            let _second = locks.1.lock().unwrap();
        }
        thread.join().unwrap();
    });
    assert_eq!((found.failure, found.forced), (Failure::Deadlock, 1));
    assert_eq!(found.waiting.len(), 2);
}

#[test]
fn locks_in_the_same_order_are_none() {
    let coverage = passes(|| {
        let locks = (Mutex::new(()), Mutex::new(()));
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    let _first = locks.0.lock().unwrap();
                    let _second = locks.1.lock().unwrap();
                });
            }
        });
    });
    assert_eq!(coverage, Coverage::Everything);
}

#[test]
fn load_and_store_lose_an_update() {
    let found = fails(|| {
        let count = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| count.store(count.load(SeqCst) + 1, SeqCst));
            }
        });
        assert_eq!(count.into_inner(), 2);
    });
    assert_eq!((found.failure, found.forced), (Failure::Panic, 1));
}

#[test]
fn fetch_add_loses_none() {
    let coverage = passes(|| {
        let count = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| count.fetch_add(1, SeqCst));
            }
        });
        assert_eq!(count.into_inner(), 3);
    });
    assert_eq!(coverage, Coverage::Everything);
}

/// A flag, and who waits for it with `wait`.
fn waits(
    wait: fn(&Mutex<bool>, &Condvar),
    set: fn(&Mutex<bool>, &Condvar),
) -> impl Fn() + Send + Sync {
    move || {
        let shared = (Mutex::new(false), Condvar::new());
        thread::scope(|scope| {
            scope.spawn(|| {
                wait(&shared.0, &shared.1);
                assert!(*shared.0.lock().unwrap(), "it came too early");
            });
            set(&shared.0, &shared.1);
        });
    }
}

fn set(flag: &Mutex<bool>, changed: &Condvar) {
    *flag.lock().unwrap() = true;
    changed.notify_one();
}

fn wait(flag: &Mutex<bool>, changed: &Condvar) {
    let mut is_set = flag.lock().unwrap();
    while !*is_set {
        is_set = changed.wait(is_set).unwrap();
    }
}

#[test]
fn a_wait_in_a_loop_is_right() {
    assert_eq!(passes(waits(wait, set)), Coverage::Everything);
}

#[test]
fn a_wait_without_a_loop_wakes_up_for_nothing() {
    let once = |flag: &Mutex<bool>, changed: &Condvar| {
        let is_set = flag.lock().unwrap();
        if !*is_set {
            drop(changed.wait(is_set).unwrap());
        }
    };
    let found = fails(waits(once, set));
    assert_eq!(found.failure, Failure::Panic);
    assert!(found.id.starts_with('s'), "{}", found.id);
}

#[test]
fn a_look_before_the_lock_loses_the_wakeup() {
    let looks_first = |flag: &Mutex<bool>, changed: &Condvar| {
        let is_set = *flag.lock().unwrap();
        if !is_set {
            let _ = changed.wait_while(flag.lock().unwrap(), |_| true).unwrap();
        }
    };
    assert_eq!(fails(waits(looks_first, set)).failure, Failure::Deadlock);
}

#[test]
fn a_notification_before_the_change_is_lost() {
    let notifies_first = |flag: &Mutex<bool>, changed: &Condvar| {
        changed.notify_one();
        *flag.lock().unwrap() = true;
    };
    assert_eq!(fails(waits(wait, notifies_first)).failure, Failure::Deadlock);
}

#[test]
fn one_notification_for_two_waiters_is_one_too_few() {
    let scenario = |notify: fn(&Condvar)| {
        move || {
            let shared = (Mutex::new(false), Condvar::new());
            thread::scope(|scope| {
                for _ in 0..2 {
                    scope.spawn(|| wait(&shared.0, &shared.1));
                }
                *shared.0.lock().unwrap() = true;
                notify(&shared.1);
            });
        }
    };
    assert_eq!(fails(scenario(Condvar::notify_one)).failure, Failure::Deadlock);
    passes(scenario(Condvar::notify_all));
}

#[test]
fn a_failed_try_lock_is_seen() {
    let found = fails(|| {
        let count = Mutex::new(0);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    if let Ok(mut count) = count.try_lock() {
                        *count += 1;
                    }
                });
            }
        });
        assert_eq!(count.into_inner().unwrap(), 2);
    });
    assert_eq!(found.failure, Failure::Panic);
}

#[test]
fn panics_and_poison_are_no_failure() {
    passes(|| {
        let value = Arc::new(Mutex::new(0));
        let shared = Arc::clone(&value);
        let panics = thread::spawn(move || {
            let _guard = shared.lock().unwrap();
            panic!("with the lock in hand");
        });
        assert!(panics.join().is_err());
        assert!(value.lock().is_err());
    });
}

#[test]
fn a_busy_wait_ends_when_somebody_ends_it() {
    for pause in
        [|| {}, thread::yield_now, std::hint::spin_loop, || thread::sleep(Duration::from_millis(1))]
    {
        passes(move || {
            let done = AtomicBool::new(false);
            thread::scope(|scope| {
                scope.spawn(|| {
                    while !done.load(SeqCst) {
                        pause();
                    }
                });
                done.store(true, SeqCst);
            });
        });
    }
}

#[test]
fn a_busy_wait_that_nobody_ends_is_endless() {
    let found = fails(|| {
        let done = AtomicBool::new(false);
        while !done.load(SeqCst) {
            thread::yield_now();
        }
    });
    assert_eq!(found.failure, Failure::Endless);
}

#[test]
fn a_spin_lock_of_ones_own_is_right() {
    passes(|| {
        let (locked, count) = (AtomicBool::new(false), AtomicUsize::new(0));
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while locked.compare_exchange(false, true, SeqCst, SeqCst).is_err() {}
                    count.store(count.load(SeqCst) + 1, SeqCst);
                    locked.store(false, SeqCst);
                });
            }
        });
        assert_eq!(count.into_inner(), 2);
    });
}

#[test]
fn a_time_out_comes_before_and_after() {
    let seen: &'static ::std::sync::Mutex<::std::collections::BTreeSet<bool>> =
        Box::leak(Box::default());
    passes(move || {
        let shared = (Mutex::new(false), Condvar::new());
        thread::scope(|scope| {
            scope.spawn(|| set(&shared.0, &shared.1));
            let guard = shared.0.lock().unwrap();
            let (guard, _) =
                shared.1.wait_timeout_while(guard, Duration::from_secs(1), |set| !*set).unwrap();
            seen.lock().unwrap().insert(*guard);
        });
    });
    assert_eq!(seen.lock().unwrap().len(), 2);
}

#[test]
fn a_deadline_by_the_clock_comes() {
    passes(|| {
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(60) {}
        thread::sleep(Duration::from_secs(3600));
        assert!(start.elapsed() >= Duration::from_secs(3660));
    });
}

#[test]
fn a_barrier_has_one_leader() {
    passes(|| {
        let barrier = Barrier::new(3);
        let leaders = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    if barrier.wait().is_leader() {
                        leaders.fetch_add(1, SeqCst);
                    }
                });
            }
        });
        assert_eq!(leaders.into_inner(), 1);
    });
}

#[test]
fn channels_carry_and_end() {
    passes(|| {
        let (sender, receiver) = mpsc::channel();
        let producer = thread::spawn(move || (0..2).for_each(|i| sender.send(i).unwrap()));
        assert_eq!(receiver.iter().collect::<Vec<_>>(), [0, 1]);
        producer.join().unwrap();
    });
    passes(|| {
        let (sender, receiver) = mpsc::sync_channel(0);
        let producer = thread::spawn(move || sender.send(7));
        drop(receiver);
        assert!(producer.join().unwrap().is_err());
    });
    let found = fails(|| {
        let (sender, receiver) = mpsc::channel::<()>();
        // The sender that is kept here keeps the channel open.
        let clone = sender.clone();
        thread::spawn(move || drop(clone)).join().unwrap();
        assert_eq!(receiver.iter().count(), 0);
        drop(sender);
    });
    assert_eq!(found.failure, Failure::Deadlock);
}

#[test]
fn a_writer_is_alone() {
    passes(|| {
        let lock = RwLock::new((0, 0));
        thread::scope(|scope| {
            scope.spawn(|| {
                let mut pair = lock.write().unwrap();
                pair.0 += 1;
                thread::yield_now();
                pair.1 += 1;
            });
            for _ in 0..2 {
                scope.spawn(|| {
                    let pair = lock.read().unwrap();
                    assert_eq!(pair.0, pair.1);
                });
            }
        });
    });
}

#[test]
fn once_is_once() {
    passes(|| {
        let (once, runs) = (OnceLock::new(), AtomicUsize::new(0));
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    once.get_or_init(|| runs.fetch_add(1, SeqCst));
                });
            }
        });
        assert_eq!(runs.into_inner(), 1);
    });
}

#[test]
fn park_and_unpark_meet() {
    passes(|| {
        let ready = Arc::new(AtomicBool::new(false));
        let (main, set) = (thread::current(), Arc::clone(&ready));
        let other = thread::spawn(move || {
            set.store(true, SeqCst);
            main.unpark();
        });
        while !ready.load(SeqCst) {
            thread::park();
        }
        other.join().unwrap();
    });
}

#[test]
fn a_detached_thread_ends_with_the_program() {
    passes(|| {
        let (_sender, receiver) = mpsc::channel::<()>();
        thread::spawn(move || receiver.recv());
    });
}

#[test]
fn a_lazy_static_is_no_divergence() {
    static TABLE: std::sync::LazyLock<Vec<u32>> = std::sync::LazyLock::new(|| vec![1, 2, 3]);
    passes(|| {
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| assert_eq!(TABLE.len(), 3));
            }
        });
    });
}

#[test]
fn a_program_that_rolls_dice_is_not_checkable() {
    let rolls = ::std::sync::atomic::AtomicUsize::new(0);
    let result = explore(Limits::default(), move || {
        let count = AtomicUsize::new(0);
        let many = 1 + rolls.fetch_add(1, SeqCst) % 3;
        thread::scope(|scope| {
            for _ in 0..many {
                scope.spawn(|| count.fetch_add(1, SeqCst));
            }
            count.load(SeqCst);
        });
    });
    assert!(matches!(result.finding, Finding::NotCheckable(_)), "{result:?}");
}

#[test]
fn thread_locals_are_new_in_each_execution() {
    thread_local!(static COUNT: ::std::cell::Cell<u32> = const { ::std::cell::Cell::new(0) });
    passes(|| {
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    COUNT.set(COUNT.get() + 1);
                    thread::yield_now();
                    assert_eq!(COUNT.get(), 1);
                });
            }
        });
    });
}

#[test]
fn a_counterexample_is_the_same_each_time_and_can_be_run_again() {
    let scenario = || {
        let count = Mutex::new(0);
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    let old = *count.lock().unwrap();
                    *count.lock().unwrap() = old + 1;
                });
            }
        });
        assert_eq!(count.into_inner().unwrap(), 3);
    };
    let first = fails(scenario);
    for _ in 0..20 {
        let again = fails(scenario);
        assert_eq!(format!("{:?}", again.events), format!("{:?}", first.events));
    }
    let replayed = interleave::replay(Limits::default(), &first.id, scenario).unwrap();
    let Finding::Counterexample(replayed) = replayed.finding else { panic!("{replayed:?}") };
    assert_eq!(format!("{:?}", replayed.events), format!("{:?}", first.events));
}

#[test]
fn what_was_found_can_be_run_again_where_somebody_tries() {
    let scenario = || {
        let (lock, count) = (Mutex::new(0), AtomicUsize::new(0));
        thread::scope(|scope| {
            scope.spawn(|| assert!(lock.try_lock().is_ok(), "taken"));
            // The search has learned before that somebody tries, so this unlocking is a step of its own.
            drop(lock.lock().unwrap());
            count.fetch_add(1, SeqCst);
        });
    };
    let found = fails(scenario);
    match interleave::replay(Limits::default(), &found.id, scenario).unwrap().finding {
        Finding::Counterexample(again) => assert_eq!(again.encode(), found.encode()),
        other => panic!("{} does not fail again, but {other:?}", found.id),
    }
}
