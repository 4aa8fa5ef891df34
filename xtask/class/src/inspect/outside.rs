//! The search for files that an answer takes in without having handed them in. Such an answer is not even built: what is
//! taken in may come to no end, as a device does, and rustc waits for it without work.

use super::rules::{INCLUDES, LEADS_OUT};
use super::search::Search;
use crate::tokens::Kind;

/// Macros that take a file in. The first has a name that other things have as well.
pub const MACROS: [&str; 3] = ["include", "include_str", "include_bytes"];

impl Search<'_, '_> {
    /// One of [`MACROS`], which takes in what is named in a bracket.
    pub(super) fn taken_in(&mut self, at: usize, name: &str) {
        let file = match self.source.inside(at + 2) {
            [file] => Some(file),
            [file, comma] if comma.is(",") => Some(file),
            _ => None,
        };
        let file = file.filter(|file| file.kind == Kind::Text).map(|file| file.value());
        self.take_in(at, &format!("macro:{name}"), file.as_deref());
    }

    /// One of [`MACROS`] that is handed to something else: what it takes in stands elsewhere.
    pub(super) fn handed_on(&mut self, at: usize) {
        self.take_in(at, "macro handed on", None);
    }

    /// `path = "file"`, in an attribute.
    pub(super) fn path_attribute(&mut self, at: usize) {
        let file = self.source.tokens.get(at + 2).filter(|file| file.kind == Kind::Text);
        let file = file.filter(|_| self.source.is(at + 1, "=")).map(|file| file.value());
        self.take_in(at, "attribute:path", file.as_deref());
    }

    fn take_in(&mut self, at: usize, key: &str, file: Option<&str>) {
        match file.is_some_and(|file| stays_in(self.source.folders, file)) {
            true => self.found(at, key, INCLUDES),
            // Another key: five that stay in must not hide one that does not.
            false => self.found(at, "leads out", LEADS_OUT),
        }
    }
}

/// Does this path, which stands in a file so many folders below `src`, lead to a place below `src`?
fn stays_in(folders: usize, path: &str) -> bool {
    let step = |depth: usize, part: &str| match part {
        "" | "." => Some(depth),
        ".." => depth.checked_sub(1),
        _ => Some(depth + 1),
    };
    !path.starts_with('/') && path.split('/').try_fold(folders, step).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_in_as_long_as_it_does_not_climb_out() {
        for (folders, path, stays) in [
            (0, "data.rs", true),
            (0, "./a/../data.rs", true),
            (0, "../README.md", false),
            (0, "a/../../src/lib.rs", false),
            (1, "../data.rs", true),
            (1, "../../data.rs", false),
            (2, "/dev/stdin", false),
        ] {
            assert_eq!(stays_in(folders, path), stays, "{folders} {path}");
        }
    }
}
