// Small programs, half of them wrong, for whatever `std` is where this is included. Only what all judges have: no scopes,
// no bounded channels, no statics.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Condvar, Mutex, RwLock, mpsc};
use std::thread;
use std::thread::JoinHandle;

/// Every scenario with its name.
pub const ALL: &[(&str, fn())] = &[
    ("lost update", lost_update),
    ("update in one", update_in_one),
    ("check, then act", check_then_act),
    ("check and act", check_and_act),
    ("locks in opposite order", || two_locks(true)),
    ("locks in the same order", || two_locks(false)),
    ("wait in a loop", || wait_for_flag(wait_in_loop, set_and_notify)),
    ("look before the lock", || wait_for_flag(look_before_lock, set_and_notify)),
    ("notify before the change", || wait_for_flag(wait_in_loop, notify_and_set)),
    ("change without the lock", change_without_lock),
    ("if for while, one waiter", || wait_for_flag(wait_if, set_and_notify)),
    ("if for while, two waiters", || two_consumers(false)),
    ("while, two waiters", || two_consumers(true)),
    ("one notification too few", || two_waiters(Condvar::notify_one)),
    ("a notification for all", || two_waiters(Condvar::notify_all)),
    ("checked once", || initialise(false)),
    ("checked twice", || initialise(true)),
    ("poison unwrapped", poison_unwrapped),
    ("poison expected", poison_expected),
    ("try_lock gives up", try_lock_gives_up),
    ("try_lock tries again", try_lock_tries_again),
    ("one message too many expected", || receive(2)),
    ("as many messages as sent", || receive(1)),
    ("a sender is kept", || receive_all(true)),
    ("no sender is kept", || receive_all(false)),
    ("read, then write", read_then_write),
    ("a reader wants to write", reader_wants_to_write),
    ("read again", read_again),
    ("readers and a writer", readers_and_writer),
    ("barrier used again", || barrier(2)),
    ("barrier for one too many", || barrier(3)),
    ("park in a loop", || park(true)),
    ("park once", || park(false)),
    ("unpark before the change", unpark_first),
    ("relaxed message", || message(Ordering::Relaxed)),
    ("released message", || message(Ordering::Release)),
];

fn join_all(threads: Vec<JoinHandle<()>>) {
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

/// Runs it in two threads.
fn twice<T: Send + Sync + 'static>(shared: &Arc<T>, f: fn(&T)) {
    let threads = (0..2).map(|_| {
        let shared = Arc::clone(shared);
        thread::spawn(move || f(&shared))
    });
    join_all(threads.collect());
}

fn lost_update() {
    let count = Arc::new(AtomicUsize::new(0));
    twice(&count, |count| count.store(count.load(Ordering::SeqCst) + 1, Ordering::SeqCst));
    assert_eq!(count.load(Ordering::SeqCst), 2);
}

fn update_in_one() {
    let count = Arc::new(AtomicUsize::new(0));
    twice(&count, |count| {
        count.fetch_add(1, Ordering::SeqCst);
    });
    assert_eq!(count.load(Ordering::SeqCst), 2);
}

fn check_then_act() {
    let money = Arc::new(Mutex::new(1_i32));
    twice(&money, |money| {
        let is_enough = *money.lock().unwrap() >= 1;
        if is_enough {
            *money.lock().unwrap() -= 1;
        }
    });
    assert_eq!(*money.lock().unwrap(), 0);
}

fn check_and_act() {
    let money = Arc::new(Mutex::new(1_i32));
    twice(&money, |money| {
        let mut money = money.lock().unwrap();
        if *money >= 1 {
            *money -= 1;
        }
    });
    assert_eq!(*money.lock().unwrap(), 0);
}

fn two_locks(opposite: bool) {
    let locks = Arc::new([Mutex::new(()), Mutex::new(())]);
    let other = Arc::clone(&locks);
    let thread = thread::spawn(move || {
        let _first = other[usize::from(opposite)].lock().unwrap();
        let _second = other[usize::from(!opposite)].lock().unwrap();
    });
    {
        let _first = locks[0].lock().unwrap();
        let _second = locks[1].lock().unwrap();
    }
    thread.join().unwrap();
}

type Flag = (Mutex<bool>, Condvar);

fn wait_for_flag(wait: fn(&Flag), set: fn(&Flag)) {
    let flag: Arc<Flag> = Arc::new((Mutex::new(false), Condvar::new()));
    let waited = Arc::clone(&flag);
    let thread = thread::spawn(move || {
        wait(&waited);
        assert!(*waited.0.lock().unwrap());
    });
    set(&flag);
    thread.join().unwrap();
}

fn wait_in_loop((flag, changed): &Flag) {
    let mut is_set = flag.lock().unwrap();
    while !*is_set {
        is_set = changed.wait(is_set).unwrap();
    }
}

fn wait_if((flag, changed): &Flag) {
    let is_set = flag.lock().unwrap();
    if !*is_set {
        drop(changed.wait(is_set).unwrap());
    }
}

fn look_before_lock((flag, changed): &Flag) {
    let is_set = *flag.lock().unwrap();
    if !is_set {
        drop(changed.wait(flag.lock().unwrap()).unwrap());
    }
}

fn set_and_notify((flag, changed): &Flag) {
    *flag.lock().unwrap() = true;
    changed.notify_one();
}

fn notify_and_set((flag, changed): &Flag) {
    changed.notify_one();
    *flag.lock().unwrap() = true;
}

fn change_without_lock() {
    let shared = Arc::new((AtomicBool::new(false), Mutex::new(()), Condvar::new()));
    let waited = Arc::clone(&shared);
    let thread = thread::spawn(move || {
        let mut guard = waited.1.lock().unwrap();
        while !waited.0.load(Ordering::SeqCst) {
            guard = waited.2.wait(guard).unwrap();
        }
    });
    shared.0.store(true, Ordering::SeqCst);
    shared.2.notify_one();
    thread.join().unwrap();
}

/// Two take one of what is put there for them one by one; each is told of all.
fn two_consumers(in_loop: bool) {
    let shared = Arc::new((Mutex::new(0_usize), Condvar::new()));
    let consumers = (0..2).map(|_| {
        let shared = Arc::clone(&shared);
        thread::spawn(move || {
            let mut items = shared.0.lock().unwrap();
            if *items == 0 {
                items = shared.1.wait(items).unwrap();
            }
            while in_loop && *items == 0 {
                items = shared.1.wait(items).unwrap();
            }
            *items -= 1;
        })
    });
    let consumers = consumers.collect();
    for _ in 0..2 {
        *shared.0.lock().unwrap() += 1;
        shared.1.notify_all();
    }
    join_all(consumers);
}

fn two_waiters(notify: fn(&Condvar)) {
    let flag: Arc<Flag> = Arc::new((Mutex::new(false), Condvar::new()));
    let waiters = (0..2).map(|_| {
        let flag = Arc::clone(&flag);
        thread::spawn(move || wait_in_loop(&flag))
    });
    let waiters = waiters.collect();
    *flag.0.lock().unwrap() = true;
    notify(&flag.1);
    join_all(waiters);
}

/// Whether something has been made; the lock under which it is; how often it was.
type Init = (AtomicBool, Mutex<usize>);

fn initialise(checks_again: bool) {
    let init: Arc<Init> = Arc::new((AtomicBool::new(false), Mutex::new(0)));
    let make = |init: &Init, checks_again: bool| {
        if !init.0.load(Ordering::SeqCst) {
            let mut times = init.1.lock().unwrap();
            if !checks_again || !init.0.load(Ordering::SeqCst) {
                *times += 1;
                init.0.store(true, Ordering::SeqCst);
            }
        }
    };
    let other = Arc::clone(&init);
    let thread = thread::spawn(move || make(&other, checks_again));
    make(&init, checks_again);
    thread.join().unwrap();
    assert_eq!(*init.1.lock().unwrap(), 1);
}

/// A thread has panicked with the mutex in hand.
fn poisoned() -> Arc<Mutex<usize>> {
    let value = Arc::new(Mutex::new(0));
    let other = Arc::clone(&value);
    let thread = thread::spawn(move || {
        let _guard = other.lock().unwrap();
        panic!("with the lock in hand");
    });
    assert!(thread.join().is_err());
    value
}

fn poison_unwrapped() {
    *poisoned().lock().unwrap() += 1;
}

fn poison_expected() {
    assert!(poisoned().lock().is_err());
}

fn try_lock_gives_up() {
    let count = Arc::new(Mutex::new(0));
    twice(&count, |count| {
        if let Ok(mut count) = count.try_lock() {
            *count += 1;
        }
    });
    assert_eq!(*count.lock().unwrap(), 2);
}

fn try_lock_tries_again() {
    let count = Arc::new(Mutex::new(0));
    twice(&count, |count| {
        loop {
            if let Ok(mut count) = count.try_lock() {
                *count += 1;
                break;
            }
            thread::yield_now();
        }
    });
    assert_eq!(*count.lock().unwrap(), 2);
}

fn receive(count: usize) {
    let (sender, receiver) = mpsc::channel();
    let thread = thread::spawn(move || sender.send(1).unwrap());
    for _ in 0..count {
        receiver.recv().unwrap();
    }
    thread.join().unwrap();
}

fn receive_all(keeps_sender: bool) {
    let (sender, receiver) = mpsc::channel();
    let kept = keeps_sender.then(|| sender.clone());
    let thread = thread::spawn(move || sender.send(1).unwrap());
    let mut count = 0;
    while receiver.recv().is_ok() {
        count += 1;
    }
    assert_eq!(count, 1);
    thread.join().unwrap();
    drop(kept);
}

fn read_then_write() {
    let count = Arc::new(RwLock::new(0));
    twice(&count, |count| {
        let old = *count.read().unwrap();
        *count.write().unwrap() = old + 1;
    });
    assert_eq!(*count.read().unwrap(), 2);
}

fn reader_wants_to_write() {
    let count = RwLock::new(0);
    let old = count.read().unwrap();
    *count.write().unwrap() = *old + 1;
}

fn read_again() {
    let count = Arc::new(RwLock::new(0));
    let other = Arc::clone(&count);
    let thread = thread::spawn(move || *other.write().unwrap() += 1);
    {
        let first = count.read().unwrap();
        let second = count.read().unwrap();
        assert_eq!(*first, *second);
    }
    thread.join().unwrap();
}

fn readers_and_writer() {
    let pair = Arc::new(RwLock::new((0, 0)));
    let other = Arc::clone(&pair);
    let writer = thread::spawn(move || {
        let mut pair = other.write().unwrap();
        pair.0 += 1;
        pair.1 += 1;
    });
    twice(&pair, |pair| {
        let pair = pair.read().unwrap();
        assert_eq!(pair.0, pair.1);
    });
    writer.join().unwrap();
}

fn barrier(needed: usize) {
    let shared = Arc::new((Barrier::new(needed), AtomicUsize::new(0)));
    twice(&shared, |(barrier, count)| {
        for round in 1..3 {
            count.fetch_add(1, Ordering::SeqCst);
            barrier.wait();
            assert!(count.load(Ordering::SeqCst) >= 2 * round);
        }
    });
}

/// Main waits for a flag, and has a token of something else.
fn park(in_loop: bool) {
    let ready = Arc::new(AtomicBool::new(false));
    let (set, main) = (Arc::clone(&ready), thread::current());
    main.unpark();
    let thread = thread::spawn(move || {
        set.store(true, Ordering::SeqCst);
        main.unpark();
    });
    thread::park();
    while in_loop && !ready.load(Ordering::SeqCst) {
        thread::park();
    }
    assert!(ready.load(Ordering::SeqCst));
    thread.join().unwrap();
}

fn unpark_first() {
    let ready = Arc::new(AtomicBool::new(false));
    let (set, main) = (Arc::clone(&ready), thread::current());
    let thread = thread::spawn(move || {
        main.unpark();
        set.store(true, Ordering::SeqCst);
    });
    while !ready.load(Ordering::SeqCst) {
        thread::park();
    }
    thread.join().unwrap();
}

fn message(store: Ordering) {
    let shared = Arc::new((AtomicUsize::new(0), AtomicBool::new(false)));
    let sent = Arc::clone(&shared);
    let thread = thread::spawn(move || {
        sent.0.store(7, Ordering::Relaxed);
        sent.1.store(true, store);
    });
    if shared.1.load(Ordering::Acquire) {
        assert_eq!(shared.0.load(Ordering::Relaxed), 7);
    }
    thread.join().unwrap();
}
