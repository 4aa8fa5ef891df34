//! Threads that are started one by one.

use super::{Kind, Result, STARTED, Thread};
use ::std::fmt;
use ::std::io;
use ::std::panic::Location;
use ::std::sync::PoisonError;
use ::std::thread as real;
use interleave::operation::{Answer, Operation};
use interleave::{Packet, Place, Task, current, record};

/// See [`std::thread::Builder`](::std::thread::Builder).
#[derive(Debug, Default)]
pub struct Builder {
    pub(super) name: Option<String>,
    pub(super) stack_bytes: Option<usize>,
}

/// See [`std::thread::JoinHandle`](::std::thread::JoinHandle).
pub struct JoinHandle<T>(Handle<T>);

/// A thread that can be waited for.
pub(super) enum Handle<T> {
    Real(real::JoinHandle<T>, Thread),
    Explored(Thread, Packet<T>),
}

impl Builder {
    /// See [`std::thread::Builder::new`](::std::thread::Builder::new).
    pub fn new() -> Self {
        Self::default()
    }

    /// See [`std::thread::Builder::name`](::std::thread::Builder::name).
    pub fn name(self, name: String) -> Self {
        Self { name: Some(name), ..self }
    }

    /// See [`std::thread::Builder::stack_size`](::std::thread::Builder::stack_size).
    pub fn stack_size(self, bytes: usize) -> Self {
        Self { stack_bytes: Some(bytes), ..self }
    }

    /// See [`std::thread::Builder::spawn`](::std::thread::Builder::spawn).
    ///
    /// # Errors
    /// When the system has no thread left.
    #[track_caller]
    pub fn spawn<F, T>(self, f: F) -> io::Result<JoinHandle<T>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        // SAFETY: what borrows nothing cannot outlive what it borrows.
        unsafe { self.start(f, Location::caller()) }.map(JoinHandle)
    }

    /// Starts a thread, in an exploration if there is one.
    ///
    /// # Safety
    /// The thread has to end before anything does that `f` or its result borrow.
    pub(super) unsafe fn start<F, T>(self, f: F, place: Place) -> io::Result<Handle<T>>
    where
        F: FnOnce() -> T + Send,
        T: Send,
    {
        let Some(task) = current() else {
            let number = if record::is_on() { record::new_thread() } else { 0 };
            if number != 0 {
                record::start(number, self.name.as_deref(), place);
            }
            let body = move || {
                let _life = (number != 0).then(|| record::Life::begin(number));
                f()
            };
            let mut builder = real::Builder::new();
            if let Some(name) = self.name {
                builder = builder.name(name);
            }
            if let Some(bytes) = self.stack_bytes {
                builder = builder.stack_size(bytes);
            }
            // SAFETY: as the caller promises.
            let handle = unsafe { builder.spawn_unchecked(body) }?;
            let thread = Thread(Kind::Real(handle.thread().clone(), number));
            return Ok(Handle::Real(handle, thread));
        };
        let name = self.name.as_deref().map(Into::into);
        let body = move || {
            let task = current().expect("it runs in an exploration");
            let (execution, number) = (task.execution(), task.id());
            STARTED.set(Some(Thread(Kind::Explored { execution, number, name })));
            f()
        };
        let name = self.name.as_deref().map(Into::into);
        // SAFETY: as the caller promises.
        let (number, packet) =
            unsafe { interleave::spawn(&task, self.name, self.stack_bytes, place, body) }?;
        let thread = Thread(Kind::Explored { execution: task.execution(), number, name });
        Ok(Handle::Explored(thread, packet))
    }
}

/// See [`std::thread::spawn`](::std::thread::spawn).
///
/// # Panics
/// When the system has no thread left.
#[track_caller]
pub fn spawn<F, T>(f: F) -> JoinHandle<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    // SAFETY: what borrows nothing cannot outlive what it borrows.
    let handle = unsafe { Builder::new().start(f, Location::caller()) };
    JoinHandle(handle.expect("failed to spawn thread"))
}

impl<T> JoinHandle<T> {
    /// See [`std::thread::JoinHandle::thread`](::std::thread::JoinHandle::thread).
    pub fn thread(&self) -> &Thread {
        self.0.thread()
    }

    /// See [`std::thread::JoinHandle::join`](::std::thread::JoinHandle::join).
    ///
    /// # Errors
    /// The payload of the panic that ended it.
    #[track_caller]
    pub fn join(self) -> Result<T> {
        self.0.join(Location::caller())
    }

    /// See [`std::thread::JoinHandle::is_finished`](::std::thread::JoinHandle::is_finished).
    #[track_caller]
    pub fn is_finished(&self) -> bool {
        self.0.is_finished(Location::caller())
    }
}

impl<T> Handle<T> {
    pub(super) fn thread(&self) -> &Thread {
        match self {
            Self::Real(_, thread) | Self::Explored(thread, _) => thread,
        }
    }

    pub(super) fn join(self, place: Place) -> Result<T> {
        match self {
            Self::Real(handle, Thread(Kind::Real(_, number))) if record::is_on() => {
                record::wait("join", number, 0, place, || handle.join(), |_| true)
            }
            Self::Real(handle, _) => handle.join(),
            Self::Explored(thread, packet) => {
                if let Some(task) = current() {
                    wait_for(&task, &thread, place);
                }
                let result = packet.lock().unwrap_or_else(PoisonError::into_inner).take();
                result.unwrap_or_else(|| Err(Box::new("it did not end with its exploration")))
            }
        }
    }

    fn is_finished(&self, place: Place) -> bool {
        match (self, current()) {
            (Self::Real(handle, _), _) => handle.is_finished(),
            (Self::Explored(thread, _), Some(task)) => has_ended(&task, thread, place),
            (Self::Explored(..), None) => true,
        }
    }
}

/// Has an explored thread ended?
pub(super) fn has_ended(task: &Task, thread: &Thread, place: Place) -> bool {
    match thread {
        Thread(Kind::Explored { number, .. }) => {
            task.perform(Operation::IsFinished(*number), place) == Answer::Done
        }
        Thread(Kind::Real(..)) => true,
    }
}

/// Blocks until an explored thread has ended.
pub(super) fn wait_for(task: &Task, thread: &Thread, place: Place) {
    if let Thread(Kind::Explored { number, .. }) = thread {
        task.perform(Operation::Join(*number), place);
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle").finish_non_exhaustive()
    }
}
