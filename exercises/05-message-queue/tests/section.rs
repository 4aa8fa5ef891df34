//! What holds of the server and its clients, whoever wrote them.
//!
//! Every body runs in a process of its own, which has one thread: `harness::isolate`. In
//! `assert_eq!` the left side is what was seen, the right side what is wanted.

use harness::arrange::{code_of, in_child_with_code};
use harness::observe::{Activity, Thread, eventually, naps, other_threads, waits_in_msgrcv};
use harness::{isolate, observe};
use message_queue::queue::{Key, MAX_MESSAGE_BYTES, MessageQueue, MqError, Select};
use message_queue::{REPLY, REQUEST, STOP, ask, forget_replies, receive_long, run_server};
use message_queue::{send_long, serve, stop};
use nix::unistd::Pid;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread::{self, JoinHandle};
use std::time::Duration;

mod result {
    use super::*;

    #[test]
    fn a_client_takes_a_reply_and_nothing_else() {
        isolate(|| {
            let queue = queue_with(&[(5, "for others"), (REQUEST, "from others"), (REPLY, "noon")]);
            assert_eq!(ask(&queue), Ok("noon".into()), "what the client was told");
            assert_eq!(stop(&queue), Ok(()), "the stop");
            let left = [(5, "for others"), (REQUEST, "from others"), (REQUEST, ""), (STOP, "")];
            assert_eq!(drained(queue), owned(&left), "what is in the queue after ask and stop");
        });
    }

    #[test]
    fn each_request_gets_an_answer_of_its_own() {
        isolate(|| {
            let queue = queue_with(&[(REQUEST, ""), (REQUEST, ""), (REQUEST, "")]);
            let served = serve(&queue, ticks_and_a_stop(&queue));
            assert_eq!(served, Ok(3), "the requests that were answered");
            let replies = [(REPLY, "tick 1 ½"), (REPLY, "tick 2 ½"), (REPLY, "tick 3 ½")];
            assert_eq!(drained(queue), owned(&replies), "the replies to three requests");
        });
    }

    #[test]
    fn a_stop_waits_for_the_requests_that_are_there() {
        isolate(|| {
            let queue = queue_with(&[(STOP, ""), (REQUEST, "")]);
            assert_eq!(serve(&queue, ticks()), Ok(1), "answered, with a stop before the request");
            let left = [(REPLY, "tick 1 ½")];
            assert_eq!(drained(queue), owned(&left), "what is in the queue when it has ended");
        });
    }
}

mod concurrent {
    use super::*;

    #[test]
    fn the_server_leaves_its_own_reply_to_the_client() {
        isolate(|| {
            let queue = queue_with(&[(REQUEST, "")]);
            let (server, asked) = start_server(&queue);
            eventually("it has answered, and waits again", || {
                asked.load(SeqCst) > 0 && is_waiting_for_a_message()
            });
            let reply = queue.try_receive(Select::Exactly(REPLY)).unwrap();
            let reply = reply.map(|reply| String::from_utf8_lossy(&reply.body).into_owned());
            let unfetched = Some("answer 1".to_owned());
            assert_eq!(reply, unfetched, "the reply that nobody has fetched yet");
            queue.send(b"", STOP).unwrap();
            assert_eq!(server.join().expect("a result"), Ok(1), "the requests answered");
            assert_eq!(drained(queue), [], "what is in the queue at the end");
        });
    }

    #[test]
    fn an_idle_server_does_nothing_at_all() {
        isolate(|| {
            let queue = queue_with(&[]);
            let (server, asked) = start_server(&queue);
            eventually("the server waits", is_waiting_for_a_message);
            let before = naps();
            // Time for a server that polls to wake up. One that waits stays as it is, however long.
            thread::sleep(Duration::from_millis(30));
            assert_eq!(naps(), before, "how often its threads went to sleep, 30 ms later");
            assert_eq!(asked.load(SeqCst), 0, "calls of `now` before there is a request");
            queue.send(b"", STOP).unwrap();
            assert_eq!(server.join().expect("a result"), Ok(0), "the requests answered");
            assert_eq!(drained(queue), [], "what is in the queue at the end");
        });
    }

    #[test]
    fn many_clients_wait_at_once_and_all_are_answered() {
        isolate(|| {
            let queue = queue_with(&[]);
            let told_something =
                || i32::from(ask(&queue).is_ok_and(|text| text.contains("answer")));
            let clients: Vec<Pid> = (0..8).map(|_| in_child_with_code(told_something)).collect();
            eventually("all clients wait", || {
                let over = observe::zombies();
                clients.iter().all(|client| waits_in_msgrcv(*client) || over.contains(client))
            });
            let (server, _) = start_server(&queue);
            let answers: Vec<i32> = clients.into_iter().map(|client| code_of(client)).collect();
            assert_eq!(
                answers, [1; 8],
                "the answers that 8 processes got, 1 for each that is right"
            );
            queue.send(b"", STOP).unwrap();
            assert_eq!(server.join().expect("a result"), Ok(8), "the requests answered");
            assert_eq!(drained(queue), [], "what is in the queue at the end");
        });
    }
}

mod robust {
    use super::*;

    #[test]
    fn other_messages_stay_in_their_order() {
        isolate(|| {
            let queue = queue_with(&[(7, "a"), (5, "b"), (REQUEST, ""), (7, "c"), (4, "d")]);
            let served = serve(&queue, ticks_and_a_stop(&queue));
            assert_eq!(served, Ok(1), "the requests answered");
            let left = [(7, "a"), (5, "b"), (7, "c"), (4, "d"), (REPLY, "tick 1 ½")];
            assert_eq!(drained(queue), owned(&left), "what the server left in the queue");
        });
    }

    #[test]
    fn whoever_waits_learns_that_the_queue_is_gone() {
        isolate(|| {
            let queue = queue_with(&[]);
            let (server, _) = start_server(&queue);
            eventually("the server waits", is_waiting_for_a_message);
            queue.remove().unwrap();
            let ended = server.join().expect("a result");
            assert_eq!(ended, Err(MqError::Removed), "a server whose queue is removed");

            let queue = queue_with(&[]);
            let handle = queue.clone();
            let client = thread::spawn(move || ask(&handle));
            queue.receive(Select::Exactly(REQUEST)).unwrap();
            queue.remove().unwrap();
            let told = client.join().expect("a result");
            assert_eq!(told, Err(MqError::Removed), "a client whose queue is removed");
        });
    }

    #[test]
    fn a_second_server_is_refused() {
        isolate(|| {
            let queue = MessageQueue::create(key()).unwrap();
            // With these in it, a server that is not refused ends, too.
            fill(&queue, &[(REQUEST, ""), (STOP, "")]);
            let second = run_server(key(), ticks());
            assert_eq!(second, Err(MqError::Exists), "a server under a key that is taken");
            let still_there = MessageQueue::open(key()).map(drop);
            assert_eq!(still_there, Ok(()), "the queue of the first server");
            let left = [(REQUEST, ""), (STOP, "")];
            assert_eq!(drained(queue), owned(&left), "what is in the queue of the first server");
        });
    }

    #[test]
    fn an_answer_that_is_too_long_is_an_error() {
        isolate(|| {
            // Two bytes each: the length counts bytes, not characters.
            let mut answers = ["é".repeat(MAX_MESSAGE_BYTES / 2), "é".repeat(5000)].into_iter();
            let client = thread::spawn(asks_twice);
            let served = run_server(key(), || {
                eventually("the client waits", is_waiting_for_a_message);
                answers.next().expect("two requests")
            });
            assert_eq!(served, Err(MqError::TooLong(10_000)), "an answer of 10000 bytes");
            let told = [Ok(MAX_MESSAGE_BYTES), Err(MqError::Removed)];
            assert_eq!(client.join().unwrap(), told, "the bytes that the client got, twice");
            let open = MessageQueue::open(key()).map(drop);
            assert_eq!(open, Err(MqError::NoQueue), "the queue of a server that failed");
        });
    }

    #[test]
    fn an_answer_that_is_no_text_is_an_error() {
        isolate(|| {
            let queue = queue_with(&[]);
            queue.send(b"\xff noon", REPLY).unwrap();
            assert_eq!(ask(&queue), Err(MqError::NotUtf8), "a reply that is not UTF-8");
            assert_eq!(drained(queue), owned(&[(REQUEST, "")]), "what is in the queue afterwards");
        });
    }
}

mod clean {
    use super::*;

    #[test]
    fn a_server_that_was_stopped_leaves_no_queue() {
        isolate(|| {
            for round in 1..=3 {
                let client = thread::spawn(|| fill(&opened(), &[(REQUEST, ""), (STOP, "")]));
                let served = run_server(key(), ticks());
                assert_eq!(served, Ok(1), "the requests answered by server {round}");
                client.join().unwrap();
                let open = MessageQueue::open(key()).map(drop);
                assert_eq!(open, Err(MqError::NoQueue), "the queue after server {round}");
            }
        });
    }

    #[test]
    fn a_server_that_panics_leaves_no_queue() {
        isolate(|| {
            let mut answers = ["noon".to_owned()].into_iter();
            let client = thread::spawn(asks_twice);
            let now = || {
                eventually("the client waits", is_waiting_for_a_message);
                answers.next().unwrap_or_else(|| std::panic::panic_any("on purpose"))
            };
            let served = catch_unwind(AssertUnwindSafe(|| run_server(key(), now)));
            let panic = served.expect_err("the panic goes on to the caller");
            let message = panic.downcast_ref::<&str>().copied();
            assert_eq!(message, Some("on purpose"), "the panic that the caller sees");
            let open = MessageQueue::open(key()).map(drop);
            assert_eq!(open, Err(MqError::NoQueue), "the queue of a server that panicked");
            let told = [Ok("noon".len()), Err(MqError::Removed)];
            assert_eq!(client.join().unwrap(), told, "the bytes that the client got, twice");
        });
    }
}

mod further {
    use super::*;

    #[test]
    fn replies_are_forgotten_and_nothing_else() {
        isolate(|| {
            let queue = queue_with(&[(REPLY, "a"), (7, "b"), (REPLY, "c"), (REQUEST, "")]);
            assert_eq!(forget_replies(&queue), Ok(2), "the replies in the queue");
            assert_eq!(forget_replies(&queue), Ok(0), "the replies in it after that");
            let left = [(7, "b"), (REQUEST, "")];
            assert_eq!(drained(queue), owned(&left), "what is left in the queue");
        });
    }

    #[test]
    fn a_long_message_goes_in_full_parts_and_a_last_one() {
        isolate(|| {
            let full = MAX_MESSAGE_BYTES;
            for (length, parts) in
                [(0, vec![0]), (5, vec![5]), (full, vec![full, 0]), (full + 3, vec![full, 3])]
            {
                let queue = queue_with(&[]);
                assert_eq!(send_long(&queue, &pattern(length), 4), Ok(()), "{length} bytes");
                let sent: Vec<_> = bodies(&queue).into_iter().map(|(_, body)| body.len()).collect();
                assert_eq!(sent, parts, "the parts of {length} bytes");
                queue.remove().unwrap();
            }
        });
    }

    #[test]
    fn a_long_message_is_put_together() {
        isolate(|| {
            let queue = queue_with(&[(5, "for others")]);
            for length in [0, 5, MAX_MESSAGE_BYTES, 3 * MAX_MESSAGE_BYTES, 100_000] {
                let body = pattern(length);
                let parts = body.clone();
                let handle = queue.clone();
                let sender = thread::spawn(move || send_in_parts(&handle, &parts));
                let received = receive_long(&queue, 4);
                assert!(received == Ok(body), "{length} bytes did not come as they were sent");
                sender.join().unwrap();
            }
            assert_eq!(drained(queue), owned(&[(5, "for others")]), "what is left in the queue");
        });
    }
}

/// A key that no other check uses at the same time, behind walls or without.
fn key() -> Key {
    Key::new(0x4d51_0000 | Pid::this().as_raw()).expect("not 0")
}

/// The queue under [`key`], as soon as there is one.
fn opened() -> MessageQueue {
    eventually("there is a queue", || MessageQueue::open(key()).is_ok());
    MessageQueue::open(key()).unwrap()
}

/// A client of the server under [`key`] that asks twice, and then stops a server that goes on all the same: the
/// number of bytes in each reply.
fn asks_twice() -> [Result<usize, MqError>; 2] {
    let queue = opened();
    let replies = [(); 2].map(|()| {
        queue.send(b"", REQUEST)?;
        queue.receive(Select::Exactly(REPLY)).map(|reply| reply.body.len())
    });
    let _ = queue.send(b"", STOP);
    replies
}

/// A new queue with these messages: type and body.
fn queue_with(messages: &[(i64, &str)]) -> MessageQueue {
    let queue = MessageQueue::create_private().unwrap();
    fill(&queue, messages);
    queue
}

fn fill(queue: &MessageQueue, messages: &[(i64, &str)]) {
    for (kind, body) in messages {
        queue.send(body.as_bytes(), *kind).unwrap();
    }
}

/// What was in the queue, oldest first. The queue is gone then.
fn drained(queue: MessageQueue) -> Vec<(i64, String)> {
    let bodies = bodies(&queue).into_iter();
    queue.remove().expect("the queue is still there");
    bodies.map(|(kind, body)| (kind, String::from_utf8_lossy(&body).into())).collect()
}

/// Takes all out of the queue, oldest first: types and bodies.
fn bodies(queue: &MessageQueue) -> Vec<(i64, Vec<u8>)> {
    let next = || queue.try_receive(Select::Any).expect("the queue is still there");
    std::iter::from_fn(next).map(|message| (message.kind, message.body)).collect()
}

fn owned(messages: &[(i64, &str)]) -> Vec<(i64, String)> {
    messages.iter().map(|&(kind, body)| (kind, body.to_owned())).collect()
}

/// A clock that counts how often it was asked.
fn ticks() -> impl FnMut() -> String {
    let mut asked = 0;
    move || {
        asked += 1;
        format!("tick {asked} ½")
    }
}

/// The same clock. When it is asked for the first time, it also sends a stop.
fn ticks_and_a_stop(queue: &MessageQueue) -> impl FnMut() -> String {
    let mut clock = ticks();
    let mut is_first = true;
    move || {
        if std::mem::take(&mut is_first) {
            queue.send(b"", STOP).unwrap();
        }
        clock()
    }
}

/// A server on a thread of its own, and how often it has asked its clock.
fn start_server(queue: &MessageQueue) -> (JoinHandle<Result<usize, MqError>>, Arc<AtomicUsize>) {
    let queue = queue.clone();
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let now = move || format!("answer {}", counter.fetch_add(1, SeqCst) + 1);
    (thread::spawn(move || serve(&queue, now)), asked)
}

/// Sends as the contract of `send_long` says, under type 4.
fn send_in_parts(queue: &MessageQueue, body: &[u8]) {
    let parts = body.chunks_exact(MAX_MESSAGE_BYTES);
    let last = parts.remainder();
    parts.chain([last]).for_each(|part| queue.send(part, 4).unwrap());
}

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i % 251) as u8).collect()
}

/// Do all other threads of this process wait, without a limit, and one of them for a message?
fn is_waiting_for_a_message() -> bool {
    let others = other_threads();
    others.iter().any(Thread::waits_in_msgrcv)
        && others.iter().all(|thread| matches!(thread.activity, Activity::Blocked(_)))
}
