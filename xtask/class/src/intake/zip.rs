//! A zip. What its directory says of a file must be what the file is; and no byte may belong to two files.

use super::pile::{Pile, Trouble, Unread, read_at_most};
use flate2::bufread::DeflateDecoder;
use nix::sys::stat::SFlag;
use rawzip::{CompressionMethod, ZipArchive, ZipFileHeaderRecord, ZipSliceArchive, ZipSliceEntry};

/// What the bytes from 128 on stand for in a name that does not say that it is UTF-8.
const CODE_PAGE_437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

/// Reads the files of a zip.
pub fn read(zip: &[u8], pile: &mut Pile) -> Result<(), Trouble> {
    let archive = ZipArchive::from_slice(zip).map_err(|_| broken())?;
    let mut ranges = vec![];
    for entry in archive.entries() {
        pile.count()?;
        let entry = entry.map_err(|_| broken())?;
        let place = archive.get_entry(entry.wayfinder()).map_err(|_| broken())?;
        ranges.push((entry.local_header_offset(), place.compressed_data_range().1));
    }
    if ranges.len() as u64 != archive.entries_hint() {
        return Err(broken());
    }
    ranges.sort_unstable();
    if ranges.windows(2).any(|pair| pair[0].1 > pair[1].0) {
        return Err(Trouble::Theirs("files overlap in the archive: it is made to do harm".into()));
    }
    for entry in archive.entries() {
        one(&archive, &entry.map_err(|_| broken())?, pile)?;
    }
    Ok(())
}

fn broken() -> Trouble {
    Trouble::Theirs("the archive is damaged, or ends early: was it handed in as a whole?".into())
}

/// A file, a folder, or something else.
fn one(
    archive: &ZipSliceArchive<&[u8]>,
    entry: &ZipFileHeaderRecord,
    pile: &mut Pile,
) -> Result<(), Trouble> {
    let name = name_of(entry);
    let kind = SFlag::from_bits_truncate(entry.mode().value()) & SFlag::S_IFMT;
    match kind {
        _ if entry.is_dir() => drop(pile.folder(&name)),
        SFlag::S_IFDIR => drop(pile.folder(&name)),
        SFlag::S_IFLNK => pile.left(&name, "a symbolic link"),
        // Many programs say nothing of the kind.
        kind if !kind.is_empty() && kind != SFlag::S_IFREG => pile.left(&name, "no regular file"),
        _ if is_encrypted(entry) => pile.left(&name, "is encrypted"),
        _ => {
            let place = archive.get_entry(entry.wayfinder()).map_err(|_| broken())?;
            pile.file(&name, entry.uncompressed_size_hint(), |most| text(entry, &place, most))?;
        }
    }
    Ok(())
}

fn is_encrypted(entry: &ZipFileHeaderRecord) -> bool {
    let flags = entry.flags();
    flags.is_encrypted() || flags.has_strong_encryption() || flags.is_masked()
}

/// What the file says, if it is of the size and has the sum that it should.
fn text(entry: &ZipFileHeaderRecord, place: &ZipSliceEntry, most: u64) -> Result<Vec<u8>, Unread> {
    let damaged = |unread| match unread {
        Unread::Left("can't be read") => Unread::Left("is damaged"),
        other => other,
    };
    match entry.compression_method() {
        CompressionMethod::STORE => {
            read_at_most(place.verifying_reader(place.data()), most).map_err(damaged)
        }
        CompressionMethod::DEFLATE => {
            let inflated = DeflateDecoder::new(place.data());
            read_at_most(place.verifying_reader(inflated), most).map_err(damaged)
        }
        _ => Err(Unread::Left("is packed in an unusual way: use plain zip")),
    }
}

/// The name as UTF-8, where it can be read.
fn name_of(entry: &ZipFileHeaderRecord) -> Vec<u8> {
    let path = entry.file_path();
    let bytes = path.as_bytes();
    // Some say that it is and it is not, many don't say that it is and it is.
    if entry.flags().is_utf8() || std::str::from_utf8(bytes).is_ok() {
        return bytes.to_owned();
    }
    let read = |&byte: &u8| match byte.checked_sub(128) {
        None => char::from(byte),
        Some(at) => CODE_PAGE_437.chars().nth(at.into()).unwrap_or(char::REPLACEMENT_CHARACTER),
    };
    bytes.iter().map(read).collect::<String>().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::super::limits::{ENTRIES, FILE_BYTES};
    use super::super::samples::*;

    const LIBRARY: (&str, &str) = ("03-pipes/src/lib.rs", "//");

    fn patched(mut zip: Vec<u8>, header: &[u8], at: usize, bytes: &[u8]) -> Vec<u8> {
        let found = zip.windows(4).rposition(|window| window == header).expect("the header");
        zip[found + at..][..bytes.len()].copy_from_slice(bytes);
        zip
    }

    const CENTRAL: &[u8] = b"PK\x01\x02";
    const END: &[u8] = b"PK\x05\x06";

    #[test]
    fn an_honest_zip_is_read() {
        assert_pipes(&take_bytes(&zip_of(&PIPES)));
    }

    #[test]
    fn a_zip_in_wrapping_folders_with_files_of_systems_is_read() {
        let submission = take_bytes(&zip_of(&[
            ("Jane-Doe-main/", ""),
            ("Jane-Doe-main/exercises/03-pipes/src/lib.rs", "//"),
            ("Jane-Doe-main/exercises/03-pipes/src/.DS_Store", "x"),
            ("__MACOSX/Jane-Doe-main/exercises/03-pipes/src/._lib.rs", "x"),
        ]));
        assert_eq!(paths(&submission), ["03-pipes/src/lib.rs"]);
        assert_eq!(submission.left_out, [] as [String; 0]);
    }

    #[test]
    fn names_that_climb_out_are_left_out_and_said() {
        let submission = take_bytes(&zip_of(&[
            LIBRARY,
            ("../../03-pipes/src/a.rs", ""),
            ("/03-pipes/src/b.rs", ""),
            ("03-pipes\\src\\c.rs", ""),
            ("03-pipes/src/../../d.rs", ""),
            ("03-pipes/src/\u{1b}[2Je.rs", ""),
            ("03-pipes/src/\nf.rs", ""),
        ]));
        assert_eq!(paths(&submission), ["03-pipes/src/lib.rs"]);
        assert_left_out(&submission, "../../03-pipes/src/a.rs: a path that climbs out");
        assert_left_out(&submission, "/03-pipes/src/b.rs: a path from the root");
        assert_left_out(&submission, "c.rs: a name with a backslash");
        assert_left_out(&submission, "d.rs: a path that climbs out");
        assert_left_out(&submission, "e.rs: a name with control characters");
        assert!(!submission.left_out.concat().contains(char::is_control));
    }

    #[test]
    fn links_devices_and_what_is_encrypted_are_left_out() {
        let mut archive = rawzip::ZipArchiveWriter::new(vec![]);
        add(&mut archive, b"03-pipes/src/lib.rs", b"//", |file| file.unix_permissions(0o644));
        add(&mut archive, b"03-pipes/src/a.rs", b"/etc/passwd", |file| {
            file.unix_permissions(0o120_777)
        });
        add(&mut archive, b"03-pipes/src/b.rs", b"", |file| file.unix_permissions(0o010_644));
        add(&mut archive, b"03-pipes/src/c.rs", b"", |file| file.encrypted(true));
        add(&mut archive, b"03-pipes/src/d.rs", b"", |file| {
            file.compression_method(rawzip::CompressionMethod::LZMA)
        });
        let submission = take_bytes(&archive.finish().expect("a zip"));
        assert_eq!(paths(&submission), ["03-pipes/src/lib.rs"]);
        assert_left_out(&submission, "a.rs: a symbolic link");
        assert_left_out(&submission, "b.rs: no regular file");
        assert_left_out(&submission, "c.rs: is encrypted");
        assert_left_out(&submission, "d.rs: is packed in an unusual way");
    }

    #[test]
    fn a_name_in_an_old_code_page_is_read() {
        let mut archive = rawzip::ZipArchiveWriter::new(vec![]);
        add(&mut archive, b"Andr\x82/03-pipes/src/lib.rs", b"//", |file| file);
        add(&mut archive, b"Andr\x82/03-pipes/src/\xff.rs", b"//", |file| file);
        let submission = take_bytes(&archive.finish().expect("a zip"));
        assert_eq!(paths(&submission), ["03-pipes/src/lib.rs"]);
        assert_left_out(&submission, "André/03-pipes/src/\u{a0}.rs: a name with other characters");
    }

    #[test]
    fn of_a_name_that_is_there_twice_the_last_one_counts() {
        let twice = zip_of(&[LIBRARY, ("03-pipes/src/lib.rs", "// second")]);
        let submission = take_bytes(&twice);
        assert_eq!(submission.sections["03-pipes"][0].text, b"// second");
        assert_left_out(&submission, "03-pipes/src/lib.rs: is in the archive more than once");
    }

    #[test]
    fn a_file_that_unpacks_to_more_than_it_says_is_left_out() {
        let large = "x".repeat(10 * FILE_BYTES as usize);
        let zip = zip_of(&[LIBRARY, ("03-pipes/src/a.rs", &large)]);
        assert_left_out(&take_bytes(&zip), "a.rs: too large");
        for size in [2_u32, FILE_BYTES as u32] {
            let submission = take_bytes(&patched(zip.clone(), CENTRAL, 24, &size.to_le_bytes()));
            assert_eq!(paths(&submission), ["03-pipes/src/lib.rs"]);
            assert_eq!(submission.left_out.len(), 1, "{:?}", submission.left_out);
        }
    }

    #[test]
    fn a_file_with_another_sum_is_left_out() {
        let zip = zip_of(&[LIBRARY, ("03-pipes/src/a.rs", "// text")]);
        let submission = take_bytes(&patched(zip, CENTRAL, 16, &[1, 2, 3, 4]));
        assert_left_out(&submission, "a.rs: is damaged");
    }

    #[test]
    fn files_that_share_bytes_are_a_bomb() {
        let zip = zip_of(&[LIBRARY, ("03-pipes/src/a.rs", "//")]);
        // The second file is said to lie where the first does.
        let submission = take_bytes(&patched(zip, CENTRAL, 42, &[0; 4]));
        assert_trouble(&submission, "files overlap");
    }

    #[test]
    fn many_files_that_unpack_to_too_much_are_a_bomb() {
        let large = "x".repeat(FILE_BYTES as usize);
        let names: Vec<String> = (0..70).map(|n| format!("03-pipes/src/{n}.rs")).collect();
        let files: Vec<_> = names.iter().map(|name| (&**name, &*large)).collect();
        assert_trouble(&take_bytes(&zip_of(&files)), "unpacks to more than 64 MiB");
    }

    #[test]
    fn more_entries_than_anybody_has_are_refused() {
        let names: Vec<String> = (0..=ENTRIES).map(|n| format!("a{n}")).collect();
        let files: Vec<_> = names.iter().map(|name| (&**name, "")).collect();
        assert_trouble(&take_bytes(&zip_of(&files)), "more than 20000 files");
    }

    #[test]
    fn a_damaged_zip_is_said_wherever_it_ends() {
        let zip = zip_of(&PIPES);
        for length in 4..zip.len() {
            let submission = take_bytes(&zip[..length]);
            assert_trouble(&submission, "damaged");
        }
    }

    #[test]
    fn a_zip_that_hides_files_from_its_own_count_is_damaged() {
        let zip = zip_of(&PIPES);
        let submission = take_bytes(&patched(zip, END, 8, &[1, 0, 1, 0]));
        assert_trouble(&submission, "damaged");
    }

    #[test]
    fn no_byte_that_is_changed_makes_it_panic() {
        let zip = zip_of(&PIPES);
        for at in 0..zip.len() {
            for byte in [0, 0xff] {
                let mut zip = zip.clone();
                zip[at] = byte;
                let submission = take_bytes(&zip);
                assert_eq!(submission.trouble.is_some(), submission.sections.is_empty());
            }
        }
    }

    #[test]
    fn a_zip_with_long_sizes_is_read() {
        let (name, text) = LIBRARY;
        let sum = rawzip::crc32(text.as_bytes());
        assert_eq!(paths(&take_bytes(&long_zip(name, text, sum))), ["03-pipes/src/lib.rs"]);
    }

    /// A zip of one file in the form for sizes beyond 4 GiB, as programs write it that don't know the size beforehand.
    fn long_zip(name: &str, text: &str, sum: u32) -> Vec<u8> {
        let size = (text.len() as u64).to_le_bytes();
        let extra = [&[1, 0, 16, 0], &size[..], &size].concat();
        let middle = [
            &[45, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            &sum.to_le_bytes()[..],
            &[0xff; 8],
            &(name.len() as u16).to_le_bytes(),
            &(extra.len() as u16).to_le_bytes(),
        ]
        .concat();
        let mut zip =
            [b"PK\x03\x04", &middle[..], name.as_bytes(), &extra, text.as_bytes()].concat();
        let directory = zip.len() as u64;
        zip.extend(
            [b"PK\x01\x02\x2d\x03", &middle[..], &[0; 14], name.as_bytes(), &extra].concat(),
        );
        let end = zip.len() as u64;
        let count = 1_u64.to_le_bytes();
        let length = (end - directory).to_le_bytes();
        zip.extend([b"PK\x06\x06", &44_u64.to_le_bytes()[..], &[45, 3, 45, 0]].concat());
        zip.extend([&[0; 8], &count[..], &count, &length, &directory.to_le_bytes()].concat());
        zip.extend([b"PK\x06\x07\0\0\0\0", &end.to_le_bytes()[..], &[1, 0, 0, 0]].concat());
        zip.extend([b"PK\x05\x06\0\0\0\0", &[0xff; 12][..], &[0, 0]].concat());
        zip
    }

    #[test]
    fn a_zip_in_a_zip_is_read_once() {
        let inner = zip_of(&PIPES);
        let outer = packed(&[("submission.zip", &inner)]);
        assert_pipes(&take_bytes(&outer));
        let twice = take_bytes(&packed(&[("outer.zip", &outer)]));
        assert_trouble(&twice, "no section is in it");
        let not_alone = packed(&[("submission.zip", &inner), ("README.md", b"hello")]);
        assert_trouble(&take_bytes(&not_alone), "no section is in it");
    }

    fn packed(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut archive = rawzip::ZipArchiveWriter::new(vec![]);
        for (name, text) in files {
            add(&mut archive, name.as_bytes(), text, |file| file);
        }
        archive.finish().expect("a zip")
    }
}
