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
        })
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
}

impl<'a, I> Weighed<'a, I> {
    /// Weighs these.
    pub(super) fn new(entries: I, gauge: &'a Gauge<'a>) -> Self {
        Self { entries, gauge, inflate: Inflate::default() }
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
        if self.gauge.is_over() {
            return Some(Err(gix_error::message("given up").cancelled_error()));
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
