//! What a body may use before it is stopped.

use std::time::Duration;

/// The environment variable that sets the default deadline, in milliseconds.
pub(crate) const DEADLINE_VARIABLE: &str = "HARNESS_DEADLINE_MS";

/// What a body may use before it is stopped.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Time on the wall clock. A deadlock is found much earlier, see [`Verdict::Deadlock`](crate::Verdict).
    pub deadline: Duration,
    /// Bytes of output that are kept; the rest is counted and dropped.
    pub output_bytes: usize,
    /// Threads of all processes together that may be there at the same time.
    pub threads: usize,
    /// Bytes of memory that one process may allocate.
    pub memory_bytes: u64,
    /// Bytes that a file may grow to.
    pub file_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        let asked = std::env::var(DEADLINE_VARIABLE).ok().and_then(|millis| millis.parse().ok());
        Self {
            deadline: Duration::from_millis(asked.unwrap_or(5000)),
            output_bytes: 64 << 10,
            threads: 256,
            memory_bytes: 1 << 30,
            file_bytes: 64 << 20,
        }
    }
}
