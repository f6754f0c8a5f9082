//! Entries as bytes. Every text has its length before it, so no text can run into the next.

use trimtab_model::{Digest, GroupKind, ObjectKey};
use trimtab_plan::{Baseline, Entry};
use trimtab_ports::store::{Kept, Place};

/// The bytes under which an entry is kept.
pub fn key(place: &Place) -> Vec<u8> {
    let mut out = Vec::with_capacity(128);
    text(&mut out, place.manager.as_str());
    text(&mut out, place.key.group.as_str());
    text(&mut out, place.key.kind.as_str());
    out.push(u8::from(place.key.namespace.is_some()));
    text(&mut out, place.key.namespace.as_ref().map_or("", |namespace| namespace.as_str()));
    text(&mut out, place.key.name.as_str());
    out
}

/// The bytes of what is kept.
pub fn value(baseline: &Baseline) -> Vec<u8> {
    let mut out = Vec::with_capacity(160);
    text(&mut out, baseline.uid.as_str());
    text(&mut out, baseline.resource_version.as_str());
    for digest in [&baseline.desired, &baseline.entry.fields, &baseline.entry.values] {
        out.extend(digest.as_bytes());
    }
    out
}

/// Reads an entry back; `None` when these are not the bytes of one that may be kept.
pub fn entry(key: &[u8], value: &[u8]) -> Option<Kept> {
    let (mut key, mut value) = (Bytes(key), Bytes(value));
    let manager = key.text()?.into();
    let kind = GroupKind::new(key.text()?, key.text()?);
    let namespace = match key.byte()? {
        0 => key.text()?.is_empty().then_some(None)?,
        1 => Some(key.text()?.into()),
        _ => return None,
    };
    let key_of =
        ObjectKey { group: kind.group, kind: kind.kind, namespace, name: key.text()?.into() };
    let baseline = Baseline {
        uid: value.text()?.into(),
        resource_version: value.text()?.into(),
        desired: value.digest()?,
        entry: Entry { fields: value.digest()?, values: value.digest()? },
    };
    let is_whole = key.0.is_empty() && value.0.is_empty();
    is_whole.then(|| Kept::new(Place { manager, key: key_of }, baseline)).flatten()
}

fn text(out: &mut Vec<u8>, text: &str) {
    out.extend((text.len() as u64).to_le_bytes());
    out.extend(text.as_bytes());
}

struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|bytes| bytes[0])
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = u64::from_le_bytes(self.take(8)?.try_into().ok()?);
        std::str::from_utf8(self.take(usize::try_from(length).ok()?)?).ok()
    }

    fn digest(&mut self) -> Option<Digest> {
        Some(Digest::from_bytes(self.take(32)?.try_into().ok()?))
    }
}
