//! RFC 6901 pointers into an object.

use serde_json::Value;

/// A pointer to a field or an element; never to the whole object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pointer {
    parents: Vec<String>,
    last: String,
}

impl Pointer {
    /// Reads a pointer; `None` for one that is malformed, and for the one to the whole object.
    pub fn parse(text: &str) -> Option<Self> {
        let mut names = text.strip_prefix('/')?.split('/').map(unescaped);
        let last = names.next_back()?;
        Some(Self { parents: names.collect(), last })
    }

    /// Takes away what it points to. Nothing happens where nothing is there. The elements behind one
    /// that is taken away move up, as RFC 6902 has it.
    pub fn remove_from(&self, object: &mut Value) {
        match self.parent_in(object) {
            Some(Value::Object(fields)) => {
                fields.remove(&self.last);
            }
            Some(Value::Array(elements)) => {
                if let Some(place) = place(&self.last, elements.len()) {
                    elements.remove(place);
                }
            }
            _ => {}
        }
    }

    /// Makes what it points to in one object what it is in another: that value, or absent. Nothing
    /// happens where the first lacks what it stands in.
    pub fn copy(&self, from: &Value, to: &mut Value) {
        let value = self.value_in(from).cloned();
        match (self.parent_in(to), value) {
            (Some(Value::Object(fields)), Some(value)) => {
                fields.insert(self.last.clone(), value);
            }
            (Some(Value::Array(elements)), Some(value)) => {
                if let Some(place) = place(&self.last, elements.len()) {
                    elements[place] = value;
                }
            }
            (Some(_), None) => self.remove_from(to),
            (_, _) => {}
        }
    }

    fn parent_in<'a>(&self, object: &'a mut Value) -> Option<&'a mut Value> {
        self.parents.iter().try_fold(object, |here, name| match here {
            Value::Object(fields) => fields.get_mut(name),
            Value::Array(elements) => {
                let place = place(name, elements.len())?;
                elements.get_mut(place)
            }
            _ => None,
        })
    }

    fn value_in<'a>(&self, object: &'a Value) -> Option<&'a Value> {
        self.parents.iter().chain([&self.last]).try_fold(object, |here, name| match here {
            Value::Object(fields) => fields.get(name),
            Value::Array(elements) => elements.get(place(name, elements.len())?),
            _ => None,
        })
    }
}

/// The place of an element that is there; one below 0 counts from the end, as in the library that the
/// reference uses (evanphx/json-patch).
fn place(name: &str, length: usize) -> Option<usize> {
    let place: i64 = name.parse().ok()?;
    let place = if place < 0 { place.checked_add(i64::try_from(length).ok()?)? } else { place };
    usize::try_from(place).ok().filter(|place| *place < length)
}

fn unescaped(name: &str) -> String {
    name.replace("~1", "/").replace("~0", "~")
}
