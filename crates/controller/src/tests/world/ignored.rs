//! What the engine does not get to see of resources: as if it ignored that.

use serde_json::Value;

/// A field of one kind, and what stands there instead; nothing, if nothing does.
#[derive(Clone, Debug)]
pub struct Ignored {
    /// The kind of the resources.
    pub kind: &'static str,
    /// The field: names joined by `.`, `[]` for each element of a list. An annotation is the rest
    /// after `metadata.annotations.`; one entry of a list of texts follows the field, after `: `.
    pub path: &'static str,
    /// What stands there instead.
    pub instead: Option<Value>,
}

impl Ignored {
    /// Hides the field.
    pub fn hide(&self, resource: &mut Value) {
        if resource["kind"] != self.kind {
            return;
        }
        if let Some(name) = self.path.strip_prefix("metadata.annotations.") {
            if let Some(all) = resource["metadata"]["annotations"].as_object_mut() {
                all.remove(name);
            }
            return;
        }
        let (path, entry) = match self.path.split_once(": ") {
            Some((path, entry)) => (path, Some(entry)),
            None => (self.path, None),
        };
        let names: Vec<&str> = path.split('.').collect();
        self.walk(resource, &names, entry);
    }

    fn walk(&self, value: &mut Value, names: &[&str], entry: Option<&str>) {
        let Some((first, rest)) = names.split_first() else { return };
        let name = first.trim_end_matches("[]");
        let Some(fields) = value.as_object_mut() else { return };
        let Some(field) = fields.get_mut(name) else { return };
        if !rest.is_empty() {
            match field.as_array_mut() {
                Some(items) => items.iter_mut().for_each(|item| self.walk(item, rest, entry)),
                None => self.walk(field, rest, entry),
            }
        } else if let Some(entry) = entry {
            let entries = field.as_array_mut().into_iter();
            entries.for_each(|entries| entries.retain(|text| text != entry));
        } else if let Some(instead) = &self.instead {
            fields.insert(name.to_owned(), instead.clone());
        } else {
            fields.remove(name);
        }
    }
}
