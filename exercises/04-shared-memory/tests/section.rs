//! What holds of shared arrays and of managed lists, whoever wrote them.
//!
//! Every body runs in a process of its own, which has one thread: `harness::isolate`. In
//! `assert_eq!` the left side is what was seen, the right side what is wanted.

use harness::arrange::{catch_signal, in_child};
use harness::isolate;
use harness::observe::{self, Activity};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{Pid, pipe, read, write};
use shared_memory::array::{ArrayError, STOP, SharedArray, fill_fibonacci};
use shared_memory::manager::{List, MAX_ELEMENTS, Manager, ManagerError};
use std::os::fd::AsFd;

mod result {
    use super::*;

    #[test]
    fn an_array_keeps_what_was_set() {
        isolate(|| {
            let array = SharedArray::new(4).unwrap();
            assert_eq!(array.len(), 4, "the length of an array of 4");
            assert_eq!(array.snapshot(), [0; 4], "a new array");
            array.set(0, i64::MIN).unwrap();
            array.set(1, STOP).unwrap();
            array.set(3, i64::MAX).unwrap();
            assert_eq!(array.get(0), Ok(i64::MIN), "a cell that was set");
            let all = [i64::MIN, STOP, 0, i64::MAX];
            assert_eq!(array.snapshot(), all, "all cells, also those behind a STOP");
            let other = SharedArray::new(4).unwrap();
            assert_eq!(other.snapshot(), [0; 4], "another array beside it");
            let large = SharedArray::new(100_000).unwrap();
            large.set(99_999, 7).unwrap();
            assert_eq!(large.get(99_999), Ok(7), "the last of 100000 cells");
        });
    }

    #[test]
    fn the_numbers_end_with_a_mark() {
        isolate(|| {
            let array = SharedArray::new(10).unwrap();
            for cell in 0..10 {
                array.set(cell, 77).unwrap();
            }
            assert_eq!(fill_fibonacci(6, &array), Ok(7), "how many numbers F(0) to F(6) are");
            let cells: Vec<i64> = (0..10).map(|index| array.get(index).unwrap()).collect();
            let wanted = [0, 1, 1, 2, 3, 5, 8, STOP, 77, 77];
            assert_eq!(cells, wanted, "the numbers, the mark, and what was there before");
            assert_eq!(array.until_stop(), wanted[..7], "the numbers before the mark");
            assert_eq!(fill_fibonacci(0, &array), Ok(1), "how many numbers F(0) to F(0) are");
            assert_eq!(array.until_stop(), [0], "a shorter list over a longer one");
            array.set(0, STOP).unwrap();
            assert_eq!(array.until_stop(), [], "the mark in the first cell");
        });
    }

    #[test]
    fn an_array_may_be_exactly_full() {
        isolate(|| {
            let array = SharedArray::new(6).unwrap();
            assert_eq!(fill_fibonacci(5, &array), Ok(6), "six numbers into six cells");
            assert_eq!(array.snapshot(), [0, 1, 1, 2, 3, 5], "no room for a mark");
            assert_eq!(array.until_stop(), [0, 1, 1, 2, 3, 5], "they end with the array");
            let array = SharedArray::new(93).unwrap();
            assert_eq!(fill_fibonacci(92, &array), Ok(93), "as far as an i64 goes");
            assert_eq!(array.get(92), Ok(7_540_113_804_746_346_429), "F(92)");
        });
    }

    #[test]
    fn a_list_keeps_what_was_appended() {
        isolate(|| {
            let manager = Manager::start().unwrap();
            let list = manager.list();
            assert_eq!(list.to_vec(), Ok(vec![]), "a new list");
            for value in [3, -5, i64::MAX] {
                list.append(value).unwrap();
            }
            let other = list.clone();
            assert_eq!(other.len(), Ok(3), "the length, by another proxy");
            assert_eq!(other.get(1), Ok(-5), "an element, by another proxy");
            other.set(2, 9).unwrap();
            assert_eq!(list.add(2, -4), Ok(5), "the sum that add returns");
            assert_eq!(list.to_vec(), Ok(vec![3, -5, 5]), "all elements");
        });
    }
}

mod concurrent {
    use super::*;

    #[test]
    fn parent_and_child_share_the_cells() {
        isolate(|| {
            let array = SharedArray::new(8).unwrap();
            let (reader, writer) = pipe().unwrap();
            let child = in_child(|| {
                // Not before the parent has written, which is after the fork.
                read(&reader, &mut [0]).unwrap();
                assert_eq!(array.get(7), Ok(42), "the child reads what its parent writes");
                fill_fibonacci(5, &array).unwrap();
            });
            array.set(7, 42).unwrap();
            write(&writer, b"!").unwrap();
            end_well(child);
            let numbers = [0, 1, 1, 2, 3, 5];
            assert_eq!(array.snapshot()[..6], numbers, "the parent reads what its child writes");
            assert_eq!(array.cells().len(), 8, "the cells, as a slice of atomics");
        });
    }

    #[test]
    fn a_server_owns_the_list_of_all() {
        isolate(|| {
            let mut manager = Some(Manager::start().unwrap());
            let other = Manager::start().unwrap();
            let mut servers = vec![manager.as_ref().unwrap().pid(), other.pid()];
            servers.sort();
            let mut children = observe::children();
            children.sort();
            assert_eq!(servers, children, "the pids of two servers, and this process's children");
            let list = manager.as_ref().unwrap().list();
            let mut append = |first: i64| {
                (first..first + 50).for_each(|value| list.append(value).unwrap());
                // The child's copy. The manager is the parent's, and stays.
                let shutdown = manager.take().unwrap().shutdown();
                assert_eq!(shutdown, Err(ManagerError::NotYours), "a shutdown in a child");
            };
            let clients = [0, 50, 100, 150].map(|first| in_child(|| append(first)));
            for client in clients {
                end_well(client);
            }
            let mut values = list.to_vec().expect("the list, after children have used it");
            let of_first: Vec<i64> = values.iter().copied().filter(|&value| value < 50).collect();
            assert!(of_first.is_sorted(), "one child's elements come in its order: {of_first:?}");
            values.sort();
            assert_eq!(values, Vec::from_iter(0..200), "what four children appended, sorted");
            assert_eq!(other.list().len(), Ok(0), "the length of the other server's list");
        });
    }

    #[test]
    fn no_addition_is_lost() {
        isolate(|| {
            let manager = Manager::start().unwrap();
            let list = manager.list();
            list.append(0).unwrap();
            let add = |times| {
                for _ in 0..times {
                    list.add(0, 1).unwrap();
                }
            };
            let clients: Vec<Pid> = (0..4).map(|_| in_child(|| add(3))).collect();
            take_turns(manager.pid(), &clients);
            for client in clients {
                end_well(client);
            }
            assert_eq!(list.get(0), Ok(12), "the sum of four processes, in lockstep");
            let clients: Vec<Pid> = (0..4).map(|_| in_child(|| add(500))).collect();
            for client in clients {
                end_well(client);
            }
            assert_eq!(list.get(0), Ok(2012), "and of 500 additions more by each of four");
        });
    }

    #[test]
    fn each_client_gets_its_own_answer() {
        isolate(|| {
            let manager = Manager::start().unwrap();
            // All use this one, which they inherit.
            let list = manager.list();
            list.append(10).unwrap();
            list.append(20).unwrap();
            stop(manager.pid());
            let first = in_child(|| assert_eq!(list.get(0), Ok(10), "the first client's element"));
            observe::eventually("the first client waits", || observe::is_blocked(first));
            let second =
                in_child(|| assert_eq!(list.get(1), Ok(20), "the second client's element"));
            observe::eventually("the second client waits", || observe::is_blocked(second));
            // The first answer comes when only the second client can take it.
            stop(first);
            resume(manager.pid());
            end_well(second);
            resume(first);
            end_well(first);
        });
    }
}

mod robust {
    use super::*;

    #[test]
    fn impossible_lengths_are_refused() {
        isolate(|| {
            assert_eq!(SharedArray::new(0).err(), Some(ArrayError::Empty), "no cells");
            // In bytes, the last two come round to 0 and to 16.
            let most = isize::MAX as usize / 8;
            for len in [usize::MAX, most + 1, usize::MAX / 8 + 1, usize::MAX / 8 + 3] {
                let error = Some(ArrayError::TooLong(len));
                assert_eq!(SharedArray::new(len).err(), error, "an array of {len} cells");
            }
            let array = SharedArray::new(most);
            assert!(
                matches!(array, Err(ArrayError::Os(_))),
                "more than any machine has: {array:?}, and an Os error is wanted"
            );
        });
    }

    #[test]
    fn no_cell_outside_the_array_is_touched() {
        isolate(|| {
            let array = SharedArray::new(3).unwrap();
            for index in [3, 511, usize::MAX] {
                let error = ArrayError::BadIndex { index, len: 3 };
                assert_eq!(array.get(index), Err(error), "get({index}) of 3 cells");
                assert_eq!(array.set(index, 1), Err(error), "set({index}) of 3 cells");
            }
            assert_eq!(array.snapshot(), [0; 3], "the cells afterwards");
        });
    }

    #[test]
    fn what_does_not_fit_is_not_begun() {
        isolate(|| {
            for (n, len, error) in [
                (5, 5, ArrayError::TooSmall { needed: 6, len: 5 }),
                (92, 1, ArrayError::TooSmall { needed: 93, len: 1 }),
                (93, 94, ArrayError::Overflow(93)),
                (93, 2, ArrayError::Overflow(93)),
                (usize::MAX, 2, ArrayError::Overflow(usize::MAX)),
            ] {
                let array = SharedArray::new(len).unwrap();
                array.set(0, 7).unwrap();
                assert_eq!(fill_fibonacci(n, &array), Err(error), "F(0) to F({n}) in {len} cells");
                let mut untouched = vec![0; len];
                untouched[0] = 7;
                assert_eq!(array.snapshot(), untouched, "the {len} cells after it");
            }
        });
    }

    #[test]
    fn what_cannot_be_done_is_an_error_and_the_server_lives() {
        isolate(|| {
            let manager = Manager::start().unwrap();
            let list = manager.list();
            list.append(i64::MAX).unwrap();
            for index in [1, usize::MAX] {
                let error = ManagerError::BadIndex { index, len: 1 };
                assert_eq!(list.get(index), Err(error), "get({index}) of 1 element");
                assert_eq!(list.set(index, 0), Err(error), "set({index}) of 1 element");
                assert_eq!(list.add(index, 1), Err(error), "add({index}) of 1 element");
            }
            assert_eq!(list.add(0, 1), Err(ManagerError::Overflow), "i64::MAX + 1");
            assert_eq!(list.to_vec(), Ok(vec![i64::MAX]), "the list afterwards");
            list.set(0, i64::MIN).unwrap();
            assert_eq!(list.add(0, -1), Err(ManagerError::Overflow), "i64::MIN - 1");
            for _ in 1..MAX_ELEMENTS {
                list.append(i64::MIN).unwrap();
            }
            assert_eq!(list.append(1), Err(ManagerError::Full), "an append to a full list");
            assert_eq!(list.len(), Ok(MAX_ELEMENTS), "the length of a full list");
            let all = list.to_vec().expect("all elements of a full list");
            assert_eq!(all.len(), MAX_ELEMENTS, "how many came in one answer");
        });
    }

    #[test]
    fn a_client_that_dies_harms_nobody() {
        isolate(|| {
            let manager = Manager::start().unwrap();
            let list = manager.list();
            list.append(10).unwrap();
            stop(manager.pid());
            let client = in_child(|| {
                let _ = list.get(0);
            });
            observe::eventually("the client waits", || observe::is_blocked(client));
            kill(client, Signal::SIGKILL).unwrap();
            waitpid(client, None).unwrap();
            resume(manager.pid());
            assert_eq!(list.get(0), Ok(10), "an answer, after one that nobody took");
        });
    }

    #[test]
    fn a_signal_disturbs_nobody() {
        isolate(|| {
            catch_signal();
            let manager = Manager::start().unwrap();
            let (server, list) = (manager.pid(), manager.list());
            list.append(10).unwrap();
            list.append(20).unwrap();
            interrupt(server);
            stop(server);
            let client = in_child(|| {
                assert_eq!(list.get(0), Ok(10), "the answer that a signal interrupted");
                assert_eq!(list.get(1), Ok(20), "the answer after it");
            });
            interrupt(client);
            resume(server);
            end_well(client);
            stop(server);
            let owner = Pid::this();
            let child = in_child(|| {
                interrupt(owner);
                resume(server);
            });
            assert_eq!(manager.shutdown(), Ok(()), "a shutdown that a signal interrupted");
            end_well(child);
        });
    }

    #[test]
    fn after_a_shutdown_all_is_gone() {
        isolate(|| {
            let manager = Manager::start().unwrap();
            let (server, list) = (manager.pid(), manager.list());
            list.append(10).unwrap();
            stop(server);
            let early = in_child(|| {
                assert_eq!(list.get(0), Ok(10), "a request before the shutdown");
            });
            observe::eventually("the early client waits", || observe::is_blocked(early));
            let owner = Pid::this();
            let late = in_child(|| {
                observe::eventually("the owner waits", || observe::is_blocked(owner));
                let client = in_child(|| is_gone(&list, "a request behind the shutdown"));
                observe::eventually("the client waits", || observe::is_blocked(client));
                resume(server);
                end_well(client);
            });
            assert_eq!(manager.shutdown(), Ok(()), "a shutdown");
            end_well(early);
            end_well(late);
            assert_eq!(observe::children(), [], "the children afterwards");
            is_gone(&list, "a request after the shutdown");
        });
    }

    #[test]
    fn a_killed_server_is_gone() {
        isolate(|| {
            let manager = Manager::start().unwrap();
            let (server, list) = (manager.pid(), manager.list());
            list.append(10).unwrap();
            stop(server);
            let client = in_child(|| is_gone(&list, "a request that was under way"));
            observe::eventually("the client waits", || observe::is_blocked(client));
            kill(server, Signal::SIGKILL).unwrap();
            end_well(client);
            is_gone(&list, "a request to a dead server");
            assert_eq!(manager.shutdown(), Err(ManagerError::Gone), "a shutdown of a dead server");
            assert_eq!(observe::zombies(), [], "the zombies afterwards");
        });
    }
}

mod clean {
    use super::*;

    #[test]
    fn an_array_is_unmapped_when_it_is_dropped() {
        isolate(|| {
            let before = (address_space_kib(), observe::descriptors());
            for _ in 0..1000 {
                // 512 KiB each.
                drop(SharedArray::new(1 << 16).unwrap());
            }
            let grown = address_space_kib().saturating_sub(before.0);
            assert!(grown < 50_000, "{grown} KiB are still mapped after 1000 arrays of 512 KiB");
            let [first, second, third] = [(); 3].map(|()| SharedArray::new(512).unwrap());
            drop(second);
            assert_eq!(first.snapshot(), [0; 512], "an array beside one that was dropped");
            assert_eq!(third.snapshot(), [0; 512], "the one on its other side");
            assert_eq!(observe::descriptors(), before.1, "the open descriptors after 1000 arrays");
        });
    }

    #[test]
    fn clients_leave_nothing_open() {
        isolate(|| {
            let manager = Manager::start().unwrap();
            let list = manager.list();
            list.append(0).unwrap();
            let open = || (observe::descriptors(), descriptors_of(manager.pid()));
            let before = open();
            for _ in 0..100 {
                list.append(1).unwrap();
                list.get(1000).unwrap_err();
                list.to_vec().unwrap();
            }
            observe::eventually("the server waits", || observe::is_blocked(manager.pid()));
            assert_eq!(open(), before, "what caller and server have open after 300 calls");

            for _ in 0..20 {
                manager.list().append(2).unwrap();
                // It can't say that it leaves.
                end_well(in_child(|| list.append(3).unwrap()));
            }
            // A server may close what an ended client left when the next one comes.
            list.clone().append(4).unwrap();
            observe::eventually("the server waits", || observe::is_blocked(manager.pid()));
            let (_, in_server) = open();
            assert!(
                in_server <= before.1 + 2,
                "40 clients have ended, and the server still has {} descriptors open for them",
                in_server - before.1
            );
            assert_eq!(observe::descriptors(), before.0, "what the caller has open afterwards");
        });
    }

    #[test]
    fn a_manager_leaves_nothing() {
        isolate(|| {
            let before = observe::descriptors();
            for _ in 0..10 {
                let manager = Manager::start().unwrap();
                let list = manager.list();
                list.append(1).unwrap();
                drop(manager);
                assert_eq!(observe::children(), [], "the children after a manager was dropped");
                is_gone(&list, "a request after its manager was dropped");
                Manager::start().unwrap().shutdown().unwrap();
            }
            assert_eq!(observe::descriptors(), before, "the open descriptors after 20 managers");
        });
    }

    #[test]
    fn a_server_lives_as_long_as_its_handles() {
        isolate(|| {
            let (reader, writer) = pipe().unwrap();
            let owner = in_child(|| {
                let manager = Manager::start().unwrap();
                let (owner, list) = (Pid::this(), manager.list());
                // The server is at work before anybody dies.
                list.append(0).unwrap();
                let heir = in_child(|| {
                    observe::eventually("the owner dies", || Pid::parent() != owner);
                    let appended = list.append(1);
                    write(&writer, &[u8::from(appended == Ok(()))]).unwrap();
                });
                for pid in [manager.pid(), heir] {
                    write(&writer, &pid.as_raw().to_le_bytes()).unwrap();
                }
                // Nothing is dropped, and nobody is told.
                kill(owner, Signal::SIGKILL).unwrap();
            });
            waitpid(owner, None).unwrap();
            let [server, heir] =
                [(); 2].map(|()| Pid::from_raw(i32::from_le_bytes(bytes(&reader))));
            assert_eq!(bytes(&reader), [1], "the server serves on while somebody has a proxy");
            observe::eventually("the heir ends", || has_ended(heir));
            observe::eventually("the server ends or waits for ever", || {
                has_ended(server) || observe::is_blocked(server)
            });
            assert!(has_ended(server), "the server waits on, and nobody is left who could ask it");
        });
    }
}

mod further {
    use super::*;

    #[test]
    fn an_update_of_a_cell_sees_what_came_in_between() {
        isolate(|| {
            let array = SharedArray::new(2).unwrap();
            array.set(1, 1).unwrap();
            let mut seen = vec![];
            let updated = array.update(1, |value| {
                if seen.len() < 2 {
                    array.set(1, value + 9).unwrap();
                }
                seen.push(value);
                value + 1
            });
            assert_eq!(
                seen,
                [1, 10, 19],
                "what was to be changed: at first, and after each other write"
            );
            assert_eq!(updated, Ok(20), "what update returns");
            assert_eq!(array.snapshot(), [0, 20], "the cells afterwards");
            let error = Err(ArrayError::BadIndex { index: 2, len: 2 });
            assert_eq!(array.update(2, |value| value), error, "update(2) of 2 cells");
        });
    }

    #[test]
    fn an_update_of_an_element_sees_what_came_in_between() {
        isolate(|| {
            let manager = Manager::start().unwrap();
            let list = manager.list();
            list.append(1).unwrap();
            let mut seen = vec![];
            let updated = list.update(0, |value| {
                if seen.len() < 2 {
                    // The server is free while a client thinks.
                    list.set(0, value + 9).unwrap();
                }
                seen.push(value);
                value + 1
            });
            assert_eq!(
                seen,
                [1, 10, 19],
                "what was to be changed: at first, and after each other write"
            );
            assert_eq!(updated, Ok(20), "what update returns");
            assert_eq!(list.to_vec(), Ok(vec![20]), "the list afterwards");
            let error = Err(ManagerError::BadIndex { index: 1, len: 1 });
            assert_eq!(list.update(1, |value| value), error, "update(1) of 1 element");
        });
    }
}

/// Waits for a child of [`in_child`], which must have found all as it should be.
#[track_caller]
fn end_well(child: Pid) {
    let ended = waitpid(child, None);
    assert_eq!(ended, Ok(WaitStatus::Exited(child, 0)), "how a client ended");
}

/// Stops a process where it is. It can't do anything until [`resume`].
fn stop(pid: Pid) {
    kill(pid, Signal::SIGSTOP).unwrap();
    let at_rest = |activity: &Activity| matches!(activity, Activity::Stopped | Activity::Ended);
    observe::eventually("a process stops", || {
        observe::threads_of(pid).iter().all(|thread| at_rest(&thread.activity))
    });
}

fn resume(pid: Pid) {
    kill(pid, Signal::SIGCONT).unwrap();
}

/// Sends a signal to a process that waits, and returns when it has been handled.
fn interrupt(pid: Pid) {
    observe::eventually("a process waits", || observe::is_blocked(pid));
    kill(pid, Signal::SIGUSR1).unwrap();
    observe::eventually("the signal is handled", || !observe::has_pending_signal(pid));
}

fn has_ended(pid: Pid) -> bool {
    observe::threads_of(pid).iter().all(|thread| thread.activity == Activity::Ended)
}

/// Lets all clients go until they wait for an answer, then the server until it has answered them all,
/// and so on until the clients have ended: no client's second request comes before another's first.
fn take_turns(server: Pid, clients: &[Pid]) {
    loop {
        stop(server);
        clients.iter().for_each(|&client| resume(client));
        observe::eventually("the clients wait for the server", || {
            clients.iter().all(|&client| has_ended(client) || observe::is_blocked(client))
        });
        clients.iter().for_each(|&client| stop(client));
        resume(server);
        if clients.iter().all(|&client| has_ended(client)) {
            return;
        }
        observe::eventually("the server waits for requests", || observe::is_blocked(server));
    }
}

#[track_caller]
fn is_gone(list: &List, when: &str) {
    assert_eq!(list.append(1), Err(ManagerError::Gone), "{when}: append");
    assert_eq!(list.get(0), Err(ManagerError::Gone), "{when}: get");
    assert_eq!(list.clone().len(), Err(ManagerError::Gone), "{when}: len, by a new proxy");
}

/// The next bytes out of a pipe, which come in one piece.
fn bytes<const N: usize>(reader: impl AsFd) -> [u8; N] {
    let mut bytes = [0; N];
    assert_eq!(read(reader, &mut bytes), Ok(N), "what a child tells");
    bytes
}

fn descriptors_of(pid: Pid) -> usize {
    std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count()
}

/// How much of this process's address space is mapped.
fn address_space_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmSize:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
