//! The learner's desk: what can be typed. It is done by a program of its own, `xtask/desk`, which is built when it is
//! first asked for.

use crate::fault::Fault;
use crate::hand_over;
use crate::words;
use std::process::ExitCode;

/// `cargo xtask watch`.
pub mod watch {
    /// Checks on every save, and goes on to the next section when one is whole
    #[derive(clap::Args, Clone, Debug)]
    pub struct Arguments {
        /// Number, name, or the beginning of a name; none: the first that is not whole
        #[arg(value_name = "SECTION")]
        pub section: Option<String>,
        /// Only ever add lines, and take keys with Enter: for screen readers
        #[arg(long)]
        pub plain: bool,
    }
}

/// `cargo xtask predict`.
pub mod predict {
    /// Asks what a program does under a given schedule, and shows why
    #[derive(clap::Args, Clone, Debug)]
    pub struct Arguments {
        /// Number, name, or the beginning of a name
        #[arg(value_name = "SECTION")]
        pub section: String,
        /// So many questions
        #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
        pub count: u32,
        /// Another number, other questions
        #[arg(long, value_name = "N", default_value_t = 1)]
        pub seed: u64,
    }
}

/// `cargo xtask break`.
pub mod r#break {
    /// Lets you be the scheduler of a wrong program, until it breaks
    #[derive(clap::Args, Clone, Debug)]
    pub struct Arguments {
        /// Number, name, or the beginning of a name
        #[arg(value_name = "SECTION")]
        pub section: String,
        /// Line by line, for a screen reader or a pipe
        #[arg(long)]
        pub plain: bool,
    }
}

/// Lets the desk do what was typed.
///
/// # Errors
/// That it is not here, or could not be started.
pub fn hand_over() -> Result<ExitCode, Fault> {
    hand_over::hand_over(
        "desk",
        "xtask-desk",
        &words!(
            "Building the desk: once, some seconds.",
            "Construction du bureau : une seule fois, quelques secondes."
        ),
    )
}
