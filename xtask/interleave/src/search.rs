//! The search through the schedules: depth first over the choices of the scheduler, by the number of forced switches.
//!
//! Few forced switches find most mistakes: M. Musuvathi and S. Qadeer, "Iterative Context Bounding for Systematic
//! Testing of Multithreaded Programs" (PLDI 2007). So the passes are, in this order:
//!
//! 1. no forced switch, then one; then one wakeup without a reason, which counts as a forced switch;
//! 2. all schedules, without those that cannot differ (see `reduction`), and without such wakeups;
//! 3. when those are too many: two forced switches; in any case the same with wakeups without a reason.
//!
//! A pass ends when it is through, or after a number of executions.

use crate::object::ThreadId;
use crate::reduction::{Footprint, SleepSet, Step};
use crate::report::{Counterexample, Coverage, Exploration, Failure, Finding, Position};
use crate::scheduler::{End, Execution, execute, own_panic};
use std::collections::BTreeSet;
use std::fmt;
use std::ops::ControlFlow;
use std::panic::Location;
use std::sync::Arc;

/// How far to go. Counts, so that the result does not depend on the machine.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Executions in each of the passes; fewer if they take more than [`USUAL_STEPS`] each.
    pub executions: u32,
    /// Steps of one execution. One that takes more does not come to an end.
    pub steps: u32,
    /// Forced switches of one execution, in the passes that count them.
    pub switches: u32,
}

/// A pass takes no more steps than its executions would of this length: some executions take a hundred times as many.
pub const USUAL_STEPS: u64 = 200;

impl Pass {
    const ALL: Self = Self { switches: None, spurious: false };
}

impl Default for Limits {
    fn default() -> Self {
        Self { executions: 1_500, steps: 20_000, switches: 2 }
    }
}

/// Which schedules are looked at.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Pass {
    /// So many forced switches at most; `None`: all schedules.
    pub(crate) switches: Option<u32>,
    /// With wakeups without a reason.
    pub(crate) spurious: bool,
}

/// Explores the schedules of `scenario`, which must do the same whenever its threads are scheduled the same.
///
/// Blocks until it is through or has found something. Threads of the scenario that can't end are left behind.
pub fn explore(limits: Limits, scenario: impl Fn() + Send + Sync + 'static) -> Exploration {
    let mut search = Search::new(limits, scenario);
    loop {
        match search.all_passes() {
            Ok(coverage) => return search.result(Finding::None(coverage)),
            Err(Trouble::Finding(finding)) => return search.result(*finding),
            Err(Trouble::Learned) => {}
            Err(Trouble::Diverged) if search.started_anew => {
                return search.result(Finding::NotCheckable(DIVERGED.into()));
            }
            // What is set up once for all (a lazy static) makes the first execution differ from the others.
            Err(Trouble::Diverged) => search.started_anew = true,
        }
    }
}

/// Runs the one schedule with this name, see [`Counterexample::id`](crate::report::Counterexample::id).
///
/// # Errors
/// What is wrong with the name.
pub fn replay(
    limits: Limits,
    id: &str,
    scenario: impl Fn() + Send + Sync + 'static,
) -> Result<Exploration, String> {
    let nameless = || "this is no name of a schedule".to_owned();
    let mut search = Search::new(limits, scenario);
    loop {
        let path = Path::from_id(id).ok_or_else(nameless)?;
        let execution = search.run(Path { known: search.known.clone(), ..path });
        let known = execution.path.known.clone();
        match search.judge(execution) {
            Err(Trouble::Finding(finding)) => return Ok(search.result(*finding)),
            // The search may have known as much when it came to this schedule: its steps are others then.
            _ if known.tried != search.known.tried => search.known = known,
            Err(Trouble::Diverged) if search.started_anew => {
                return Ok(search.result(Finding::NotCheckable(DIVERGED.into())));
            }
            Err(Trouble::Diverged) => search.started_anew = true,
            Ok(_) | Err(Trouble::Learned) => {
                return Ok(search.result(Finding::None(Coverage::One)));
            }
        }
    }
}

/// Runs the scenario as `choose` says, and tells where it stands in the end. At each moment at which more than one step is
/// possible it is given their number, and says which one is taken, counted from 0; or `None` where it was to be led to. A
/// moment at which only one step is possible is no choice, and is passed by.
///
/// Whatever was chosen can be taken back: lead it again, with the [`choices`](Position::choices) without the last ones.
/// Nothing wakes up without a reason.
///
/// Blocks until the execution is over: from where it was led to it goes its first way to its end, so that no thread is left,
/// unless it can't end.
///
/// # Errors
/// A choice that is not there, or why the scenario can't be explored.
pub fn lead(
    limits: Limits,
    choose: impl FnMut(usize) -> Option<usize> + Send + 'static,
    scenario: impl Fn() + Send + Sync + 'static,
) -> Result<Position, String> {
    let leader = Leader { choose: Box::new(choose), next: None, has_arrived: false };
    let guide = Guide::Leader(leader);
    let scenario: Arc<dyn Fn() + Send + Sync> = Arc::new(scenario);
    let execution = execute(limits, Path { guide, ..Path::new(Pass::ALL) }, &scenario);
    match own_panic() {
        Some(message) => Err(message),
        None => execution.position(),
    }
}

/// How one execution ended, for who looks at each of them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Ended {
    /// How it failed; `None` when the scenario came to its end.
    pub failure: Option<Failure>,
    /// The reduction says that another execution has come to this end already.
    pub is_repeated: bool,
}

/// Runs all schedules without wakeups for nothing, and goes on after those that fail: for tests of the explorer itself.
///
/// With `reduction` those are left out that cannot differ. `on_end` is called after each execution, and may say that it has
/// seen enough. Returns the number of executions if they were all there are; `None` if something ended the search before.
pub fn explore_all(
    limits: Limits,
    reduction: bool,
    scenario: impl Fn() + Send + Sync + 'static,
    mut on_end: impl FnMut(Ended) -> ControlFlow<()>,
) -> Option<u32> {
    // A bound that nothing reaches leaves nothing out, and is never reduced.
    let pass = Pass { switches: (!reduction).then_some(u32::MAX), spurious: false };
    let mut search = Search::new(limits, scenario);
    let mut path = Path::new(pass);
    while search.executions < limits.executions {
        let execution = search.run(path);
        let failure = execution.end.failure().ok()?;
        path = execution.path;
        if on_end(Ended { failure, is_repeated: path.is_repeated }).is_break() {
            return None;
        }
        if path.known.tried != search.known.tried {
            search.known = path.known;
            path = Path { known: search.known.clone(), ..Path::new(pass) };
        } else if !path.advance() {
            return Some(search.executions);
        }
    }
    None
}

const DIVERGED: &str = "it does not do the same when its threads are scheduled the same: does it depend on time, on \
                        random numbers, or on a static that keeps its value from one execution to the next?";

/// What the executions so far have shown of the scenario.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Known {
    /// Where the locks were made that somebody has tried to lock: there it matters when they are unlocked.
    pub(crate) tried: BTreeSet<Location<'static>>,
    /// Something could have woken up without a reason.
    pub(crate) saw_spurious: bool,
}

struct Search {
    limits: Limits,
    scenario: Arc<dyn Fn() + Send + Sync>,
    executions: u32,
    /// It has diverged once.
    started_anew: bool,
    known: Known,
}

/// Why a pass ends before it is through.
enum Trouble {
    Finding(Box<Finding>),
    Diverged,
    /// An execution has shown something that the ones before would have needed.
    Learned,
}

/// How a pass ended that found nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Through {
    /// It has seen every schedule.
    Everything,
    /// It has seen all that its bound allows.
    Bound,
    /// It has seen as many as it may.
    Limit,
}

impl Search {
    fn new(limits: Limits, scenario: impl Fn() + Send + Sync + 'static) -> Self {
        let scenario = Arc::new(scenario);
        Self { limits, scenario, executions: 0, started_anew: false, known: Known::default() }
    }

    /// The passes, in the order in which they find what is wrong at the least cost.
    fn all_passes(&mut self) -> Result<Coverage, Trouble> {
        let few = self.limits.switches.min(1);
        let mut covered = self.up_to(0, few, false)?;
        self.up_to(1, few, true)?;
        // Often fewer executions than with two forced switches, and then nothing is left to be looked at.
        match self.pass(Pass::ALL) {
            Ok(Through::Everything) => {
                // Who is to wake up must sleep before: often that takes a forced switch, too.
                self.up_to(few + 1, self.limits.switches, true)?;
                return Ok(Coverage::Everything);
            }
            Ok(_) => {}
            Err(Trouble::Finding(found)) => return Err(self.with_fewer_switches(found)),
            Err(trouble) => return Err(trouble),
        }
        covered = self.up_to(few + 1, self.limits.switches, false)?.or(covered);
        self.up_to(few + 1, self.limits.switches, true)?;
        Ok(covered.map_or(Coverage::Some, Coverage::UpTo))
    }

    /// The passes with `first` to `last` forced switches; the last one that came to its end.
    fn up_to(&mut self, first: u32, last: u32, spurious: bool) -> Result<Option<u32>, Trouble> {
        let mut covered = None;
        for switches in first..=last {
            if spurious && !self.known.saw_spurious {
                break;
            }
            match self.pass(Pass { switches: Some(switches), spurious })? {
                Through::Limit => break,
                Through::Bound | Through::Everything => covered = Some(switches),
            }
        }
        Ok(covered)
    }

    /// What the search through everything has found may be found with fewer switches, too: that is easier to read.
    fn with_fewer_switches(&mut self, found: Box<Finding>) -> Trouble {
        let Finding::Counterexample(Counterexample { forced, .. }) = *found else {
            return Trouble::Finding(found);
        };
        for switches in 2..forced {
            if let Err(trouble) = self.pass(Pass { switches: Some(switches), spurious: false }) {
                return trouble;
            }
        }
        Trouble::Finding(found)
    }

    /// Goes through one pass, depth first.
    fn pass(&mut self, pass: Pass) -> Result<Through, Trouble> {
        let mut path = Path { known: self.known.clone(), ..Path::new(pass) };
        let mut was_cut = false;
        let mut steps_left = u64::from(self.limits.executions) * USUAL_STEPS;
        for _ in 0..self.limits.executions {
            let execution = self.run(path);
            path = self.judge(execution)?;
            steps_left = steps_left.saturating_sub(path.taken.len() as u64);
            was_cut |= path.was_cut;
            self.known.saw_spurious |= path.known.saw_spurious;
            if path.known.tried != self.known.tried {
                self.known = path.known;
                return Err(Trouble::Learned);
            }
            if !path.advance() {
                return Ok(if was_cut { Through::Bound } else { Through::Everything });
            }
            if steps_left == 0 {
                break;
            }
        }
        Ok(Through::Limit)
    }

    fn run(&mut self, path: Path) -> Execution {
        self.executions += 1;
        execute(self.limits, path, &self.scenario)
    }

    fn judge(&self, execution: Execution) -> Result<Path, Trouble> {
        if let Some(message) = own_panic() {
            return Err(Trouble::Finding(Box::new(Finding::Broken(message))));
        }
        match execution.end {
            End::Finished => Ok(execution.path),
            End::Diverged => Err(Trouble::Diverged),
            _ => Err(Trouble::Finding(Box::new(execution.finding()))),
        }
    }

    fn result(&self, finding: Finding) -> Exploration {
        Exploration { finding, executions: self.executions }
    }
}

/// The choices of one execution: those that were made before are made again, then the first ones.
#[derive(Debug)]
pub(crate) struct Path {
    pass: Pass,
    levels: Vec<Level>,
    depth: usize,
    /// Forced switches so far.
    spent: u32,
    /// The bound has left something out.
    was_cut: bool,
    asleep: SleepSet,
    /// The level whose choice is being carried out.
    open: Option<usize>,
    /// Whatever comes has been seen, or does not matter: no more choices are noted.
    is_settled: bool,
    /// All that could be done was asleep.
    is_repeated: bool,
    pub(crate) known: Known,
    /// The number of each step that was taken, of those that were possible.
    taken: Vec<usize>,
    /// The same for the moments at which more than one was possible.
    choices: Vec<usize>,
    guide: Guide,
}

/// Who decides which step is taken.
#[derive(Debug)]
enum Guide {
    /// The search.
    Search,
    /// A known schedule, run again: the number of each step, 0 after the last.
    Script(Vec<usize>),
    /// Somebody who leads it.
    Leader(Leader),
}

/// Leads an execution to where there is nothing more to say.
struct Leader {
    /// Says which of so many steps is taken; `None`: it has arrived.
    choose: Box<dyn FnMut(usize) -> Option<usize> + Send>,
    /// What was said, and is not done yet.
    next: Option<usize>,
    has_arrived: bool,
}

impl fmt::Debug for Leader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Leader").field("next", &self.next).finish_non_exhaustive()
    }
}

/// A moment at which more than one step was possible.
#[derive(Debug)]
struct Level {
    steps: Vec<Step>,
    chosen: usize,
    /// What the steps up to the chosen one touched.
    footprints: Vec<Footprint>,
}

/// A step that is possible, and how many forced switches it costs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Possible {
    pub(crate) step: Step,
    pub(crate) cost: u32,
}

/// A replayed choice was not there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Diverged;

impl Path {
    pub(crate) fn new(pass: Pass) -> Self {
        Self {
            pass,
            levels: vec![],
            depth: 0,
            spent: 0,
            was_cut: false,
            asleep: SleepSet::default(),
            open: None,
            is_settled: false,
            is_repeated: false,
            known: Known::default(),
            taken: vec![],
            choices: vec![],
            guide: Guide::Search,
        }
    }

    pub(crate) fn pass(&self) -> Pass {
        self.pass
    }

    /// The step that was chosen last is over, and has touched this.
    pub(crate) fn close_step(&mut self, footprint: Footprint) {
        if self.pass.switches.is_some() {
            return;
        }
        self.asleep.wake(&footprint);
        if let Some(level) = self.open.take() {
            let level = &mut self.levels[level];
            level.footprints.truncate(level.chosen);
            assert_eq!(level.footprints.len(), level.chosen, "one for each step explored");
            level.footprints.push(footprint);
        }
    }

    /// From here on all goes its first way.
    pub(crate) fn settle(&mut self) {
        self.is_settled = true;
    }

    /// Which of the possible steps is taken.
    pub(crate) fn choose(&mut self, possible: &[Possible]) -> Result<Possible, Diverged> {
        let index = match &mut self.guide {
            Guide::Search => self.explore(possible)?,
            Guide::Script(steps) => steps.get(self.taken.len()).copied().unwrap_or(0),
            Guide::Leader(leader) => leader.next.take().unwrap_or(0),
        };
        let chosen = *possible.get(index).ok_or(Diverged)?;
        self.taken.push(index);
        if possible.len() > 1 {
            self.choices.push(index);
        }
        self.spent += chosen.cost;
        Ok(chosen)
    }

    /// Asks who leads it, if there is a choice. Is it here that it was to be led?
    pub(crate) fn arrives(&mut self, possible: &[Possible]) -> bool {
        let Guide::Leader(leader) = &mut self.guide else { return false };
        if possible.len() == 1 || leader.has_arrived {
            return false;
        }
        leader.next = (leader.choose)(possible.len());
        leader.has_arrived = leader.next.is_none();
        leader.has_arrived
    }

    /// The index of the next step to explore.
    fn explore(&mut self, possible: &[Possible]) -> Result<usize, Diverged> {
        if self.is_settled {
            return Ok(0);
        }
        match &self.awake(possible)[..] {
            // What can be done has been done in another order, all of it.
            [] => {
                self.is_repeated = true;
                self.settle();
                Ok(0)
            }
            [one] => Ok(*one),
            several => {
                let steps = several.iter().map(|&index| possible[index].step).collect();
                Ok(several[self.level(steps)?])
            }
        }
    }

    /// The indices of those within the bound, or not asleep.
    fn awake(&mut self, possible: &[Possible]) -> Vec<usize> {
        let left = self.pass.switches.map(|bound| bound - self.spent);
        let is_awake = |it: &Possible| match left {
            Some(left) => it.cost <= left,
            None => !self.asleep.contains(it.step),
        };
        let awake: Vec<usize> =
            (0..possible.len()).filter(|&index| is_awake(&possible[index])).collect();
        self.was_cut |= left.is_some() && awake.len() < possible.len();
        awake
    }

    /// The choice at this level: as before, or the first one.
    fn level(&mut self, steps: Vec<Step>) -> Result<usize, Diverged> {
        match self.levels.get(self.depth) {
            None => self.levels.push(Level { steps, chosen: 0, footprints: vec![] }),
            Some(level) if level.steps != steps => return Err(Diverged),
            Some(_) => {}
        }
        let level = &self.levels[self.depth];
        for (step, footprint) in level.steps[..level.chosen].iter().zip(&level.footprints) {
            self.asleep.add(*step, footprint.clone());
        }
        self.open = Some(self.depth);
        self.depth += 1;
        Ok(level.chosen)
    }

    /// Goes on to the next path; `false` when there is none.
    fn advance(&mut self) -> bool {
        while let Some(level) = self.levels.last_mut() {
            level.chosen += 1;
            if level.chosen < level.steps.len() {
                break;
            }
            self.levels.pop();
        }
        let levels = std::mem::take(&mut self.levels);
        let known = std::mem::take(&mut self.known);
        *self = Self { levels, known, ..Self::new(self.pass) };
        !self.levels.is_empty()
    }

    /// A name for it: the pass, and the number of each step, zeros at the end left out.
    pub(crate) fn id(&self) -> String {
        let mut text = match self.pass {
            Pass { switches: None, .. } => "a".to_owned(),
            Pass { switches: Some(switches), spurious: false } => format!("f{switches}"),
            Pass { switches: Some(switches), spurious: true } => format!("s{switches}"),
        };
        let zeros = self.taken.iter().rev().take_while(|index| **index == 0).count();
        let mut rest = &self.taken[..self.taken.len() - zeros];
        while let [first, ..] = rest {
            let run = rest.iter().take_while(|index| *index == first).count();
            text += &if run == 1 { format!("-{first}") } else { format!("-{first}x{run}") };
            rest = &rest[run..];
        }
        text
    }

    fn from_id(id: &str) -> Option<Self> {
        const MOST: usize = 100_000;
        let mut parts = id.split('-');
        let (kind, switches) = parts.next()?.split_at_checked(1)?;
        let pass = match kind {
            "a" if switches.is_empty() => Pass { switches: None, spurious: false },
            "f" | "s" => Pass { switches: Some(switches.parse().ok()?), spurious: kind == "s" },
            _ => return None,
        };
        let mut script = vec![];
        for part in parts {
            let (index, run) = part.split_once('x').unwrap_or((part, "1"));
            let (index, run): (usize, usize) = (index.parse().ok()?, run.parse().ok()?);
            if run > MOST - script.len() {
                return None;
            }
            script.extend(std::iter::repeat_n(index, run));
        }
        Some(Self { guide: Guide::Script(script), ..Self::new(pass) })
    }

    /// What was chosen, wherever there was a choice.
    pub(crate) fn choices(&self) -> &[usize] {
        &self.choices
    }

    /// Forced switches so far.
    pub(crate) fn spent(&self) -> u32 {
        self.spent
    }
}

/// The thread that runs the scenario itself.
pub(crate) const MAIN: ThreadId = ThreadId(0);
