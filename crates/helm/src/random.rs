//! Randomness that comes from a seed.

use sha2::{Digest, Sha256};

/// What all randomness of a render comes from. Whoever wants renders that differ takes another one for
/// each; whoever wants them repeatable keeps it.
#[derive(Clone, Copy)]
pub struct Seed(pub [u8; 32]);

impl Seed {
    /// The seed of a part, which tells nothing about the others.
    pub(crate) fn part(self, name: &[u8], number: u64) -> Self {
        let mut hash = Sha256::new();
        hash.update(self.0);
        hash.update(number.to_le_bytes());
        hash.update(name);
        Self(hash.finalize().into())
    }
}

/// The bytes that follow from a seed: SHA-256 of the seed and a counter.
pub(crate) struct Stream {
    seed: Seed,
    block: [u8; 32],
    /// How many bytes of the block are used.
    used: usize,
    count: u64,
}

impl Stream {
    pub(crate) fn new(seed: Seed) -> Self {
        Self { seed, block: [0; 32], used: 32, count: 0 }
    }

    /// Fills a buffer.
    pub(crate) fn fill(&mut self, out: &mut [u8]) {
        for byte in out {
            if self.used == self.block.len() {
                self.block = self.seed.part(b"block", self.count).0;
                self.count += 1;
                self.used = 0;
            }
            *byte = self.block[self.used];
            self.used += 1;
        }
    }

    /// A number.
    pub(crate) fn number(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    /// A number below a bound, each as likely; 0 for the bound 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 {
            return 0;
        }
        // What is left over at the end of the range would make small numbers more likely.
        let end = u64::MAX - u64::MAX % bound;
        loop {
            let number = self.number();
            if number < end {
                return number % bound;
            }
        }
    }
}
