//! What never waits: cells and queues.

mod common;

use common::{always, fails};
use interleave::report::Failure;
use interleave_crossbeam::atomic::AtomicCell;
use interleave_crossbeam::queue::{ArrayQueue, SegQueue};
use interleave_crossbeam::sync::ShardedLock;
use interleave_crossbeam::thread::scope;

#[test]
fn a_cell_is_updated_in_one_step() {
    always(|| {
        let (count, flag) = (AtomicCell::new(0_u32), AtomicCell::new(false));
        scope(|s| {
            s.spawn(|_| count.fetch_add(1));
            s.spawn(|_| count.fetch_update(|count| Some(count + 1)).unwrap());
            s.spawn(|_| flag.fetch_or(true));
        })
        .unwrap();
        assert_eq!((count.take(), count.into_inner(), flag.swap(false)), (2, 0, true));
    });
}

#[test]
fn a_cell_that_is_read_and_written_loses_an_update() {
    let found = fails(|| {
        let count = AtomicCell::new(0);
        scope(|s| {
            for _ in 0..2 {
                s.spawn(|_| count.store(count.load() + 1));
            }
        })
        .unwrap();
        assert_eq!(count.load(), 2);
    });
    assert_eq!((found.failure, found.forced), (Failure::Panic, 1));
}

#[test]
fn who_polls_a_cell_or_a_queue_lets_the_others_go_on() {
    always(|| {
        let ready = AtomicCell::new(0);
        scope(|s| {
            s.spawn(|_| while ready.compare_exchange(1, 2).is_err() {});
            s.spawn(|_| ready.store(1));
            while ready.load() != 2 {}
        })
        .unwrap();
    });
    always(|| {
        let (bounded, unbounded) = (ArrayQueue::new(1), SegQueue::new());
        scope(|s| {
            s.spawn(|_| (1..3).for_each(|number| while bounded.push(number).is_err() {}));
            let mut sum = 0;
            while sum < 3 {
                sum += bounded.pop().unwrap_or(0);
            }
            unbounded.push(sum);
        })
        .unwrap();
        assert_eq!(unbounded.into_iter().collect::<Vec<_>>(), [3]);
    });
}

#[test]
fn a_queue_that_is_asked_and_then_popped_may_be_empty_by_then() {
    fails(|| {
        let queue = SegQueue::new();
        queue.push(1);
        scope(|s| {
            for _ in 0..2 {
                s.spawn(|_| {
                    if !queue.is_empty() {
                        queue.pop().unwrap();
                    }
                });
            }
        })
        .unwrap();
    });
    // Whoever pushes by force replaces the other, or keeps it out.
    always(|| {
        let queue = ArrayQueue::new(1);
        scope(|s| {
            s.spawn(|_| queue.force_push(1));
            s.spawn(|_| queue.push(2).is_ok());
        })
        .unwrap();
        assert!(queue.is_full());
        assert_eq!(queue.pop(), Some(1));
    });
}

#[test]
fn a_sharded_lock_is_one_for_a_writer_or_for_readers() {
    always(|| {
        let value = ShardedLock::new(0);
        scope(|s| {
            s.spawn(|_| *value.write().unwrap() += 1);
            s.spawn(|_| assert!(*value.read().unwrap() <= 1));
        })
        .unwrap();
        assert_eq!(value.into_inner().unwrap(), 1);
    });
}
