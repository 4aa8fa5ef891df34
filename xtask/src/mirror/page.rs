//! A lesson, beside the same lesson in French: headings and their stamps, blocks of code, links, terms.

use super::{Terms, read, stamp};
use crate::course;
use crate::fault::Fault;
use crate::lesson;
use std::path::Path;

/// What is wrong with `README.fr.md`, beside `README.md`.
pub fn behind(folder: &Path, terms: &Terms) -> Result<Vec<String>, Fault> {
    let (english, french) = (folder.join("README.md"), folder.join("README.fr.md"));
    let page = course::shown(&french);
    let (english, french) = (read(&english)?, read(&french)?);
    let mut wrong = headings_behind(&english, &french);
    wrong.extend(blocks_behind(&english, &french));
    wrong.extend(links_behind(&english, &french));
    wrong.extend(terms.missing(&english, &french).into_iter().map(|what| (1, what)));
    Ok(wrong.into_iter().map(|(line, what)| format!("{page}:{line}: {what}")).collect())
}

/// A line of the French page, and what is wrong there.
type Wrong = (usize, String);

/// A heading, with the text below it up to the next one.
struct Part<'a> {
    /// Its line, from 1.
    line: usize,
    level: usize,
    heading: &'a str,
    text: String,
}

fn parts(text: &str) -> Vec<Part<'_>> {
    let heads: Vec<(usize, &str)> =
        lesson::prose(text).filter(|(_, line)| line.starts_with('#')).collect();
    let lines: Vec<&str> = text.lines().collect();
    let ends = heads.iter().skip(1).map(|(line, _)| *line).chain([lines.len()]);
    heads
        .iter()
        .zip(ends)
        .map(|(&(line, heading), end)| Part {
            line: line + 1,
            level: heading.chars().take_while(|&c| c == '#').count(),
            heading,
            text: lines[line..end].join("\n"),
        })
        .collect()
}

fn headings_behind(english: &str, french: &str) -> Vec<Wrong> {
    let (english, french) = (parts(english), parts(french));
    if english.len() != french.len() {
        let what = format!("{} headings, and in English {}", french.len(), english.len());
        return vec![(1, what)];
    }
    english
        .iter()
        .zip(&french)
        .filter_map(|(english, french)| heading_behind(english, french))
        .collect()
}

fn heading_behind(english: &Part<'_>, french: &Part<'_>) -> Option<Wrong> {
    if english.level != french.level {
        let what = format!("a heading of level {}, and in English {}", french.level, english.level);
        return Some((french.line, what));
    }
    let stamp = stamp(&english.text);
    let comment = format!("<!-- en: {stamp} -->");
    let what = match french.heading.ends_with(&comment) {
        true => return None,
        false if french.heading.contains("<!-- en: ") => {
            format!(
                "the English of {:?} is another one now; when the French is, too:  {comment}",
                english.heading
            )
        }
        false => format!("a stamp is missing behind the heading:  {comment}"),
    };
    Some((french.line, what))
}

/// A block of code.
#[derive(Debug, PartialEq)]
struct Block<'a> {
    line: usize,
    kind: &'a str,
    lines: Vec<&'a str>,
}

fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks = vec![];
    let mut open: Option<Block<'_>> = None;
    for (index, line) in text.lines().enumerate() {
        match (line.trim_start().strip_prefix("```"), open.take()) {
            (Some(kind), None) => open = Some(Block { line: index + 1, kind, lines: vec![] }),
            (Some(_), Some(block)) => blocks.push(block),
            (None, Some(mut block)) => {
                block.lines.push(line);
                open = Some(block);
            }
            (None, None) => {}
        }
    }
    blocks.extend(open);
    blocks
}

fn blocks_behind(english: &str, french: &str) -> Vec<Wrong> {
    let (english, french) = (blocks(english), blocks(french));
    if english.len() != french.len() {
        return vec![(
            1,
            format!("{} blocks of code, and in English {}", french.len(), english.len()),
        )];
    }
    let pairs = english.iter().zip(&french);
    pairs
        .filter_map(|(english, french)| Some((french.line, block_behind(english, french)?)))
        .collect()
}

/// Words in a diagram are translated, and comments behind commands; commands and code are not.
fn block_behind(english: &Block<'_>, french: &Block<'_>) -> Option<String> {
    if english.kind != french.kind {
        return Some(format!("a block of {:?}, and in English of {:?}", french.kind, english.kind));
    }
    let commands = |block: &Block<'_>| -> Vec<String> {
        let command = |line: &&str| line.split(" #").next().unwrap_or_default().trim().to_owned();
        let is_command = |line: &String| line.trim_start_matches("$ ").starts_with("cargo ");
        block.lines.iter().map(command).filter(is_command).collect()
    };
    let is_same = match english.kind {
        "mermaid" => true,
        "text" => commands(english) == commands(french),
        _ => english.lines == french.lines,
    };
    (!is_same)
        .then(|| format!("the block differs from that in line {} of the English", english.line))
}

fn links_behind(english: &str, french: &str) -> Vec<Wrong> {
    let wanted = lesson::links(english).into_iter().map(|(_, target)| in_french(&target));
    let wanted: Vec<String> = wanted.collect();
    let found = lesson::links(french);
    for (wanted, (line, found)) in wanted.iter().zip(&found) {
        // An anchor is made of a heading, which has other words.
        let is_same = wanted == found || (wanted.starts_with('#') && found.starts_with('#'));
        if !is_same {
            return vec![(*line, format!("a link to {found}, and in English to {wanted}"))];
        }
    }
    match wanted.len() == found.len() {
        true => vec![],
        false => vec![(1, format!("{} links, and in English {}", found.len(), wanted.len()))],
    }
}

/// Where the French page leads instead.
fn in_french(target: &str) -> String {
    match target.strip_suffix("README.md") {
        Some(folder) if folder.starts_with("../") && folder != "../../" => {
            format!("{folder}README.fr.md")
        }
        _ => target.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENGLISH: &str = "# One\nA [link](../02-b/README.md).\n```text\n$ cargo xtask x   # does x\n--> yes\n```\n\
                           ## Two\n```rust\nlet x;\n```\n";

    fn french() -> String {
        let stamps = parts(ENGLISH).iter().map(|part| stamp(&part.text)).collect::<Vec<_>>();
        format!(
            "# Un <!-- en: {} -->\nUn [lien](../02-b/README.fr.md).\n```text\n$ cargo xtask x   # fait x\n--> oui\n```\n\
             ## Deux <!-- en: {} -->\n```rust\nlet x;\n```\n",
            stamps[0], stamps[1]
        )
    }

    fn behind(english: &str, french: &str) -> Vec<Wrong> {
        let mut wrong = headings_behind(english, french);
        wrong.extend(blocks_behind(english, french));
        wrong.extend(links_behind(english, french));
        wrong
    }

    #[test]
    fn a_page_that_mirrors_the_other_is_right() {
        assert_eq!(behind(ENGLISH, &french()), []);
    }

    #[test]
    fn a_change_of_either_page_is_told_with_its_line() {
        for (english, right, wrong, line, what) in [
            (ENGLISH.replace("let x", "let y"), "", "", 7, "another one now"),
            (ENGLISH.into(), "## Deux", "# Deux", 7, "level 1"),
            (ENGLISH.into(), "## Deux", "Deux", 1, "1 headings, and in English 2"),
            (ENGLISH.into(), "cargo xtask x", "cargo xtask y", 3, "the block differs"),
            (ENGLISH.into(), "let x", "let z", 8, "the block differs"),
            (ENGLISH.into(), "```rust", "```text", 8, "a block of \"text\""),
            (ENGLISH.into(), "README.fr.md", "README.md", 2, "a link to ../02-b/README.md"),
            (ENGLISH.into(), "[lien](../02-b/README.fr.md)", "lien", 1, "0 links"),
        ] {
            let found = behind(&english, &french().replace(right, wrong));
            let told = found.iter().any(|(at, said)| *at == line && said.contains(what));
            assert!(told, "{wrong}: {found:?}");
        }
    }

    #[test]
    fn a_page_without_stamps_says_which_ones_are_right() {
        let bare: String =
            french().split(" <!-- en").enumerate().fold(String::new(), |text, (n, part)| {
                text + if n == 0 { part } else { part.split_once("-->").unwrap().1 }
            });
        let found = behind(ENGLISH, &bare);
        assert!(found[0].1.ends_with(&format!("<!-- en: {} -->", stamp(&parts(ENGLISH)[0].text))));
        assert_eq!(found.len(), 2);
    }
}
