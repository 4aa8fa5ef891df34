//! What holds a submission in: the compiler, which reads whatever it is told to include, and the test programs, which do
//! whatever they like. Bubblewrap where it is installed; namespaces and Landlock of our own where it is not.

use crate::intake::Reach;
use crate::{hold, walls};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use xtask::confinement::{Confinement, Prefix};
use xtask::course;
use xtask::fault::Fault;

/// How much a submission may write to `/tmp` and to `/dev/shm`.
const SCRATCH_BYTES: u64 = 64 << 20;
/// The folders of the system that compilers, linkers and programs need.
const SYSTEM: [&str; 6] = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64"];
/// What of `/etc` they need: where the linker's names lead to, and where libraries are.
const SETTINGS: [&str; 3] = ["/etc/alternatives", "/etc/ld.so.cache", "/etc/ld.so.conf.d"];

/// What this machine has to hold submissions in.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Jail {
    /// The program `bwrap`.
    Bubblewrap(PathBuf),
    /// Namespaces and Landlock, set up by this program.
    Own,
    /// Nothing, because the teacher has said so.
    None,
}

/// What may be seen and written in a jail.
#[derive(Clone, Debug, Default)]
pub struct Cell {
    /// Files and folders that can be read, beside those of the system.
    pub read: Vec<PathBuf>,
    /// Folders that can be written.
    pub write: Vec<PathBuf>,
    /// All of the environment that gets in, beside what is set on the command.
    pub environment: Vec<(OsString, OsString)>,
    /// The limits of each process.
    pub limits: Vec<hold::Limit>,
}

impl Jail {
    /// The best that works here.
    ///
    /// # Errors
    /// That nothing does, with what to install.
    pub fn find() -> Result<Self, Fault> {
        let bubblewrap = search_path("bwrap").map(Self::Bubblewrap);
        let works = |jail: &Self| jail.works();
        bubblewrap.filter(works).or_else(|| Some(Self::Own).filter(works)).ok_or_else(|| {
            Fault::new("nothing on this machine can hold submissions in")
                .next(
                    "`cargo xtask doctor` says why, and what to install. With --unsafe-no-sandbox they run as you: do \
                     that only on a machine that has nothing to lose.",
                )
        })
    }

    /// Does a program start in it?
    pub fn works(&self) -> bool {
        let words = self.prefix(&Cell::default());
        let mut command = words.command(Path::new("/bin/true"));
        let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        quiet.status().is_ok_and(|status| status.success())
    }

    /// What it is, for the report.
    pub fn words(&self) -> &'static str {
        match self {
            Self::Bubblewrap(_) => {
                "bubblewrap: no network, nothing outside of the course, nothing written"
            }
            Self::Own => {
                "namespaces and Landlock: no network, nothing outside of the course, nothing written"
            }
            Self::None => "nothing (--unsafe-no-sandbox)",
        }
    }

    /// git, held in, which sees nothing but what it must: a repository can name programs to be run.
    pub fn git(&self, reach: &Reach<'_>) -> Command {
        let environment =
            vec![("PATH".into(), "/usr/bin:/bin".into()), ("HOME".into(), "/tmp".into())];
        let read = reach.read.map(Path::to_owned).into_iter().collect();
        let cell = Cell {
            read,
            write: vec![reach.write.to_owned()],
            environment,
            limits: hold::Limit::BUILDING.to_vec(),
        };
        match search_path("git") {
            Some(git) => self.prefix(&cell).command(&git),
            // That it is missing is said by whoever starts it.
            None => Command::new("git"),
        }
    }

    /// The words before a program that put it in such a cell.
    pub fn prefix(&self, cell: &Cell) -> Prefix {
        let mut words = match self {
            Self::Bubblewrap(_) if cell.limits.is_empty() => vec![],
            _ => hold::Order { cell, walls: *self == Self::Own }.words(),
        };
        if let Self::Bubblewrap(program) = self {
            words.extend(bubblewrap(program, cell));
        }
        Prefix(words)
    }
}

/// The words that start a program under bubblewrap.
fn bubblewrap(program: &Path, cell: &Cell) -> Vec<OsString> {
    let mut words: Vec<OsString> = vec![program.into()];
    let mut say = |all: &[&OsStr]| words.extend(all.iter().map(|&word| word.to_owned()));
    let word = OsStr::new;
    // Without --disable-userns: the walls of the tests are namespaces, too.
    for option in ["--unshare-all", "--die-with-parent", "--new-session"] {
        say(&[word(option)]);
    }
    // Nobody is root in there: not by name either, as the kernel lets no nameless root make namespaces.
    for option in ["--unshare-user", "--uid", "1000", "--gid", "1000", "--cap-drop", "ALL"] {
        say(&[word(option)]);
    }
    for folder in SYSTEM.map(Path::new) {
        match folder.read_link() {
            Ok(target) => say(&[word("--symlink"), target.as_os_str(), folder.as_os_str()]),
            Err(_) => say(&[word("--ro-bind-try"), folder.as_os_str(), folder.as_os_str()]),
        }
    }
    for file in SETTINGS.map(OsStr::new) {
        say(&[word("--ro-bind-try"), file, file]);
    }
    say(&[word("--proc"), word("/proc")]);
    // Not `--dev`, which has terminals: for their sake bubblewrap covers parts of /proc, and then the kernel gives no
    // other /proc to the namespaces of a test.
    for device in walls::DEVICES.map(OsStr::new) {
        say(&[word("--dev-bind"), device, device]);
    }
    let size = OsString::from(SCRATCH_BYTES.to_string());
    for folder in ["/tmp", "/dev/shm"] {
        say(&[word("--size"), &size, word("--tmpfs"), word(folder)]);
    }
    for path in &cell.read {
        say(&[word("--ro-bind"), path.as_os_str(), path.as_os_str()]);
    }
    for path in &cell.write {
        say(&[word("--bind"), path.as_os_str(), path.as_os_str()]);
    }
    // What is in there is in memory as well.
    say(&[word("--remount-ro"), word("/")]);
    for (name, value) in &cell.environment {
        say(&[word("--setenv"), name, value]);
    }
    say(&[word("--")]);
    words
}

/// Where a program is on the search path.
pub fn search_path(name: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// The toolchain, as the jail shows it.
#[derive(Clone, Debug)]
pub struct Toolchain {
    /// The folder of rustc, its libraries and cargo.
    pub sysroot: PathBuf,
    /// What `rustc -vV` says.
    pub version: String,
    /// Where cargo keeps the packages that it has fetched.
    cargo_home: PathBuf,
}

impl Toolchain {
    /// The one that builds the course.
    ///
    /// # Errors
    /// That rustc does not answer.
    pub fn find() -> Result<Self, Fault> {
        let asked = |arguments: &[&str]| -> Result<String, Fault> {
            let output = Command::new("rustc").args(arguments).current_dir(course::root()).output();
            let output =
                output.map_err(|error| Fault::new(format!("can't start rustc: {error}")))?;
            Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
        };
        let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
        let home = home.or_else(|| Some(std::env::home_dir()?.join(".cargo")));
        Ok(Self {
            sysroot: asked(&["--print", "sysroot"])?.into(),
            version: asked(&["-vV"])?,
            cargo_home: home
                .ok_or_else(|| Fault::new("where is cargo's folder? Set CARGO_HOME."))?,
        })
    }
}

/// What holds the crates in that are in `staged` and are built in `target`.
pub fn confinement(
    jail: &Jail,
    toolchain: &Toolchain,
    staged: &[PathBuf],
    target: &Path,
    patience: Duration,
) -> Confinement {
    let patience = Some(patience);
    let root = course::root();
    let set = |name: &str, value: OsString| (OsString::from(name), value);
    let scratch = if *jail == Jail::Own { walls::SCRATCH } else { "/tmp" };
    let path =
        std::env::join_paths([toolchain.sysroot.join("bin"), "/usr/bin".into(), "/bin".into()]);
    let mut read = vec![
        toolchain.sysroot.clone(),
        root.join("exercises"),
        root.join("xtask"),
        root.join("Cargo.toml"),
        root.join("Cargo.lock"),
    ];
    // Not the whole folder: it has credentials.
    let of_cargo = ["registry", "git", "config.toml"].map(|name| toolchain.cargo_home.join(name));
    read.extend(of_cargo.into_iter().filter(|path| path.exists()));
    let building = Cell {
        read,
        write: [staged, &[target.to_owned()]].concat(),
        environment: vec![
            set("PATH", path.unwrap_or_default()),
            set("HOME", scratch.into()),
            set("TMPDIR", scratch.into()),
            set("CARGO_HOME", toolchain.cargo_home.clone().into()),
            set("CARGO_NET_OFFLINE", "true".into()),
            set("CARGO_TERM_COLOR", "never".into()),
        ],
        limits: hold::Limit::BUILDING.to_vec(),
    };
    let running = Cell {
        read: [staged, &[target.join("debug")]].concat(),
        write: vec![],
        environment: vec![
            set("PATH", "/usr/bin:/bin".into()),
            set("HOME", scratch.into()),
            set("TMPDIR", scratch.into()),
        ],
        limits: vec![],
    };
    Confinement { building: jail.prefix(&building), running: jail.prefix(&running), patience }
}
