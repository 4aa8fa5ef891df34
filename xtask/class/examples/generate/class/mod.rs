//! A class that is made from a seed: who hands in what, and how.

mod answer;
mod form;
mod names;

pub use answer::Answer;
pub use form::Form;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};
use xtask::catalogue::Section;
use xtask::course;
use xtask::fault::Fault;
use xtask::mistake::{self, Mistake};
use xtask::stage_source::Staged;

/// So many mistakes of a section are made in a class: students make the same ones, and hand in the same files.
const KNOWN_MISTAKES: usize = 4;
/// One in so many hands in a `student.toml`.
const NAMED: u32 = 3;

/// What a class is made from.
pub struct Plan {
    /// How many hand something in.
    pub students: usize,
    /// The same seed makes the same class.
    pub seed: u64,
    /// What they work on.
    pub sections: Vec<Section>,
}

/// What must come of a class.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
pub struct Expected {
    /// What it was made from.
    pub seed: u64,
    /// One for each file or folder of the class, by name.
    pub entries: Vec<Entry>,
}

/// What one student handed in.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
pub struct Entry {
    /// The name of the file or folder.
    pub entry: String,
    /// What its `student.toml` says, where it has one.
    pub name: Option<String>,
    /// How it is handed in.
    pub form: Form,
    /// One for each section.
    pub sections: Vec<Expectation>,
}

/// What one student handed in for a section.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
pub struct Expectation {
    /// The section's name.
    pub section: String,
    /// What was put in, and so what must come of it.
    #[serde(flatten)]
    pub answer: Answer,
}

/// Makes the class in a folder that is not there yet.
///
/// # Errors
/// The folder is there, something can't be written, or the course can't be read.
pub fn generate(plan: &Plan, folder: &Path) -> Result<Expected, Fault> {
    let mut random = StdRng::seed_from_u64(plan.seed);
    let mistakes = known_mistakes(&plan.sections, &mut random)?;
    let full = |error| Fault::new(format!("can't make {}: {error}", folder.display()));
    fs::create_dir(folder).map_err(full)?;
    let workshop = Workshop::open(folder).map_err(full)?;
    let forms = Form::possible();
    let mut entries = vec![];
    for number in 0..plan.students {
        let student = Student::invent(number, &forms, &mistakes, &mut random);
        let files = student.files(&plan.sections, &mistakes)?;
        let entry = student.form.write(&student.entry, &files, folder, &workshop.0)?;
        entries.push(student.expected(entry, &plan.sections));
    }
    entries.sort_by(|one, other| one.entry.cmp(&other.entry));
    Ok(Expected { seed: plan.seed, entries })
}

/// Somebody who hands in something.
struct Student {
    /// What is said in `student.toml`, if there is one.
    name: Option<String>,
    /// The name of what is handed in, without the ending that its form has.
    entry: String,
    form: Form,
    layout: Layout,
    /// A folder of its name is around everything in it, as most programs pack it.
    is_wrapped: bool,
    /// One for each section.
    answers: Vec<Answer>,
}

/// Where the sections are in what is handed in.
#[derive(Clone, Copy)]
enum Layout {
    /// Below `exercises`, with the rest of the course.
    Course,
    /// The folders of the sections alone.
    Sections,
}

impl Student {
    fn invent(
        number: usize,
        forms: &[Form],
        mistakes: &[Vec<Mistake>],
        random: &mut StdRng,
    ) -> Self {
        let (name, entry) = names::invent(number, random);
        let form = forms[number % forms.len()];
        let is_named = names::is_common(number) || random.random_ratio(1, NAMED);
        Self {
            name: is_named.then_some(name),
            entry,
            form,
            layout: if random.random() { Layout::Course } else { Layout::Sections },
            is_wrapped: form.is_archive() && random.random(),
            answers: mistakes.iter().map(|known| Answer::invent(known, random)).collect(),
        }
    }

    /// All that is handed in: what is asked for, and what lies beside it.
    fn files(&self, sections: &[Section], mistakes: &[Vec<Mistake>]) -> Result<Vec<Staged>, Fault> {
        let mut all = vec![];
        if let Some(name) = &self.name {
            let name = toml::Value::from(name.as_str());
            all.push(Staged {
                file: "student.toml".into(),
                text: format!("name = {name}\n").into(),
            });
        }
        let place = match self.layout {
            Layout::Sections => PathBuf::new(),
            Layout::Course => {
                for name in ["Cargo.toml", "LICENSE-MIT"] {
                    all.push(read(&course::root().join(name), Path::new(name))?);
                }
                PathBuf::from("exercises")
            }
        };
        for ((section, known), answer) in sections.iter().zip(mistakes).zip(&self.answers) {
            let folder = place.join(section.folder_name());
            let files = answer.files(section, known)?;
            if !files.is_empty() {
                let manifest = course::exercise(section).join("Cargo.toml");
                all.push(read(&manifest, &folder.join("Cargo.toml"))?);
            }
            all.extend(
                files
                    .into_iter()
                    .map(|Staged { file, text }| Staged { file: folder.join(file), text }),
            );
        }
        if self.is_wrapped {
            all.iter_mut()
                .for_each(|staged| staged.file = Path::new(&self.entry).join(&staged.file));
        }
        Ok(all)
    }

    fn expected(self, entry: String, sections: &[Section]) -> Entry {
        let answers = sections.iter().zip(self.answers);
        let sections = answers
            .map(|(section, answer)| Expectation { section: section.name.clone(), answer })
            .collect();
        Entry { entry, name: self.name, form: self.form, sections }
    }
}

fn read(file: &Path, inside: &Path) -> Result<Staged, Fault> {
    let text = fs::read(file)
        .map_err(|error| Fault::new(format!("can't read {}: {error}", course::shown(file))))?;
    Ok(Staged { file: inside.to_owned(), text })
}

/// The mistakes that this class makes, for each section.
fn known_mistakes(sections: &[Section], random: &mut StdRng) -> Result<Vec<Vec<Mistake>>, Fault> {
    let choose = |section| {
        let mut all = mistake::load(section)?;
        while all.len() > KNOWN_MISTAKES {
            all.remove(random.random_range(..all.len()));
        }
        Ok(all)
    };
    sections.iter().map(choose).collect()
}

/// A folder beside the class, in which submissions are packed.
struct Workshop(PathBuf);

impl Workshop {
    fn open(class: &Path) -> std::io::Result<Self> {
        let mut folder = class.to_owned().into_os_string();
        folder.push(".workshop");
        fs::create_dir(&folder)?;
        Ok(Self(folder.into()))
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
