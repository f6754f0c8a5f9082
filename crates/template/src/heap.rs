//! What a run may allocate, and how its cycles are broken.

use std::cell::RefCell;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::containers::{ENTRY_BYTES, LIST_BYTES, List, MAP_BYTES, Map};
use crate::error::{Bound, Error};
use crate::text::Text;
use crate::types::Type;
use crate::value::Value;

/// Counts what the values of one run take, about, in bytes: each counts as long as someone holds it.
///
/// Templates can make a map that contains itself. Such maps would live for ever, so the maps that were
/// changed to hold others are emptied when the heap is dropped: values must not be used after
/// their run.
pub struct Heap {
    account: Arc<Account>,
    changed: RefCell<Changed>,
}

/// What is in use, of how much. Texts may be dropped in another thread, so the number is atomic.
#[derive(Debug)]
struct Account {
    used: AtomicU64,
    max: u64,
}

/// Maps that may contain themselves.
#[derive(Default)]
struct Changed {
    maps: Vec<Weak<Map>>,
    /// How many maps were alive when those that are not were last forgotten.
    alive: usize,
}

/// Bytes that count until this is dropped.
#[derive(Debug, Default)]
pub struct Charge {
    account: Option<Arc<Account>>,
    bytes: u64,
}

impl Charge {
    /// Makes it count so many bytes, more or fewer than now.
    ///
    /// # Errors
    /// The bound is reached; the charge is what it was.
    pub fn resize(&mut self, bytes: u64) -> Result<(), Error> {
        if let Some(account) = &self.account {
            account.used.fetch_sub(self.bytes, Ordering::Relaxed);
            if let Err(error) = account.take(bytes) {
                account.used.fetch_add(self.bytes, Ordering::Relaxed);
                return Err(error);
            }
        }
        self.bytes = bytes;
        Ok(())
    }

    /// Makes it count so many bytes more.
    pub(crate) fn grow(&mut self, bytes: u64) -> Result<(), Error> {
        self.resize(self.bytes.saturating_add(bytes))
    }

    /// Makes it count so many bytes less.
    pub(crate) fn shrink(&mut self, bytes: u64) {
        let bytes = bytes.min(self.bytes);
        if let Some(account) = &self.account {
            account.used.fetch_sub(bytes, Ordering::Relaxed);
        }
        self.bytes -= bytes;
    }

    /// Whether nobody counts it: it belongs to no run.
    pub(crate) fn is_free(&self) -> bool {
        self.account.is_none()
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        if let Some(account) = &self.account {
            account.used.fetch_sub(self.bytes, Ordering::Relaxed);
        }
    }
}

impl Account {
    fn take(&self, bytes: u64) -> Result<(), Error> {
        let sum = |used: u64| used.checked_add(bytes).filter(|sum| *sum <= self.max);
        let taken = self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, sum);
        taken.map(|_| ()).map_err(|_| Error::bound(Bound::MemoryBytes, self.max))
    }
}

impl Heap {
    pub(crate) fn new(bytes_max: u64) -> Self {
        let account = Arc::new(Account { used: AtomicU64::new(0), max: bytes_max });
        Self { account, changed: RefCell::default() }
    }

    /// Counts bytes that are about to be allocated, as long as the charge lives. Whoever makes something
    /// whose size a template decides (`repeat`, `until`) asks first.
    ///
    /// # Errors
    /// The bound is reached.
    pub fn reserve(&self, bytes: u64) -> Result<Charge, Error> {
        self.account.take(bytes)?;
        Ok(Charge { account: Some(Arc::clone(&self.account)), bytes })
    }

    /// Refuses what could not be reserved now.
    ///
    /// # Errors
    /// The bound would be reached.
    pub fn check(&self, bytes: usize) -> Result<(), Error> {
        self.reserve(bytes as u64).map(drop)
    }

    /// A counted text, to be put into a list or map. What a function returns is counted anyway.
    ///
    /// # Errors
    /// The bound is reached.
    pub fn text(&self, text: impl Into<Text>) -> Result<Value, Error> {
        let mut text = text.into();
        self.own(&mut text)?;
        Ok(Value::String(text))
    }

    /// Counts a text, if it was just made: one that somebody else holds as well is theirs.
    ///
    /// # Errors
    /// The bound is reached.
    pub(crate) fn own(&self, text: &mut Text) -> Result<(), Error> {
        text.charge_with(|bytes| self.reserve(bytes))
    }

    /// Counts a text that is a value, if it was just made.
    ///
    /// # Errors
    /// The bound is reached.
    pub(crate) fn own_value(&self, value: &mut Value) -> Result<(), Error> {
        match value {
            Value::String(text) | Value::Bytes(text) => self.own(text),
            _ => Ok(()),
        }
    }

    /// A counted `[]interface {}`.
    ///
    /// # Errors
    /// The bound is reached.
    pub fn list(&self, items: Vec<Value>) -> Result<Value, Error> {
        self.list_of(Type::Any, items)
    }

    /// A counted slice of elements that are all of the type, with those of its texts that were just made.
    ///
    /// # Errors
    /// The bound is reached.
    pub fn list_of(&self, element: Type, mut items: Vec<Value>) -> Result<Value, Error> {
        items.shrink_to_fit();
        let items_bytes = size_of::<Value>() as u64 * items.len() as u64;
        let charge = self.reserve(LIST_BYTES + items_bytes)?;
        items.iter_mut().try_for_each(|item| self.own_value(item))?;
        Ok(Value::List(Rc::new(List::charged(element, items, charge))))
    }

    /// A counted `map[string]interface {}`.
    ///
    /// # Errors
    /// The bound is reached.
    pub fn map(&self, entries: impl IntoIterator<Item = (Text, Value)>) -> Result<Value, Error> {
        self.map_of(Type::Any, entries)
    }

    /// A counted map with elements that are all of the type, with those of its texts that were just made.
    ///
    /// # Errors
    /// The bound is reached.
    pub fn map_of(
        &self,
        element: Type,
        entries: impl IntoIterator<Item = (Text, Value)>,
    ) -> Result<Value, Error> {
        let mut charge = self.reserve(MAP_BYTES)?;
        let counted = entries.into_iter().map(|(mut key, mut value)| {
            charge.grow(ENTRY_BYTES)?;
            self.own(&mut key)?;
            self.own_value(&mut value)?;
            Ok((key, value))
        });
        let entries = counted.collect::<Result<_, Error>>()?;
        Ok(Value::Map(Rc::new(Map::charged(element, entries, charge))))
    }

    /// Remembers a map that may now contain itself.
    pub(crate) fn changed(&self, map: &Rc<Map>, value: &Value) {
        if matches!(value, Value::Map(_) | Value::List(_) | Value::Named(_)) && map.mark() {
            self.changed.borrow_mut().push(map);
        }
    }
}

impl Changed {
    /// Adds a map. Those that are dropped are forgotten from time to time: what is remembered of them
    /// takes memory, too.
    fn push(&mut self, map: &Rc<Map>) {
        self.maps.push(Rc::downgrade(map));
        if self.maps.len() > 1024 + 2 * self.alive {
            self.maps.retain(|map| map.strong_count() > 0);
            self.alive = self.maps.len();
        }
    }
}

impl Drop for Heap {
    fn drop(&mut self) {
        for map in self.changed.take().maps {
            if let Some(map) = map.upgrade() {
                map.clear();
            }
        }
    }
}
