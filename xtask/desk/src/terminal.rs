//! The terminal as a screen: taken, drawn on, and given back as it was, whatever happens in between.

use nix::libc;
use nix::sys::termios::{SetArg, Termios, cfmakeraw, tcgetattr, tcsetattr};
use std::io::{self, IsTerminal, Write, stdin, stdout};
use std::sync::{Mutex, Once, PoisonError};

/// The other page of the terminal, without a cursor; and back.
const ENTER: &str = "\x1b[?1049h\x1b[?25l";
const LEAVE: &str = "\x1b[?25h\x1b[?1049l";

/// How the terminal was before it was taken; none when it is not. A panic needs it, wherever it happens.
static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

/// The screen. Dropping it gives the terminal back.
pub struct Terminal {
    /// What is on it.
    shown: String,
}

impl Terminal {
    /// Takes the terminal.
    ///
    /// # Errors
    /// There is none, or it has gone.
    pub fn take() -> io::Result<Self> {
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            let print = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |panic| {
                // On the other page the message would be lost. A program that is led panics as a part of the play.
                if interleave::current().is_none() {
                    give_back();
                }
                print(panic);
            }));
        });
        let mut terminal = Self { shown: String::new() };
        terminal.retake()?;
        Ok(terminal)
    }

    /// Takes it once more, after somebody else had it.
    ///
    /// # Errors
    /// It has gone.
    pub fn retake(&mut self) -> io::Result<()> {
        let mut before = BEFORE.lock().unwrap_or_else(PoisonError::into_inner);
        let now = tcgetattr(stdin())?;
        let mut raw = before.get_or_insert(now).clone();
        cfmakeraw(&mut raw);
        tcsetattr(stdin(), SetArg::TCSADRAIN, &raw)?;
        self.forget();
        write(ENTER)
    }

    /// Another size, or another program: what is on it is not known any more.
    pub fn forget(&mut self) {
        self.shown.clear();
    }

    /// Gives it to somebody else for a while.
    pub fn lend(&self) {
        give_back();
    }

    /// Shows these rows and nothing else. What is there already is not written again.
    ///
    /// # Errors
    /// The terminal has gone.
    pub fn show(&mut self, rows: &[String]) -> io::Result<()> {
        let rows = rows.join("\x1b[K\r\n");
        let screen = format!("\x1b[H{rows}\x1b[K\x1b[J");
        if screen != self.shown {
            write(&screen)?;
            self.shown = screen;
        }
        Ok(())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        give_back();
    }
}

/// Is there a terminal that can be drawn on, with somebody at its keys?
pub fn is_screen() -> bool {
    let is_dumb = std::env::var("TERM").map_or(true, |name| name.is_empty() || name == "dumb");
    stdin().is_terminal() && stdout().is_terminal() && !is_dumb
}

/// Columns and rows of the terminal; 80 and 24 where nobody knows.
pub fn size() -> (usize, usize) {
    let mut size = libc::winsize { ws_row: 0, ws_col: 0, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: this request writes one `winsize`.
    let result = unsafe { libc::ioctl(libc::STDOUT_FILENO, libc::TIOCGWINSZ, &raw mut size) };
    match (result, size.ws_col, size.ws_row) {
        (0, columns @ 1.., rows @ 1..) => (columns.into(), rows.into()),
        _ => (80, 24),
    }
}

fn give_back() {
    let before = BEFORE.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(before) = before {
        // Where it has gone, nobody misses it.
        let _ = write(LEAVE);
        let _ = tcsetattr(stdin(), SetArg::TCSADRAIN, &before);
    }
}

fn write(text: &str) -> io::Result<()> {
    let mut out = stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}
