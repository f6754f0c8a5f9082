//! A value against a schema. Source: santhosh-tekuri/jsonschema `validator.go`.

use std::collections::{BTreeMap, BTreeSet};

use regex::{Regex, RegexBuilder};
use serde_json::{Map, Value};

use super::document::{Document, Draft, Place};
use super::fault::{Fault, Kind, count, number, quote, quotes};
use super::{Exceeded, Stop, Work, keyword};
use crate::chart::Warning;
use crate::function::translated_pattern;

/// How deep schemas and values may lead into each other, in levels: each is on the stack.
const LEVELS_MAX: u32 = 150;

/// How large a compiled pattern may become, in bytes.
const PATTERN_BYTES_MAX: usize = 1 << 20;

/// How many bytes are compared or searched for a step.
const BYTES_A_STEP: u64 = 64;

/// Checks values against one document.
pub(super) struct Check<'s, 'w, 'a> {
    document: &'s Document<'s>,
    work: &'w mut Work<'a>,
    patterns: BTreeMap<&'s str, Regex>,
    /// The schemas that the same value is under, by address.
    at_value: Vec<usize>,
    levels: u32,
}

/// What of a value no keyword has looked at.
#[derive(Clone, Default)]
struct Unseen {
    properties: BTreeSet<String>,
    items: BTreeSet<usize>,
}

impl Unseen {
    /// All of a value.
    fn of(value: &Value) -> Self {
        match value {
            Value::Object(map) => {
                Self { properties: map.keys().cloned().collect(), ..Self::default() }
            }
            Value::Array(items) => Self { items: (0..items.len()).collect(), ..Self::default() },
            _ => Self::default(),
        }
    }

    /// What another has not looked at either.
    fn keep(&mut self, other: &Self) {
        self.properties.retain(|name| other.properties.contains(name));
        self.items.retain(|index| other.items.contains(index));
    }
}

/// A value, and where it stands.
#[derive(Clone, Copy)]
struct Spot<'v> {
    value: &'v Value,
    at: &'v str,
}

/// What one schema finds wrong with one value, so far.
struct Found<'v> {
    spot: Spot<'v>,
    faults: Vec<Fault>,
    unseen: Unseen,
    /// Properties that are too many.
    additional: Vec<String>,
}

impl Found<'_> {
    fn say(&mut self, words: impl Into<String>) {
        self.because(words, Vec::new());
    }

    fn because(&mut self, words: impl Into<String>, causes: Vec<Fault>) {
        let kind = Kind::Said(words.into());
        self.faults.push(Fault { at: self.spot.at.to_owned(), kind, causes });
    }

    /// Keeps a fault; anything else ends the check.
    fn take(&mut self, result: Result<Unseen, Stop>) -> Result<Option<Unseen>, Stop> {
        match result {
            Ok(unseen) => Ok(Some(unseen)),
            Err(Stop::Invalid(fault)) => {
                self.faults.push(fault);
                Ok(None)
            }
            Err(stop) => Err(stop),
        }
    }
}

type Schema<'s> = &'s Map<String, Value>;

impl<'s, 'w, 'a> Check<'s, 'w, 'a> {
    pub(super) fn new(document: &'s Document<'s>, work: &'w mut Work<'a>) -> Self {
        Self { document, work, patterns: BTreeMap::new(), at_value: Vec::new(), levels: 0 }
    }

    pub(super) fn root(&mut self, value: &Value) -> Result<(), Stop> {
        self.value(self.document.root(), Spot { value, at: "" }).map(|_| ())
    }

    fn step(&mut self, steps: u64) -> Result<(), Stop> {
        self.work.steps = self.work.steps.saturating_add(steps);
        if self.work.steps > self.work.max {
            Err(Stop::Beyond(Exceeded::SchemaSteps(self.work.max)))
        } else {
            Ok(())
        }
    }

    /// Another value than the one before.
    fn value(&mut self, place: Place<'s>, spot: Spot<'_>) -> Result<Unseen, Stop> {
        let outer = std::mem::take(&mut self.at_value);
        let result = self.same_value(place, spot);
        self.at_value = outer;
        result
    }

    /// The value that is being checked, under another schema.
    fn same_value(&mut self, place: Place<'s>, spot: Spot<'_>) -> Result<Unseen, Stop> {
        self.levels += 1;
        let schema = std::ptr::from_ref(place.schema).addr();
        let result = if self.levels > LEVELS_MAX {
            Err(Stop::Beyond(Exceeded::ValueLevels(LEVELS_MAX.into())))
        } else if self.at_value.contains(&schema) {
            let url = quote(self.document.url(place));
            Err(said(spot, format!("references to {url} go in a circle")))
        } else {
            self.at_value.push(schema);
            let result = self.schema(place, spot);
            self.at_value.pop();
            result
        };
        self.levels -= 1;
        result
    }

    fn schema(&mut self, place: Place<'s>, spot: Spot<'_>) -> Result<Unseen, Stop> {
        self.step(1)?;
        let map = match place.schema {
            Value::Bool(false) => return Err(said(spot, "false schema")),
            Value::Object(map) => map,
            _ => return Ok(Unseen::of(spot.value)),
        };
        keyword::check(map)?;
        self.step(map.len() as u64)?;
        let draft = self.document.draft(place);
        let mut found = Found {
            spot,
            faults: Vec::new(),
            unseen: Unseen::of(spot.value),
            additional: Vec::new(),
        };
        if draft.0 < 2019 && map.contains_key("$ref") {
            self.reference(place, map, "$ref", &mut found)?;
            return ended(found);
        }
        self.whole(map, spot)?;
        self.reference(place, map, "$ref", &mut found)?;
        match spot.value {
            Value::Object(object) => self.object(place, map, object, &mut found)?,
            Value::Array(items) => self.array(place, map, items, &mut found)?,
            Value::String(text) => self.text(map, text, &mut found)?,
            Value::Number(_) => numeric(map, spot.value.as_f64().unwrap_or_default(), &mut found),
            Value::Null | Value::Bool(_) => {}
        }
        if draft.0 >= 2019 {
            self.reference(place, map, "$recursiveRef", &mut found)?;
            self.reference(place, map, "$dynamicRef", &mut found)?;
        }
        self.combined(place, map, &mut found)?;
        if draft.0 >= 2019 {
            self.unseen(place, map, &mut found)?;
        }
        ended(found)
    }

    /// Keywords that end the check of the value where it does not fit.
    fn whole(&mut self, map: Schema<'s>, spot: Spot<'_>) -> Result<(), Stop> {
        if let Some(types) = map.get("type") {
            let got = type_of(spot.value);
            let wanted = types_of(types);
            let is_integer = spot.value.as_f64().is_some_and(|number| number.fract() == 0.0);
            let fits = |name: &&str| *name == got || (*name == "integer" && is_integer);
            if !wanted.is_empty() && !wanted.iter().any(fits) {
                return Err(said(spot, format!("got {got}, want {}", wanted.join(" or "))));
            }
        }
        if let Some(wanted) = map.get("const")
            && !self.equal(wanted, spot.value)?
        {
            return Err(said(
                spot,
                match wanted {
                    Value::Array(_) | Value::Object(_) => "'const' failed".to_owned(),
                    _ => format!("value must be {}", display(wanted)),
                },
            ));
        }
        if let Some(Value::Array(all)) = map.get("enum") {
            for wanted in all {
                if self.equal(wanted, spot.value)? {
                    return Ok(());
                }
            }
            return Err(said(spot, one_of(all)));
        }
        Ok(())
    }

    fn reference(
        &mut self,
        place: Place<'s>,
        map: Schema<'s>,
        key: &str,
        found: &mut Found<'_>,
    ) -> Result<(), Stop> {
        let Some(reference) = map.get(key).and_then(Value::as_str) else {
            return Ok(());
        };
        let Some(target) = self.document.resolved(place, reference)? else {
            self.work.warnings.push(Warning::UnknownUrn { urn: reference.to_owned() });
            return Ok(());
        };
        match self.same_value(target, found.spot) {
            Ok(unseen) => found.unseen.keep(&unseen),
            Err(Stop::Invalid(fault)) => {
                let causes = fault.parts();
                let at = found.spot.at.to_owned();
                found.faults.push(Fault { at, kind: Kind::Reference, causes });
            }
            Err(stop) => return Err(stop),
        }
        Ok(())
    }

    /// Whether two values are the same.
    fn equal(&mut self, a: &Value, b: &Value) -> Result<bool, Stop> {
        self.step(1)?;
        Ok(match (a, b) {
            (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
            (Value::String(a), Value::String(b)) => {
                self.step(a.len() as u64 / BYTES_A_STEP)?;
                a == b
            }
            (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
                for (a, b) in a.iter().zip(b) {
                    if !self.equal(a, b)? {
                        return Ok(false);
                    }
                }
                true
            }
            (Value::Object(a), Value::Object(b)) if a.len() == b.len() => {
                for ((left, a), (right, b)) in a.iter().zip(b) {
                    if left != right || !self.equal(a, b)? {
                        return Ok(false);
                    }
                }
                true
            }
            _ => a == b,
        })
    }

    /// Whether a pattern is found in a text.
    fn is_match(&mut self, pattern: &'s str, text: &str) -> Result<bool, Stop> {
        self.step(1 + text.len() as u64 * (1 + pattern.len() as u64) / BYTES_A_STEP)?;
        if !self.patterns.contains_key(pattern) {
            self.step(1 + pattern.len() as u64)?;
            let translated = translated_pattern(pattern.as_bytes()).map_err(Stop::Unusable)?;
            let regex = RegexBuilder::new(&translated).size_limit(PATTERN_BYTES_MAX).build();
            let regex = regex.map_err(|_| {
                let words = format!("error parsing regexp: expression too large: `{pattern}`");
                Stop::Unusable(words)
            })?;
            self.patterns.insert(pattern, regex);
        }
        Ok(self.patterns[pattern].is_match(text))
    }
}

mod applied;
mod combined;

fn said(spot: Spot<'_>, words: impl Into<String>) -> Stop {
    let kind = Kind::Said(words.into());
    Stop::Invalid(Fault { at: spot.at.to_owned(), kind, causes: Vec::new() })
}

fn ended(mut found: Found<'_>) -> Result<Unseen, Stop> {
    match found.faults.len() {
        0 => Ok(found.unseen),
        1 => Err(Stop::Invalid(found.faults.remove(0))),
        _ => {
            let at = found.spot.at.to_owned();
            Err(Stop::Invalid(Fault { at, kind: Kind::Group, causes: found.faults }))
        }
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// The types that are allowed, in the library's order.
fn types_of(value: &Value) -> Vec<&'static str> {
    let is_named = |name: &str| match value {
        Value::Array(all) => all.iter().any(|item| item.as_str() == Some(name)),
        _ => value.as_str() == Some(name),
    };
    let all = ["null", "boolean", "number", "integer", "string", "array", "object"];
    all.into_iter().filter(|name| is_named(name)).collect()
}

fn one_of(all: &[Value]) -> String {
    if all.iter().any(|one| one.is_array() || one.is_object()) {
        return "'enum' failed".to_owned();
    }
    let shown: Vec<String> = all.iter().map(display).collect();
    match shown.as_slice() {
        [one] => format!("value must be {one}"),
        _ => format!("value must be one of {}", shown.join(", ")),
    }
}

fn display(value: &Value) -> String {
    match value {
        Value::String(text) => quote(text),
        Value::Null => "<nil>".to_owned(),
        other => other.to_string(),
    }
}

/// Bounds of a number.
fn numeric(map: Schema<'_>, value: f64, found: &mut Found<'_>) {
    let bound = |key: &str| map.get(key).and_then(Value::as_f64);
    let is = |key: &str| map.get(key).and_then(Value::as_bool).unwrap_or(false);
    let mut say = |key: &str, bound: f64| {
        found.say(format!("{key}: got {}, want {}", number(value), number(bound)));
    };
    let (least, most) = (bound("minimum"), bound("maximum"));
    match least {
        Some(least) if is("exclusiveMinimum") && value <= least => say("exclusiveMinimum", least),
        Some(least) if value < least => say("minimum", least),
        _ => {}
    }
    match most {
        Some(most) if is("exclusiveMaximum") && value >= most => say("exclusiveMaximum", most),
        Some(most) if value > most => say("maximum", most),
        _ => {}
    }
    if let Some(least) = bound("exclusiveMinimum").filter(|least| value <= *least) {
        say("exclusiveMinimum", least);
    }
    if let Some(most) = bound("exclusiveMaximum").filter(|most| value >= *most) {
        say("exclusiveMaximum", most);
    }
    if let Some(of) = bound("multipleOf").filter(|of| !is_multiple(value, *of)) {
        say("multipleOf", of);
    }
}

/// Whether a number is a multiple of another, both as they are written in decimals.
fn is_multiple(value: f64, of: f64) -> bool {
    let scaled = |number: f64| {
        let text = format!("{number:e}");
        let (mantissa, exponent) = text.split_once('e')?;
        let digits = mantissa.split_once('.').map_or(0, |(_, fraction)| fraction.len());
        let whole: i128 = mantissa.replace('.', "").parse().ok()?;
        Some((whole, exponent.parse::<i32>().ok()? - i32::try_from(digits).ok()?))
    };
    let (Some((a, x)), Some((b, y))) = (scaled(value), scaled(of)) else {
        return false;
    };
    let power = |by: i32| 10_i128.checked_pow(u32::try_from(by).unwrap_or_default());
    let (a, b) = if x >= y {
        (power(x - y).and_then(|power| a.checked_mul(power)), Some(b))
    } else {
        (Some(a), power(y - x).and_then(|power| b.checked_mul(power)))
    };
    match (a, b) {
        (Some(a), Some(b)) => b != 0 && a % b == 0,
        // Too far apart for integers; then only a float can tell.
        _ => value % of == 0.0,
    }
}
