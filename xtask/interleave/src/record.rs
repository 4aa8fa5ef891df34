//! Records a real run: what its threads wait for, take, give and start, a line for each.
//!
//! It is asked for by a file, named in an environment variable, that whoever wants the record has made. Each line is
//! appended by one system call: what was written is in the file however the process ends, also by a kill. What finds no
//! room is counted.
//!
//! Outside an exploration only, and for nothing but one load when nobody asks for it.

use crate::Place;
use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Instant;

/// The environment variable with the name of the file.
pub const VARIABLE: &str = "INTERLEAVE_RECORD";

/// How long the head of the file is: two numbers of 64 bits, how many bytes of lines there is room for, and how many
/// lines found none.
pub const HEAD: usize = 16;

struct Record {
    /// To append to.
    lines: File,
    room: u64,
    /// How many bytes were written, or would have been.
    asked: AtomicU64,
    /// How many lines found no room, and the file with that number in it.
    lost: Mutex<(u64, File)>,
    since: Instant,
}

static RECORD: OnceLock<Option<Record>> = OnceLock::new();

const UNKNOWN: u8 = 0;
const OFF: u8 = 1;
const ON: u8 = 2;
static STATE: AtomicU8 = AtomicU8::new(UNKNOWN);

thread_local! {
    static ME: Cell<u32> = const { Cell::new(0) };
    static PANICKED: Cell<bool> = const { Cell::new(false) };
    /// The places that this thread has told of.
    static TOLD: RefCell<HashSet<usize>> = RefCell::default();
}

/// Is this run recorded?
#[inline]
pub fn is_on() -> bool {
    match STATE.load(Relaxed) {
        OFF => false,
        UNKNOWN => begin(),
        _ => true,
    }
}

#[cold]
fn begin() -> bool {
    let is_on = RECORD.get_or_init(Record::open).is_some();
    STATE.store(if is_on { ON } else { OFF }, Relaxed);
    is_on
}

impl Record {
    fn open() -> Option<Self> {
        let name = std::env::var_os(VARIABLE)?;
        let mut head = OpenOptions::new().read(true).write(true).open(&name).ok()?;
        let mut room = [0; 8];
        head.read_exact(&mut room).ok()?;
        Some(Self {
            lines: OpenOptions::new().append(true).open(&name).ok()?,
            room: u64::from_ne_bytes(room),
            asked: AtomicU64::new(0),
            lost: Mutex::new((0, head)),
            since: Instant::now(),
        })
    }

    /// Nobody is there to hear that the disk is full: what can't be written is not in the record.
    fn write(&self, line: &[u8]) {
        let bytes = line.len() as u64;
        if self.asked.fetch_add(bytes, Relaxed).saturating_add(bytes) <= self.room {
            let _ = (&self.lines).write_all(line);
            return;
        }
        let mut lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
        lost.0 += 1;
        let _ = lost.1.write_all_at(&lost.0.to_ne_bytes(), 8);
    }
}

/// The number of this thread in the record. The first that asks is 1: it is the first that does anything.
pub fn me() -> u32 {
    ME.try_with(|me| {
        if me.get() == 0 {
            me.set(new_thread());
        }
        me.get()
    })
    .unwrap_or(0)
}

/// A number for a thread that will be started.
pub fn new_thread() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    NEXT.fetch_add(1, Relaxed)
}

/// A number for an object of this kind that was made there; 0 in a run that is not recorded.
pub fn new_object(kind: &str, created: Place) -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    if !is_on() {
        return 0;
    }
    let number = NEXT.fetch_add(1, Relaxed);
    write("=", kind, number, 0, Some(created), "");
    number
}

/// This thread does something that takes no time: it unlocks, it notifies.
pub fn event(what: &str, object: u32, place: Place) {
    write("!", what, object, 0, Some(place), "");
}

/// This thread does something in which it may wait. `other` is what it gives up while it does.
pub fn wait<R>(
    what: &str,
    object: u32,
    other: u32,
    place: Place,
    act: impl FnOnce() -> R,
    succeeds: impl FnOnce(&R) -> bool,
) -> R {
    write("<", what, object, other, Some(place), "");
    let result = act();
    let sign = if succeeds(&result) { ">" } else { "x" };
    write(sign, what, object, other, Some(place), "");
    result
}

/// This thread starts another.
pub fn start(child: u32, name: Option<&str>, place: Place) {
    write("!", "start", child, 0, Some(place), name.unwrap_or_default());
}

/// What a thread keeps while it runs: when it is dropped the thread has ended.
pub struct Life(());

/// This thread has panicked, and the scope that it belongs to has caught that.
pub fn note_panic() {
    let _ = PANICKED.try_with(|panicked| panicked.set(true));
}

impl Life {
    /// This thread begins, under the number that its parent has given to it.
    pub fn begin(me: u32) -> Self {
        let _ = ME.try_with(|cell| cell.set(me));
        write("!", "begin", 0, 0, None, "");
        Self(())
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        let has_panicked = PANICKED.try_with(Cell::get).unwrap_or(false);
        let how = if has_panicked || std::thread::panicking() { "panic" } else { "end" };
        write("!", how, 0, 0, None, "");
    }
}

/// Nanoseconds, thread, sign, what, object, other, place, text: between tabs, and a newline after them.
fn write(sign: &str, what: &str, object: u32, other: u32, place: Option<Place>, text: &str) {
    let Some(Some(record)) = RECORD.get() else { return };
    let me = me();
    let place = place.map_or(0, |place| number_of(record, place));
    let text: String = text.chars().filter(|c| !c.is_control()).take(64).collect();
    let tail = format!("\t{me}\t{sign}\t{what}\t{object}\t{other}\t{place:x}\t{text}\n");
    // The time is taken last: it is that of the event as nearly as it can be.
    let time = record.since.elapsed().as_nanos();
    record.write(format!("{time}{tail}").as_bytes());
}

/// The number of a place is where it lies in the program. Each thread tells once what it means, before it uses it:
/// number, file, line, column.
fn number_of(record: &Record, place: Place) -> usize {
    let number = std::ptr::from_ref(place).addr();
    let is_new = TOLD.try_with(|told| told.borrow_mut().insert(number));
    if is_new.unwrap_or(true) {
        let (file, line, column) = (place.file(), place.line(), place.column());
        record.write(format!("@\t{number:x}\t{file}\t{line}\t{column}\n").as_bytes());
    }
    number
}
