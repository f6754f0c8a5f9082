//! What a run may allocate, and how its cycles are broken.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use crate::containers::{ENTRY_BYTES, ITEM_BYTES, List, Map};
use crate::error::{Bound, Error};
use crate::text::Text;
use crate::types::Type;
use crate::value::Value;

/// Counts what the values of one run take, about, in bytes. What is freed meanwhile is not
/// subtracted, so the memory in use is never more than what was counted.
///
/// Templates can make a map that contains itself. Such maps would live for ever, so the maps that were
/// changed to hold others are emptied when the heap is dropped: values must not be used after
/// their run.
pub struct Heap {
    left: Cell<u64>,
    max: u64,
    changed: RefCell<Vec<Weak<Map>>>,
}

impl Heap {
    pub(crate) fn new(bytes_max: u64) -> Self {
        Self { left: Cell::new(bytes_max), max: bytes_max, changed: RefCell::default() }
    }

    /// Counts bytes that are about to be allocated. Whoever makes something whose size a template
    /// decides (`repeat`, `until`) asks first.
    ///
    /// # Errors
    /// The bound is reached.
    pub fn charge(&self, bytes: u64) -> Result<(), Error> {
        match self.left.get().checked_sub(bytes) {
            Some(left) => {
                self.left.set(left);
                Ok(())
            }
            None => Err(Error::bound(Bound::MemoryBytes, self.max)),
        }
    }

    /// How many bytes may still be allocated.
    pub fn left(&self) -> u64 {
        self.left.get()
    }

    /// A counted string, to be put into a list or map. What a function returns is counted anyway.
    pub fn text(&self, text: impl Into<Text>) -> Result<Value, Error> {
        let text = text.into();
        self.charge(text.len() as u64)?;
        Ok(Value::String(text))
    }

    /// A counted `[]interface {}`.
    pub fn list(&self, items: Vec<Value>) -> Result<Value, Error> {
        self.list_of(Type::Any, items)
    }

    /// A counted slice of elements that are all of the type.
    pub fn list_of(&self, element: Type, items: Vec<Value>) -> Result<Value, Error> {
        self.charge(ENTRY_BYTES + ITEM_BYTES * items.len() as u64)?;
        Ok(Value::List(Rc::new(List::of(element, items))))
    }

    /// A counted `map[string]interface {}`.
    pub fn map(&self, entries: impl IntoIterator<Item = (Text, Value)>) -> Result<Value, Error> {
        self.map_of(Type::Any, entries)
    }

    /// A counted map with elements that are all of the type.
    pub fn map_of(
        &self,
        element: Type,
        entries: impl IntoIterator<Item = (Text, Value)>,
    ) -> Result<Value, Error> {
        let map = Map::of(element, entries);
        self.charge(ENTRY_BYTES * (1 + map.count() as u64))?;
        Ok(Value::Map(Rc::new(map)))
    }

    /// Remembers a map that may now contain itself.
    pub(crate) fn changed(&self, map: &Rc<Map>, value: &Value) {
        if matches!(value, Value::Map(_) | Value::List(_) | Value::Object(_)) {
            self.changed.borrow_mut().push(Rc::downgrade(map));
        }
    }
}

impl Drop for Heap {
    fn drop(&mut self) {
        for map in self.changed.take() {
            if let Some(map) = map.upgrade() {
                map.clear();
            }
        }
    }
}
