//! The two files of the course that read otherwise in the students' edition.

/// The line before what is not for students.
const FROM: &str = "<!-- not in the handout -->";
/// The line after it.
const UNTIL: &str = "<!-- until here -->";

/// The page without what stands between the two marks.
///
/// # Errors
/// A mark without the other one.
pub fn without_marked(page: &str) -> Result<String, String> {
    let mut kept = String::with_capacity(page.len());
    let mut begun = None;
    let mut ended = false;
    for (index, line) in page.lines().enumerate() {
        match (line.trim(), begun) {
            (FROM, None) => begun = Some(index + 1),
            (UNTIL, Some(_)) => (begun, ended) = (None, true),
            (FROM | UNTIL, _) => return Err(format!("line {}: a mark too many", index + 1)),
            // One empty line is enough between what stood before and what comes after.
            ("", None) if ended => ended = false,
            (_, None) => {
                ended = false;
                kept += line;
                kept.push('\n');
            }
            (_, Some(_)) => {}
        }
    }
    match begun {
        None => Ok(kept),
        Some(line) => Err(format!("line {line}: what begins here does not end")),
    }
}

/// The workspace's manifest without these members, and without a word about what is excluded; and the other members.
///
/// # Errors
/// It has no list of members.
pub fn without_members(manifest: &str, gone: &[&str]) -> Result<(String, Vec<String>), String> {
    const LIST: &str = "\nmembers = [";
    let (before, rest) = manifest.split_once(LIST).ok_or("it has no list of members")?;
    let (list, after) = rest.split_once(']').ok_or("its list of members does not end")?;
    let names = list.split(',').map(|name| name.trim().trim_matches('"'));
    let kept: Vec<String> =
        names.filter(|name| !name.is_empty() && !gone.contains(name)).map(str::to_owned).collect();
    let before = before.lines().filter(|line| !line.starts_with("exclude = "));
    let before = before.collect::<Vec<_>>().join("\n");
    Ok((format!("{before}{LIST}\"{}\"]{after}", kept.join("\", \"")), kept))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_marked_is_gone_with_one_empty_line() {
        let page = format!("a\n\n{FROM}\n\nb\n\n{UNTIL}\n\nc\n\nd\n");
        assert_eq!(without_marked(&page), Ok("a\n\nc\n\nd\n".into()));
        for (wrong, line) in [(format!("a\n{FROM}\n"), "line 2"), (format!("{UNTIL}\n"), "line 1")]
        {
            let what = without_marked(&wrong).unwrap_err();
            assert!(what.starts_with(line), "{what}");
        }
    }

    #[test]
    fn members_that_are_not_there_are_not_listed() {
        let manifest = "[workspace]\nexclude = [\"z\"]\nmembers = [\"a/*\", \"b\",\n \"c\"]\n[x]\n";
        let (text, members) = without_members(manifest, &["b"]).unwrap();
        assert_eq!(text, "[workspace]\nmembers = [\"a/*\", \"c\"]\n[x]\n");
        assert_eq!(members, ["a/*", "c"]);
        without_members("[workspace]\n", &[]).unwrap_err();
    }
}
