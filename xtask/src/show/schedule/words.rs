//! The words for what happens in a schedule. Words of one kind are in one `match`.

use crate::schedule::{Event, Outcome, Schedule, Story, Switch, Wait, Waiting, What};
use crate::words;
use harness::Place;

/// What is to be put into words.
pub struct Words<'a> {
    pub schedule: &'a Schedule,
    pub story: &'a Story,
}

impl Words<'_> {
    pub(super) fn thread(&self, thread: usize) -> &str {
        &self.schedule.threads[thread]
    }

    fn object(&self, object: usize) -> &str {
        &self.schedule.objects[object].name
    }

    /// The name of an object within a sentence.
    pub(super) fn quoted(&self, object: usize) -> String {
        format!("`{}`", self.object(object))
    }

    pub(super) fn threads(&self, all: &[usize]) -> String {
        all.iter().map(|&thread| self.thread(thread)).collect::<Vec<_>>().join(", ")
    }

    /// What a thread does, in few words.
    pub fn step(&self, index: usize) -> String {
        let event = &self.schedule.events[index];
        let first = event.objects.first().map_or("", |&object| self.object(object));
        let second = event.objects.get(1).map_or("", |&object| self.object(object));
        let other = event.other.map_or_else(
            || words!("a thread", "un thread"),
            |thread| self.thread(thread).to_owned(),
        );
        let value = match &event.value[..] {
            "" => String::new(),
            value => words!(": {value}", " : {value}"),
        };
        let is_done = event.outcome == Outcome::Done;
        match event.what {
            What::Begin => words!("begins", "commence"),
            What::Start => words!("starts {other}", "lance {other}"),
            What::End => words!("ends", "se termine"),
            What::Panic => words!("panics", "panique"),
            What::Join => words!("sees that {other} has ended", "voit que {other} a fini"),
            What::IsFinished if is_done => {
                words!("sees that {other} has ended", "voit que {other} a fini")
            }
            What::IsFinished => {
                words!("sees that {other} still runs", "voit que {other} tourne encore")
            }
            What::Lock => words!("locks {first}", "verrouille {first}"),
            What::Read => words!("locks {first} to read", "verrouille {first} pour lire"),
            What::Write => words!("locks {first} to write", "verrouille {first} pour écrire"),
            What::Queue => {
                words!("stands in line to write {first}", "fait la queue pour écrire {first}")
            }
            What::TryLock | What::TryRead | What::TryWrite if is_done => {
                words!("tries {first}, and locks it", "essaie {first}, et le verrouille")
            }
            What::TryLock | What::TryRead | What::TryWrite => {
                words!("tries {first}: taken", "essaie {first} : pris")
            }
            What::Unlock => words!("unlocks {first}", "libère {first}"),
            What::Wait => {
                words!("waits on {first}, unlocks {second}", "attend sur {first}, libère {second}")
            }
            What::Downgrade => words!("keeps {first} to read", "garde {first} pour lire"),
            What::Wake | What::WakeNotified => self.wake(event),
            What::NotifyOne | What::NotifyAll => match &self.story.steps[index].woken[..] {
                [] => words!("wakes nobody: lost", "ne réveille personne : perdu"),
                woken => {
                    let woken = self.threads(woken);
                    words!("wakes {woken}", "réveille {woken}")
                }
            },
            What::Load => words!("reads {first}{value}", "lit {first}{value}"),
            What::Store => words!("writes {first}{value}", "écrit {first}{value}"),
            What::Update => words!("updates {first}{value}", "modifie {first}{value}"),
            What::Arrive => words!("comes to {first}", "arrive à {first}"),
            What::Pass => words!("passes {first}", "passe {first}"),
            What::EnterOnce if is_done => {
                words!("begins to make {first}", "commence à créer {first}")
            }
            What::EnterOnce | What::AwaitOnce => {
                words!("finds {first} made", "trouve {first} déjà créé")
            }
            What::LeaveOnce => words!("has made {first}", "a créé {first}"),
            What::PeekOnce if is_done => {
                words!("sees that {first} is made", "voit que {first} est créé")
            }
            What::PeekOnce => {
                words!("sees that {first} is not made", "voit que {first} n'est pas créé")
            }
            What::Send | What::TrySend => {
                let vain = self.vain(event);
                words!("sends to {first}{vain}", "envoie à {first}{vain}")
            }
            What::Handover => {
                let vain = self.vain(event);
                words!("hands over to {first}{vain}", "remet à {first}{vain}")
            }
            What::Receive | What::TryReceive => {
                let vain = self.vain(event);
                words!("receives from {first}{vain}", "reçoit de {first}{vain}")
            }
            What::PeekChannel => words!("looks into {first}", "regarde dans {first}"),
            What::Select if event.outcome == Outcome::Refused => {
                words!("selects: nothing is ready", "choisit un canal : rien n'est prêt")
            }
            What::Select => {
                let vain = self.vain(event);
                words!("selects{vain}", "choisit un canal{vain}")
            }
            What::SelectReceive => {
                let vain = self.vain(event);
                words!("select: receives from {first}{vain}", "select : reçoit de {first}{vain}")
            }
            What::SelectSend => {
                let vain = self.vain(event);
                words!("select: sends to {first}{vain}", "select : envoie à {first}{vain}")
            }
            What::DropSender => {
                words!("drops a sender of {first}", "détruit un émetteur de {first}")
            }
            What::DropReceiver => {
                words!("drops the receiver of {first}", "détruit le récepteur de {first}")
            }
            What::Park => {
                let vain = self.vain(event);
                words!("was parked, goes on{vain}", "était garé, repart{vain}")
            }
            What::Unpark => words!("unparks {other}", "fait repartir {other}"),
            What::Yield => words!("yields", "cède son tour"),
            What::Sleep => words!("has slept", "a dormi"),
            What::Now => words!("looks at the clock", "regarde l'heure"),
        }
    }

    fn wake(&self, event: &Event) -> String {
        let mutex = self.object(event.objects[1]);
        match (event.switch, event.outcome) {
            (Switch::Spurious, _) => words!("wakes up without a reason", "réveil intempestif"),
            (Switch::Timeout, _) => words!("has waited long enough", "a assez attendu"),
            (_, Outcome::TimedOut) => {
                words!("its time is over, locks {mutex}", "son délai est passé, verrouille {mutex}")
            }
            _ => words!("is awake, locks {mutex}", "est réveillé, verrouille {mutex}"),
        }
    }

    /// Why something has not come to what was wanted.
    fn vain(&self, event: &Event) -> String {
        let sends =
            matches!(event.what, What::Send | What::TrySend | What::Handover | What::SelectSend);
        match (event.outcome, sends) {
            (Outcome::Done, _) => String::new(),
            (Outcome::Refused, true) => words!(": full", " : plein"),
            (Outcome::Refused, false) => words!(": empty", " : vide"),
            (Outcome::Disconnected, true) => {
                words!(": no receiver is left", " : plus de récepteur")
            }
            (Outcome::Disconnected, false) => words!(": no sender is left", " : plus d'émetteur"),
            (Outcome::TimedOut, _) => words!(": its time is over", " : son délai est passé"),
        }
    }

    /// What a thread waits for in the meantime.
    pub fn meanwhile(&self, wait: Wait) -> String {
        match wait {
            Wait::Object(object) => format!("→ {}", self.object(object)),
            Wait::Other => "…".into(),
        }
    }

    /// The locks in a thread's hand after a step.
    pub fn held(&self, step: usize, thread: usize) -> String {
        let held = &self.story.steps[step].held[thread];
        let names: Vec<&str> = held.iter().map(|&lock| self.object(lock)).collect();
        if names.is_empty() { String::new() } else { format!("[{}]", names.join(", ")) }
    }

    /// That the scheduler has stepped in before this step.
    pub fn switch(&self, index: usize) -> Option<String> {
        let event = &self.schedule.events[index];
        let before = self.schedule.events[..index].last().map(|before| before.thread);
        let before = before.map_or_else(
            || words!("another thread", "un autre thread"),
            |thread| self.thread(thread).to_owned(),
        );
        match event.switch {
            Switch::Forced => Some(words!(
                "forced switch: {before} could have gone on",
                "changement forcé : {before} aurait pu continuer"
            )),
            Switch::Spurious => Some(words!(
                "a wakeup without a reason, as the system may do it",
                "un réveil intempestif, comme le système en a le droit"
            )),
            Switch::Timeout => Some(words!("time passes", "le temps passe")),
            Switch::None | Switch::Free => None,
        }
    }

    /// How often the scheduler stepped in.
    pub fn forced(&self) -> String {
        match self.schedule.forced {
            0 => words!("It needs no forced switch.", "Aucun changement forcé n'est nécessaire."),
            1 => words!("The scheduler stepped in once.", "L'ordonnanceur est intervenu une fois."),
            2 => {
                words!("The scheduler stepped in twice.", "L'ordonnanceur est intervenu deux fois.")
            }
            several => words!(
                "The scheduler stepped in {several} times.",
                "L'ordonnanceur est intervenu {several} fois."
            ),
        }
    }

    /// What a thread waits for at the end, in few words.
    pub fn waits(&self, waiting: &Waiting) -> String {
        let first = waiting.objects.first().map_or("", |&object| self.object(object));
        let second = waiting.objects.get(1).map_or("", |&object| self.object(object));
        match waiting.what {
            What::Lock | What::Read | What::Write => words!("waits for {first}", "attend {first}"),
            What::WakeNotified => words!("waits for {second}", "attend {second}"),
            What::Wake => words!("waits on {first}", "attend sur {first}"),
            What::Join => {
                let who = self.threads(&waiting.waits_for);
                words!("waits for {who}", "attend {who}")
            }
            What::Pass => words!("waits at {first}", "attend à {first}"),
            What::EnterOnce | What::AwaitOnce => words!("waits for {first}", "attend {first}"),
            What::Send => words!("waits for room in {first}", "attend de la place dans {first}"),
            What::Handover => {
                words!("waits for a receiver of {first}", "attend un récepteur de {first}")
            }
            What::Receive => {
                words!("waits for a message of {first}", "attend un message de {first}")
            }
            What::Select => {
                words!("waits for one of several channels", "attend l'un de plusieurs canaux")
            }
            What::Park => words!("is parked", "est garé"),
            What::Sleep => words!("sleeps", "dort"),
            // It could go on.
            _ => words!("runs", "tourne"),
        }
    }

    /// Who waits for what, as a clause of a sentence.
    pub fn clause(&self, waiting: &Waiting) -> String {
        let first = waiting.objects.first().map_or(String::new(), |&object| self.quoted(object));
        let second = waiting.objects.get(1).map_or(String::new(), |&object| self.quoted(object));
        let who = self.threads(&waiting.waits_for);
        let holder = match &waiting.waits_for[..] {
            [] => String::new(),
            [itself] if *itself == waiting.thread => {
                words!(", which it holds itself", ", qu'il tient lui-même")
            }
            [_] => words!(", which {who} holds", ", que tient {who}"),
            _ => words!(", which {who} hold", ", que tiennent {who}"),
        };
        match waiting.what {
            What::Lock | What::Read | What::Write | What::EnterOnce => {
                words!("waits for {first}{holder}", "attend {first}{holder}")
            }
            What::WakeNotified => words!(
                "was notified, and waits for {second}{holder}",
                "a été réveillé, et attend {second}{holder}"
            ),
            What::Wake => {
                words!("waits to be notified on {first}", "attend d'être réveillé sur {first}")
            }
            What::Join => words!("waits until {who} has ended", "attend la fin de {who}"),
            What::Pass => words!("waits at {first} for the others", "attend les autres à {first}"),
            What::AwaitOnce => {
                words!("waits until {first} is made", "attend que {first} soit créé")
            }
            What::Send => words!("waits for room in {first}", "attend de la place dans {first}"),
            What::Handover => words!(
                "waits until somebody receives from {first}",
                "attend que quelqu'un reçoive de {first}"
            ),
            What::Receive => {
                words!("waits for a message of {first}", "attend un message de {first}")
            }
            What::Select => {
                words!("waits for one of several channels", "attend l'un de plusieurs canaux")
            }
            What::Park => words!("is parked", "est garé"),
            What::Sleep => words!("sleeps", "dort"),
            _ => words!("could go on", "pourrait continuer"),
        }
    }

    /// A thread at the end: what it holds, and what it waits for.
    pub fn at_end(&self, waiting: &Waiting) -> String {
        let held = self.story.held_at_end(waiting.thread).iter();
        let held: Vec<String> = held.map(|&lock| self.quoted(lock)).collect();
        let holds = match held.is_empty() {
            true => String::new(),
            false => {
                let held = held.join(", ");
                words!("holds {held}, ", "tient {held}, ")
            }
        };
        let (who, clause) = (self.thread(waiting.thread), self.clause(waiting));
        format!("{who} {holds}{clause} ({})", short(&waiting.place))
    }
}

/// The place as it is told in the section: without the folder that all its files have in common.
pub fn short(place: &Place) -> String {
    let parts: Vec<&str> = place.file.split('/').collect();
    let from = parts.iter().rposition(|part| ["src", "tests", "benches"].contains(part));
    format!("{}:{}", parts[from.unwrap_or(0)..].join("/"), place.line)
}
