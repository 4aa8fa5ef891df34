//! An archive that was handed in, told by what it begins with.

use super::limits::{XZ_WINDOW_BYTES, ZSTD_WINDOW_BYTES};
use super::pile::{Pile, Trouble};
use super::{git, tar, zip};
use flate2::read::MultiGzDecoder;
use lzma_rust2::XzReader;
use ruzstd::decoding::errors::FrameDecoderError;
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};
use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The endings of archives' names; what has been packed twice comes first.
const ENDINGS: [&str; 14] = [
    ".tar.gz", ".tar.xz", ".tar.bz2", ".tar.zst", ".tgz", ".txz", ".tbz2", ".tbz", ".tzst", ".tar",
    ".zip", ".bundle", ".gz", ".git",
];

/// The name without the ending of an archive.
pub fn without_ending(name: &str) -> &str {
    let ends = |ending: &&&str| {
        let at = name.len().checked_sub(ending.len()).filter(|&at| name.is_char_boundary(at));
        at.is_some_and(|at| at > 0 && name[at..].eq_ignore_ascii_case(ending))
    };
    ENDINGS.iter().find(ends).map_or(name, |ending| &name[..name.len() - ending.len()])
}

/// Reads what is in the archive.
pub fn read(archive: &[u8], pile: &mut Pile, git: &git::Git) -> Result<(), Trouble> {
    // A library that gives up on what somebody has made up must not take the whole class with it.
    let read = AssertUnwindSafe(|| read_kind(archive, pile, git));
    let given_up = |_| Err(Trouble::Theirs("the archive is damaged in an unusual way".into()));
    catch_unwind(read).unwrap_or_else(given_up)
}

fn read_kind(archive: &[u8], pile: &mut Pile, git: &git::Git) -> Result<(), Trouble> {
    match archive {
        [] => Err(Trouble::Theirs("the file is empty".into())),
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] | [b'P', b'K', 6, 6, ..] => {
            zip::read(archive, pile)
        }
        [0x1f, 0x8b, ..] => tar::read(MultiGzDecoder::new(archive), pile),
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => {
            let window = u32::try_from(XZ_WINDOW_BYTES >> 10).unwrap_or(u32::MAX);
            tar::read(XzReader::new_mem_limit(archive, true, window), pile)
        }
        [b'B', b'Z', b'h', ..] => tar::read(bzip2::read::MultiBzDecoder::new(archive), pile),
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => {
            tar::read(Zstd { rest: archive, frame: None }, pile)
        }
        _ if tar::is_tar(archive) => tar::read(archive, pile),
        _ if git::is_bundle(archive) => git::read_bundle(archive, pile, git),
        [b'R', b'a', b'r', b'!', ..] => Err(not_read("a RAR archive")),
        [b'7', b'z', 0xbc, 0xaf, ..] => Err(not_read("a 7z archive")),
        _ => Err(not_read("neither a folder nor an archive")),
    }
}

fn not_read(what: &str) -> Trouble {
    Trouble::Theirs(format!(
        "it is {what}; what can be read is a folder, a zip, a tar or a git bundle"
    ))
}

/// What one or more frames of zstd say.
struct Zstd<'a> {
    /// What comes after the frame that is being read.
    rest: &'a [u8],
    frame: Option<StreamingDecoder<&'a [u8], FrameDecoder>>,
}

impl Zstd<'_> {
    /// Begins the next frame; false when there is none.
    fn begin(&mut self) -> io::Result<bool> {
        while let [0x50..=0x5f, 0x2a, 0x4d, 0x18, a, b, c, d, rest @ ..] = self.rest {
            let length = u32::from_le_bytes([*a, *b, *c, *d]) as usize;
            self.rest = rest.get(length..).ok_or(io::ErrorKind::UnexpectedEof)?;
        }
        if self.rest.is_empty() {
            return Ok(false);
        }
        let frame = StreamingDecoder::new_with_max_window_size(self.rest, ZSTD_WINDOW_BYTES);
        self.frame = Some(frame.map_err(|error| match error {
            FrameDecoderError::WindowSizeTooBig { .. } => io::ErrorKind::OutOfMemory.into(),
            other => io::Error::other(other),
        })?);
        Ok(true)
    }

    /// Leaves a frame that has been read to its end.
    fn end(&mut self, frame: StreamingDecoder<&'_ [u8], FrameDecoder>) -> io::Result<usize> {
        let decoder = &frame.decoder;
        match (decoder.get_checksum_from_data(), decoder.get_calculated_checksum()) {
            (Some(said), Some(is)) if said != is => Err(io::ErrorKind::InvalidData.into()),
            _ => Ok(frame.into_inner().len()),
        }
    }
}

impl Read for Zstd<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        loop {
            if self.frame.is_none() && !self.begin()? {
                return Ok(0);
            }
            let Some(mut frame) = self.frame.take() else { continue };
            let read = frame.read(into)?;
            if read > 0 {
                self.frame = Some(frame);
                return Ok(read);
            }
            let left = self.end(frame)?;
            self.rest = &self.rest[self.rest.len() - left..];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::*;
    use super::*;
    use std::io::Write;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut packed = flate2::write::GzEncoder::new(vec![], flate2::Compression::best());
        packed.write_all(text).expect("written");
        packed.finish().expect("written")
    }

    fn bzip2(text: &[u8]) -> Vec<u8> {
        let mut packed = bzip2::write::BzEncoder::new(vec![], bzip2::Compression::best());
        packed.write_all(text).expect("written");
        packed.finish().expect("written")
    }

    fn xz(text: &[u8]) -> Vec<u8> {
        xz_with(text, lzma_rust2::XzOptions::with_preset(1))
    }

    fn xz_with(text: &[u8], options: lzma_rust2::XzOptions) -> Vec<u8> {
        let mut packed = lzma_rust2::XzWriter::new(vec![], options).expect("options");
        packed.write_all(text).expect("written");
        packed.finish().expect("written")
    }

    fn zstd(text: &[u8]) -> Vec<u8> {
        ruzstd::encoding::compress_to_vec(text, ruzstd::encoding::CompressionLevel::Fastest)
    }

    type Packer = fn(&[u8]) -> Vec<u8>;

    const PACKERS: [Packer; 4] = [gzip, bzip2, xz, zstd];

    #[test]
    fn a_tar_of_every_compression_is_read_whatever_its_name() {
        for pack in PACKERS {
            assert_pipes(&take_bytes(&pack(&tar_of(&PIPES))));
        }
    }

    #[test]
    fn a_tar_that_was_packed_in_parts_is_read() {
        let archive = tar_of(&PIPES);
        for pack in PACKERS {
            assert_pipes(&take_bytes(&[pack(&archive[..700]), pack(&archive[700..])].concat()));
        }
        let skipped =
            [&[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3], &zstd(&archive)[..]].concat();
        assert_pipes(&take_bytes(&skipped));
    }

    #[test]
    fn what_unpacks_to_too_much_is_a_bomb() {
        const MEBIBYTE: usize = 1 << 20;
        let mut beginning = tar_of(&[("03-pipes/src/lib.rs", "//"), ("a", "")]);
        let mut header = ::tar::Header::from_byte_slice(&beginning[1024..1536]).clone();
        header.set_size(70 << 20);
        header.set_cksum();
        beginning.truncate(1024);
        beginning.extend(header.as_bytes());
        for pack in PACKERS {
            let packed = [pack(&beginning), pack(&[0; MEBIBYTE]).repeat(70)].concat();
            assert!(packed.len() < MEBIBYTE);
            assert_trouble(&take_bytes(&packed), "unpacks to more than 64 MiB");
        }
    }

    #[test]
    fn a_packed_tar_that_ends_early_or_is_damaged_is_said() {
        let archive = tar_of(&[PIPES[0], ("a", &"abc".repeat(10_000))]);
        for pack in PACKERS {
            let packed = pack(&archive);
            for length in [8, packed.len() / 4, packed.len() / 2] {
                assert!(take_bytes(&packed[..length]).trouble.is_some());
            }
            for at in (0..packed.len()).step_by(7) {
                let mut damaged = packed.clone();
                damaged[at] ^= 0x55;
                let submission = take_bytes(&damaged);
                assert_eq!(submission.trouble.is_some(), submission.sections.is_empty());
            }
        }
    }

    #[test]
    fn what_takes_too_much_memory_to_unpack_is_refused() {
        let mut options = lzma_rust2::XzOptions::with_preset(1);
        options.lzma_options.dict_size = 128 << 20;
        assert_trouble(&take_bytes(&xz_with(&tar_of(&PIPES), options)), "too much memory");
        // A frame of zstd that says that it is a terabyte.
        let frame = [&[0x28, 0xb5, 0x2f, 0xfd, 0xe0], &(1_u64 << 40).to_le_bytes()[..], &[1, 0, 0]]
            .concat();
        assert_trouble(&take_bytes(&frame), "too much memory");
    }

    #[test]
    fn a_file_that_is_no_archive_is_said_with_what_can_be_read() {
        assert_trouble(&take_bytes(b""), "empty");
        assert_trouble(&take_bytes(b"fn main() {}"), "neither a folder nor an archive");
        assert_trouble(&take_bytes(b"Rar!\x1a\x07\0"), "a RAR archive");
        assert_trouble(&take_bytes(b"7z\xbc\xaf\x27\x1c"), "a 7z archive");
        assert_trouble(&take_bytes(&gzip(b"fn main() {}")), "no tar");
        assert_trouble(&take_bytes(&gzip(b"")), "there is nothing in it");
        assert_trouble(&take_bytes(&zip_of(&[])), "there is nothing in it");
    }

    #[test]
    fn endings_are_told_apart_from_names() {
        for (name, without) in [
            ("Jane Doe.zip", "Jane Doe"),
            ("Jane.tar.gz", "Jane"),
            ("Jane.TGZ", "Jane"),
            ("Jane.v2", "Jane.v2"),
            (".zip", ".zip"),
            ("王小明.zip", "王小明"),
            ("明zip", "明zip"),
        ] {
            assert_eq!(without_ending(name), without);
        }
    }
}
