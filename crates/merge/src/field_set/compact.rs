//! A set in few bytes, to be kept in memory for every managed object.

use super::{FieldSet, Node};
use crate::{Error, PathElement, schema};

/// A set of fields in the fewest bytes: names that the built-in kinds use are numbers. For this
/// process's memory only; the numbers change with the table of kinds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompactFieldSet(Box<[u8]>);

const MEMBER: u8 = 1;
const CHILDREN: u8 = 2;
const KNOWN: u8 = 4;

impl CompactFieldSet {
    /// Packs a set.
    pub fn pack(set: &FieldSet) -> Self {
        let mut out = Vec::with_capacity(set.len() * 4);
        write(set, &mut out);
        Self(out.into())
    }

    /// The set again.
    pub fn unpack(&self) -> Result<FieldSet, Error> {
        let mut input = &*self.0;
        read(&mut input).ok_or(Error::BadPackedSet)
    }

    /// The number of bytes it takes.
    pub fn size(&self) -> usize {
        self.0.len()
    }
}

fn write(set: &FieldSet, out: &mut Vec<u8>) {
    number(set.nodes.len(), out);
    let mut text = String::new();
    for node in &set.nodes {
        let mut tag = 0;
        tag |= if node.member { MEMBER } else { 0 };
        tag |= if node.children.is_empty() { 0 } else { CHILDREN };
        let known = match &node.element {
            PathElement::Field(name) => schema::known_name(name),
            _ => None,
        };
        if let Some(index) = known {
            out.push(tag | KNOWN);
            number(index, out);
        } else {
            out.push(tag);
            text.clear();
            node.element.write(&mut text);
            number(text.len(), out);
            out.extend_from_slice(text.as_bytes());
        }
        if !node.children.is_empty() {
            write(&node.children, out);
        }
    }
}

fn read(input: &mut &[u8]) -> Option<FieldSet> {
    let mut nodes = Vec::new();
    for _ in 0..read_number(input)? {
        let (&tag, rest) = input.split_first()?;
        *input = rest;
        let count = read_number(input)?;
        let element = if tag & KNOWN == 0 {
            let (text, rest) = input.split_at_checked(count)?;
            *input = rest;
            PathElement::read(std::str::from_utf8(text).ok()?).ok()??
        } else {
            PathElement::field(schema::name_of(count)?)
        };
        let children = if tag & CHILDREN == 0 { FieldSet::default() } else { read(input)? };
        nodes.push(Node { element, member: tag & MEMBER != 0, children });
    }
    Some(FieldSet::from_nodes(nodes))
}

/// Seven bits a byte, the lowest first; the highest bit says that more follow.
fn number(mut value: usize, out: &mut Vec<u8>) {
    loop {
        let byte = u8::try_from(value & 0x7f).unwrap_or(0);
        value >>= 7;
        out.push(byte | if value == 0 { 0 } else { 0x80 });
        if value == 0 {
            return;
        }
    }
}

fn read_number(input: &mut &[u8]) -> Option<usize> {
    let (mut value, mut shift) = (0usize, 0u32);
    loop {
        let (&byte, rest) = input.split_first()?;
        *input = rest;
        value |= usize::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(value);
        }
        shift += 7;
    }
}
