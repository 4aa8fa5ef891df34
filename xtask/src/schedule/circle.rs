//! Who keeps whom waiting at the end.

use super::{Event, Schedule, Waiting, What};

impl Schedule {
    /// The panic that everything else followed from.
    pub fn panic(&self) -> Option<&Event> {
        self.events.iter().find(|event| event.what == What::Panic)
    }

    /// Threads that wait for each other in a circle, if there are such.
    pub fn circle(&self) -> Option<Vec<&Waiting>> {
        self.waiting.iter().find_map(|first| self.circle_through(first))
    }

    /// The circle that this one is part of: the shortest way back to it.
    fn circle_through<'a>(&'a self, first: &'a Waiting) -> Option<Vec<&'a Waiting>> {
        let mut ways = vec![vec![first]];
        let mut seen = vec![];
        while let Some(way) = (!ways.is_empty()).then(|| ways.remove(0)) {
            let last = way[way.len() - 1];
            if last.waits_for.contains(&first.thread) {
                return Some(way);
            }
            for next in last.waits_for.iter().filter_map(|&thread| self.waiting_thread(thread)) {
                if !seen.contains(&next.thread) {
                    seen.push(next.thread);
                    ways.push([&way[..], &[next]].concat());
                }
            }
        }
        None
    }

    /// Those that wait for nobody who waits himself: why the others wait, too.
    pub fn hopeless(&self) -> Vec<&Waiting> {
        let waits = |thread: &usize| self.waiting_thread(*thread).is_some();
        self.waiting.iter().filter(|waiting| !waiting.waits_for.iter().any(waits)).collect()
    }

    /// What this thread waits for at the end.
    pub fn waiting_thread(&self, thread: usize) -> Option<&Waiting> {
        self.waiting.iter().find(|waiting| waiting.thread == thread)
    }
}
