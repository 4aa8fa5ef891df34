//! The same scenarios, judged by the explorer, by [loom](https://docs.rs/loom) and by
//! [shuttle](https://docs.rs/shuttle). Where they differ, the table says why.
//!
//! Each judgement is a process of its own: a judge that has failed a program may abort, or never come to an end.

use interleave::report::Finding;
use std::env;
use std::process::{Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

mod explored {
    use interleave_std as std;
    include!("scenarios.rs");
}

mod loomed {
    use loom as std;
    include!("scenarios.rs");
}

mod shuttled {
    use shuttle as std;
    include!("scenarios.rs");
}

/// What a judge says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Says {
    Right,
    Wrong,
    /// It does not have what the scenario needs.
    Nothing,
}
use Says::{Nothing, Right, Wrong};

/// A judge: its name, and how it judges scenario number so. It panics if it finds a mistake.
type Judge = (&'static str, fn(usize));

const JUDGES: [Judge; 3] = [
    ("interleave", |number| {
        let scenario = explored::ALL[number].1;
        let found = interleave::explore(interleave::Limits::default(), scenario).finding;
        assert!(matches!(found, Finding::None(_)), "{found:?}");
    }),
    ("loom", |number| loom::model(loomed::ALL[number].1)),
    ("shuttle", |number| {
        let scheduler = shuttle::scheduler::RandomScheduler::new_from_seed(1, 2_000);
        shuttle::Runner::new(scheduler, shuttle::Config::new()).run(shuttled::ALL[number].1);
    }),
];

/// The scenario, what the three say of it, and why they differ.
type Row = (&'static str, [Says; 3], &'static str);

const ALL_RIGHT: [Says; 3] = [Right; 3];
const ALL_WRONG: [Says; 3] = [Wrong; 3];

const TABLE: &[Row] = &[
    ("lost update", ALL_WRONG, ""),
    ("update in one", ALL_RIGHT, ""),
    ("check, then act", ALL_WRONG, ""),
    ("check and act", ALL_RIGHT, ""),
    ("locks in opposite order", ALL_WRONG, ""),
    ("locks in the same order", ALL_RIGHT, ""),
    ("wait in a loop", ALL_RIGHT, ""),
    ("look before the lock", ALL_WRONG, ""),
    ("notify before the change", ALL_WRONG, ""),
    ("change without the lock", ALL_WRONG, ""),
    ("if for while, one waiter", [Wrong, Right, Right], "only we wake up for nothing"),
    ("if for while, two waiters", ALL_WRONG, ""),
    ("while, two waiters", ALL_RIGHT, ""),
    ("one notification too few", ALL_WRONG, ""),
    ("a notification for all", ALL_RIGHT, ""),
    ("checked once", ALL_WRONG, ""),
    ("checked twice", ALL_RIGHT, ""),
    ("poison unwrapped", ALL_WRONG, ""),
    (
        "poison expected",
        [Right, Wrong, Wrong],
        "the others fail a program in which a thread panics",
    ),
    (
        "try_lock gives up",
        [Wrong, Right, Wrong],
        "loom lets nobody in between a lock and its unlock alone",
    ),
    ("try_lock tries again", ALL_RIGHT, ""),
    ("one message too many expected", ALL_WRONG, ""),
    ("as many messages as sent", ALL_RIGHT, ""),
    ("a sender is kept", ALL_WRONG, ""),
    ("no sender is kept", [Right, Wrong, Right], "a channel of loom does not end with its senders"),
    ("read, then write", ALL_WRONG, ""),
    ("a reader wants to write", ALL_WRONG, ""),
    // For three reasons: we let a writer come in between; loom loses count; shuttle allows nobody to read twice.
    ("read again", ALL_WRONG, ""),
    ("readers and a writer", ALL_RIGHT, ""),
    ("barrier used again", [Right, Nothing, Right], "loom has no barrier"),
    ("barrier for one too many", [Wrong, Nothing, Wrong], "loom has no barrier"),
    ("park in a loop", ALL_RIGHT, ""),
    ("park once", ALL_WRONG, ""),
    ("unpark before the change", ALL_WRONG, ""),
    ("relaxed message", [Right, Wrong, Right], "only loom knows weaker orders"),
    ("released message", ALL_RIGHT, ""),
];

/// So long may one judgement take.
const PATIENCE: Duration = Duration::from_secs(60);

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().collect();
    if let [_, command, judge, number] = &arguments[..]
        && command == "judge"
    {
        let judge = JUDGES.iter().find(|(name, _)| name == judge).expect("a judge of this name");
        (judge.1)(number.parse().expect("a number"));
        return ExitCode::SUCCESS;
    }
    let mut wrong = 0;
    for (number, (name, expected, why)) in TABLE.iter().enumerate() {
        assert_eq!(*name, explored::ALL[number].0, "the table is in the order of the scenarios");
        let said = JUDGES.map(|(judge, _)| ask(judge, number));
        let is_expected = said == *expected;
        wrong += u32::from(!is_expected);
        println!("{name:30} {said:?}{}", if is_expected { "" } else { " — that is new" });
        let all_agree = expected.iter().all(|says| *says == expected[0]);
        assert_eq!(all_agree, why.is_empty(), "who differs, says why: {name}");
    }
    assert_eq!(TABLE.len(), explored::ALL.len(), "a row for each scenario");
    ExitCode::from(u8::from(wrong > 0))
}

/// What this judge says of a scenario, in a process of its own.
fn ask(judge: &str, number: usize) -> Says {
    let program = env::current_exe().expect("this program has a file");
    let mut command = Command::new(program);
    command.args(["judge", judge, &number.to_string()]);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts again");
    let mut stderr = child.stderr.take().expect("it is piped");
    let text = thread::spawn(move || {
        let mut text = vec![];
        let _ = std::io::Read::read_to_end(&mut stderr, &mut text);
        String::from_utf8_lossy(&text).into_owned()
    });
    let started = Instant::now();
    let status = loop {
        match child.try_wait().expect("it is our child") {
            Some(status) => break Some(status),
            None if started.elapsed() > PATIENCE => {
                let _ = child.kill();
                let _ = child.wait();
                break None;
            }
            None => thread::sleep(Duration::from_millis(5)),
        }
    };
    let text = text.join().expect("it reads");
    match status {
        Some(status) if status.success() => Right,
        _ if text.contains("not supported") => Nothing,
        Some(_) => Wrong,
        None => panic!("{judge} does not end with scenario {number}: {text}"),
    }
}
