//! Chance from a seed: the only source of it in a simulation.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use trimtab_ports::clock::Randomness;

/// Even bits from a seed. Source of the generator: Steele, Lea, Flood, "Fast splittable
/// pseudorandom number generators" (`SplitMix64`).
#[derive(Clone, Debug)]
pub struct Chance(u64);

const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

impl Chance {
    /// Begins at a seed. Neighbouring seeds have nothing in common.
    pub fn new(seed: u64) -> Self {
        Self(mixed(seed.wrapping_add(STEP)))
    }

    /// Another source, which takes nothing from this one but its present state and a name: what one
    /// part of a world draws does not move another's.
    #[must_use]
    pub fn fork(&self, name: &str) -> Self {
        let named = name.bytes().fold(self.0, |state, byte| mixed(state ^ u64::from(byte)));
        Self(mixed(named.wrapping_add(STEP)))
    }

    /// Sixty-four bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        mixed(self.0)
    }

    /// A number below `bound`; zero where the bound is.
    pub fn below(&mut self, bound: u64) -> u64 {
        let wide = u128::from(self.bits()) * u128::from(bound);
        u64::try_from(wide >> 64).unwrap_or(0)
    }

    /// Whether something happens that happens so often in a hundred.
    pub fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// Whether something happens that happens so often in a thousand.
    pub fn per_mille(&mut self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }

    /// An index into something of that length.
    pub fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap_or(0)
    }

    /// One of these, of which there must be one.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.index(from.len())]
    }

    /// A pause of whole milliseconds, `least` at least and below `most`.
    pub fn pause(&mut self, least: u64, most: u64) -> Duration {
        Duration::from_millis(least + self.below(most.saturating_sub(least).max(1)))
    }
}

fn mixed(state: u64) -> u64 {
    let state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    state ^ (state >> 31)
}

/// Chance behind the port, shared.
#[derive(Clone)]
pub struct SharedChance(Arc<Mutex<Chance>>);

impl SharedChance {
    /// Shares a source.
    pub fn new(chance: Chance) -> Self {
        Self(Arc::new(Mutex::new(chance)))
    }

    /// Draws.
    pub fn draw<T>(&self, draw: impl FnOnce(&mut Chance) -> T) -> T {
        draw(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Randomness for SharedChance {
    fn bits(&self) -> u64 {
        self.draw(Chance::bits)
    }
}

#[cfg(test)]
mod tests {
    use super::Chance;

    #[test]
    fn one_seed_gives_one_sequence_and_forks_do_not_move_it() {
        let (mut one, mut two) = (Chance::new(7), Chance::new(7));
        let mut fork = one.fork("beside");
        fork.bits();
        let first: Vec<u64> = (0..9).map(|_| one.below(1000)).collect();
        let second: Vec<u64> = (0..9).map(|_| two.below(1000)).collect();
        assert_eq!(first, second);
        assert!(first.iter().all(|number| *number < 1000));
        assert_ne!(Chance::new(7).bits(), Chance::new(8).bits());
    }
}
