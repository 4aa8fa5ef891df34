//! The names of the verdicts, for a person.

use crate::language::{self, Language};
use harness::Verdict;

/// The verdict's name in the chosen language.
pub fn title(verdict: Verdict) -> String {
    match language::chosen() {
        Language::English => verdict.title().to_owned(),
        Language::French => french(verdict).to_owned(),
    }
}

fn french(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Passed => "réussi",
        Verdict::Failed => "échec",
        Verdict::Panicked => "panique",
        Verdict::NotWritten => "pas encore écrit",
        Verdict::Deadlock => "interblocage",
        Verdict::EndlessLoop => "boucle sans fin",
        Verdict::Schedule => "échoue selon l'ordonnancement",
        Verdict::NotCheckable => "non vérifiable",
        Verdict::Crashed => "arrêt brutal",
        Verdict::OverLimit => "limite dépassée",
        Verdict::LeftBehind => "restes",
        Verdict::Forged => "fini trop tôt",
        Verdict::DoesNotCompile => "ne compile pas",
        Verdict::NotChecked => "non vérifié",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_verdicts_have_the_same_name() {
        let names: std::collections::BTreeSet<_> = Verdict::ALL.into_iter().map(french).collect();
        assert_eq!(names.len(), Verdict::ALL.len());
    }

    #[test]
    fn the_front_page_has_every_verdict_that_is_not_the_good_one() {
        let page = std::fs::read_to_string(crate::mirror::front_page()).unwrap();
        for verdict in Verdict::ALL.into_iter().filter(|verdict| *verdict != Verdict::Passed) {
            let row = format!("| {} | *{}* |", french(verdict), verdict.title());
            assert!(page.contains(&row), "{row}");
        }
    }
}
