//! A stand-in for `std`: the same, but what threads share goes through the explorer while there is an exploration.
//!
//! A crate whose manifest says `std = { package = "interleave-std", … }` finds these modules under the names that
//! it knows. It is built from the same source as ever. Outside an exploration everything behaves as the real one.
//!
//! What is left out on purpose does not compile in the explored build: `std::process::Command`, because a
//! process has no schedule that could be explored.

#![allow(
    rustdoc::redundant_explicit_links,
    reason = "some labels mean the stand-in, the targets all the real one"
)]

pub use ::std::*;

/// [`std::hint`](::std::hint).
pub mod hint {
    pub use ::std::hint::*;

    /// Lets the others go on: what is waited for can come only from them.
    #[track_caller]
    pub fn spin_loop() {
        if interleave::current().is_some() {
            crate::thread::yield_now();
        } else {
            ::std::hint::spin_loop();
        }
    }
}

/// [`std::process`](::std::process), without what starts one.
pub mod process {
    pub use ::std::process::{ExitCode, ExitStatus, Termination, abort, exit, id};
}

pub mod sync;
pub mod thread;
pub mod time;
