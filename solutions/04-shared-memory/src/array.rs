//! An array in memory that several processes share. The reference.

use nix::errno::Errno;
use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous, munmap};
use std::num::NonZeroUsize;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicI64, Ordering};

/// The mark behind the last number, where there is room for it.
pub const STOP: i64 = -1;

/// The largest `n` for which F(n) fits into an `i64`.
pub const LAST_FIBONACCI: usize = 92;

/// What can go wrong with a shared array.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ArrayError {
    /// An array of no cells can't be mapped.
    Empty,
    /// So many cells have more bytes than any piece of memory can have (`isize::MAX`); their number.
    TooLong(usize),
    /// There is no such cell.
    BadIndex {
        /// The index that was asked for.
        index: usize,
        /// How many cells there are.
        len: usize,
    },
    /// The numbers do not fit into the array.
    TooSmall {
        /// How many cells they need.
        needed: usize,
        /// How many cells there are.
        len: usize,
    },
    /// F(n) does not fit into an `i64`; the `n`.
    Overflow(usize),
    /// A system call failed.
    Os(Errno),
}

impl From<Errno> for ArrayError {
    fn from(errno: Errno) -> Self {
        Self::Os(errno)
    }
}

/// Cells that this process shares with the children that it starts afterwards. Unmapped on drop.
#[derive(Debug)]
pub struct SharedArray {
    cells: NonNull<[AtomicI64]>,
}

impl SharedArray {
    /// A new array of `len` cells, all 0.
    ///
    /// # Errors
    /// [`ArrayError::Empty`], [`ArrayError::TooLong`], [`ArrayError::Os`].
    pub fn new(len: usize) -> Result<Self, ArrayError> {
        // A product that wraps round would map a few bytes and believe in many cells.
        let bytes = len
            .checked_mul(size_of::<AtomicI64>())
            .filter(|&bytes| isize::try_from(bytes).is_ok())
            .ok_or(ArrayError::TooLong(len))?;
        let bytes = NonZeroUsize::new(bytes).ok_or(ArrayError::Empty)?;
        let access = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
        // SAFETY: a new mapping, wherever the kernel has room: no memory of anybody else's.
        let memory = unsafe { mmap_anonymous(None, bytes, access, MapFlags::MAP_SHARED) }?;
        Ok(Self { cells: NonNull::slice_from_raw_parts(memory.cast(), len) })
    }

    /// The cells. Other processes write at the same time, so they are atomic: no plain `&[i64]` may
    /// exist.
    pub fn cells(&self) -> &[AtomicI64] {
        // SAFETY: the mapping holds `len` cells, begins at a page, is all zeros at first, and lives
        // as long as `self`.
        unsafe { self.cells.as_ref() }
    }

    fn cell(&self, index: usize) -> Result<&AtomicI64, ArrayError> {
        self.cells().get(index).ok_or(ArrayError::BadIndex { index, len: self.len() })
    }

    /// How many cells there are.
    #[expect(clippy::len_without_is_empty, reason = "there is at least one cell")]
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// What is in a cell.
    ///
    /// # Errors
    /// [`ArrayError::BadIndex`].
    pub fn get(&self, index: usize) -> Result<i64, ArrayError> {
        Ok(self.cell(index)?.load(Ordering::Acquire))
    }

    /// Puts a number into a cell; every process that shares the array sees it.
    ///
    /// # Errors
    /// [`ArrayError::BadIndex`].
    pub fn set(&self, index: usize, value: i64) -> Result<(), ArrayError> {
        self.cell(index)?.store(value, Ordering::Release);
        Ok(())
    }

    /// What is in all cells, read one after the other.
    pub fn snapshot(&self) -> Vec<i64> {
        self.cells().iter().map(|cell| cell.load(Ordering::Acquire)).collect()
    }

    /// What is in the cells before the first [`STOP`]; in all of them when there is none.
    pub fn until_stop(&self) -> Vec<i64> {
        self.snapshot().into_iter().take_while(|&value| value != STOP).collect()
    }

    /// Go further: changes a cell, and loses no change that comes in between. Returns its new value.
    ///
    /// # Errors
    /// [`ArrayError::BadIndex`].
    pub fn update(
        &self,
        index: usize,
        mut change: impl FnMut(i64) -> i64,
    ) -> Result<i64, ArrayError> {
        let cell = self.cell(index)?;
        let mut old = cell.load(Ordering::Acquire);
        loop {
            let new = change(old);
            // Fails when the cell no longer holds what `change` was given.
            match cell.compare_exchange(old, new, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return Ok(new),
                Err(seen) => old = seen,
            }
        }
    }
}

impl Drop for SharedArray {
    fn drop(&mut self) {
        // SAFETY: exactly what was mapped; all references into it have ended with `self`.
        let _ = unsafe { munmap(self.cells.cast(), size_of_val(self.cells())) };
    }
}

/// Writes F(0) to F(n) into the first cells, and [`STOP`] behind them if there is room. Returns how
/// many numbers that are.
///
/// # Errors
/// [`ArrayError::Overflow`], [`ArrayError::TooSmall`]; then nothing is written.
pub fn fill_fibonacci(n: usize, array: &SharedArray) -> Result<usize, ArrayError> {
    if n > LAST_FIBONACCI {
        return Err(ArrayError::Overflow(n));
    }
    let (needed, len) = (n + 1, array.len());
    if needed > len {
        return Err(ArrayError::TooSmall { needed, len });
    }
    let (mut this, mut next) = (0i64, 1i64);
    for index in 0..needed {
        array.set(index, this)?;
        // Wraps only in numbers behind F(92), which are not written.
        (this, next) = (next, this.wrapping_add(next));
    }
    if needed < len {
        array.set(needed, STOP)?;
    }
    Ok(needed)
}
