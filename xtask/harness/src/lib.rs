//! Runs the body of a test in a process of its own, and says truthfully what became of it.
//!
//! A test hands its body to [`isolate`]. The test's own process never runs it:
//!
//! ```text
//! test ── exec ──> copy ── fork ──> keeper ── fork ──> subject: runs the body
//!   ^                                 │
//!   └──────── Report (socket) ────────┘
//! ```
//!
//! The *copy* is the same test program, started for this one test. Its *keeper* is the first process
//! of new PID, IPC and mount namespaces, or a child subreaper where namespaces are not to be had
//! ([`Walls`]). The *subject* runs the body on the only thread of its process, in a session of its
//! own. Exit codes and printed text decide nothing: the keeper judges by a page of memory that it shares with
//! the subject, and by what the kernel says of the processes behind the walls. When the keeper
//! leaves, everything behind the walls goes with it.
//!
//! Whoever starts the test may also start the copy at once, see [`run_test`]: the verdict is the same.

pub mod arrange;
mod evidence;
mod exploration;
mod ipc;
mod judge;
mod keeper;
mod limits;
pub mod measure;
pub mod observe;
mod output;
mod page;
mod procfs;
mod quiet;
mod report;
mod runner;
mod subject;
mod sys;
mod verdict;
mod walls;

pub use exploration::Schedules;
pub use judge::split_assertion;
pub use limits::Limits;
pub use report::{Place, Report};
pub use runner::run_test;
pub use verdict::Verdict;
pub use walls::Walls;

/// Runs `scenario` in isolation under every schedule of its threads that is worth a look, and fails the test when
/// it fails under one of them. See the crate `interleave`.
///
/// That is so where the checker has built the crate with stand-ins for `std` and `crossbeam`. Elsewhere, as under plain
/// `cargo test`, the scenario runs once, on real threads.
///
/// Blocks until the exploration is over; its limits are numbers of executions.
///
/// # Panics
/// As [`isolate`].
#[track_caller]
pub fn explore(scenario: impl Fn() + Send + Sync + 'static) {
    let limits = Limits::default();
    // Counts decide when an exploration ends. The clock is for what never comes to its end, on a busy machine too.
    let limits = Limits { deadline: Schedules::asked_for().patience() * limits.deadline, ..limits };
    pass(inspect(limits, || exploration::run(scenario)));
}

/// Runs `body` in isolation, and fails the test unless it ran to its end and left nothing behind.
///
/// Blocks until the body is over, or its deadline is.
///
/// # Panics
/// With a [`Report`] as the message, unless the verdict is [`Verdict::Passed`]; and when it is not called on
/// the thread that libtest made for the test.
#[track_caller]
pub fn isolate(body: impl FnOnce()) {
    pass(inspect(Limits::default(), body));
}

fn pass(report: Report) {
    if report.verdict != Verdict::Passed {
        // Neither `panic!` nor `assert!`: the report is the whole message, and this line's number would be noise.
        eprintln!("{report}");
        std::panic::resume_unwind(Box::new("see the report above"));
    }
}

/// Runs `body` in isolation, and says what became of it.
///
/// # Panics
/// When it is not called on the thread that libtest made for the test.
#[track_caller]
pub fn inspect(limits: Limits, body: impl FnOnce()) -> Report {
    let test = std::thread::current().name().expect("libtest names its threads").to_owned();
    if runner::is_copy_for(&test) {
        keeper::run(limits, body);
    }
    let program = std::env::current_exe().expect("the path of this test program");
    run_test(
        std::process::Command::new(program),
        std::path::Path::new("."),
        &test,
        limits,
        &Schedules::Usual,
    )
}
