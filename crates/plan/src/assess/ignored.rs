//! Fields that neither count as drift nor make an object OutOfSync.

use crate::{DesiredObject, World};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::sync::Arc;
use trimtab_model::{Glob, IgnoreRule, ObjectKey};

/// Whether a rule is about this object.
pub(super) fn has_rules(world: &World<'_>, object: &DesiredObject) -> bool {
    world.app.policy.ignore.iter().any(|rule| means(rule, &object.key))
}

/// The desired object with the live values in all fields that rules ignore: what is equal on both
/// sides is no difference, whoever owns it.
pub(super) fn as_live<'a>(
    world: &World<'_>,
    object: &'a DesiredObject,
    live: &Value,
) -> Cow<'a, Value> {
    let mut desired = Cow::Borrowed(&*object.body);
    for rule in world.app.policy.ignore.iter().filter(|rule| means(rule, &object.key)) {
        for pointer in &rule.pointers {
            copy(desired.to_mut(), live, pointer);
        }
    }
    desired
}

/// Group and kind are globs; name and namespace are exact. A pattern that cannot be read is taken as
/// it is written.
fn means(rule: &IgnoreRule, key: &ObjectKey) -> bool {
    let glob = |pattern: &Option<Arc<str>>, text: &str| {
        pattern.as_deref().is_none_or(|pattern| {
            Glob::parse(pattern).map_or(pattern == text, |glob| glob.matches(text, None))
        })
    };
    let exact = |wanted: &Option<Arc<str>>, text: &str| {
        wanted.as_deref().is_none_or(|wanted| wanted == text)
    };
    glob(&rule.group, key.group.as_str())
        && glob(&rule.kind, key.kind.as_str())
        && exact(&rule.name, key.name.as_str())
        && exact(&rule.namespace, key.namespace.as_ref().map_or("", |n| n.as_str()))
}

/// Makes the field at an RFC 6901 pointer what it is in the live object: absent, or that value. What
/// the field stands in must be there on both sides.
fn copy(desired: &mut Value, live: &Value, pointer: &str) {
    let Some((parent, last)) = pointer.rsplit_once('/') else { return };
    let last = last.replace("~1", "/").replace("~0", "~");
    let value = live.pointer(pointer);
    match desired.pointer_mut(parent) {
        Some(Value::Object(members)) => copy_member(members, last, value),
        Some(Value::Array(items)) => {
            let Ok(place) = last.parse::<usize>() else { return };
            match value {
                Some(value) if place < items.len() => items[place] = value.clone(),
                Some(value) if place == items.len() => items.push(value.clone()),
                None if place < items.len() => drop(items.remove(place)),
                Some(_) | None => {}
            }
        }
        Some(_) | None => {}
    }
}

fn copy_member(members: &mut Map<String, Value>, name: String, value: Option<&Value>) {
    match value {
        Some(value) => drop(members.insert(name, value.clone())),
        None => drop(members.remove(&name)),
    }
}

#[cfg(test)]
mod tests {
    use super::copy;
    use serde_json::json;

    #[test]
    fn an_ignored_field_takes_the_live_value_or_goes() {
        let mut desired = json!({"spec": {"replicas": 3, "paused": true, "x/y": 1}});
        let live = json!({"spec": {"replicas": 5, "x/y": 2}});
        for pointer in ["/spec/replicas", "/spec/paused", "/spec/x~1y", "/nothing/here"] {
            copy(&mut desired, &live, pointer);
        }
        assert_eq!(desired, json!({"spec": {"replicas": 5, "x/y": 2}}));
    }

    #[test]
    fn an_element_of_a_list_is_named_by_its_place() {
        let mut desired = json!({"hooks": [{"ca": ""}, {"ca": "a"}]});
        copy(&mut desired, &json!({"hooks": [{"ca": "live"}]}), "/hooks/0/ca");
        assert_eq!(desired["hooks"][0]["ca"], "live");
    }
}
