//! The links in the lessons, as far as they lead within the course.

use crate::course;
use crate::fault::Fault;
use std::path::Path;

/// The links of a page that lead nowhere, each with its line.
pub fn broken_links(page: &Path) -> Result<Vec<String>, Fault> {
    let text = read(page)?;
    let folder = page.parent().unwrap_or(Path::new("."));
    let mut broken = vec![];
    for (line, target) in links(&text) {
        if target.contains("://") || target.starts_with("mailto:") {
            continue;
        }
        let (path, anchor) = target.split_once('#').unwrap_or((&target, ""));
        let file = if path.is_empty() { page.to_owned() } else { folder.join(path) };
        let leads_there =
            file.exists() && (anchor.is_empty() || has_heading(&read(&file)?, anchor));
        if !leads_there {
            broken.push(format!("{}:{line}: {target} leads nowhere", course::shown(page)));
        }
    }
    Ok(broken)
}

fn read(page: &Path) -> Result<String, Fault> {
    std::fs::read_to_string(page).map_err(|error| Fault::unreadable(page, error))
}

/// Line and target of each link `[text](target)` outside of code.
pub fn links(text: &str) -> Vec<(usize, String)> {
    let mut found = vec![];
    for (index, line) in prose(text) {
        // Code between backticks is every second part.
        for part in line.split('`').step_by(2) {
            for rest in part.split("](").skip(1) {
                if let Some((target, _)) = rest.split_once(')') {
                    found.push((index + 1, target.to_owned()));
                }
            }
        }
    }
    found
}

/// The lines that do not stand in a block of code.
pub fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut in_code = false;
    text.lines().enumerate().filter(move |(_, line)| {
        let fence = line.trim_start().starts_with("```");
        in_code ^= fence;
        !in_code && !fence
    })
}

/// Has the page a heading of which this is the anchor?
fn has_heading(text: &str, anchor: &str) -> bool {
    let anchor_of = |heading: &str| -> String {
        // Behind a French heading stands the stamp of the English one, as a comment.
        let heading = heading.split("<!--").next().unwrap_or_default();
        let kept = heading.trim().to_lowercase();
        let kept = kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    prose(text)
        .filter_map(|(_, line)| line.strip_prefix('#'))
        .any(|heading| anchor_of(heading.trim_start_matches('#')) == anchor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_outside_of_code() {
        let text = "[a](b.md) and [c](#d)\n```\n[no](no)\n```\n`[no](no)` [e](f)";
        let wanted = [(1, "b.md"), (1, "#d"), (5, "f")].map(|(line, to)| (line, to.to_owned()));
        assert_eq!(links(text), wanted);
    }

    #[test]
    fn anchors_are_made_of_headings() {
        let text = "# A `b`, c!\n```\n# no\n```\n";
        assert!(has_heading(text, "a-b-c"));
        assert!(!has_heading(text, "no"));
        assert!(has_heading("## L'idée <!-- en: 0123abcd -->", "lidée"));
    }
}
