//! A tar, read as it comes. Nothing is believed that it says of itself but names, and sizes as far as there are bytes.

use super::limits::{TAR_EXTENSION_BYTES, UNPACKED_BYTES};
use super::pile::{Pile, Trouble, Unread, read_at_most};
use std::cell::Cell;
use std::io::{self, Read};
use tar::{Archive, Entry, EntryType, Header, PaxExtensions};

/// What was said of the next file before it came.
#[derive(Default)]
struct Said {
    name: Option<Vec<u8>>,
    size: Option<Vec<u8>>,
    sparse: bool,
}

/// Does it begin like a tar? The oldest ones have no mark, but every one has a sum over its header.
pub fn is_tar(file: &[u8]) -> bool {
    let Some(header) = file.get(..512).map(Header::from_byte_slice) else { return false };
    let mut summed = header.clone();
    summed.set_cksum();
    let is_marked = header.as_ustar().is_some() || header.as_gnu().is_some();
    let is_named = !header.path_bytes().is_empty();
    is_marked
        || (is_named && header.cksum().is_ok_and(|sum| summed.cksum().is_ok_and(|is| is == sum)))
}

/// Reads the files of a tar.
pub fn read(tar: impl Read, pile: &mut Pile) -> Result<(), Trouble> {
    let left = Cell::new(UNPACKED_BYTES);
    let broken = |error: io::Error| match error.kind() {
        _ if left.get() == 0 => Trouble::bomb(),
        io::ErrorKind::OutOfMemory => Trouble::Theirs("to unpack it takes too much memory".into()),
        io::ErrorKind::UnexpectedEof => ends_early(),
        _ => Trouble::Theirs("the archive is damaged, or no tar".into()),
    };
    let mut archive = Archive::new(Limited { reader: tar, left: &left });
    let mut said = Said::default();
    // What is said of files is read here: the library would read any amount of it.
    for entry in archive.entries().map_err(&broken)?.raw(true) {
        pile.count()?;
        let mut entry = entry.map_err(&broken)?;
        match entry.header().entry_type() {
            EntryType::GNULongName => said.name = Some(long_name(&mut entry)?),
            EntryType::XHeader => said.extend(&extension(&mut entry)?)?,
            EntryType::GNULongLink | EntryType::XGlobalHeader => {}
            _ => one(&mut entry, std::mem::take(&mut said), pile, &broken)?,
        }
    }
    Ok(())
}

fn ends_early() -> Trouble {
    Trouble::Theirs("the archive ends early: was it handed in as a whole?".into())
}

impl Said {
    fn extend(&mut self, extension: &[u8]) -> Result<(), Trouble> {
        for pair in PaxExtensions::new(extension) {
            let pair = pair.map_err(|_| Trouble::Theirs("the archive is damaged".into()))?;
            match pair.key_bytes() {
                b"path" => self.name = Some(pair.value_bytes().to_owned()),
                b"size" => self.size = Some(pair.value_bytes().to_owned()),
                key if key.starts_with(b"GNU.sparse.") => self.sparse = true,
                _ => {}
            }
        }
        Ok(())
    }
}

/// What the archive says of its next file.
fn extension<R: Read>(entry: &mut Entry<R>) -> Result<Vec<u8>, Trouble> {
    let size = entry.header().entry_size().unwrap_or(u64::MAX);
    match read_at_most(entry, TAR_EXTENSION_BYTES) {
        Ok(text) if text.len() as u64 == size => Ok(text),
        Ok(_) => Err(ends_early()),
        Err(_) => Err(Trouble::Theirs("the archive has names that are too long".into())),
    }
}

fn long_name<R: Read>(entry: &mut Entry<R>) -> Result<Vec<u8>, Trouble> {
    let mut name = extension(entry)?;
    let end = name.iter().position(|&byte| byte == 0).unwrap_or(name.len());
    name.truncate(end);
    Ok(name)
}

/// A file, a folder, or something else.
fn one<R: Read>(
    entry: &mut Entry<R>,
    said: Said,
    pile: &mut Pile,
    broken: &dyn Fn(io::Error) -> Trouble,
) -> Result<(), Trouble> {
    let name = said.name.unwrap_or_else(|| entry.header().path_bytes().into_owned());
    let size = entry.header().entry_size().map_err(broken)?;
    // Programs differ in which of two sizes they believe: such an archive is another one to each.
    if said.size.is_some_and(|said| said != size.to_string().as_bytes()) {
        return Err(Trouble::Theirs(
            "the archive contradicts itself about the size of a file".into(),
        ));
    }
    let kind = entry.header().entry_type();
    if kind == EntryType::GNUSparse && entry.header().as_gnu().is_none_or(|gnu| gnu.is_extended()) {
        return Err(Trouble::Theirs(
            "the archive has sparse files: pack it again without them".into(),
        ));
    }
    match kind {
        _ if said.sparse => pile.left(&name, "a sparse file"),
        EntryType::Directory => drop(pile.folder(&name)),
        EntryType::Regular if name.ends_with(b"/") => drop(pile.folder(&name)),
        EntryType::Regular | EntryType::Continuous => {
            pile.file(&name, size, |most| match read_at_most(entry, most) {
                Ok(text) if text.len() as u64 == size => Ok(text),
                Ok(_) => Err(ends_early().into()),
                Err(Unread::Left(_)) => Err(broken(io::ErrorKind::InvalidData.into()).into()),
                Err(trouble) => Err(trouble),
            })?;
        }
        EntryType::Symlink => pile.left(&name, "a symbolic link"),
        EntryType::Link => pile.left(&name, "a hard link"),
        EntryType::Fifo => pile.left(&name, "a named pipe"),
        EntryType::Char | EntryType::Block => pile.left(&name, "a device"),
        EntryType::GNUSparse => pile.left(&name, "a sparse file"),
        _ => pile.left(&name, "something of an unknown kind"),
    }
    Ok(())
}

/// A reader that fails when it has given so much.
struct Limited<'a, R> {
    reader: R,
    left: &'a Cell<u64>,
}

impl<R: Read> Read for Limited<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(into)?;
        let left = self.left.get().saturating_sub(read as u64);
        self.left.set(left);
        if left == 0 { Err(io::Error::other("too much")) } else { Ok(read) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::limits::{ENTRIES, FILE_BYTES, TAR_EXTENSION_BYTES};
    use super::super::samples::*;
    use super::EntryType;

    const LIBRARY: (EntryType, &str, &str) = (EntryType::Regular, "03-pipes/src/lib.rs", "//");

    /// A record of an extended header: its own length, a key and a value.
    fn record(key: &str, value: &str) -> String {
        let length = (0..).find(|length: &usize| {
            length.to_string().len() + key.len() + value.len() + 3 == *length
        });
        format!("{} {key}={value}\n", length.expect("there is one"))
    }

    #[test]
    fn an_honest_tar_is_read() {
        assert_pipes(&take_bytes(&tar_of(&PIPES)));
        let dotted = [
            ("./exercises/03-pipes/src/lib.rs", "mod a;"),
            ("./exercises/03-pipes/src//a.rs", "//"),
        ];
        assert_pipes(&take_bytes(&tar_of(&dotted)));
    }

    #[test]
    fn a_tar_made_by_the_library_is_read_with_its_folders_and_long_names() {
        let folder = Folder::new();
        let deep = format!("{}/exercises/03-pipes/src", "x".repeat(150));
        folder.file(format!("{deep}/lib.rs"), "mod a;");
        folder.file(format!("{deep}/a.rs"), "//");
        let mut archive = tar::Builder::new(vec![]);
        archive.append_dir_all("top", &folder.0).expect("a tar");
        let submission = take_bytes(&archive.into_inner().expect("a tar"));
        assert_pipes(&submission);
    }

    #[test]
    fn a_tar_of_the_oldest_form_is_read() {
        let mut archive = tar_of(&PIPES);
        for at in [0, 1024] {
            let mut header = tar::Header::from_byte_slice(&archive[at..][..512]).clone();
            header.as_mut_bytes()[257..265].fill(0);
            header.set_cksum();
            archive[at..][..512].copy_from_slice(header.as_bytes());
        }
        assert_pipes(&take_bytes(&archive));
    }

    #[test]
    fn long_names_of_both_kinds_are_read() {
        let path = "exercises/03-pipes/src/a.rs";
        let archive = tar(&[
            (EntryType::GNULongName, "././@LongLink", &format!("{path}\0")),
            (EntryType::Regular, "short", "//"),
            (EntryType::XGlobalHeader, "pax_global_header", &record("comment", "abc")),
            (EntryType::XHeader, "PaxHeader", &record("path", "exercises/03-pipes/src/lib.rs")),
            (EntryType::Regular, "short", "mod a;"),
        ]);
        assert_pipes(&take_bytes(&archive));
    }

    #[test]
    fn links_devices_and_sparse_files_are_left_out() {
        let submission = take_bytes(&tar(&[
            LIBRARY,
            (EntryType::Symlink, "03-pipes/src/a.rs", ""),
            (EntryType::Link, "03-pipes/src/b.rs", ""),
            (EntryType::Char, "03-pipes/src/c.rs", ""),
            (EntryType::Fifo, "03-pipes/src/d.rs", ""),
            (EntryType::XHeader, "PaxHeader", &record("GNU.sparse.major", "1")),
            (EntryType::Regular, "03-pipes/src/e.rs", "x"),
            (EntryType::GNUSparse, "03-pipes/src/f.rs", ""),
            (EntryType::new(b'Q'), "03-pipes/src/g.rs", ""),
        ]));
        assert_eq!(paths(&submission), ["03-pipes/src/lib.rs"]);
        for words in [
            "a.rs: a symbolic link",
            "b.rs: a hard link",
            "c.rs: a device",
            "d.rs: a named pipe",
            "e.rs: a sparse file",
            "f.rs: a sparse file",
            "g.rs: something of an unknown kind",
        ] {
            assert_left_out(&submission, words);
        }
    }

    #[test]
    fn a_link_to_a_folder_leads_nowhere() {
        let submission = take_bytes(&tar(&[
            (EntryType::Symlink, "03-pipes", ""),
            (EntryType::Symlink, "10-locks/src", ""),
            LIBRARY,
        ]));
        assert_eq!(paths(&submission), ["03-pipes/src/lib.rs"]);
        assert_left_out(&submission, "03-pipes: a symbolic link");
        assert_left_out(&submission, "10-locks");
    }

    #[test]
    fn names_that_climb_out_or_are_not_utf_8_are_left_out() {
        let mut archive = tar_of(&[("../03-pipes/src/a.rs", ""), ("03-pipes/src/bX.rs", "")]);
        archive.truncate(1024);
        archive[512 + 14] = 0xff;
        let sum: u32 = archive[512..1024]
            .iter()
            .enumerate()
            .map(|(at, &byte)| if (148..156).contains(&at) { 32 } else { u32::from(byte) })
            .sum();
        archive[512 + 148..][..8].copy_from_slice(format!("{sum:07o}\0").as_bytes());
        archive.extend(tar(&[LIBRARY]));
        let submission = take_bytes(&archive);
        assert_eq!(paths(&submission), ["03-pipes/src/lib.rs"]);
        assert_left_out(&submission, "../03-pipes/src/a.rs: a path that climbs out");
        assert_left_out(&submission, "a name that is not UTF-8");
    }

    #[test]
    fn sizes_that_contradict_each_other_are_refused() {
        let submission = take_bytes(&tar(&[
            (EntryType::XHeader, "PaxHeader", &record("size", "1024")),
            LIBRARY,
        ]));
        assert_trouble(&submission, "contradicts itself");
    }

    #[test]
    fn sizes_that_are_negative_or_huge_are_refused() {
        for size in [
            *b"-0000000001\0",
            *b"77777777777\0",
            [0xff; 12],
            [0x80, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        ] {
            let mut archive = tar(&[LIBRARY]);
            archive[124..136].copy_from_slice(&size);
            let mut header = tar::Header::from_byte_slice(&archive[..512]).clone();
            header.set_cksum();
            archive[..512].copy_from_slice(header.as_bytes());
            let submission = take_bytes(&archive);
            assert!(submission.trouble.is_some(), "{size:?}");
        }
    }

    #[test]
    fn a_name_without_end_is_refused() {
        let long = "x".repeat(TAR_EXTENSION_BYTES as usize + 1);
        let submission = take_bytes(&tar(&[(EntryType::GNULongName, "x", &long), LIBRARY]));
        assert_trouble(&submission, "names that are too long");
    }

    #[test]
    fn a_tar_that_ends_early_is_said() {
        let archive = tar(&[LIBRARY, (EntryType::Regular, "03-pipes/src/a.rs", &"x".repeat(2000))]);
        for length in [512, 513, 1024 + 512 + 1, 1024 + 700] {
            let submission = take_bytes(&archive[..length]);
            assert!(submission.trouble.is_some(), "{length}");
        }
        assert_trouble(&take_bytes(&archive[..1024 + 512 + 1000]), "ends early");
    }

    #[test]
    fn no_byte_of_a_header_that_is_changed_makes_it_panic() {
        let archive = tar(&[(EntryType::XHeader, "x", &record("path", "a")), LIBRARY]);
        for at in 0..archive.len() - 1024 {
            let mut archive = archive.clone();
            archive[at] ^= 0xff;
            let mut header = tar::Header::from_byte_slice(&archive[..512]).clone();
            header.set_cksum();
            archive[..512].copy_from_slice(header.as_bytes());
            let submission = take_bytes(&archive);
            assert_eq!(submission.trouble.is_some(), submission.sections.is_empty());
        }
    }

    #[test]
    fn a_large_file_is_left_out_and_many_entries_are_refused() {
        let large = "x".repeat(FILE_BYTES as usize + 1);
        let submission =
            take_bytes(&tar(&[LIBRARY, (EntryType::Regular, "03-pipes/src/a.rs", &large)]));
        assert_left_out(&submission, "a.rs: too large");
        let many = vec![(EntryType::Directory, "a", ""); ENTRIES + 1];
        assert_trouble(&take_bytes(&tar(&many)), "more than 20000 files");
    }
}
