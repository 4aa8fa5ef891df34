//! What holds of the dining philosophers, whoever wrote them.
//!
//! Every body runs in a process of its own, which has one thread: `harness::isolate`. In
//! `assert_eq!` the left side is what was seen, the right side what is wanted.

use State::{Eating as E, Hungry as H, Thinking as T};
use harness::observe::{Thread, eventually};
use harness::{explore, isolate, observe};
use philosophers::{State, Table, TableError, dinner};
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Barrier, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

mod result {
    use super::*;

    #[test]
    fn the_table_knows_what_everybody_does() {
        isolate(|| {
            let table = table(5);
            assert_eq!(table.snapshot(), [T; 5], "a new table for five");
            assert_eq!(table.take_forks(3), Ok(()), "3 takes forks that are free");
            assert_eq!(table.snapshot(), [T, T, T, E, T], "when 3 has taken forks");
            assert_eq!(table.put_forks(3), Ok(()), "3 puts them down");
            assert_eq!(table.snapshot(), [T; 5], "when 3 has put them down");
            assert!(Table::new(0).is_none(), "a table for nobody");
        });
    }

    #[test]
    fn everybody_gets_every_meal() {
        isolate(|| {
            for n in [3, 5, 7] {
                let table = table(n);
                let lives = Mutex::new(vec![vec![]; n]);
                let finished = dinner(table, 20, |i, state| lives.lock().unwrap()[i].push(state));
                assert_eq!(finished, vec![20; n], "meals that {n} philosophers have finished");
                let wanted = [&[T][..], &[H, E, T].repeat(20)].concat();
                for (i, life) in lives.into_inner().unwrap().iter().enumerate() {
                    assert_eq!(*life, wanted, "the life of philosopher {i} of {n}");
                }
                assert_eq!(table.snapshot(), vec![T; n], "the table of {n} afterwards");
            }
            assert_eq!(dinner(table(2), 0, |_, _| {}), [0, 0], "a dinner without meals");
        });
    }
}

mod concurrent {
    use super::*;

    #[test]
    fn neighbours_never_eat_together() {
        isolate(|| {
            for n in [2, 3, 5] {
                for (i, next) in (0..n).map(|i| (i, (i + 1) % n)) {
                    for (first, second) in [(i, next), (next, i)] {
                        let table = table(n);
                        table.take_forks(first).unwrap();
                        let waits = start_until_it_waits(second, move || table.take_forks(second));
                        let seen = table.snapshot();
                        let wanted = states(n, &[(first, E), (second, H)]);
                        assert_eq!(seen, wanted, "{first} eats, and {second} of {n} wants to");
                        assert!(!waits.is_finished(), "{second} of {n} goes on, hungry");
                        table.put_forks(first).unwrap();
                        assert_eq!(ended(waits), Ok(()), "{second} may eat now");
                        let wanted = states(n, &[(second, E)]);
                        assert_eq!(table.snapshot(), wanted, "{first} thinks, {second} eats");
                    }
                }
            }
        });
    }

    #[test]
    fn the_dinner_keeps_to_the_forks() {
        isolate(|| {
            for n in [2, 3] {
                let table = table(n);
                let has_eaten: Vec<AtomicBool> = (0..n).map(|_| AtomicBool::new(false)).collect();
                let (around_0, without) = (Mutex::new(None), Mutex::new(vec![]));
                let wants_to_eat = |i: usize| table.snapshot()[i] == H || has_eaten[i].load(SeqCst);
                dinner(table, 1, |i, state| match (i, state) {
                    (0, E) => {
                        has_eaten[0].store(true, SeqCst);
                        eventually("the neighbours of 0 want to eat, or do it", || {
                            wants_to_eat(1) && wants_to_eat(n - 1)
                        });
                        let states = table.snapshot();
                        *around_0.lock().unwrap() = Some([states[n - 1], states[0], states[1]]);
                    }
                    (_, E) => {
                        has_eaten[i].store(true, SeqCst);
                        if table.snapshot()[i] != E {
                            without.lock().unwrap().push(i);
                        }
                    }
                    (1.., T) => eventually("0 eats", || has_eaten[0].load(SeqCst)),
                    _ => {}
                });
                let around_0 = around_0.into_inner().unwrap();
                assert_eq!(around_0, Some([H, E, H]), "0 of {n} eats: left, 0, right");
                let without = without.into_inner().unwrap();
                assert_eq!(without, [], "who of {n} ate without forks");
            }
        });
    }

    #[test]
    fn all_think_and_two_eat_at_the_same_time() {
        isolate(|| {
            let all_think = Barrier::new(5);
            let two_eat = Barrier::new(2);
            let thinkers = Mutex::new(HashSet::new());
            let finished = dinner(table(5), 3, |i, state| match (i, state) {
                (_, T) if thinkers.lock().unwrap().insert(thread::current().id()) => {
                    all_think.wait();
                }
                (0 | 2, E) => {
                    two_eat.wait();
                }
                _ => {}
            });
            assert_eq!(finished, [3; 5], "meals, when 0 and 2 have all of theirs together");
            let thinkers = thinkers.into_inner().unwrap();
            assert_eq!(thinkers.len(), 5, "the threads of five philosophers");
            assert!(!thinkers.contains(&thread::current().id()), "the caller only waits");
        });
    }

    #[test]
    fn forks_put_down_serve_who_can_eat() {
        isolate(|| {
            both_neighbours_are_served();
            two_who_are_neighbours_are_not_served_both();
            one_fork_is_not_enough();
        });
    }

    fn both_neighbours_are_served() {
        let table = table(5);
        table.take_forks(1).unwrap();
        let both = [0, 2].map(|i| start_until_it_waits(i, move || table.take_forks(i)));
        assert_eq!(table.snapshot(), [H, E, H, T, T], "0 and 2 wait for 1");
        table.put_forks(1).unwrap();
        assert_eq!(table.snapshot(), [E, T, E, T, T], "when 1 has put the forks down");
        assert_eq!(both.map(ended), [Ok(()); 2], "0 and 2 have woken up");
    }

    /// Left and right of 0 of 3 sit 2 and 1, and they share a fork.
    fn two_who_are_neighbours_are_not_served_both() {
        let table = table(3);
        table.take_forks(0).unwrap();
        let both = [1, 2].map(|i| start_until_it_waits(i, move || table.take_forks(i)));
        table.put_forks(0).unwrap();
        let eat = [1, 2].into_iter().filter(|&i| table.snapshot()[i] == E);
        let eat: Vec<usize> = eat.collect();
        assert_eq!(eat.len(), 1, "how many of 1 and 2 eat when 0 of 3 has put the forks down");
        table.put_forks(eat[0]).unwrap();
        assert_eq!(both.map(ended), [Ok(()); 2], "1 and 2 have eaten, one after the other");
    }

    fn one_fork_is_not_enough() {
        // 0 and 2 eat. 1 waits for both of them, and another one only for the first that ends.
        for (first, served, last) in [(0, 4, 2), (2, 3, 0)] {
            for [earlier, later] in [[1, served], [served, 1]] {
                let table = table(5);
                table.take_forks(0).unwrap();
                table.take_forks(2).unwrap();
                let mut waiting = HashMap::new();
                for i in [earlier, later] {
                    waiting.insert(i, start_until_it_waits(i, move || table.take_forks(i)));
                }
                table.put_forks(first).unwrap();
                let [one, other] = [1, served].map(|i| waiting.remove(&i).unwrap());
                assert_eq!(ended(other), Ok(()), "{served} waited for {first} only");
                until_it_waits(1, &one);
                assert!(!one.is_finished(), "1 got forks while {last} eats");
                let wanted = states(5, &[(1, H), (last, E), (served, E)]);
                assert_eq!(table.snapshot(), wanted, "{first} has put its forks down");
                table.put_forks(last).unwrap();
                assert_eq!(ended(one), Ok(()), "both neighbours of 1 think");
            }
        }
    }

    #[test]
    fn waiting_costs_no_processor_time() {
        isolate(|| {
            let table = table(5);
            table.take_forks(1).unwrap();
            for i in [0, 2] {
                start_until_it_waits(i, move || table.take_forks(i));
            }
            let mut before = [None, None];
            eventually("0 and 2 wait", || {
                before = [0, 2].map(philosopher);
                before.iter().all(|thread| thread.as_ref().is_some_and(Thread::waits))
            });
            for _ in 0..40 {
                thread::sleep(Duration::from_millis(1));
                let now = [0, 2].map(philosopher);
                assert_eq!(now, before, "the threads that wait: do they wake up?");
            }
        });
    }
}

mod robust {
    use super::*;

    #[test]
    fn who_is_hungry_holds_no_fork() {
        isolate(|| {
            let table = table(7);
            table.take_forks(3).unwrap();
            for i in [2, 4] {
                start_until_it_waits(i, move || table.take_forks(i));
            }
            table.take_forks(1).unwrap();
            table.take_forks(5).unwrap();
            let wanted = [T, E, H, E, H, E, T];
            assert_eq!(table.snapshot(), wanted, "1 and 5 do not wait for the hungry 2 and 4");
        });
    }

    #[test]
    fn one_and_two_philosophers_dine_as_well() {
        isolate(|| {
            for n in [1, 2] {
                assert_eq!(dinner(table(n), 1, |_, _| {}), vec![1; n], "a dinner of {n}");
            }
            let alone = table(1);
            for _ in 0..3 {
                assert_eq!(alone.take_forks(0), Ok(()), "one alone has both forks");
                assert_eq!(alone.snapshot(), [E], "one alone eats");
                assert_eq!(alone.put_forks(0), Ok(()), "one alone puts them down");
                assert_eq!(alone.snapshot(), [T], "one alone thinks");
            }
            let two = table(2);
            for (one, other) in [(0, 1), (1, 0), (0, 1)] {
                two.take_forks(one).unwrap();
                let waits = start_until_it_waits(other, move || two.take_forks(other));
                let wanted = states(2, &[(one, E), (other, H)]);
                assert_eq!(two.snapshot(), wanted, "two share both forks");
                two.put_forks(one).unwrap();
                assert_eq!(ended(waits), Ok(()), "now it is the other's turn");
                two.put_forks(other).unwrap();
            }
        });
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        isolate(|| {
            let table = table(3);
            for i in [3, usize::MAX] {
                let nobody = Err(TableError::NoSuchPhilosopher(i));
                assert_eq!(table.take_forks(i), nobody, "forks for {i} of 3");
                assert_eq!(table.put_forks(i), nobody, "forks of {i} of 3");
            }
            assert_eq!(table.put_forks(0), Err(TableError::NotEating), "0 thinks, and has none");
            table.take_forks(0).unwrap();
            assert_eq!(table.take_forks(0), Err(TableError::NotThinking), "0 eats already");
            let waits = start_until_it_waits(1, || table.take_forks(1));
            assert_eq!(table.put_forks(1), Err(TableError::NotEating), "1 only waits for them");
            assert_eq!(table.take_forks(1), Err(TableError::NotThinking), "1 is hungry already");
            assert_eq!(table.snapshot(), [E, H, T], "nothing has changed by all this");
            table.put_forks(0).unwrap();
            assert_eq!(ended(waits), Ok(()), "1 gets the forks of 0");
            table.put_forks(1).unwrap();
            assert_eq!(table.put_forks(1), Err(TableError::NotEating), "1 has put them down");
            assert_eq!(table.snapshot(), [T; 3], "at the end");
        });
    }

    #[test]
    fn a_meal_that_panics_gives_the_forks_back() {
        isolate(|| {
            let table = table(5);
            let (eats, neighbour_eats) = (AtomicBool::new(false), AtomicBool::new(false));
            let has_thought = AtomicBool::new(false);
            let finished = dinner(table, 3, |i, state| match (i, state) {
                (2, E) => {
                    eats.store(true, SeqCst);
                    eventually("both neighbours of 2 wait for it, or one does not", || {
                        let states = table.snapshot();
                        [states[1], states[3]] == [H, H] || neighbour_eats.load(SeqCst)
                    });
                    panic!("the test wants it so");
                }
                (1 | 3, T) => eventually("2 eats", || eats.load(SeqCst)),
                (1 | 3, E) => neighbour_eats.store(true, SeqCst),
                (0, T) => assert!(!has_thought.swap(true, SeqCst), "0 panics after the first meal"),
                _ => {}
            });
            let wanted = [1, 3, 0, 3, 3];
            assert_eq!(finished, wanted, "meals, when 2 panics in the first, and 0 after it");
            assert_eq!(table.snapshot(), [T; 5], "the table afterwards");
        });
    }

    #[test]
    fn no_schedule_lets_neighbours_eat_together() {
        explore(|| {
            let table = Table::new(3).unwrap();
            let eating = Mutex::new(vec![0]);
            table.take_forks(0).unwrap();
            thread::scope(|scope| {
                for i in [1, 2] {
                    let (table, eating) = (&table, &eating);
                    scope.spawn(move || {
                        table.take_forks(i).unwrap();
                        eating.lock().unwrap().push(i);
                        assert_eq!(*eating.lock().unwrap(), [i], "who of three eats");
                        eating.lock().unwrap().clear();
                        table.put_forks(i).unwrap();
                    });
                }
                eating.lock().unwrap().clear();
                table.put_forks(0).unwrap();
            });
            assert_eq!(table.snapshot(), [T; 3], "all have eaten");
        });
    }

    #[test]
    fn a_snapshot_is_one_moment_in_every_schedule() {
        explore(|| {
            let table = Table::new(2).unwrap();
            thread::scope(|scope| {
                scope.spawn(|| {
                    for i in [0, 1] {
                        table.take_forks(i).unwrap();
                        table.put_forks(i).unwrap();
                    }
                });
                let seen = table.snapshot();
                assert_ne!(seen, [E, E], "0 eats, and then 1: what a snapshot shows meanwhile");
            });
        });
    }
}

mod clean {
    use super::*;

    #[test]
    fn a_table_that_was_used_is_as_good_as_new() {
        isolate(|| {
            for n in [2, 3, 5] {
                let table = table(n);
                // Twice: a permit too many would still be there the second time.
                two_wait_for_each_other(table);
                two_wait_for_each_other(table);
                assert_eq!(dinner(table, 3, |_, _| {}), vec![3; n], "a dinner of {n} after that");
                assert_eq!(table.snapshot(), vec![T; n], "a table of {n} after all that");
                two_wait_for_each_other(table);
            }
        });
    }

    /// 0 and 1 each take forks that are free, and each wait once for the other.
    fn two_wait_for_each_other(table: &'static Table) {
        let n = table.snapshot().len();
        for (i, next) in [(0, 1), (1, 0)] {
            table.take_forks(i).unwrap();
            let waits = start_until_it_waits(next, move || table.take_forks(next));
            assert!(!waits.is_finished(), "{next} of {n} got forks while {i} eats");
            table.put_forks(i).unwrap();
            assert_eq!(ended(waits), Ok(()), "{next} of {n} waited for {i}");
            table.put_forks(next).unwrap();
        }
    }
}

mod further {
    use super::*;

    #[test]
    fn try_take_forks_never_waits() {
        isolate(|| {
            let table = table(5);
            assert_eq!(table.try_take_forks(1), Ok(true), "free forks");
            assert_eq!(table.try_take_forks(2), Ok(false), "one fork is taken");
            assert_eq!(table.try_take_forks(3), Ok(true), "2 did not keep the other one");
            assert_eq!(table.snapshot(), [T, E, T, E, T], "1 and 3 eat, 2 went on thinking");
            let nobody = Err(TableError::NoSuchPhilosopher(5));
            assert_eq!(table.try_take_forks(5), nobody, "forks for 5 of 5");
            assert_eq!(table.try_take_forks(1), Err(TableError::NotThinking), "1 eats already");
            table.put_forks(1).unwrap();
            table.put_forks(3).unwrap();
            // No permit was left, and none is missing.
            table.take_forks(1).unwrap();
            let waits = start_until_it_waits(2, || table.take_forks(2));
            assert_eq!(table.snapshot(), [T, E, H, T, T], "1 eats, and 2 waits");
            table.put_forks(1).unwrap();
            assert_eq!(ended(waits), Ok(()), "2 eats");
        });
    }

    #[test]
    fn nobody_starves_at_a_fair_table() {
        isolate(|| {
            let table: &Table = Box::leak(Box::new(Table::fair(5).expect("a table")));
            table.take_forks(0).unwrap();
            table.take_forks(2).unwrap();
            let one = start_until_it_waits(1, || table.take_forks(1));
            table.put_forks(0).unwrap();
            let zero = start_until_it_waits(0, || table.take_forks(0));
            assert_eq!(table.snapshot(), [H, H, E, T, T], "1 has been hungry for longer than 0");
            table.put_forks(2).unwrap();
            assert_eq!(ended(one), Ok(()), "1 eats before 0");
            assert_eq!(table.snapshot(), [H, E, T, T, T], "1 eats before 0");
            table.put_forks(1).unwrap();
            assert_eq!(ended(zero), Ok(()), "0 eats after 1");
            table.put_forks(0).unwrap();
            assert_eq!(dinner(table, 20, |_, _| {}), [20; 5], "a dinner at a fair table");
        });
    }

    #[test]
    fn a_try_leaves_no_trace_in_any_schedule() {
        explore(|| {
            let table = Table::new(2).unwrap();
            table.take_forks(0).unwrap();
            let takes = thread::scope(|scope| {
                let tries = scope.spawn(|| table.try_take_forks(1));
                table.put_forks(0).unwrap();
                tries.join().unwrap().unwrap()
            });
            let wanted = if takes { [T, E] } else { [T, T] };
            assert_eq!(table.snapshot(), wanted, "1 tried to take the forks that 0 put down");
            if takes {
                table.put_forks(1).unwrap();
            }
            // A permit that was left would let 1 eat while 0 does.
            let zero_eats = Mutex::new(true);
            table.take_forks(0).unwrap();
            thread::scope(|scope| {
                scope.spawn(|| {
                    table.take_forks(1).unwrap();
                    assert!(!*zero_eats.lock().unwrap(), "1 got the forks while 0 eats");
                });
                *zero_eats.lock().unwrap() = false;
                table.put_forks(0).unwrap();
            });
        });
    }
}

/// A table for threads that may still be there when the test ends: it is never dropped.
fn table(n: usize) -> &'static Table {
    Box::leak(Box::new(Table::new(n).expect("a table")))
}

/// All `n` think, but for these.
fn states(n: usize, others: &[(usize, State)]) -> Vec<State> {
    let mut states = vec![T; n];
    others.iter().for_each(|&(i, state)| states[i] = state);
    states
}

/// Starts a thread for philosopher `i`, and blocks until it waits or has ended.
///
/// Those that are started after each other in this way do not get into each other's way before they
/// wait.
fn start_until_it_waits<R: Send + 'static>(
    i: usize,
    work: impl FnOnce() -> R + Send + 'static,
) -> JoinHandle<R> {
    let started = thread::Builder::new().name(name(i)).spawn(work).unwrap();
    until_it_waits(i, &started);
    started
}

/// Blocks until philosopher `i` waits or has ended. One that looks again and again without a pause
/// does neither.
fn until_it_waits<R>(i: usize, started: &JoinHandle<R>) {
    let waits = || observe::stays_waiting(&name(i));
    eventually("the thread waits, or has ended", || started.is_finished() || waits());
}

fn name(i: usize) -> String {
    format!("philosopher {i}")
}

/// The thread of philosopher `i`, when a test has started it.
fn philosopher(i: usize) -> Option<Thread> {
    observe::thread(&name(i))
}

/// What the thread returned. Its panic goes on in this one.
fn ended<R>(thread: JoinHandle<R>) -> R {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
