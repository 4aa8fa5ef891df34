//! The terminal as the game sees it: it shows lines, and one input comes after the other.

use crate::key::{self, Key};
use crate::signals::{self, Came, Signals};
use crate::terminal::Terminal;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;
use std::collections::VecDeque;
use std::io::{self, stdin};
use std::os::fd::AsFd;

/// What comes from the outside.
#[derive(Clone, Copy, Debug)]
pub enum Input {
    /// A key was pressed.
    Key(Key),
    /// The screen must be drawn anew.
    Redraw,
}

/// The terminal, with its keys and its signals.
pub struct Console {
    terminal: Terminal,
    signals: Signals,
    /// What was read, and not yet asked for.
    inputs: VecDeque<Input>,
}

impl Console {
    /// Takes the terminal. The caller must be the only thread.
    ///
    /// # Errors
    /// It is none, or can't be set.
    pub fn open() -> io::Result<Self> {
        // Signals first: one that comes in between must not end us with the terminal taken.
        let signals = Signals::hold()?;
        Ok(Self { terminal: Terminal::take()?, signals, inputs: VecDeque::new() })
    }

    /// Shows these lines, and nothing else.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn show(&mut self, lines: &[String]) -> io::Result<()> {
        self.terminal.show(lines)
    }

    /// The next input. Blocks. A request to end, by Ctrl-C too, ends the program, with the terminal as it was before.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn next(&mut self) -> io::Result<Input> {
        loop {
            match self.inputs.pop_front() {
                Some(Input::Key(Key::Interrupt)) => self.end(Signal::SIGINT),
                Some(Input::Key(Key::Suspend)) => self.suspend()?,
                Some(input) => return Ok(input),
                None => self.wait()?,
            }
        }
    }

    /// Waits until something comes.
    fn wait(&mut self) -> io::Result<()> {
        let keyboard = stdin();
        let mut sources = [self.signals.descriptor(), keyboard.as_fd()]
            .map(|source| PollFd::new(source, PollFlags::POLLIN));
        match poll(&mut sources, PollTimeout::NONE) {
            Err(Errno::EINTR) => return Ok(()),
            other => other?,
        };
        let [signalled, typed] = sources.map(|source| source.any() != Some(false));
        if signalled {
            self.take_signals()?;
        }
        if typed {
            self.take_keys();
        }
        Ok(())
    }

    fn take_signals(&mut self) -> io::Result<()> {
        for came in self.signals.take() {
            match came {
                Came::End(signal) => self.end(signal),
                Came::Suspend => self.suspend()?,
                Came::OtherSize => {
                    self.terminal.forget();
                    self.inputs.push_back(Input::Redraw);
                }
                Came::Back => self.come_back()?,
            }
        }
        Ok(())
    }

    fn take_keys(&mut self) {
        let mut bytes = [0; 256];
        match nix::unistd::read(stdin(), &mut bytes) {
            Err(Errno::EINTR | Errno::EAGAIN) => {}
            Ok(count @ 1..) => {
                self.inputs.extend(key::keys(&bytes[..count]).into_iter().map(Input::Key))
            }
            // No key can come any more: it is as if the terminal were closed.
            _ => self.end(Signal::SIGHUP),
        }
    }

    /// Stops until somebody brings it back; where nobody could, it goes on.
    fn suspend(&mut self) -> io::Result<()> {
        self.terminal.lend();
        signals::stop_here();
        self.come_back()
    }

    fn come_back(&mut self) -> io::Result<()> {
        self.inputs.push_back(Input::Redraw);
        self.terminal.retake()
    }

    /// Ends as a shell says of a program that this signal has ended.
    fn end(&self, signal: Signal) -> ! {
        self.terminal.lend();
        std::process::exit(128 + signal as i32)
    }
}
