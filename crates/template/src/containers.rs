//! Slices and maps.

use std::cell::{Cell, Ref, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::error::Error;
use crate::heap::{Charge, Heap};
use crate::named::Named;
use crate::text::Text;
use crate::types::Type;
use crate::value::Value;

/// A Go slice. No function of text/template, Sprig or Helm changes an element of a slice in place, so
/// a list never changes once it is made, and sharing one cannot be told from copying it.
pub struct List {
    element: Type,
    items: Vec<Value>,
    _charge: Charge,
}

impl List {
    /// A `[]interface {}`.
    pub fn new(items: Vec<Value>) -> Self {
        Self::of(Type::Any, items)
    }

    /// A slice of elements that are all of the type.
    pub fn of(element: Type, items: Vec<Value>) -> Self {
        Self::charged(element, items, Charge::default())
    }

    /// A slice that counts.
    pub(crate) fn charged(element: Type, items: Vec<Value>, charge: Charge) -> Self {
        Self { element, items, _charge: charge }
    }

    /// The type of the elements.
    pub fn element(&self) -> &Type {
        &self.element
    }

    /// The elements.
    pub fn items(&self) -> &[Value] {
        &self.items
    }
}

/// A Go map with strings as keys, which are all the maps that charts can make. Everyone who holds it
/// sees its changes.
pub struct Map {
    element: Type,
    entries: RefCell<BTreeMap<Text, Value>>,
    charge: RefCell<Charge>,
    /// Whether the heap knows that it may contain itself.
    is_marked: Cell<bool>,
}

impl Map {
    /// A `map[string]interface {}`.
    pub fn new(entries: impl IntoIterator<Item = (Text, Value)>) -> Self {
        Self::of(Type::Any, entries)
    }

    /// A map with elements that are all of the type.
    pub fn of(element: Type, entries: impl IntoIterator<Item = (Text, Value)>) -> Self {
        Self::charged(element, entries.into_iter().collect(), Charge::default())
    }

    /// A map that counts.
    pub(crate) fn charged(element: Type, entries: BTreeMap<Text, Value>, charge: Charge) -> Self {
        let (entries, charge) = (RefCell::new(entries), RefCell::new(charge));
        Self { element, entries, charge, is_marked: Cell::new(false) }
    }

    /// The type of the elements.
    pub fn element(&self) -> &Type {
        &self.element
    }

    /// How many entries it has.
    pub fn count(&self) -> usize {
        self.entries.borrow().len()
    }

    /// The element under a key.
    pub fn get(&self, key: &[u8]) -> Option<Value> {
        self.entries.borrow().get(key).cloned()
    }

    /// Whether it has the key.
    pub fn has(&self, key: &[u8]) -> bool {
        self.entries.borrow().contains_key(key)
    }

    /// The entries as they are now, in the order of their keys' bytes. While the borrow lives, the map
    /// must not be changed.
    pub fn entries(&self) -> Ref<'_, BTreeMap<Text, Value>> {
        self.entries.borrow()
    }

    /// A copy of the entries, safe to walk while the map changes.
    pub fn snapshot(&self) -> Vec<(Text, Value)> {
        self.entries.borrow().iter().map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// Puts an element under a key.
    ///
    /// # Errors
    /// The heap's bound is reached.
    pub fn insert(
        self: &Rc<Self>,
        heap: &Heap,
        mut key: Text,
        mut value: Value,
    ) -> Result<(), Error> {
        heap.own(&mut key)?;
        heap.own_value(&mut value)?;
        if !self.has(&key) {
            let mut charge = self.charge.borrow_mut();
            if charge.is_free() {
                *charge = heap.reserve(MAP_BYTES)?;
            }
            charge.grow(ENTRY_BYTES)?;
        }
        heap.changed(self, &value);
        // What was there is dropped after the borrow: it may be this map's last other holder.
        let before = self.entries.borrow_mut().insert(key, value);
        drop(before);
        Ok(())
    }

    /// Removes a key.
    pub fn remove(&self, key: &[u8]) -> Option<Value> {
        let removed = self.entries.borrow_mut().remove(key)?;
        self.charge.borrow_mut().shrink(ENTRY_BYTES);
        Some(removed)
    }

    /// Says that it may contain itself; whether that is new.
    pub(crate) fn mark(&self) -> bool {
        !self.is_marked.replace(true)
    }

    /// Removes all entries.
    pub(crate) fn clear(&self) {
        let entries = self.entries.take();
        drop(entries);
    }
}

/// About how many bytes an entry of a map takes beside its text.
pub(crate) const ENTRY_BYTES: u64 = 64;

/// About how many bytes a map of a few entries takes beside what they count: the map, and a node of its
/// tree, which has room for eleven.
pub(crate) const MAP_BYTES: u64 = 448;

/// About how many bytes a list takes beside its elements.
pub(crate) const LIST_BYTES: u64 = 112;

// A value may be nested as deep as its run had steps. Dropping it field by field would need as much
// stack, so what only it holds is taken apart in a loop.

impl Drop for List {
    fn drop(&mut self) {
        let mut nested = Vec::new();
        unnest(self.items.drain(..), &mut nested);
        take_apart(nested);
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        let mut nested = Vec::new();
        unnest(std::mem::take(self.entries.get_mut()).into_values(), &mut nested);
        take_apart(nested);
    }
}

impl Drop for Named {
    fn drop(&mut self) {
        let mut nested = Vec::new();
        unnest(self.base.take().into_iter(), &mut nested);
        take_apart(nested);
    }
}

fn unnest(values: impl Iterator<Item = Value>, nested: &mut Vec<Value>) {
    let is_nested =
        |value: &Value| matches!(value, Value::List(_) | Value::Map(_) | Value::Named(_));
    nested.extend(values.filter(is_nested));
}

fn take_apart(mut nested: Vec<Value>) {
    while let Some(value) = nested.pop() {
        match value {
            Value::List(list) => {
                if let Ok(mut list) = Rc::try_unwrap(list) {
                    unnest(list.items.drain(..), &mut nested);
                }
            }
            Value::Map(map) => {
                if let Ok(mut map) = Rc::try_unwrap(map) {
                    let entries = std::mem::take(map.entries.get_mut());
                    unnest(entries.into_values(), &mut nested);
                }
            }
            Value::Named(named) => {
                if let Ok(mut named) = Rc::try_unwrap(named) {
                    unnest(named.base.take().into_iter(), &mut nested);
                }
            }
            _ => {}
        }
    }
}
