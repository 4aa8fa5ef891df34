//! Is there room on the disk? Where there is none, nothing that fails is an answer's fault.

use nix::sys::statvfs::statvfs;
use std::path::Path;

/// With less than this left, a build may have failed for want of it: what it had written by then is removed already.
const ROOM: u64 = 256 << 20;

/// In words, that too little is left on the disk of this folder; nothing where there is enough, or the system does not say.
pub fn too_full(folder: &Path) -> Option<String> {
    let disk = statvfs(folder).ok()?;
    let left = disk.blocks_available() * disk.fragment_size();
    (left < ROOM).then(|| {
        let (left, room) = (left >> 20, ROOM >> 20);
        format!(
            "it could not be built, and the disk is nearly full: {left} MiB are left. Make room for {room} MiB at least"
        )
    })
}
