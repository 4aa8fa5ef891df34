//! What holds of the pool and of the server that uses it, whoever wrote them.
//!
//! Every body runs in a process of its own, which has one thread: `harness::isolate`. In
//! `assert_eq!` the left side is what was seen, the right side what is wanted.

use harness::arrange::{code_of, in_child_with_code};
use harness::observe::{
    Activity, Thread, eventually, naps, other_threads, this_thread, waits_in_msgrcv,
};
use harness::{explore, isolate, observe};
use message_queue::queue::{MAX_MESSAGE_BYTES, MessageQueue, MqError, Select};
use nix::unistd::Pid;
use std::collections::HashSet;
use std::num::NonZero;
use std::sync::{Arc, Barrier, Condvar, Mutex};
use std::thread::{self, JoinHandle, ThreadId};
use std::time::Duration;
use thread_pool::{REQUEST, STOP, Served, ask, ask_from_thread, reply_type, run_pool, serve};
use thread_pool::{serve_with_limit, stop};

mod result {
    use super::*;

    #[test]
    fn the_pool_does_every_job_once() {
        isolate(|| {
            for workers in [1, 3] {
                let done = Mutex::new(vec![]);
                run_pool(count(workers), 0..50, |job| done.lock().unwrap().push(job));
                let mut done = done.into_inner().unwrap();
                done.sort();
                assert_eq!(done, Vec::from_iter(0..50), "the jobs done by {workers} workers");
                eventually("the workers have ended", || other_threads().is_empty());
            }
        });
    }

    #[test]
    fn a_client_names_itself_and_takes_its_own_reply() {
        isolate(|| {
            let queue = MessageQueue::create_private().unwrap();
            let (me, other) = (reply_type(Pid::this()), reply_type(Pid::parent()));
            fill(&queue, &[(other, "for another"), (REQUEST, "77"), (me, "noon"), (me, "")]);
            queue.send(b"\xff", me).unwrap();
            assert_eq!(ask(&queue), Ok(Some("noon".into())), "what the client was told");
            assert_eq!(ask(&queue), Ok(None), "an empty reply");
            assert_eq!(ask(&queue), Err(MqError::NotUtf8), "a reply that is no text");
            assert_eq!(stop(&queue), Ok(()), "the stop");
            let pid = Pid::this().to_string();
            let asked = (REQUEST, pid.as_str());
            let left = [(other, "for another"), (REQUEST, "77"), asked, asked, asked, (STOP, "")];
            assert_eq!(bodies(&queue), owned(&left), "what is in the queue after that");
            queue.remove().unwrap();
        });
    }

    #[test]
    fn each_client_gets_the_answer_to_its_own_request() {
        isolate(|| {
            let queue = MessageQueue::create_private().unwrap();
            fill(&queue, &[(REQUEST, "301"), (REQUEST, "102"), (REQUEST, "203")]);
            let server = start_server(&queue, 2, |pid| format!("for {pid} ½"));
            let replies = [102, 203, 301].map(|pid| text_for(&queue, pid));
            let wanted = ["for 102 ½", "for 203 ½", "for 301 ½"];
            assert_eq!(replies, wanted, "the replies to three clients");
            queue.send(b"", STOP).unwrap();
            assert_eq!(ended(server), served(3), "what the server has done");
        });
    }
}

mod concurrent {
    use super::*;

    #[test]
    fn as_many_jobs_run_at_once_as_there_are_workers() {
        isolate(|| {
            for workers in [1, 3] {
                let queue = MessageQueue::create_private().unwrap();
                let gate = Arc::new(Gate::default());
                let requests = workers + 3;
                (0..requests).for_each(|n| request(&queue, 101 + n as i32));
                let server = start_server(&queue, workers, passing(&gate));
                for left in (1..=requests).rev() {
                    eventually("all threads wait", all_wait);
                    let at_once = workers.min(left);
                    let what = format!("jobs at once: {workers} workers, {left} requests left");
                    assert_eq!(gate.waiting(), at_once, "{what}");
                    // Whoever was the first waits to the end: no job may wait behind another.
                    gate.let_the_last_through();
                }
                assert_eq!(gate.threads(), workers, "threads that did {requests} jobs");
                eventually("all threads wait", all_wait);
                assert_eq!(bodies(&queue).len(), requests, "replies to {requests} requests");
                queue.send(b"", STOP).unwrap();
                assert_eq!(ended(server), served(requests), "what the server has done");
            }
        });
    }

    #[test]
    fn the_workers_are_threads_that_stay() {
        isolate(|| {
            let workers = Mutex::new(HashSet::new());
            // Opens only when three are there: one thread that does it all stands before it for ever.
            let three = Barrier::new(3);
            run_pool(count(3), 0..30, |_| {
                workers.lock().unwrap().insert(thread::current().id());
                three.wait();
            });
            let workers = workers.into_inner().unwrap();
            assert_eq!(workers.len(), 3, "the threads that did 30 jobs, with 3 workers");
            let caller = workers.contains(&thread::current().id());
            assert!(!caller, "the thread that called run_pool did a job itself");
        });
    }

    #[test]
    fn an_idle_server_does_nothing_at_all() {
        isolate(|| {
            let queue = MessageQueue::create_private().unwrap();
            let server = start_server(&queue, 3, |_| "noon".into());
            // Idle from the beginning, and idle again.
            for round in [1, 2] {
                eventually("all threads wait, without a limit", all_wait_without_a_limit);
                let before = naps();
                // Time for one that polls to wake up. One that waits stays as it is, however long.
                thread::sleep(Duration::from_millis(30));
                let what = "how often each thread went to sleep, 30 ms later";
                assert_eq!(naps(), before, "{what}, round {round}");
                request(&queue, 101);
                assert_eq!(text_for(&queue, 101), "noon", "the reply, round {round}");
            }
            queue.send(b"", STOP).unwrap();
            assert_eq!(ended(server), served(2), "what the server has done");
        });
    }

    #[test]
    fn many_processes_ask_and_each_is_told_its_own() {
        isolate(|| {
            let queue = MessageQueue::create_private().unwrap();
            let told_mine = || i32::from(ask(&queue) == Ok(Some(format!("for {}", Pid::this()))));
            let clients: Vec<Pid> = (0..12).map(|_| in_child_with_code(told_mine)).collect();
            eventually("all clients wait", || {
                let over = observe::zombies();
                clients.iter().all(|&client| waits_in_msgrcv(client) || over.contains(&client))
            });
            let server = start_server(&queue, 4, |pid| format!("for {pid}"));
            let told: Vec<i32> = clients.into_iter().map(|client| code_of(client)).collect();
            assert_eq!(told, [1; 12], "the processes that were told theirs, 1 for each");
            queue.send(b"", STOP).unwrap();
            assert_eq!(ended(server), served(12), "what the server has done");
        });
    }

    #[test]
    fn no_schedule_leaves_a_worker_asleep() {
        explore(|| {
            // Opens when both jobs are being done.
            let both_run = Barrier::new(2);
            run_pool(count(2), 0..2, |_| {
                both_run.wait();
            });
        });
    }
}

mod robust {
    use super::*;

    #[test]
    fn a_stop_lets_the_requests_be_finished() {
        isolate(|| {
            let queue = MessageQueue::create_private().unwrap();
            // The stop is the oldest of all, and yet the last that counts.
            queue.send(b"", STOP).unwrap();
            let clients = [101, 102, 103, 104].map(|pid| {
                request(&queue, pid);
                waiting_client(&queue, pid)
            });
            eventually("all clients wait", all_wait);
            let gate = Arc::new(Gate::default());
            let server = start_server(&queue, 2, passing(&gate));
            eventually("all threads wait", all_wait);
            assert!(!server.is_finished(), "the server has ended while two jobs still ran");
            gate.open();
            let told = clients.map(|client| client.join().unwrap());
            let wanted = [101, 102, 103, 104].map(|pid| Ok(format!("for {pid}")));
            assert_eq!(told, wanted, "what the clients were told: two were served, two waited");
            assert_eq!(ended(server), served(4), "what the server has done");
        });
    }

    #[test]
    fn a_request_without_a_pid_is_refused() {
        isolate(|| {
            let queue = MessageQueue::create_private().unwrap();
            let server = start_server(&queue, 2, |pid| format!("for {pid}"));
            let bad: [&[u8]; 9] =
                [b"", b"me", b"0", b"-1", b"-2", b"-101", b"101 102", b"\xff", b"4294967397"];
            for body in bad {
                queue.send(body, REQUEST).unwrap();
            }
            request(&queue, 101);
            eventually("all threads wait", all_wait);
            assert_eq!(bodies(&queue), owned(&[(104, "for 101")]), "the replies to all of them");
            queue.send(b"", STOP).unwrap();
            let done = Served { answered: 1, refused: bad.len(), failed: 0 };
            assert_eq!(ended(server), done, "what the server has done");
        });
    }

    #[test]
    fn a_job_that_panics_costs_no_worker() {
        isolate(|| {
            let queue = MessageQueue::create_private().unwrap();
            let gate = Arc::new(Gate::default());
            let pass = passing(&gate);
            let server = start_server(&queue, 2, move |pid| match pid.as_raw() {
                ..200 => std::panic::panic_any("on purpose"),
                _ => pass(pid),
            });
            for pid in [101, 102, 103, 104] {
                request(&queue, pid);
                assert_eq!(text_for(&queue, pid), "", "the reply of a job that panicked");
            }
            (201..=203).for_each(|pid| request(&queue, pid));
            eventually("all threads wait", all_wait);
            let at_work = gate.waiting();
            assert_eq!(at_work, 2, "jobs at once, with 2 workers and after 4 panics");
            gate.open();
            let told = [201, 202, 203].map(|pid| text_for(&queue, pid));
            assert_eq!(told, ["for 201", "for 202", "for 203"], "the replies after the panics");
            queue.send(b"", STOP).unwrap();
            let done = Served { answered: 3, failed: 4, refused: 0 };
            assert_eq!(ended(server), done, "what the server has done");
        });
    }

    #[test]
    fn an_answer_that_is_too_long_has_failed() {
        isolate(|| {
            let queue = MessageQueue::create_private().unwrap();
            let server = start_server(&queue, 1, |pid| "x".repeat(pid.as_raw() as usize));
            let fits = MAX_MESSAGE_BYTES as i32;
            let lengths = [fits + 1, fits, 20_000, 101].map(|pid| {
                request(&queue, pid);
                text_for(&queue, pid).len()
            });
            assert_eq!(lengths, [0, MAX_MESSAGE_BYTES, 0, 101], "the bytes of the replies");
            queue.send(b"", STOP).unwrap();
            let done = Served { answered: 2, failed: 2, refused: 0 };
            assert_eq!(ended(server), done, "what the server has done");
        });
    }

    #[test]
    fn the_server_takes_requests_and_stops_alone() {
        isolate(|| {
            let queue = MessageQueue::create_private().unwrap();
            // In this section, type 3 is nobody's.
            fill(&queue, &[(7, "a"), (3, "b"), (REQUEST, "101"), (5, "c"), (7, "d")]);
            let server = start_server(&queue, 1, |pid| format!("for {pid}"));
            eventually("all threads wait", all_wait);
            let left = [(7, "a"), (3, "b"), (5, "c"), (7, "d"), (104, "for 101")];
            assert_eq!(bodies(&queue), owned(&left), "what the server left in the queue");
            queue.send(b"", STOP).unwrap();
            assert_eq!(ended(server), served(1), "what the server has done");
        });
    }

    #[test]
    fn a_queue_that_goes_is_an_error() {
        isolate(|| {
            let queue = MessageQueue::create_private().unwrap();
            let gate = Arc::new(Gate::default());
            let pass = passing(&gate);
            let handle = queue.clone();
            let server = thread::spawn(move || serve(handle, count(2), pass));
            request(&queue, 101);
            eventually("all threads wait", all_wait);
            queue.remove().unwrap();
            eventually("all threads wait", all_wait);
            assert!(!server.is_finished(), "the server has ended while a job still ran");
            gate.open();
            let done = server.join().expect("a result");
            assert_eq!(done, Err(MqError::Removed), "a server whose queue is removed");
        });
    }

    #[test]
    fn no_schedule_loses_a_job() {
        explore(|| {
            let done = Mutex::new([0, 0]);
            run_pool(count(2), 0..2, |job: usize| done.lock().unwrap()[job] += 1);
            assert_eq!(*done.lock().unwrap(), [1, 1], "how often each of two jobs is done");
        });
    }
}

mod clean {
    use super::*;

    #[test]
    fn no_thread_and_no_queue_is_left() {
        isolate(|| {
            for round in 1..=3 {
                let queue = MessageQueue::create_private().unwrap();
                let server = start_server(&queue, 3, |_| "noon".into());
                // Nobody fetches the replies: they go with the queue.
                (101..=102).for_each(|pid| request(&queue, pid));
                eventually("all threads wait", all_wait);
                queue.send(b"", STOP).unwrap();
                assert_eq!(ended(server), served(2), "what server {round} has done");
                eventually("the workers have ended", || other_threads().is_empty());
                let gone = queue.try_receive(Select::Any);
                assert_eq!(gone, Err(MqError::Removed), "the queue after server {round}");
            }
        });
    }
}

mod further {
    use super::*;

    #[test]
    fn threads_of_one_process_each_get_their_own() {
        isolate(|| {
            let queue = MessageQueue::create_private().unwrap();
            let server = start_server(&queue, 2, |client| format!("for {client}"));
            let clients = [(); 6].map(|()| {
                let queue = queue.clone();
                thread::spawn(move || (this_thread(), ask_from_thread(&queue)))
            });
            for client in clients {
                let (number, told) = client.join().unwrap();
                assert_eq!(
                    told,
                    Ok(Some(format!("for {number}"))),
                    "what thread {number} was told"
                );
            }
            queue.send(b"", STOP).unwrap();
            assert_eq!(ended(server), served(6), "what the server has done");
        });
    }

    #[test]
    fn who_finds_no_room_is_told_at_once() {
        isolate(|| {
            let queue = MessageQueue::create_private().unwrap();
            let gate = Arc::new(Gate::default());
            let pass = passing(&gate);
            let handle = queue.clone();
            let server = thread::spawn(move || serve_with_limit(handle, count(1), count(2), pass));
            for pid in 101..=105 {
                request(&queue, pid);
                // One after the other: who waits when the next one comes is certain then.
                eventually("all threads wait", all_wait);
            }
            let refused = [(107, ""), (108, "")];
            assert_eq!(bodies(&queue), owned(&refused), "replies while 1 is served and 2 wait");
            gate.open();
            let told = [101, 102, 103].map(|pid| text_for(&queue, pid));
            assert_eq!(told, ["for 101", "for 102", "for 103"], "the replies to those that waited");
            queue.send(b"", STOP).unwrap();
            let done = Served { answered: 3, failed: 0, refused: 2 };
            assert_eq!(ended(server), done, "what the server has done");
        });
    }
}

/// A gate in the middle of jobs: those that came to it wait until they are let through.
#[derive(Default)]
struct Gate {
    state: Mutex<GateState>,
    changed: Condvar,
}

#[derive(Default)]
struct GateState {
    waiting: Vec<Pid>,
    threads: HashSet<ThreadId>,
    called: HashSet<Pid>,
    is_open: bool,
}

impl Gate {
    /// Waits to be let through.
    fn pass(&self, client: Pid) {
        let mut state = self.state.lock().unwrap();
        state.waiting.push(client);
        state.threads.insert(thread::current().id());
        let closed = |state: &mut GateState| !state.is_open && !state.called.contains(&client);
        let mut state = self.changed.wait_while(state, closed).unwrap();
        state.waiting.retain(|&waiting| waiting != client);
    }

    /// How many jobs wait at the gate.
    fn waiting(&self) -> usize {
        self.state.lock().unwrap().waiting.len()
    }

    /// How many threads have come to the gate so far.
    fn threads(&self) -> usize {
        self.state.lock().unwrap().threads.len()
    }

    /// Lets the job through that came last.
    fn let_the_last_through(&self) {
        let mut state = self.state.lock().unwrap();
        let last = *state.waiting.last().expect("a job at the gate");
        state.called.insert(last);
        self.changed.notify_all();
    }

    /// Lets all through, also those that come later.
    fn open(&self) {
        self.state.lock().unwrap().is_open = true;
        self.changed.notify_all();
    }
}

/// A job that waits at the gate, and then answers.
fn passing(gate: &Arc<Gate>) -> impl Fn(Pid) -> String + Send + Sync + 'static {
    let gate = Arc::clone(gate);
    move |client| {
        gate.pass(client);
        format!("for {client}")
    }
}

fn count(number: usize) -> NonZero<usize> {
    NonZero::new(number).expect("not 0")
}

/// What a server has done that answered so many requests, and met nothing bad.
fn served(answered: usize) -> Served {
    Served { answered, ..Served::default() }
}

type Server = JoinHandle<Result<Served, MqError>>;

/// A server on a thread of its own.
fn start_server(
    queue: &MessageQueue,
    workers: usize,
    job: impl Fn(Pid) -> String + Send + Sync + 'static,
) -> Server {
    let queue = queue.clone();
    thread::spawn(move || serve(queue, count(workers), job))
}

/// What the server has done, when it has ended.
fn ended(server: Server) -> Served {
    server.join().expect("the server does not panic").expect("the server ends in order")
}

/// Puts a request of this client into the queue. The numbers are made up: nobody asks whose they are.
fn request(queue: &MessageQueue, pid: i32) {
    queue.send(pid.to_string().as_bytes(), REQUEST).unwrap();
}

/// Waits for a reply to this client.
fn text_for(queue: &MessageQueue, pid: i32) -> String {
    let reply = queue.receive(Select::Exactly(reply_type(Pid::from_raw(pid)))).unwrap();
    String::from_utf8_lossy(&reply.body).into()
}

/// A thread that waits for a reply to this client.
fn waiting_client(queue: &MessageQueue, pid: i32) -> JoinHandle<Result<String, MqError>> {
    let queue = queue.clone();
    thread::spawn(move || {
        let reply = queue.receive(Select::Exactly(reply_type(Pid::from_raw(pid))))?;
        Ok(String::from_utf8_lossy(&reply.body).into())
    })
}

fn fill(queue: &MessageQueue, messages: &[(i64, &str)]) {
    for (kind, body) in messages {
        queue.send(body.as_bytes(), *kind).unwrap();
    }
}

/// Takes all out of the queue, oldest first: types and bodies.
fn bodies(queue: &MessageQueue) -> Vec<(i64, String)> {
    let next = || queue.try_receive(Select::Any).expect("the queue is still there");
    let text = |body: Vec<u8>| String::from_utf8_lossy(&body).into_owned();
    std::iter::from_fn(next).map(|message| (message.kind, text(message.body))).collect()
}

fn owned(messages: &[(i64, &str)]) -> Vec<(i64, String)> {
    messages.iter().map(|&(kind, body)| (kind, body.to_owned())).collect()
}

/// Do all other threads of this process wait at the same moment? They are looked at one by one, so they are looked at
/// twice: if none has run in between, all of it was true at once.
fn all_wait() -> bool {
    let before = other_threads();
    before.iter().all(Thread::waits) && other_threads() == before
}

/// Does none of them go on by itself after a while, either?
fn all_wait_without_a_limit() -> bool {
    let wait = |thread: &Thread| matches!(thread.activity, Activity::Blocked(_));
    all_wait() && other_threads().iter().all(wait)
}
