//! What a student hands in for a section, and what must come of it.

use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use serde::{Deserialize, Serialize};
use std::path::Path;
use xtask::catalogue::Section;
use xtask::course;
use xtask::fault::Fault;
use xtask::mistake::{self, Mistake};
use xtask::stage_source::{self, Staged};

/// Of a hundred answers so many are references, then stubs, then mistakes; of the rest there is nothing.
const REFERENCES: u32 = 30;
const STUBS: u32 = 15;
const MISTAKES: u32 = 45;

/// What was put in.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "put_in", rename_all = "kebab-case")]
pub enum Answer {
    /// Every test must pass.
    Reference,
    /// Every test must fail.
    Stub,
    /// This test must give this verdict.
    Mistake {
        /// The name of its file, without the ending.
        mistake: String,
        /// Stage and name.
        test: String,
        /// As in reports.
        verdict: String,
    },
    /// It is not handed in.
    Nothing,
}

impl Answer {
    /// One at random, of a class that makes these mistakes.
    pub fn invent(mistakes: &[Mistake], random: &mut StdRng) -> Self {
        let mistake = mistakes.choose(random);
        match (random.random_range(0..100_u32), mistake) {
            (0..REFERENCES, _) => Self::Reference,
            (..STUBS_END, _) => Self::Stub,
            (..MISTAKES_END, Some(mistake)) => Self::Mistake {
                mistake: mistake.name.clone(),
                test: mistake.test.clone(),
                verdict: mistake.verdict.name().into(),
            },
            _ => Self::Nothing,
        }
    }

    /// The files of the answer, below the section's folder; none when there is nothing.
    pub fn files(&self, section: &Section, mistakes: &[Mistake]) -> Result<Vec<Staged>, Fault> {
        let all_of =
            |folder: &Path| stage_source::take(&folder.join("src")).map(|(files, _)| files);
        match self {
            Self::Reference => all_of(&course::solution(section)),
            Self::Stub => all_of(&course::exercise(section)),
            Self::Nothing => Ok(vec![]),
            Self::Mistake { mistake: name, .. } => {
                let mistake = mistakes.iter().find(|mistake| mistake.name == *name);
                let gone = || Fault::new(format!("{section} has no mistake {name}"));
                mistake::make(section, mistake.ok_or_else(gone)?)
            }
        }
    }
}

const STUBS_END: u32 = REFERENCES + STUBS;
const MISTAKES_END: u32 = STUBS_END + MISTAKES;
