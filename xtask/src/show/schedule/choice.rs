//! Which steps and threads of a schedule are shown: it may be long.

use super::words::Words;
use crate::schedule::{Failure, Switch, What};
use crate::words;
use std::collections::BTreeSet;

/// Of a longer schedule: so many of the first steps; of one without end, so many of the last.
const FIRST: usize = 6;
const LAST_OF_ENDLESS: usize = 4;
/// With more lanes than this, one that only starts threads and waits for them is left out.
const FEW_LANES: usize = 3;

/// How much there is room for.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    pub steps: usize,
    pub lanes: usize,
}

/// What is shown.
pub struct Choice<'a> {
    words: &'a Words<'a>,
    pub threads: Vec<usize>,
    /// The numbers of the events.
    pub steps: Vec<usize>,
}

impl<'a> Choice<'a> {
    pub fn new(words: &'a Words<'a>, room: Room) -> Self {
        let schedule = words.schedule;
        // What comes after the panic is of no interest.
        let panic = schedule.events.iter().position(|event| event.what == What::Panic);
        let all = 0..panic.map_or(schedule.events.len(), |panic| panic + 1);
        let told: Vec<usize> = all.filter(|&index| is_told(words, index)).collect();
        let threads = chosen_threads(words, &told, room.lanes);
        let told =
            told.into_iter().filter(|&index| threads.contains(&schedule.events[index].thread));
        Self { words, steps: chosen_steps(words, told.collect(), room.steps), threads }
    }

    /// How many steps are left out between these two, in words; `None` when none is.
    pub fn gap(&self, after: Option<usize>, step: usize) -> Option<String> {
        let from = after.map_or(0, |after| after + 1);
        let mut missing = (from..step).filter(|&index| is_told(self.words, index)).count();
        if let Some(cut) = self.words.schedule.cut
            && (from..=step).contains(&cut.before)
        {
            missing += cut.count;
        }
        match missing {
            0 => None,
            1 => Some(words!("1 step left out", "1 pas sauté")),
            many => Some(words!("{many} steps left out", "{many} pas sautés")),
        }
    }

    /// The number of a step, counted over the gap.
    pub fn number(&self, step: usize) -> String {
        let cut = self.words.schedule.cut.filter(|cut| cut.before <= step);
        (step + 1 + cut.map_or(0, |cut| cut.count)).to_string()
    }

    /// The threads that are not shown.
    pub fn left_out(&self) -> Option<String> {
        let all = self.words.schedule.threads.iter().enumerate();
        let out = all.filter(|(thread, _)| !self.threads.contains(thread));
        let out: Vec<&str> = out.map(|(_, name)| name.as_str()).collect();
        (!out.is_empty()).then(|| out.join(", "))
    }
}

/// Is this event worth a row?
fn is_told(words: &Words<'_>, index: usize) -> bool {
    let event = &words.schedule.events[index];
    let stepped_in = event.switch != Switch::None && event.switch != Switch::Free;
    let is_dull = matches!(event.what, What::Begin | What::End | What::Now | What::LeaveOnce);
    stepped_in || !is_dull
}

/// The threads that get a lane: those that matter most, in their order.
fn chosen_threads(words: &Words<'_>, told: &[usize], most: usize) -> Vec<usize> {
    let schedule = words.schedule;
    let events = told.iter().map(|&index| &schedule.events[index]);
    let acts = |thread: &usize| {
        let mut own = events.clone().filter(|event| event.thread == *thread);
        own.any(|event| !matches!(event.what, What::Start | What::Join))
            || schedule.waiting_thread(*thread).is_some_and(|it| it.what != What::Join)
    };
    let all = 0..schedule.threads.len();
    let mut threads: Vec<usize> = all.clone().collect();
    if threads.len() > FEW_LANES {
        threads = all.filter(acts).collect();
    }
    let circle: BTreeSet<usize> =
        schedule.circle().unwrap_or_default().iter().map(|waiting| waiting.thread).collect();
    let weight = |thread: usize| {
        let last = told.iter().rposition(|&index| schedule.events[index].thread == thread);
        let panics = schedule.panic().is_some_and(|event| event.thread == thread);
        (circle.contains(&thread) || panics, last)
    };
    let mut by_weight = threads.clone();
    by_weight.sort_by_key(|&thread| std::cmp::Reverse(weight(thread)));
    by_weight.truncate(most);
    threads.retain(|thread| by_weight.contains(thread));
    threads
}

/// The steps that are shown, of those that could be: the first, the last, and where the scheduler stepped in.
fn chosen_steps(words: &Words<'_>, told: Vec<usize>, most: usize) -> Vec<usize> {
    let is_endless = words.schedule.failure == Some(Failure::Endless);
    if told.len() <= most && !is_endless {
        return told;
    }
    let is_mark = |position: usize| {
        let step = told[position];
        words.switch(step).is_some() || words.story.steps[step].is_lost
    };
    let mut kept: BTreeSet<usize> = (0..told.len().min(FIRST)).collect();
    for position in (0..told.len()).rev().filter(|&position| is_mark(position)) {
        if kept.len() + 3 <= most / 2 {
            kept.extend(position.saturating_sub(1)..told.len().min(position + 2));
        }
    }
    let last = if is_endless { LAST_OF_ENDLESS } else { most - kept.len() };
    kept.extend(told.len().saturating_sub(last)..told.len());
    kept.into_iter().map(|position| told[position]).collect()
}
