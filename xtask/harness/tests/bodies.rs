//! Bodies that misbehave in every way that comes to mind, and some that do not though it may look so: what the harness
//! says of each.
//!
//! Nothing here depends on luck: what must have happened before something else is waited for, and what must be under
//! way at the same time meets at a barrier.

mod processes;
mod tested;
mod traces;

use harness::{Limits, Report, Verdict, Walls};
use processes::{child, daemon, wait_for_ever};
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use traces::Traces;

/// The environment variable that names the walls which the run must have.
const WALLS_WANTED: &str = "HARNESS_TEST_WALLS";

/// Runs `body`; its verdict must be `verdict`, and `message` a part of what is said of it.
#[track_caller]
fn judged(verdict: Verdict, message: &str, body: impl FnOnce()) -> Report {
    judged_within(Limits::default(), verdict, message, body)
}

/// The same, where the body ends only with its time.
#[track_caller]
fn judged_at_deadline(verdict: Verdict, message: &str, body: impl FnOnce()) -> Report {
    let limits = Limits { deadline: Duration::from_millis(250), ..Limits::default() };
    judged_within(limits, verdict, message, body)
}

#[track_caller]
fn judged_within(limits: Limits, verdict: Verdict, message: &str, body: impl FnOnce()) -> Report {
    let report = harness::inspect(limits, body);
    assert_eq!(report.verdict, verdict, "{report}");
    assert!(report.message.contains(message), "{report}");
    if let Ok(name) = std::env::var(WALLS_WANTED) {
        assert_eq!(report.walls, Walls::from_name(&name), "{report}");
    }
    report
}

/// One of the report's details must have `part` in it.
#[track_caller]
fn assert_detail(report: &Report, part: &str) {
    let has_it = report.details.iter().any(|detail| detail.contains(part));
    assert!(has_it, "no detail with {part:?}: {report}");
}

/// Bodies that come to an end by their own fault.
mod ends {
    use super::*;
    use harness::Verdict::{Crashed, Failed, Forged, NotWritten, Panicked};
    use nix::sys::signal::{Signal, kill, raise};
    use nix::sys::wait::waitpid;
    use nix::unistd::{ForkResult, Pid, getppid};

    #[test]
    fn assertion_failed() {
        let line = line!() + 1;
        let report = judged(Failed, "a sum", || assert_eq!(1 + 1, 3, "a sum"));
        assert_eq!(report.expected.as_deref(), Some("3"));
        assert_eq!(report.actual.as_deref(), Some("2"));
        let place = report.place.expect("a place");
        assert_eq!((place.file.as_str(), place.line), (file!(), line));
    }

    #[test]
    fn panic_in_tested_code() {
        let report = judged(Panicked, "no such page", tested::panics);
        let place = report.place.expect("a place");
        assert!(place.file.ends_with("tests/tested/mod.rs"), "{place}");
        assert_eq!(place.line, tested::PANIC_LINE);
    }

    #[test]
    fn panic_passed_on_from_a_thread() {
        let report = judged(Panicked, "no such page", || {
            let result = std::thread::spawn(tested::panics).join();
            std::panic::resume_unwind(result.expect_err("a panic"));
        });
        assert_detail(&report, "tests/tested/mod.rs");
    }

    #[test]
    fn panic_after_another_that_was_caught() {
        let report = judged(Panicked, "the second", || {
            std::panic::catch_unwind(tested::panics).expect_err("a panic");
            // Without a hook, so that the harness hears of the first alone.
            std::panic::resume_unwind(Box::new("the second"));
        });
        assert_eq!(report.place, None);
    }

    #[test]
    fn panic_with_a_hook_of_its_own() {
        let report = judged(Panicked, "not to be placed", || {
            std::panic::set_hook(Box::new(|_| {}));
            panic!("not to be placed");
        });
        assert_eq!(report.place, None);
    }

    #[test]
    fn unwritten() {
        let report = judged(NotWritten, "hand out the pages", tested::unwritten);
        assert!(report.place.is_some(), "{report}");
    }

    #[test]
    fn unwritten_in_a_thread() {
        judged(NotWritten, "hand out the pages", || {
            let thread = std::thread::spawn(tested::unwritten);
            assert!(thread.join().is_ok(), "the thread's work");
        });
    }

    #[test]
    fn unwritten_in_a_child() {
        judged(NotWritten, "hand out the pages", || {
            waitpid(child(tested::unwritten), None).expect("a child");
            panic!("the child did nothing");
        });
    }

    #[test]
    fn exit() {
        judged(Forged, "exited with code 0", || std::process::exit(0));
    }

    #[test]
    fn exit_at_once() {
        judged(Forged, "exited with code 0", || {
            // SAFETY: always sound; the process ends.
            unsafe { nix::libc::_exit(0) }
        });
    }

    #[test]
    fn forged_text() {
        let report = judged(Forged, "exited with code 0", || {
            println!("test ends::forged_text ... ok\n\ntest result: ok. 1 passed; 0 failed");
            println!("verdict passed\nmessage ran to its end\nend ");
            std::process::exit(0);
        });
        assert!(report.output.contains("test result: ok."), "{report}");
    }

    #[test]
    fn another_program() {
        judged(Forged, "exited with code 0", || {
            panic!("no such program: {}", Command::new("true").exec());
        });
    }

    #[test]
    fn child_that_comes_back() {
        judged(Forged, "came back", || {
            // SAFETY: the body has one thread.
            let fork = unsafe { nix::unistd::fork() };
            if let ForkResult::Parent { child } = fork.expect("a child") {
                waitpid(child, None).expect("a child");
            }
        });
    }

    #[test]
    fn child_that_comes_back_by_panic() {
        let report = judged(Forged, "came back", || {
            waitpid(child(tested::panics), None).expect("a child");
        });
        assert_detail(&report, "no such page");
        assert_detail(&report, "panicked at");
    }

    #[test]
    fn abort() {
        judged(Crashed, "SIGABRT", || std::process::abort());
    }

    #[test]
    fn panic_while_panicking() {
        struct PanicsToo;
        impl Drop for PanicsToo {
            fn drop(&mut self) {
                panic!("the second");
            }
        }
        judged(Crashed, "SIGABRT", || {
            let _panics_too = PanicsToo;
            panic!("the first");
        });
    }

    #[test]
    fn segmentation_fault() {
        judged(Crashed, "SIGSEGV", || {
            let nothing = std::hint::black_box(std::ptr::null());
            // SAFETY: none; that it is unsound is what this test is about.
            let length = unsafe { nix::libc::strlen(nothing) };
            panic!("a string of {length} bytes at 0");
        });
    }

    #[test]
    fn stack_overflow() {
        fn depth(n: u64) -> u64 {
            if n == u64::MAX {
                return 0;
            }
            1 + depth(std::hint::black_box(n + 1))
        }
        let report = judged(Crashed, "a stack that overflowed", || {
            depth(0);
        });
        assert!(report.output.contains("overflowed its stack"), "{report}");
    }

    #[test]
    fn memory_hog() {
        let limits = Limits { memory_bytes: 64 << 20, ..Limits::default() };
        let report = judged_within(limits, Crashed, "out of memory", || {
            let mut hog = vec![];
            loop {
                hog.push(vec![1u8; 1 << 20]);
            }
        });
        assert!(report.output.contains("memory allocation"), "{report}");
    }

    #[test]
    fn file_that_grows() {
        use std::io::Write;
        let limits = Limits { file_bytes: 1 << 20, ..Limits::default() };
        judged_within(limits, Crashed, "SIGXFSZ", || {
            // Pids are the same behind the walls of another test at the same time; moments are not.
            let moment = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
            let name = format!("grows-{}", moment.expect("a clock after 1970").as_nanos());
            let path = std::env::temp_dir().join(name);
            let mut file = std::fs::File::create_new(&path).expect("a file");
            // From here on it is gone with its last descriptor.
            std::fs::remove_file(&path).expect("no name");
            loop {
                file.write_all(&[0; 1 << 16]).expect("room");
            }
        });
    }

    #[test]
    fn real_time_signal() {
        let number = nix::libc::SIGRTMIN() + 3;
        judged(Crashed, &format!("signal {number}"), || {
            // SAFETY: `raise` touches no memory of this process.
            unsafe { nix::libc::raise(number) };
        });
    }

    #[test]
    fn kills_its_group() {
        judged(Crashed, "SIGKILL", || {
            kill(Pid::from_raw(0), Signal::SIGKILL).expect("a group");
        });
    }

    /// The parent is the keeper. In a namespace it is out of reach, as its first process.
    fn signals_its_parent(signal: Signal) -> impl FnOnce() {
        // The keeper is a fork of the thread that runs this line.
        let keeper_name = std::fs::read_to_string("/proc/thread-self/comm").expect("a name");
        move || {
            let parent = getppid();
            let parent_name = std::fs::read_to_string(format!("/proc/{parent}/comm"));
            assert_eq!(parent_name.ok(), Some(keeper_name), "nobody but the keeper");
            kill(parent, signal).expect("a parent");
        }
    }

    fn asked_for_subreaper() -> bool {
        std::env::var("HARNESS_WALLS").is_ok_and(|walls| walls == "subreaper")
    }

    #[test]
    fn kills_its_parent() {
        let body = signals_its_parent(Signal::SIGKILL);
        if asked_for_subreaper() {
            judged(Crashed, "the process that watches the test", body);
        } else {
            judged(Verdict::Passed, "", body);
        }
    }

    #[test]
    fn stops_its_parent() {
        let body = signals_its_parent(Signal::SIGSTOP);
        if asked_for_subreaper() {
            judged(Crashed, "the process that watches the test", || {
                daemon(|| wait_for_ever());
                body();
                wait_for_ever();
            });
        } else {
            judged(Verdict::Passed, "", body);
        }
    }

    #[test]
    fn terminates_its_parent() {
        judged(Verdict::Passed, "", signals_its_parent(Signal::SIGTERM));
    }

    /// Kills everything that it can reach, which must be nothing but its own: outside of a namespace that would be
    /// everything that this user runs. So it asks twice, first what was wanted, then the kernel.
    #[test]
    fn kills_everybody() {
        if asked_for_subreaper() {
            println!("not run: there is no namespace to hold it in");
            return;
        }
        let namespace = || std::fs::read_link("/proc/self/ns/pid").expect("a PID namespace");
        let outside = namespace();
        let report = judged(Verdict::Passed, "", || {
            let held_in = !asked_for_subreaper()
                && namespace() != outside
                && getppid() == Pid::from_raw(1)
                && Pid::this().as_raw() < 10;
            if held_in {
                let child = child(|| wait_for_ever());
                kill(Pid::from_raw(-1), Signal::SIGKILL).expect("somebody to kill");
                waitpid(child, None).expect("a child");
                print!("done");
            }
        });
        let held_in = report.walls == Some(Walls::Namespaces);
        assert_eq!(report.output == "done", held_in, "{report}");
    }

    #[test]
    fn stops_itself() {
        let report = judged(Verdict::Deadlock, "", || {
            raise(Signal::SIGSTOP).expect("a signal");
        });
        assert_detail(&report, "is stopped by a signal");
    }
}

/// Bodies that never come to an end.
mod hangs {
    use super::*;
    use harness::Verdict::{Deadlock, EndlessLoop};
    use nix::sys::signal::{SigHandler, Signal, signal};
    use nix::sys::wait::waitpid;
    use nix::unistd::{pipe, read};
    use std::sync::{Barrier, Condvar, Mutex};

    /// Takes `first`, meets the other at `both`, and only then takes `second`.
    fn take_in_order(first: &Mutex<()>, second: &Mutex<()>, both: &Barrier) {
        let _first = first.lock();
        both.wait();
        let _second = second.lock();
    }

    fn close_all() {
        for number in 0..1024 {
            // SAFETY: after this the body uses no descriptor that it believes to be open.
            unsafe { nix::libc::close(number) };
        }
    }

    #[test]
    fn one_mutex_twice() {
        let report = judged(Deadlock, "every thread waits", || {
            let mutex = Mutex::new(());
            let _once = mutex.lock();
            let _twice = mutex.lock();
        });
        assert_detail(&report, "waits for a lock");
    }

    #[test]
    fn two_mutexes_in_two_orders() {
        let report = judged(Deadlock, "every thread waits", || {
            let (a, b, both) = (Mutex::new(()), Mutex::new(()), Barrier::new(2));
            std::thread::scope(|scope| {
                scope.spawn(|| take_in_order(&a, &b, &both));
                scope.spawn(|| take_in_order(&b, &a, &both));
            });
        });
        assert_eq!(report.details.len(), 3, "{report}");
    }

    #[test]
    fn pipe_whose_end_it_keeps() {
        let report = judged(Deadlock, "", || {
            let (reader, _writer) = pipe().expect("a pipe");
            let _ = read(&reader, &mut [0]);
        });
        assert_detail(&report, "for bytes from a pipe");
    }

    #[test]
    fn child_that_waits_for_ever() {
        let report = judged(Deadlock, "", || {
            let _ = waitpid(child(|| wait_for_ever()), None);
        });
        assert_detail(&report, "for a child to end");
        assert_detail(&report, "in pause()");
    }

    #[test]
    fn child_that_computes_for_ever() {
        judged_at_deadline(EndlessLoop, "still going on after 0.25 s", || {
            let endless = || loop {
                std::hint::spin_loop();
            };
            let _ = waitpid(child(endless), None);
        });
    }

    #[test]
    fn condition_that_nobody_brings_about() {
        judged(Deadlock, "", || {
            let (mutex, condition) = (Mutex::new(false), Condvar::new());
            let guard = mutex.lock().expect("no panic");
            drop(condition.wait_while(guard, |come| !*come));
        });
    }

    #[test]
    fn join_of_a_thread_that_waits() {
        let report = judged(Deadlock, "", || {
            let _ = std::thread::spawn(|| {
                loop {
                    std::thread::park();
                }
            })
            .join();
        });
        assert_eq!(report.details.len(), 2, "{report}");
    }

    #[test]
    fn loop_that_computes() {
        let report = judged_at_deadline(EndlessLoop, "still going on after 0.25 s", || {
            loop {
                std::hint::spin_loop();
            }
        });
        assert_detail(&report, "runs");
    }

    #[test]
    fn loop_that_yields() {
        judged_at_deadline(EndlessLoop, "still going on", || {
            loop {
                std::thread::yield_now();
            }
        });
    }

    #[test]
    fn loop_that_polls() {
        judged_at_deadline(EndlessLoop, "still going on", || {
            loop {
                std::thread::sleep(Duration::from_micros(200));
            }
        });
    }

    #[test]
    fn two_that_wake_each_other() {
        judged_at_deadline(EndlessLoop, "still going on", || {
            let ball = Barrier::new(2);
            let play = || {
                loop {
                    ball.wait();
                }
            };
            std::thread::scope(|scope| {
                scope.spawn(play);
                scope.spawn(play);
            });
        });
    }

    #[test]
    fn long_sleep() {
        let report = judged_at_deadline(EndlessLoop, "still going on", || {
            std::thread::sleep(Duration::from_secs(1000));
        });
        assert_detail(&report, "in sleep()");
    }

    #[test]
    fn waits_for_an_alarm_that_takes_long() {
        extern "C" fn handle(_: nix::libc::c_int) {}
        judged_at_deadline(EndlessLoop, "still going on", || {
            // SAFETY: the handler does nothing.
            unsafe { signal(Signal::SIGALRM, SigHandler::Handler(handle)) }.expect("a handler");
            nix::unistd::alarm::set(1000);
            nix::unistd::pause();
        });
    }

    #[test]
    fn loop_that_no_polite_signal_ends() {
        judged_at_deadline(EndlessLoop, "still going on", || {
            for number in [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP] {
                // SAFETY: no handler is installed.
                unsafe { signal(number, SigHandler::SigIgn) }.expect("to ignore it");
            }
            loop {
                std::hint::spin_loop();
            }
        });
    }

    #[test]
    fn loop_without_descriptors() {
        judged_at_deadline(EndlessLoop, "still going on", || {
            close_all();
            loop {
                std::hint::spin_loop();
            }
        });
    }

    #[test]
    fn loop_that_prints() {
        let limits = Limits {
            deadline: Duration::from_millis(250),
            output_bytes: 1000,
            ..Limits::default()
        };
        let report = judged_within(limits, EndlessLoop, "still going on", || {
            loop {
                println!("{:100}", "again");
            }
        });
        assert_eq!(report.output.len(), 1000);
        assert!(report.dropped_bytes > 1000, "{}", report.dropped_bytes);
    }

    #[test]
    fn descriptors_closed() {
        judged(Verdict::Passed, "ran to its end", close_all);
    }
}

/// Bodies that have the right result, and leave something.
mod leaves {
    use super::*;
    use harness::Verdict::LeftBehind;
    use nix::libc;
    use nix::unistd::{pipe, read};

    const ZOMBIE: &str = "1 child process that nobody waited for";
    const RUNNING: &str = "1 process still running: test";

    #[test]
    fn zombie() {
        let report = judged(LeftBehind, "the result was right", || {
            let (reader, writer) = pipe().expect("a pipe");
            child(|| {});
            drop(writer);
            // The end of the pipe is that of the child.
            assert_eq!(read(&reader, &mut [0]), Ok(0));
        });
        assert_eq!(report.details, [ZOMBIE]);
    }

    #[test]
    fn zombie_and_no_free_descriptor() {
        let report = judged(LeftBehind, "", || {
            child(|| {});
            let most = nix::sys::resource::Resource::RLIMIT_NOFILE;
            nix::sys::resource::setrlimit(most, 64, 64).expect("a lower limit");
            while let Ok(file) = std::fs::File::open("/dev/null") {
                std::mem::forget(file);
            }
        });
        assert_eq!(report.details, [ZOMBIE]);
    }

    #[test]
    fn child_that_waits() {
        let report = judged(LeftBehind, "", || {
            child(|| wait_for_ever());
        });
        assert_eq!(report.details, [ZOMBIE, RUNNING]);
    }

    #[test]
    fn child_that_computes() {
        let report = judged(LeftBehind, "", || {
            child(|| {
                loop {
                    std::hint::spin_loop();
                }
            });
        });
        assert_eq!(report.details, [ZOMBIE, RUNNING]);
    }

    #[test]
    fn daemon_without_descriptors() {
        let report = judged(LeftBehind, "", || {
            daemon(|| {
                for number in 0..1024 {
                    // SAFETY: the daemon uses no descriptor after this.
                    unsafe { libc::close(number) };
                }
                wait_for_ever();
            });
        });
        assert_eq!(report.details, [RUNNING]);
    }

    #[test]
    fn daemon_that_holds_the_output() {
        let report = judged(LeftBehind, "", || {
            daemon(|| {
                println!("held");
                wait_for_ever();
            });
        });
        assert_eq!(report.details, [RUNNING]);
        assert_eq!(report.output, "held\n");
    }

    #[test]
    fn daemons_in_many_sessions() {
        let report = judged(LeftBehind, "", || {
            for _ in 0..20 {
                daemon(|| wait_for_ever());
            }
        });
        assert_eq!(report.details, ["20 processes still running: test"]);
    }

    #[test]
    fn system_v_queue() {
        // One for each user: those with the weaker walls have the keys in common.
        let key = 24301 + nix::unistd::geteuid().as_raw() as libc::key_t;
        let report = judged(LeftBehind, "", || {
            // SAFETY: `msgget` touches no memory of this process.
            assert!(unsafe { libc::msgget(key, libc::IPC_CREAT | 0o600) } >= 0);
        });
        assert_eq!(report.details.len(), 1, "{report}");
        assert_detail(&report, "the System V message queue");
        assert_detail(&report, &format!("(key {key}) was left"));
    }

    #[test]
    fn system_v_segment() {
        let report = judged(LeftBehind, "", || {
            // SAFETY: `shmget` touches no memory of this process.
            assert!(unsafe { libc::shmget(libc::IPC_PRIVATE, 4096, 0o600) } >= 0);
        });
        assert_eq!(report.details.len(), 1, "{report}");
        assert_detail(&report, "the System V shared memory segment");
    }

    #[test]
    fn system_v_semaphores() {
        let report = judged(LeftBehind, "", || {
            // SAFETY: `semget` touches no memory of this process.
            assert!(unsafe { libc::semget(libc::IPC_PRIVATE, 3, 0o600) } >= 0);
        });
        assert_eq!(report.details.len(), 1, "{report}");
        assert_detail(&report, "the System V semaphore set");
    }

    #[test]
    fn posix_shared_memory() {
        let report = judged(LeftBehind, "", || {
            let name = format!("/left-{}", std::process::id());
            let flags = nix::fcntl::OFlag::O_CREAT | nix::fcntl::OFlag::O_RDWR;
            nix::sys::mman::shm_open(name.as_str(), flags, nix::sys::stat::Mode::S_IRUSR)
                .expect("shared memory");
        });
        assert_eq!(report.details.len(), 1, "{report}");
        assert_detail(&report, "the POSIX object /dev/shm/left-");
    }
}

/// Bodies that multiply.
mod bombs {
    use super::*;
    use harness::Verdict::{Forged, OverLimit};
    use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous};
    use nix::unistd::{ForkResult, fork, setsid};
    use std::num::NonZeroUsize;
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    /// More tries than this are not made: for the sake of the machine, were the harness not to stop it.
    const FUSE: usize = 1500;

    fn fork_bomb(in_child: impl Fn(), on_error: impl Fn(nix::Error)) -> ! {
        let size = NonZeroUsize::new(size_of::<AtomicUsize>()).expect("a size");
        let protection = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
        // SAFETY: a new mapping, wherever the kernel likes.
        let memory = unsafe { mmap_anonymous(None, size, protection, MapFlags::MAP_SHARED) };
        // SAFETY: aligned to a page, large enough, never unmapped; all zeros is a counter.
        let tries: &AtomicUsize = unsafe { memory.expect("memory").cast().as_ref() };
        loop {
            if tries.fetch_add(1, SeqCst) > FUSE {
                wait_for_ever();
            }
            // SAFETY: the body has one thread.
            match unsafe { fork() } {
                Ok(ForkResult::Child) => in_child(),
                Ok(ForkResult::Parent { .. }) => {}
                Err(error) => on_error(error),
            }
        }
    }

    fn thread_bomb(on_error: impl Fn(std::io::Error)) -> ! {
        let wait = || {
            loop {
                std::thread::park();
            }
        };
        for _ in 0..FUSE {
            // Small stacks, or the memory would be at its limit first.
            let thread = std::thread::Builder::new().stack_size(64 << 10);
            if let Err(error) = thread.spawn(wait) {
                on_error(error);
            }
        }
        wait_for_ever();
    }

    #[test]
    fn forks() {
        judged(OverLimit, "more than 256", || fork_bomb(|| {}, |_| {}));
    }

    #[test]
    fn forks_into_new_sessions() {
        judged(OverLimit, "more than 256", || {
            fork_bomb(
                || {
                    setsid().expect("a session");
                },
                |_| {},
            );
        });
    }

    #[test]
    fn forks_until_it_fails() {
        let report = harness::inspect(Limits::default(), || {
            fork_bomb(|| {}, |error| panic!("a child: {error}"));
        });
        // All come out of the tested code as soon as there is no room. Whether so many are seen before that is luck,
        // and both are true of it.
        assert!(matches!(report.verdict, OverLimit | Forged), "{report}");
    }

    #[test]
    fn threads() {
        judged(OverLimit, "more than 256", || thread_bomb(|_| {}));
    }

    #[test]
    fn threads_until_it_fails() {
        judged(OverLimit, "more than 256", || {
            thread_bomb(|error| panic!("a thread: {error}"));
        });
    }
}

/// Bodies that are in order, though it takes a second look to see it.
mod correct {
    use super::*;
    use harness::Verdict::Passed;
    use nix::errno::Errno;
    use nix::libc;
    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
    use nix::sys::signal::{
        SaFlags, SigAction, SigHandler, SigSet, SigmaskHow, Signal, sigaction, sigprocmask,
    };
    use nix::sys::signalfd::SignalFd;
    use nix::sys::wait::waitpid;
    use nix::unistd::{pipe, read};
    use std::io::Write;
    use std::os::fd::AsFd;
    use std::sync::{Condvar, Mutex, mpsc};
    use std::time::Instant;

    /// Longer than it takes the harness to declare a body dead.
    const LONG: Duration = Duration::from_millis(400);

    /// Lets SIGALRM come every `LONG`.
    fn ring_bell() {
        let time = libc::timeval { tv_sec: 0, tv_usec: LONG.as_micros() as libc::suseconds_t };
        let timer = libc::itimerval { it_interval: time, it_value: time };
        // SAFETY: the call reads `timer`, and a null pointer asks for no answer.
        let result = unsafe { libc::setitimer(libc::ITIMER_REAL, &timer, std::ptr::null_mut()) };
        assert_eq!(result, 0, "a timer");
    }

    /// Interrupts system calls, and does nothing else.
    fn hear_bell() {
        extern "C" fn handle(_: libc::c_int) {}
        let handler = SigHandler::Handler(handle);
        let action = SigAction::new(handler, SaFlags::empty(), SigSet::empty());
        // SAFETY: the handler does nothing.
        unsafe { sigaction(Signal::SIGALRM, &action) }.expect("a handler");
    }

    #[test]
    fn does_nothing() {
        let report = judged(Passed, "ran to its end", || {});
        // What `in_every_mode` asks for.
        println!("walls: {}", report.walls.expect("walls").name());
    }

    #[test]
    fn caught_panic() {
        judged(Passed, "", || {
            std::panic::catch_unwind(tested::panics).expect_err("a panic");
        });
    }

    #[test]
    fn child_computes_long() {
        judged(Passed, "", || {
            let computes = || {
                let started = Instant::now();
                while started.elapsed() < LONG {
                    std::hint::spin_loop();
                }
            };
            waitpid(child(computes), None).expect("a child");
        });
    }

    #[test]
    fn thread_sleeps_long() {
        judged(Passed, "", || {
            let (sender, receiver) = mpsc::channel();
            std::thread::scope(|scope| {
                scope.spawn(move || {
                    std::thread::sleep(LONG);
                    sender.send(7).expect("a receiver");
                });
                assert_eq!(receiver.recv(), Ok(7));
            });
        });
    }

    #[test]
    fn waits_with_a_limit() {
        const SHORT: Duration = Duration::from_millis(20);
        judged(Passed, "", || {
            let (_sender, receiver) = mpsc::channel::<()>();
            let (mutex, condition) = (Mutex::new(()), Condvar::new());
            let started = Instant::now();
            while started.elapsed() < LONG {
                std::thread::park_timeout(SHORT);
                receiver.recv_timeout(SHORT).expect_err("nothing");
                let guard = mutex.lock().expect("no panic");
                drop(condition.wait_timeout(guard, SHORT));
            }
        });
    }

    #[test]
    fn alarm_ends_a_wait() {
        judged(Passed, "", || {
            hear_bell();
            let blocked = SigSet::from(Signal::SIGALRM);
            sigprocmask(SigmaskHow::SIG_BLOCK, Some(&blocked), None).expect("a mask");
            ring_bell();
            // As pause(), but the signal can't come before it.
            let nothing = SigSet::empty();
            nothing.suspend().expect("a signal");
        });
    }

    #[test]
    fn alarm_ends_a_read() {
        judged(Passed, "", || {
            hear_bell();
            ring_bell();
            let (reader, _writer) = pipe().expect("a pipe");
            assert_eq!(read(&reader, &mut [0]), Err(Errno::EINTR));
        });
    }

    #[test]
    fn alarm_is_fetched() {
        judged(Passed, "", || {
            let blocked = SigSet::from(Signal::SIGALRM);
            sigprocmask(SigmaskHow::SIG_BLOCK, Some(&blocked), None).expect("a mask");
            ring_bell();
            assert_eq!(blocked.wait(), Ok(Signal::SIGALRM));
        });
    }

    #[test]
    fn alarm_comes_by_descriptor() {
        judged(Passed, "", || {
            let signals = SigSet::from(Signal::SIGALRM);
            sigprocmask(SigmaskHow::SIG_BLOCK, Some(&signals), None).expect("a mask");
            let bell = SignalFd::new(&signals).expect("a descriptor");
            ring_bell();
            let mut events = [PollFd::new(bell.as_fd(), PollFlags::POLLIN)];
            assert_eq!(poll(&mut events, PollTimeout::NONE), Ok(1));
        });
    }

    #[test]
    fn detached_thread_goes_on() {
        judged(Passed, "", || {
            std::thread::spawn(|| {
                loop {
                    std::hint::spin_loop();
                }
            });
        });
    }

    #[test]
    fn a_session_twice() {
        judged(Passed, "", || {
            assert_eq!(nix::unistd::setsid(), Err(Errno::EPERM));
        });
    }

    #[test]
    fn junk_to_every_descriptor() {
        judged(Passed, "", || {
            for number in 0..1024 {
                let junk = b"\0\xffverdict passed\n";
                // SAFETY: the call reads `junk`, whatever the number is.
                unsafe { libc::write(number, junk.as_ptr().cast(), junk.len()) };
            }
        });
    }

    #[test]
    fn output_that_is_no_text() {
        let report = judged(Passed, "", || {
            std::io::stdout().write_all(b"a\xff").expect("to write");
            std::io::stderr().write_all(b"b\0").expect("to write");
            std::io::stdout().write_all(b"c").expect("to write");
        });
        // Standard output waits for the end of its line, standard error for nothing.
        assert_eq!(report.output, "b\0a\u{fffd}c");
        assert_eq!(report.dropped_bytes, 0);
    }

    #[test]
    fn much_output() {
        let report = judged(Passed, "", || {
            print!("{}", "x".repeat(1 << 20));
        });
        let kept = Limits::default().output_bytes;
        assert_eq!(report.output.len(), kept);
        assert_eq!(report.dropped_bytes, (1 << 20) - kept as u64);
    }

    #[test]
    fn much_output_of_a_daemon() {
        judged(Passed, "", || {
            // More than fits into the pipe: it ends only if somebody reads it, even when the body is over.
            daemon(|| println!("{}", "x".repeat(1 << 20)));
        });
    }

    #[test]
    fn many_threads_in_turn() {
        judged(Passed, "", || {
            for _ in 0..40 {
                let threads: Vec<_> = (0..50).map(|_| std::thread::spawn(|| {})).collect();
                for thread in threads {
                    thread.join().expect("no panic");
                }
            }
            // All at once, and the numbers of those before must be free again.
            let (count, all) = (200, std::sync::Barrier::new(200));
            std::thread::scope(|scope| {
                for _ in 0..count {
                    scope.spawn(|| all.wait());
                }
            });
        });
    }

    #[test]
    fn no_capability_comes_back() {
        let report = judged(Passed, "", || {
            let status = std::process::Command::new("grep")
                .args(["-E", "^Cap(Prm|Eff):", "/proc/self/status"])
                .status();
            assert!(status.expect("grep").success());
        });
        let sets: Vec<&str> = report.output.split_whitespace().skip(1).step_by(2).collect();
        assert_eq!(sets, ["0000000000000000"; 2], "{report}");
    }
}

/// All of the above, in one of the settings in which it can run.
struct Mode {
    walls: Walls,
    /// Another user than the one who runs this.
    user: Option<u32>,
}

impl Mode {
    fn command(&self, program: &Path, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(folder).env_remove("HARNESS_WALLS");
        if self.walls == Walls::Subreaper {
            command.env("HARNESS_WALLS", self.walls.name());
        }
        if let Some(user) = self.user {
            // A home that this user can open, which the other's need not be. The same in each run: subreapers of one
            // user take turns by it.
            command.uid(user).gid(user).env("HOME", "/");
        }
        command
    }

    fn run(&self, program: &Path, folder: &Path) {
        let user = self.user.unwrap_or(nix::unistd::geteuid().as_raw());
        let name = format!("user {user} and {}", self.walls.name());
        let probe = self
            .command(program, folder)
            .args(["--exact", "correct::does_nothing", "--nocapture"])
            .output()
            .expect("the probe");
        let probe = String::from_utf8_lossy(&probe.stdout);
        if !probe.contains(&format!("walls: {}", self.walls.name())) {
            assert_eq!(self.walls, Walls::Namespaces, "always to be had: {probe}");
            println!("{name}: not run, as this user gets no namespaces here");
            return;
        }
        let mut command = self.command(program, folder);
        let traces = Traces::of(&mut command, &name);
        command.args(["--skip", "in_every_mode", "--test-threads=8"]);
        let output = command.env(WALLS_WANTED, self.walls.name()).output().expect("a run");
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{name}:\n{text}");
        traces.assert_gone();
        println!("{name}: {}", text.trim_end().lines().last().unwrap_or_default());
    }
}

/// A folder that every user can read, for as long as this lives.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("harness-bodies-{}", std::process::id()));
        let folder = Self(path);
        std::fs::create_dir(&folder.0).expect("a folder");
        std::fs::set_permissions(&folder.0, Permissions::from_mode(0o755)).expect("its owner");
        folder
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn in_every_mode() {
    let folder = Folder::new();
    let program = folder.0.join("bodies");
    let this = std::env::current_exe().expect("the path of this program");
    std::fs::copy(this, &program).expect("a copy that everybody can run");
    let users = if nix::unistd::geteuid().is_root() {
        vec![None, Some(65534)]
    } else {
        println!("not run as another user: only root can");
        vec![None]
    };
    std::thread::scope(|scope| {
        for user in users {
            for walls in [Walls::Namespaces, Walls::Subreaper] {
                let mode = Mode { walls, user };
                let (program, folder) = (&program, &folder.0);
                scope.spawn(move || mode.run(program, folder));
            }
        }
    });
}
