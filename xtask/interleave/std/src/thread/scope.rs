//! Threads that may borrow: they have ended when their scope is left.

use super::start::{Builder, Handle, has_ended, wait_for};
use super::{Result, Thread};
use ::std::fmt;
use ::std::io;
use ::std::marker::PhantomData;
use ::std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};
use ::std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use ::std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use interleave::{Packet, Place, current, record};

/// See [`std::thread::Scope`](::std::thread::Scope).
pub struct Scope<'scope, 'env: 'scope> {
    threads: Mutex<Vec<(Handle<()>, Arc<Life>)>>,
    scope: PhantomData<&'scope mut &'scope ()>,
    env: PhantomData<&'env mut &'env ()>,
}

/// What a scope has to know of one of its threads.
#[derive(Default)]
struct Life {
    has_result: Mutex<bool>,
    has_news: Condvar,
    has_panicked: AtomicBool,
    was_joined: AtomicBool,
}

/// See [`std::thread::ScopedJoinHandle`](::std::thread::ScopedJoinHandle).
pub struct ScopedJoinHandle<'scope, T> {
    thread: Thread,
    packet: Packet<T>,
    life: Arc<Life>,
    scope: PhantomData<&'scope ()>,
}

/// See [`std::thread::scope`](::std::thread::scope).
///
/// # Panics
/// When a thread panicked that was not joined.
#[track_caller]
pub fn scope<'env, F, T>(f: F) -> T
where
    F: for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> T,
{
    let place = Location::caller();
    let scope = Scope { threads: Mutex::default(), scope: PhantomData, env: PhantomData };
    // Threads may still borrow when `f` panics.
    let result = catch_unwind(AssertUnwindSafe(|| f(&scope)));
    if let (Err(payload), Some(task)) = (&result, current()) {
        // The threads that it waits for now may never end because of it.
        task.note_panic(&**payload);
    }
    let has_panicked = scope.join_all(place);
    match result {
        Err(payload) => resume_unwind(payload),
        Ok(_) if has_panicked => panic!("a scoped thread panicked"),
        Ok(result) => result,
    }
}

impl<'scope> Scope<'scope, '_> {
    /// See [`std::thread::Scope::spawn`](::std::thread::Scope::spawn).
    ///
    /// # Panics
    /// When the system has no thread left.
    #[track_caller]
    pub fn spawn<F, T>(&'scope self, f: F) -> ScopedJoinHandle<'scope, T>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        self.start(Builder::new(), f, Location::caller()).expect("failed to spawn thread")
    }

    fn start<F, T>(
        &'scope self,
        builder: Builder,
        f: F,
        place: Place,
    ) -> io::Result<ScopedJoinHandle<'scope, T>>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        let (packet, life) = (Packet::<T>::default(), Arc::new(Life::default()));
        let (result_in, news) = (Arc::clone(&packet), Arc::clone(&life));
        let body = move || {
            let result = catch_unwind(AssertUnwindSafe(f));
            if let (Err(payload), Some(task)) = (&result, current()) {
                task.note_panic(&**payload);
            }
            if result.is_err() {
                record::note_panic();
            }
            news.has_panicked.store(result.is_err(), SeqCst);
            *unpoisoned(&result_in) = Some(result);
            *unpoisoned(&news.has_result) = true;
            news.has_news.notify_all();
        };
        // SAFETY: `scope` joins it before 'scope ends.
        let handle = unsafe { builder.start(body, place) }?;
        let thread = handle.thread().clone();
        unpoisoned(&self.threads).push((handle, Arc::clone(&life)));
        Ok(ScopedJoinHandle { thread, packet, life, scope: PhantomData })
    }

    /// Joins all threads; says whether one panicked that nobody else had joined.
    fn join_all(&self, place: Place) -> bool {
        let mut has_panicked = false;
        // Those that are left may start others.
        while let Some((handle, life)) = { unpoisoned(&self.threads).pop() } {
            let _ = handle.join(place);
            has_panicked |= life.has_panicked.load(SeqCst) && !life.was_joined.load(SeqCst);
        }
        has_panicked
    }
}

fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Builder {
    /// See [`std::thread::Builder::spawn_scoped`](::std::thread::Builder::spawn_scoped).
    ///
    /// # Errors
    /// When the system has no thread left.
    #[track_caller]
    pub fn spawn_scoped<'scope, 'env, F, T>(
        self,
        scope: &'scope Scope<'scope, 'env>,
        f: F,
    ) -> io::Result<ScopedJoinHandle<'scope, T>>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        scope.start(self, f, Location::caller())
    }
}

impl<T> ScopedJoinHandle<'_, T> {
    /// See [`std::thread::ScopedJoinHandle::thread`](::std::thread::ScopedJoinHandle::thread).
    pub fn thread(&self) -> &Thread {
        &self.thread
    }

    /// See [`std::thread::ScopedJoinHandle::join`](::std::thread::ScopedJoinHandle::join).
    ///
    /// # Errors
    /// The payload of the panic that ended it.
    #[track_caller]
    pub fn join(self) -> Result<T> {
        self.life.was_joined.store(true, SeqCst);
        if let Some(task) = current() {
            wait_for(&task, &self.thread, Location::caller());
        }
        let wait = || {
            let has_result = unpoisoned(&self.life.has_result);
            drop(self.life.has_news.wait_while(has_result, |has_result| !*has_result));
        };
        match self.thread.recorded() {
            Some(number) => record::wait("join", number, 0, Location::caller(), wait, |()| true),
            None => wait(),
        }
        unpoisoned(&self.packet).take().expect("it has a result")
    }

    /// See [`std::thread::ScopedJoinHandle::is_finished`](::std::thread::ScopedJoinHandle::is_finished).
    #[track_caller]
    pub fn is_finished(&self) -> bool {
        match current() {
            Some(task) => has_ended(&task, &self.thread, Location::caller()),
            None => *unpoisoned(&self.life.has_result),
        }
    }
}

impl fmt::Debug for Scope<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for ScopedJoinHandle<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopedJoinHandle").finish_non_exhaustive()
    }
}
