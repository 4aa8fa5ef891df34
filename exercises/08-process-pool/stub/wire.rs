//! Given: pipes that carry values. A value travels as the messages of section 3 do, its length first.

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::{Error, ErrorKind, PipeReader, PipeWriter, Read, Result, Write};
use std::marker::PhantomData;

/// The end of a pipe into which values go. Dropping it closes it.
#[derive(Debug)]
pub struct Sender<T> {
    pipe: PipeWriter,
    carries: PhantomData<fn(T)>,
}

/// The end of a pipe out of which values come. Dropping it closes it.
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
        Sender { pipe: writer, carries: PhantomData },
        Receiver { pipe: reader, carries: PhantomData },
    ))
}

impl<T: Serialize> Sender<T> {
    /// Sends a value. Blocks while the pipe is full (64 KiB), until all of it is in the pipe.
    ///
    /// # Errors
    /// When nobody can read it any more.
    pub fn send(&mut self, value: &T) -> Result<()> {
        let bytes = postcard::to_stdvec(value).map_err(invalid)?;
        self.pipe.write_all(&bytes.len().to_le_bytes())?;
        self.pipe.write_all(&bytes)
    }
}

impl<T: DeserializeOwned> Receiver<T> {
    /// Receives a value. Blocks until all of it is there.
    ///
    /// # Errors
    /// When every sender is closed, and no whole value came.
    pub fn recv(&mut self) -> Result<T> {
        let mut length = [0; size_of::<usize>()];
        self.pipe.read_exact(&mut length)?;
        let mut bytes = vec![0; usize::from_le_bytes(length)];
        self.pipe.read_exact(&mut bytes)?;
        postcard::from_bytes(&bytes).map_err(invalid)
    }
}

fn invalid(error: postcard::Error) -> Error {
    Error::new(ErrorKind::InvalidData, error)
}
