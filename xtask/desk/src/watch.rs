//! `cargo xtask watch`: stays open beside the editor, and checks on every save.
//!
//! One thread and one loop: it waits until something happens, tells the desk, does what the desk asks for, and shows the
//! desk. Students' code runs in processes of its own, so no key ever waits for it.

mod checker;
mod desk;
mod fold;
mod frame;
mod list;
mod plain;
mod saves;

use crate::key;
use crate::signals::{self, Came, Signals};
use crate::terminal::{self, Terminal};
use checker::Check;
use desk::{Desk, Effect, Event, Question, Row};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use plain::Plain;
use saves::{Manner, Saves};
use std::io::{self, stdin};
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::process::ExitCode;
use xtask::catalogue::{self, Section};
use xtask::desk::watch::Arguments;
use xtask::fault::Fault;
use xtask::list::State;
use xtask::memory::Progress;
use xtask::translation::Translation;
use xtask::{course, words};

/// How often files are looked at where there are no events, in milliseconds.
const LOOK: u16 = 1000;

/// Stays until somebody quits.
///
/// # Errors
/// There is no such section, or the system refuses what is needed.
pub fn run(arguments: Arguments) -> Result<ExitCode, Fault> {
    let sections = catalogue::select(&[])?;
    if sections.is_empty() {
        return Err(Fault::new(words!("there is no section", "il n'y a aucune section")));
    }
    let rows = rows(&sections);
    let current = match &arguments.section {
        Some(word) => {
            let wanted = catalogue::select_one(word)?.number;
            rows.iter().position(|row| row.number == wanted)
        }
        None => rows.iter().position(|row| !row.is_whole),
    };
    let desk = Desk::new(rows, current.unwrap_or(0), terminal::size());
    let system = |error: &dyn std::fmt::Display| {
        Fault::new(words!(
            "the terminal can't be used: {error}",
            "le terminal est inutilisable : {error}"
        ))
        .next("cargo xtask watch --plain")
    };
    let signals = Signals::hold().map_err(|error| system(&error))?;
    let screen = match arguments.plain || !terminal::is_screen() {
        true => Screen::Lines(Plain::default()),
        false => Screen::Whole(Terminal::take().map_err(|error| system(&error))?),
    };
    let watched = desk.watched();
    let saves = Saves::of(folders(&sections, &watched));
    let check = Some(Check::start(&desk.section().name)?);
    let is_typed_at = true;
    Watch { sections, desk, signals, screen, is_typed_at, saves, watched, check }.stay()?;
    Ok(ExitCode::SUCCESS)
}

/// How the desk is shown.
enum Screen {
    Whole(Terminal),
    Lines(Plain),
}

/// The desk, and all that it has to do with.
struct Watch {
    sections: Vec<Section>,
    desk: Desk,
    signals: Signals,
    screen: Screen,
    /// The end of what is typed has not come.
    is_typed_at: bool,
    saves: Saves,
    /// The sections of its folders.
    watched: Vec<usize>,
    check: Option<Check>,
}

impl Watch {
    fn stay(mut self) -> Result<(), Fault> {
        loop {
            if self.show().is_err() {
                // Nobody sees it any more.
                return Ok(());
            }
            let events = self.wait();
            if self.is_over_after(events)? {
                // The last verdict was not shown yet, where it ends with it.
                let _ = self.show();
                return Ok(());
            }
        }
    }

    fn show(&mut self) -> io::Result<()> {
        match &mut self.screen {
            Screen::Whole(terminal) => terminal.show(&frame::rows(&self.desk, self.saves.manner())),
            Screen::Lines(plain) => plain.show(&self.desk, self.saves.manner()),
        }
    }

    /// Tells the desk of these events, and does what it asks for. Says whether it asks to end.
    fn is_over_after(&mut self, mut events: Vec<Event>) -> Result<bool, Fault> {
        while !events.is_empty() {
            for event in std::mem::take(&mut events) {
                let effects = self.desk.update(event);
                events.extend(self.watch_what_matters());
                for effect in effects {
                    if effect == Effect::Quit {
                        return Ok(true);
                    }
                    self.apply(effect)?;
                }
            }
        }
        Ok(false)
    }

    /// Watches the folders that the desk wants now. Saves that came meanwhile are not lost.
    fn watch_what_matters(&mut self) -> Vec<Event> {
        let watched = self.desk.watched();
        if watched == self.watched {
            return vec![];
        }
        // From here on the new one sees each save; what came before, the old one has.
        let saves = Saves::of(folders(&self.sections, &watched));
        let late = std::mem::replace(&mut self.saves, saves).take();
        let before = std::mem::replace(&mut self.watched, watched);
        let late = late.into_iter().map(|index| before[index]);
        late.filter(|section| self.watched.contains(section)).map(Event::Saved).collect()
    }

    /// Waits until something happens; what it was.
    fn wait(&mut self) -> Vec<Event> {
        let keyboard = stdin();
        let descriptors = [
            Some(self.signals.descriptor()),
            self.is_typed_at.then(|| keyboard.as_fd()),
            self.check.as_ref().map(Check::descriptor),
            self.saves.descriptor(),
        ];
        let there = descriptors.iter().flatten();
        let mut sources: Vec<_> = there.map(|fd| PollFd::new(*fd, PollFlags::POLLIN)).collect();
        let limit = match self.saves.manner() {
            Manner::Events => PollTimeout::NONE,
            Manner::Polling => PollTimeout::from(LOOK),
        };
        match poll(&mut sources, limit) {
            Err(Errno::EINTR) => return vec![],
            Err(_) => return vec![Event::End],
            Ok(_) => {}
        }
        let mut sources = sources.iter();
        let [signalled, typed, heard, _] = descriptors.map(|descriptor| {
            descriptor.is_some_and(|_| sources.next().is_some_and(|fd| fd.any() != Some(false)))
        });
        let mut events = vec![];
        if signalled {
            self.take_signals(&mut events);
        }
        if typed {
            self.take_keys(&mut events);
        }
        // Saves come before the verdict: one of the files as they were before is not shown any more.
        let saved = self.saves.take();
        events.extend(saved.into_iter().map(|index| Event::Saved(self.watched[index])));
        let is_outdated = events.iter().any(|event| matches!(event, Event::Saved(_)));
        if heard
            && !is_outdated
            && let Some((outcome, text)) = self.check.as_mut().and_then(Check::hear)
        {
            self.check = None;
            events.push(Event::Checked(outcome, text, rows(&self.sections)));
        }
        events
    }

    fn take_signals(&mut self, events: &mut Vec<Event>) {
        for came in self.signals.take() {
            match came {
                Came::End(_) => events.push(Event::End),
                Came::Suspend => events.push(Event::Suspend),
                Came::OtherSize => {
                    if let Screen::Whole(terminal) = &mut self.screen {
                        terminal.forget();
                    }
                    let (columns, rows) = terminal::size();
                    events.push(Event::Resized(columns, rows));
                }
                Came::Back => self.come_back(events),
            }
        }
    }

    fn take_keys(&mut self, events: &mut Vec<Event>) {
        let mut bytes = [0; 256];
        match nix::unistd::read(stdin(), &mut bytes) {
            Err(Errno::EINTR | Errno::EAGAIN) => {}
            Ok(count @ 1..) => match &mut self.screen {
                Screen::Whole(_) => {
                    events.extend(key::keys(&bytes[..count]).into_iter().map(Event::Key));
                }
                Screen::Lines(plain) => events.extend(plain.typed(&bytes[..count], &self.desk)),
            },
            // A terminal that has gone, or the end of what was piped in.
            _ => {
                self.is_typed_at = false;
                events.push(match self.screen {
                    Screen::Whole(_) => Event::End,
                    Screen::Lines(_) => Event::InputEnded,
                });
            }
        }
    }

    fn come_back(&mut self, events: &mut Vec<Event>) {
        let is_there = match &mut self.screen {
            Screen::Whole(terminal) => terminal.retake().is_ok(),
            Screen::Lines(_) => true,
        };
        let (columns, rows) = terminal::size();
        events.push(Event::Resized(columns, rows));
        events.push(if is_there { Event::Resumed } else { Event::End });
    }

    fn apply(&mut self, effect: Effect) -> Result<(), Fault> {
        let name = self.desk.section().name.clone();
        match effect {
            Effect::Stop => self.check = None,
            Effect::Check => {
                // The old one first: two would wait for each other.
                self.check = None;
                self.check = Some(Check::start(&name)?);
            }
            Effect::Ask(question) => {
                let event = match question {
                    Question::Hint => Event::Answered(checker::ask(&["hint", &name])),
                    Question::Solution => Event::Answered(checker::ask(&["solution", &name])),
                    Question::Reset => {
                        let answer = checker::ask(&["reset", &name]);
                        // Our own doing, and the check that follows sees it.
                        self.saves.take();
                        Event::WasReset(answer)
                    }
                };
                for effect in self.desk.update(event) {
                    self.apply(effect)?;
                }
            }
            Effect::Suspend => {
                if let Screen::Whole(terminal) = &self.screen {
                    terminal.lend();
                }
                signals::stop_here();
                // Here somebody has brought it back, or nobody could have, and it was not stopped.
                let mut events = vec![];
                self.come_back(&mut events);
                for event in events {
                    for effect in self.desk.update(event) {
                        self.apply(effect)?;
                    }
                }
            }
            Effect::Quit => {}
        }
        Ok(())
    }
}

fn folders(sections: &[Section], watched: &[usize]) -> Vec<PathBuf> {
    watched.iter().map(|&index| course::exercise(&sections[index])).collect()
}

fn rows(sections: &[Section]) -> Vec<Row> {
    sections.iter().map(row).collect()
}

fn row(section: &Section) -> Row {
    let progress = Progress::load(section);
    let state = xtask::list::state(section, progress.as_ref());
    Row {
        number: section.number,
        name: section.name.clone(),
        title: Translation::of(section).title().to_owned(),
        minutes: section.minutes,
        points: (progress.map_or(0, |progress| progress.points), section.points()),
        is_whole: state == State::Done,
        state: fold::plain(&state.to_string()),
        tests: section.tests.iter().map(|test| test.name.clone()).collect(),
    }
}
