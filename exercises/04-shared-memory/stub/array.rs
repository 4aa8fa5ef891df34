//! An array in memory that several processes share.

use nix::errno::Errno;
use std::ptr::NonNull;
use std::sync::atomic::AtomicI64;

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

/// Cells that this process shares with the children that it starts afterwards.
///
/// They live in memory of their own, which has no name and no file. Dropping the array unmaps it in this
/// process, and in no other.
#[derive(Debug)]
pub struct SharedArray {
    cells: NonNull<[AtomicI64]>,
}

impl SharedArray {
    /// A new array of `len` cells, all 0.
    ///
    /// # Errors
    /// [`ArrayError::Empty`] for no cells; [`ArrayError::TooLong`]; [`ArrayError::Os`] when the system has
    /// not so much memory.
    pub fn new(len: usize) -> Result<Self, ArrayError> {
        todo!("how many bytes are that? map them, shared and anonymous")
    }

    /// The cells. Other processes write at the same time, so they are atomic: no plain `&[i64]` may
    /// exist.
    pub fn cells(&self) -> &[AtomicI64] {
        todo!("the slice behind the pointer; say why it is valid as long as `self` is")
    }

    /// How many cells there are.
    #[expect(clippy::len_without_is_empty, reason = "there is at least one cell")]
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// What is in a cell. Sees all that another process wrote before it set this cell.
    ///
    /// # Errors
    /// [`ArrayError::BadIndex`].
    pub fn get(&self, index: usize) -> Result<i64, ArrayError> {
        todo!("look whether there is such a cell, and load it")
    }

    /// Puts a number into a cell. Every process that shares the array sees it.
    ///
    /// # Errors
    /// [`ArrayError::BadIndex`], and nothing is written.
    pub fn set(&self, index: usize, value: i64) -> Result<(), ArrayError> {
        todo!("look whether there is such a cell, and store into it")
    }

    /// What is in all cells, read one after the other.
    pub fn snapshot(&self) -> Vec<i64> {
        todo!("load each cell")
    }

    /// What is in the cells before the first [`STOP`]; in all of them when there is none.
    pub fn until_stop(&self) -> Vec<i64> {
        todo!("as snapshot, but not further than the mark")
    }

    /// Go further: changes a cell, and loses no change that comes in between. Returns its new value.
    ///
    /// `change` is called with what is in the cell; and once more, with what is there then, when another
    /// process has written in the meantime. Nobody is kept waiting.
    ///
    /// # Errors
    /// [`ArrayError::BadIndex`].
    pub fn update(&self, index: usize, change: impl FnMut(i64) -> i64) -> Result<i64, ArrayError> {
        todo!("compare_exchange: store the new value only if the old one is still there")
    }
}

impl Drop for SharedArray {
    /// Unmaps the memory.
    fn drop(&mut self) {
        todo!("give back exactly what new has mapped")
    }
}

/// Writes F(0) to F(n) into the first cells, and [`STOP`] behind them if there is room. Returns how
/// many numbers that are. Cells further behind are left as they are.
///
/// # Errors
/// [`ArrayError::Overflow`] when `n` is larger than [`LAST_FIBONACCI`], whatever the array;
/// [`ArrayError::TooSmall`] when there are fewer cells than numbers. Nothing is written then.
pub fn fill_fibonacci(n: usize, array: &SharedArray) -> Result<usize, ArrayError> {
    todo!("look first whether all of it fits, and only then write")
}
