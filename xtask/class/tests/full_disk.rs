//! The disk fills up while a class is graded: a clear word, nobody is blamed, and once there is room it ends as if
//! nothing had been.

#[path = "../examples/generate/class/mod.rs"]
mod class;
mod grader;

use class::Plan;
use grader::{Grader, output, same};
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::sys::statvfs::statvfs;
use std::fs;
use std::path::{Path, PathBuf};

/// Room for all of it.
const ALL: u64 = 2 << 30;
/// What is left of the disk in each run: room for nothing, for the staged sources, for what rustc writes first, and for
/// what the linker reads but not for what it writes.
const LEFT: [u64; 4] = [0, 128 << 10, 1 << 20, 4 << 20];

#[test]
fn a_disk_that_fills_up_blames_nobody_and_loses_nothing() {
    let disk = Disk::new(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("disk"));
    let grader = Grader::apart(&disk.0);
    let sections = xtask::catalogue::select(&["process".into(), "message-queue".into()]).unwrap();
    class::generate(&Plan { students: 8, seed: 7, sections }, &grader.place.join("class")).unwrap();
    let words = ["process", "message-queue", "--jobs", "1"];
    let (code, text) = output(&mut grader.check("class", "undisturbed", &words));
    assert_eq!(code, 0, "the undisturbed run: {text}");
    grader.forget();

    for left in LEFT {
        disk.leave(left);
        let (code, text) = output(&mut grader.check("class", "disturbed", &words));
        if code == 0 && left > 0 {
            // A build first removes what the one before has left, and that is not the same each time.
            continue;
        }
        assert_eq!(code, 2, "{left} bytes are left: {text}");
        let is_told = ["No space left", "nearly full"].iter().any(|word| text.contains(word))
            || fs::read_to_string(grader.place.join("disturbed/grades.json")).is_ok_and(|grades| {
                grades.contains("No space left") || grades.contains("nearly full")
            });
        assert!(is_told, "{left} bytes are left, and nothing is said of it: {text}");
    }
    disk.resize(ALL);
    let (code, text) = output(&mut grader.check("class", "disturbed", &words));
    assert_eq!(code, 0, "with room: {text}");
    same(&grader.place.join("undisturbed"), &grader.place.join("disturbed")).unwrap();
}

/// A disk in memory, which only this thread and what it starts can see: it is gone with them.
struct Disk(PathBuf);

impl Disk {
    fn new(place: &Path) -> Self {
        fs::create_dir_all(place).unwrap();
        let none = None::<&str>;
        unshare(CloneFlags::CLONE_NEWNS)
            .and_then(|()| mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none))
            .and_then(|()| {
                let size = format!("size={ALL}");
                mount(Some("tmpfs"), place, Some("tmpfs"), MsFlags::empty(), Some(&*size))
            })
            .expect("this test mounts a disk of its own: run it as root");
        Self(place.to_owned())
    }

    fn resize(&self, bytes: u64) {
        let (none, size) = (None::<&str>, format!("size={bytes}"));
        mount(none, &self.0, none, MsFlags::MS_REMOUNT, Some(&*size)).unwrap();
    }

    /// Makes the disk so small that no more than this is left.
    fn leave(&self, bytes: u64) {
        let disk = statvfs(&self.0).unwrap();
        let used = (disk.blocks() - disk.blocks_free()) * disk.fragment_size();
        self.resize(used + bytes);
    }
}
