//! The page of memory that the subject shares with its keeper: what the tested code says of itself.
//!
//! A page and not a descriptor, which the tested code could close; not text, which it could print.

use crate::evidence::Panic;
use crate::report::Place;
use std::sync::atomic::{AtomicI32, AtomicU8, AtomicU32, AtomicUsize, Ordering::SeqCst};

const NOTE_BYTES: usize = 16 << 10;
const FOUND_BYTES: usize = 128 << 10;

/// Everything in it is an atomic, so that all zeros is a valid page and any process may write at any time.
pub(crate) struct Page {
    phase: AtomicU32,
    escaped: AtomicI32,
    /// The panic that ended the body.
    pub(crate) own: Note,
    /// The first panic of the tested code in another thread or process.
    pub(crate) elsewhere: Note,
    /// The first panic of the test's own code in another thread or process.
    pub(crate) aside: Note,
    /// What an exploration found.
    pub(crate) found: Text<FOUND_BYTES>,
    unreaped: AtomicU32,
    threads: AtomicUsize,
}

/// How far the subject came.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Phase {
    /// It has not come to the body yet.
    Starting,
    Running,
    Finished,
    Panicked,
}

impl Page {
    pub(crate) fn new() -> nix::Result<&'static Self> {
        crate::sys::shared_zeroed()
    }

    pub(crate) fn phase(&self) -> Phase {
        match self.phase.load(SeqCst) {
            1 => Phase::Running,
            2 => Phase::Finished,
            3 => Phase::Panicked,
            _ => Phase::Starting,
        }
    }

    pub(crate) fn set_phase(&self, phase: Phase) {
        self.phase.store(phase as u32, SeqCst);
    }

    /// Children that the subject had not waited for when the body was over.
    pub(crate) fn unreaped(&self) -> u32 {
        self.unreaped.load(SeqCst)
    }

    pub(crate) fn set_unreaped(&self, children: usize) {
        self.unreaped.store(children.try_into().unwrap_or(u32::MAX), SeqCst);
    }

    /// Threads that the subject had when the body was over; none if it never was.
    pub(crate) fn threads(&self) -> usize {
        self.threads.load(SeqCst)
    }

    pub(crate) fn set_threads(&self, threads: usize) {
        self.threads.store(threads, SeqCst);
    }

    /// The process, other than the subject, that came out of the tested code.
    pub(crate) fn escaped(&self) -> Option<i32> {
        Some(self.escaped.load(SeqCst)).filter(|&pid| pid != 0)
    }

    pub(crate) fn set_escaped(&self, pid: i32) {
        self.escaped.store(pid, SeqCst);
    }
}

/// A place for one panic: who writes first, writes.
pub(crate) struct Note(Text<NOTE_BYTES>);

/// A place for one text: who writes first, writes. What is longer is cut.
pub(crate) struct Text<const BYTES: usize> {
    claimed: AtomicU32,
    length: AtomicUsize,
    bytes: [AtomicU8; BYTES],
}

impl<const BYTES: usize> Text<BYTES> {
    pub(crate) fn write(&self, text: &str) {
        if self.claimed.swap(1, SeqCst) != 0 {
            return;
        }
        let length = text.len().min(BYTES);
        for (cell, byte) in self.bytes.iter().zip(&text.as_bytes()[..length]) {
            cell.store(*byte, SeqCst);
        }
        self.length.store(length, SeqCst);
    }

    /// The text, empty if none was written whole.
    pub(crate) fn read(&self) -> String {
        let length = self.length.load(SeqCst).min(BYTES);
        let bytes: Vec<u8> = self.bytes[..length].iter().map(|cell| cell.load(SeqCst)).collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Note {
    pub(crate) fn write(&self, panic: &Panic) {
        let place = panic
            .place
            .as_ref()
            .map_or(String::new(), |place| format!("{}:{}", place.file, place.line));
        self.0.write(&format!("{place}\n{}\n{}", panic.who.replace('\n', " "), panic.message));
    }

    /// The panic, if one was written whole.
    pub(crate) fn read(&self) -> Option<Panic> {
        let text = self.0.read();
        let (place, rest) = text.split_once('\n')?;
        let (who, message) = rest.split_once('\n')?;
        Some(Panic { place: Place::parse(place), who: who.to_owned(), message: message.to_owned() })
    }
}
