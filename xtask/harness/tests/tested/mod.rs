//! Stands for the tested code: what panics here is not the test's own assertion.

/// The line of the panic in [`panics`].
pub(crate) const PANIC_LINE: u32 = 8;

/// Panics.
pub(crate) fn panics() {
    panic!("no such page");
}

/// Is not written yet.
pub(crate) fn unwritten() {
    todo!("hand out the pages");
}
