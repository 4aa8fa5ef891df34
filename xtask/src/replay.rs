//! One schedule of one test, run again.

use crate::catalogue::Section;
use crate::fault::Fault;
use crate::judge::Judged;
use harness::Verdict;

/// Leaves of the sections the one test that `TEST:ID` names, and says which schedule it is to be run under.
///
/// # Errors
/// What of it is not understood, and what would be.
pub fn narrow(sections: &mut [Section], wanted: &str) -> Result<String, Fault> {
    let [section] = sections else {
        return Err(Fault::new("a schedule belongs to a test of one section")
            .next("Name it:   cargo xtask check SECTION --replay TEST:ID"));
    };
    let (test, id) = wanted.rsplit_once(':').unwrap_or((wanted, ""));
    if !is_id(id) {
        return Err(Fault::new(format!("{id:?} is no name of a schedule")).next(
            "It is told where a test fails under a schedule, and looks like f1-0x2-1. With its test:\n\
             --replay a_test_of_the_section:f1-0x2-1",
        ));
    }
    let test = section.test(test)?.clone();
    if !test.explored {
        let what = format!("the schedules of {} are not explored", test.name);
        return Err(Fault::new(what).next("It runs once, on real threads."));
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
            Err(Fault::new(test.report.message.clone()).next(
                "Check it without --replay: that tells of schedules of the program as it is.",
            ))
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
