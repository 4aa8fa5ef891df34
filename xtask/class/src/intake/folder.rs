//! A folder that was handed in. Each name is opened from the folder that it stands in, so that nothing can be put in its
//! way; links are never followed, and opening waits for nobody.

use super::pile::{Pile, Trouble, Unread, read_at_most};
use nix::dir::Dir;
use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, openat};
use nix::sys::stat::{FileStat, Mode, SFlag, fstat, fstatat};
use std::ffi::{CStr, CString};
use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};

/// How everything is opened: to be read, at once, and never through a link.
pub const CAREFULLY: OFlag = OFlag::O_RDONLY
    .union(OFlag::O_NOFOLLOW)
    .union(OFlag::O_NONBLOCK)
    .union(OFlag::O_NOCTTY)
    .union(OFlag::O_CLOEXEC);

/// What a name in a folder is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Folder,
    File,
    Other(&'static str),
}

impl Kind {
    pub fn of(status: &FileStat) -> Self {
        match SFlag::from_bits_truncate(status.st_mode) & SFlag::S_IFMT {
            SFlag::S_IFDIR => Self::Folder,
            SFlag::S_IFREG => Self::File,
            SFlag::S_IFLNK => Self::Other("a symbolic link"),
            SFlag::S_IFIFO => Self::Other("a named pipe"),
            SFlag::S_IFSOCK => Self::Other("a socket"),
            _ => Self::Other("a device"),
        }
    }
}

/// Reads the folder, and the folders in it that are worth it.
pub fn read(folder: OwnedFd, pile: &mut Pile) -> Result<(), Trouble> {
    walk(folder, &[], pile)
}

/// `path` is that of the folder; how deep it goes is limited by the pile.
fn walk(folder: OwnedFd, path: &[u8], pile: &mut Pile) -> Result<(), Trouble> {
    let Ok(mut folder) = Dir::from_fd(folder) else {
        pile.left(path, "can't be read");
        return Ok(());
    };
    let mut names: Vec<CString> = vec![];
    for entry in folder.iter() {
        let Ok(entry) = entry else { break };
        if !matches!(entry.file_name().to_bytes(), b"." | b"..") {
            pile.count()?;
            names.push(entry.file_name().to_owned());
        }
    }
    names.sort();
    for name in names {
        let separator: &[u8] = if path.is_empty() { b"" } else { b"/" };
        let path = [path, separator, name.to_bytes()].concat();
        match kind_of(&folder, &name) {
            Ok(Kind::Folder) if pile.folder(&path) => match open_folder(&folder, &name) {
                Ok(child) => walk(child, &path, pile)?,
                Err(_) => pile.left(&path, "can't be read"),
            },
            Ok(Kind::Folder) => {}
            Ok(Kind::Other(what)) => pile.left(&path, what),
            Ok(Kind::File) => file(&folder, &name, &path, pile)?,
            Err(_) => pile.left(&path, "can't be read"),
        }
    }
    Ok(())
}

/// What the name is, without opening it: to open a device can do something.
pub fn kind_of(folder: &impl AsFd, name: &CStr) -> Result<Kind, Errno> {
    Ok(Kind::of(&fstatat(folder, name, AtFlags::AT_SYMLINK_NOFOLLOW)?))
}

/// Opens a folder in a folder.
pub fn open_folder(folder: &impl AsFd, name: &CStr) -> Result<OwnedFd, Errno> {
    openat(folder, name, CAREFULLY | OFlag::O_DIRECTORY, Mode::empty())
}

/// Opens a regular file in a folder; with what is known of it.
pub fn open_file(folder: &impl AsFd, name: &CStr) -> Result<(File, FileStat), &'static str> {
    let opened = openat(folder, name, CAREFULLY, Mode::empty()).map_err(|_| "can't be read")?;
    let status = fstat(&opened).map_err(|_| "can't be read")?;
    match Kind::of(&status) {
        Kind::File => Ok((opened.into(), status)),
        Kind::Folder => Err("a folder"),
        Kind::Other(what) => Err(what),
    }
}

fn file(folder: &Dir, name: &CStr, path: &[u8], pile: &mut Pile) -> Result<(), Trouble> {
    if pile.wants(path).is_none() {
        return pile.file(path, 0, |_| Err(Unread::Left("")));
    }
    let (file, status) = match open_file(folder, name) {
        Ok(opened) => opened,
        Err(why) => {
            pile.left(path, why);
            return Ok(());
        }
    };
    if status.st_nlink > 1 {
        pile.left(path, "a hard link: the same file has other names");
        return Ok(());
    }
    let size = u64::try_from(status.st_size).unwrap_or(u64::MAX);
    pile.file(path, size, |most| read_at_most(file, most))
}

#[cfg(test)]
mod tests {
    use super::super::limits::{DEPTH, ENTRIES, FILE_BYTES};
    use super::super::samples::*;
    use nix::sys::stat::{Mode, SFlag, mknod};
    use nix::unistd::mkfifo;
    use std::ffi::OsStr;
    use std::fs;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::os::unix::net::UnixListener;

    fn library() -> Folder {
        let folder = Folder::new();
        folder.file("Jane/03-pipes/src/lib.rs", "//");
        folder
    }

    #[test]
    fn an_honest_folder_is_read() {
        let folder = Folder::new();
        for (path, text) in PIPES {
            folder.file(format!("Jane/{path}"), text);
        }
        folder.file("Jane/target/debug/x", "x");
        folder.file("Jane/.git/HEAD", "x");
        assert_pipes(&take_entry(&folder.0.join("Jane")));
    }

    #[test]
    fn a_copy_of_the_course_is_read_and_what_is_the_courses_own_said_in_one_line() {
        let folder = library();
        for path in [
            "Cargo.toml",
            "03-pipes/Cargo.toml",
            "03-pipes/tests/section.rs",
            "03-pipes/build.rs",
            "03-pipes/src/main.rs",
            "03-pipes/src/bin/demo.rs",
            ".cargo/config.toml",
            "rust-toolchain.toml",
            "solutions/03-pipes/src/lib.rs",
            "target/debug/build.rs",
        ] {
            folder.file(format!("Jane/{path}"), "");
        }
        let submission = take_entry(&folder.0.join("Jane"));
        assert_eq!(paths(&submission), ["03-pipes/src/lib.rs"]);
        let line = "a manifest, a build script, a cargo configuration, a toolchain file, tests, \
                    solutions: the course's own take their place";
        assert_eq!(submission.left_out, [line]);
    }

    #[test]
    fn a_patch_in_a_manifest_is_said() {
        let folder = library();
        folder.file("Jane/Cargo.toml", "[patch.crates-io]\nnix = { path = \"nix\" }");
        assert_left_out(&take_entry(&folder.0.join("Jane")), "a [patch] in a manifest");
    }

    #[test]
    fn links_lead_nowhere_and_nothing_blocks() {
        let folder = library();
        let secret = folder.file("secret.rs", "secret");
        let source = folder.0.join("Jane/03-pipes/src");
        symlink(&secret, source.join("a.rs")).expect("a link");
        symlink("/dev/zero", source.join("b.rs")).expect("a link");
        symlink(folder.0.join("Jane"), source.join("c")).expect("a link");
        fs::hard_link(&secret, source.join("d.rs")).expect("a link");
        mkfifo(&source.join("e.rs"), Mode::S_IRWXU).expect("a pipe");
        let _socket = UnixListener::bind(source.join("f.rs")).expect("a socket");
        symlink("/etc", folder.0.join("Jane/10-locks")).expect("a link");
        let submission = take_entry(&folder.0.join("Jane"));
        assert_eq!(paths(&submission), ["03-pipes/src/lib.rs"]);
        for words in [
            "a.rs: a symbolic link",
            "b.rs: a symbolic link",
            "src/c: a symbolic link",
            "d.rs: a hard link",
            "e.rs: a named pipe",
            "f.rs: a socket",
            "10-locks: a symbolic link",
        ] {
            assert_left_out(&submission, words);
        }
    }

    #[test]
    fn a_device_is_not_opened() {
        let folder = library();
        let device = folder.0.join("Jane/03-pipes/src/a.rs");
        let zero = nix::sys::stat::makedev(1, 5);
        // Only root can make one.
        if mknod(&device, SFlag::S_IFCHR, Mode::S_IRWXU, zero).is_ok() {
            assert_left_out(&take_entry(&folder.0.join("Jane")), "a.rs: a device");
        }
    }

    #[test]
    fn a_src_that_is_a_link_is_no_section() {
        let folder = library();
        fs::rename(folder.0.join("Jane/03-pipes/src"), folder.0.join("src")).expect("moved");
        symlink("../../src", folder.0.join("Jane/03-pipes/src")).expect("a link");
        let submission = take_entry(&folder.0.join("Jane"));
        assert_trouble(&submission, "no section is in it");
        assert_left_out(&submission, "03-pipes/src: a symbolic link");
    }

    #[test]
    fn names_that_are_not_plain_are_left_out() {
        let folder = library();
        let source = folder.0.join("Jane/03-pipes/src");
        for name in [&b"\xff.rs"[..], b"a b.rs", b".a.rs", b"-a.rs", b"a\nb.rs", "é.rs".as_bytes()]
        {
            fs::write(source.join(OsStr::from_bytes(name)), "").expect("a file");
        }
        let submission = take_entry(&folder.0.join("Jane"));
        assert_eq!(paths(&submission), ["03-pipes/src/lib.rs"]);
        assert_eq!(submission.left_out.len(), 6, "{:?}", submission.left_out);
        assert!(!submission.left_out.concat().contains('\n'));
    }

    #[test]
    fn large_files_are_left_out_even_when_they_have_holes() {
        let folder = library();
        let file = fs::File::create(folder.0.join("Jane/03-pipes/src/a.rs")).expect("a file");
        file.set_len(1 << 40).expect("a hole");
        folder.file("Jane/03-pipes/src/b.rs", vec![b' '; FILE_BYTES as usize]);
        let submission = take_entry(&folder.0.join("Jane"));
        assert_eq!(paths(&submission), ["03-pipes/src/b.rs", "03-pipes/src/lib.rs"]);
        assert_left_out(&submission, "a.rs: too large");
    }

    #[test]
    fn folders_that_lie_too_deep_are_said_once() {
        let folder = library();
        let deep = ["d"; DEPTH - 2].join("/");
        folder.file(format!("Jane/03-pipes/src/{deep}/a.rs"), "");
        folder.file(format!("Jane/03-pipes/src/{deep}/d/b.rs"), "");
        folder.file(format!("Jane/03-pipes/src/{deep}/d/d/d/c.rs"), "");
        let submission = take_entry(&folder.0.join("Jane"));
        assert_eq!(paths(&submission).len(), 2);
        assert_eq!(submission.left_out.len(), 1, "{:?}", submission.left_out);
        assert_left_out(&submission, "a folder that lies too deep");
    }

    #[test]
    fn a_folder_with_too_many_files_is_refused() {
        let folder = library();
        let many = folder.0.join("Jane/many");
        fs::create_dir(&many).expect("a folder");
        for number in 0..=ENTRIES {
            fs::File::create(many.join(number.to_string())).expect("a file");
        }
        assert_trouble(&take_entry(&folder.0.join("Jane")), "more than 20000 files");
        fs::rename(&many, folder.0.join("Jane/target")).expect("moved");
        assert_eq!(paths(&take_entry(&folder.0.join("Jane"))), ["03-pipes/src/lib.rs"]);
    }

    #[test]
    fn what_can_not_be_read_is_said() {
        let folder = library();
        let file = folder.file("Jane/03-pipes/src/a.rs", "");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o0)).expect("set");
        let submission = take_entry(&folder.0.join("Jane"));
        // Root can read it.
        if !nix::unistd::geteuid().is_root() {
            assert_left_out(&submission, "a.rs: can't be read");
        }
    }

    #[test]
    fn a_folder_that_has_nothing_but_an_archive_is_that_archive() {
        let folder = Folder::new();
        folder.file("Jane/submission.tar", tar_of(&PIPES));
        folder.file("Jane/.DS_Store", "x");
        assert_pipes(&take_entry(&folder.0.join("Jane")));
    }
}
