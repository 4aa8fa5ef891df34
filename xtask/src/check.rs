//! `cargo xtask check`: what is right, and what to mend first.

use crate::catalogue::{self, Section};
use crate::class;
use crate::course;
use crate::examine;
use crate::execute::{self, Manner};
use crate::fault::Fault;
use crate::judge::{Judged, Standing};
use crate::memory;
use crate::replay;
use crate::show::{self, json, live::Live, picture, terminal, text};
use crate::source::{self, Origin};
use crate::translation::Translation;
use crate::words;
use clap::ValueEnum;
use harness::{Limits, Schedules};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc;
use std::time::Duration;

/// Checks your answers, and explains the first thing to mend
///
/// Each test runs in a process of its own, with a deadline, and nothing of it
/// is left afterwards.
///
/// Exit code: 0 everything has passed, 1 something has not, 2 something could
/// not be checked.
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Arguments {
    /// Number, name, or the beginning of a name; none: all, in their order
    #[arg(value_name = "SECTION")]
    pub sections: Vec<String>,
    /// Check the reference solutions
    #[arg(long, conflicts_with = "from")]
    solutions: bool,
    /// Check another folder: a copy of the course, one exercise, or any
    /// folder with `src`; nothing but `src` is taken from it
    #[arg(long, value_name = "DIR", verbatim_doc_comment)]
    pub from: Option<PathBuf>,
    /// For people, or one JSON document on standard output for programs
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// When a test is stopped; a deadlock is found much earlier
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    pub deadline: Duration,
    /// How many tests run at once [default: two a core]; of a class, how many
    /// submissions [default: one a core], with two tests each
    #[arg(long, value_name = "N", verbatim_doc_comment, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub jobs: Option<u16>,
    /// Run one test under the one schedule of that name, which an earlier
    /// check has told
    #[arg(long, value_name = "TEST:ID", verbatim_doc_comment)]
    replay: Option<String>,
    /// Look at N times as many schedules as usual
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "10", conflicts_with = "replay",
          value_parser = clap::value_parser!(u16).range(1..=1000))]
    thorough: Option<u16>,
    /// Draw the first schedule that fails, as SVG
    #[arg(long, value_name = "FILE")]
    picture: Option<PathBuf>,
    #[command(flatten)]
    pub class: class::Arguments,
}

impl Arguments {
    /// Is it more than one person's work, or for a platform that grades?
    pub fn is_of_class(&self) -> bool {
        self.class.class.is_some() || self.format.is_of_platform()
    }

    /// Does every option mean something beside the others? Where `clap` can't say it: some go with `--class` and with
    /// the format of a platform, and some with neither.
    ///
    /// # Errors
    /// The first that would be without effect.
    pub fn require_meaning(&self) -> Result<(), Fault> {
        let of_no_platform = [
            (self.solutions, "--solutions"),
            (self.replay.is_some(), "--replay"),
            (self.thorough.is_some(), "--thorough"),
            (self.picture.is_some(), "--picture"),
            // `requires` does not hold beside what conflicts with that which is required.
            (self.class.shard.is_some(), "--shard"),
        ];
        let of_no_platform = of_no_platform.into_iter().find(|(is_typed, _)| *is_typed);
        match (of_no_platform, self.class.first_of_grading()) {
            (Some((_, option)), _)
                if self.class.class.is_none() && self.format.is_of_platform() =>
            {
                Err(Fault::new(format!("{option} means nothing for a platform that grades"))
                    .next(format!("Leave out {option}, or --format.")))
            }
            (_, Some(option)) if !self.is_of_class() => {
                Err(Fault::new(format!("{option} means nothing where no grades are given"))
                    .next(format!("Leave out {option}, or say what is graded: --class DIR")))
            }
            _ => Ok(()),
        }
    }
}

/// For whom the result is written.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub enum Format {
    Text,
    Json,
    /// One submission, named by --from, graded as in a class: `results.json` of Gradescope in the folder of --report
    Gradescope,
    /// The same, as the `result` of a grader of GitHub Classroom: `result.txt`
    GithubClassroom,
}

impl Format {
    /// Is it read by a platform that grades?
    pub fn is_of_platform(self) -> bool {
        matches!(self, Self::Gradescope | Self::GithubClassroom)
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(deadline) if (0.05..=3600.0).contains(&seconds) => Ok(deadline),
        _ => Err("a deadline is between 0.05 and 3600 seconds".into()),
    }
}

pub fn run(arguments: Arguments) -> Result<ExitCode, Fault> {
    arguments.require_meaning()?;
    let origin = match (&arguments.from, arguments.solutions) {
        (Some(folder), _) => Origin::Folder(folder.clone()),
        (None, true) => {
            course::require_solutions()?;
            Origin::Solution
        }
        (None, false) => Origin::Exercise,
    };
    let mut sections = chosen(&arguments, &origin)?;
    let manner = manner(&arguments, &mut sections)?;
    if let Some(file) = &arguments.picture {
        picture::require_free(file)?;
    }
    let for_people = arguments.format == Format::Text;
    let several = sections.len() > 1;

    let live = Live::default();
    let all = check(sections, &origin, &manner, for_people, &live, |judged| {
        if for_people && several {
            terminal::section_line(judged);
        }
    });
    live.clear();
    let is_replay = matches!(manner.schedules, Schedules::One(_));
    if is_replay {
        all.iter().try_for_each(replay::require_known)?;
    }
    match arguments.format {
        Format::Json => println!("{}", json::document(&all)),
        Format::Gradescope | Format::GithubClassroom => unreachable!("is_of_class"),
        Format::Text if is_replay => {
            all.iter().for_each(|judged| terminal::replayed(judged, &origin));
        }
        Format::Text => {
            let first = all.iter().find(|judged| judged.standing() != Standing::Passed);
            // One section is always shown in full; of several, the first that is not done.
            if let Some(judged) = first.or(all.first().filter(|_| !several)) {
                terminal::section_in_full(judged, &origin);
            }
        }
    }
    if let Some(file) = &arguments.picture {
        draw(&all, file, for_people)?;
    }
    Ok(exit_code(&all))
}

fn exit_code(all: &[Judged]) -> ExitCode {
    let standing = all.iter().map(Judged::standing).max().unwrap_or(Standing::NotChecked);
    ExitCode::from(match standing {
        Standing::Passed => 0,
        Standing::Failed => 1,
        Standing::NotChecked => 2,
    })
}

/// How the tests are run. For one schedule alone, the sections are narrowed to its test.
fn manner(arguments: &Arguments, sections: &mut [Section]) -> Result<Manner, Fault> {
    let schedules = match (&arguments.replay, arguments.thorough) {
        (Some(wanted), _) => Schedules::One(replay::narrow(sections, wanted)?),
        (None, Some(times)) => Schedules::Times(times),
        (None, None) => Schedules::Usual,
    };
    let limits = Limits { deadline: arguments.deadline, ..Limits::default() };
    let jobs = arguments.jobs.map_or_else(execute::default_jobs, usize::from);
    Ok(Manner { limits, jobs, schedules })
}

/// Draws the first schedule under which a test fails.
fn draw(all: &[Judged], file: &Path, for_people: bool) -> Result<(), Fault> {
    let mut failed = all.iter().flat_map(|judged| {
        judged.tests().iter().filter_map(move |test| {
            let schedule = test.schedule.as_ref()?.as_ref().ok()?;
            Some((judged, test.test.name.as_str(), schedule))
        })
    });
    let said = match failed.next() {
        Some((judged, test, schedule)) => {
            let told = Translation::of(&judged.section).schedule(schedule);
            picture::write(file, test, &told)?;
            let file = file.display();
            words!("{file} shows how {test} fails.", "{file} montre comment {test} échoue.")
        }
        None => words!(
            "No test failed under a schedule, so there is no picture.",
            "Aucun test n'a échoué sous un ordonnancement : il n'y a donc pas d'image."
        ),
    };
    if for_people {
        anstream::println!("\n  {}", text::safe(&said));
    }
    Ok(())
}

/// The sections that are asked for; of a folder that has one, that one.
fn chosen(arguments: &Arguments, origin: &Origin) -> Result<Vec<Section>, Fault> {
    if let (Origin::Folder(folder), true) = (origin, arguments.sections.is_empty()) {
        if !folder.is_dir() {
            let folder = folder.display();
            let what = words!("{folder} is not a folder", "{folder} n'est pas un dossier");
            return Err(Fault::new(what));
        }
        if source::has_one_source(folder) {
            let full = folder.canonicalize().unwrap_or_else(|_| folder.clone());
            let name = full.file_name().unwrap_or_default().to_string_lossy().into_owned();
            return catalogue::select(&[name]).map_err(|_| {
                let folder = folder.display();
                Fault::new(words!(
                    "{folder} has a `src`, but of which section?",
                    "{folder} a un `src`, mais de quelle section ?"
                ))
                .next(words!(
                    "Name it:   cargo xtask check SECTION --from DIR",
                    "Nommez-la :   cargo xtask check SECTION --from DIR"
                ))
            });
        }
    }
    catalogue::select(&arguments.sections)
}

/// Checks section after section, and tells `checked` of each; while the tests of one run, the next is built.
fn check(
    sections: Vec<Section>,
    origin: &Origin,
    manner: &Manner,
    for_people: bool,
    live: &Live,
    checked: impl Fn(&Judged),
) -> Vec<Judged> {
    let colour = for_people && show::has_colour();
    let mut all = vec![];
    std::thread::scope(|scope| {
        let (sender, receiver) = mpsc::sync_channel(1);
        scope.spawn(move || {
            for section in sections {
                let name = section.name.clone();
                live.say(&words!("{name}: building", "{name} : construction"));
                let progress = |line: &str| {
                    live.say(&words!("{name}: building: {line}", "{name} : construction : {line}"));
                };
                if sender.send(examine::build(section, origin, colour, &progress)).is_err() {
                    break;
                }
            }
        });
        for built in receiver {
            let (name, count) = (built.section.name.clone(), built.section.tests.len());
            let progress = |done: usize| {
                live.say(&words!(
                    "{name}: {done} of {count} tests",
                    "{name} : test {done} sur {count}"
                ));
            };
            let judged = examine::run(built, manner, &progress);
            // One schedule of one test says little of the section.
            let is_whole = !matches!(manner.schedules, Schedules::One(_));
            if *origin == Origin::Exercise && is_whole {
                memory::Progress::of(&judged).save();
            }
            live.clear();
            checked(&judged);
            all.push(judged);
        }
    });
    all
}
