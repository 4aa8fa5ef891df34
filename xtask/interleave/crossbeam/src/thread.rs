//! Threads that may borrow, as in `crossbeam::thread`.
//!
//! In an exploration and outside of it a scope works the same way; only the threads differ. So it is not built on the
//! real one.

use interleave::object::ThreadId as ExploredId;
use interleave::operation::Operation;
use interleave::{Packet, Place, spawn};
use std::any::Any;
use std::fmt;
use std::io;
use std::marker::PhantomData;
use std::mem;
use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

pub use std::thread::Result;

/// Gives `f` a scope to start threads in, and joins those that are left when it is done.
///
/// # Errors
/// The panics of the threads that were left.
///
/// # Panics
/// When `f` does; all threads are joined before.
#[track_caller]
pub fn scope<'env, F, R>(f: F) -> Result<R>
where
    F: FnOnce(&Scope<'env>) -> R,
{
    let place = Location::caller();
    let scope = Scope { threads: Arc::default(), env: PhantomData };
    let outcome = catch_unwind(AssertUnwindSafe(|| f(&scope)));
    let unwinding_would_leave_threads = Abort;
    let mut panics: Vec<Box<dyn Any + Send>> = vec![];
    // A thread puts those that it starts on the list before it ends, so in the end none is left.
    while let Some(slot) = scope.take_one() {
        // Not within the condition: a thread that joins another must not be held up by the lock.
        let left = lock(&slot).take();
        if let Some(started) = left {
            panics.extend(started.join(place).err());
        }
    }
    mem::forget(unwinding_would_leave_threads);
    match outcome {
        Err(payload) => resume_unwind(payload),
        Ok(_) if !panics.is_empty() => Err(Box::new(panics)),
        Ok(result) => Ok(result),
    }
}

/// Ends the process when it is dropped.
struct Abort;

impl Drop for Abort {
    fn drop(&mut self) {
        std::process::abort();
    }
}

/// Where threads can be started that may borrow what lives longer than `'env`.
pub struct Scope<'env> {
    threads: Arc<Mutex<Vec<Arc<Slot>>>>,
    /// Neither longer nor shorter.
    env: PhantomData<&'env mut &'env ()>,
}

/// A thread that nobody has joined yet.
type Slot = Mutex<Option<Started>>;

enum Started {
    Real(thread::JoinHandle<()>),
    Explored(ExploredId, Packet<()>),
}

impl<'env> Scope<'env> {
    /// Starts a thread. It gets the scope too, for threads of its own.
    ///
    /// # Panics
    /// When the system has no thread left.
    #[track_caller]
    pub fn spawn<'scope, F, T>(&'scope self, f: F) -> ScopedJoinHandle<'scope, T>
    where
        F: FnOnce(&Scope<'env>) -> T + Send + 'env,
        T: Send + 'env,
    {
        self.builder().spawn(f).expect("failed to spawn scoped thread")
    }

    /// For a thread with a name, or with a stack of a given size.
    pub fn builder<'scope>(&'scope self) -> ScopedThreadBuilder<'scope, 'env> {
        ScopedThreadBuilder { scope: self, name: None, stack_size: None }
    }

    fn take_one(&self) -> Option<Arc<Slot>> {
        let mut threads = lock(&self.threads);
        if threads.is_empty() { None } else { Some(threads.remove(0)) }
    }
}

/// What a thread is to be like.
#[derive(Debug)]
pub struct ScopedThreadBuilder<'scope, 'env> {
    scope: &'scope Scope<'env>,
    name: Option<String>,
    stack_size: Option<usize>,
}

impl<'scope, 'env> ScopedThreadBuilder<'scope, 'env> {
    /// With this name.
    #[must_use]
    pub fn name(self, name: String) -> Self {
        Self { name: Some(name), ..self }
    }

    /// With so many bytes of stack.
    #[must_use]
    pub fn stack_size(self, size: usize) -> Self {
        Self { stack_size: Some(size), ..self }
    }

    /// Starts it.
    ///
    /// # Errors
    /// When the system has no thread left.
    #[track_caller]
    pub fn spawn<F, T>(self, f: F) -> io::Result<ScopedJoinHandle<'scope, T>>
    where
        F: FnOnce(&Scope<'env>) -> T + Send + 'env,
        T: Send + 'env,
    {
        let result = Arc::default();
        let scope = Scope { threads: Arc::clone(&self.scope.threads), env: PhantomData };
        let to = Arc::clone(&result);
        let body: Box<dyn FnOnce() + Send + 'env> = Box::new(move || {
            let outcome = f(&scope);
            *lock(&to) = Some(outcome);
        });
        // SAFETY: Only the lifetime changes. The body is gone when its thread has ended, and `scope` does not return
        // before: every thread is on its list, or is joined by a thread of it.
        let body: Box<dyn FnOnce() + Send> = unsafe { mem::transmute(body) };
        let (started, thread) = start(self.name, self.stack_size, Location::caller(), body)?;
        let slot = Arc::new(Mutex::new(Some(started)));
        lock(&self.scope.threads).push(Arc::clone(&slot));
        Ok(ScopedJoinHandle { slot, result, thread, scope: PhantomData })
    }
}

fn start(
    name: Option<String>,
    stack_size: Option<usize>,
    place: Place,
    body: Box<dyn FnOnce() + Send>,
) -> io::Result<(Started, Thread)> {
    if let Some(task) = interleave::current() {
        // SAFETY: by its type the body borrows nothing. Who has changed its type sees to it, see `spawn` above.
        let (id, packet) = unsafe { spawn(&task, name.clone(), stack_size, place, body) }?;
        let thread = Thread { kind: Kind::Explored(id, name) };
        return Ok((Started::Explored(id, packet), thread));
    }
    let mut builder = thread::Builder::new();
    if let Some(name) = name {
        builder = builder.name(name);
    }
    if let Some(size) = stack_size {
        builder = builder.stack_size(size);
    }
    let handle = builder.spawn(body)?;
    let thread = Thread { kind: Kind::Real(handle.thread().clone()) };
    Ok((Started::Real(handle), thread))
}

impl Started {
    fn join(self, place: Place) -> Result<()> {
        match self {
            Self::Real(handle) => handle.join(),
            Self::Explored(id, packet) => {
                crate::task().perform(Operation::Join(id), place);
                lock(&packet).take().expect("it has ended")
            }
        }
    }
}

/// Joins a thread before its scope does.
pub struct ScopedJoinHandle<'scope, T> {
    slot: Arc<Slot>,
    result: Arc<Mutex<Option<T>>>,
    thread: Thread,
    scope: PhantomData<&'scope ()>,
}

impl<T> ScopedJoinHandle<'_, T> {
    /// Waits until the thread has ended, and returns its result.
    ///
    /// # Errors
    /// Its panic.
    #[track_caller]
    pub fn join(self) -> Result<T> {
        let started = lock(&self.slot).take().expect("nobody joins before the scope ends");
        started.join(Location::caller())?;
        Ok(lock(&self.result).take().expect("it has come to its end"))
    }

    /// Which thread it is.
    pub fn thread(&self) -> &Thread {
        &self.thread
    }
}

/// A thread of a scope: as much of `std::thread::Thread` as can be had.
#[derive(Clone, Debug)]
pub struct Thread {
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Real(thread::Thread),
    Explored(ExploredId, Option<String>),
}

/// What tells a thread from another.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct ThreadId(Id);

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
enum Id {
    Real(thread::ThreadId),
    Explored(ExploredId),
}

impl Thread {
    /// What tells it from the others.
    pub fn id(&self) -> ThreadId {
        ThreadId(match &self.kind {
            Kind::Real(thread) => Id::Real(thread.id()),
            Kind::Explored(id, _) => Id::Explored(*id),
        })
    }

    /// The name that it was given.
    pub fn name(&self) -> Option<&str> {
        match &self.kind {
            Kind::Real(thread) => thread.name(),
            Kind::Explored(_, name) => name.as_deref(),
        }
    }

    /// Lets it go on if it is parked; otherwise it won't block the next time.
    #[track_caller]
    pub fn unpark(&self) {
        match &self.kind {
            Kind::Real(thread) => thread.unpark(),
            Kind::Explored(id, _) => {
                crate::task().perform(Operation::Unpark(*id), Location::caller());
            }
        }
    }
}

/// Nothing of this module can panic while it holds a lock.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Scope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("Scope { .. }")
    }
}

impl<T> fmt::Debug for ScopedJoinHandle<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("ScopedJoinHandle { .. }")
    }
}
