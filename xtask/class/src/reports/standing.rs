//! What became of a section, in a word and a sign: the worst of its tests stands for it.

use crate::record::{Class, Outcome, Student, TestResult};
use harness::Verdict;

/// The verdicts, the worst first. A fault of the checker outranks all: it never reads as the student's.
const WORST_FIRST: [Verdict; 14] = [
    Verdict::NotChecked,
    Verdict::Forged,
    Verdict::DoesNotCompile,
    Verdict::Crashed,
    Verdict::OverLimit,
    Verdict::LeftBehind,
    Verdict::EndlessLoop,
    Verdict::Deadlock,
    Verdict::Schedule,
    Verdict::NotCheckable,
    Verdict::Panicked,
    Verdict::Failed,
    Verdict::NotWritten,
    Verdict::Passed,
];

/// What became of a section.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Standing {
    /// The worst verdict of the tests that count.
    Verdict(Verdict),
    /// There is nothing of it in the submission.
    NotHandedIn,
    /// Nothing could be taken from the submission at all.
    NothingTaken,
}

impl Standing {
    /// That of a section of the student's.
    pub fn of(student: &Student, section: &str) -> Self {
        if student.trouble.is_some() {
            return Self::NothingTaken;
        }
        match student.outcome(section) {
            Some(Outcome::NotHandedIn) => Self::NotHandedIn,
            Some(Outcome::DoesNotCompile { .. }) => Self::Verdict(Verdict::DoesNotCompile),
            Some(Outcome::NotChecked { .. }) | None => Self::Verdict(Verdict::NotChecked),
            Some(Outcome::Ran { tests }) => {
                let counted = tests.iter().filter(|test| !is_optional(&test.name)).map(verdict);
                Self::Verdict(worst(counted).unwrap_or(Verdict::NotChecked))
            }
        }
    }

    /// Its name in files and links.
    pub fn name(self) -> &'static str {
        match self {
            Self::Verdict(verdict) => verdict.name(),
            Self::NotHandedIn => "not-handed-in",
            Self::NothingTaken => "nothing-taken",
        }
    }

    /// Its name for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Verdict(verdict) => verdict.title(),
            Self::NotHandedIn => "not handed in",
            Self::NothingTaken => "nothing taken",
        }
    }

    /// A sign for it.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Verdict(Verdict::Passed) => "✓",
            Self::Verdict(Verdict::NotChecked) => "?",
            Self::Verdict(Verdict::NotWritten) => "○",
            Self::Verdict(Verdict::DoesNotCompile) => "!",
            Self::Verdict(Verdict::Forged) => "⚑",
            Self::Verdict(_) => "✗",
            Self::NotHandedIn | Self::NothingTaken => "–",
        }
    }

    /// The class by which the style sheet knows it.
    pub fn look(self) -> &'static str {
        match self {
            Self::Verdict(Verdict::Passed) => "good",
            Self::Verdict(Verdict::NotChecked) => "unchecked",
            Self::Verdict(Verdict::Forged) => "forged",
            Self::Verdict(Verdict::NotWritten) | Self::NotHandedIn | Self::NothingTaken => "empty",
            Self::Verdict(_) => "bad",
        }
    }

    /// Do its points count as they are? Otherwise they are not known yet.
    pub fn is_known(self) -> bool {
        self != Self::Verdict(Verdict::NotChecked)
    }
}

/// The verdict of a test. One that this program does not know is no verdict.
pub fn verdict(test: &TestResult) -> Verdict {
    Verdict::from_name(&test.verdict).unwrap_or(Verdict::NotChecked)
}

/// The worst of some verdicts.
pub fn worst(verdicts: impl Iterator<Item = Verdict>) -> Option<Verdict> {
    verdicts.min_by_key(|verdict| rank(*verdict))
}

/// How bad it is: the lower, the worse.
pub fn rank(verdict: Verdict) -> usize {
    WORST_FIRST.iter().position(|&other| other == verdict).unwrap_or(0)
}

/// Is this a test for those who want more?
pub fn is_optional(test: &str) -> bool {
    test.starts_with("further::")
}

/// Are all points of the student known?
pub fn is_known(class: &Class, student: &Student) -> bool {
    class.sections.iter().all(|section| Standing::of(student, &section.name).is_known())
}

impl Student {
    /// How far the section came; none when there is trouble.
    pub fn outcome(&self, section: &str) -> Option<&Outcome> {
        self.results.iter().find(|result| result.section == section).map(|result| &result.outcome)
    }

    /// The points of one section.
    pub fn points_of(&self, section: &str) -> u32 {
        let result = self.results.iter().find(|result| result.section == section);
        result.map_or(0, |result| result.points)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::sample;

    #[test]
    fn every_verdict_has_its_rank() {
        for verdict in Verdict::ALL {
            assert_eq!(WORST_FIRST.iter().filter(|&&other| other == verdict).count(), 1);
        }
    }

    #[test]
    fn the_worst_verdict_that_counts_stands_for_the_section() {
        let class = sample::small();
        let names = |student: usize| {
            let of = |section: &str| Standing::of(&class.students[student], section).name();
            (of("pipes"), of("locks"))
        };
        assert_eq!(names(0), ("passed", "deadlock"));
        assert_eq!(names(1), ("does-not-compile", "not-handed-in"));
        assert_eq!(names(2), ("not-checked", "forged"));
        assert_eq!(names(3), ("nothing-taken", "nothing-taken"));
    }

    #[test]
    fn an_unknown_verdict_is_none() {
        let test = TestResult { verdict: "splendid".into(), ..TestResult::default() };
        assert_eq!(verdict(&test), Verdict::NotChecked);
    }
}
