//! The search through one submission of a section, token by token: macros hold nothing but tokens, so this finds in
//! them what it finds elsewhere, and also in what only a newer parser could read.

use super::find::{Find, Finds};
use super::names::{self, ANYTHING, Import, Names, Path};
use super::outside;
use super::rules;
use super::source::{HEAD, Source, read};
use super::strings::names_proc;
use crate::tokens::{self, Kind, Token};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Why what a macro puts together is suspicious.
pub const PUT_TOGETHER: &str = "a macro puts this together from pieces, so it can't be read here";

/// All that is found in the files of a section whose tests have these names; of each file its path and its text.
pub fn search(files: &[(&std::path::Path, &str)], tests: &[&str]) -> Vec<Find> {
    let mut finds = Finds::default();
    let read = |(file, (path, text))| read(file, path, text, &mut finds);
    let files: Vec<Source<'_>> = files.iter().copied().enumerate().filter_map(read).collect();
    let mut names = Names::default();
    for source in &files {
        for token in names.add(&source.imports) {
            let why = "the name means so many things that they can't be followed".into();
            finds.add("names", source.place(token), || source.find(token, "names", why));
        }
    }
    let asks_for_thread = files.iter().any(|source| source.asks_for_thread(&names));
    for source in &files {
        let mut search = Search {
            source,
            names: &names,
            tests,
            asks_for_thread,
            attribute: None,
            unsafe_until: vec![],
            finds: &mut finds,
        };
        search.run();
    }
    finds.all
}

/// The table of words, as one that is fast: every word is looked up.
fn suspicious_words() -> &'static BTreeMap<&'static str, &'static str> {
    static WORDS: LazyLock<BTreeMap<&str, &str>> = LazyLock::new(|| {
        let rows = rules::WORDS.iter();
        rows.flat_map(|(words, why)| words.iter().map(|word| (*word, *why))).collect()
    });
    &WORDS
}

/// A search through one file.
pub struct Search<'s, 'a> {
    pub(super) source: &'s Source<'a>,
    pub(super) names: &'s Names<'a>,
    pub(super) tests: &'s [&'s str],
    /// Somewhere in the submission a thread asks for itself.
    pub(super) asks_for_thread: bool,
    /// The attribute that the search is in: where it begins and ends.
    pub(super) attribute: Option<(usize, usize)>,
    /// The ends of the `unsafe` blocks that the search is in.
    pub(super) unsafe_until: Vec<usize>,
    pub(super) finds: &'s mut Finds,
}

impl<'a> Search<'_, 'a> {
    fn run(&mut self) {
        let mut at = 0;
        while at < self.source.tokens.len() {
            self.attribute = self.attribute.filter(|(_, end)| at <= *end);
            while self.unsafe_until.last().is_some_and(|end| *end < at) {
                self.unsafe_until.pop();
            }
            at = self.token(at).max(at + 1);
        }
    }

    /// Notes what was found at a token, or at the attribute that it is in.
    pub(super) fn found(&mut self, index: usize, key: &str, why: &str) {
        let source = self.source;
        let index = self.attribute.map_or(index, |(begin, _)| begin);
        self.finds.add(key, source.place(index), || source.find(index, key, why.into()));
    }

    /// Looks at a token. The next one to look at, where it is not the one behind.
    fn token(&mut self, at: usize) -> usize {
        let source = self.source;
        let token = source.tokens[at];
        match token.kind {
            Kind::Text => self.text(at, &token.value()),
            Kind::Mark if token.is("#") => return self.attribute(at),
            Kind::Mark if token.is("*") => self.star(at),
            // `std::$a` and `$($a)::*`.
            Kind::Mark if token.is("::") && (source.is(at + 1, "$") || source.is(at + 1, "*")) => {
                self.found(at, "put together", PUT_TOGETHER);
            }
            Kind::Word => match token.text {
                "use" if !source.is(at + 1, "<") => return self.imports(at),
                "unsafe" => self.unsafe_word(at),
                "extern" => self.extern_word(at),
                "mod" => self.module(at),
                "impl" => self.implementation(at),
                "macro_rules" => self.macro_rules(at),
                "union" if source.kind(at + 1) == Some(Kind::Word) => {
                    self.found(at, "union", "a union makes a value into another type's");
                }
                _ => self.word(at),
            },
            _ => {}
        }
        at + 1
    }

    /// A name that is no keyword, or a path.
    fn word(&mut self, at: usize) {
        let source = self.source;
        let name = source.tokens[at].name();
        if source.follows(at, "$") && name != "crate" {
            // Only what stands behind it is written here.
            return self.path(at);
        }
        if let Some(why) = suspicious_words().get(name) {
            self.found(at, &format!("word:{name}"), why);
        }
        if name.starts_with("SYS_") {
            self.found(at, &format!("word:{name}"), "the section needs no such system call");
        }
        if source.is(at + 1, "!") && !source.is(at + 2, "=") {
            self.macro_call(at, name);
        } else if outside::MACROS[1..].contains(&name) {
            self.handed_on(at);
        }
        if source.is(at + 1, "(") {
            self.call(at, name);
        }
        if source.begins_path(at) {
            self.path(at);
        }
    }

    fn macro_call(&mut self, at: usize, name: &str) {
        for (macros, why) in rules::MACROS {
            if macros.contains(&name) {
                self.found(at, &format!("macro:{name}"), why);
            }
        }
        let inside = self.source.inside(at + 2);
        match name {
            _ if outside::MACROS.contains(&name) => self.taken_in(at, name),
            "cfg" | "cfg_select" | "cfg_match" => self.condition(at, inside, false),
            "env" | "option_env" => {
                let variable = inside.first().map(Token::value).unwrap_or_default();
                if !matches!(&*variable, "CARGO_PKG_NAME" | "CARGO_PKG_VERSION") {
                    let why = "it reads what was set for the compiler, and that tells who compiles";
                    self.found(at, "macro:env", why);
                }
            }
            "concat" => {
                let literals = inside.iter().filter(|token| {
                    matches!(token.kind, Kind::Text | Kind::Character | Kind::Number)
                });
                let whole: String = literals.map(Token::value).collect();
                self.text(at, &whole);
            }
            "stringify" => {
                let whole: String = inside.iter().map(|token| token.text).collect();
                self.text(at, &whole);
            }
            _ => {}
        }
    }

    /// A path, and all that it can mean.
    fn path(&mut self, at: usize) {
        let (path, behind) = names::path(&self.source.tokens, at);
        let path: Path<'_> =
            path.into_iter().map(|part| if part == "core" { "std" } else { part }).collect();
        if self.reads_harmless_proc(behind) {
            return;
        }
        let mut seen: Vec<String> = vec![];
        for meaning in self.names.meanings(&path) {
            for (rule, why) in rules::PATHS {
                let Some(key) = matched(rule, &meaning) else { continue };
                if !seen.contains(&key) {
                    self.found(at, &key, why);
                    seen.push(key);
                }
            }
            self.unsafe_path(at, behind, &meaning);
        }
    }

    /// Are these the arguments of a call that only asks for threads and the like?
    fn reads_harmless_proc(&self, bracket: usize) -> bool {
        let argument = self.source.inside(bracket).first();
        argument.filter(|argument| argument.kind == Kind::Text).is_some_and(|argument| {
            let value = argument.value();
            value.starts_with("/proc/") && !names_proc(&value)
        })
    }

    /// What a path can mean that needs `unsafe`: all functions of C, and some others.
    fn unsafe_path(&mut self, at: usize, behind: usize, path: &[&str]) {
        let Some(&last) = path.last() else { return };
        let is_called = self.source.is(behind, "(");
        let is_function = last.starts_with(|c: char| c.is_lowercase() || c == '_');
        let is_of_c = path.iter().rev().nth(1) == Some(&"libc")
            && is_function
            && (is_called || !is_c_type(last));
        let parent = path.iter().rev().nth(1).copied().unwrap_or_default();
        let is_of_rust = match parent {
            "ptr" => is_function && !rules::SAFE_POINTERS.contains(&last),
            // Those of types are seen as calls: `Arc::clone` is none of nix's.
            _ if parent.starts_with(char::is_uppercase) => false,
            _ => is_function && rules::UNSAFE_FUNCTIONS.contains(&last),
        };
        if is_of_c || (is_of_rust && !self.unsafe_until.is_empty()) {
            self.operation(at, last);
        }
    }

    fn operation(&mut self, at: usize, name: &str) {
        if suspicious_words().contains_key(name) {
            // It is told already, whether it needs `unsafe` or not.
            return;
        }
        let why = match name {
            "*" => {
                "it reads or writes wherever a pointer points, past what the section needs".into()
            }
            name => format!("`{name}` needs `unsafe`, and the section does not need it"),
        };
        self.found(at, &format!("unsafe:{name}"), &why);
    }

    /// A call: of a method that needs `unsafe`, of a thread's name, or with a descriptor's number.
    fn call(&mut self, at: usize, name: &str) {
        let source = self.source;
        let is_method = source.follows(at, ".");
        let owner = source.follows(at, "::").then(|| at.checked_sub(2)).flatten();
        let owner = owner.map_or("", |owner| source.tokens[owner].name());
        let is_of_type = owner == ">" || owner.starts_with(char::is_uppercase);
        let is_plain = name == "from_raw" && rules::PLAIN_NUMBERS.contains(&owner);
        if !self.unsafe_until.is_empty()
            && (is_method || is_of_type)
            && rules::UNSAFE_METHODS.contains(&name)
            && !is_plain
        {
            self.operation(at, name);
        }
        if is_method && name == "name" && self.asks_for_thread && source.is(at + 2, ")") {
            let why = "a test's thread has the test's name, and an answer needs no thread's";
            self.found(at, "thread name", why);
        }
        let is_number = source.kind(at + 2) == Some(Kind::Number);
        if is_number && !is_method && rules::TAKE_NUMBERS.contains(&name) {
            self.found(
                at,
                &format!("number:{name}"),
                "it uses a number that is a descriptor's or a system call's, without its name",
            );
        }
    }

    /// A star that reads what a pointer points to, and does not multiply.
    fn star(&mut self, at: usize) {
        let is_operand = at > 0 && {
            let before = self.source.tokens[at - 1];
            match before.kind {
                Kind::Word => {
                    !tokens::is_keyword(before.text) || matches!(before.text, "self" | "Self")
                }
                Kind::Mark | Kind::Open | Kind::Lifetime => false,
                Kind::Close => !before.is("}"),
                _ => true,
            }
        };
        let is_type = self.source.is(at + 1, "const") || self.source.is(at + 1, "mut");
        if !self.unsafe_until.is_empty() && !is_operand && !is_type {
            self.operation(at, "*");
        }
    }

    fn unsafe_word(&mut self, at: usize) {
        let source = self.source;
        if source.is(at + 1, "{") {
            self.unsafe_until.push(source.closes[at + 1]);
            self.found(at, "unsafe block", "the section can be solved without `unsafe`");
        } else if source.is(at + 1, "impl") || source.is(at + 1, "trait") {
            let why = "it promises to the compiler what the compiler can't check";
            self.found(at, "unsafe impl", why);
        } else if !source.is(at + 1, "(") && !self.is_foreign_block(at + 1) {
            self.found(at, "unsafe fn", "the section needs no function that is `unsafe` to call");
            let head = (at..source.tokens.len()).take(HEAD);
            let body =
                head.into_iter().find(|&index| source.is(index, "{") || source.is(index, ";"));
            if let Some(body) = body.filter(|&body| source.is(body, "{")) {
                self.unsafe_until.push(source.closes[body]);
            }
        }
    }

    /// `extern "C" {` begins here.
    fn is_foreign_block(&self, at: usize) -> bool {
        let brace = if self.source.kind(at + 1) == Some(Kind::Text) { at + 2 } else { at + 1 };
        self.source.is(at, "extern") && self.source.is(brace, "{")
    }

    fn extern_word(&mut self, at: usize) {
        let source = self.source;
        if self.is_foreign_block(at) {
            let why = "it declares functions of C, and can call any of the process with that";
            return self.found(at, "extern block", why);
        }
        if source.is(at + 1, "crate") {
            return self.extern_crate(at);
        }
        let head = if source.kind(at + 1) == Some(Kind::Text) { at + 2 } else { at + 1 };
        // `extern "C" fn(` is only the type of such a function.
        if !source.is(head, "fn") || source.kind(head + 1) != Some(Kind::Word) {
            return;
        }
        let name = source.tokens[head + 1].name();
        if rules::OF_C.contains(&name) {
            let why = "it has the name of a function of C, and may stand in that one's place";
            self.found(at, "C function", why);
        } else {
            self.found(at, "extern fn", "C can call it, and nothing in this section asks for that");
        }
    }

    fn extern_crate(&mut self, at: usize) {
        let source = self.source;
        let name = source.tokens.get(at + 2).map_or("", Token::name);
        let is_of_rust = matches!(name, "self" | "test" | "proc_macro");
        if is_of_rust || rules::RESERVED.contains(&name) || source.is(at + 3, "as") {
            let why =
                "it brings a crate under a name by which the checker's stand-ins are got round";
            self.found(at, "extern crate", why);
        }
    }

    fn module(&mut self, at: usize) {
        let name = self.source.tokens.get(at + 1).map_or("", Token::name);
        if rules::RESERVED.contains(&name) {
            let why = "a module of this name takes the place of the crate that everybody means";
            self.found(at, "module", why);
        }
    }

    fn macro_rules(&mut self, at: usize) {
        let name = self.source.tokens.get(at + 2).map_or("", Token::name);
        if self.source.is(at + 1, "!") && rules::STD_MACROS.contains(&name) {
            self.found(at, "macro", "a macro of this name takes the place of std's");
        }
    }

    /// An item `use …`. What it imports is found where it is used; here only what it calls it.
    fn imports(&mut self, at: usize) -> usize {
        let (imports, behind) = names::imports(&self.source.tokens, at);
        for Import { name, path, token } in imports {
            if path.iter().skip(1).any(|part| *part == ANYTHING) {
                self.found(token, "put together", PUT_TOGETHER);
            }
            let renames_include = path.last().is_some_and(|last| outside::MACROS.contains(last))
                && path.len() > 1
                && path.last() != Some(&name);
            if renames_include {
                self.handed_on(token);
            }
            let is_itself = path.last() == Some(&name) && path.len() <= 2;
            let renames_macro = rules::STD_MACROS.contains(&name)
                && path.last() != Some(&name)
                && !matches!(name, "write" | "file" | "line" | "column" | "env" | "format");
            if (rules::RESERVED.contains(&name) && !is_known(&path) && !is_itself) || renames_macro
            {
                let why = "it gives a name that everybody knows to something else";
                self.found(token, "alias", why);
            }
            let is_renamed_root = path.len() == 1 && matches!(path[0], "std" | "core" | "alloc");
            if is_renamed_root && name != path[0] && name != "*" {
                let why =
                    "it gives std another name, by which the checker's stand-ins may be got round";
                self.found(token, "alias", why);
            }
        }
        behind
    }
}

/// Does the import name a crate, and not something else by a crate's name?
fn is_known(path: &[&str]) -> bool {
    matches!(path, ["nix", "libc"] | ["nix" | "std", "alloc" | "test"]) || path.len() == 1
}

/// The path as far as the rule goes, if the rule is about it.
fn matched(rule: &[&str], path: &[&str]) -> Option<String> {
    let fits = |part: &&str, wanted: &&str| match *wanted {
        _ if *part == ANYTHING => true,
        "*" => part.starts_with(|c: char| c.is_lowercase()),
        wanted => *part == wanted,
    };
    if path.first() == Some(&ANYTHING) {
        // What the macro has before it may be anything.
        let given = &path[1..];
        let fitting = (1..rule.len()).find(|&skip| {
            let end = &rule[skip..];
            end.last() != Some(&"*")
                && given.len() == end.len()
                && given.iter().zip(end).all(|(a, b)| fits(a, b))
        });
        return fitting.map(|_| rule.join("::"));
    }
    // A name alone that is a crate's as well is something of the student's.
    let begin = (0..path.len()).find(|&begin| {
        let rest = &path[begin..];
        path.len() > 1 && rest.len() >= rule.len() && rest.iter().zip(rule).all(|(a, b)| fits(a, b))
    })?;
    Some(path[..begin + rule.len()].join("::"))
}

/// Is it a type of C's, in lower case?
fn is_c_type(name: &str) -> bool {
    name.starts_with("c_") || name.ends_with("_t") || rules::C_STRUCTURES.contains(&name)
}
