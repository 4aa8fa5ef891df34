//! The process that runs the body of a test.

use crate::evidence::Panic;
use crate::page::{Page, Phase};
use crate::report::Place;
use crate::{Limits, procfs, sys};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::{SigSet, SigmaskHow, Signal, sigprocmask};
use nix::unistd::Pid;
use std::cell::RefCell;
use std::ffi::CString;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
#[cfg(feature = "explore")]
use std::sync::OnceLock;

/// The page, for what a body has to say beside its panic.
#[cfg(feature = "explore")]
static PAGE: OnceLock<&Page> = OnceLock::new();

thread_local! {
    /// The newest panic of the body's own thread. Whether it ends the body is known only when it has.
    static NEWEST: RefCell<Option<Panic>> = const { RefCell::new(None) };
}

/// Runs `body` as the subject, and ends the process. `output` takes what it prints.
pub(crate) fn run(
    limits: Limits,
    page: &'static Page,
    output: OwnedFd,
    test_file: &str,
    body: impl FnOnce(),
) -> ! {
    settle_in(limits, output);
    #[cfg(feature = "explore")]
    let _ = PAGE.set(page);
    let me = Pid::this();
    note_panics(page, me, test_file.to_owned());
    page.set_phase(Phase::Running);
    let result = catch_unwind(AssertUnwindSafe(body));
    // What is still buffered would be lost with the process.
    let _ = std::io::stdout().flush();
    if Pid::this() != me {
        page.set_escaped(Pid::this().as_raw());
        sys::exit_now(101);
    }
    // The body may have left no descriptor free, and what it has left is to be read from files.
    let _ = nix::unistd::close(0);
    // They end with this process, before the keeper could count them.
    page.set_threads(procfs::live_threads(me));
    match result {
        Ok(()) => {
            page.set_unreaped(procfs::children(me).len());
            page.set_phase(Phase::Finished);
            sys::exit_now(0)
        }
        Err(payload) => {
            let unknown =
                Panic { place: None, who: "the test".into(), message: text_of(&*payload) };
            // The newest can be one that was caught, and this one without a hook.
            let noted = NEWEST.take().filter(|newest| newest.message == unknown.message);
            page.own.write(&noted.unwrap_or(unknown));
            page.set_phase(Phase::Panicked);
            sys::exit_now(101)
        }
    }
}

/// The page of the subject that this runs in.
#[cfg(feature = "explore")]
pub(crate) fn page() -> Option<&'static Page> {
    PAGE.get().copied()
}

/// Ends the body with a panic that happened before, perhaps on another thread.
#[cfg(feature = "explore")]
pub(crate) fn panic_again(panic: Panic) -> ! {
    let message = panic.message.clone();
    NEWEST.set(Some(panic));
    std::panic::resume_unwind(Box::new(message))
}

/// A session, limits, and no descriptors of anybody else's.
fn settle_in(limits: Limits, output: OwnedFd) {
    // Signals that hit the whole group or come from a terminal stay in here.
    let _ = nix::unistd::setsid();
    nix::unistd::dup2_stdout(&output).expect("standard output");
    nix::unistd::dup2_stderr(&output).expect("standard error");
    drop(output);
    sys::close_from(3);
    sigprocmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::empty()), None)
        .expect("an empty signal mask");
    let _ = nix::sys::prctl::set_pdeathsig(Signal::SIGKILL);
    let _ = nix::sys::prctl::set_name(&CString::new("test").expect("no zero in it"));
    sys::drop_capabilities();
    // Or a program that root executes would have them again.
    let _ = nix::sys::prctl::set_no_new_privs();
    // Not RLIMIT_AS: glibc reserves 128 MiB of addresses for the arena of each thread.
    for (resource, most) in [
        (Resource::RLIMIT_CORE, 0),
        (Resource::RLIMIT_DATA, limits.memory_bytes),
        (Resource::RLIMIT_FSIZE, limits.file_bytes),
    ] {
        let (_, allowed) = getrlimit(resource).expect("a limit");
        let most = most.min(allowed);
        setrlimit(resource, most, most).expect("a lower limit");
    }
}

/// From here on a panic is noted instead of printed: that of the body's own thread for later, any other at once.
fn note_panics(page: &'static Page, me: Pid, test_file: String) {
    let body_thread = std::thread::current().id();
    std::panic::set_hook(Box::new(move |info| {
        let thread = std::thread::current();
        let mut panic = panic_of(info);
        if Pid::this() != me {
            panic.who = format!("process {}", Pid::this());
        } else if thread.id() == body_thread {
            NEWEST.set(Some(panic));
            return;
        } else {
            panic.who = format!("thread {:?}", thread.name().unwrap_or("without a name"));
        }
        let in_test = panic.place.as_ref().is_some_and(|place| place.file == test_file);
        if in_test { page.aside.write(&panic) } else { page.elsewhere.write(&panic) }
    }));
}

fn panic_of(info: &PanicHookInfo<'_>) -> Panic {
    let place = info.location().map(|at| Place { file: at.file().to_owned(), line: at.line() });
    Panic { place, who: "the test".into(), message: text_of(info.payload()) }
}

fn text_of(payload: &dyn std::any::Any) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a panic without a message").to_owned()
}
