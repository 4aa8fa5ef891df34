//! Was the machine busy? Linux says for how long something that could run had to wait for a processor.

use std::time::Instant;

/// From this share of the time on in which somebody waited for a processor, the machine counts as busy.
const SHARE: f64 = 0.2;
const PRESSURE: &str = "/proc/pressure/cpu";

/// A stretch of time that is looked at.
pub struct Busy {
    started: Instant,
    waited: Option<u64>,
}

impl Busy {
    /// From now on.
    pub fn begin() -> Self {
        Self { started: Instant::now(), waited: waited() }
    }

    /// Was it busy until now? Where Linux does not say, it may have been.
    pub fn end(self) -> bool {
        let (Some(before), Some(now)) = (self.waited, waited()) else { return true };
        now.saturating_sub(before) as f64 > SHARE * self.started.elapsed().as_micros() as f64
    }
}

/// For how many microseconds somebody has waited since the machine was started.
fn waited() -> Option<u64> {
    total(&std::fs::read_to_string(PRESSURE).ok()?)
}

fn total(text: &str) -> Option<u64> {
    let some = text.lines().find(|line| line.starts_with("some "))?;
    some.rsplit("total=").next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_that_somebody_waited_is_read() {
        let text = "some avg10=0.00 avg60=1.20 avg300=0.40 total=1234\nfull avg10=0.00 total=7\n";
        assert_eq!(total(text), Some(1234));
        assert_eq!(total(""), None);
    }
}
