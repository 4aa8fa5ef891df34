//! What went wrong in a schedule, in one sentence or two.

use super::words::{Words, short};
use crate::schedule::{Event, Failure, Waiting, What};
use crate::words;
use harness::{Place, split_assertion};
use std::collections::BTreeMap;

/// So many threads at most are told of that wait in vain.
const MOST: usize = 4;
/// So many events at the end show what goes on for ever.
const TAIL: usize = 60;

impl Words<'_> {
    /// Why this wait has no end, when no circle is the reason.
    fn hopeless(&self, waiting: &Waiting) -> String {
        match waiting.what {
            What::Wake => {
                words!("nobody is left who could notify it", "plus personne ne peut le réveiller")
            }
            What::Receive => {
                words!("nobody is left who could send one", "plus personne ne peut en envoyer")
            }
            What::Send | What::Handover => {
                words!("nobody is left who could receive", "plus personne ne peut recevoir")
            }
            What::Pass => words!("nobody is left who could come", "plus personne ne peut arriver"),
            What::Park => words!(
                "nobody is left who could unpark it",
                "plus personne ne peut le faire repartir"
            ),
            What::Lock | What::Read | What::Write | What::WakeNotified => {
                words!("that is never given back", "il ne sera jamais rendu")
            }
            _ => words!("nobody is left who could help", "plus personne ne peut l'aider"),
        }
    }

    /// One sentence, or two, that say what went wrong.
    pub fn sentence(&self) -> String {
        match self.schedule.failure {
            Some(Failure::Panic) => self.panic(),
            Some(Failure::Endless) => self.endless(),
            Some(Failure::Deadlock) => self.deadlock(),
            None => crate::words!("Nothing fails.", "Rien n'échoue."),
        }
    }

    /// The same with both sides of an assertion.
    pub fn whole_sentence(&self) -> String {
        let sides = self.schedule.panic().and_then(|event| split_assertion(&event.value).1);
        match sides.filter(|_| self.schedule.failure == Some(Failure::Panic)) {
            None => self.sentence(),
            Some((actual, expected)) => {
                let sentence = self.sentence();
                words!(
                    "{sentence} (expected {expected}, got {actual})",
                    "{sentence} (attendu : {expected}, obtenu : {actual})"
                )
            }
        }
    }

    fn panic(&self) -> String {
        // The first one: others may have panicked because of it.
        let Some(event) = self.schedule.panic() else { return words!("It panics.", "Il panique.") };
        let place = event.place.as_ref().map_or(String::new(), at);
        let (message, _) = split_assertion(&event.value);
        let message = message.lines().map(str::trim).collect::<Vec<_>>().join(", ");
        let who = self.thread(event.thread);
        words!("{who} panics{place}: {message}", "{who} panique{place} : {message}")
    }

    fn endless(&self) -> String {
        let events = &self.schedule.events;
        let mut turns = BTreeMap::<usize, BTreeMap<String, usize>>::new();
        let runs = |event: &&Event| {
            let waiting = self.schedule.waiting_thread(event.thread);
            waiting.is_none_or(|waiting| !waiting.what.waits())
        };
        for event in events[events.len().saturating_sub(TAIL)..].iter().filter(runs) {
            let places = turns.entry(event.thread).or_default();
            let at = event.place.as_ref().map_or(String::new(), at);
            *places.entry(at).or_default() += 1;
        }
        let who: Vec<String> = turns
            .iter()
            .map(|(&thread, places)| {
                let most = places.iter().max_by_key(|(_, count)| **count);
                format!("{}{}", self.thread(thread), most.map_or("", |(at, _)| at))
            })
            .collect();
        let all = who.join(&words!(" and ", " et "));
        match who.len() {
            1 => words!(
                "It does not come to an end: {all} goes round and round.",
                "Cela ne finit pas : {all} tourne en rond."
            ),
            _ => words!(
                "It does not come to an end: {all} go round and round.",
                "Cela ne finit pas : {all} tournent en rond."
            ),
        }
    }

    fn deadlock(&self) -> String {
        if let Some(circle) = self.schedule.circle() {
            let parts: Vec<String> = circle.iter().map(|waiting| self.link(waiting)).collect();
            return deadlock(&parts.join(&words!("; ", " ; ")));
        }
        let hopeless = self.schedule.hopeless();
        let mut parts: Vec<String> = vec![];
        for waiting in hopeless.iter().take(MOST) {
            let (who, clause) = (self.thread(waiting.thread), self.clause(waiting));
            let why = self.hopeless(waiting);
            parts.push(words!("{who} {clause}; {why}", "{who} {clause} ; {why}"));
        }
        let lost: Vec<String> = hopeless.iter().filter_map(|waiting| self.lost(waiting)).collect();
        let lost = lost.first().map_or(String::new(), |lost| format!(" {lost}"));
        match &parts[..] {
            [] => words!(
                "Deadlock: no thread can go on.{lost}",
                "Interblocage : aucun thread ne peut continuer.{lost}"
            ),
            parts => deadlock(&parts.join(&words!(". And ", ". Et "))) + &lost,
        }
    }

    /// One thread of a circle: what it holds that others wait for, and what it waits for.
    fn link(&self, waiting: &Waiting) -> String {
        let wanted = |object: usize| {
            let all = self.schedule.waiting.iter().filter(|other| other.thread != waiting.thread);
            all.into_iter().any(|other| other.objects.contains(&object))
        };
        let held = self.story.held_at_end(waiting.thread).iter().copied();
        let held: Vec<String> =
            held.filter(|&lock| wanted(lock)).map(|lock| self.quoted(lock)).collect();
        let holds = match held.is_empty() {
            true => String::new(),
            false => {
                let held = held.join(", ");
                words!("holds {held} and ", "tient {held} et ")
            }
        };
        format!("{} {holds}{}", self.thread(waiting.thread), self.clause(waiting))
    }

    /// What became of the last notification that this thread would have needed.
    fn lost(&self, waiting: &Waiting) -> Option<String> {
        let condvar = *waiting.objects.first().filter(|_| waiting.what == What::Wake)?;
        let last = |is_it: &dyn Fn(&Event) -> bool| {
            let of_condvar = |event: &Event| event.objects.first() == Some(&condvar);
            self.schedule.events.iter().rposition(|event| of_condvar(event) && is_it(event))
        };
        let notification = last(&|event| matches!(event.what, What::NotifyOne | What::NotifyAll));
        let wait = last(&|event| event.what == What::Wait && event.thread == waiting.thread);
        let name = self.quoted(condvar);
        let Some(index) = notification else {
            return Some(words!(
                "Nobody has notified {name}.",
                "Personne n'a rien signalé sur {name}."
            ));
        };
        let at = short(self.schedule.events[index].place.as_ref()?);
        let step = &self.story.steps[index];
        Some(if step.is_lost {
            words!(
                "A notification of {name} at {at} was lost: nobody waited then.",
                "Un signal sur {name}, en {at}, s'est perdu : personne n'attendait à ce moment."
            )
        } else if Some(index) < wait {
            words!(
                "The last notification of {name}, at {at}, came before it waited.",
                "Le dernier signal sur {name}, en {at}, est venu avant qu'il n'attende."
            )
        } else {
            let woken = self.threads(&step.woken);
            words!(
                "The last notification of {name}, at {at}, woke {woken} and nobody else.",
                "Le dernier signal sur {name}, en {at}, a réveillé {woken}, et personne d'autre."
            )
        })
    }
}

/// Where it was.
fn at(place: &Place) -> String {
    let place = short(place);
    words!(" at {place}", " en {place}")
}

fn deadlock(parts: &str) -> String {
    words!("Deadlock: {parts}.", "Interblocage : {parts}.")
}
