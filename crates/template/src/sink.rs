//! Texts that are being made, counted as they grow.

use std::fmt;

use crate::error::{Bound, Error};
use crate::heap::{Charge, Heap};
use crate::meter::Meter;
use crate::quote::{Keep, push_quoted};
use crate::text::Text;

/// A text that a function is making. Each byte counts before it is there, as memory and as work, so what
/// is written into a sink needs no other bound. After a refusal it takes nothing more.
pub struct Sink<'r> {
    out: Vec<u8>,
    room: Room,
    meter: Option<&'r Meter<'r>>,
    /// Bytes that are not yet counted as work.
    unpaid: usize,
    refused: Option<(Bound, u64)>,
}

/// What bounds it.
enum Room {
    /// A run's memory.
    Heap(Charge),
    /// So many bytes, and the bound that is named where there are more.
    Bytes(u64, Bound),
}

/// How many bytes are written for a step.
const BYTES_A_STEP: usize = 256;

/// How many bytes are written between two counts of the work.
const BYTES_A_COUNT: usize = 1 << 16;

/// The least memory that is asked for at a time, in bytes.
const GROWTH_MIN: usize = 64;

impl<'r> Sink<'r> {
    /// For a value of a run.
    pub(crate) fn of_heap(heap: &Heap, meter: &'r Meter<'r>) -> Self {
        let charge = heap.reserve(0).unwrap_or_default();
        Self::new(Vec::new(), Room::Heap(charge), Some(meter))
    }

    /// What a run writes, behind what it has written.
    pub(crate) fn of_output(out: Vec<u8>, bytes_max: u64, meter: &'r Meter<'r>) -> Self {
        Self::new(out, Room::Bytes(bytes_max, Bound::OutputBytes), Some(meter))
    }

    /// For a text of at most so many bytes.
    pub fn up_to(bytes_max: u64) -> Self {
        Self::new(Vec::new(), Room::Bytes(bytes_max, Bound::MemoryBytes), None)
    }

    fn new(out: Vec<u8>, room: Room, meter: Option<&'r Meter<'r>>) -> Self {
        Self { out, room, meter, unpaid: 0, refused: None }
    }

    /// Writes bytes.
    ///
    /// # Errors
    /// A bound is reached, or the run was told to stop.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.make_room(bytes.len())?;
        self.out.extend_from_slice(bytes);
        Ok(())
    }

    /// Writes the same byte so many times.
    ///
    /// # Errors
    /// A bound is reached, or the run was told to stop.
    pub fn fill(&mut self, count: usize, byte: u8) -> Result<(), Error> {
        self.make_room(count)?;
        self.out.resize(self.out.len() + count, byte);
        Ok(())
    }

    /// Writes a character.
    ///
    /// # Errors
    /// A bound is reached, or the run was told to stop.
    pub fn push_char(&mut self, character: char) -> Result<(), Error> {
        self.push(character.encode_utf8(&mut [0; 4]).as_bytes())
    }

    /// Writes a text in double quotes (`%q`).
    ///
    /// # Errors
    /// A bound is reached, or the run was told to stop.
    pub fn push_quoted(&mut self, text: &[u8]) -> Result<(), Error> {
        push_quoted(self, text, Keep::Printable)
    }

    /// What is written so far.
    pub fn written(&self) -> &[u8] {
        &self.out
    }

    /// Whether it was refused something, so that there is no use in going on.
    pub fn is_full(&self) -> bool {
        self.refused.is_some()
    }

    /// Takes back all but so many bytes.
    pub fn truncate(&mut self, bytes: usize) {
        self.out.truncate(bytes);
    }

    /// Puts the last bytes, so many, at a place before them.
    pub(crate) fn turn(&mut self, begin: usize, count: usize) {
        self.out[begin..].rotate_right(count);
    }

    /// Refuses to go on if something was refused, which writers of `fmt` do not see.
    ///
    /// # Errors
    /// That which was met before.
    pub fn check(&self) -> Result<(), Error> {
        self.refused.map_or(Ok(()), |(bound, max)| Err(Error::bound(bound, max)))
    }

    /// The text, which keeps counting.
    ///
    /// # Errors
    /// Something was refused.
    pub fn finish(mut self) -> Result<Text, Error> {
        self.check()?;
        self.work(0, 0)?;
        match self.room {
            Room::Heap(charge) => Text::charged(self.out, charge),
            Room::Bytes(..) => Ok(Text::from(self.out)),
        }
    }

    /// What is written, and whether something was refused.
    pub(crate) fn into_parts(mut self) -> (Vec<u8>, Result<(), Error>) {
        let result = self.check().and_then(|()| self.work(0, 0));
        (self.out, result)
    }

    /// Refuses everything from here on.
    pub(crate) fn refuse(&mut self, bound: Bound, max: u64) {
        self.refused.get_or_insert((bound, max));
    }

    fn make_room(&mut self, count: usize) -> Result<(), Error> {
        self.check()?;
        let result = self.allocate(count).and_then(|()| self.work(count, BYTES_A_COUNT));
        if let Err(Error::Bound(exceeded)) = &result {
            self.refused = Some((exceeded.bound, exceeded.max));
        }
        result
    }

    /// Counts so many bytes more as work, if at least so many are not counted yet.
    fn work(&mut self, count: usize, least: usize) -> Result<(), Error> {
        self.unpaid = self.unpaid.saturating_add(count);
        let Some(meter) = self.meter.filter(|_| self.unpaid >= least) else {
            return Ok(());
        };
        let steps = std::mem::take(&mut self.unpaid) / BYTES_A_STEP;
        meter.work(steps as u64)
    }

    /// Memory for so many bytes more: counted first, and twice what there is if that can be had.
    fn allocate(&mut self, count: usize) -> Result<(), Error> {
        let length = self.out.len().saturating_add(count);
        let charge = match &mut self.room {
            Room::Bytes(max, bound) if length as u64 > *max => {
                return Err(Error::bound(*bound, *max));
            }
            Room::Bytes(..) => return Ok(()),
            Room::Heap(_) if length <= self.out.capacity() => return Ok(()),
            Room::Heap(charge) => charge,
        };
        let mut capacity = length.max(self.out.capacity().saturating_mul(2)).max(GROWTH_MIN);
        if charge.resize(capacity as u64).is_err() {
            capacity = length;
            charge.resize(capacity as u64)?;
        }
        self.out.reserve_exact(capacity - self.out.len());
        Ok(())
    }
}

impl fmt::Write for Sink<'_> {
    /// The error says nothing; [`Sink::check`] tells it.
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push(text.as_bytes()).map_err(|_| fmt::Error)
    }
}
