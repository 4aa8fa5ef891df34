//! `cargo xtask doctor`: what this machine can do for grading, and what to install.

use crate::jail::{self, Jail};
use anstream::println;
use std::path::Path;
use std::process::ExitCode;
use xtask::fault::Fault;
use xtask::show::{BAD, GOOD};

pub fn run() -> Result<ExitCode, Fault> {
    let bubblewrap = jail::search_path("bwrap");
    let own = Jail::Own.works();
    let wrapped = bubblewrap.clone().is_some_and(|program| Jail::Bubblewrap(program).works());
    say(
        wrapped,
        "bubblewrap holds submissions in",
        match bubblewrap {
            None => "it is not installed: `apt install bubblewrap`, `dnf install bubblewrap`",
            Some(_) => "it is installed, and the system refuses it namespaces",
        },
    );
    say(
        own,
        "namespaces and Landlock hold submissions in, where bubblewrap is not there",
        "the system refuses one of them; a kernel of version 5.13 or later has them",
    );
    if !own
        && !wrapped
        && Path::new("/proc/sys/kernel/apparmor_restrict_unprivileged_userns").exists()
    {
        println!(
            "    Ubuntu keeps namespaces from ordinary users. Until the machine starts again this allows them:\n    \
             sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"
        );
    }
    say(
        jail::search_path("git").is_some(),
        "git reads repositories and bundles that are handed in",
        "without it, they are not read: `apt install git`",
    );
    Ok(ExitCode::from(u8::from(!wrapped && !own)))
}

fn say(is_there: bool, what: &str, otherwise: &str) {
    match is_there {
        true => println!("  {GOOD}✓{GOOD:#} {what}"),
        false => println!("  {BAD}✗ {what}{BAD:#}: {otherwise}"),
    }
}
