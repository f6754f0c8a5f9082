//! What a pack costs: its entries are weighed before anything is built from them.
//!
//! A delta names how large the object is that it makes. A few bytes of deltas can stand for any amount
//! of memory and time; all of it is known before the first of them is carried out.

use std::cell::Cell;
use std::io::{self, BufRead, Read};
use std::sync::atomic::Ordering;

use gix_error::Result;
use gix_pack::data::entry::Header;
use gix_pack::data::input::Entry;
use gix_zlib::Inflate;

use super::pack::{Bounds, InstallError};
use crate::config::UNPACKED_FACTOR_MAX;

/// What stands between two entries' contents is far smaller than this. Unit: bytes.
const ENTRY_SLACK_BYTES: u64 = 1 << 20;

/// What a pack has cost so far, and why it was given up.
pub(super) struct Gauge<'a> {
    bounds: &'a Bounds<'a>,
    unpacked_bytes_max: u64,
    /// What the objects so far have together. Unit: bytes.
    unpacked_bytes: Cell<u64>,
    /// What was read since the last entry. Unit: bytes.
    entry_bytes: Cell<u64>,
    excess: Cell<Option<Excess>>,
}

#[derive(Clone, Copy)]
enum Excess {
    Object,
    Sum,
    Count(u64),
    Chain,
}

impl<'a> Gauge<'a> {
    /// Nothing was read yet of a pack of so many bytes.
    pub(super) fn new(bounds: &'a Bounds<'a>, pack_bytes: u64) -> Self {
        let by_pack = pack_bytes.saturating_mul(UNPACKED_FACTOR_MAX);
        Self {
            bounds,
            unpacked_bytes_max: bounds.unpacked_bytes_max.max(by_pack),
            unpacked_bytes: Cell::new(0),
            entry_bytes: Cell::new(0),
            excess: Cell::new(None),
        }
    }

    /// Why the pack was given up, if it was by us.
    pub(super) fn reason(&self) -> Option<InstallError> {
        if self.bounds.interrupt.load(Ordering::Relaxed) {
            return Some(InstallError::Interrupted);
        }
        Some(match self.excess.get()? {
            Excess::Object => InstallError::TooLarge,
            Excess::Sum => InstallError::TooMuch(self.unpacked_bytes_max),
            Excess::Count(count) => InstallError::TooMany(count),
            Excess::Chain => InstallError::LongChain,
        })
    }

    /// Takes in how many objects the pack says that it has, before room is made for them.
    pub(super) fn count(&self, objects: u64) -> Result<()> {
        if objects <= self.bounds.objects_max {
            return Ok(());
        }
        self.excess.set(Some(Excess::Count(objects)));
        Err(given_up())
    }

    fn is_over(&self) -> bool {
        self.bounds.interrupt.load(Ordering::Relaxed) || self.excess.get().is_some()
    }

    fn read(&self, bytes: usize) {
        self.entry_bytes.set(self.entry_bytes.get() + bytes as u64);
        // What does not compress has its own size: an entry this long is no object of ours.
        if self.entry_bytes.get() > self.bounds.object_bytes_max.saturating_add(ENTRY_SLACK_BYTES) {
            self.excess.set(Some(Excess::Object));
        }
    }

    fn chain(&self, deltas: u32) {
        if deltas > self.bounds.chain_deltas_max {
            self.excess.set(Some(Excess::Chain));
        }
    }

    fn add(&self, weight: &Weight) {
        self.entry_bytes.set(0);
        let sum =
            self.unpacked_bytes.get().saturating_add(weight.stored).saturating_add(weight.made);
        self.unpacked_bytes.set(sum);
        if weight.stored.max(weight.made) > self.bounds.object_bytes_max {
            self.excess.set(Some(Excess::Object));
        } else if sum > self.unpacked_bytes_max {
            self.excess.set(Some(Excess::Sum));
        }
    }
}

/// Where the deltas of a pack are, and how many stand between each and a whole object.
#[derive(Default)]
struct Chains {
    /// By their offsets, which grow.
    deltas: Vec<(u64, u32)>,
}

impl Chains {
    /// How long the chain is that an entry ends. A delta whose base is named by its id is not followed:
    /// where its base is comes out later, and whoever reads the object counts again.
    fn add(&mut self, entry: &Entry) -> u32 {
        let deltas = match entry.header {
            Header::Commit | Header::Tree | Header::Blob | Header::Tag => return 0,
            Header::RefDelta { .. } => 1,
            Header::OfsDelta { base_distance } => {
                let base = entry.pack_offset.saturating_sub(base_distance);
                let known = self.deltas.binary_search_by_key(&base, |(offset, _)| *offset);
                known.map_or(1, |at| self.deltas[at].1.saturating_add(1))
            }
        };
        self.deltas.push((entry.pack_offset, deltas));
        deltas
    }
}

fn given_up() -> gix_error::Error {
    gix_error::message("given up").cancelled_error()
}

/// What one entry has, and what it makes. Unit: bytes.
struct Weight {
    stored: u64,
    made: u64,
}

/// A pack that ends when it is given up.
pub(super) struct Guarded<'a> {
    pub(super) pack: &'a mut dyn BufRead,
    pub(super) gauge: &'a Gauge<'a>,
}

impl Read for Guarded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.gauge.is_over() {
            return Err(io::Error::other("given up"));
        }
        let count = self.pack.read(buffer)?;
        self.gauge.read(count);
        Ok(count)
    }
}

/// Entries of a pack, until they are too many.
pub(super) struct Weighed<'a, I> {
    entries: I,
    gauge: &'a Gauge<'a>,
    inflate: Inflate,
    chains: Chains,
}

impl<'a, I> Weighed<'a, I> {
    /// Weighs these.
    pub(super) fn new(entries: I, gauge: &'a Gauge<'a>) -> Self {
        Self { entries, gauge, inflate: Inflate::default(), chains: Chains::default() }
    }

    fn weight(&mut self, entry: &Entry) -> Weight {
        let made = match entry.header {
            Header::Commit | Header::Tree | Header::Blob | Header::Tag => 0,
            Header::RefDelta { .. } | Header::OfsDelta { .. } => {
                let delta = entry.compressed.as_deref().unwrap_or_default();
                // A delta that makes no sense fails when it is carried out.
                made_by(&mut self.inflate, delta).unwrap_or_default()
            }
        };
        Weight { stored: entry.decompressed_size, made }
    }
}

impl<I: Iterator<Item = Result<Entry>>> Iterator for Weighed<'_, I> {
    type Item = Result<Entry>;

    fn next(&mut self) -> Option<Self::Item> {
        let entry = match self.entries.next()? {
            Ok(entry) => entry,
            error => return Some(error),
        };
        let weight = self.weight(&entry);
        self.gauge.add(&weight);
        self.gauge.chain(self.chains.add(&entry));
        if self.gauge.is_over() {
            return Some(Err(given_up()));
        }
        Some(Ok(entry))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.entries.size_hint()
    }
}

/// The size of the object that a compressed delta makes: the second number at its beginning.
fn made_by(inflate: &mut Inflate, delta: &[u8]) -> Option<u64> {
    // Two numbers of 64 bits, seven bits a byte.
    let mut beginning = [0; 20];
    inflate.reset();
    let (_, _, count) = inflate.prefix(delta, &mut beginning).ok()?;
    let mut bytes = beginning.get(..count)?.iter();
    number(&mut bytes)?;
    number(&mut bytes)
}

fn number<'a>(bytes: &mut impl Iterator<Item = &'a u8>) -> Option<u64> {
    let (mut number, mut shift) = (0_u64, 0_u32);
    loop {
        let byte = bytes.next()?;
        number |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(number);
        }
        shift += 7;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_seven_bits_a_byte_and_an_end() {
        assert_eq!(number(&mut [0x05].iter()), Some(5));
        assert_eq!(number(&mut [0x80, 0x01].iter()), Some(128));
        assert_eq!(number(&mut [0x80].iter()), None);
        assert_eq!(number(&mut [0xff; 20].iter()), None);
    }
}
