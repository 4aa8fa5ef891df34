//! The terminal while something is played on it: raw, on the alternate screen; and as it was before, however it ends.

use crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use crossterm::terminal::{self, EnterAlternateScreen, LeaveAlternateScreen};
use crossterm::{cursor, execute, queue, style};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, getpgrp, getsid};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGTSTP};
use signal_hook::iterator::Signals;
use signal_hook::low_level;
use std::io::{self, Write};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

/// What comes from the outside.
#[derive(Clone, Copy, Debug)]
pub enum Input {
    /// A key was pressed.
    Key(KeyCode),
    /// The screen must be drawn anew.
    Redraw,
}

/// The terminal, ours until it is dropped. There is one at a time.
pub struct Terminal {
    inputs: Receiver<Input>,
}

impl Terminal {
    /// Takes the terminal. A panic, Ctrl-Z, SIGTERM, SIGHUP and SIGINT give it back as it was.
    ///
    /// # Errors
    /// It is none, or can't be set.
    pub fn take() -> io::Result<Self> {
        give_back_on_panic();
        let (sender, inputs) = channel();
        let signals = Signals::new([SIGHUP, SIGINT, SIGTERM, SIGTSTP])?;
        enter()?;
        let of_signals = sender.clone();
        thread::spawn(move || obey(signals, &of_signals));
        thread::spawn(move || listen(&sender));
        Ok(Self { inputs })
    }

    /// The next input. Blocks; `None` when there will be no more.
    pub fn next(&self) -> Option<Input> {
        self.inputs.recv().ok()
    }

    /// Columns and rows.
    pub fn size(&self) -> (usize, usize) {
        let (columns, rows) = terminal::size().unwrap_or((80, 24));
        (columns.into(), rows.into())
    }

    /// Shows these lines, and nothing else. Each fits its row.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn show(&self, lines: &[String]) -> io::Result<()> {
        let mut out = io::stdout().lock();
        for (row, line) in (0..).zip(lines) {
            queue!(out, cursor::MoveTo(0, row), style::Print(line))?;
            queue!(out, terminal::Clear(terminal::ClearType::UntilNewLine))?;
        }
        queue!(out, terminal::Clear(terminal::ClearType::FromCursorDown))?;
        out.flush()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        leave();
    }
}

/// Is the terminal not as it was before? To put it back twice would move the cursor into what was printed since.
static TAKEN: AtomicBool = AtomicBool::new(false);

fn enter() -> io::Result<()> {
    TAKEN.store(true, SeqCst);
    terminal::enable_raw_mode()?;
    execute!(io::stdout(), EnterAlternateScreen, cursor::Hide)
}

/// What can't be put back can't be told either.
fn leave() {
    if !TAKEN.swap(false, SeqCst) {
        return;
    }
    let _ = execute!(io::stdout(), cursor::Show, LeaveAlternateScreen);
    let _ = terminal::disable_raw_mode();
}

/// The message of a panic belongs on the screen of before.
fn give_back_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            // A program that is led panics as a part of the play.
            if interleave::current().is_none() {
                leave();
            }
            before(info);
        }));
    });
}

/// Ends, or stops and goes on, with the terminal as it was before.
fn obey(mut signals: Signals, sender: &Sender<Input>) {
    for signal in signals.forever() {
        // Nobody draws until it is ours again.
        let _out = io::stdout().lock();
        leave();
        if signal != SIGTSTP {
            std::process::exit(128 + signal);
        }
        stop();
        // Here somebody has put it into the foreground again.
        if enter().is_err() || sender.send(Input::Redraw).is_err() {
            return;
        }
    }
}

/// Stops until it is put into the foreground again, together with the cargo that has started it: the shell waits for that
/// one. Where no shell is that could put it there, it goes on.
fn stop() {
    if getsid(None) != Ok(getpgrp()) {
        let _ = kill(Pid::from_raw(0), Signal::SIGSTOP);
    }
}

/// Hands on the keys, until nobody wants them any more. When none can come, it is as if the terminal were closed.
fn listen(sender: &Sender<Input>) {
    while let Ok(event) = event::read() {
        let input = match event {
            Event::Key(KeyEvent { kind: KeyEventKind::Release, .. }) => continue,
            Event::Key(KeyEvent { code, modifiers: KeyModifiers::CONTROL, .. }) => {
                // In a raw terminal these two are keys like others.
                let _ = match code {
                    KeyCode::Char('c') => low_level::raise(SIGINT),
                    KeyCode::Char('z') => low_level::raise(SIGTSTP),
                    _ => Ok(()),
                };
                continue;
            }
            Event::Key(KeyEvent { code, .. }) => Input::Key(code),
            _ => Input::Redraw,
        };
        if sender.send(input).is_err() {
            return;
        }
    }
    let _ = low_level::raise(SIGHUP);
}
