//! Each step of a schedule is told with the line of the program, not with one of a stand-in or of Rust's own library.

use interleave::report::{Counterexample, Event, Finding, Happening};
use interleave::{Limits, explore};
use interleave_std as std;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::sync::mpsc::{self, channel, sync_channel};
use std::sync::{Barrier, Condvar, LazyLock, Mutex, Once, OnceLock, RwLock, RwLockWriteGuard};
use std::thread;
use std::time::{Duration, Instant};

/// The schedule of a program with one thread, which always fails at its end.
fn schedule(program: fn()) -> Counterexample {
    let scenario = move || {
        program();
        panic!("to be shown");
    };
    match explore(Limits::default(), scenario).finding {
        Finding::Counterexample(found) => found,
        other => panic!("{other:?}"),
    }
}

/// Does the program say nothing of its own here? What is dropped by Rust's own library has no line; the first step of
/// the scenario neither.
fn has_no_line(event: &Event) -> bool {
    let Happening::Operation { operation, .. } = &event.happening else { return false };
    let is_library = event.place.is_some_and(|place| place.file().starts_with("/rustc/"));
    match operation.name() {
        "unlock" | "drop-sender" | "drop-receiver" => is_library,
        name => name == "begin" && event.thread.0 == 0,
    }
}

/// Every step of each program has a line of this file.
macro_rules! lines {
    ($($name:ident: $program:expr;)*) => {
        $(
            let found = schedule($program);
            let mut steps = found.events.iter().filter(|event| !has_no_line(event));
            let elsewhere = steps.find(|event| event.place.is_some_and(|at| at.file() != file!()));
            assert!(elsewhere.is_none(), "{}: {elsewhere:?}", stringify!($name));
        )*
    };
}

const SHORT: Duration = Duration::from_millis(1);

#[test]
fn each_step_has_the_line_of_the_program() {
    static MADE: LazyLock<u32> = LazyLock::new(|| 1);
    lines! {
        lock: || drop(Mutex::new(0).lock());
        try_lock: || drop(Mutex::new(0).try_lock().map(|mut value| *value += 1));
        read: || drop(RwLock::new(0).read().map(|value| *value));
        write: || RwLock::new(0).write().into_iter().for_each(|mut value| *value += 1);
        downgrade: || drop(RwLockWriteGuard::downgrade(RwLock::new(0).write().unwrap()));
        wait_while: || {
            let (value, changed) = (Mutex::new(0), Condvar::new());
            let more = |value: &mut i32| { *value += 1; *value < 2 };
            thread::scope(|scope| {
                scope.spawn(|| changed.notify_all());
                drop(changed.wait_timeout_while(value.lock().unwrap(), SHORT, more).unwrap());
                drop(changed.wait_while(value.lock().unwrap(), |_| false).unwrap());
                drop(changed.wait_timeout(value.lock().unwrap(), SHORT).unwrap());
            });
        };
        once: || {
            let once = Once::new();
            once.call_once(|| ());
            once.call_once_force(|_| ());
            once.wait();
            once.wait_force();
            assert!(once.is_completed());
        };
        once_lock: || {
            let value = OnceLock::new();
            assert_eq!(value.set(1).and_then(|()| value.set(2)), Err(2));
            assert_eq!(*value.get_or_init(|| 2) + *value.wait(), 2);
            assert!(value.get().is_some());
        };
        lazy_lock: || assert_eq!(*MADE + *LazyLock::force(&MADE), 2);
        lazy_lock_looked_at: || assert!(LazyLock::get(&LazyLock::<u32>::default()).is_none());
        atomics: || {
            let (value, flag) = (AtomicU32::new(0), AtomicBool::new(false));
            value.update(SeqCst, SeqCst, |value| value + 1);
            value.try_update(SeqCst, SeqCst, |value| Some(value + 1)).unwrap();
            value.fetch_update(SeqCst, SeqCst, |value| value.checked_add(1)).unwrap();
            flag.fetch_not(SeqCst);
        };
        barrier: || assert!(Barrier::new(1).wait().is_leader());
        channel: || {
            let (sender, receiver) = channel();
            (0..3).for_each(|number| sender.send(number).unwrap());
            assert_eq!(receiver.try_iter().take(1).count() + receiver.iter().take(1).count(), 2);
            drop(sender);
            assert_eq!(receiver.into_iter().collect::<Vec<u32>>(), [2]);
        };
        bounded_channel: || {
            let (sender, receiver) = sync_channel(1);
            sender.try_send(1).unwrap();
            assert_eq!((&receiver).into_iter().next(), Some(1));
            assert_eq!(receiver.recv_timeout(SHORT), Err(mpsc::RecvTimeoutError::Timeout));
        };
        threads: || {
            let threads: Vec<_> = (0..2).map(|_| thread::spawn(|| thread::yield_now())).collect();
            threads.into_iter().for_each(|thread| thread.join().unwrap());
            thread::scope(|scope| drop(scope.spawn(|| std::hint::spin_loop()).join()));
            thread::current().unpark();
            thread::park_timeout(SHORT);
            thread::sleep(SHORT);
        };
        clock: || assert!(Instant::now().elapsed() > Duration::ZERO);
    }
}

#[test]
fn the_first_step_of_the_scenario_has_no_line() {
    let text = schedule(|| ()).encode();
    assert!(text.contains("event\t0\tnone\t\t\tbegin\t"), "{text}");
}
