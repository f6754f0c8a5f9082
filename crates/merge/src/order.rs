//! Order and equality of JSON values as Kubernetes' structured merge defines them: whole and
//! fractional numbers compare by value. Source: structured-merge-diff v6, `value/value.go`.

use serde_json::{Map, Number, Value};
use std::cmp::Ordering;

/// Orders two values: numbers, texts, booleans, lists, maps, null.
pub(crate) fn compare(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => numbers(left, right),
        (Value::String(left), Value::String(right)) => left.cmp(right),
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        (Value::Array(left), Value::Array(right)) => lists(left, right),
        (Value::Object(left), Value::Object(right)) => maps(left, right),
        _ => rank(left).cmp(&rank(right)),
    }
}

/// Whether two values are the same to the server.
pub(crate) fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(l, r)| equal(l, r))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, l)| right.get(key).is_some_and(|r| equal(l, r)))
        }
        _ => compare(left, right) == Ordering::Equal,
    }
}

fn rank(value: &Value) -> u8 {
    match value {
        Value::Number(_) => 0,
        Value::String(_) => 1,
        Value::Bool(_) => 2,
        Value::Array(_) => 3,
        Value::Object(_) => 4,
        Value::Null => 5,
    }
}

fn numbers(left: &Number, right: &Number) -> Ordering {
    if let (Some(left), Some(right)) = (whole(left), whole(right)) {
        return left.cmp(&right);
    }
    let (left, right) = (left.as_f64(), right.as_f64());
    left.unwrap_or(0.0).total_cmp(&right.unwrap_or(0.0))
}

fn whole(number: &Number) -> Option<i128> {
    number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from))
}

fn lists(left: &[Value], right: &[Value]) -> Ordering {
    let differing = left.iter().zip(right).map(|(l, r)| compare(l, r)).find(|o| o.is_ne());
    differing.unwrap_or_else(|| left.len().cmp(&right.len()))
}

fn maps(left: &Map<String, Value>, right: &Map<String, Value>) -> Ordering {
    let (left, right) = (sorted(left), sorted(right));
    let differing = left
        .iter()
        .zip(&right)
        .map(|((lk, lv), (rk, rv))| lk.cmp(rk).then_with(|| compare(lv, rv)))
        .find(|o| o.is_ne());
    differing.unwrap_or_else(|| left.len().cmp(&right.len()))
}

/// The members of a map by key, whatever order the map keeps them in.
pub(crate) fn sorted(map: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut members: Vec<_> = map.iter().collect();
    if !members.is_sorted_by(|a, b| a.0 <= b.0) {
        members.sort_by(|a, b| a.0.cmp(b.0));
    }
    members
}

#[cfg(test)]
mod tests {
    use super::{compare, equal};
    use serde_json::json;
    use std::cmp::Ordering;

    #[test]
    fn a_whole_number_equals_its_fractional_spelling() {
        assert!(equal(&json!(1), &json!(1.0)));
        assert!(equal(&json!({"a": [1]}), &json!({"a": [1.0]})));
        assert!(!equal(&json!(1), &json!("1")));
    }

    #[test]
    fn kinds_of_values_have_a_fixed_order() {
        let values = [json!(9), json!("a"), json!(false), json!([1]), json!({"a": 1}), json!(null)];
        for pair in values.windows(2) {
            assert_eq!(compare(&pair[0], &pair[1]), Ordering::Less);
        }
    }
}
