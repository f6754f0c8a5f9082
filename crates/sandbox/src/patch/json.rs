use serde_json::Value;

/// The value after the operations of a JSON patch, or nothing if one of them fails. Source:
/// evanphx/json-patch v4 as the server uses it: `replace` of a member that is not there adds it.
pub(crate) fn json_patch(mut value: Value, operations: &[Value]) -> Option<Value> {
    for operation in operations {
        apply(&mut value, operation)?;
    }
    Some(value)
}

fn apply(value: &mut Value, operation: &Value) -> Option<()> {
    let path = operation.get("path")?.as_str()?;
    let given = || operation.get("value").cloned();
    match operation.get("op")?.as_str()? {
        "add" => add(value, path, given()?),
        "remove" => remove(value, path).map(drop),
        "replace" => replace(value, path, given()?),
        "test" => {
            let found = value.pointer(path);
            let wanted = operation.get("value").unwrap_or(&Value::Null);
            let same = match found {
                Some(found) => equal(found, wanted),
                // A member that is not there is null.
                None => wanted.is_null() && parent(value, path).is_some(),
            };
            same.then_some(())
        }
        "move" => {
            let moved = remove(value, operation.get("from")?.as_str()?)?;
            add(value, path, moved)
        }
        "copy" => {
            let copied = value.pointer(operation.get("from")?.as_str()?)?.clone();
            add(value, path, copied)
        }
        _ => None,
    }
}

/// Whole and fractional numbers compare by value.
fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            left == right || left.as_f64() == right.as_f64()
        }
        _ => left == right,
    }
}

fn split(path: &str) -> Option<(&str, String)> {
    let (parent, last) = path.rsplit_once('/')?;
    Some((parent, last.replace("~1", "/").replace("~0", "~")))
}

fn parent<'a>(value: &'a mut Value, path: &str) -> Option<(&'a mut Value, String)> {
    let (parent, last) = split(path)?;
    Some((value.pointer_mut(parent)?, last))
}

fn index(text: &str, length: usize) -> Option<usize> {
    text.parse().ok().filter(|index| *index < length)
}

fn add(value: &mut Value, path: &str, added: Value) -> Option<()> {
    if path.is_empty() {
        *value = added;
        return Some(());
    }
    let (parent, last) = parent(value, path)?;
    match parent {
        Value::Object(members) => drop(members.insert(last, added)),
        Value::Array(items) if last == "-" => items.push(added),
        Value::Array(items) => items.insert(index(&last, items.len() + 1)?, added),
        _ => return None,
    }
    Some(())
}

fn remove(value: &mut Value, path: &str) -> Option<Value> {
    let (parent, last) = parent(value, path)?;
    match parent {
        Value::Object(members) => members.remove(&last),
        Value::Array(items) => Some(items.remove(index(&last, items.len())?)),
        _ => None,
    }
}

fn replace(value: &mut Value, path: &str, new: Value) -> Option<()> {
    if path.is_empty() {
        *value = new;
        return Some(());
    }
    let (parent, last) = parent(value, path)?;
    match parent {
        Value::Object(members) => drop(members.insert(last, new)),
        Value::Array(items) => {
            let index = index(&last, items.len())?;
            items[index] = new;
        }
        _ => return None,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::json_patch;
    use serde_json::{Value, json};

    fn patched(operations: &Value) -> Option<Value> {
        let object = json!({"a": {"b~/c": 1}, "list": [1, 2]});
        json_patch(object, operations.as_array().expect("a list"))
    }

    #[test]
    fn operations_follow_one_another() {
        let operations = json!([
            {"op": "test", "path": "/a/b~0~1c", "value": 1.0},
            {"op": "add", "path": "/list/1", "value": 9},
            {"op": "move", "from": "/a", "path": "/m"},
            {"op": "add", "path": "/list/-", "value": 3},
            {"op": "replace", "path": "/new", "value": true},
            {"op": "remove", "path": "/list/0"},
        ]);
        let expected = json!({"m": {"b~/c": 1}, "list": [9, 2, 3], "new": true});
        assert_eq!(patched(&operations), Some(expected));
    }

    #[test]
    fn one_failure_is_all() {
        for operation in [
            json!({"op": "test", "path": "/a", "value": 1}),
            json!({"op": "remove", "path": "/none"}),
            json!({"op": "add", "path": "/none/x", "value": 1}),
            json!({"op": "replace", "path": "/list/2", "value": 1}),
            json!({"op": "frob", "path": "/a"}),
        ] {
            assert_eq!(patched(&json!([operation])), None, "{operation}");
        }
    }
}
