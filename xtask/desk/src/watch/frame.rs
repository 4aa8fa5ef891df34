//! The desk as text: what stands above and below the window. Each part is a sentence that can be read alone.

use super::desk::{Check, Desk, Outcome, View};
use super::fold;
use super::saves::Manner;
use xtask::words;

/// How wide the progress bar is.
const BAR: usize = 20;

/// Everything, row by row, for a window of the desk's size.
pub fn rows(desk: &Desk, manner: Manner) -> Vec<String> {
    let (columns, height) = desk.size();
    let mut rows = vec![heading(desk), status(desk)];
    rows.extend(desk.window());
    // The last three keep their place.
    rows.resize(height.saturating_sub(3), String::new());
    rows.push(more(desk));
    rows.push(progress(desk, manner));
    rows.push(keys(desk));
    let mut rows: Vec<String> = rows.iter().map(|row| fold::cut(row, columns)).collect();
    rows.truncate(height);
    rows
}

/// Where we are.
pub fn heading(desk: &Desk) -> String {
    let row = desk.section();
    let (number, name, title) = (row.number, &row.name, &row.title);
    let (points, all) = row.points;
    words!(
        "Section {number}, {name}: {title}   {points} of {all} points",
        "Section {number}, {name} : {title}  points : {points} sur {all}"
    )
}

/// What is going on, or what to do.
pub fn status(desk: &Desk) -> String {
    let number = desk.section().number;
    match (&desk.view, desk.check) {
        (View::Sure, _) => words!(
            "Bring the stub of section {number} back? What you have is kept. y: yes, n: no",
            "Rétablir le squelette de la section {number} ? Votre texte est gardé. o : oui, n : non"
        ),
        (_, Check::Running) => words!("Checking …", "Vérification …"),
        (_, Check::Interrupted) => words!("Stopped. r: check", "Arrêtée. r : vérifier"),
        (_, Check::Done(Outcome::ToMend)) => {
            words!(
                "Not whole yet: mend it, and save.",
                "Pas encore terminée : corrigez, enregistrez."
            )
        }
        (_, Check::Done(Outcome::NotChecked)) => {
            words!("It could not be checked. r: again", "Impossible à vérifier. r : de nouveau")
        }
        (_, Check::Done(Outcome::Whole)) => match desk.next() {
            Some(next) => {
                let (next, name) = (desk.rows[next].number, &desk.rows[next].name);
                words!(
                    "This section is whole. n, or a save in it: on to section {next}, {name}",
                    "Section terminée. n, ou un enregistrement : section {next}, {name}"
                )
            }
            None => words!("All sections are whole.", "Toutes les sections sont terminées."),
        },
    }
}

fn more(desk: &Desk) -> String {
    match (desk.is_more_above(), desk.is_more_below()) {
        (false, false) => String::new(),
        (true, false) => words!("-- more above: k --", "-- suite au-dessus : k --"),
        (false, true) => words!("-- more below: j, space --", "-- suite au-dessous : j, espace --"),
        (true, true) => {
            words!(
                "-- more above: k, below: j, space --",
                "-- suite au-dessus : k, au-dessous : j, espace --"
            )
        }
    }
}

/// How far the whole course is.
pub fn progress(desk: &Desk, manner: Manner) -> String {
    let sum =
        |part: fn((u32, u32)) -> u32| desk.rows.iter().map(|row| part(row.points)).sum::<u32>();
    let (points, all) = (sum(|(points, _)| points), sum(|(_, all)| all));
    let whole = desk.rows.iter().filter(|row| row.is_whole).count();
    let sections = desk.rows.len();
    let done = BAR * points as usize / all.max(1) as usize;
    let (bar, polled) = match manner {
        Manner::Events => {
            (format!("[{}{}] ", "#".repeat(done), ".".repeat(BAR - done)), String::new())
        }
        // Both do not fit into 80 columns.
        Manner::Polling => {
            (String::new(), words!("; looks each second", " ; regarde chaque seconde"))
        }
    };
    words!(
        "{bar}{points} of {all} points, {whole} of {sections} sections whole{polled}",
        "{bar}points : {points} sur {all}, sections terminées : {whole} sur {sections}{polled}"
    )
}

/// The keys that matter now.
pub fn keys(desk: &Desk) -> String {
    match &desk.view {
        View::Sure => words!("y yes   n no", "o oui   n non"),
        View::List(_) => {
            words!(
                "j k choose   / filter   Enter go   Esc back",
                "j k choisir   / filtrer   Entrée aller   Échap retour"
            )
        }
        View::Page(_) => {
            words!("Esc back   j k scroll   ? all keys", "Échap retour   j k défiler   ? touches")
        }
        View::Verdict => words!(
            "h hint   r again   n next   l list   s solution   x reset   q quit   ? keys",
            "h indice  r encore  n suivante  l liste  s solution  x squelette  q quitter  ?"
        ),
    }
}
