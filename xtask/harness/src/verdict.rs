//! The verdicts that a test can get.

/// What became of a test.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Verdict {
    /// The body ran to its end, and left nothing behind.
    Passed,
    /// An assertion of the test did not hold.
    Failed,
    /// The tested code panicked.
    Panicked,
    /// The tested code came to a `todo!`.
    NotWritten,
    /// Every thread waited, and nothing was left that could have woken one.
    Deadlock,
    /// It was still running, or waking up again and again, when its time was over.
    EndlessLoop,
    /// There is a schedule of its threads under which it fails.
    Schedule,
    /// The explorer of schedules cannot follow it.
    NotCheckable,
    /// A signal ended its process.
    Crashed,
    /// It had more processes than it may.
    OverLimit,
    /// Processes, zombies or IPC objects were left.
    LeftBehind,
    /// The process ended before the test was over, or a second process came out of the tested code.
    Forged,
    /// The source does not compile.
    DoesNotCompile,
    /// The checker itself failed: nobody's answer is judged by it.
    NotChecked,
}

impl Verdict {
    /// Every verdict.
    pub const ALL: [Self; 14] = [
        Self::Passed,
        Self::Failed,
        Self::Panicked,
        Self::NotWritten,
        Self::Deadlock,
        Self::EndlessLoop,
        Self::Schedule,
        Self::NotCheckable,
        Self::Crashed,
        Self::OverLimit,
        Self::LeftBehind,
        Self::Forged,
        Self::DoesNotCompile,
        Self::NotChecked,
    ];

    /// Its name in files: lower case, words joined by hyphens.
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Panicked => "panicked",
            Self::NotWritten => "not-written",
            Self::Deadlock => "deadlock",
            Self::EndlessLoop => "endless-loop",
            Self::Schedule => "schedule",
            Self::NotCheckable => "not-checkable",
            Self::Crashed => "crashed",
            Self::OverLimit => "over-limit",
            Self::LeftBehind => "left-behind",
            Self::Forged => "forged",
            Self::DoesNotCompile => "does-not-compile",
            Self::NotChecked => "not-checked",
        }
    }

    /// The verdict with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.name() == name)
    }

    /// Its name for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::NotWritten => "not written yet",
            Self::EndlessLoop => "endless loop",
            Self::Schedule => "fails under a schedule",
            Self::NotCheckable => "not checkable",
            Self::OverLimit => "over its limit",
            Self::LeftBehind => "left something behind",
            Self::Forged => "ended early",
            Self::DoesNotCompile => "does not compile",
            Self::NotChecked => "not checked",
            same => same.name(),
        }
    }
}
