//! Fingerprints of what files say.

use crate::fault::Fault;
use hmac_sha256::Hash;
use std::fmt::Write;
use std::path::Path;

/// The first 16 hexadecimal digits of SHA-256.
pub fn of(bytes: &[u8]) -> String {
    Hash::hash(bytes).iter().take(8).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The digest of a file. What is no file, such as a FIFO, could not be read to its end: an error.
pub fn of_file(path: &Path) -> Result<String, Fault> {
    if !path.is_file() {
        return Err(Fault::not_a_file(path));
    }
    let bytes = std::fs::read(path).map_err(|error| Fault::unreadable(path, error))?;
    Ok(of(&bytes))
}
