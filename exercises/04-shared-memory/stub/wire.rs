//! Given: a pipe into which many processes write, and out of which one reads. What they send is small.
//!
//! A value is one record, and a record is one write(): up to 4096 bytes (`PIPE_BUF`) of one write() are
//! never mixed with what other processes write into the same pipe.

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::{Error, ErrorKind, PipeReader, PipeWriter, Read, Result, Write};
use std::marker::PhantomData;
use std::sync::Arc;

/// How long a record is. All are, so the reader needs no header.
const RECORD_BYTES: usize = 64;

/// An end of the pipe into which values go. It is closed when all its clones are dropped, in all
/// processes.
#[derive(Debug)]
pub struct Sender<T> {
    pipe: Arc<PipeWriter>,
    carries: PhantomData<fn(T)>,
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self { pipe: Arc::clone(&self.pipe), carries: PhantomData }
    }
}

/// The end of the pipe out of which values come. Dropping it closes it.
#[derive(Debug)]
pub struct Receiver<T> {
    pipe: PipeReader,
    carries: PhantomData<fn() -> T>,
}

/// A new pipe, as its two ends. After a fork both processes have both.
///
/// # Errors
/// When there are too many open descriptors.
pub fn channel<T>() -> Result<(Sender<T>, Receiver<T>)> {
    let (reader, writer) = std::io::pipe()?;
    Ok((
        Sender { pipe: Arc::new(writer), carries: PhantomData },
        Receiver { pipe: reader, carries: PhantomData },
    ))
}

impl<T: Serialize> Sender<T> {
    /// Sends a value. Blocks while the pipe is full.
    ///
    /// # Errors
    /// When nobody can read it any more, or the value does not fit into a record.
    pub fn send(&self, value: &T) -> Result<()> {
        let mut record = [0; RECORD_BYTES];
        postcard::to_slice(value, &mut record).map_err(invalid)?;
        self.pipe.as_ref().write_all(&record)
    }
}

impl<T: DeserializeOwned> Receiver<T> {
    /// Receives a value. Blocks until one is there. A signal that comes in between does no harm.
    ///
    /// # Errors
    /// When every sender is closed.
    pub fn recv(&mut self) -> Result<T> {
        let mut record = [0; RECORD_BYTES];
        self.pipe.read_exact(&mut record)?;
        postcard::from_bytes(&record).map_err(invalid)
    }
}

fn invalid(error: postcard::Error) -> Error {
    Error::new(ErrorKind::InvalidData, error)
}
