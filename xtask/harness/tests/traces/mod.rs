//! What a run of tests may have left on the machine, looked for from outside and without the harness.

use harness::observe::eventually;
use std::collections::BTreeSet;
use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

/// The environment variable that everything carries which comes from a marked run.
const MARK: &str = "HARNESS_TEST_RUN";
/// How long what is about to end may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// A marked run, and what was on the machine before it.
pub(crate) struct Traces {
    mark: String,
    objects_before: BTreeSet<String>,
}

impl Traces {
    /// Marks what `command` will start. `name` must differ from those of the other runs of this process.
    pub(crate) fn of(command: &mut Command, name: &str) -> Self {
        let value = format!("{}-{name}", std::process::id());
        command.env(MARK, &value);
        Self { mark: format!("{MARK}={value}"), objects_before: objects() }
    }

    /// Blocks until no process of the run is there, nor an object that is there now and was not before.
    ///
    /// # Panics
    /// After two seconds, with what is left.
    #[track_caller]
    pub(crate) fn assert_gone(&self) {
        let started = Instant::now();
        // Other tests make objects too: only what is there at this moment can be from the run.
        let mut left = &objects() - &self.objects_before;
        let mut processes = vec![];
        eventually("two seconds have passed, or nothing is left", || {
            left = &left & &objects();
            processes = self.processes();
            (left.is_empty() && processes.is_empty()) || started.elapsed() > PATIENCE
        });
        assert!(processes.is_empty(), "still running: {processes:#?}");
        assert!(left.is_empty(), "not removed: {left:#?}");
    }

    /// The processes of the run that are there, in words.
    pub(crate) fn processes(&self) -> Vec<String> {
        let marked = |pid: &String| {
            let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
            environment.split(|&byte| byte == 0).any(|entry| entry == self.mark.as_bytes())
        };
        names_in("/proc")
            .filter(|name| name.bytes().all(|byte| byte.is_ascii_digit()))
            .filter(marked)
            .map(|pid| {
                let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
                format!("{pid} {}", name.trim())
            })
            .collect()
    }
}

/// The System V objects of all users, and the files in `/dev/shm`.
fn objects() -> BTreeSet<String> {
    let mut objects = BTreeSet::new();
    for table in ["msg", "sem", "shm"] {
        let text = fs::read_to_string(format!("/proc/sysvipc/{table}")).unwrap_or_default();
        let ids = text.lines().skip(1).filter_map(|row| row.split_whitespace().nth(1));
        objects.extend(ids.map(|id| format!("{table} {id}")));
    }
    objects.extend(names_in("/dev/shm").map(|name| format!("/dev/shm/{name}")));
    objects
}

fn names_in(folder: &str) -> impl Iterator<Item = String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok())
}
