//! What in a submission a teacher should look at: constructs that no honest answer to the section needs, and by which a
//! test in the same process could be deceived.
//!
//! They are found among the tokens of the language, never in comments, and in strings only where strings matter. What
//! the course's own files for the section do is no suspicion in anybody's.

mod attributes;
mod equality;
mod find;
mod names;
mod outside;
mod rules;
mod search;
mod source;
mod strings;

use crate::record::Suspicion;
use find::Find;
use std::collections::BTreeSet;
use xtask::catalogue::Section;
use xtask::course;
use xtask::stage_source::{self, Staged};

/// So many suspicions of a section are told.
const MOST: usize = 50;

/// What a section needs: all that its stub and its reference do.
pub struct Allowance(BTreeSet<String>);

impl Allowance {
    /// Reads the stub and the reference of the section. Where there is none, nothing is allowed for it.
    pub fn of(section: &Section) -> Self {
        let folders = [course::exercise(section), course::solution(section)];
        let taken = folders.map(|folder| stage_source::take(&folder.join("src")));
        Self::from_given(taken.iter().flatten().map(|(files, _)| &files[..]))
    }

    fn from_given<'a>(given: impl Iterator<Item = &'a [Staged]>) -> Self {
        let mut keys = BTreeSet::new();
        for files in given {
            let files: Vec<&Staged> = files.iter().collect();
            keys.extend(finds(&files, &[]).into_iter().map(|find| find.key));
        }
        for family in rules::FAMILIES {
            if keys.contains(&format!("unsafe:{}", family[0])) {
                keys.extend(family.iter().map(|name| format!("unsafe:{name}")));
            }
        }
        Self(keys)
    }

    fn has(&self, find: &Find) -> bool {
        // Where a section needs no `unsafe` at all, the block is the suspicion, and what is in it is not another.
        let is_told = find.key.starts_with("unsafe:") && !self.0.contains("unsafe block");
        is_told || self.0.contains(&find.key)
    }
}

/// What in the files, of which `file` is as in `src/lib.rs`, is more than `allowance`; by file and by line. Files that
/// are no Rust have nothing: the build says it.
pub fn inspect(section: &Section, files: &[Staged], allowance: &Allowance) -> Vec<Suspicion> {
    let tests: Vec<&str> = section.tests.iter().map(|test| test.short_name()).collect();
    let mut files: Vec<&Staged> = files.iter().collect();
    files.sort_by(|one, other| one.file.cmp(&other.file));
    let mut finds = finds(&files, &tests);
    finds.retain(|find| !allowance.has(find));
    finds.sort_by(|one, other| {
        (one.file, one.line, &one.key).cmp(&(other.file, other.line, &other.key))
    });
    // Of many, those by which a verdict is decided are kept.
    let is_decisive =
        |find: &Find| find.why == rules::LEADS_OUT || rules::BEYOND_BELIEF.contains(&&*find.why);
    let mut others = MOST.saturating_sub(finds.iter().filter(|find| is_decisive(find)).count());
    finds.retain(|find| {
        is_decisive(find) || others.checked_sub(1).map(|left| others = left).is_some()
    });
    let suspicion = |find: Find| Suspicion {
        section: section.name.clone(),
        file: files[find.file].file.display().to_string(),
        line: find.line,
        what: find.what,
        why: find.why,
    };
    finds.into_iter().take(MOST).map(suspicion).collect()
}

/// Does it take in a file that was not handed in? Then there is nothing that can be built.
pub fn leads_out(suspicion: &Suspicion) -> bool {
    suspicion.why == rules::LEADS_OUT
}

/// Does it reach into the tests themselves, so that none of their verdicts can be believed?
pub fn is_beyond_belief(suspicion: &Suspicion) -> bool {
    rules::BEYOND_BELIEF.contains(&suspicion.why.as_str())
}

fn finds(files: &[&Staged], tests: &[&str]) -> Vec<Find> {
    let texts: Vec<_> = files.iter().map(|staged| String::from_utf8_lossy(&staged.text)).collect();
    let paths = files.iter().map(|staged| &*staged.file);
    let files: Vec<_> = paths.zip(texts.iter().map(AsRef::as_ref)).collect();
    search::search(&files, tests)
}

#[cfg(test)]
mod tests {
    use super::find::MOST_OF_A_KIND;
    use super::*;
    use crate::alike::honest;
    use std::path::Path;
    use xtask::catalogue;
    use xtask::mistake;

    /// What stands below `src` of a folder.
    fn taken(folder: &Path) -> Vec<Staged> {
        stage_source::take(&folder.join("src")).unwrap().0
    }

    fn told(suspicions: &[Suspicion]) -> Vec<String> {
        let line =
            |s: &Suspicion| format!("{} {}:{}: {} ({})", s.section, s.file, s.line, s.what, s.why);
        suspicions.iter().map(line).collect()
    }

    /// Each is defensible: this is what the teacher is to look at.
    const SUSPICIOUS_MISTAKES: [&str; 7] = [
        "process/grandchild-works: std::process::abort()",
        "process/runs-exit-handlers: std::process::exit(code)",
        "process/shares-memory: libc::clone(Self::begin, stack, flags, process) })?;",
        "signal/exits-with-the-buffers: std::process::exit(1)",
        "process-pool/a-descriptor-for-each-call: std::fs::File::open(\"/dev/null\"));",
        "producer-consumer/keeps-a-copy: unsafe { std::ptr::read(&self.slots[self.front]) }?;",
        "producer-consumer/slots-without-drop: unsafe { item.assume_init() })",
    ];

    #[test]
    fn nothing_of_the_course_itself_is_suspicious_and_little_of_the_mistakes() {
        let mut suspicious = vec![];
        for section in catalogue::select(&[]).unwrap() {
            let allowance = Allowance::of(&section);
            for folder in [course::exercise(&section), course::solution(&section)] {
                let suspicions = inspect(&section, &taken(&folder), &allowance);
                assert_eq!(told(&suspicions), Vec::<String>::new());
            }
            for mistake in mistake::load(&section).unwrap() {
                let candidate = mistake::stage(&section, &mistake, "inspected").unwrap();
                let suspicions = inspect(&section, &taken(&candidate.folder), &allowance);
                suspicious.extend(
                    suspicions
                        .first()
                        .map(|first| format!("{}/{}: {}", section.name, mistake.name, first.what)),
                );
            }
        }
        assert_eq!(suspicious, SUSPICIOUS_MISTAKES);
    }

    /// What is found in a `src/lib.rs` of a section.
    fn found_in(section: &str, text: &str) -> Vec<String> {
        let section = catalogue::select_one(section).unwrap();
        let file = Staged { file: "src/lib.rs".into(), text: text.as_bytes().to_vec() };
        let suspicions = inspect(&section, &[file], &Allowance::of(&section));
        suspicions.iter().map(|found| format!("{}: {}", found.line, found.what)).collect()
    }

    #[test]
    fn what_deceives_is_found_with_its_line() {
        for (text, wanted) in [
            ("unsafe { f() }", "unsafe { f() }"),
            ("#[unsafe(no_mangle)] fn f() {}", "#[unsafe(no_mangle)]"),
            ("#[cfg_attr(all(), no_mangle)] fn f() {}", "#[cfg_attr(all(), no_mangle)]"),
            (
                "#[cfg_attr(all(), cfg_attr(all(), used))] static A: u8 = 0;",
                "#[cfg_attr(all(), cfg_attr(all(), used))]",
            ),
            (
                "#[r#link_section = \".init_array\"] static A: u8 = 0;",
                "#[r#link_section = \".init_array\"]",
            ),
            ("#[link(name = \"c\")] const A: u8 = 0;", "#[link(name = \"c\")]"),
            ("#[export_name = \"write\"] fn f() {}", "#[export_name = \"write\"]"),
            ("extern \"C\" { fn f(); }", "extern \"C\" { fn f(); }"),
            ("extern { fn f(); }", "extern { fn f(); }"),
            ("extern \"C\" fn write() {}", "extern \"C\" fn write() {}"),
            ("std::arch::asm!(\"nop\");", "std::arch::asm!(\"nop\");"),
            ("use std::arch::asm as a; a!(\"nop\");", "a!(\"nop\");"),
            ("include!(\"/etc/passwd\");", "include!(\"/etc/passwd\");"),
            ("use std::include_str as take; const A: &str = take!(\"x\");", "take!(\"x\");"),
            ("#[doc = include_str!(\"x\")] fn f() {}", "#[doc = include_str!(\"x\")]"),
            ("#[path = \"x.rs\"] mod a;", "#[path = \"x.rs\"]"),
            ("const A: &str = env!(\"HOME\");", "env!(\"HOME\");"),
            ("std::panic::set_hook(x);", "std::panic::set_hook(x);"),
            ("std::process::exit(0)", "std::process::exit(0)"),
            ("return ::std::process::exit(0)", "std::process::exit(0)"),
            ("use std::process as p; p::exit(0)", "p::exit(0)"),
            ("use std::{io, process::{self, exit as go}}; go(0)", "go(0)"),
            ("use std::process::*; exit(0)", "exit(0)"),
            ("mod a { pub use std::process as p; } self::a::p::r#exit(0)", "self::a::p::r#exit(0)"),
            ("use nix::libc as c; use c::exit as e; e(0)", "e(0)"),
            ("macro_rules! m { ($a:path) => { $a::exit(0) } }", "a::exit(0) } }"),
            ("macro_rules! m { ($a:ident) => { std::$a::exit(0) } }", "::$a::exit(0) } }"),
            (
                "macro_rules! m { () => { (n!({ std::process::exit(0) })) } }",
                "std::process::exit(0) })) } }",
            ),
            ("macro_rules! m { ($a:ident) => { std::$a::$b(0) } }", "::$a::$b(0) } }"),
            ("macro_rules! m { ($($a:ident)*) => { $($a)::*(0) } }", "::*(0) } }"),
            ("macro_rules! m { ($a:meta) => { #[$a] mod a; } }", "#[$a]"),
            ("macro_rules! m { ($a:ident) => { use std::$a::exit as e; e(0) } }", "e(0) } }"),
            ("libc::syscall(101, 0);", "libc::syscall(101, 0);"),
            ("libc::syscall(libc::SYS_ptrace, 0);", "libc::SYS_ptrace, 0);"),
            (
                "println!(\"{}\", std::process::id() + std::process::abort());",
                "std::process::abort());",
            ),
            ("libc::atexit(f);", "libc::atexit(f);"),
            ("a(\"/proc/self/mem\")", "\"/proc/self/mem\")"),
            ("a(\"/proc/{}/mem\")", "\"/proc/{}/mem\")"),
            ("a(b\"\\x2fproc/self/\\u{66}d\")", "b\"\\x2fproc/self/\\u{66}d\")"),
            ("a(concat!(\"/pr\", \"oc/self/mem\"))", "concat!(\"/pr\", \"oc/self/mem\"))"),
            ("a(r#\"/proc/self/fd/3\"#)", "r#\"/proc/self/fd/3\"#)"),
            ("a(\"HARNESS_PAGE\")", "\"HARNESS_PAGE\")"),
            ("a(\"test result: ok\")", "\"test result: ok\")"),
            ("a(c\"dlsym\")", "c\"dlsym\")"),
            ("a(\"schedule_loses\")", "\"schedule_loses\")"),
            ("a(stringify!(no_schedule_loses_a_hit))", "stringify!(no_schedule_loses_a_hit))"),
            ("std::env::args()", "std::env::args()"),
            ("use std::env; env::var(\"x\")", "env::var(\"x\")"),
            ("std::thread::current().name()", "name()"),
            ("use std::thread::current as me; me().name()", "name()"),
            ("use std::process::Command; Command::new(\"x\")", "Command::new(\"x\")"),
            ("std::net::TcpStream::connect(x)", "std::net::TcpStream::connect(x)"),
            ("std::fs::read(x)", "std::fs::read(x)"),
            ("use std::fs::File; File::open(x)", "File::open(x)"),
            ("use std::fs::File as F; F::open(x)", "F::open(x)"),
            ("let f = OwnedFd::from_raw_fd(3);", "OwnedFd::from_raw_fd(3);"),
            ("libc::write(1, a, 2);", "libc::write(1, a, 2);"),
            (
                "impl PartialEq for A { fn eq(&self, _: &A) -> bool { true } }",
                "impl PartialEq for A { fn eq(&self, _: &A) -> bool { true }…",
            ),
            (
                "impl<T> std::cmp::PartialEq<T> for A { fn eq(&self, other: &T) -> bool { let _ = 1; true } }",
                "impl<T> std::cmp::PartialEq<T> for A { fn eq(&self, other: …",
            ),
            (
                "impl PartialEq for A { fn eq(&self, b: &A) -> bool { self.0 == b.0 || true } }",
                "impl PartialEq for A { fn eq(&self, b: &A) -> bool { self.0…",
            ),
            ("std::mem::transmute(x)", "std::mem::transmute(x)"),
            ("union A { a: u8 }", "union A { a: u8 }"),
            ("if cfg!(debug_assertions) {}", "cfg!(debug_assertions) {}"),
            ("#[cfg(not(test))] fn f() {}", "#[cfg(not(test))]"),
            (
                "#[cfg_attr(debug_assertions, inline)] fn f() {}",
                "#[cfg_attr(debug_assertions, inline)]",
            ),
            ("extern crate std as real;", "extern crate std as real;"),
            ("extern crate alloc;", "extern crate alloc;"),
            ("use std as real;", "real;"),
            ("use crate::fake as std;", "std;"),
            ("mod std {}", "mod std {}"),
            ("mod r#harness {}", "mod r#harness {}"),
            ("macro_rules! assert_eq { () => {} }", "macro_rules! assert_eq { () => {} }"),
            ("#![feature(x)]", "#![feature(x)]"),
            ("#![no_main]", "#![no_main]"),
            ("#[global_allocator] static A: B = B;", "#[global_allocator]"),
            ("let a = \"\u{202e}\";", "let a = \"\u{202e}\";"),
            ("// a \u{2066} b", "// a \u{2066} b"),
        ] {
            let found = found_in("locks", &format!("\n{text}\n"));
            let found_of_memory = found_in("shared-memory", &format!("\n{text}\n"));
            let wanted = format!("2: {wanted}");
            assert!(found.contains(&wanted), "{text}: {found:?}");
            let is_only_unsafe = text.starts_with("unsafe");
            let is_test = text.contains("schedule_loses");
            assert!(
                found_of_memory.contains(&wanted) || is_only_unsafe || is_test,
                "{text}: {found_of_memory:?}"
            );
        }
    }

    #[test]
    fn what_is_only_text_is_no_code() {
        for text in [
            "// unsafe { asm!() } #[no_mangle]",
            "/* std::process::exit(0) /* set_hook */ transmute */",
            "/// It never calls `std::process::exit`, and reads no \"/proc/self/mem\".\nfn f() {}",
            "#[doc = \"/proc/self/mem\"]\nfn f() {}",
            "let a = \"unsafe { std::process::exit(0) } #[no_mangle] mod std;\";",
            "let a = r#\"\"; std::process::exit(0); \"\"#;",
            "let a = 'x'; let b: &'static str = \"'\"; // ' std::process::exit(0)",
        ] {
            assert_eq!(found_in("locks", text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn honest_code_is_not_suspicious() {
        for (section, text) in [
            (
                "process",
                "use nix::libc; fn f() { match unsafe { libc::fork() } { 0 => unsafe { libc::_exit(f as i32) }, p => {} } }",
            ),
            (
                "process",
                "fn f() { unsafe { match fork() { Ok(ForkResult::Child) => { let r = catch_unwind(work); nix::libc::_exit(r) } _ => {} } } }",
            ),
            (
                "process",
                "fn f() -> usize { std::fs::read_dir(\"/proc/self/task\").unwrap().count() }",
            ),
            (
                "signal",
                "extern \"C\" fn on_signal(_: c_int) { unsafe { libc::write(FD, WORDS.as_ptr().cast(), 5); libc::kill(libc::getpid(), 9); } }",
            ),
            (
                "signal",
                "fn f() { let a = SigAction::new(SigHandler::Handler(g), SaFlags::empty(), SigSet::empty()); unsafe { sigaction(Signal::SIGUSR1, &a).unwrap(); } }",
            ),
            (
                "signal",
                "fn f() { let mut a: libc::sigaction = unsafe { std::mem::zeroed() }; unsafe { libc::sigaction(9, &a, std::ptr::null_mut()); } }",
            ),
            (
                "shared-memory",
                "fn f(p: *mut i64) { unsafe { *p.add(1) = 2; std::ptr::write_volatile(p, 3); std::slice::from_raw_parts(p, 2)[0] * 2 } }",
            ),
            (
                "shared-memory",
                "fn f() { unsafe { libc::shmat(libc::shmget(libc::IPC_PRIVATE, 8, 0o600), std::ptr::null(), 0) } }",
            ),
            (
                "locks",
                "fn f() { let name = thread::Builder::new().name(\"a\".into()); thread::current().id(); let exit = 1; g(exit); self.exit(); }",
            ),
            (
                "locks",
                "struct P { name: String } impl P { fn name(&self) -> &str { &self.name } } fn f(p: P) { p.name(); }",
            ),
            (
                "locks",
                "#[derive(PartialEq)] struct A; impl PartialEq<u8> for A { fn eq(&self, other: &u8) -> bool { self.0 == *other } }",
            ),
            (
                "locks",
                "#[cfg(test)]\nmod tests { use super::*; #[test] fn no_schedule_loses_a_hit() { std::process::exit(0); std::fs::read(\"/proc/self/mem\"); } }",
            ),
            (
                "locks",
                "#[cfg(unix)] fn f() { debug_assert!(true); assert_eq!(1, 1, \"no_permit\"); dbg!(1); core::mem::swap(a, b); }",
            ),
            (
                "locks",
                "macro_rules! max { ($a:expr, $($b:expr),*) => { { let t = $a; $t::new(); t } } }",
            ),
            (
                "locks",
                "use std::sync::{self, atomic::*}; use nix::libc; use super::*; fn f(env: u8, args: u8, process: u8) -> impl Fn() + use<> { move || env }",
            ),
            ("locks", "mod process { pub fn exit() {} } fn f() { process::exit(); }"),
            (
                "locks",
                "#[cfg(test)]\n#[allow(unused)]\npub(crate) mod test { fn f() { std::process::exit(0); } }\nfn interleave() { interleave(); let harness = 1; g(harness) }",
            ),
            ("process", "use std::sync::Arc; fn f() { unsafe { g(Arc::clone(&a)); fork(); } }"),
            ("pipes", "fn f(pipe: OwnedFd) { let file = std::fs::File::from(pipe); }"),
        ] {
            assert_eq!(found_in(section, text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn answers_that_nobody_copied_are_not_suspicious() {
        let section = honest::locks();
        for answer in honest::answers() {
            let found = inspect(&section, &answer, &Allowance::of(&section));
            assert_eq!(told(&found), Vec::<String>::new());
        }
    }

    #[test]
    fn what_needs_more_than_the_section_is_suspicious_there_only() {
        let block = "fn f() { unsafe { libc::_exit(0) } }";
        assert_eq!(found_in("process", block), Vec::<String>::new());
        assert_eq!(found_in("locks", block).len(), 2);
        let other = "fn f() { unsafe { libc::mprotect(a, 1, 2); } }";
        assert_eq!(found_in("process", other), ["1: libc::mprotect(a, 1, 2); } }"]);
        assert_eq!(found_in("shared-memory", other), Vec::<String>::new());
        let pointer = "fn f() { let w = libc::setuid; unsafe { *(0x1000 as *mut u8) = 1; } }";
        assert_eq!(found_in("process", pointer).len(), 2);
        let number = "fn f() { OwnedFd::from_raw_fd(n); OwnedFd::from_raw_fd(3); }";
        assert_eq!(found_in("process", number), ["1: OwnedFd::from_raw_fd(3); }"]);
    }

    #[test]
    fn a_name_that_another_file_gives_is_followed() {
        let section = catalogue::select_one("locks").unwrap();
        let file = |name: &str, text: &str| Staged { file: name.into(), text: text.into() };
        let files = [
            file("src/lib.rs", "mod b; fn f() { b::leave(0) }"),
            file("src/b.rs", "pub use std::process::exit as leave;"),
        ];
        let suspicions = inspect(&section, &files, &Allowance::of(&section));
        assert_eq!(suspicions.len(), 1);
        assert_eq!((&*suspicions[0].file, suspicions[0].line), ("src/lib.rs", 1));
        let other_order = files.into_iter().rev().collect::<Vec<_>>();
        assert_eq!(inspect(&section, &other_order, &Allowance::of(&section)), suspicions);
    }

    #[test]
    fn what_is_no_rust_is_left_to_the_compiler() {
        for text in ["fn f( {", "}", "unsafe { (] }", "\"unsafe { asm!() }", "\u{0}\u{fffd}"] {
            assert_eq!(found_in("locks", text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn no_nesting_is_too_deep_for_the_search() {
        for bracket in
            ["(", "[", "{", "unsafe {", "a!(", "/*", "use a::{", "&<", "#[cfg_attr(all(), "]
        {
            let text = "fn f() {}\n".to_owned() + &bracket.repeat(100_000);
            let found = found_in("locks", &text);
            let is_bracket = !matches!(bracket, "/*" | "&<");
            assert_eq!(found.len(), usize::from(is_bracket), "{bracket}: {found:?}");
        }
    }

    #[test]
    fn a_text_of_one_piece_repeated_costs_no_more_than_another() {
        for piece in [
            "use ",
            "use a as b;",
            "use a::*;",
            "_exit::",
            "_exit ",
            "impl ",
            "unsafe fn ",
            "a::<",
            "\"/proc\" ",
            "#[",
            "a!",
        ] {
            let text = piece.repeat(100_000 / piece.len());
            let started = std::time::Instant::now();
            found_in("locks", &text);
            assert!(started.elapsed().as_secs() < 5, "{piece}");
        }
    }

    #[test]
    fn what_takes_in_a_file_from_elsewhere_leads_out_however_it_is_written() {
        let leads = |text: &str| {
            let section = catalogue::select_one("locks").unwrap();
            let file = Staged { file: "src/lib.rs".into(), text: text.as_bytes().to_vec() };
            inspect(&section, &[file], &Allowance::of(&section)).iter().any(leads_out)
        };
        for text in [
            "const A: &str = include_str!(\"/dev/stdin\");",
            "const A: &[u8] = std::include_bytes!(\"../Cargo.toml\",);",
            "include!(concat!(\"/dev/\", \"stdin\"));",
            "use std::include_str as take; const A: &str = take!(\"/dev/tty\");",
            "macro_rules! m { ($a:ident) => { $a!(\"/dev/tty\") } } const A: &str = m!(include_str);",
            "#[doc = include_str!(\"../README.md\")] fn f() {}",
            "#[path = \"/dev/stdin\"] mod m;",
            "#[cfg_attr(all(), path = \"../../other/src/lib.rs\")] mod m;",
        ] {
            assert!(leads(text), "{text}");
        }
        for text in [
            "const A: &str = include_str!(\"data.txt\");",
            "#[path = \"parts/m.rs\"] mod m;",
            "fn include(path: &str) { path.include(); }",
        ] {
            assert!(!leads(text), "{text}");
        }
        let many = "const A: &str = include_str!(\"a\");\n".repeat(100);
        assert!(leads(&(many + "const B: &str = include_str!(\"/dev/zero\");")));
    }

    #[test]
    fn a_flood_hides_nothing_of_another_kind() {
        let flood = "fn f() { std::process::exit(0); }\n".repeat(10_000);
        let found = found_in("locks", &format!("{flood}\nfn g() {{ transmute(x) }}"));
        assert_eq!(found.len(), MOST_OF_A_KIND + 1);
        let kinds: String = (0..1000).map(|n| format!("std::env::f{n}();\n")).collect();
        assert_eq!(found_in("locks", &kinds).len(), MOST);
        assert!(found.iter().all(|line| line.chars().count() < 70));
        let behind = found_in("locks", &(kinds + "#[unsafe(no_mangle)]"));
        assert!(behind.last().unwrap().contains("no_mangle"), "{behind:?}");
    }
}
