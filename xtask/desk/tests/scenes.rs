//! `cargo xtask break` in a real pseudo-terminal, by tmux, and through a pipe. What the screens should say lies in
//! `screens`; `BLESS=1 cargo test -p xtask-desk --test scenes` takes what there is now for what is right.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_xtask-desk");
/// A screen that has not come after this time does not come.
const PATIENCE: Duration = Duration::from_secs(20);
/// Between two looks at the screen.
const PAUSE: Duration = Duration::from_millis(20);

/// A terminal of 80 × 24 in a tmux of its own, which ends with it.
struct Terminal {
    socket: PathBuf,
}

impl Terminal {
    /// Runs the command, and after it a shell that says how it left the terminal.
    fn start(name: &str, arguments: &str) -> Self {
        let socket = format!("desk-{name}-{}", std::process::id());
        let socket = std::env::temp_dir().join(socket);
        let terminal = Self { socket };
        let script = format!(
            "env COURSE_LANG=en NO_COLOR=1 {PROGRAM} {arguments}; code=$?; \
             stty -a | grep -o -e '-\\?icanon' -e '-\\?echo '; echo exit $code; exec sleep 60"
        );
        terminal.tmux(&["-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", &script]);
        terminal
    }

    fn tmux(&self, arguments: &[&str]) -> String {
        let output =
            Command::new("tmux").args(["-u", "-S"]).arg(&self.socket).args(arguments).output();
        let output = output.expect("tmux must be installed for this test: apt install tmux");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "tmux {arguments:?}: {error}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p"])
    }

    /// Blocks until the screen has this on it.
    fn wait_for(&self, text: &str) -> String {
        let start = Instant::now();
        loop {
            let screen = self.screen();
            if screen.contains(text) {
                return screen;
            }
            assert!(start.elapsed() < PATIENCE, "{text:?} does not come:\n{screen}");
            std::thread::sleep(PAUSE);
        }
    }

    /// Sends this signal to the program.
    fn signal(&self, signal: &str) {
        let shell = self.tmux(&["display-message", "-p", "#{pane_pid}"]);
        let shell = shell.trim();
        let child = std::fs::read_to_string(format!("/proc/{shell}/task/{shell}/children"));
        let kill = Command::new("kill").args(["-s", signal, child.unwrap().trim()]).status();
        assert!(kill.unwrap().success(), "kill -s {signal}");
    }

    /// Types a key, and waits for what comes of it.
    fn key(&self, key: &str, comes: &str) -> String {
        self.tmux(&["send-keys", key]);
        self.wait_for(comes)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = Command::new("tmux").arg("-S").arg(&self.socket).arg("kill-server").output();
        let _ = std::fs::remove_file(&self.socket);
    }
}

/// Does the terminal collect lines, and echo what is typed?
fn is_as_before(screen: &str) -> bool {
    ["icanon", "echo"].iter().all(|mode| screen.lines().any(|line| line.trim() == *mode))
}

/// The screen is the one that is kept under this name.
fn is_kept(name: &str, screen: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/screens").join(name);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&file, screen).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(kept == screen, "{} says\n{kept}\nand now it is\n{screen}", file.display());
}

#[test]
fn a_deadlock_is_played_to_its_end_and_its_mended_program() {
    let terminal = Terminal::start("deadlock", "break locks");
    is_kept("deadlock-begins.txt", &terminal.wait_for("A     9  → begins"));
    terminal.key("a", "A    10  → locks ann");
    terminal.key("b", "B    16  → locks bob");
    terminal.key("h", "In which order does it take them?");
    terminal.key("m", "main can't go on: it waits until B has ended.");
    is_kept("deadlock-halfway.txt", &terminal.key("a", "holds ann; locks bob"));
    terminal.key("u", "A    10  → locks ann");
    terminal.key("a", "holds ann; locks bob");
    is_kept("deadlock-won.txt", &terminal.key("b", "the fewest"));
    is_kept("deadlock-compared.txt", &terminal.key("w", "Yours"));
    terminal.key("Escape", "the fewest");
    is_kept("deadlock-mended.txt", &terminal.key("n", "no choice loses"));
    terminal.key("a", "A    28  → locks ann");
    terminal.key("a", "A    29  → holds ann; locks bob");
    is_kept("deadlock-explored.txt", &terminal.key("Enter", "every schedule was explored"));
    terminal.key("n", "Adding up the accounts");
    let left = terminal.key("q", "exit 0");
    assert!(is_as_before(&left), "the terminal is not as before:\n{left}");
}

#[test]
fn a_lost_update_is_played_with_the_arrows() {
    let terminal = Terminal::start("update", "break threads");
    terminal.wait_for("▸ A");
    terminal.key("Up", "▸ m");
    terminal.key("j", "▸ A");
    terminal.key("Enter", "A    12  → reads best");
    terminal.key("Enter", "A    13  → writes best");
    is_kept("update-read.txt", &terminal.key("Down", "▸ B"));
    terminal.key("Enter", "B    12  → reads best");
    terminal.key("Enter", "B    13  → writes best");
    terminal.key("Enter", "B writes best: 9");
    is_kept("update-won.txt", &terminal.key("Enter", "You have won!"));
    terminal.key("?", "take the last choice back");
    terminal.key("x", "You have won!");
    terminal.key("q", "exit 0");
}

#[test]
fn a_small_terminal_says_so_and_a_larger_one_goes_on() {
    let terminal = Terminal::start("small", "break events");
    terminal.wait_for("A door that shuts again");
    terminal.tmux(&["resize-window", "-x", "60", "-y", "20"]);
    terminal.wait_for("The terminal has 60 × 20: 80 × 24 are needed.");
    terminal.tmux(&["resize-window", "-x", "90", "-y", "30"]);
    terminal.wait_for("A door that shuts again");
    terminal.key("q", "exit 0");
}

#[test]
fn whatever_ends_it_gives_the_terminal_back() {
    for (key, exit) in [("C-c", "exit 130"), ("TERM", "exit 143"), ("HUP", "exit 129")] {
        let terminal = Terminal::start(&format!("ends-{key}"), "break locks");
        terminal.wait_for("Two transfers");
        let left = match key {
            "C-c" => terminal.key(key, exit),
            signal => {
                terminal.signal(signal);
                terminal.wait_for(exit)
            }
        };
        assert!(is_as_before(&left), "{key}:\n{left}");
        assert!(!left.contains("Two transfers"), "{key} leaves the other screen:\n{left}");
    }
}

#[test]
fn ctrl_z_without_a_shell_changes_nothing() {
    let terminal = Terminal::start("alone", "break locks");
    terminal.wait_for("A     9  → begins");
    terminal.tmux(&["send-keys", "C-z"]);
    terminal.key("a", "A    10  → locks ann");
    terminal.key("q", "exit 0");
}

#[test]
fn it_stops_for_ctrl_z_and_comes_back() {
    let terminal = Terminal::start("stops", "--help");
    terminal.wait_for("exit 0");
    terminal.tmux(&[
        "respawn-pane",
        "-k",
        "env LC_ALL=C.UTF-8 COURSE_LANG=en PS1='$ ' bash --norc",
    ]);
    terminal.wait_for("$");
    // As with `cargo run`, it is the child of what the shell has started.
    let command = format!("sh -c '{PROGRAM} break locks; true'");
    terminal.tmux(&["send-keys", &command, "Enter"]);
    terminal.wait_for("A     9  → begins");
    terminal.key("C-z", "Stopped");
    terminal.tmux(&["send-keys", "fg", "Enter"]);
    terminal.wait_for("A     9  → begins");
    terminal.key("a", "A    10  → locks ann");
}

/// What comes when this is typed into a pipe, in English if nothing else is said.
fn piped(arguments: &[&str], typed: &str) -> Output {
    let mut child = Command::new(PROGRAM)
        .args(arguments)
        .env("COURSE_LANG", "en")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn a_pipe_plays_line_by_line_and_has_no_colours() {
    let output = piped(&["break", "locks"], "a\nb\na\nb\nw\nq\n");
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(text.contains("You have won!") && text.contains("The shortest win"), "{text}");
    assert!(!text.contains('\u{1b}'), "escapes in a pipe: {text:?}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "too wide:\n{text}");
}

#[test]
fn it_speaks_french() {
    let output = piped(&["--lang", "fr", "break", "locks"], "a\nb\na\nb\nn\nq\n");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("Quel thread continue\u{a0}?") && text.contains("Gagné !"), "{text}");
    assert!(text.contains("Deux virements\u{a0}: le programme réparé."), "{text}");
}

#[test]
fn predictions_are_asked_for_through_a_pipe() {
    let output = piped(&["predict", "locks", "--count", "2"], "seven\n1\n1\n");
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(text.contains("seed 1") && text.contains("A number from 1 to"), "{text}");
    assert!(text.contains("of 2 were right."), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "too wide:\n{text}");
}

#[test]
fn who_has_read_enough_hears_no_complaint() {
    for verb in ["break", "predict"] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = Command::new(PROGRAM)
            .args([verb, "locks"])
            .stdin(Stdio::null())
            .stdout(writer)
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{verb}");
        assert_eq!(output.status.code(), Some(0), "{verb}");
    }
}

#[test]
fn a_section_without_threads_says_which_have_some() {
    for verb in ["break", "predict"] {
        let output = piped(&[verb, "pipes"], "");
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(error.contains("has no threads") && error.contains("6, 7, 9"), "{error}");
    }
}
