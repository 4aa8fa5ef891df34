//! How much of a submission is read. Honest ones stay far below; whatever is larger was not written by hand.

use std::time::Duration;

const MEBIBYTE: u64 = 1 << 20;

/// Entries of a class's folder.
pub const SUBMISSIONS: usize = 10_000;
/// A file of a section.
pub const FILE_BYTES: u64 = MEBIBYTE;
/// Files of a section.
pub const SECTION_FILES: usize = 200;
/// All files of a section.
pub const SECTION_BYTES: usize = 4 * MEBIBYTE as usize;
/// Folders and file in a path of a section, `src` the first.
pub const DEPTH: usize = 8;
/// A path of a section, from `src` on.
pub const PATH_BYTES: usize = 200;
/// Folders that may be wrapped around what was handed in.
pub const WRAPPERS: usize = 2;
/// Folders and file in any path of a submission: wrappers, `exercises`, the section, and what is in it.
pub const WHOLE_DEPTH: usize = WRAPPERS + 2 + DEPTH;
/// Any path of a submission.
pub const WHOLE_PATH_BYTES: usize = 1024;
/// Files and folders that are looked at in a submission.
pub const ENTRIES: usize = 20_000;
/// What an archive may unpack to; what is read of a folder.
pub const UNPACKED_BYTES: u64 = 64 * MEBIBYTE;
/// An archive.
pub const ARCHIVE_BYTES: u64 = 64 * MEBIBYTE;
/// What a decompressor of xz may remember: as much as `xz -9` asks for, and a little around it.
pub const XZ_WINDOW_BYTES: u64 = 65 * MEBIBYTE;
/// What one of zstd may: as much as the zstd program allows. It takes no more than what has been unpacked.
pub const ZSTD_WINDOW_BYTES: u64 = 128 * MEBIBYTE;
/// What a tar says of one of its files before it comes: a long name, times, rights.
pub const TAR_EXTENSION_BYTES: u64 = 64 << 10;
/// A `Cargo.toml` that is looked into.
pub const MANIFEST_BYTES: u64 = 64 << 10;
/// A `student.toml`.
pub const STUDENT_BYTES: u64 = 4 << 10;
/// Characters of a student's name.
pub const STUDENT_CHARS: usize = 100;
/// Lines of what was left out.
pub const LEFT_OUT: usize = 20;
/// Characters that are shown of a path.
pub const SHOWN_CHARS: usize = 120;
/// A git repository's `HEAD` and its like.
pub const GIT_REFERENCE_BYTES: u64 = 1 << 10;
/// A git repository's `packed-refs`; what stands before the pack in a bundle.
pub const GIT_REFERENCES_BYTES: u64 = MEBIBYTE;
/// The names of all files of a commit.
pub const GIT_LISTING_BYTES: u64 = 8 * MEBIBYTE;
/// What git says when it fails.
pub const GIT_COMPLAINT_BYTES: u64 = 4 << 10;
/// How long git may take for one answer.
pub const GIT_TIME: Duration = Duration::from_secs(60);
/// How old a folder of git's can be while somebody needs it: it answers a few times only.
pub const GIT_FOLDER_TIME: Duration = Duration::from_secs(600);
