//! What holds in the programs that have to do with an answer: cargo, which builds it, and the test program.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// The words before the path of a program, as `bwrap --unshare-net --`. None where the program runs as it is.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Prefix(pub Vec<OsString>);

/// What holds in an answer. By default nothing does but the walls of the tests themselves: it is the user's own.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Confinement {
    /// Before cargo.
    pub building: Prefix,
    /// Before a test program.
    pub running: Prefix,
    /// How long cargo may take; without an end where it is the user's own answer.
    pub patience: Option<Duration>,
}

impl Prefix {
    /// The program, held in. Then nothing of the user's environment gets in, either.
    pub fn command(&self, program: &Path) -> Command {
        let mut words = self.0.iter().map(OsString::as_os_str).chain([program.as_os_str()]);
        let mut command = Command::new::<&OsStr>(words.next().expect("a program at least"));
        command.args(words);
        if !self.0.is_empty() {
            command.env_clear();
        }
        command
    }
}
