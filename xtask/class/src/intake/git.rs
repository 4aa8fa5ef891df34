//! A repository without a work tree, or a bundle of one. The git program reads the objects; all else that a repository
//! can hold, it never sees: configuration, hooks, attributes and references are those of an empty repository of ours.

mod program;
mod repository;

use super::folder::{Kind, kind_of, open_file, open_folder};
use super::limits::{
    ARCHIVE_BYTES, ENTRIES, GIT_COMPLAINT_BYTES, GIT_REFERENCE_BYTES, GIT_REFERENCES_BYTES,
};
use super::pile::{Pile, Trouble, read_at_most};
use nix::dir::Dir;
use repository::Repository;
use std::collections::BTreeMap;
use std::ffi::{CStr, CString};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::process::Command;

/// Makes the git program's command, held in as [`Reach`] says. Arguments, environment, input and output are added to it.
pub type Git<'a> = dyn Fn(&Reach) -> Command + 'a;

/// What git must be able to reach, at these very paths, beside itself; the network is not among it.
pub struct Reach<'a> {
    /// A folder that it reads.
    pub read: Option<&'a Path>,
    /// A folder that it reads and writes. It is gone afterwards.
    pub write: &'a Path,
}

/// What a bundle begins with.
const BUNDLES: [&[u8]; 2] = [b"# v2 git bundle\n", b"# v3 git bundle\n"];

/// Is it a bundle?
pub fn is_bundle(file: &[u8]) -> bool {
    BUNDLES.iter().any(|beginning| file.starts_with(beginning))
}

/// Is the folder a repository without a work tree?
pub fn is_bare(folder: &impl AsFd) -> bool {
    let is = |name: &CStr, kind| kind_of(folder, name) == Ok(kind);
    is(c"HEAD", Kind::File) && is(c"objects", Kind::Folder) && is(c"refs", Kind::Folder)
}

/// Reads the files of the commit that the repository is at. `folder` is the one at `path`.
pub fn read_bare(folder: &OwnedFd, path: &Path, pile: &mut Pile, git: &Git) -> Result<(), Trouble> {
    if [c"commondir", c"reftable"].iter().any(|name| kind_of(folder, name).is_ok()) {
        return Err(strange("its parts are not where they usually are"));
    }
    let commit = head(folder).ok_or_else(|| strange("there is no commit at its HEAD"))?;
    let objects = open_folder(folder, c"objects").map_err(|_| strange("it has no objects"))?;
    require_plain(objects, "", &mut Size::default())?;
    let objects = path.join("objects");
    Repository::new(git, Some(&objects), &commit)?.files(&commit, pile)
}

/// Reads the files of a commit in the bundle: the one at its `HEAD`, or of its main branch.
pub fn read_bundle(bundle: &[u8], pile: &mut Pile, git: &Git) -> Result<(), Trouble> {
    let (commit, pack) = header(bundle)?;
    let ours = Repository::new(git, None, &commit)?;
    let most = format!("--max-input-size={ARCHIVE_BYTES}");
    let arguments = ["index-pack", "--stdin", "--threads=1", &most];
    ours.run(&arguments, pack.to_vec(), GIT_COMPLAINT_BYTES)?;
    ours.files(&commit, pile)
}

fn strange(what: &str) -> Trouble {
    Trouble::Theirs(format!("the git repository can't be read: {what}; hand in a folder or a zip"))
}

/// The commit that the repository is at.
fn head(folder: &OwnedFd) -> Option<String> {
    let head = small_file(folder, "HEAD", GIT_REFERENCE_BYTES)?;
    let Some(reference) = head.trim_end().strip_prefix("ref: ") else { return commit(&head) };
    if !reference.starts_with("refs/") {
        return None;
    }
    let loose = small_file(folder, reference, GIT_REFERENCE_BYTES);
    loose.as_deref().and_then(commit).or_else(|| {
        let packed = small_file(folder, "packed-refs", GIT_REFERENCES_BYTES)?;
        let of_line = |line: &str| line.strip_suffix(reference)?.strip_suffix(' ').and_then(commit);
        packed.lines().find_map(of_line)
    })
}

/// What a file in the repository says; no part of its path may be a link.
fn small_file(folder: &OwnedFd, path: &str, most: u64) -> Option<String> {
    let mut folder = folder.try_clone().ok()?;
    let (folders, file) = path.rsplit_once('/').unwrap_or(("", path));
    for part in folders.split('/').filter(|part| !part.is_empty()) {
        if part == ".." {
            return None;
        }
        folder = open_folder(&folder, &CString::new(part).ok()?).ok()?;
    }
    let (file, _) = open_file(&folder, &CString::new(file).ok()?).ok()?;
    String::from_utf8(read_at_most(file, most).ok()?).ok()
}

/// The name of an object, if it is one.
fn commit(text: &str) -> Option<String> {
    let text = text.trim_end();
    let hexadecimal = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    (hexadecimal && matches!(text.len(), 40 | 64)).then(|| text.to_owned())
}

/// How much there is in a folder.
#[derive(Default)]
struct Size {
    entries: usize,
    bytes: u64,
}

/// Objects must be files, of this repository and no other, and no more than there may be in an archive.
fn require_plain(folder: OwnedFd, path: &str, size: &mut Size) -> Result<(), Trouble> {
    const DEEPEST: usize = 3;
    let mut folder = Dir::from_fd(folder).map_err(|_| strange("it can't be read"))?;
    let mut names: Vec<CString> = vec![];
    for entry in folder.iter() {
        let entry = entry.map_err(|_| strange("it can't be read"))?;
        size.entries += 1;
        if size.entries > ENTRIES {
            return Err(strange("it has too many objects"));
        }
        if !matches!(entry.file_name().to_bytes(), b"." | b"..") {
            names.push(entry.file_name().to_owned());
        }
    }
    for name in names {
        let path = format!("{path}/{}", name.to_string_lossy());
        if path.ends_with("alternates") {
            return Err(strange("it borrows objects of another repository"));
        }
        match kind_of(&folder, &name) {
            Ok(Kind::Folder) if path.matches('/').count() < DEEPEST => {
                let folder = open_folder(&folder, &name);
                require_plain(folder.map_err(|_| strange("it can't be read"))?, &path, size)?;
            }
            Ok(Kind::File) => {
                let (_, status) = open_file(&folder, &name).map_err(strange)?;
                size.bytes += u64::try_from(status.st_size).unwrap_or(u64::MAX);
            }
            _ => return Err(strange("it has something else than files in it")),
        }
        if size.bytes > ARCHIVE_BYTES {
            return Err(strange(&format!("it has more than {} MiB", ARCHIVE_BYTES >> 20)));
        }
    }
    Ok(())
}

/// What stands at the beginning of a bundle: the commit that is meant, and then the pack of its objects.
fn header(bundle: &[u8]) -> Result<(String, &[u8]), Trouble> {
    let broken = || Trouble::Theirs("the git bundle is damaged, or ends early".into());
    let window = &bundle[..bundle.len().min(GIT_REFERENCES_BYTES as usize)];
    let end = window.windows(2).position(|pair| pair == b"\n\n").ok_or_else(broken)?;
    let lines = std::str::from_utf8(&bundle[..end]).map_err(|_| broken())?;
    let mut references = BTreeMap::new();
    for line in lines.lines().skip(1).filter(|line| !line.starts_with('@')) {
        if line.starts_with('-') {
            let next = "make it with `git bundle create NAME.bundle --all`";
            return Err(Trouble::Theirs(format!(
                "the git bundle is only a part of a repository: {next}"
            )));
        }
        let (id, name) = line.split_once(' ').ok_or_else(broken)?;
        references.insert(name, commit(id).ok_or_else(broken)?);
    }
    let known = ["HEAD", "refs/heads/main", "refs/heads/master"];
    let best = known.iter().find_map(|name| references.get(name));
    let best = best.or_else(|| references.values().next()).ok_or_else(broken)?;
    Ok((best.clone(), &bundle[end + 2..]))
}

#[cfg(test)]
mod tests {
    use super::super::samples::*;
    use super::super::take;
    use super::*;
    use std::fs;
    use std::io::Write;
    use std::os::unix::fs::symlink;
    use std::path::PathBuf;
    use std::process::Stdio;

    /// A repository with one commit of [`PIPES`], and what else `add` puts there.
    fn repository(add: impl Fn(&Folder)) -> Folder {
        repository_in("sha1", add)
    }

    fn repository_in(format: &str, add: impl Fn(&Folder)) -> Folder {
        let folder = Folder::new();
        for (path, text) in PIPES {
            folder.file(format!("work/{path}"), text);
        }
        add(&folder);
        run(&folder, "work", &["init", "-q", "-b", "main", "--object-format", format]);
        run(&folder, "work", &["add", "-A"]);
        run(&folder, "work", &["commit", "-q", "-m", "x"]);
        folder
    }

    fn run(folder: &Folder, place: &str, arguments: &[&str]) {
        let status = Command::new("git")
            .args(["-c", "user.name=x", "-c", "user.email=x", "-c", "commit.gpgSign=false"])
            .args(arguments)
            .current_dir(folder.0.join(place))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .status();
        assert!(status.expect("git is installed").success(), "{arguments:?}");
    }

    fn bare(folder: &Folder) -> PathBuf {
        run(folder, ".", &["clone", "-q", "--bare", "work", "Jane.git"]);
        folder.0.join("Jane.git")
    }

    #[test]
    fn a_bare_repository_is_read_at_its_head() {
        let folder = repository(|_| ());
        let bare = bare(&folder);
        let submission = take_entry(&bare);
        assert_pipes(&submission);
        assert_eq!(submission.name, "Jane");
        run(&folder, "Jane.git", &["gc", "-q"]);
        assert_pipes(&take_entry(&bare));
    }

    #[test]
    fn a_repository_with_long_names_of_objects_is_read() {
        let folder = repository_in("sha256", |_| ());
        assert_pipes(&take_entry(&bare(&folder)));
    }

    #[test]
    fn a_folder_with_nothing_but_its_repository_is_read() {
        let folder = repository(|_| ());
        fs::remove_dir_all(folder.0.join("work/exercises")).expect("removed");
        assert_pipes(&take_entry(&folder.0.join("work")));
    }

    #[test]
    fn a_bundle_is_read_alone_or_in_a_folder() {
        let folder = repository(|_| ());
        run(&folder, "work", &["bundle", "create", "-q", "../Jane.bundle", "--all"]);
        assert_pipes(&take_entry(&folder.0.join("Jane.bundle")));
        run(&folder, "work", &["bundle", "create", "-q", "../other.bundle", "main"]);
        let bundle = fs::read(folder.0.join("other.bundle")).expect("a bundle");
        folder.file("John/work.bundle", &bundle);
        assert_pipes(&take_entry(&folder.0.join("John")));
        for length in [20, bundle.len() / 2, bundle.len() - 1] {
            assert!(take_bytes(&bundle[..length]).trouble.is_some());
        }
    }

    #[test]
    fn a_bundle_of_a_part_is_said() {
        let folder = repository(|_| ());
        folder.file("work/more", "");
        run(&folder, "work", &["add", "-A"]);
        run(&folder, "work", &["commit", "-q", "-m", "x"]);
        run(&folder, "work", &["bundle", "create", "-q", "../Jane.bundle", "main~..main"]);
        assert_trouble(&take_entry(&folder.0.join("Jane.bundle")), "only a part of a repository");
    }

    #[test]
    fn links_and_submodules_are_left_out() {
        let folder = repository(|folder| {
            let link = folder.0.join("work/exercises/03-pipes/src/b.rs");
            symlink("/etc/passwd", link).expect("a link");
        });
        let submission = take_entry(&bare(&folder));
        assert_left_out(&submission, "exercises/03-pipes/src/b.rs: a symbolic link");
        assert_eq!(paths(&submission).len(), 2);
    }

    #[test]
    fn nothing_that_the_repository_asks_for_is_run() {
        let folder = repository(|folder| {
            folder.file("work/.gitattributes", "*.rs filter=bad diff=bad export-subst\n");
            folder.file("work/exercises/03-pipes/src/a.rs", "//");
        });
        let bare = bare(&folder);
        let trace = folder.0.join("it-ran");
        let bad = format!("touch {}", trace.display());
        for key in [
            "core.fsmonitor",
            "core.pager",
            "core.sshCommand",
            "core.alternateRefsCommand",
            "core.hooksPath",
            "filter.bad.smudge",
            "filter.bad.process",
            "diff.bad.textconv",
            "pager.ls-tree",
            "pager.cat-file",
            "alias.ls-tree",
            "alias.cat-file",
            "uploadpack.packObjectsHook",
            "tar.tar.command",
        ] {
            run(&folder, "Jane.git", &["config", key, &bad]);
        }
        let config = fs::read_to_string(bare.join("config")).expect("a configuration");
        let lazy = format!(
            "[core]\nrepositoryformatversion = 1\n[extensions]\npartialClone = bad\n\
             [remote \"bad\"]\nurl = \"ext::{bad}\"\npromisor = true\n[protocol]\nallow = always\n"
        );
        folder.file("Jane.git/config", config + &lazy);
        for hook in ["post-checkout", "reference-transaction", "fsmonitor-watchman"] {
            folder.file(format!("Jane.git/hooks/{hook}"), format!("#!/bin/sh\n{bad}\n"));
        }
        assert_pipes(&take_entry(&bare));
        // An object that is not there would be fetched.
        let objects = bare.join("objects");
        let blob = Command::new("git")
            .arg("-C")
            .arg(&folder.0)
            .args(["hash-object", "--stdin"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let mut blob = blob.expect("git is installed");
        blob.stdin.take().expect("a pipe").write_all(b"mod a;").expect("written");
        let id = blob.wait_with_output().expect("an answer").stdout;
        let id = commit(&String::from_utf8(id).expect("text")).expect("the name of an object");
        fs::remove_file(objects.join(&id[..2]).join(&id[2..])).expect("removed");
        assert!(take_entry(&bare).trouble.is_some());
        assert!(!trace.exists());
    }

    #[test]
    fn a_repository_can_not_reach_beyond_itself() {
        let folder = repository(|_| ());
        let bare = bare(&folder);
        let elsewhere = folder.0.join("work/.git/objects");
        folder.file("Jane.git/objects/info/alternates", elsewhere.display().to_string());
        assert_trouble(&take_entry(&bare), "borrows objects");
        fs::remove_file(bare.join("objects/info/alternates")).expect("removed");
        symlink(&elsewhere, bare.join("objects/pack/x")).expect("a link");
        assert_trouble(&take_entry(&bare), "something else than files");
        fs::remove_file(bare.join("objects/pack/x")).expect("removed");
        folder.file("Jane.git/commondir", "../work/.git");
        assert_trouble(&take_entry(&bare), "not where they usually are");
        fs::remove_file(bare.join("commondir")).expect("removed");
        folder.file("Jane.git/HEAD", "ref: refs/../../work/.git/refs/heads/main\n");
        assert_trouble(&take_entry(&bare), "no commit at its HEAD");
        folder.file("Jane.git/HEAD", "--output=/tmp/x");
        assert_trouble(&take_entry(&bare), "no commit at its HEAD");
        folder.file("Jane.git/HEAD", "0".repeat(40));
        assert_trouble(&take_entry(&bare), "git says");
    }

    #[test]
    fn a_git_that_is_missing_fails_or_talks_too_much_is_said() {
        let folder = repository(|_| ());
        let bare = bare(&folder);
        let with = |program: &str| {
            let git = |_: &Reach| {
                let mut words = program.split(' ');
                let mut command = Command::new(words.next().expect("a program"));
                command.args(words);
                command
            };
            take(&bare, &sections(&["03-pipes"]), &git)
        };
        assert_trouble(&with("/no/such/git"), "not installed: apt install git");
        assert_trouble(&with("false"), "git says");
        assert_trouble(&with("sh -c yes"), "too much of it");
        assert_trouble(&with("true"), "there is nothing in it");
    }

    #[test]
    fn what_git_was_lent_is_gone_afterwards() {
        let folder = repository(|_| ());
        let bare = bare(&folder);
        let lent = std::cell::RefCell::new(vec![]);
        let git = |reach: &Reach| {
            lent.borrow_mut().push(reach.write.to_owned());
            Command::new("git")
        };
        assert_pipes(&take(&bare, &sections(&["03-pipes"]), &git));
        assert!(!lent.borrow().is_empty());
        assert!(lent.borrow().iter().all(|folder| !folder.exists()));
    }
}
