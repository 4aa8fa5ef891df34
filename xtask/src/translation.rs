//! What stands in English in the course and is shown in French: titles, reasons, hints, and the messages of tests.
//!
//! Inside, everything stays English: names, the memory, JSON. Only what a person is about to read passes through here.

mod face;
mod messages;
mod pattern;

pub use face::{Face, Mirror};
pub use messages::Messages;
pub use pattern::Pattern;

use crate::catalogue::{Section, Test};
use crate::course;
use crate::language::{self, Language};
use crate::schedule::{Schedule, What};
use harness::split_assertion;

/// A section, as it is told in the chosen language. What has no French is told in English.
pub struct Translation<'a> {
    section: &'a Section,
    face: Option<Face>,
    messages: Option<Messages>,
}

impl<'a> Translation<'a> {
    /// Reads the section's `section.fr.toml` if the language is French. One that can't be read counts as one that is not
    /// there: `verify` tells of it, and a student has English at least.
    pub fn of(section: &'a Section) -> Self {
        match language::chosen() {
            Language::English => Self { section, face: None, messages: None },
            Language::French => {
                let file = course::exercise(section).join("section.fr.toml");
                let face = Face::load(&file).ok();
                let messages = face.as_ref().map(|face| face.messages.clone()).unwrap_or_default();
                Self { section, face, messages: Some(Messages::new(messages)) }
            }
        }
    }

    /// The name of the section.
    pub fn title(&self) -> &str {
        self.face.as_ref().map_or(&self.section.title, |face| &face.title)
    }

    /// What the test wants, and why.
    pub fn why<'b>(&'b self, test: &'b Test) -> &'b str {
        self.mirror(test).map_or(&test.why, |mirror| &mirror.why)
    }

    /// From a nudge to nearly the answer.
    pub fn hints<'b>(&'b self, test: &'b Test) -> &'b [String; 3] {
        self.mirror(test).map_or(&test.hints, |mirror| &mirror.hints)
    }

    fn mirror(&self, test: &Test) -> Option<&Mirror> {
        self.face.as_ref()?.tests.iter().find(|mirror| mirror.name == test.name)
    }

    /// A message of a test, of the harness or of the explorer.
    pub fn message(&self, english: &str) -> String {
        let french = self.messages.as_ref().and_then(|messages| messages.french(english));
        french.unwrap_or_else(|| english.to_owned())
    }

    /// The same schedule with its messages in the chosen language; what was compared stays as it is.
    pub fn schedule(&self, schedule: &Schedule) -> Schedule {
        let mut told = schedule.clone();
        for event in told.events.iter_mut().filter(|event| event.what == What::Panic) {
            event.value = match split_assertion(&event.value) {
                (message, Some((left, right))) => {
                    let message = self.message(&message);
                    format!(
                        "assertion `left == right` failed: {message}\n  left: {left}\n right: {right}"
                    )
                }
                (message, None) => self.message(&message),
            };
        }
        told
    }
}
