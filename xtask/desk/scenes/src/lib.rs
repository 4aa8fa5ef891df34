//! Small programs that break under some schedules, and the same ones mended. They are played with: a learner is the
//! scheduler, and the source is what they see.
//!
//! Each is a file, and short: it has to fit a terminal. It is plain Rust; that it can be led step by step is the doing of
//! its manifest alone. None is the answer to a section, or one of its usual mistakes.

/// A program that some schedule breaks, and the same one mended.
#[derive(Clone, Copy, Debug)]
pub struct Scene {
    /// The name of its file.
    pub name: &'static str,
    /// Its text.
    pub source: &'static str,
    /// The one that can be broken.
    pub wrong: fn(),
    /// The one that can't.
    pub mended: fn(),
}

macro_rules! scenes {
    ($($(#[$doc:meta])* $scene:ident = $name:ident;)*) => {
        $(
            mod $name;

            $(#[$doc])*
            pub const $scene: Scene = Scene {
                name: stringify!($name),
                source: include_str!(concat!(stringify!($name), ".rs")),
                wrong: $name::wrong,
                mended: $name::mended,
            };
        )*
    };
}

scenes! {
    /// The highest of some numbers.
    HIGHEST = highest;
    /// Whoever comes first does the work.
    FIRST_COME = first_come;
    /// A door that opens, and shuts again.
    DOOR = door;
    /// Two who wait for each other.
    MEETING = meeting;
    /// Workers who fetch the number of their next job.
    NEXT_JOB = next_job;
    /// Jobs that need a second worker.
    NESTED_JOBS = nested_jobs;
    /// Two transfers between two accounts.
    TRANSFER = transfer;
    /// A transfer, and somebody who adds up the accounts.
    AUDIT = audit;
    /// A shelf with one place.
    SHELF = shelf;
    /// Numbered parcels on a belt.
    PARCELS = parcels;
    /// Three forks, three philosophers.
    ROUND_TABLE = round_table;
    /// A fork that a neighbour waits for.
    NEIGHBOUR = neighbour;
}
