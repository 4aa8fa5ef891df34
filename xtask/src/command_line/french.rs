//! `--help` in French. Its texts are looked up by the English ones, which stand where the arguments are declared; a text
//! that is not here stays English.

use clap::builder::StyledStr;
use clap::{Arg, Command};

/// English, and French. Lines that are broken by hand are so in both.
const TEXTS: &[(&str, &str)] = &[
    // The verbs.
    (
        "Checks the exercises of the course: tells what to write next, and why",
        "Vérifie les exercices du cours : dit quoi écrire ensuite, et pourquoi",
    ),
    (
        "Begin with:   cargo xtask, which says where you are\nA SECTION is its number, its name, or the beginning of its name: 3, pipes, pi.",
        "Pour commencer :   cargo xtask, qui dit où vous en êtes\nUne SECTION se désigne par son numéro, son nom ou le début de son nom : 3, pipes, pi.",
    ),
    (
        "Checks your answers, and explains the first thing to mend",
        "Vérifie vos réponses, et explique la première chose à corriger",
    ),
    (
        "Checks your answers, and explains the first thing to mend\n\nEach test runs in a process of its own, with a deadline, and nothing of it\nis left afterwards.\n\nExit code: 0 everything has passed, 1 something has not, 2 something could\nnot be checked.",
        "Vérifie vos réponses, et explique la première chose à corriger\n\nChaque test s'exécute dans son propre processus, avec une échéance, et rien\nn'en reste ensuite.\n\nCode de sortie : 0 tout a réussi, 1 quelque chose a échoué, 2 quelque chose\nn'a pas pu être vérifié.",
    ),
    (
        "Lists the sections, and how far you were at the last check",
        "Liste les sections, et où vous en étiez à la dernière vérification",
    ),
    (
        "Gives a hint, and a plainer one at each further call",
        "Donne un indice, et un plus clair à chaque nouvel appel",
    ),
    (
        "Gives a hint, and a plainer one at each further call\n\nThere are three for each test: where to look, what to use, nearly the answer.",
        "Donne un indice, et un plus clair à chaque nouvel appel\n\nIl y en a trois par test : où regarder, quoi utiliser, presque la réponse.",
    ),
    (
        "Checks on every save, and goes on to the next section when one is whole",
        "Vérifie à chaque enregistrement, et passe à la section suivante quand une est terminée",
    ),
    (
        "Asks what a program does under a given schedule, and shows why",
        "Demande ce que fait un programme sous un ordonnancement donné, et montre pourquoi",
    ),
    (
        "Lets you be the scheduler of a wrong program, until it breaks",
        "Vous fait jouer l'ordonnanceur d'un programme faux, jusqu'à ce qu'il casse",
    ),
    (
        "Runs a program of a section, with your code in it",
        "Lance un programme d'une section, avec votre code dedans",
    ),
    (
        "Runs a program of a section, with your code in it\n\nWithout a program the section's demo is run, or its only program.",
        "Lance un programme d'une section, avec votre code dedans\n\nSans nom de programme, c'est la démonstration de la section, ou son seul programme.",
    ),
    (
        "Brings the stub of a section back, and keeps what was there",
        "Remet le squelette d'une section, et garde ce qui était là",
    ),
    (
        "Shows the reference beside your own answer, once your tests pass",
        "Montre la solution de référence à côté de votre réponse, une fois vos tests réussis",
    ),
    (
        "Proves the course: stubs, references, mistakes, lessons, checker",
        "Prouve le cours : squelettes, solutions, erreurs, leçons, vérificateur",
    ),
    (
        "Proves the course: stubs, references, mistakes, lessons, checker\n\nWithout a SECTION the whole course, with its formatting and lints and the\nchecker's own tests. Ends with a line that counts what passed and failed.\nThe grading and the desk are not in it: see the README, Begin.\n\nExit code: 0 nothing failed, 1 something did, 2 it could not be verified.",
        "Prouve le cours : squelettes, solutions, erreurs, leçons, vérificateur\n\nSans SECTION, le cours entier, avec sa mise en forme, ses lints et les tests\ndu vérificateur lui-même. La dernière ligne compte réussites et échecs.\nLa notation et le bureau n'y sont pas : voyez README, Begin.\n\nCode de sortie : 0 rien n'a échoué, 1 quelque chose a échoué, 2 rien n'a pu\nêtre prouvé.",
    ),
    ("Puts the reports of several runs together", "Réunit les rapports de plusieurs passages"),
    (
        "Makes one report of those of several shards",
        "Fait un seul rapport de ceux de plusieurs parts",
    ),
    (
        "Writes the students' edition: no solutions, no mistakes, no grading",
        "Écrit l'édition des étudiants : sans solutions, ni erreurs, ni notation",
    ),
    (
        "Says what this machine can do for grading, and what to install",
        "Dit ce que cette machine sait faire pour noter, et quoi installer",
    ),
    (
        "Print this message or the help of the given subcommand(s)",
        "Affiche cette aide, ou celle d'une commande",
    ),
    // The arguments.
    (
        "The language: en, fr [default: COURSE_LANG, then the locale]",
        "La langue : en, fr [par défaut : COURSE_LANG, puis celle du système]",
    ),
    ("Print help", "Affiche cette aide"),
    ("Print help (see more with '--help')", "Affiche cette aide (en entier avec « --help »)"),
    ("Print help (see a summary with '-h')", "Affiche cette aide (en bref avec « -h »)"),
    ("Number, name, or the beginning of a name", "Numéro, nom ou début du nom"),
    (
        "Number, name, or the beginning of a name; none: all, in their order",
        "Numéro, nom ou début du nom ; rien : toutes, dans leur ordre",
    ),
    (
        "Number, name, or the beginning of a name; none: the first that is not whole",
        "Numéro, nom ou début du nom ; rien : la première qui n'est pas terminée",
    ),
    (
        "Number, name, or the beginning of a name; none: the whole course",
        "Numéro, nom ou début du nom ; rien : le cours entier",
    ),
    ("Check the reference solutions", "Vérifier les solutions de référence"),
    (
        "Check another folder: a copy of the course, one exercise, or any\nfolder with `src`; nothing but `src` is taken from it",
        "Vérifier un autre dossier : une copie du cours, un exercice, ou tout\ndossier qui a un `src` ; rien d'autre que `src` n'y est pris",
    ),
    (
        "For people, or one JSON document on standard output for programs",
        "text pour vous, json pour des programmes : un seul document sur la\nsortie standard. gradescope et github-classroom : une copie, nommée par\n--from, notée comme dans une classe",
    ),
    (
        "When a test is stopped; a deadlock is found much earlier",
        "Quand un test est arrêté ; un interblocage se trouve bien plus tôt",
    ),
    (
        "How many tests run at once [default: two a core]; of a class, how many\nsubmissions [default: one a core], with two tests each",
        "Combien de tests à la fois [par défaut : deux par cœur] ; d'une classe,\ncombien de rendus [par défaut : un par cœur], à deux tests chacun",
    ),
    (
        "Run one test under the one schedule of that name, which an earlier\ncheck has told",
        "Exécuter un test sous le seul ordonnancement de ce nom, donné par une\nvérification précédente",
    ),
    (
        "Look at N times as many schedules as usual",
        "Examiner N fois plus d'ordonnancements que d'habitude",
    ),
    (
        "Draw the first schedule that fails, as SVG",
        "Dessiner le premier ordonnancement qui échoue, en SVG",
    ),
    (
        "The test, or the beginning of its name; none: the first to mend",
        "Le test, ou le début de son nom ; rien : le premier à corriger",
    ),
    ("Say this level, and do not count it", "Donner l'indice de ce niveau, sans le compter"),
    (
        "Its name without the section's: demo, server, client",
        "Son nom sans celui de la section : demo, server, client",
    ),
    ("Run the reference solution's program", "Lancer le programme de la solution de référence"),
    ("What is handed to the program", "Ce qui est transmis au programme"),
    (
        "For authors: take the tests as they are now for the course's own",
        "Pour les auteurs : prendre les tests tels qu'ils sont pour ceux du cours",
    ),
    (
        "For authors: run references and mistakes so often",
        "Pour les auteurs : exécuter solutions et erreurs autant de fois",
    ),
    // Grading.
    ("For a whole class", "Pour une classe entière"),
    (
        "Grade every entry of a folder: folders, zips, tars, git repositories.\nNothing but the sections' `src` is taken from them",
        "Noter chaque entrée d'un dossier : dossiers, zips, tars, dépôts git.\nRien d'autre que le `src` des sections n'y est pris",
    ),
    ("Where the reports go [default: report]", "Où vont les rapports [par défaut : report]"),
    (
        "Go on where an earlier run ended; what is unchanged is not done again\n[this is so unless you say --fresh]",
        "Reprendre où un passage précédent s'est arrêté ; ce qui n'a pas changé\nn'est pas refait [c'est ainsi, sauf avec --fresh]",
    ),
    ("Do everything again", "Tout refaire"),
    (
        "Grade part K of N; `cargo xtask report merge` puts the parts together",
        "Noter la part K sur N ; `cargo xtask report merge` réunit les parts",
    ),
    (
        "Points a stage, in place of the course's: a TOML file, see the README",
        "Points par étape, à la place de ceux du cours : un fichier TOML, voir le README",
    ),
    (
        "Grade without holding in what submissions do: on a machine that has\nnothing to lose",
        "Noter sans retenir ce que font les copies : sur une machine qui n'a\nrien à perdre",
    ),
    (
        "Folders that `check --class --report` has written",
        "Dossiers écrits par `check --class --report`",
    ),
    ("Where the whole goes", "Où va le tout"),
    (
        "A folder that is not there yet, or is empty",
        "Un dossier qui n'existe pas encore, ou qui est vide",
    ),
    // The learner's desk.
    ("So many questions", "Tant de questions"),
    ("Another number, other questions", "Un autre nombre, d'autres questions"),
    (
        "Line by line, for a screen reader or a pipe",
        "Ligne par ligne, pour un lecteur d'écran ou un tube",
    ),
    ("Show it before they do", "La montrer avant"),
    (
        "Only ever add lines, and take keys with Enter: for screen readers",
        "N'ajouter que des lignes, et lire les touches avec Entrée : pour les lecteurs d'écran",
    ),
    ("Record the run, and draw it as SVG", "Enregistrer l'exécution, et la dessiner en SVG"),
    (
        "Record the run, for Perfetto and chrome://tracing",
        "Enregistrer l'exécution, pour Perfetto et chrome://tracing",
    ),
    (
        "End a recorded run after so long, as Ctrl-C does",
        "Finir une exécution enregistrée au bout de tant, comme le fait Ctrl-C",
    ),
    // What stands for a value.
    ("DIR", "DOSSIER"),
    ("FILE", "FICHIER"),
    ("SECONDS", "SECONDES"),
    ("LANGUAGE", "LANGUE"),
    ("PROGRAM", "PROGRAMME"),
];

fn french(english: &str) -> Option<&'static str> {
    TEXTS.iter().find(|(known, _)| *known == english).map(|(_, french)| *french)
}

/// A text of the help, in French where there is one.
fn text(english: &StyledStr) -> String {
    let english = english.to_string();
    french(&english).map_or(english, str::to_owned)
}

/// The command with all its texts in French.
pub fn in_french(mut command: Command) -> Command {
    // What clap adds, as `--help`, is there only then.
    command.build();
    told(command)
}

fn told(mut command: Command) -> Command {
    if let Some(about) = command.get_about().map(text) {
        command = command.about(about);
    }
    if let Some(long) = command.get_long_about().map(text) {
        command = command.long_about(long);
    }
    if let Some(after) = command.get_after_help().map(text) {
        command = command.after_help(after);
    }
    command
        .subcommand_help_heading("Commandes")
        .subcommand_value_name("COMMANDE")
        .mut_args(told_argument)
        .mut_subcommands(told)
}

fn told_argument(mut argument: Arg) -> Arg {
    let default = default(&argument);
    if let Some(help) = argument.get_help().map(text) {
        argument = argument.help(help + &default);
    }
    if let Some(long) = argument.get_long_help().map(text) {
        argument = argument.long_help(long + &default);
    }
    if let Some(heading) = argument.get_help_heading().and_then(french) {
        argument = argument.help_heading(heading);
    }
    if let Some([name]) = argument.get_value_names()
        && let Some(name) = french(name)
    {
        argument = argument.value_name(name);
    }
    argument.hide_default_value(true).hide_possible_values(true)
}

/// What clap would say in English: the value that counts where none is given.
fn default(argument: &Arg) -> String {
    let values = argument.get_default_values().iter().map(|value| value.to_string_lossy());
    let values = values.collect::<Vec<_>>().join(" ");
    match argument.get_action().takes_values() && !values.is_empty() {
        true => format!(" [par défaut : {values}]"),
        false => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;
    use std::collections::BTreeSet;

    /// Every text of the command, and of all that is below it.
    fn texts(command: &Command, found: &mut BTreeSet<String>) {
        let of_command = [command.get_about(), command.get_long_about(), command.get_after_help()];
        found.extend(of_command.into_iter().flatten().map(ToString::to_string));
        for argument in command.get_arguments().filter(|argument| !argument.is_hide_set()) {
            let of_argument = [argument.get_help(), argument.get_long_help()];
            found.extend(of_argument.into_iter().flatten().map(ToString::to_string));
            found.extend(argument.get_help_heading().map(str::to_owned));
        }
        command.get_subcommands().for_each(|below| texts(below, found));
    }

    #[test]
    fn every_text_of_the_help_has_its_french_and_no_other() {
        let mut command = super::super::CommandLine::command();
        command.build();
        let mut english = BTreeSet::new();
        texts(&command, &mut english);
        let known: BTreeSet<String> = TEXTS.iter().map(|(text, _)| (*text).to_owned()).collect();
        let missing: Vec<_> = english.difference(&known).collect();
        assert!(missing.is_empty(), "without French: {missing:#?}");
        let is_name = |text: &&String| text.chars().all(char::is_uppercase);
        let unused: Vec<_> = known.difference(&english).filter(|text| !is_name(text)).collect();
        assert!(unused.is_empty(), "of no use any more: {unused:#?}");
    }
}
