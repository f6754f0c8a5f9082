//! Strings of templates: bytes, shared.

use std::borrow::{Borrow, Cow};
use std::cmp::Ordering;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use crate::error::Error;
use crate::heap::Charge;

/// A Go string: bytes that are mostly UTF-8 and never change. Cloning shares them.
#[derive(Clone)]
pub struct Text(Arc<Bytes>);

struct Bytes {
    bytes: Box<[u8]>,
    /// What they count in the run that made them.
    charge: Charge,
}

/// About how many bytes a text takes beside its own.
const TEXT_BYTES: u64 = 64;

impl Text {
    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0.bytes
    }

    /// The characters, with U+FFFD for what is no UTF-8.
    pub fn as_str(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self)
    }

    /// Bytes that are counted already.
    pub(crate) fn charged(bytes: Vec<u8>, mut charge: Charge) -> Result<Self, Error> {
        let bytes = bytes.into_boxed_slice();
        charge.resize(TEXT_BYTES + bytes.len() as u64)?;
        Ok(Self(Arc::new(Bytes { bytes, charge })))
    }

    /// Counts the bytes, unless that is done or somebody else holds them, too.
    pub(crate) fn charge_with(
        &mut self,
        reserve: impl FnOnce(u64) -> Result<Charge, Error>,
    ) -> Result<(), Error> {
        match Arc::get_mut(&mut self.0) {
            Some(bytes) if bytes.charge.is_free() => {
                bytes.charge = reserve(TEXT_BYTES + bytes.bytes.len() as u64)?;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn new(bytes: impl Into<Box<[u8]>>) -> Self {
        Self(Arc::new(Bytes { bytes: bytes.into(), charge: Charge::default() }))
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || **self == **other
    }
}

impl Eq for Text {}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Self) -> Ordering {
        if Arc::ptr_eq(&self.0, &other.0) { Ordering::Equal } else { (**self).cmp(&**other) }
    }
}

impl Default for Text {
    fn default() -> Self {
        Self::new([])
    }
}

impl Deref for Text {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0.bytes
    }
}

impl Borrow<[u8]> for Text {
    fn borrow(&self) -> &[u8] {
        self
    }
}

impl From<&[u8]> for Text {
    fn from(bytes: &[u8]) -> Self {
        Self::new(bytes)
    }
}

impl From<Vec<u8>> for Text {
    fn from(bytes: Vec<u8>) -> Self {
        Self::new(bytes)
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::new(text.as_bytes())
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::new(text.into_bytes())
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.as_str())
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}
