//! The file that the threads of a recorded run write their events into: made before it, read after it.

use interleave::record::HEAD;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Larger it does not become.
pub const BYTES: u64 = 64 << 20;

/// What one thread did at one moment.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Event {
    /// Nanoseconds since the record began.
    pub time: u64,
    pub thread: u32,
    pub phase: Phase,
    pub what: String,
    pub object: u32,
    pub other: u32,
    /// The number of the line of the program.
    pub place: usize,
    pub text: String,
}

/// A line of the program.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Place {
    pub file: String,
    pub line: u32,
    pub column: u32,
}

/// Whether it is the whole of it, or a part.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Phase {
    /// It takes no time.
    Once,
    /// From here on it may wait.
    Begins,
    /// It has come about.
    Done,
    /// It has not.
    Fails,
    /// An object is used for the first time.
    Object,
}

/// All that was recorded.
#[derive(Debug, Default)]
pub struct Log {
    /// In the order of their times.
    pub events: Vec<Event>,
    pub places: HashMap<usize, Place>,
    /// How many found no room.
    pub dropped: u64,
}

/// The file of a run that goes on. It is removed with it.
pub struct Recorder {
    pub file: PathBuf,
}

impl Recorder {
    /// Makes the file, for so many bytes.
    pub fn new(file: &Path, bytes: u64) -> io::Result<Self> {
        let _ = std::fs::remove_file(file);
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let head = [bytes, 0].map(u64::to_ne_bytes).concat();
        File::create_new(file)?.write_all(&head)?;
        Ok(Self { file: file.to_owned() })
    }

    /// Reads what was written.
    pub fn read(&self) -> io::Result<Log> {
        let bytes = std::fs::read(&self.file)?;
        let (head, lines) = bytes.split_at_checked(HEAD).ok_or(io::ErrorKind::UnexpectedEof)?;
        let dropped = head[8..].try_into().map(u64::from_ne_bytes).expect("eight bytes");
        Ok(Log::parse(lines, dropped))
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.file);
    }
}

impl Log {
    /// A line that a thread was killed in the middle of does not count.
    fn parse(bytes: &[u8], dropped: u64) -> Self {
        let mut log = Self { dropped, ..Self::default() };
        for line in bytes.split(|&byte| byte == b'\n') {
            // Where a line is missing there are zeros, before the next one.
            let line = std::str::from_utf8(line).unwrap_or_default().trim_start_matches('\0');
            match line.strip_prefix("@\t") {
                Some(line) => log.places.extend(place(line)),
                None => log.events.extend(event(line)),
            }
        }
        log.events.sort_by_key(|event| event.time);
        log
    }
}

fn place(line: &str) -> Option<(usize, Place)> {
    let fields: Vec<&str> = line.split('\t').collect();
    let [number, file, line, column] = fields[..] else { return None };
    let place =
        Place { file: file.to_owned(), line: line.parse().ok()?, column: column.parse().ok()? };
    Some((usize::from_str_radix(number, 16).ok()?, place))
}

fn event(line: &str) -> Option<Event> {
    let mut fields = line.split('\t');
    let mut next = || fields.next();
    let (time, thread, sign, what) = (next()?, next()?, next()?, next()?);
    let (object, other, place, text) = (next()?, next()?, next()?, next()?);
    let phase = match sign {
        "!" => Phase::Once,
        "<" => Phase::Begins,
        ">" => Phase::Done,
        "x" => Phase::Fails,
        "=" => Phase::Object,
        _ => return None,
    };
    Some(Event {
        time: time.parse().ok()?,
        thread: thread.parse().ok()?,
        phase,
        what: what.to_owned(),
        object: object.parse().ok()?,
        other: other.parse().ok()?,
        place: usize::from_str_radix(place, 16).ok()?,
        text: text.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_was_never_finished_does_not_hide_the_next() {
        let whole = "12\t2\t!\tunlock\t3\t0\tff\t\n@\tff\tsrc/lib.rs\t7\t9\n";
        let text = format!("5\t1\t<\tlo\0\0\0\n\0\0\0\0{whole}");
        let log = Log::parse(text.as_bytes(), 4);
        assert_eq!(log.dropped, 4);
        assert_eq!(log.events.len(), 1, "{:?}", log.events);
        assert_eq!((log.events[0].object, log.places[&0xff].line), (3, 7));
    }
}
