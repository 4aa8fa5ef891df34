//! A scripted learner at a real pseudo-terminal: section 1, from the first command to done, with wrong turns on the way.
//! What the screen shows after each step is compared with a file. `BLESS=1 cargo test -p xtask-desk --test learner` takes
//! what there is now for what is right.

mod common;

use common::{Course, eventually};
use nix::sys::signal::{Signal, kill};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const SECTIONS: [&str; 2] = ["01-process", "02-signal"];
const LIBRARY: &str = "exercises/01-process/src/lib.rs";

#[test]
fn section_one_in_english() {
    learn("en");
}

#[test]
fn section_one_in_french() {
    learn("fr");
}

/// Whoever ends it, in the middle of a check: the terminal is as before, and nothing goes on.
#[test]
fn however_it_ends_it_leaves_nothing() {
    let course = Course::with("ends", &SECTIONS[..1]);
    let hangs = course.read(LIBRARY).replace(FIRST, "loop { std::hint::spin_loop() }");
    course.write(LIBRARY, &hangs);
    let screen = Screen::open(&course, "en");
    let is_running = || course.processes().iter().any(|name| name.starts_with("section-"));
    let state = || format!("{:?}\n{}", course.processes(), screen.text());
    let signals = [None, Some(Signal::SIGINT), Some(Signal::SIGTERM), Some(Signal::SIGKILL)];
    for signal in signals {
        screen.line("clear; xtask-desk watch");
        eventually("the code hangs", is_running, state);
        match signal {
            None => screen.keys(&["C-c"]),
            Some(signal) => kill(course.process("xtask-desk"), signal).unwrap(),
        }
        eventually("only the shell is left", || course.processes() == ["bash"], state);
        if signal != Some(Signal::SIGKILL) {
            screen.line(LINES_ARE_EDITED);
            screen.wait_for("ICANON");
        }
    }
    // Where no shell could bring it back, Ctrl-Z does not put it aside, and keys are still keys.
    screen.line("stty sane; clear; setsid --wait xtask-desk watch");
    eventually("the code hangs", is_running, state);
    screen.keys(&["C-z"]);
    eventually("it is checked again", is_running, state);
    screen.keys(&["l"]);
    screen.wait_for(">  1 process");
    screen.keys(&["q"]);
    eventually("only the shell is left", || course.processes() == ["bash"], state);
    screen.line("clear; xtask-desk watch");
    eventually("the code hangs", is_running, state);
    // The terminal is closed: no key, no signal of ours.
    drop(screen);
    eventually("nothing is left", || course.processes().is_empty(), String::new);
}

/// What the stub says where the first function is to be written.
const FIRST: &str = "todo!(\"begin with 0 and 1, add with care, and stop at F(n)\")";
/// The terminal is as it was when this prints ICANON: it edits lines itself.
const LINES_ARE_EDITED: &str = "stty -a | grep -o ' icanon' | tr a-z A-Z";

/// What the learner looks for on the screen, in both languages.
fn word(language: &str, english: &'static str) -> &'static str {
    match (language, english) {
        ("en", english) => english,
        (_, "Type next") => "Tapez ensuite",
        (_, "Not whole yet") => "Pas encore terminée",
        (_, "Checking") => "Vérification …",
        (_, "is whole") => "Section terminée",
        (_, "Bring the stub") => "Rétablir le squelette",
        (_, "is the stub again") => "est de nouveau le squelette",
        (_, "your own") => "votre texte",
        (_, other) => panic!("no French for {other:?}"),
    }
}

fn learn(language: &str) {
    let course = Course::with(language, &SECTIONS);
    let stub = course.read(LIBRARY);
    let answer = course.read("solutions/01-process/src/lib.rs");
    let mut screen = Screen::open(&course, language);
    let see = |english| word(language, english);

    screen.line("xtask");
    screen.wait_for(see("Type next"));
    screen.keep("the first command");

    screen.line("xtask-desk watch");
    screen.wait_for(see("Not whole yet"));
    screen.keep("watch, with nothing written");

    // A wrong turn: it does not compile. What rustc says is another text with each version of it.
    course.write(LIBRARY, &stub.replace("todo!(\"call it\")", "self("));
    screen.wait_for("unclosed");
    screen.wait_for(see("Not whole yet"));
    screen.keep_edges("a compile error");

    // A wrong turn: it never ends. Meanwhile keys work.
    course.write(LIBRARY, &stub.replace(FIRST, "loop { std::hint::spin_loop() }"));
    screen.wait_for(see("Checking"));
    screen.keys(&["l"]);
    screen.wait_for(">  1 process");
    screen.keep("the list, while the code hangs");
    screen.keys(&["Escape"]);
    screen.wait_for("result::the_numbers_begin_with_zero");
    screen.wait_for(see("Not whole yet"));
    screen.keep("the code hangs");

    // A save during a check: the check is stopped, and the new text counts.
    course.write(LIBRARY, &stub.replace(FIRST, "loop {}"));
    screen.wait_for(see("Checking"));
    course.write(LIBRARY, &answer);
    screen.wait_for(see("is whole"));
    screen.keep("whole");
    screen.keys(&["s"]);
    screen.wait_for(see("your own"));
    screen.keep("the solution");
    screen.keys(&["Escape"]);
    screen.resize(60, 20);
    screen.wait_for_rows(20);
    screen.keep("a smaller window");
    screen.resize(80, 24);

    // Aside, and back.
    screen.keys(&["C-z"]);
    screen.wait_for("Stopped");
    screen.line("fg");
    screen.wait_for(see("is whole"));

    screen.keys(&["x"]);
    screen.wait_for(see("Bring the stub"));
    screen.keys(&[if language == "fr" { "o" } else { "y" }]);
    screen.wait_for(see("is the stub again"));
    screen.wait_for(see("Not whole yet"));
    screen.keep("the stub is back");
    assert_eq!(course.read(LIBRARY), stub);
    assert_eq!(course.read("kept/01-process-1/src/lib.rs"), answer);

    // On to the next, and out while it is being checked.
    screen.keys(&["n"]);
    screen.wait_for("signal");
    screen.wait_for(see("Checking"));
    screen.keys(&["q"]);
    screen.wait_for("$ fg");
    screen.line(LINES_ARE_EDITED);
    screen.wait_for("ICANON");
    screen.compare();
    drop(screen);
    eventually(
        "nothing goes on",
        || course.processes().is_empty(),
        || format!("{:?}", course.processes()),
    );
}

/// A terminal of its own, by tmux.
struct Screen {
    socket: String,
    language: String,
    kept: String,
}

impl Screen {
    fn open(course: &Course, language: &str) -> Self {
        // A server for each: tests run side by side, and keys go to the session that was opened last.
        let name = course.root.file_name().unwrap().to_string_lossy();
        let socket = format!("learner-{}-{name}", std::process::id());
        let screen = Self { socket, language: language.into(), kept: String::new() };
        let path = std::env::var("PATH").unwrap_or_default();
        let mut shell = vec!["env".to_owned(), "-u".into(), "NO_COLOR".into()];
        let environment = course.environment().map(|(name, value)| format!("{name}={value}"));
        shell.extend(environment);
        shell.push(format!("PATH={}:{path}", course.programs().display()));
        shell.push(format!("COURSE_LANG={language}"));
        shell.extend(["PS1=$ ".to_owned(), "LC_ALL=C.UTF-8".into(), "HISTFILE=".into()]);
        shell.extend(["bash", "--norc", "--noprofile", "-i"].map(str::to_owned));
        let mut open = screen.tmux(&["new-session", "-d", "-x", "80", "-y", "24", "-c"]);
        open.arg(&course.root).args(shell);
        // The terminal is this test's, and not the one that the test was started from.
        let opened = open.env_remove("TMUX").output();
        let opened = opened.unwrap_or_else(|error| {
            panic!("this test needs tmux, and it can't be started: {error}. apt-get install tmux")
        });
        succeeded(&opened);
        screen.wait_for("$");
        screen
    }

    fn tmux(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("tmux");
        command.args(["-u", "-L", &self.socket, "-f", "/dev/null"]).args(arguments);
        command
    }

    fn run(&self, arguments: &[&str]) -> String {
        let output = self.tmux(arguments).output().unwrap();
        succeeded(&output);
        String::from_utf8(output.stdout).unwrap()
    }

    fn keys(&self, keys: &[&str]) {
        self.run(&[&["send-keys"], keys].concat());
    }

    fn line(&self, text: &str) {
        self.run(&["send-keys", "-l", text]);
        self.keys(&["Enter"]);
    }

    fn resize(&self, columns: usize, rows: usize) {
        let [columns, rows] = [columns, rows].map(|size| size.to_string());
        self.run(&["resize-window", "-x", &columns, "-y", &rows]);
    }

    fn text(&self) -> String {
        self.run(&["capture-pane", "-p"])
    }

    #[track_caller]
    fn wait_for(&self, word: &str) {
        eventually(
            &format!("{word:?} on the screen"),
            || self.text().contains(word),
            || self.text(),
        );
    }

    /// Waits until the last line, that of the keys, stands in this row.
    #[track_caller]
    fn wait_for_rows(&self, rows: usize) {
        let keys = if self.language == "fr" { "h indice" } else { "h hint" };
        let holds = || {
            let text = self.text();
            text.lines().nth(rows - 1).is_some_and(|line| line.starts_with(keys))
        };
        eventually("the keys in the last row", holds, || self.text());
    }

    /// Keeps what is on the screen, to be compared.
    fn keep(&mut self, step: &str) {
        let text = self.text();
        self.add(step, text.lines());
    }

    /// Keeps the lines around the text alone.
    fn keep_edges(&mut self, step: &str) {
        let text = self.text();
        let lines: Vec<_> = text.lines().collect();
        let (above, below) = (&lines[..2], &lines[lines.len() - 2..]);
        self.add(step, above.iter().chain(below).copied());
    }

    fn add<'a>(&mut self, step: &str, lines: impl Iterator<Item = &'a str>) {
        self.kept.push_str(&format!("==== {step}\n"));
        for line in lines {
            self.kept.push_str(line.trim_end());
            self.kept.push('\n');
        }
    }

    /// Compares what was kept with the file; or makes the file of it.
    fn compare(&self) {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/screens");
        let file = file.join(format!("{}.txt", self.language));
        if std::env::var_os("BLESS").is_some() {
            fs::write(&file, &self.kept).unwrap();
        }
        let right = fs::read_to_string(&file).unwrap_or_default();
        let seen = &self.kept;
        assert!(right == *seen, "{} says\n{right}\nand now it is\n{seen}", file.display());
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.tmux(&["kill-server"]).output();
    }
}

#[track_caller]
fn succeeded(output: &Output) {
    assert!(output.status.success(), "tmux: {}", String::from_utf8_lossy(&output.stderr));
}
