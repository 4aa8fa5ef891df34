//! Wrong answers, each a few lines away from the reference, that a test must reject.

use crate::catalogue::Section;
use crate::course;
use crate::fault::Fault;
use crate::source::Candidate;
use crate::stage_source::{self, Staged};
use harness::Verdict;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// A wrong answer.
pub struct Mistake {
    /// The name of its file, without the ending.
    pub name: String,
    /// The test that must reject it.
    pub test: String,
    /// The verdict that it must get there.
    pub verdict: Verdict,
    edits: Vec<Edit>,
}

/// A mistake's file, as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    why: String,
    test: String,
    verdict: String,
    #[serde(rename = "edit")]
    edits: Vec<Edit>,
}

/// One change to the reference.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    #[serde(default = "library")]
    file: PathBuf,
    /// What stands in the reference, exactly once.
    find: String,
    /// What the mistake has instead.
    replace: String,
}

fn library() -> PathBuf {
    "src/lib.rs".into()
}

/// The mistakes of a section, by name.
pub fn load(section: &Section) -> Result<Vec<Mistake>, Fault> {
    let folder = course::solution(section).join("mistakes");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(&folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    paths.sort();
    paths.iter().map(|path| load_one(section, path)).collect()
}

fn load_one(section: &Section, path: &Path) -> Result<Mistake, Fault> {
    let broken = |what: String| Fault::new(format!("{}: {what}", course::shown(path)));
    let text = std::fs::read_to_string(path).map_err(|error| broken(error.to_string()))?;
    let file: File = toml::from_str(&text).map_err(|error| broken(error.to_string()))?;
    if file.why.trim().is_empty() {
        return Err(broken("it does not say why it is wrong".into()));
    }
    if !section.tests.iter().any(|test| test.name == file.test) {
        return Err(broken(format!("there is no test {}", file.test)));
    }
    let verdict = Verdict::from_name(&file.verdict)
        .ok_or_else(|| broken(format!("there is no verdict {:?}", file.verdict)))?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Mistake { name, test: file.test, verdict, edits: file.edits })
}

/// The reference with this mistake in it, staged in a place of this name; without the programs, which no test starts.
pub fn stage(section: &Section, mistake: &Mistake, place: &str) -> Result<Candidate, Fault> {
    stage_source::stage_alone(section, place, make(section, mistake)?)
}

/// The files of the reference, with this mistake in them.
pub fn make(section: &Section, mistake: &Mistake) -> Result<Vec<Staged>, Fault> {
    let (mut files, _) = stage_source::take(&course::solution(section).join("src"))?;
    for edit in &mistake.edits {
        apply(edit, &mut files)
            .map_err(|what| Fault::new(format!("mistake {} of {section}: {what}", mistake.name)))?;
    }
    Ok(files)
}

/// Makes the edit in the file that it is for.
///
/// # Errors
/// There is no such file, or what the edit looks for is not in it just once.
pub fn apply(edit: &Edit, files: &mut [Staged]) -> Result<(), String> {
    let staged = files.iter_mut().find(|staged| staged.file == edit.file);
    let staged = staged.ok_or_else(|| format!("there is no {}", edit.file.display()))?;
    let text = String::from_utf8_lossy(&staged.text);
    match text.matches(&edit.find).count() {
        1 => {
            staged.text = text.replacen(&edit.find, &edit.replace, 1).into_bytes();
            Ok(())
        }
        count => Err(format!("{:?} is there {count} times, not once", edit.find)),
    }
}
