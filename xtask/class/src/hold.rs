//! The hidden verb `hold`: sets limits and walls for itself, and becomes the program that it is to hold in.
//!
//! It stands before every program that deals with a submission: `xtask-class hold LIMITS… -- PROGRAM…`.

use crate::jail::Cell;
use crate::walls;
use nix::sys::resource::{Resource, setrlimit};
use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

/// A limit of each process in a jail.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Limit {
    /// Seconds of processor time: the same on a busy machine.
    Processor(u64),
    /// Bytes of memory of its own.
    Memory(u64),
    /// Bytes that a file may grow to.
    File(u64),
}

impl Limit {
    /// What the compiler may take. The largest reference takes a second and a fifth of a gibibyte.
    pub const BUILDING: [Self; 3] =
        [Self::Processor(20), Self::Memory(3 << 30), Self::File(256 << 20)];

    fn words(self) -> [OsString; 2] {
        let (name, most) = match self {
            Self::Processor(most) => ("--processor", most),
            Self::Memory(most) => ("--memory", most),
            Self::File(most) => ("--file", most),
        };
        [name.into(), most.to_string().into()]
    }

    fn set(self) -> nix::Result<()> {
        match self {
            // At the first it gets a signal that says why, at the second it is killed.
            Self::Processor(most) => setrlimit(Resource::RLIMIT_CPU, most, most + 5),
            // Not RLIMIT_AS: much of what a compiler reserves is never used.
            Self::Memory(most) => setrlimit(Resource::RLIMIT_DATA, most, most),
            Self::File(most) => setrlimit(Resource::RLIMIT_FSIZE, most, most),
        }
    }
}

/// What `hold` is told to do.
pub struct Order<'a> {
    /// What the program may see and use.
    pub cell: &'a Cell,
    /// Are the walls this program's work, too?
    pub walls: bool,
}

impl Order<'_> {
    /// The words before the program's.
    pub fn words(&self) -> Vec<OsString> {
        let mut words: Vec<OsString> = vec![];
        // The program that runs now, even where a new one has taken its name since.
        words.extend([std::env::current_exe().unwrap_or_default().into(), "hold".into()]);
        words.extend(self.cell.limits.iter().flat_map(|limit| limit.words()));
        if self.walls {
            words.push("--walls".into());
        }
        let mut say = |option: &str, word: &OsStr| {
            words.extend([OsString::from(option), word.to_owned()]);
        };
        self.cell.read.iter().for_each(|path| say("--read", path.as_os_str()));
        self.cell.write.iter().for_each(|path| say("--write", path.as_os_str()));
        for (name, value) in &self.cell.environment {
            let mut both = name.clone();
            both.push("=");
            both.push(value);
            say("--set", &both);
        }
        words.push("--".into());
        words
    }
}

/// The verb, as it is typed by nobody.
#[derive(clap::Args)]
pub struct Arguments {
    #[arg(long)]
    processor: Option<u64>,
    #[arg(long)]
    memory: Option<u64>,
    #[arg(long)]
    file: Option<u64>,
    /// Make namespaces, and go on in them.
    #[arg(long)]
    walls: bool,
    /// Go on in the namespaces that were made.
    #[arg(long)]
    within: bool,
    #[arg(long)]
    read: Vec<PathBuf>,
    #[arg(long)]
    write: Vec<PathBuf>,
    #[arg(long)]
    set: Vec<OsString>,
    #[arg(last = true, required = true)]
    program: Vec<OsString>,
}

/// Becomes the program, or waits for the one that does. Comes back with its exit code, or when something failed.
pub fn run(arguments: Arguments) -> ExitCode {
    let limits = [
        arguments.processor.map(Limit::Processor),
        arguments.memory.map(Limit::Memory),
        arguments.file.map(Limit::File),
    ];
    for limit in limits.into_iter().flatten() {
        if let Err(error) = limit.set() {
            eprintln!("can't set {limit:?}: {error}");
            return ExitCode::from(2);
        }
    }
    let result = match (arguments.walls, arguments.within) {
        (true, _) => walls::enter(),
        (_, true) => walls::close(&arguments.read, &arguments.write),
        _ => Ok(()),
    };
    if let Err(what) = result {
        eprintln!("{what}");
        return ExitCode::from(2);
    }
    if arguments.walls {
        return go_on_within();
    }
    become_program(&arguments)
}

/// The same order once more, in the new namespaces.
fn go_on_within() -> ExitCode {
    let again =
        std::env::args_os().map(|word| if word == "--walls" { "--within".into() } else { word });
    let mut words = again.skip(1);
    let started = std::env::current_exe().and_then(|program| {
        let verb = words.next().unwrap_or_default();
        Command::new(program).arg(verb).args(words).status()
    });
    match started {
        Ok(status) => {
            let signal = std::os::unix::process::ExitStatusExt::signal(&status);
            let code = status.code().or(signal.map(|signal| 128 + signal));
            ExitCode::from(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(2))
        }
        Err(error) => {
            eprintln!("can't go on in new namespaces: {error}");
            ExitCode::from(2)
        }
    }
}

fn become_program(arguments: &Arguments) -> ExitCode {
    let mut program = Command::new(&arguments.program[0]);
    program.args(&arguments.program[1..]);
    for both in &arguments.set {
        let bytes = both.as_encoded_bytes();
        if let Some(at) = bytes.iter().position(|&byte| byte == b'=') {
            use std::os::unix::ffi::OsStrExt;
            program.env(OsStr::from_bytes(&bytes[..at]), OsStr::from_bytes(&bytes[at + 1..]));
        }
    }
    let error = program.exec();
    eprintln!("can't start {}: {error}", arguments.program[0].display());
    ExitCode::from(2)
}
