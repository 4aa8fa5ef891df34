//! What the body prints: the beginning is kept, the rest counted.

use std::io::{ErrorKind, Read};

/// The kept beginning of a stream, and how much came after it.
pub(crate) struct Output {
    kept: Vec<u8>,
    limit_bytes: usize,
    pub(crate) dropped_bytes: u64,
}

impl Output {
    pub(crate) fn new(limit_bytes: usize) -> Self {
        Self { kept: vec![], limit_bytes, dropped_bytes: 0 }
    }

    /// Takes what is there to be read without blocking, but at most `most` bytes, so that a flood can't
    /// keep its reader from looking at the clock. False when the other side is closed.
    pub(crate) fn drain(&mut self, reader: &mut impl Read, most: usize) -> bool {
        let mut chunk = [0; 16 << 10];
        let mut seen = 0;
        while seen < most {
            match reader.read(&mut chunk) {
                Ok(0) => return false,
                Ok(length) => {
                    seen += length;
                    let keep = length.min(self.limit_bytes - self.kept.len());
                    self.kept.extend_from_slice(&chunk[..keep]);
                    self.dropped_bytes += (length - keep) as u64;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return true,
            }
        }
        true
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.kept).into_owned()
    }
}
