//! What the class as a whole came to.

use super::standing::{self, Standing, is_optional, rank};
use crate::record::{Class, Outcome, Section, Test};
use harness::Verdict;

/// The class in numbers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Summary {
    /// How many students there are.
    pub students: usize,
    /// How many of them were checked in full: the next ones are about these alone.
    pub known: usize,
    /// How many have all points.
    pub full: usize,
    /// The mean of their points.
    pub mean: Tenths,
    /// As many have more as have less.
    pub median: Tenths,
    /// The points that can be had.
    pub most: u32,
}

/// A number with one digit behind the point, rounded; the same on every machine.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Tenths(u64);

impl Tenths {
    fn of(sum: u64, count: u64) -> Self {
        Self((sum * 10 + count / 2).checked_div(count).unwrap_or(0))
    }
}

impl std::fmt::Display for Tenths {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.0 / 10, self.0 % 10)
    }
}

/// The class in numbers.
pub fn summary(class: &Class) -> Summary {
    let most = class.sections.iter().map(|section| section.points).sum();
    let known = class.students.iter().filter(|student| standing::is_known(class, student));
    let mut points: Vec<u64> = known.map(|student| student.points().into()).collect();
    points.sort_unstable();
    let middle = match points.len() {
        0 => &[],
        count => &points[(count - 1) / 2..=count / 2],
    };
    Summary {
        students: class.students.len(),
        known: points.len(),
        full: points.iter().filter(|&&points| points == u64::from(most)).count(),
        mean: Tenths::of(points.iter().sum(), points.len() as u64),
        median: Tenths::of(middle.iter().sum(), middle.len() as u64),
        most,
    }
}

/// A test that several students fail; or the compiler that refuses what they wrote.
#[derive(Debug)]
pub struct Failure<'a> {
    /// The section.
    pub section: &'a Section,
    /// The test; none where it does not compile.
    pub test: Option<&'a Test>,
    /// Who fails it: places in the class.
    pub students: Vec<usize>,
    /// How many tried.
    pub of: usize,
    /// How they fail, and how many in this way; the most frequent first.
    pub verdicts: Vec<(Verdict, usize)>,
}

/// What students fail, the most frequent first. What nobody wrote is no failure, nor is what the checker did not check;
/// the optional tests are left out.
pub fn failures(class: &Class) -> Vec<Failure<'_>> {
    let mut failures = vec![];
    for section in &class.sections {
        failures.extend(of_compiler(class, section));
        let tests = section.tests.iter().filter(|test| !is_optional(&test.name));
        failures.extend(tests.filter_map(|test| of_test(class, section, test)));
    }
    // A stable sort: those of equal number stay in the order of the course.
    failures.sort_by_key(|failure| std::cmp::Reverse(failure.students.len()));
    failures
}

fn of_compiler<'a>(class: &Class, section: &'a Section) -> Option<Failure<'a>> {
    let standings: Vec<_> =
        class.students.iter().map(|student| Standing::of(student, &section.name)).collect();
    let refused = Standing::Verdict(Verdict::DoesNotCompile);
    let students: Vec<_> =
        (0..standings.len()).filter(|&index| standings[index] == refused).collect();
    let handed_in = |standing: &&Standing| {
        !matches!(standing, Standing::NotHandedIn | Standing::NothingTaken) && standing.is_known()
    };
    let verdicts = vec![(Verdict::DoesNotCompile, students.len())];
    let of = standings.iter().filter(handed_in).count();
    (!students.is_empty()).then_some(Failure { section, test: None, students, of, verdicts })
}

fn of_test<'a>(class: &Class, section: &'a Section, test: &'a Test) -> Option<Failure<'a>> {
    let mut failure =
        Failure { section, test: Some(test), students: vec![], of: 0, verdicts: vec![] };
    for (index, student) in class.students.iter().enumerate() {
        let Some(Outcome::Ran { tests }) = student.outcome(&section.name) else { continue };
        let Some(result) = tests.iter().find(|result| result.name == test.name) else { continue };
        let verdict = standing::verdict(result);
        if matches!(verdict, Verdict::NotWritten | Verdict::NotChecked) {
            continue;
        }
        failure.of += 1;
        if verdict == Verdict::Passed {
            continue;
        }
        failure.students.push(index);
        match failure.verdicts.iter_mut().find(|(other, _)| *other == verdict) {
            Some((_, count)) => *count += 1,
            None => failure.verdicts.push((verdict, 1)),
        }
    }
    failure.verdicts.sort_by_key(|&(verdict, count)| (std::cmp::Reverse(count), rank(verdict)));
    (!failure.students.is_empty()).then_some(failure)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::sample;

    #[test]
    fn numbers_are_rounded_to_tenths() {
        let text = |sum, count| Tenths::of(sum, count).to_string();
        assert_eq!(text(7, 2), "3.5");
        assert_eq!(text(2, 3), "0.7");
        assert_eq!(text(0, 0), "0.0");
        assert_eq!(text(200, 1), "200.0");
    }

    #[test]
    fn the_summary_leaves_out_who_was_not_checked() {
        let summary = summary(&sample::small());
        assert_eq!((summary.students, summary.known, summary.full), (4, 3, 0));
        // 6, 0 and 0 points: what could not be taken is worth none.
        assert_eq!(
            (summary.mean.to_string(), summary.median.to_string()),
            ("2.0".into(), "0.0".into())
        );
    }

    #[test]
    fn failures_are_counted_by_test_and_the_most_frequent_come_first() {
        let class = sample::small();
        let failures = failures(&class);
        let told = failures.iter().map(|failure| {
            let test = failure.test.map_or("compiler", |test| &test.name);
            (failure.section.name.as_str(), test, failure.students.as_slice(), failure.of)
        });
        let expected: [(&str, &str, &[usize], usize); 3] = [
            ("locks", "result::a", &[0, 2], 2),
            ("pipes", "compiler", &[1], 2),
            ("locks", "clean::b", &[2], 2),
        ];
        assert_eq!(told.collect::<Vec<_>>(), expected);
        let how = [(Verdict::Forged, 1), (Verdict::Deadlock, 1)];
        assert_eq!(failures[0].verdicts, how);
    }

    #[test]
    fn a_class_without_students_has_its_numbers_as_well() {
        let class = Class { students: vec![], ..sample::small() };
        assert_eq!(summary(&class).median, Tenths(0));
        assert!(failures(&class).is_empty());
    }
}
