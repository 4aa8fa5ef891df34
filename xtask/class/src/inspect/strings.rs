//! The search in strings.

use super::rules;
use super::search::Search;

/// A piece of the name of a test that is no accident.
const PIECE_OF_NAME: usize = 8;

impl Search<'_, '_> {
    /// A string, or what a macro makes into one.
    pub(super) fn text(&mut self, at: usize, text: &str) {
        let why = match text {
            text if names_own_memory(text) => Some(rules::OWN_MEMORY),
            text if names_proc(text) => Some("it names a file by which a process is looked into"),
            text if self.names_test(text) => Some("it names a test of the section"),
            text => rules::TEXTS
                .iter()
                .find(|(pieces, _)| pieces.iter().any(|piece| text.contains(piece)))
                .map(|(_, why)| *why),
        };
        if let Some(why) = why {
            self.found(at, &format!("text:{text}"), why);
        }
    }

    pub(super) fn names_test(&self, text: &str) -> bool {
        let is_piece = text.len() >= PIECE_OF_NAME && text.contains('_');
        self.tests.iter().any(|test| text.contains(test) || (is_piece && test.contains(text)))
    }
}

/// Does it name something below `/proc` that can do harm, or leave open what?
pub fn names_proc(text: &str) -> bool {
    const FOLDER: &str = "/proc";
    text.match_indices(FOLDER).any(|(at, _)| leads_into_proc(&text[at + FOLDER.len()..]))
}

/// Does it name a file that shows or is the memory of the process that opens it?
fn names_own_memory(text: &str) -> bool {
    const FILES: [&str; 6] = ["maps", "smaps", "numa_maps", "map_files", "mem", "pagemap"];
    text.match_indices("/proc/").any(|(at, _)| {
        let path = text[at..].split(char::is_whitespace).next().unwrap_or_default();
        let mut parts = path.split('/').skip(2);
        let is_own = parts.next().is_some_and(|part| matches!(part, "self" | "thread-self"));
        is_own && parts.any(|part| FILES.contains(&part.trim_end_matches('\0')))
    })
}

fn leads_into_proc(rest: &str) -> bool {
    let rest = rest.split(char::is_whitespace).next().unwrap_or_default();
    let rest = rest.trim_end_matches(['.', ',', ':', ';', ')', '"', '\'', '`']);
    let Some(rest) = rest.strip_prefix('/') else { return rest.is_empty() };
    let parts: Vec<&str> = rest.split('/').collect();
    let is_number = |part: &str| {
        let is_digits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        is_digits || (part.starts_with('{') && part.ends_with('}'))
    };
    let is_harmless = |(index, part): (usize, &&str)| {
        let may_be_number = index == 0 || parts[index - 1] == "task";
        rules::HARMLESS_PROC.contains(part) || (may_be_number && is_number(part))
    };
    !parts.iter().enumerate().all(is_harmless)
}

#[cfg(test)]
mod tests {
    use super::{names_own_memory, names_proc};

    #[test]
    fn below_proc_only_counts_may_be_read() {
        for harmless in [
            "/proc/self/task",
            "/proc/{pid}/task/{}/stat",
            "/proc/{}",
            "/proc/42/status: not there",
            "can't read /proc/self/stat.",
            "/procedure",
        ] {
            assert!(!names_proc(harmless), "{harmless}");
        }
        for memory in [
            "/proc/self/maps",
            "/proc/thread-self/mem",
            "/proc/self/task/7/smaps",
            "/proc/self/mem\0",
        ] {
            assert!(names_proc(memory) && names_own_memory(memory), "{memory}");
        }
        assert!(!names_own_memory("/proc/self/status"));
        for harmful in [
            "/proc",
            "/proc/",
            "/proc/self/",
            "/proc/self/mem",
            "/proc/{}/{}",
            "/proc/self/task/../mem",
            "/proc/self/task /proc/self/fd",
            "/proc/self/cmdline\0",
        ] {
            assert!(names_proc(harmful), "{harmful}");
        }
    }
}
