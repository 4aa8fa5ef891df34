//! [`std::sync::Condvar`](::std::sync::Condvar).

use super::{LockResult, MutexGuard, Poisoned, map_lock};
use crate::time::deadline_after;
use ::std::fmt;
use ::std::panic::Location;
use ::std::sync as real;
use ::std::time::Duration;
use interleave::object::{Handle, ObjectId, State};
use interleave::operation::{Answer, Operation};
use interleave::{Place, Task, current, record};

/// A condition variable.
#[derive(Default)]
pub struct Condvar {
    handle: Handle,
    real: real::Condvar,
}

/// Whether a wait ended because its time was over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct WaitTimeoutResult(bool);

impl WaitTimeoutResult {
    /// Was its time over?
    pub fn timed_out(&self) -> bool {
        self.0
    }
}

impl Condvar {
    /// See [`std::sync::Condvar::new`](::std::sync::Condvar::new).
    #[track_caller]
    pub const fn new() -> Self {
        Self { handle: Handle::new(), real: real::Condvar::new() }
    }

    /// See [`std::sync::Condvar::wait`](::std::sync::Condvar::wait).
    #[track_caller]
    pub fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> LockResult<MutexGuard<'a, T>> {
        self.wait_at(guard, Location::caller())
    }

    /// See [`std::sync::Condvar::wait_while`](::std::sync::Condvar::wait_while).
    #[track_caller]
    pub fn wait_while<'a, T, F: FnMut(&mut T) -> bool>(
        &self,
        mut guard: MutexGuard<'a, T>,
        mut condition: F,
    ) -> LockResult<MutexGuard<'a, T>> {
        let place = Location::caller();
        while condition(&mut *guard) {
            guard = self.wait_at(guard, place)?;
        }
        Ok(guard)
    }

    /// See [`std::sync::Condvar::wait_timeout`](::std::sync::Condvar::wait_timeout).
    #[track_caller]
    pub fn wait_timeout<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        limit: Duration,
    ) -> LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)> {
        self.wait_timeout_at(guard, limit, Location::caller())
    }

    /// See [`std::sync::Condvar::wait_timeout_while`](::std::sync::Condvar::wait_timeout_while).
    #[track_caller]
    pub fn wait_timeout_while<'a, T, F: FnMut(&mut T) -> bool>(
        &self,
        mut guard: MutexGuard<'a, T>,
        limit: Duration,
        mut condition: F,
    ) -> LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)> {
        let place = Location::caller();
        let start = crate::time::Instant::now();
        loop {
            if !condition(&mut *guard) {
                return Ok((guard, WaitTimeoutResult(false)));
            }
            let Some(rest) = limit.checked_sub(start.elapsed()) else {
                return Ok((guard, WaitTimeoutResult(true)));
            };
            guard = self.wait_timeout_at(guard, rest, place)?.0;
        }
    }

    /// See [`std::sync::Condvar::notify_one`](::std::sync::Condvar::notify_one).
    #[track_caller]
    pub fn notify_one(&self) {
        let place = Location::caller();
        match current() {
            None => {
                if record::is_on() {
                    record::event("notify-one", self.recorded(), place);
                }
                self.real.notify_one();
            }
            Some(task) => {
                task.perform(Operation::NotifyOne(self.id(&task)), place);
            }
        }
    }

    /// See [`std::sync::Condvar::notify_all`](::std::sync::Condvar::notify_all).
    #[track_caller]
    pub fn notify_all(&self) {
        let place = Location::caller();
        match current() {
            None => {
                if record::is_on() {
                    record::event("notify-all", self.recorded(), place);
                }
                self.real.notify_all();
            }
            Some(task) => {
                task.perform(Operation::NotifyAll(self.id(&task)), place);
            }
        }
    }

    fn recorded(&self) -> u32 {
        self.handle.recorded("condvar")
    }

    fn id(&self, task: &Task) -> ObjectId {
        self.handle.id(task, || State::Condvar { waiters: vec![] })
    }

    fn wait_at<'a, T>(
        &self,
        mut guard: MutexGuard<'a, T>,
        place: Place,
    ) -> LockResult<MutexGuard<'a, T>> {
        match current().filter(|_| guard.is_explored) {
            Some(task) => self.wait_explored(&task, guard, None, place).0,
            None => {
                let mutex = guard.mutex;
                let real = guard.real.take().expect("it is locked");
                let wrap = |real| MutexGuard { mutex, real: Some(real), is_explored: false };
                let wait = || self.real.wait(real);
                let result = match record::is_on() {
                    true => {
                        record::wait("wait", self.recorded(), mutex.recorded(), place, wait, |_| {
                            true
                        })
                    }
                    false => wait(),
                };
                map_lock(result, wrap)
            }
        }
    }

    fn wait_timeout_at<'a, T>(
        &self,
        mut guard: MutexGuard<'a, T>,
        limit: Duration,
        place: Place,
    ) -> LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)> {
        match current().filter(|_| guard.is_explored) {
            Some(task) => match self.wait_explored(&task, guard, Some(limit), place) {
                (Ok(guard), timed_out) => Ok((guard, WaitTimeoutResult(timed_out))),
                (Err(poisoned), timed_out) => {
                    Err(Poisoned::new((poisoned.into_inner(), WaitTimeoutResult(timed_out))))
                }
            },
            None => {
                let mutex = guard.mutex;
                let real = guard.real.take().expect("it is locked");
                let wrap = |real| MutexGuard { mutex, real: Some(real), is_explored: false };
                let wait = || self.real.wait_timeout(real, limit);
                let result = match record::is_on() {
                    true => {
                        let in_time = |result: &LockResult<(_, real::WaitTimeoutResult)>| {
                            result.as_ref().is_ok_and(|(_, result)| !result.timed_out())
                        };
                        record::wait(
                            "wait",
                            self.recorded(),
                            mutex.recorded(),
                            place,
                            wait,
                            in_time,
                        )
                    }
                    false => wait(),
                };
                map_lock(result, |(real, result)| {
                    (wrap(real), WaitTimeoutResult(result.timed_out()))
                })
            }
        }
    }

    /// Two operations: to begin to wait, which unlocks; and to go on, which locks again.
    fn wait_explored<'a, T>(
        &self,
        task: &Task,
        mut guard: MutexGuard<'a, T>,
        limit: Option<Duration>,
        place: Place,
    ) -> (LockResult<MutexGuard<'a, T>>, bool) {
        let mutex = guard.mutex;
        let (condvar, id) = (self.id(task), mutex.id(task));
        task.perform(Operation::Wait { condvar, mutex: id }, place);
        // The explorer has unlocked it already.
        guard.real = None;
        drop(guard);
        let deadline = limit.map(|limit| deadline_after(task, limit));
        let answer = task.perform(Operation::Wake { condvar, mutex: id, deadline }, place);
        (mutex.granted(), answer == Answer::TimedOut)
    }
}

impl fmt::Debug for Condvar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.real.fmt(f)
    }
}
