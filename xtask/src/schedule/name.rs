//! What the program calls the objects that it makes: a guess, from the lines where it makes them.

use super::Object;
use std::collections::BTreeMap;
use std::path::Path;

/// A statement is followed over so many lines upwards.
const LINES: usize = 6;

/// The words before a name that is bound.
const DECLARES: [&str; 3] = ["let ", "static ", "const "];

/// Names the objects. Those of the same name are numbered in the order in which they were used first, and not as an
/// index: which place it has in its collection is not known.
pub fn guess(objects: &mut [Object], workspace: &Path) {
    let mut sources = BTreeMap::new();
    for object in objects.iter_mut() {
        let file = &object.place.file;
        let source = sources
            .entry(file.clone())
            .or_insert_with(|| std::fs::read_to_string(workspace.join(file)).unwrap_or_default());
        if let Some(name) = name_at(source, object.place.line, object.column) {
            object.name = name;
        }
    }
    let mut count = BTreeMap::<String, usize>::new();
    objects.iter().for_each(|object| *count.entry(object.name.clone()).or_default() += 1);
    let mut next = BTreeMap::<String, usize>::new();
    for object in objects.iter_mut().filter(|object| count[&object.name] > 1) {
        let number = next.entry(object.name.clone()).or_default();
        *number += 1;
        object.name += &format!("#{number}");
    }
}

/// The name of what is made at this place of the source.
fn name_at(source: &str, line: u32, column: u32) -> Option<String> {
    let [index, column] = [line, column].map(|from_1| (from_1 as usize).checked_sub(1));
    let (index, column) = (index?, column?);
    let own = source.lines().nth(index)?;
    let (before, after) = own.split_at(own.char_indices().nth(column)?.0);
    let above = source.lines().take(index).skip(index.saturating_sub(LINES));
    let mut text: String = above.map(|line| without_comment(line).to_owned() + "\n").collect();
    text += before;
    // Last, a field whose value comes from `#[derive(Default)]`.
    let field = || {
        let (field, rest) = after.split_once(':')?;
        (is_word(field) && !rest.starts_with(':')).then(|| field.to_owned())
    };
    nearest(&enclosing(&text)).or_else(field)
}

fn without_comment(line: &str) -> &str {
    line.split_once("//").map_or(line, |(code, _)| code)
}

/// A piece of an expression that is not closed yet: what stands in it so far, and what opened it.
#[derive(Debug, Default)]
struct Open {
    bracket: Option<char>,
    /// It is the bracket of a call, or of a macro.
    is_call: bool,
    /// So many commas were in it.
    commas: usize,
    /// The text since the last comma or semicolon.
    text: String,
}

/// The brackets around the end of the text, the outermost first.
fn enclosing(text: &str) -> Vec<Open> {
    let mut open = vec![Open::default()];
    for c in text.chars() {
        let last = open.last_mut().expect("the whole text is always there");
        match c {
            '(' | '[' | '{' => {
                let is_call = c == '('
                    && last.text.ends_with(|c: char| c.is_alphanumeric() || "_>!".contains(c));
                open.push(Open { bracket: Some(c), is_call, ..Open::default() });
            }
            ')' | ']' | '}' => {
                let closed = open.pop().filter(|_| !open.is_empty());
                match (open.last_mut(), closed) {
                    (Some(outer), Some(closed)) if c != '}' => {
                        outer.text +=
                            &format!("{}{}{c}", closed.bracket.unwrap_or(' '), closed.text);
                    }
                    (Some(outer), _) => outer.text.clear(),
                    (None, _) => open.push(Open::default()),
                }
            }
            ';' => *last = Open { bracket: last.bracket, is_call: last.is_call, ..Open::default() },
            ',' => {
                last.commas += 1;
                match last.bracket {
                    // The parts of a pattern are looked at as a whole.
                    Some('(' | '[') => last.text.push(','),
                    _ => last.text.clear(),
                }
            }
            c => last.text.push(c),
        }
    }
    open
}

/// The name of what stands at the end of these brackets: the nearest one outwards.
fn nearest(open: &[Open]) -> Option<String> {
    // Where in the value of that name: `.0`, `[1]`.
    let mut path = vec![];
    let mut in_block = false;
    for open in open.iter().rev() {
        let item = open.text.rsplit(',').next().unwrap_or_default();
        if in_block && !DECLARES.iter().any(|word| open.text.contains(word)) {
            return None;
        }
        if let Some(name) = bound_by(&open.text).or_else(|| field_of(item)) {
            return Some(part_of(name, path)).filter(|name| !name.is_empty());
        }
        match open.bracket {
            Some('(') if !open.is_call => path.push(('.', open.commas)),
            Some('[') => path.push(('[', open.commas)),
            // A block may be the value of a `let`. Around one that does more there are names of other things.
            Some('{') if open.text.trim().is_empty() => in_block = true,
            Some('{') => return None,
            _ => {}
        }
    }
    None
}

/// The name of this part of what `pattern` binds.
fn part_of(pattern: &str, mut path: Vec<(char, usize)>) -> String {
    let inner = pattern.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    let mut name = match (inner, path.last()) {
        (Some(parts), Some(&('.', index))) => {
            path.pop();
            plain(parts.split(',').nth(index).unwrap_or(parts)).to_owned()
        }
        // The two ends of a channel.
        (Some(parts), _) => parts.split(',').map(plain).collect::<Vec<_>>().join("/"),
        (None, _) => plain(pattern).to_owned(),
    };
    for (kind, index) in path.iter().rev() {
        name += &if *kind == '.' { format!(".{index}") } else { format!("[{index}]") };
    }
    name
}

/// The pattern or the name to which the text binds a value: `let NAME: … =`, `static NAME: … =`, `NAME =`.
fn bound_by(text: &str) -> Option<&str> {
    let is_plain = |at: &usize| {
        let (before, after) = (&text[..*at], &text[at + 1..]);
        !after.starts_with(['=', '>']) && !before.ends_with(['=', '!', '<', '>'])
    };
    let equals = text.match_indices('=').map(|(at, _)| at).rfind(is_plain)?;
    let left = &text[..equals];
    let declared = DECLARES.iter().find_map(|word| left.rsplit_once(word).map(|(_, name)| name));
    let name = declared.unwrap_or(left).trim();
    // The type, if it has one.
    let name = name.split_once(':').map_or(name, |(name, _)| name).trim();
    let name = name.rsplit([' ', '\n']).next().filter(|_| !name.contains('(')).unwrap_or(name);
    Some(name.rsplit('.').next().unwrap_or(name))
}

/// The field in `FIELD: …`.
fn field_of(text: &str) -> Option<&str> {
    let colons = text.match_indices(':').map(|(at, _)| at);
    let single = |at: &usize| !text[at + 1..].starts_with(':') && !text[..*at].ends_with(':');
    let (field, _) = text.split_at(colons.rev().find(single)?);
    let field = field.rsplit(|c: char| !is_of_word(c)).next()?;
    is_word(field).then_some(field)
}

fn plain(name: &str) -> &str {
    let name = name.trim();
    name.strip_prefix("mut ").unwrap_or(name).trim()
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(is_of_word) && !text.starts_with(|c: char| c.is_numeric())
}

#[cfg(test)]
mod tests {
    use super::name_at;

    /// The name of what is made where `source` says «.
    fn name(source: &str) -> Option<String> {
        let at = source.find('«').unwrap();
        let line = source[..at].matches('\n').count() + 1;
        let column = source[..at].rsplit('\n').next().unwrap().chars().count() + 1;
        name_at(&source.replace('«', ""), line as u32, column as u32)
    }

    #[test]
    fn names_are_guessed() {
        for (source, expected) in [
            (
                "        Self { permits: Mutex::new(permits), released: «Condvar::new() }",
                "released",
            ),
            ("        Self { permits: «Mutex::new(permits), released: Condvar::new() }", "permits"),
            ("fn f() {\n    let mut left = Arc::new(«Mutex::new(1));", "left"),
            ("static TABLE: Mutex<Vec<u8>> = «Mutex::new(vec![]);", "TABLE"),
            ("pub static A: LazyLock<Mutex<u8>> = LazyLock::new(|| «Mutex::new(1));", "A"),
            ("let (semaphore, inside) = (Semaphore::new(1), «AtomicUsize::new(0));", "inside"),
            ("let (sender, receiver) = «mpsc::channel();", "sender/receiver"),
            ("let pair = Arc::new((Mutex::new(false), «Condvar::new()));", "pair.1"),
            ("let locks = [Mutex::new(0), «Mutex::new(0)];", "locks[1]"),
            (
                "let locks: Vec<Mutex<()>> = (0..places).map(|_| «Mutex::new(())).collect();",
                "locks",
            ),
            (
                "let forks: Vec<_> = (0..places)\n    .map(|_| «Mutex::new(()))\n    .collect();",
                "forks",
            ),
            (
                "    Self {\n        queue: Mutex::default(), // not: this\n        space: «Condvar::new(),",
                "space",
            ),
            ("    let a = f();\n    self.count = «AtomicUsize::new(a);", "count"),
            ("#[derive(Default)]\nstruct A {\n    «ready: Mutex<bool>,", "ready"),
            ("let a = if b == c { «Mutex::new(1) } else { d };", "a"),
        ] {
            assert_eq!(name(source).as_deref(), Some(expected), "{source}");
        }
        for source in [
            "    run(«Mutex::new(1))",
            "fn f<J: Send, I: Iterator<Item = J>>(jobs: I) {\n    run(jobs, «unbounded(), |a| {",
            "fn f<J: Send>() -> Mutex<J> {\n    «Mutex::new(1)",
            "let worker = spawn(move || {\n    run(«Mutex::new(1))",
        ] {
            assert_eq!(name(source), None, "{source}");
        }
    }
}
