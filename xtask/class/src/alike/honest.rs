//! Answers to the section on locks, each written without a look at the others: for the tests.

use xtask::catalogue::{self, Section};
use xtask::course;
use xtask::stage_source::{self, Staged};

/// The section that they answer.
pub fn locks() -> Section {
    catalogue::select_one("locks").unwrap()
}

/// Somebody who writes it down step by step.
pub const STEP_BY_STEP: [&str; 15] = [
    "let mut guard = match shared.lock() {
        Ok(guard) => guard,
        Err(poisoned) => poisoned.into_inner(),
    };
    let old = guard.clone();
    let new = change(old);
    *guard = new;",
    "loop {
        let current = shared.load(Ordering::SeqCst);
        let next = change(current);
        let result = shared.compare_exchange(current, next, Ordering::SeqCst, Ordering::SeqCst);
        if result.is_ok() {
            return;
        }
    }",
    "in_threads(throws, threads, |thread, share| {
        let mut darts = source(thread);
        for _ in 0..share {
            let hit = darts.next().unwrap();
            if hit {
                update(shared, |n| n + 1);
            }
        }
    });",
    "in_threads(throws, threads, |thread, share| {
        let mut darts = source(thread);
        for _ in 0..share {
            if darts.next() == Some(true) {
                shared.fetch_add(1, Ordering::SeqCst);
            }
        }
    });",
    "in_threads(throws, threads, |thread, share| {
        let mut hits = 0;
        let mut darts = source(thread);
        for _ in 0..share {
            if darts.next().unwrap() {
                hits += 1;
            }
        }
        shared.fetch_add(hits, Ordering::SeqCst);
    });",
    "let released = Condvar::new();
    let permits = Mutex::new(permits);
    Semaphore { permits, released }",
    "let mut permits = self.permits.lock().unwrap();
    while *permits == 0 {
        permits = self.released.wait(permits).unwrap();
    }
    *permits -= 1;",
    "let mut permits = self.permits.lock().unwrap();
    if *permits == 0 {
        return false;
    }
    *permits -= 1;
    true",
    "let mut permits = self.permits.lock().unwrap();
    *permits += 1;
    self.released.notify_one();",
    "self.acquire();
    Permit { semaphore: self }",
    "let deadline = std::time::Instant::now() + limit;
    let mut permits = self.permits.lock().unwrap();
    while *permits == 0 {
        let now = std::time::Instant::now();
        if now >= deadline {
            return false;
        }
        permits = self.released.wait_timeout(permits, deadline - now).unwrap().0;
    }
    *permits -= 1;
    true",
    "self.semaphore.release();",
    "let tickets = Mutex::new(Tickets { next: 0, called: permits });
    FairSemaphore { tickets, served: Condvar::new() }",
    "let mut tickets = self.tickets.lock().unwrap();
    let number = tickets.next;
    tickets.next = number + 1;
    while tickets.called <= number {
        tickets = self.served.wait(tickets).unwrap();
    }",
    "let mut tickets = self.tickets.lock().unwrap();
    tickets.called = tickets.called + 1;
    self.served.notify_all();",
];

/// Somebody who likes iterators and what std has.
pub const BY_MEANS_OF_STD: [&str; 15] = [
    "let mut value = shared.lock().unwrap_or_else(|e| e.into_inner());
    let changed = change(T::clone(&value));
    drop(std::mem::replace(&mut *value, changed));",
    "let _ = shared.fetch_update(Ordering::AcqRel, Ordering::Acquire, |x| Some(change(x)));",
    "let add = |_| update(shared, |n: u64| n.saturating_add(1));
    in_threads(throws, threads, |id, share| source(id).take(share).filter(|h| *h).for_each(add))",
    "in_threads(throws, threads, |id, share| {
        source(id).take(share).map(u64::from).for_each(|hit| drop(shared.fetch_add(hit, Ordering::Relaxed)))
    })",
    "in_threads(throws, threads, |id, share| {
        let sum: u64 = source(id).take(share).map(u64::from).sum();
        let _before = shared.fetch_add(sum, Ordering::Relaxed);
    })",
    "Self { permits: permits.into(), released: Default::default() }",
    "let guard = self.permits.lock().expect(\"no panic\");
    let mut guard = self.released.wait_while(guard, |left| *left < 1).expect(\"no panic\");
    *guard = guard.checked_sub(1).expect(\"one is there\")",
    "let mut guard = self.permits.lock().expect(\"no panic\");
    guard.checked_sub(1).map(|left| *guard = left).is_some()",
    "{
        let mut guard = self.permits.lock().expect(\"no panic\");
        *guard = guard.checked_add(1).expect(\"fewer\");
    }
    self.released.notify_one()",
    "let semaphore = self;
    semaphore.acquire();
    Permit { semaphore }",
    "let guard = self.permits.lock().expect(\"no panic\");
    let waited = self.released.wait_timeout_while(guard, limit, |left| *left < 1);
    let (mut guard, timeout) = waited.expect(\"no panic\");
    match timeout.timed_out() {
        true => false,
        false => {
            *guard -= 1;
            true
        }
    }",
    "Semaphore::release(self.semaphore)",
    "Self { tickets: Tickets { next: 0, called: permits }.into(), served: Default::default() }",
    "let mut guard = self.tickets.lock().expect(\"no panic\");
    let mine = std::mem::replace(&mut guard.next, guard.next + 1);
    drop(self.served.wait_while(guard, |tickets| mine >= tickets.called))",
    "self.tickets.lock().map(|mut tickets| tickets.called += 1).expect(\"no panic\");
    self.served.notify_all()",
];

/// Somebody who makes functions of their own for most of it.
pub const WITH_HELPERS: [&str; 15] = [
    "if shared.is_poisoned() {
        shared.clear_poison();
    }
    let mut place = shared.lock().unwrap();
    *place = { let copy = (*place).clone(); change(copy) };",
    "let mut seen = shared.load(Ordering::Acquire);
    while let Err(other) = try_once(shared, seen, change(seen)) {
        seen = other;
    }",
    "in_threads(throws, threads, |number, count| {
        hits(source(number), count, || update(shared, |inside| 1 + inside))
    })",
    "in_threads(throws, threads, |number, count| {
        hits(source(number), count, || update_atomic(shared, |inside| 1 + inside))
    })",
    "in_threads(throws, threads, |number, count| {
        let local = std::cell::Cell::new(0u64);
        hits(source(number), count, || local.set(local.get() + 1));
        update_atomic(shared, |inside| inside + local.get());
    })",
    "let start = permits;
    Semaphore { released: Condvar::new(), permits: Mutex::new(start) }",
    "loop {
        let guard = self.permits.lock().unwrap();
        let mut guard = if *guard > 0 { guard } else { self.released.wait(guard).unwrap() };
        if let Some(rest) = guard.checked_sub(1) {
            *guard = rest;
            break;
        }
    }",
    "match &mut *self.permits.lock().unwrap() {
        0 => false,
        some => { *some -= 1; true }
    }",
    "self.change(|permits| permits + 1);
    self.released.notify_one();",
    "let permit = Permit { semaphore: self };
    permit.semaphore.acquire();
    permit",
    "let begun = std::time::Instant::now();
    let mut guard = self.permits.lock().unwrap();
    loop {
        if *guard > 0 { *guard -= 1; return true; }
        let Some(left) = limit.checked_sub(begun.elapsed()) else { return false };
        (guard, _) = self.released.wait_timeout(guard, left).unwrap();
    }",
    "let Permit { semaphore } = self;
    semaphore.release()",
    "FairSemaphore {
        served: Condvar::new(),
        tickets: Mutex::new(Tickets { called: permits, next: 0 }),
    }",
    "let mine = { let mut t = self.tickets.lock().unwrap(); t.next += 1; t.next - 1 };
    let mut t = self.tickets.lock().unwrap();
    loop {
        if mine < t.called { return; }
        t = self.served.wait(t).unwrap();
    }",
    "let Tickets { called, .. } = &mut *self.tickets.lock().unwrap();
    *called += 1;
    self.served.notify_all();",
];

/// Somebody else who writes it down step by step.
pub const STEP_AFTER_STEP: [&str; 15] = [
    "let mut value = shared.lock().unwrap_or_else(|error| error.into_inner());
    let new_value = change(value.clone());
    *value = new_value;",
    "let mut old = shared.load(Ordering::SeqCst);
    loop {
        match shared.compare_exchange_weak(old, change(old), Ordering::SeqCst, Ordering::SeqCst) {
            Ok(_) => break,
            Err(actual) => old = actual,
        }
    }",
    "in_threads(throws, threads, |i, n| {
        for hit in source(i).take(n) {
            if hit {
                update(shared, |count| count + 1);
            }
        }
    })",
    "in_threads(throws, threads, |i, n| {
        for hit in source(i).take(n) {
            if hit {
                shared.fetch_add(1, Ordering::Relaxed);
            }
        }
    })",
    "in_threads(throws, threads, |i, n| {
        let mut count = 0;
        for hit in source(i).take(n) {
            if hit {
                count += 1;
            }
        }
        shared.fetch_add(count, Ordering::Relaxed);
    })",
    "Semaphore {
        permits: Mutex::new(permits),
        released: Condvar::new(),
    }",
    "let mut count = self.permits.lock().unwrap();
    while *count == 0 {
        count = self.released.wait(count).unwrap();
    }
    *count -= 1;",
    "let mut count = self.permits.lock().unwrap();
    if *count > 0 {
        *count -= 1;
        true
    } else {
        false
    }",
    "let mut count = self.permits.lock().unwrap();
    *count += 1;
    drop(count);
    self.released.notify_one();",
    "self.acquire();
    Permit { semaphore: self }",
    "let count = self.permits.lock().unwrap();
    let (mut count, result) = self
        .released
        .wait_timeout_while(count, limit, |count| *count == 0)
        .unwrap();
    if result.timed_out() {
        false
    } else {
        *count -= 1;
        true
    }",
    "self.semaphore.release()",
    "FairSemaphore {
        tickets: Mutex::new(Tickets { next: 0, called: permits }),
        served: Condvar::new(),
    }",
    "let mut tickets = self.tickets.lock().unwrap();
    let ticket = tickets.next;
    tickets.next += 1;
    while ticket >= tickets.called {
        tickets = self.served.wait(tickets).unwrap();
    }",
    "let mut tickets = self.tickets.lock().unwrap();
    tickets.called += 1;
    self.served.notify_all();",
];

/// The whole answers.
pub fn answers() -> Vec<Vec<Staged>> {
    [STEP_BY_STEP, STEP_AFTER_STEP, BY_MEANS_OF_STD, WITH_HELPERS]
        .iter()
        .map(|bodies| answer(bodies))
        .collect()
}

/// The section's stub with these bodies in the places of its `todo!`s.
pub fn answer(bodies: &[&str]) -> Vec<Staged> {
    let stub = stage_source::take(&course::exercise(&locks()).join("src")).unwrap().0;
    let stub = String::from_utf8(stub[0].text.clone()).unwrap();
    let mut pieces = stub.split("todo!(\"");
    let mut whole = pieces.next().unwrap().to_owned();
    let mut bodies = bodies.iter();
    for piece in pieces {
        whole += bodies.next().expect("a body for each");
        whole += piece.split_once("\")").unwrap().1;
    }
    assert!(bodies.next().is_none());
    vec![Staged { file: "src/lib.rs".into(), text: whole.into_bytes() }]
}
