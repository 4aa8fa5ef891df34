//! How something is handed in.

use serde::{Deserialize, Serialize};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};
use xtask::fault::Fault;
use xtask::stage_source::Staged;

/// A file, a folder, or what is in them.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// As it is.
    Folder,
    /// A folder with `.git`, all of it committed.
    Repository,
    /// A repository in a file.
    Bundle,
    /// An archive with this ending.
    Zip,
    Tar,
    TarGz,
    TarBz2,
    TarXz,
    TarZst,
}

const ALL: [Form; 9] = [
    Form::Folder,
    Form::Zip,
    Form::TarGz,
    Form::Repository,
    Form::TarXz,
    Form::Bundle,
    Form::TarZst,
    Form::Tar,
    Form::TarBz2,
];

/// The date of all files: archives have it in them.
const DATE: Duration = Duration::from_secs(1_700_000_000);

impl Form {
    /// The forms that can be made here: each by the programs that students use for it.
    pub fn possible() -> Vec<Self> {
        let is_there = |program: &&str| {
            let mut program = Command::new(program);
            program.arg("--version").stdin(Stdio::null()).stdout(Stdio::null());
            program.stderr(Stdio::null()).status().is_ok_and(|status| status.success())
        };
        ALL.into_iter().filter(|form| form.programs().iter().all(is_there)).collect()
    }

    fn programs(self) -> &'static [&'static str] {
        match self {
            Self::Folder => &[],
            Self::Repository | Self::Bundle => &["git"],
            Self::Zip => &["zip"],
            Self::Tar => &["tar"],
            Self::TarGz => &["tar", "gzip"],
            Self::TarBz2 => &["tar", "bzip2"],
            Self::TarXz => &["tar", "xz"],
            Self::TarZst => &["tar", "zstd"],
        }
    }

    /// Is it a file that programs pack?
    pub fn is_archive(self) -> bool {
        !matches!(self, Self::Folder | Self::Repository | Self::Bundle)
    }

    /// What its name ends with.
    fn ending(self) -> &'static str {
        match self {
            Self::Folder | Self::Repository => "",
            Self::Bundle => ".bundle",
            Self::Zip => ".zip",
            Self::Tar => ".tar",
            Self::TarGz => ".tar.gz",
            Self::TarBz2 => ".tar.bz2",
            Self::TarXz => ".tar.xz",
            Self::TarZst => ".tar.zst",
        }
    }

    /// Writes the files in this form into the folder of the class; the name of what is there then. They are put
    /// together in `workshop`, which is empty.
    ///
    /// # Errors
    /// The disk refuses, or a program is not there.
    pub fn write(
        self,
        name: &str,
        files: &[Staged],
        class: &Path,
        workshop: &Path,
    ) -> Result<String, Fault> {
        let entry = format!("{name}{}", self.ending());
        let place = std::path::absolute(class.join(&entry)).unwrap_or(class.join(&entry));
        let packed = workshop.join("files");
        let folder = match self {
            Self::Folder | Self::Repository => &place,
            _ => &packed,
        };
        let full =
            |error: io::Error| Fault::new(format!("can't write {}: {error}", place.display()));
        put(files, folder).map_err(full)?;
        match self {
            Self::Folder => {}
            Self::Repository => commit(folder)?,
            Self::Bundle => {
                commit(folder)?;
                git(
                    folder,
                    &[
                        "bundle".as_ref(),
                        "create".as_ref(),
                        "--quiet".as_ref(),
                        place.as_os_str(),
                        "--all".as_ref(),
                    ],
                )?;
            }
            Self::Zip => zip(folder, files, &place)?,
            Self::Tar | Self::TarGz | Self::TarBz2 | Self::TarXz | Self::TarZst => {
                tar(folder, &place)?;
            }
        }
        if folder == &packed {
            fs::remove_dir_all(&packed).map_err(full)?;
        }
        Ok(entry)
    }
}

/// Writes the files, all with the same date.
fn put(files: &[Staged], folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut paths: Vec<PathBuf> = vec![folder.to_owned()];
    for Staged { file, text } in files {
        let path = folder.join(file);
        let above = path.parent().unwrap_or(folder);
        fs::create_dir_all(above)?;
        fs::write(&path, text)?;
        paths.extend(above.ancestors().take_while(|above| *above != folder).map(Path::to_owned));
        paths.push(path);
    }
    paths.iter().try_for_each(|path| File::open(path)?.set_modified(SystemTime::UNIX_EPOCH + DATE))
}

/// A tar of the folder, compressed as its ending says.
fn tar(folder: &Path, archive: &Path) -> Result<(), Fault> {
    let mut tar = Command::new("tar");
    tar.args([
        "--create",
        "--auto-compress",
        "--sort=name",
        "--owner=0",
        "--group=0",
        "--numeric-owner",
    ]);
    tar.args(["--mode=u=rwX,go=rX", "--force-local", "--file"]).arg(archive);
    run(tar.arg("--directory").arg(folder).arg("."), "")
}

/// A zip of the files.
fn zip(folder: &Path, files: &[Staged], archive: &Path) -> Result<(), Fault> {
    let names: Vec<String> =
        files.iter().map(|staged| format!("{}\n", staged.file.display())).collect();
    let mut zip = Command::new("zip");
    // Without owners, and without what the time of day is.
    zip.args(["--quiet", "-X", "--names-stdin"]).arg(archive).env("TZ", "UTC").current_dir(folder);
    run(&mut zip, &names.concat())
}

/// A repository in the folder, with one commit.
fn commit(folder: &Path) -> Result<(), Fault> {
    git(folder, &["init", "--quiet", "--initial-branch=main"].map(OsStr::new))?;
    git(folder, &["add", "--all", "--force"].map(OsStr::new))?;
    git(folder, &["commit", "--quiet", "--allow-empty", "--message=Done"].map(OsStr::new))
}

fn git(folder: &Path, arguments: &[&OsStr]) -> Result<(), Fault> {
    let date = format!("{} +0000", DATE.as_secs());
    let mut git = Command::new("git");
    git.args(arguments).current_dir(folder);
    // Nothing of whoever makes the class: neither settings, nor hooks, nor another repository's variables.
    git.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    git.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
    for who in ["AUTHOR", "COMMITTER"] {
        git.env(format!("GIT_{who}_NAME"), "student")
            .env(format!("GIT_{who}_EMAIL"), "student@localhost");
        git.env(format!("GIT_{who}_DATE"), &date);
    }
    run(&mut git, "")
}

/// Runs the program, which gets `input`, to its end.
fn run(program: &mut Command, input: &str) -> Result<(), Fault> {
    let name = program.get_program().to_string_lossy().into_owned();
    let failed = |what: String| Fault::new(format!("{name}: {what}")).next("Is it installed?");
    let mut child = program
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    let given = child.stdin.take().expect("a pipe, as asked for").write_all(input.as_bytes());
    let status = child.wait().map_err(|error| failed(error.to_string()))?;
    match given {
        Ok(()) if status.success() => Ok(()),
        Ok(()) => Err(failed(format!("it ended with {status}"))),
        Err(error) => Err(failed(error.to_string())),
    }
}
