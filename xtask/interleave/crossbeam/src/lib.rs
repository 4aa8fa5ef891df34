//! Stands in for `crossbeam`: in an exploration each operation is a step that the explorer schedules; outside of one it
//! is that of the real crate.
//!
//! An object decides when it is made which of the two it is, and stays so: `Real` or `Explored`. Both have the
//! interface of the real one, so a program is built against this crate by its manifest alone:
//!
//! ```toml
//! crossbeam = { package = "interleave-crossbeam", path = "…" }
//! ```
//!
//! What waits is built from the channels of the explorer: a wait group is a channel that nobody sends into, the
//! token of a parker is a message. What never waits, an `AtomicCell` or a queue, is the real one: each operation is one step.
//!
//! What can't be explored is left out, so that a program that needs it does not compile instead of being judged
//! by a wrong imitation: `deque`, `epoch`, biased selections, and a `Select` that says what is ready without doing it.

pub mod atomic;
pub mod channel;
mod end;
pub mod queue;
pub mod sync;
pub mod thread;
mod time;
pub mod utils;

pub use thread::scope;

use interleave::Task;

/// The explored thread that uses an object of an exploration.
fn task() -> Task {
    interleave::current().expect("an object of an exploration is used by an explored thread")
}
