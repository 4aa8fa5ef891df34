//! A stand-in for `core`: the same, with the atomics of `interleave-std`. They have two names in Rust, and the explorer
//! must not be blind to one of them.

#![no_std]

pub use ::core::*;

/// [`core::hint`].
pub mod hint {
    pub use ::core::hint::*;
    pub use interleave_std::hint::spin_loop;
}

/// [`core::sync`].
pub mod sync {
    pub use interleave_std::sync::atomic;
}
