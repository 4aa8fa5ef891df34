//! What holds of signals, whoever wrote them.
//!
//! Every body runs in a process of its own, which has one thread: `harness::isolate`. In
//! `assert_eq!` the left side is what was seen, the right side what is wanted.

use harness::arrange::in_child;
use harness::isolate;
use harness::observe::{self, Activity};
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::libc::{self, c_int, c_long};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, kill, raise, sigaction};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{self, Pid, pipe, write};
use signal::{Exit, HELLO, LAST_WORDS, Talker, block, install_handler, start, wait_for};
use std::alloc::{GlobalAlloc, Layout, System};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

/// So long that no test lives to see the second hello.
const AN_HOUR: Duration = Duration::from_secs(3600);

mod result {
    use super::*;

    #[test]
    fn a_blocked_signal_waits() {
        isolate(|| {
            count_arrivals(Signal::SIGUSR1);
            SigSet::from(Signal::SIGTERM).thread_block().unwrap();
            let outer = block(Signal::SIGUSR1).unwrap();
            let both = [Signal::SIGUSR1, Signal::SIGTERM];
            assert_eq!(blocked_signals(), both, "the blocked signals; SIGTERM was blocked before");
            raise(Signal::SIGUSR1).unwrap();
            drop(block(Signal::SIGUSR1).unwrap());
            assert_eq!(arrivals(), 0, "how often it arrived, of two blocks one is still there");
            drop(outer);
            assert_eq!(arrivals(), 1, "how often it arrived, with no block left");
            assert_eq!(blocked_signals(), [Signal::SIGTERM], "the blocked signals at the end");
        });
    }

    #[test]
    fn the_handler_speaks_and_kills_its_own_process() {
        isolate(|| {
            let (reader, writer) = pipe().unwrap();
            let (other_reader, other_writer) = pipe().unwrap();
            let child = in_child(|| {
                // The later call counts.
                install_handler(other_writer.as_fd()).unwrap();
                install_handler(writer.as_fd()).unwrap();
                write(&writer, b"Ready. ").unwrap();
                raise(Signal::SIGUSR1).unwrap();
                write(&writer, b"Still here.").unwrap();
            });
            drop((writer, other_writer));
            assert_eq!(text_of(other_reader), "", "what came into the output of an earlier call");
            assert_eq!(text_of(reader), format!("Ready. {LAST_WORDS}"), "what the child wrote");
            assert_eq!(end_of(child), Exit::Signal(Signal::SIGKILL), "how the child ended");
        });
    }

    #[test]
    fn a_hello_comes_every_period() {
        isolate(|| {
            const PERIOD: Duration = Duration::from_millis(10);
            let (reader, writer) = pipe().unwrap();
            let started = Instant::now();
            let mut talker = start(PERIOD, &writer).unwrap();
            drop(writer);
            let mut lines = BufReader::new(File::from(reader));
            for _ in 0..7 {
                assert_eq!(next_line(&mut lines), HELLO, "a line of the talker");
            }
            kill(talker.pid(), Signal::SIGUSR1).unwrap();
            let hellos = 7 + rest_of(lines).matches(HELLO).count();
            let periods = started.elapsed().div_duration_f64(PERIOD);
            talker.farewell().unwrap();
            // No machine is so busy that the talker could say more, while it may well say fewer.
            assert!(periods >= (hellos - 1) as f64, "{hellos} hellos in {periods:.1} periods");
        });
    }

    #[test]
    fn the_last_words_come_last() {
        isolate(|| {
            for by_a_stranger in [true, false] {
                let (reader, writer) = pipe().unwrap();
                let mut talker = start(Duration::from_millis(1), &writer).unwrap();
                drop(writer);
                let mut lines = BufReader::new(File::from(reader));
                assert_eq!(next_line(&mut lines), HELLO, "the first line of the talker");
                if by_a_stranger {
                    let pid = talker.pid();
                    let stranger = in_child(|| kill(pid, Signal::SIGUSR1).unwrap());
                    assert_eq!(end_of(stranger), Exit::Code(0), "who sent the signal");
                } else {
                    talker.farewell().unwrap();
                }
                assert_eq!(
                    after_hellos(&rest_of(lines)),
                    LAST_WORDS,
                    "what it said after its hellos"
                );
                let exit = talker.farewell();
                assert_eq!(exit, Ok(Exit::Signal(Signal::SIGKILL)), "how it ended");
            }
        });
    }
}

mod concurrent {
    use super::*;

    #[test]
    fn the_talker_is_a_child_of_the_caller() {
        isolate(|| {
            let (mut talker, _lines) = talker_that_has_begun();
            assert_eq!(observe::children(), [talker.pid()], "the children of the caller");
            let group = unistd::getpgid(Some(talker.pid()));
            assert_eq!(group, Ok(unistd::getpgrp()), "the talker's process group");
            talker.farewell().unwrap();
            assert_eq!(observe::children(), [], "the children of the caller after the farewell");
        });
    }

    #[test]
    fn it_sleeps_between_two_hellos() {
        isolate(|| {
            let (mut talker, _lines) = talker_that_has_begun();
            observe::eventually("the talker sleeps", || is_at_rest(talker.pid()));
            let before = observe::threads_of(talker.pid());
            // Whoever wakes up now and then does it in this time; a talker that sleeps never does.
            std::thread::sleep(Duration::from_millis(100));
            let after = observe::threads_of(talker.pid());
            assert_eq!(after, before, "the talker's threads, 100 ms later");
            talker.farewell().unwrap();
        });
    }

    #[test]
    fn two_talkers_are_told_apart() {
        isolate(|| {
            // It has ended, and waits for somebody who asks for any child.
            let bystander = in_child(|| {});
            observe::eventually("the bystander ends", || observe::zombies() == [bystander]);
            let (mut first, first_lines) = talker_that_has_begun();
            let (mut second, second_lines) = talker_that_has_begun();
            let exit = first.farewell();
            assert_eq!(exit, Ok(Exit::Signal(Signal::SIGKILL)), "how the first one ended");
            assert_eq!(rest_of(first_lines), LAST_WORDS, "what the first one said at the end");
            assert_eq!(observe::zombies(), [bystander], "the ended children that are still there");
            let exit = second.farewell();
            assert_eq!(exit, Ok(Exit::Signal(Signal::SIGKILL)), "how the second one ended");
            assert_eq!(rest_of(second_lines), LAST_WORDS, "what the second one said at the end");
            assert_eq!(end_of(bystander), Exit::Code(0), "how the bystander ended");
        });
    }

    #[test]
    fn a_farewell_waits_without_polling() {
        isolate(|| {
            let (mut talker, reader) = stuck_talker();
            let parent = Pid::this();
            let listener = in_child(|| {
                observe::eventually("farewell waits", || observe::is_blocked(parent));
                assert_eq!(after_hellos(&text_of(reader)), LAST_WORDS, "what the talker said");
            });
            let exit = talker.farewell();
            assert_eq!(exit, Ok(Exit::Signal(Signal::SIGKILL)), "how the talker ended");
            assert_eq!(end_of(listener), Exit::Code(0), "the listener heard it");
        });
    }
}

mod robust {
    use super::*;

    #[test]
    fn a_signal_is_never_too_early() {
        isolate(|| {
            at_fork(Side::Child, raise_sigusr1);
            let (reader, writer) = pipe().unwrap();
            let mut talker = start(AN_HOUR, &writer).unwrap();
            drop(writer);
            let text = text_of(reader);
            let about = "the end of a child that had SIGUSR1 before it had a handler";
            assert_eq!(after_hellos(&text), LAST_WORDS, "{about}: its words");
            let exit = talker.farewell();
            assert_eq!(exit, Ok(Exit::Signal(Signal::SIGKILL)), "{about}");
        });
    }

    #[test]
    fn the_callers_signals_stay_the_callers() {
        isolate(|| {
            count_arrivals(Signal::SIGUSR1);
            SigSet::from(Signal::SIGTERM).thread_block().unwrap();
            at_fork(Side::Parent, raise_sigusr1);
            let (mut talker, _lines) = talker_that_has_begun();
            assert_eq!(arrivals(), 1, "signals for the caller during start, by its own handler");
            assert_eq!(blocked_signals(), [Signal::SIGTERM], "what the caller blocks after start");
            talker.farewell().unwrap();
            raise(Signal::SIGUSR1).unwrap();
            assert_eq!(arrivals(), 2, "signals for the caller, by its own handler, at the end");
            assert_eq!(blocked_signals(), [Signal::SIGTERM], "what the caller blocks at the end");
        });
    }

    #[test]
    fn the_caller_may_block_the_signal() {
        isolate(|| {
            SigSet::from(Signal::SIGUSR1).thread_block().unwrap();
            let (mut talker, _lines) = talker_that_has_begun();
            let exit = talker.farewell();
            assert_eq!(exit, Ok(Exit::Signal(Signal::SIGKILL)), "how the talker ended");
            assert_eq!(blocked_signals(), [Signal::SIGUSR1], "what the caller blocks afterwards");
        });
    }

    #[test]
    fn the_handler_may_interrupt_anything() {
        isolate(|| {
            for number in [libc::STDOUT_FILENO, libc::STDERR_FILENO] {
                let (reader, writer) = pipe().unwrap();
                let child = in_child(|| {
                    install_handler(writer.as_fd()).unwrap();
                    print_for_ever(number);
                });
                drop(writer);
                observe::eventually("the child waits in a print", || is_at_rest(child));
                kill(child, Signal::SIGUSR1).unwrap();
                let about = format!("a child that was printing on descriptor {number}");
                assert_eq!(text_of(reader), LAST_WORDS, "{about}: what it said");
                let exit = end_of(child);
                assert_eq!(exit, Exit::Signal(Signal::SIGKILL), "{about}: its end");
            }

            let (reader, writer) = pipe().unwrap();
            let child = in_child(|| {
                install_handler(writer.as_fd()).unwrap();
                interrupt_an_allocation();
            });
            drop(writer);
            let exit = end_of(child);
            assert_ne!(exit, ASKED_FOR_MEMORY, "the handler used the allocator it interrupted");
            assert_eq!(exit, Exit::Signal(Signal::SIGKILL), "the end in the allocator");
            assert_eq!(text_of(reader), LAST_WORDS, "what was said from inside the allocator");
        });
    }

    #[test]
    fn a_full_pipe_loses_and_tears_nothing() {
        isolate(|| {
            // The child inherits this handler.
            count_arrivals(Signal::SIGUSR2);
            let (mut talker, reader) = stuck_talker();
            for signal in [Signal::SIGUSR2, Signal::SIGUSR1, Signal::SIGUSR2] {
                kill(talker.pid(), signal).unwrap();
                let settled = || is_through_with_its_signals(talker.pid());
                observe::eventually("the signal arrives", settled);
            }
            let text = text_of(reader);
            assert_eq!(after_hellos(&text), LAST_WORDS, "what was said after the hellos");
            let exit = talker.farewell();
            assert_eq!(exit, Ok(Exit::Signal(Signal::SIGKILL)), "how the talker ended");
        });
    }

    #[test]
    fn a_signal_does_not_disturb_the_farewell() {
        isolate(|| {
            count_arrivals(Signal::SIGUSR2);
            let (mut talker, reader) = stuck_talker();
            let parent = Pid::this();
            let listener = in_child(|| {
                observe::eventually("farewell waits", || is_at_rest(parent));
                kill(parent, Signal::SIGUSR2).unwrap();
                observe::eventually("the signal arrives", || is_through_with_its_signals(parent));
                text_of(reader);
            });
            let exit = talker.farewell();
            assert_eq!(exit, Ok(Exit::Signal(Signal::SIGKILL)), "a farewell with a signal in it");
            assert_eq!(end_of(listener), Exit::Code(0), "how the listener ended");
        });
    }

    #[test]
    fn an_output_that_nobody_reads_ends_the_talker() {
        isolate(|| {
            let (stdout_reader, stdout_writer) = pipe().unwrap();
            unistd::dup2_stdout(stdout_writer).unwrap();
            print!("the caller's");

            let (reader, writer) = pipe().unwrap();
            drop(reader);
            let mut talker = start(Duration::from_millis(1), &writer).unwrap();
            observe::eventually("the talker ends", || observe::zombies() == [talker.pid()]);
            let exit = talker.farewell();
            assert_eq!(exit, Ok(Exit::Code(1)), "a talker that nobody can hear");

            let child = in_child(|| {
                install_handler(writer.as_fd()).unwrap();
                raise(Signal::SIGUSR1).unwrap();
            });
            let exit = end_of(child);
            assert_eq!(exit, Exit::Signal(Signal::SIGKILL), "a handler that nobody can hear");

            println!();
            unistd::dup2_stdout(File::open("/dev/null").unwrap()).unwrap();
            let printed = text_of(stdout_reader);
            assert_eq!(printed, "the caller's\n", "what the caller had printed only in part");
        });
    }

    #[test]
    fn a_talker_that_died_before_is_told_how() {
        isolate(|| {
            // Ctrl-C sends the first of them.
            for signal in [Signal::SIGINT, Signal::SIGTERM] {
                let (mut talker, _lines) = talker_that_has_begun();
                kill(talker.pid(), signal).unwrap();
                observe::eventually("the talker ends", || observe::zombies() == [talker.pid()]);
                let exit = talker.farewell();
                assert_eq!(exit, Ok(Exit::Signal(signal)), "a talker that {signal} had ended");
            }
        });
    }
}

mod clean {
    use super::*;

    #[test]
    fn two_hundred_talkers_leave_nothing() {
        isolate(|| {
            let (_reader, writer) = pipe().unwrap();
            let before = observe::descriptors();
            for _ in 0..100 {
                start(AN_HOUR, &writer).unwrap().farewell().unwrap();
                drop(start(AN_HOUR, &writer).unwrap());
            }
            assert_eq!(observe::descriptors(), before, "the open descriptors after 200 talkers");
            assert_eq!(observe::children(), [], "the children after 200 talkers");
        });
    }

    #[test]
    fn a_dropped_talker_is_ended_at_once() {
        isolate(|| {
            let (talker, _reader) = stuck_talker();
            drop(talker);
            assert_eq!(observe::children(), [], "the children after the drop");

            let (talker, lines) = talker_that_has_begun();
            drop(talker);
            assert_eq!(rest_of(lines), "", "what a talker said when it was dropped");
        });
    }

    #[test]
    fn a_reaped_talker_is_left_alone() {
        isolate(|| {
            let (mut talker, _lines) = talker_that_has_begun();
            let exit = talker.farewell();
            let calls = [libc::SYS_kill, libc::SYS_wait4, libc::SYS_waitid];
            count_arrivals(Signal::SIGSYS);
            forbid(&calls, libc::SECCOMP_RET_TRAP);
            assert_eq!(talker.farewell(), exit, "a second farewell");
            drop(talker);
            assert_eq!(arrivals(), 0, "calls of kill() and wait() with a pid that is free again");
        });
    }

    #[test]
    fn a_start_that_fails_changes_nothing() {
        isolate(|| {
            let (_reader, writer) = pipe().unwrap();
            let before = observe::descriptors();
            let calls = [libc::SYS_clone, libc::SYS_clone3];
            forbid(&calls, libc::SECCOMP_RET_ERRNO | Errno::EAGAIN as u32);
            let error = start(AN_HOUR, &writer).map(|talker| talker.pid());
            assert_eq!(error, Err(Errno::EAGAIN), "a start when there can't be another process");
            assert_eq!(blocked_signals(), [], "what the caller blocks afterwards");
            assert_eq!(observe::descriptors(), before, "the open descriptors afterwards");
        });
    }
}

mod further {
    use super::*;

    #[test]
    fn a_signal_is_taken_without_a_handler() {
        isolate(|| {
            count_arrivals(Signal::SIGUSR1);
            count_arrivals(Signal::SIGUSR2);
            count_arrivals(Signal::SIGHUP);
            let both = [Signal::SIGUSR1, Signal::SIGUSR2];
            both.into_iter().collect::<SigSet>().thread_block().unwrap();

            raise(Signal::SIGUSR1).unwrap();
            assert_eq!(wait_for(&both), Ok(Signal::SIGUSR1), "a signal that came before");
            let parent = Pid::this();
            let sender = in_child(|| {
                for signal in [Signal::SIGHUP, Signal::SIGUSR1, Signal::SIGUSR2] {
                    observe::eventually("the parent waits", || observe::is_blocked(parent));
                    kill(parent, signal).unwrap();
                    let settled = || is_through_with_its_signals(parent);
                    observe::eventually("the signal arrives", settled);
                }
            });
            let signal = wait_for(&[Signal::SIGUSR2]);
            assert_eq!(signal, Ok(Signal::SIGUSR2), "after SIGHUP and SIGUSR1, which came before");
            assert_eq!(end_of(sender), Exit::Code(0), "how the sender ended");
            assert_eq!(arrivals(), 1, "how often a handler ran: for SIGHUP");
            assert_eq!(blocked_signals(), both, "what is blocked afterwards");
            assert_eq!(wait_for(&both), Ok(Signal::SIGUSR1), "the one that was not waited for");
            assert_eq!(wait_for(&[]), Err(Errno::EINVAL), "a wait for nothing");

            SigSet::all().thread_unblock().unwrap();
            raise(Signal::SIGUSR1).unwrap();
            assert_eq!(arrivals(), 2, "how often a handler ran: once more, for SIGUSR1");
        });
    }

    #[test]
    fn a_farewell_has_a_limit() {
        isolate(|| {
            let (mut talker, reader) = stuck_talker();
            let descriptors = observe::descriptors();
            let switches = || observe::threads()[0].voluntary_switches;
            let before = switches();
            assert_eq!(talker.farewell_within(100), Ok(None), "nobody reads its last words");
            let naps = switches() - before;
            assert!(
                (1..=10).contains(&naps),
                "it went to sleep {naps} times in 100 ms: once will do"
            );
            assert_eq!(observe::zombies(), [], "the talker lives on");
            assert_eq!(observe::descriptors(), descriptors, "the open descriptors afterwards");

            let listener = in_child(|| {
                assert_eq!(after_hellos(&text_of(reader)), LAST_WORDS, "what the talker said");
            });
            let killed = Ok(Some(Exit::Signal(Signal::SIGKILL)));
            assert_eq!(talker.farewell_within(u16::MAX), killed, "somebody reads its last words");
            assert_eq!(talker.farewell_within(0), killed, "asked once more");
            assert_eq!(end_of(listener), Exit::Code(0), "the listener heard it");
        });
    }
}

/// Waits for a child to end.
fn end_of(child: Pid) -> Exit {
    match waitpid(child, None).unwrap() {
        WaitStatus::Exited(_, code) => Exit::Code(code),
        WaitStatus::Signaled(_, signal, _) => Exit::Signal(signal),
        other => panic!("not an end: {other:?}"),
    }
}

/// All that comes until nobody can write any more.
fn text_of(reader: OwnedFd) -> String {
    let mut text = String::new();
    File::from(reader).read_to_string(&mut text).unwrap();
    text
}

fn rest_of(mut lines: BufReader<File>) -> String {
    let mut text = String::new();
    lines.read_to_string(&mut text).unwrap();
    text
}

fn next_line(lines: &mut impl BufRead) -> String {
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    line
}

/// What a talker said after its hellos, which stand behind the filling of [`pipe_with_room`].
fn after_hellos(text: &str) -> &str {
    text.trim_start_matches(FILLING).trim_start_matches(HELLO)
}

const FILLING: char = '.';

/// A pipe that takes so many bytes more, and then is full. Its writer is the second.
fn pipe_with_room(room: usize) -> (OwnedFd, OwnedFd) {
    let (reader, writer) = pipe().unwrap();
    let size = fcntl(&writer, FcntlArg::F_SETPIPE_SZ(4096)).unwrap();
    write(&writer, &vec![FILLING as u8; size as usize - room]).unwrap();
    (reader, writer)
}

/// A talker that has said its first hello, which was read, and goes on to the next in an hour.
fn talker_that_has_begun() -> (Talker, BufReader<File>) {
    let (reader, writer) = pipe().unwrap();
    let talker = start(AN_HOUR, &writer).unwrap();
    let mut lines = BufReader::new(File::from(reader));
    assert_eq!(next_line(&mut lines), HELLO, "the first line of the talker");
    (talker, lines)
}

/// A talker that waits in its first hello, since not quite a whole one fits into its pipe. Who reads the
/// pipe sets it free.
fn stuck_talker() -> (Talker, OwnedFd) {
    let (reader, writer) = pipe_with_room(HELLO.len() - 1);
    let talker = start(Duration::ZERO, &writer).unwrap();
    observe::eventually("the talker waits in its hello", || is_at_rest(talker.pid()));
    (talker, reader)
}

/// Prints on standard output or standard error, into a pipe that is full.
fn print_for_ever(number: c_int) {
    let (_reader, full) = pipe_with_room(0);
    if number == libc::STDOUT_FILENO {
        unistd::dup2_stdout(full).unwrap();
        std::io::stdout().write_all(b"for ever\n").unwrap();
    } else {
        unistd::dup2_stderr(full).unwrap();
        std::io::stderr().write_all(b"for ever\n").unwrap();
    }
}

/// Does no thread of the process run?
fn is_at_rest(pid: Pid) -> bool {
    let threads = observe::threads_of(pid);
    threads.iter().all(|thread| thread.activity != Activity::Running)
}

/// Does the process wait again, or has it ended, after every signal that it does not block has arrived?
fn is_through_with_its_signals(pid: Pid) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let set = |name| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        u64::from_str_radix(line.trim(), 16).unwrap()
    };
    let about_to_arrive = (set("SigPnd:") | set("ShdPnd:")) & !set("SigBlk:");
    is_at_rest(pid) && (about_to_arrive == 0 || observe::zombies().contains(&pid))
}

static ARRIVALS: AtomicUsize = AtomicUsize::new(0);

/// How often a signal has arrived for which [`count_arrivals`] was called.
fn arrivals() -> usize {
    ARRIVALS.load(SeqCst)
}

/// Gives a signal a handler that counts. System calls are not taken up again after it.
fn count_arrivals(signal: Signal) {
    extern "C" fn count(_: c_int) {
        ARRIVALS.fetch_add(1, SeqCst);
    }
    let action = SigAction::new(SigHandler::Handler(count), SaFlags::empty(), SigSet::empty());
    // SAFETY: the handler only counts.
    unsafe { sigaction(signal, &action) }.unwrap();
}

fn blocked_signals() -> Vec<Signal> {
    SigSet::thread_get_mask().unwrap().iter().collect()
}

enum Side {
    Parent,
    Child,
}

/// From now on every fork() calls `hook` before it returns, in the process on that side.
fn at_fork(side: Side, hook: unsafe extern "C" fn()) {
    let (parent, child) = match side {
        Side::Parent => (Some(hook), None),
        Side::Child => (None, Some(hook)),
    };
    // SAFETY: the hook is a function that sends a signal, and is always there.
    let errno = unsafe { libc::pthread_atfork(None, parent, child) };
    assert_eq!(errno, 0, "pthread_atfork");
}

extern "C" fn raise_sigusr1() {
    raise(Signal::SIGUSR1).unwrap();
}

/// From now on these system calls are not made in this process: `action`, of seccomp(2), says what
/// happens instead.
fn forbid(calls: &[c_long], action: u32) {
    use libc::{BPF_ABS, BPF_JEQ, BPF_JMP, BPF_K, BPF_LD, BPF_RET, BPF_W, sock_filter};
    let step = |code: u32, k, jf| sock_filter { code: code as u16, jt: 0, jf, k };
    // The number of the call is the first thing that the filter is shown.
    let mut filter = vec![step(BPF_LD | BPF_W | BPF_ABS, 0, 0)];
    for &call in calls {
        // Another call than this one? Then skip the next step.
        filter.push(step(BPF_JMP | BPF_JEQ | BPF_K, call as u32, 1));
        filter.push(step(BPF_RET | BPF_K, action, 0));
    }
    filter.push(step(BPF_RET | BPF_K, libc::SECCOMP_RET_ALLOW, 0));
    let program = libc::sock_fprog { len: filter.len() as u16, filter: filter.as_mut_ptr() };
    nix::sys::prctl::set_no_new_privs().unwrap();
    // SAFETY: the program is a valid one, and the kernel copies it.
    let result =
        unsafe { libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const program) };
    Errno::result(result).unwrap();
}

/// The system's allocator, except that [`interrupt_an_allocation`] makes a signal come inside it.
struct Interruptible;

#[global_allocator]
static ALLOCATOR: Interruptible = Interruptible;

/// Where the process is: outside, about to be interrupted inside, or interrupted inside the allocator.
static MOMENT: AtomicU8 = AtomicU8::new(OUTSIDE);
const OUTSIDE: u8 = 0;
const NEXT: u8 = 1;
const INSIDE: u8 = 2;

/// The end of a process that entered the allocator while it was interrupted inside it.
const ASKED_FOR_MEMORY: Exit = Exit::Code(99);

/// Asks for memory; a SIGUSR1 comes in the middle of that.
fn interrupt_an_allocation() {
    MOMENT.store(NEXT, SeqCst);
    std::hint::black_box(Box::new(0_u8));
}

impl Interruptible {
    fn enter(&self) {
        match MOMENT.load(SeqCst) {
            NEXT => {
                MOMENT.store(INSIDE, SeqCst);
                raise(Signal::SIGUSR1).unwrap();
                MOMENT.store(OUTSIDE, SeqCst);
            }
            // The allocator of the system might wait here for ever, for itself.
            // SAFETY: ends the process at once.
            INSIDE => unsafe { libc::_exit(99) },
            _ => {}
        }
    }
}

// SAFETY: the system's allocator does the work.
unsafe impl GlobalAlloc for Interruptible {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.enter();
        // SAFETY: the caller keeps the same promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        self.enter();
        // SAFETY: the caller keeps the same promises.
        unsafe { System.dealloc(memory, layout) }
    }
}
