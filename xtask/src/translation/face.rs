//! `section.fr.toml`: the French face of a section.

use crate::course;
use crate::fault::Fault;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// What the file says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Face {
    /// The section's name.
    pub title: String,
    /// Its tests, in the order of `section.toml`.
    #[serde(rename = "test")]
    pub tests: Vec<Mirror>,
    /// Each message as the source has it, then in French.
    pub messages: BTreeMap<String, String>,
}

/// The French face of one test.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mirror {
    pub name: String,
    /// The stamp of the English that it says in French.
    pub mirrors: String,
    pub why: String,
    pub hints: [String; 3],
}

impl Face {
    /// Reads the file.
    ///
    /// # Errors
    /// That it can't be read, or what in it is not understood.
    pub fn load(file: &Path) -> Result<Self, Fault> {
        let shown = course::shown(file);
        let text = std::fs::read_to_string(file).map_err(|error| Fault::unreadable(file, error))?;
        toml::from_str(&text).map_err(|error| {
            let before = &text[..error.span().map_or(0, |span| span.start.min(text.len()))];
            let line = before.matches('\n').count() + 1;
            Fault::new(format!("{shown}:{line}: {}", error.message()))
        })
    }
}
