//! Short ways to the fields of a wire object. A field of another type reads as absent: shapes are
//! judged as a whole, before, by [`crate::mismatches`].

use serde_json::Value;
use trimtab_model::Timestamp;

/// The value at a path of names joined by `.`; names that hold a `.` cannot be reached so.
pub fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(value, |value, name| value.get(name)).filter(|value| !value.is_null())
}

/// A text that is not empty.
pub fn text<'a>(value: &'a Value, path: &str) -> Option<&'a str> {
    at(value, path)?.as_str().filter(|text| !text.is_empty())
}

/// Whether a field is there and true.
pub fn is_true(value: &Value, path: &str) -> bool {
    at(value, path).and_then(Value::as_bool).unwrap_or(false)
}

/// A whole number.
pub fn integer(value: &Value, path: &str) -> Option<i64> {
    at(value, path)?.as_i64()
}

/// The elements of a list; none where there is no list.
pub fn list<'a>(value: &'a Value, path: &str) -> &'a [Value] {
    at(value, path).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The texts in a list.
pub fn texts<'a>(value: &'a Value, path: &str) -> impl Iterator<Item = &'a str> {
    list(value, path).iter().filter_map(Value::as_str)
}

/// A time as RFC 3339 writes it.
pub fn time(value: &Value, path: &str) -> Option<Timestamp> {
    text(value, path)?.parse().ok()
}

/// The texts of a map, by key.
pub fn entries<'a>(value: &'a Value, path: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
    let fields = at(value, path).and_then(Value::as_object).into_iter().flatten();
    fields.filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)))
}

/// An annotation of an object.
pub fn annotation<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    at(object, "metadata.annotations")?.get(name)?.as_str()
}

/// A time as statuses write it: UTC, whole seconds.
pub fn seconds(time: Timestamp) -> String {
    // A whole second of a valid time is a valid time.
    Timestamp::from_second(time.as_second()).unwrap_or(time).to_string()
}
