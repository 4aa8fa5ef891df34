//! Small random programs, the same at every run: what can come out of them must not depend on how they are explored.

use interleave::report::{Coverage, Failure, Finding};
use interleave::{Ended, Limits, explore, explore_all};
use interleave_std as std;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, RwLock, mpsc};
use std::thread::{self, Thread};
use std::time::Duration;

/// So many programs have to be compared.
const WANTED: usize = 1_000;
/// Executions with and without reduction: a program that has more is left out.
const MOST_EXECUTIONS: [u32; 2] = [40, 90];
/// Deadlocks with and without reduction, and in all: the threads in them stay until the end of the test.
const MOST_DEADLOCKS: [u32; 2] = [3, 25];
const ALL_DEADLOCKS: u32 = 700;

/// Something that a thread of a random program does. The numbers say with which of the two objects of a kind.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Op {
    Load(usize),
    Store(usize, u32),
    Add(usize),
    CompareExchange(usize, u32),
    /// Adds one to what is under the mutex, then does the others with it in hand.
    Lock(usize, Vec<Op>),
    TryLock(usize, Vec<Op>),
    Read,
    Write,
    /// Waits until something is under the first mutex, and takes one of it.
    WaitWhile,
    /// The same, but does not look again.
    WaitIf,
    WaitTimeout(u64),
    /// Puts something under the first mutex, and wakes one.
    PutAndNotify,
    NotifyOne,
    NotifyAll,
    Send,
    TrySend,
    DropSender,
    Receive,
    TryReceive,
    ReceiveTimeout(u64),
    DropReceiver,
    Unpark,
    Park,
    ParkTimeout(u64),
    Sleep(u64),
    Yield,
}

/// A random program: what its threads do, and how many messages fit into its channel.
#[derive(Clone, Debug)]
struct Program {
    threads: Vec<Vec<Op>>,
    capacity: usize,
}

/// G. Marsaglia, "Xorshift RNGs" (2003).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % end
    }

    fn program(&mut self) -> Program {
        // A program about everything at once is about nothing.
        let topics = [self.below(TOPICS), self.below(TOPICS)];
        let sizes = match self.below(8) {
            0 => vec![2, 2, 2],
            1 => vec![2, 4],
            2 | 3 => vec![3, 2],
            4 | 5 => vec![3, 3],
            _ => vec![2, 3],
        };
        let threads = sizes.into_iter().enumerate().map(|(me, size)| self.ops(size, topics, me));
        Program { threads: threads.collect(), capacity: self.below(3) }
    }

    fn ops(&mut self, count: usize, topics: [usize; 2], me: usize) -> Vec<Op> {
        let mut ops: Vec<Op> = vec![];
        while ops.len() < count {
            let topic = topics[self.below(2)];
            let op = self.op(topic, true);
            // A third look in vain would be counted as waiting.
            if op.is_for(me) && ops.iter().filter(|it| **it == op).count() < 2 {
                ops.push(op);
            }
        }
        ops
    }

    fn op(&mut self, topic: usize, may_nest: bool) -> Op {
        let which = self.below(2);
        let millis = 1 + self.below(3) as u64;
        let number = 1 + self.below(2) as u32;
        match (topic, self.below(6)) {
            (0, 0 | 1) => Op::Load(which),
            (0, 2) => Op::Store(which, number),
            (0, 3) => Op::CompareExchange(which, number),
            (0, _) => Op::Add(which),
            (1, 0) if may_nest => Op::TryLock(which, self.nested(which)),
            (1, _) if may_nest => Op::Lock(which, self.nested(which)),
            (2, 0) if may_nest && which == 0 => Op::WaitWhile,
            (2, 0) if may_nest => Op::WaitIf,
            (2, 1 | 2) if may_nest => Op::WaitTimeout(millis),
            (2, 3) if which == 0 => Op::NotifyOne,
            (2, 3) => Op::NotifyAll,
            (2, _) if may_nest => Op::PutAndNotify,
            (3, 0) => Op::Receive,
            (3, 1) => Op::TryReceive,
            (3, 2) => Op::ReceiveTimeout(millis),
            (3, 3) => Op::TrySend,
            (3, _) => Op::Send,
            (4, 0) => Op::DropReceiver,
            (4, 1) => Op::DropSender,
            (4, 2) => Op::Yield,
            (4, _) => Op::Add(which),
            (5, 0) => Op::Sleep(millis),
            (5, 1 | 2) => Op::ParkTimeout(millis),
            (5, 3) if which == 0 => Op::Park,
            (5, _) => Op::Unpark,
            (6, 0 | 1) => Op::Write,
            (6, _) => Op::Read,
            _ => Op::Add(which),
        }
    }

    /// What is done with a mutex in hand: nothing, one thing, or the other mutex is locked too.
    fn nested(&mut self, outer: usize) -> Vec<Op> {
        match self.below(6) {
            0..3 => vec![],
            3 => vec![Op::Lock(1 - outer, vec![])],
            _ => {
                let topic = self.below(3);
                vec![self.op(topic, false)]
            }
        }
    }
}

const TOPICS: usize = 7;

/// What each thread has read so far, in order.
type Log = Vec<Vec<u32>>;

/// The log of the execution that is under way. The explorer does not see it.
type SharedLog = Arc<::std::sync::Mutex<Log>>;

/// What the threads of a program share.
struct Shared {
    atomics: [AtomicU32; 2],
    mutexes: [Mutex<u32>; 2],
    rwlock: RwLock<u32>,
    condvar: Condvar,
    log: SharedLog,
}

/// One thread of a program, while it runs.
struct Runner<'a> {
    me: usize,
    shared: &'a Shared,
    sender: Option<mpsc::SyncSender<u32>>,
    receiver: Option<mpsc::Receiver<u32>>,
    /// Whom it unparks.
    other: Thread,
}

impl Op {
    fn uses_channel(&self) -> bool {
        matches!(self, Self::Send | Self::TrySend | Self::DropSender) || self.receives()
    }

    fn receives(&self) -> bool {
        matches!(
            self,
            Self::Receive | Self::TryReceive | Self::ReceiveTimeout(_) | Self::DropReceiver
        )
    }

    /// Does the first thread do this, or one of the others? So that what is waited for may come.
    fn is_for(&self, me: usize) -> bool {
        match self {
            Self::WaitWhile | Self::WaitIf | Self::Park => me == 0,
            Self::PutAndNotify => me > 0,
            op => !op.uses_channel() || op.receives() == (me == 0),
        }
    }

    /// Could it be the one that a deadlock ends at?
    fn may_wait_for_ever(&self) -> bool {
        match self {
            Self::WaitWhile | Self::WaitIf | Self::Park => true,
            Self::Lock(_, nested) | Self::TryLock(_, nested) => {
                nested.iter().any(|op| matches!(op, Self::Lock(..)))
            }
            _ => false,
        }
    }
}

impl Runner<'_> {
    fn note(&self, value: u32) {
        self.shared.log.lock().unwrap()[self.me].push(value);
    }

    fn note_result<T, E>(&self, result: &Result<T, E>) {
        self.note(u32::from(result.is_err()));
    }

    fn run(&mut self, ops: &[Op]) {
        ops.iter().for_each(|op| self.step(op));
    }

    fn step(&mut self, op: &Op) {
        let shared = self.shared;
        let millis = Duration::from_millis;
        match op {
            Op::Load(which) => self.note(shared.atomics[*which].load(SeqCst)),
            Op::Store(which, value) => shared.atomics[*which].store(*value, SeqCst),
            Op::Add(which) => self.note(shared.atomics[*which].fetch_add(1, SeqCst)),
            Op::CompareExchange(which, new) => {
                self.note_result(&shared.atomics[*which].compare_exchange(0, *new, SeqCst, SeqCst));
            }
            Op::Lock(which, nested) => {
                let guard = shared.mutexes[*which].lock().unwrap();
                self.section(guard, nested);
            }
            Op::TryLock(which, nested) => match shared.mutexes[*which].try_lock() {
                Ok(guard) => self.section(guard, nested),
                Err(_) => self.note(99),
            },
            Op::Read => self.note(*shared.rwlock.read().unwrap()),
            Op::Write => *shared.rwlock.write().unwrap() += 1,
            Op::WaitWhile => {
                let mut guard = shared.mutexes[0].lock().unwrap();
                while *guard == 0 {
                    guard = shared.condvar.wait(guard).unwrap();
                }
                self.take_one(guard);
            }
            Op::WaitIf => {
                let mut guard = shared.mutexes[0].lock().unwrap();
                if *guard == 0 {
                    guard = shared.condvar.wait(guard).unwrap();
                }
                self.take_one(guard);
            }
            Op::WaitTimeout(limit) => {
                let guard = shared.mutexes[0].lock().unwrap();
                let (guard, result) = shared.condvar.wait_timeout(guard, millis(*limit)).unwrap();
                self.note(u32::from(result.timed_out()));
                self.take_one(guard);
            }
            Op::PutAndNotify => {
                *shared.mutexes[0].lock().unwrap() += 1;
                shared.condvar.notify_one();
            }
            Op::NotifyOne => shared.condvar.notify_one(),
            Op::NotifyAll => shared.condvar.notify_all(),
            Op::Unpark => self.other.unpark(),
            Op::Park => thread::park(),
            Op::ParkTimeout(limit) => thread::park_timeout(millis(*limit)),
            Op::Sleep(limit) => thread::sleep(millis(*limit)),
            Op::Yield => thread::yield_now(),
            _ => self.use_channel(op),
        }
    }

    fn use_channel(&mut self, op: &Op) {
        match (op, &self.sender, &self.receiver) {
            (Op::Send, Some(sender), _) => self.note_result(&sender.send(self.me as u32)),
            (Op::TrySend, Some(sender), _) => self.note_result(&sender.try_send(self.me as u32)),
            (Op::Receive, _, Some(receiver)) => self.note(receiver.recv().unwrap_or(99)),
            (Op::TryReceive, _, Some(receiver)) => self.note(receiver.try_recv().unwrap_or(99)),
            (Op::ReceiveTimeout(limit), _, Some(receiver)) => {
                let received = receiver.recv_timeout(Duration::from_millis(*limit));
                self.note(received.unwrap_or_else(|why| match why {
                    mpsc::RecvTimeoutError::Timeout => 98,
                    mpsc::RecvTimeoutError::Disconnected => 99,
                }));
            }
            (Op::DropSender, ..) => self.sender = None,
            (Op::DropReceiver, ..) => self.receiver = None,
            _ => {}
        }
    }

    fn section(&mut self, mut guard: MutexGuard<'_, u32>, nested: &[Op]) {
        self.note(*guard);
        *guard += 1;
        self.run(nested);
    }

    fn take_one(&self, mut guard: MutexGuard<'_, u32>) {
        self.note(*guard);
        *guard = guard.saturating_sub(1);
    }
}

impl Program {
    /// Runs it, and leaves in `log` what its threads have read.
    fn run(&self, log: &SharedLog) {
        *log.lock().unwrap() = vec![vec![]; self.threads.len()];
        let shared = Shared {
            atomics: Default::default(),
            mutexes: Default::default(),
            rwlock: RwLock::default(),
            condvar: Condvar::new(),
            log: Arc::clone(log),
        };
        let (sender, receiver) = self.channel();
        let first = thread::current();
        // The first thread is the one that runs this: two threads fewer to wait for.
        thread::scope(|scope| {
            let mut others = vec![];
            for (me, ops) in (1..).zip(&self.threads[1..]) {
                let (shared, other) = (&shared, first.clone());
                let sender = sender.clone();
                others.push(scope.spawn(move || {
                    Runner { me, shared, sender, receiver: None, other }.run(ops);
                }));
            }
            let other = others[0].thread().clone();
            drop(sender);
            Runner { me: 0, shared: &shared, sender: None, receiver, other }.run(&self.threads[0]);
        });
    }

    /// Its channel, if it uses one.
    fn channel(&self) -> (Option<mpsc::SyncSender<u32>>, Option<mpsc::Receiver<u32>>) {
        if !self.threads.iter().flatten().any(Op::uses_channel) {
            return (None, None);
        }
        let (sender, receiver) = mpsc::sync_channel(self.capacity);
        (Some(sender), Some(receiver))
    }
}

/// What came out of an execution: what was read, and whether it was a deadlock.
type Outcome = (Log, bool);

/// What can come out of a program, and in how many executions it does; `None` if there are too many.
fn outcomes(
    program: &Arc<Program>,
    reduction: bool,
    most_executions: [u32; 2],
    deadlocks: &mut u32,
) -> Option<BTreeMap<Outcome, u32>> {
    let log = SharedLog::default();
    let (scenario_log, program) = (Arc::clone(&log), Arc::clone(program));
    let mut outcomes = BTreeMap::new();
    let kind = usize::from(!reduction);
    let most_deadlocks = *deadlocks + MOST_DEADLOCKS[kind];
    let on_end = |ended: Ended| {
        assert!(
            matches!(ended.failure, None | Some(Failure::Deadlock)),
            "{ended:?} of {program:?}"
        );
        let is_deadlock = ended.failure.is_some();
        *deadlocks += u32::from(is_deadlock);
        if !ended.is_repeated {
            *outcomes.entry((log.lock().unwrap().clone(), is_deadlock)).or_default() += 1;
        }
        if *deadlocks > most_deadlocks { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let limits = Limits { executions: most_executions[kind], ..Limits::default() };
    let explored = Arc::clone(&program);
    explore_all(limits, reduction, move || explored.run(&scenario_log), on_end)?;
    Some(outcomes)
}

/// What [`explore`] says of a program that must not come to this outcome.
fn explore_without(program: &Arc<Program>, outcome: &Outcome) -> Finding {
    let (program, log, forbidden) = (Arc::clone(program), SharedLog::default(), outcome.0.clone());
    let scenario = move || {
        program.run(&log);
        assert_ne!(*log.lock().unwrap(), forbidden);
    };
    explore(Limits::default(), scenario).finding
}

/// What was compared.
#[derive(Debug, Default)]
struct Counts {
    generated: u32,
    compared: usize,
    with_deadlock: usize,
    full: u32,
    reduced: u32,
    outcomes: usize,
    found: usize,
    missed_beyond_bound: usize,
    deadlocks: u32,
}

#[test]
fn the_reduction_loses_no_outcome() {
    let mut random = Random(0x0001_2345_6789_abcd);
    let mut counts = Counts::default();
    let started = ::std::time::Instant::now();
    while counts.compared < WANTED && counts.generated < 4 * WANTED as u32 {
        counts.generated += 1;
        let program = random.program();
        let may_wait = program.threads.iter().flatten().any(Op::may_wait_for_ever);
        if !may_wait || counts.deadlocks < ALL_DEADLOCKS {
            compare(&Arc::new(program), MOST_EXECUTIONS, &mut counts);
        }
    }
    println!("{counts:?} in {:?}", started.elapsed());
    assert!(counts.compared >= WANTED, "{counts:?}");
}

fn compare(program: &Arc<Program>, most_executions: [u32; 2], counts: &mut Counts) {
    let Some(reduced) = outcomes(program, true, most_executions, &mut counts.deadlocks) else {
        return;
    };
    let Some(full) = outcomes(program, false, most_executions, &mut counts.deadlocks) else {
        return;
    };
    let (all, some): (BTreeSet<_>, BTreeSet<_>) = (full.keys().collect(), reduced.keys().collect());
    assert_eq!(all, some, "without and with reduction, of {program:#?}");
    counts.compared += 1;
    counts.full += full.values().sum::<u32>();
    counts.reduced += reduced.values().sum::<u32>();
    counts.outcomes += full.len();
    let can_deadlock = full.keys().any(|(_, is_deadlock)| *is_deadlock);
    counts.with_deadlock += usize::from(can_deadlock);
    let (rarest, _) = full.iter().min_by_key(|(_, times)| **times).expect("it has an outcome");
    match explore_without(program, rarest) {
        Finding::Counterexample(_) => counts.found += 1,
        Finding::None(Coverage::UpTo(_) | Coverage::Some) => counts.missed_beyond_bound += 1,
        other => panic!("{rarest:?} was not found ({other:?}) in {program:#?}"),
    }
}

#[test]
fn it_matters_when_somebody_begins_to_receive() {
    // Without a place for it, a message can only be put into the hand of who waits for it already.
    let receives = vec![Op::Add(0), Op::Store(1, 1), Op::ReceiveTimeout(1)];
    let threads = vec![receives, vec![Op::Add(0), Op::TrySend]];
    let mut counts = Counts::default();
    let program = Arc::new(Program { threads, capacity: 0 });
    compare(&program, [400, 4_000], &mut counts);
    assert_eq!(counts.compared, 1);
}
