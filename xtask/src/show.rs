//! What is printed, and how. Each form of output is a file; nothing is decided here.

pub mod json;
pub mod live;
pub mod picture;
pub mod schedule;
pub mod terminal;
pub mod text;
pub mod verdict;

use crate::fault::Fault;
use crate::words;
use anstyle::{AnsiColor, Style};

/// What is good.
pub const GOOD: Style = AnsiColor::Green.on_default().bold();
/// What is wrong.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// What to look at.
pub const STRONG: Style = Style::new().bold();
/// What can be read later.
pub const FAINT: Style = Style::new().dimmed();

/// Are colours welcome on standard output?
pub fn has_colour() -> bool {
    anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never
}

/// Set by `cargo xtask watch` for the checks that it starts.
pub const WATCHED: &str = "COURSE_WATCHED";

/// Is this read in `cargo xtask watch`? There a save is enough, and a key does what else is to be typed.
pub fn is_watched() -> bool {
    std::env::var_os(WATCHED).is_some()
}

/// Tells on standard error why the checker can't do its work.
pub fn fault(fault: &Fault) {
    let error = words!("error:", "erreur :");
    anstream::eprintln!("{BAD}{error}{BAD:#} {}", text::safe(&fault.what));
    if let Some(next) = &fault.next {
        anstream::eprintln!("\n{}", text::safe(next));
    }
}
