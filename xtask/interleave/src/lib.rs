//! Explores the schedules of a program with threads, and shows one in which it fails.
//!
//! [`explore`] runs a scenario again and again, each time in another order of its *steps*. The threads are real
//! ones, but only one of them runs at a time. Before each operation that another thread could notice, a thread
//! announces it and waits for its turn:
//!
//! ```text
//! stand-in (std::sync::Mutex) ── Operation ──> scheduler ── which thread goes on? ──> search
//!                                                 │
//!                                                 └── what it changes ──> World: objects, threads, clock
//! ```
//!
//! So a deadlock is not a matter of patience: no announced operation can go on. Nothing is left to chance, and
//! no limit is a time: the same program gives the same result on every machine, after the same number of executions.
//!
//! [`lead`] runs one execution as somebody says, choice by choice, and tells where it stands.
//!
//! One idea a module: the [`object`]s that threads share, the [`operation`]s on them, the `world` of one
//! execution, the `scheduler` that hands the turn from thread to thread, the `search` through the choices, the
//! `reduction` that leaves out what cannot differ, and the [`report`].
//!
//! Atomics are explored as sequentially consistent ones: what only a weaker order could show is not seen. Nor is what
//! only the counts of an `Arc` decide, as which of two `Arc::try_unwrap` comes last: it is the real one.
//!
//! The crates `interleave-std` and `interleave-crossbeam` are stand-ins for `std` and `crossbeam` on top of it.
//! Outside an exploration they behave as the real ones, and [`record`] a run when somebody asks for it.

pub mod channel;
mod encode;
pub mod object;
pub mod operation;
pub mod record;
mod reduction;
pub mod report;
mod scheduler;
mod search;
mod watch;
mod world;

pub use scheduler::{Packet, Task, current, spawn};
pub use search::{Ended, Limits, USUAL_STEPS, explore, explore_all, lead, replay};

/// A line of the explored program.
pub type Place = &'static std::panic::Location<'static>;

/// The line of the program: `caller`, or `made` where an adaptor of Rust's own library calls.
pub fn own_line(caller: Place, made: Place) -> Place {
    if caller.file().starts_with("/rustc/") { made } else { caller }
}
