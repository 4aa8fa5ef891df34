//! One schedule of one test, run again.

use crate::catalogue::Section;
use crate::fault::Fault;
use crate::judge::Judged;
use crate::translation::Translation;
use crate::words;
use harness::Verdict;

/// Leaves of the sections the one test that `TEST:ID` names, and says which schedule it is to be run under.
///
/// # Errors
/// What of it is not understood, and what would be.
pub fn narrow(sections: &mut [Section], wanted: &str) -> Result<String, Fault> {
    let [section] = sections else {
        return Err(Fault::new(words!(
            "a schedule belongs to a test of one section",
            "un ordonnancement appartient à un test d'une section"
        ))
        .next(words!(
            "Name it:   cargo xtask check SECTION --replay TEST:ID",
            "Nommez-la :   cargo xtask check SECTION --replay TEST:ID"
        )));
    };
    let (test, id) = wanted.rsplit_once(':').unwrap_or((wanted, ""));
    if !is_id(id) {
        let what = words!(
            "{id:?} is no name of a schedule",
            "{id:?} n'est pas le nom d'un ordonnancement"
        );
        return Err(Fault::new(what).next(words!(
            "It is told where a test fails under a schedule, and looks like f1-0x2-1. With its test:\n\
             --replay a_test_of_the_section:f1-0x2-1",
            "Il est donné là où un test échoue sous un ordonnancement, et ressemble à f1-0x2-1. Avec son test :\n\
             --replay un_test_de_la_section:f1-0x2-1"
        )));
    }
    let test = section.test(test)?.clone();
    if !test.explored {
        let name = &test.name;
        let what = words!(
            "the schedules of {name} are not explored",
            "les ordonnancements de {name} ne sont pas explorés"
        );
        return Err(Fault::new(what).next(words!(
            "It runs once, on real threads.",
            "Ce test s'exécute une fois, sur de vrais threads."
        )));
    }
    section.tests = vec![test];
    Ok(id.to_owned())
}

/// Does it look like the name of a schedule: `a`, `f1` or `s2`, then numbers, some of them repeated?
fn is_id(id: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit());
    let mut parts = id.split('-');
    let pass = parts.next().unwrap_or_default();
    let pass_is_known = pass == "a" || pass.strip_prefix(['f', 's']).is_some_and(is_number);
    pass_is_known
        && parts.all(|part| {
            part.split_once('x')
                .map_or(is_number(part), |(index, times)| is_number(index) && is_number(times))
        })
}

/// The schedule can't be run again: the program takes other steps than it did.
///
/// # Errors
/// That, if it is so.
pub fn require_known(judged: &Judged) -> Result<(), Fault> {
    match judged.tests() {
        [test]
            if test.report.verdict == Verdict::NotCheckable && test.report.details.is_empty() =>
        {
            let what = Translation::of(&judged.section).message(&test.report.message);
            Err(Fault::new(what).next(words!(
                "Check it without --replay: that tells of schedules of the program as it is.",
                "Vérifiez-le sans --replay : vous verrez des ordonnancements du programme tel qu'il est."
            )))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::is_id;

    #[test]
    fn names_of_schedules_are_known() {
        for id in ["a", "f0", "f1-0x2-1", "s12-3", "a-0x100-2"] {
            assert!(is_id(id), "{id}");
        }
        for id in ["", "x", "f", "f1-", "f1-x2", "f1-1x", "b1", "f1--1", "f1 -1", "fx-1"] {
            assert!(!is_id(id), "{id}");
        }
    }
}
