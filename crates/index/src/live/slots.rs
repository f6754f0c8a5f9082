//! Rows by number.

use trimtab_plan::LiveObject;

/// The number of a row's slot. It is given to another row when this one is taken.
pub type Slot = u32;

/// Rows in numbered slots.
#[derive(Debug, Default)]
pub struct Slots {
    rows: Vec<Option<Box<LiveObject>>>,
    free: Vec<Slot>,
}

impl Slots {
    /// Puts a row into a free slot.
    pub fn put(&mut self, row: Box<LiveObject>) -> Slot {
        if let Some(slot) = self.free.pop() {
            self.rows[slot as usize] = Some(row);
            return slot;
        }
        self.rows.push(Some(row));
        // Four thousand million rows fit no memory that we run in.
        u32::try_from(self.rows.len() - 1).expect("rows are counted in 32 bits")
    }

    /// The row in a slot.
    pub fn get(&self, slot: Slot) -> Option<&LiveObject> {
        self.rows.get(slot as usize)?.as_deref()
    }

    /// Takes the row out of a slot.
    pub fn take(&mut self, slot: Slot) -> Option<Box<LiveObject>> {
        let row = self.rows.get_mut(slot as usize)?.take();
        if row.is_some() {
            self.free.push(slot);
        }
        row
    }

    /// How many slots hold a row.
    pub fn len(&self) -> usize {
        self.rows.len() - self.free.len()
    }
}
