//! What holds of pipes, whoever wrote them.
//!
//! Every body runs in a process of its own, which has one thread: `harness::isolate`. In
//! `assert_eq!` the left side is what was seen, the right side what is wanted.

use harness::arrange::{catch_signal, in_child};
use harness::observe::{drain, has_pending_signal, is_readable};
use harness::{isolate, observe};
use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::waitpid;
use nix::unistd::{Pid, pipe, pipe2, read, write};
use pipes::{Exit, MAX_MESSAGE_BYTES, PipeError, Receiver, Sender, ask_child, channel};
use pipes::{ask_children, recv_within, reverse_in_child};
use std::os::fd::OwnedFd;

mod result {
    use super::*;

    #[test]
    fn a_message_is_its_length_and_its_bytes() {
        isolate(|| {
            // In this mode of a pipe a read() gets what one write() put in, and no more.
            let (reader, writer) = pipe2(OFlag::O_DIRECT).unwrap();
            Sender::from(writer).send(b"hello").unwrap();
            assert_eq!(drain(&reader), b"\x05\0\0\0hello", "what the first write() put in");
        });
    }

    #[test]
    fn messages_keep_their_borders() {
        isolate(|| {
            let (mut sender, mut receiver) = channel().unwrap();
            let messages: [&[u8]; 4] = [b"one", b"", b"\0\xff", b"four"];
            for message in messages {
                sender.send(message).unwrap();
            }
            for message in messages {
                assert_eq!(receiver.recv(), Ok(message.to_vec()), "the messages, one by one");
            }
        });
    }

    #[test]
    fn a_sentence_comes_back_reversed() {
        isolate(|| {
            for (sentence, reversed) in
                [("stressed", "desserts"), ("a b", "b a"), ("x", "x"), ("", ""), ("\n\0", "\0\n")]
            {
                assert_eq!(
                    reverse_in_child(sentence),
                    Ok(reversed.into()),
                    "{sentence:?} reversed"
                );
            }
        });
    }

    #[test]
    fn characters_are_reversed_not_bytes() {
        isolate(|| {
            for (sentence, reversed) in
                [("été à Noël", "lëoN à été"), ("日本", "本日"), ("🦀!", "!🦀")]
            {
                assert_eq!(
                    reverse_in_child(sentence),
                    Ok(reversed.into()),
                    "{sentence:?} reversed"
                );
            }
        });
    }
}

mod concurrent {
    use super::*;

    #[test]
    fn the_work_is_done_by_a_child() {
        isolate(|| {
            let me = Pid::this();
            let answer = ask_child(b"who?", |request| {
                assert_eq!(request, b"who?", "the request, in the child");
                [Pid::this(), Pid::parent()].map(|pid| pid.as_raw().to_le_bytes()).concat()
            });
            let answer = answer.expect("an answer");
            let (child, parent) = answer.split_at(4);
            assert_ne!(child, me.as_raw().to_le_bytes(), "the pid that worked is not the caller's");
            assert_eq!(parent, me.as_raw().to_le_bytes(), "the parent of the process that worked");
        });
    }

    #[test]
    fn sentences_are_reversed_by_children_too() {
        isolate(|| {
            let before = page_faults_of_reaped_children();
            reverse_in_child("abc").unwrap();
            let after = page_faults_of_reaped_children();
            assert!(after > before, "reverse_in_child started no child, or did not wait for it");
        });
    }

    #[test]
    fn other_children_are_left_alone() {
        isolate(|| {
            let other = in_child(|| std::process::exit(7));
            observe::eventually("the other child has ended", || observe::zombies() == [other]);
            let answer = ask_child(b"x", |request| request);
            assert_eq!(answer, Ok(b"x".to_vec()), "the answer, while there is another child");
            let status = waitpid(other, None).map(code_of);
            assert_eq!(status, Ok(Some(7)), "how the other child ended");
        });
    }
}

mod robust {
    use super::*;

    #[test]
    fn a_megabyte_goes_both_ways() {
        isolate(|| {
            let request = b"a line of a long text, ".repeat(1 << 16);
            let answer = ask_child(&request, |mut request| {
                request.reverse();
                request
            });
            let answer =
                answer.expect("a pipe holds 64 KiB, and 1 MiB goes through it all the same");
            assert!(answer.iter().rev().eq(&request), "it comes back as the child sent it");
        });
    }

    #[test]
    fn a_message_may_come_in_pieces() {
        isolate(|| {
            let (reader, writer) = pipe().unwrap();
            let parent = Pid::this();
            in_child(|| {
                for byte in b"\x03\0\0\0abc" {
                    // Each byte comes when the reader has taken the ones before and waits for more.
                    observe::eventually("the reader waits", || observe::is_blocked(parent));
                    write(&writer, &[*byte]).unwrap();
                    observe::eventually("the byte is taken", || !is_readable(&reader));
                }
            });
            drop(writer);
            let mut receiver = Receiver::from(reader);
            assert_eq!(receiver.recv(), Ok(b"abc".to_vec()), "a message that came byte by byte");
            wait_for_all();
        });
    }

    #[test]
    fn a_signal_does_not_disturb_a_reader() {
        isolate(|| {
            catch_signal();
            let (mut sender, mut receiver) = channel().unwrap();
            let parent = Pid::this();
            in_child(|| {
                observe::eventually("the reader waits", || observe::is_blocked(parent));
                kill(parent, Signal::SIGUSR1).unwrap();
                observe::eventually("the signal is handled", || !has_pending_signal(parent));
                sender.send(b"after").unwrap();
            });
            assert_eq!(receiver.recv(), Ok(b"after".to_vec()), "a message after a signal");
            wait_for_all();
        });
    }

    #[test]
    fn a_signal_does_not_disturb_a_writer() {
        isolate(|| {
            catch_signal();
            let (sender, mut receiver) = channel().unwrap();
            let mut sender = Some(sender);
            let parent = Pid::this();
            let message = vec![7; 1 << 20];
            let child = in_child(|| {
                // The child's own copy; without it the end would never come.
                drop(sender.take());
                observe::eventually("the writer waits", || observe::is_blocked(parent));
                kill(parent, Signal::SIGUSR1).unwrap();
                observe::eventually("the signal is handled", || !has_pending_signal(parent));
                assert!(receiver.recv().unwrap().iter().eq(&message), "1 MiB in one piece");
            });
            drop(receiver);
            let sent = sender.take().unwrap().send(&message);
            assert_eq!(sent, Ok(()), "a send that a signal interrupts");
            assert_eq!(waitpid(child, None).map(code_of), Ok(Some(0)), "the child got it all");
        });
    }

    #[test]
    fn a_child_that_dies_is_an_error() {
        isolate(|| {
            let answer = ask_child(b"x", |_| std::process::exit(3));
            assert_eq!(answer, Err(PipeError::Child(Exit::Code(3))), "a child that exits with 3");
            let answer = ask_child(b"x", |_| {
                kill(Pid::this(), Signal::SIGKILL).unwrap();
                unreachable!()
            });
            let killed = Err(PipeError::Child(Exit::Signal(Signal::SIGKILL)));
            assert_eq!(answer, killed, "a child that is killed");
            let answer = ask_child(b"x", |_| std::process::exit(0));
            assert_eq!(answer, Err(PipeError::Child(Exit::Code(0))), "no answer, but code 0");
        });
    }

    #[test]
    fn a_panic_stays_in_the_child() {
        isolate(|| {
            let answer = ask_child(b"x", |_| panic!("on purpose"));
            assert_eq!(answer, Err(PipeError::Child(Exit::Code(101))), "a child that panics");
        });
    }

    #[test]
    fn the_end_is_told_from_half_a_message() {
        isolate(|| {
            for (bytes, error) in [
                (&b""[..], PipeError::Closed),
                (b"\x03\0", PipeError::Truncated),
                (b"\x03\0\0\0ab", PipeError::Truncated),
                (b"\x03\0\0\0", PipeError::Truncated),
            ] {
                let (reader, writer) = pipe().unwrap();
                write(&writer, bytes).unwrap();
                drop(writer);
                assert_eq!(Receiver::from(reader).recv(), Err(error), "{bytes:?} and then the end");
            }
            let (mut sender, receiver) = channel().unwrap();
            drop(receiver);
            assert_eq!(sender.send(b"x"), Err(PipeError::Closed), "a send that nobody can read");
        });
    }

    #[test]
    fn a_length_is_not_believed() {
        isolate(|| {
            let (reader, writer) = pipe().unwrap();
            write(&writer, &u32::MAX.to_le_bytes()).unwrap();
            let error = Err(PipeError::TooLong(u32::MAX as usize));
            assert_eq!(Receiver::from(reader).recv(), error, "a header that announces 4 GiB");
            let (reader, writer) = pipe().unwrap();
            write(&writer, &(MAX_MESSAGE_BYTES as u32).to_le_bytes()).unwrap();
            drop(writer);
            let error = Err(PipeError::Truncated);
            assert_eq!(Receiver::from(reader).recv(), error, "the longest message, cut off");

            let long = vec![0; MAX_MESSAGE_BYTES + 1];
            let (reader, writer) = pipe().unwrap();
            let error = Err(PipeError::TooLong(MAX_MESSAGE_BYTES + 1));
            assert_eq!(Sender::from(writer).send(&long), error, "a message that is too long");
            assert_eq!(drain(&reader), b"", "what is in the pipe after it");
            let answer = ask_child(&long, |_| vec![]);
            assert_eq!(answer, Err(PipeError::TooLong(long.len())), "a request that is too long");
            let (reader, writer) = pipe().unwrap();
            drop(reader);
            let sent = Sender::from(writer).send(&long[1..]);
            assert_eq!(sent, Err(PipeError::Closed), "the longest message, which nobody reads");
        });
    }

    #[test]
    fn too_few_descriptors_are_an_error() {
        isolate(|| {
            use nix::sys::resource::{Resource, setrlimit};
            let before = observe::descriptors();
            // Room for one pipe, and not for two.
            let most = before.last().unwrap() + 3;
            setrlimit(Resource::RLIMIT_NOFILE, most as u64, most as u64).unwrap();
            let answer = ask_child(b"x", |request| request);
            assert_eq!(answer, Err(PipeError::Os(Errno::EMFILE)), "no room for a second pipe");
            // Whoever looks needs a descriptor for it.
            assert!(pipe().is_ok(), "a descriptor was left open");
        });
    }
}

mod clean {
    use super::*;

    #[test]
    fn a_thousand_calls_leave_nothing() {
        isolate(|| {
            reverse_in_child("warm up").unwrap();
            let before = observe::descriptors();
            for call in 1..=1000 {
                reverse_in_child("ab").unwrap();
                if call % 100 == 0 {
                    let open = observe::descriptors();
                    assert_eq!(open, before, "the open descriptors after {call} calls");
                    assert_eq!(observe::children(), [], "the children after {call} calls");
                }
            }
        });
    }

    #[test]
    fn failed_calls_leave_nothing() {
        isolate(|| {
            let before = observe::descriptors();
            for _ in 0..10 {
                ask_child(&vec![0; 1 << 20], |_| std::process::exit(1)).unwrap_err();
                ask_child(&vec![0; MAX_MESSAGE_BYTES + 1], |request| request).unwrap_err();
            }
            assert_eq!(observe::descriptors(), before, "the open descriptors after failed calls");
            assert_eq!(observe::children(), [], "the children after failed calls");
        });
    }

    #[test]
    fn a_child_has_its_own_two_ends_alone() {
        isolate(|| {
            let before = observe::descriptors().len();
            let answer = ask_child(b"", |_| vec![observe::descriptors().len() as u8]).unwrap();
            let own = usize::from(answer[0]).saturating_sub(before);
            assert!(own <= 2, "the child holds {own} ends of pipes, and uses 2");
        });
    }

    #[test]
    fn a_started_program_inherits_no_end() {
        isolate(|| {
            let ends = channel().unwrap();
            let listing = std::process::Command::new("ls").arg("/proc/self/fd").output().unwrap();
            let numbers = String::from_utf8(listing.stdout).unwrap();
            // 0, 1, 2, and the one with which the folder is read.
            assert_eq!(numbers.lines().count(), 4, "the descriptors of a program that is started");
            drop(ends);
        });
    }
}

mod further {
    use super::*;

    #[test]
    fn a_wait_has_a_limit() {
        isolate(|| {
            let (mut sender, mut receiver) = channel().unwrap();
            assert_eq!(recv_within(&mut receiver, 10), Ok(None), "nothing came within 10 ms");
            sender.send(b"now").unwrap();
            let message = recv_within(&mut receiver, 10_000);
            assert_eq!(message, Ok(Some(b"now".to_vec())), "a message that is there");
            drop(sender);
            let end = recv_within(&mut receiver, 10_000);
            assert_eq!(end, Err(PipeError::Closed), "the end is told at once");
        });
    }

    #[test]
    fn children_work_at_the_same_time() {
        isolate(|| {
            // A ring: each child waits for the byte of the one before it, and all get theirs only
            // when all are there.
            let rings: Vec<(OwnedFd, OwnedFd)> = (0..3).map(|_| pipe().unwrap()).collect();
            let answers = ask_children(&[b"\0", b"\x01", b"\x02"], |request| {
                let me = usize::from(request[0]);
                write(&rings[(me + 1) % 3].1, b"!").unwrap();
                read(&rings[me].0, &mut [0]).unwrap();
                vec![request[0] + 10]
            });
            assert_eq!(answers, Ok(vec![vec![10], vec![11], vec![12]]), "the answers, in order");
            assert_eq!(observe::children(), [], "the children afterwards");
        });
    }
}

fn wait_for_all() {
    while nix::sys::wait::wait().is_ok() {}
}

fn code_of(status: nix::sys::wait::WaitStatus) -> Option<i32> {
    match status {
        nix::sys::wait::WaitStatus::Exited(_, code) => Some(code),
        _ => None,
    }
}

/// Grows when a forked child has run and was waited for: a thread, or no child at all, can't do that.
fn page_faults_of_reaped_children() -> i64 {
    use nix::sys::resource::{UsageWho, getrusage};
    getrusage(UsageWho::RUSAGE_CHILDREN).unwrap().minor_page_faults()
}
