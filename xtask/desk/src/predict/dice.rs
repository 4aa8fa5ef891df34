//! Numbers that look thrown, and are the same for a seed on every machine and in every version: G. Steele, D. Lea and
//! C. Flood, "Fast Splittable Pseudorandom Number Generators" (OOPSLA 2014).

/// A source of such numbers.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// The source that belongs to this seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `sides`, which is not 0.
    pub fn throw(&mut self, sides: usize) -> usize {
        (self.next() % sides as u64) as usize
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Another source, as its own next numbers say.
    pub fn fork(&mut self) -> Self {
        Self(self.next())
    }

    /// The same things in another order.
    pub fn shuffle<T>(&mut self, things: &mut [T]) {
        for last in (1..things.len()).rev() {
            things.swap(last, self.throw(last + 1));
        }
    }
}
