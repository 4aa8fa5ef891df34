//! The scenes of each section, with the words that belong to them.

use scenes::Scene;
use xtask::schedule::Failure;
use xtask::words;

/// A scene to be played.
pub struct Play {
    pub scene: Scene,
    /// What the program is about.
    pub title: String,
    /// What is to be reached.
    pub goal: String,
    /// By this it is known that it was reached.
    pub failure: Failure,
    /// Where to look.
    pub hint: String,
    /// Why it could be reached.
    pub why: String,
    /// Why it can't be any more.
    pub mended: String,
}

/// The scenes of the section with this number; none where no threads are.
pub fn of_section(number: u32) -> Vec<Play> {
    match number {
        6 => vec![highest(), first_come()],
        7 => vec![door(), meeting()],
        9 => vec![next_job(), nested_jobs()],
        10 => vec![transfer(), audit()],
        11 => vec![shelf(), parcels()],
        12 => vec![round_table(), neighbour()],
        _ => vec![],
    }
}

fn highest() -> Play {
    Play {
        scene: scenes::HIGHEST,
        title: words!("The highest of two numbers", "Le plus grand de deux nombres"),
        goal: words!(
            "a lost update: the best is not 9",
            "une mise à jour perdue : `best` n'est pas 9"
        ),
        failure: Failure::Panic,
        hint: words!(
            "What a thread has read may be out of date when it writes.",
            "Ce qu'un thread a lu peut être périmé quand il écrit."
        ),
        why: words!(
            "7 was compared with a value that was no longer there when it was written: the 9 is overwritten.",
            "7 a été comparé à une valeur qui n'était plus là au moment de l'écrire : le 9 est écrasé."
        ),
        mended: words!(
            "`fetch_max` compares and writes in one step; nobody comes between.",
            "`fetch_max` compare et écrit en une seule étape ; personne ne s'intercale."
        ),
    }
}

fn first_come() -> Play {
    Play {
        scene: scenes::FIRST_COME,
        title: words!("Lighting the oven", "Le four à allumer"),
        goal: words!("a race: two matches are used", "une course : deux allumettes sont brûlées"),
        failure: Failure::Panic,
        hint: words!(
            "Is it still not lit when the thread says that it is?",
            "Est-il encore éteint quand le thread dit qu'il est allumé ?"
        ),
        why: words!(
            "Both looked before either wrote, so both found the oven cold.",
            "Les deux ont regardé avant que l'un n'écrive : chacun a trouvé le four froid."
        ),
        mended: words!(
            "`swap` looks and writes in one step: only one finds `false`.",
            "`swap` regarde et écrit en une seule étape : un seul trouve `false`."
        ),
    }
}

fn door() -> Play {
    Play {
        scene: scenes::DOOR,
        title: words!("A door that shuts again", "Une porte qui se referme"),
        goal: words!("a lost wakeup: A waits for ever", "un réveil perdu : A attend pour toujours"),
        failure: Failure::Deadlock,
        hint: words!(
            "What does A find if it comes, or wakes, very late?",
            "Que trouve A s'il arrive, ou s'éveille, très tard ?"
        ),
        why: words!(
            "The door was open only for a moment. A was not there, or not yet awake, and nobody notifies it again.",
            "La porte n'était ouverte qu'un instant. A n'était pas là, ou pas encore éveillé, et personne ne le \
             préviendra plus."
        ),
        mended: words!(
            "How often it was opened is kept, so whoever comes late can see it.",
            "Le nombre d'ouvertures reste : qui arrive tard peut le voir."
        ),
    }
}

fn meeting() -> Play {
    Play {
        scene: scenes::MEETING,
        title: words!("Two who meet", "Deux qui se retrouvent"),
        goal: words!(
            "a lost wakeup: one waits for ever",
            "un réveil perdu : l'un attend pour toujours"
        ),
        failure: Failure::Deadlock,
        hint: words!(
            "Between counting itself and falling asleep a thread is not yet waiting.",
            "Entre le moment où il se compte et celui où il s'endort, un thread n'attend pas encore."
        ),
        why: words!(
            "The notification came after one had counted itself, and before it slept. A condition variable has no memory.",
            "Le signal est venu après que l'un s'est compté et avant qu'il ne dorme. Une variable de condition n'a pas \
             de mémoire."
        ),
        mended: words!(
            "The count is changed under the lock that `wait` releases: who counts itself sleeps, or sees the other.",
            "Le compte change sous le verrou que `wait` relâche : qui se compte dort, ou voit l'autre."
        ),
    }
}

fn next_job() -> Play {
    Play {
        scene: scenes::NEXT_JOB,
        title: words!("The next job", "Le prochain travail"),
        goal: words!("a job that is done twice", "un travail fait deux fois"),
        failure: Failure::Panic,
        hint: words!(
            "Each line locks. What can happen between two lines?",
            "Chaque ligne prend le verrou. Que peut-il se passer entre deux lignes ?"
        ),
        why: words!(
            "Both workers read the same number: reading and counting were two critical sections.",
            "Les deux ont lu le même numéro : lire et compter étaient deux sections critiques."
        ),
        mended: words!(
            "One critical section: the number is read and moved on under the same guard.",
            "Une seule section critique : le numéro est lu et avancé sous le même verrou."
        ),
    }
}

fn nested_jobs() -> Play {
    Play {
        scene: scenes::NESTED_JOBS,
        title: words!("Jobs that need a helper", "Des travaux qui demandent un aide"),
        goal: words!(
            "a deadlock: no worker comes back",
            "un interblocage : aucun ouvrier ne revient"
        ),
        failure: Failure::Deadlock,
        hint: words!(
            "There are two workers. How many jobs can begin?",
            "Il y a deux ouvriers. Combien de travaux peuvent commencer ?"
        ),
        why: words!(
            "Each job keeps one worker and waits for a second one. No lock is in sight: a pool can deadlock, too.",
            "Chaque travail garde un ouvrier et en attend un second. Aucun verrou en vue : un groupe d'ouvriers peut \
             se bloquer aussi."
        ),
        mended: words!(
            "A job that waits for a worker keeps none.",
            "Un travail qui attend un ouvrier n'en garde aucun."
        ),
    }
}

fn transfer() -> Play {
    Play {
        scene: scenes::TRANSFER,
        title: words!("Two transfers", "Deux virements"),
        goal: words!("a deadlock", "un interblocage"),
        failure: Failure::Deadlock,
        hint: words!(
            "Each thread needs both accounts. In which order does it take them?",
            "Chaque thread a besoin des deux comptes. Dans quel ordre les prend-il ?"
        ),
        why: words!(
            "They took the two locks in opposite orders: each holds what the other one wants.",
            "Ils ont pris les deux verrous dans l'ordre contraire : chacun tient ce que l'autre veut."
        ),
        mended: words!(
            "All take the locks in the same order, so the waiting can't go in a circle.",
            "Tous prennent les verrous dans le même ordre : l'attente ne peut pas faire un cercle."
        ),
    }
}

fn audit() -> Play {
    Play {
        scene: scenes::AUDIT,
        title: words!("Adding up the accounts", "La somme des comptes"),
        goal: words!("a sum that is not 200", "une somme qui n'est pas 200"),
        failure: Failure::Panic,
        hint: words!(
            "Where is the money between the two lines of A?",
            "Où est l'argent entre les deux lignes de A ?"
        ),
        why: words!(
            "Each account was locked, but not the transfer: B came between its two halves.",
            "Chaque compte avait son verrou, mais pas le virement : B s'est placé entre ses deux moitiés."
        ),
        mended: words!(
            "A holds both locks for the whole transfer: what belongs together is one critical section.",
            "A tient les deux verrous pendant tout le virement : ce qui va ensemble est une seule section critique."
        ),
    }
}

fn shelf() -> Play {
    Play {
        scene: scenes::SHELF,
        title: words!("A shelf with one place", "Une étagère à une place"),
        goal: words!("a lost wakeup: all sleep", "un réveil perdu : tous dorment"),
        failure: Failure::Deadlock,
        hint: words!(
            "Whom does the first customer wake? Let both customers sleep first.",
            "Qui le premier client réveille-t-il ? Laissez d'abord dormir les deux clients."
        ),
        why: words!(
            "One condition variable for two kinds of waiters: the customer's notification woke one who could not use it.",
            "Une variable de condition pour deux sortes d'attente : le signal du client a réveillé quelqu'un qui n'en \
             pouvait rien faire."
        ),
        mended: words!(
            "`notify_all` wakes both kinds, and each looks for itself.",
            "`notify_all` réveille les deux sortes, et chacun regarde pour lui."
        ),
    }
}

fn parcels() -> Play {
    Play {
        scene: scenes::PARCELS,
        title: words!("Numbered parcels", "Des colis numérotés"),
        goal: words!(
            "a race: number 2 lies before number 1",
            "une course : le numéro 2 passe avant le 1"
        ),
        failure: Failure::Panic,
        hint: words!(
            "Who has the first number need not be the first at the belt.",
            "Qui a le premier numéro n'est pas forcément le premier au tapis."
        ),
        why: words!(
            "The number and the place were taken in two steps, and the other producer came between.",
            "Le numéro et la place ont été pris en deux étapes, et l'autre producteur s'est intercalé."
        ),
        mended: words!(
            "The number is taken under the lock of the belt: both in one critical section.",
            "Le numéro est pris sous le verrou du tapis : les deux dans une seule section critique."
        ),
    }
}

fn round_table() -> Play {
    Play {
        scene: scenes::ROUND_TABLE,
        title: words!("Three at a round table", "Trois à une table ronde"),
        goal: words!("a deadlock of all three", "un interblocage des trois"),
        failure: Failure::Deadlock,
        hint: words!(
            "How many forks may lie in other hands before nobody can eat?",
            "Combien de fourchettes peuvent être prises avant que personne ne puisse manger ?"
        ),
        why: words!(
            "Each holds one fork and waits for the next one: the waiting goes in a circle.",
            "Chacun tient une fourchette et attend la suivante : l'attente fait un cercle."
        ),
        mended: words!(
            "All take the fork with the lower number first, so the last two compete for it and no circle closes.",
            "Tous prennent d'abord la fourchette au plus petit numéro : le cercle ne se ferme pas."
        ),
    }
}

fn neighbour() -> Play {
    Play {
        scene: scenes::NEIGHBOUR,
        title: words!("A hungry neighbour", "Un voisin qui a faim"),
        goal: words!("a lost wakeup: B is never served", "un réveil perdu : B n'est jamais servi"),
        failure: Failure::Deadlock,
        hint: words!("When does A ask whether B is hungry?", "Quand A demande-t-il si B a faim ?"),
        why: words!(
            "A asked before it put the fork down. B became hungry in between, and nobody wakes it.",
            "A a demandé avant de poser la fourchette. B a eu faim entre-temps, et personne ne le réveille."
        ),
        mended: words!(
            "First put down, then ask: either B sees the fork, or A sees the hunger.",
            "Poser d'abord, demander ensuite : ou B voit la fourchette, ou A voit la faim."
        ),
    }
}
