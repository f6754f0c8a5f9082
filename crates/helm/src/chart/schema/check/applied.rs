//! Keywords of objects, lists and texts.

use serde_json::{Map, Value};

use super::{BYTES_A_STEP, Check, Draft, Fault, Found, Place, Schema, Spot, Stop, Unseen};
use super::{count, quote, quotes};

/// Where an entry of a value stands.
fn below(at: &str, key: &str) -> String {
    format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"))
}

fn bound(map: Schema<'_>, key: &str) -> Option<u64> {
    let number = map.get(key)?.as_f64()?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is a count, and as many as there may be where it is too large"
    )]
    Some(number as u64)
}

/// Says where there are too few or too many.
fn sized(map: Schema<'_>, (least, most): (&str, &str), got: usize, found: &mut Found<'_>) {
    let got = got as u64;
    if let Some(want) = bound(map, least).filter(|want| got < *want) {
        found.say(format!("{least}: got {}, want {}", count(got), count(want)));
    }
    if let Some(want) = bound(map, most).filter(|want| got > *want) {
        found.say(format!("{most}: got {}, want {}", count(got), count(want)));
    }
}

/// Which of some names an object lacks.
fn missing<'n>(object: &Map<String, Value>, names: &'n Value) -> Vec<&'n str> {
    let names = names.as_array().into_iter().flatten().filter_map(Value::as_str);
    names.filter(|name| !object.contains_key(*name)).collect()
}

impl<'s> Check<'s, '_, '_> {
    pub(super) fn object(
        &mut self,
        place: Place<'s>,
        map: Schema<'s>,
        object: &Map<String, Value>,
        found: &mut Found<'_>,
    ) -> Result<(), Stop> {
        sized(map, ("minProperties", "maxProperties"), object.len(), found);
        if let Some(names) = map.get("required") {
            match missing(object, names).as_slice() {
                [] => {}
                [one] => found.say(format!("missing property {}", quote(one))),
                several => found.say(format!("missing properties {}", quotes(several))),
            }
        }
        self.dependent(place, map, object, found)?;
        for (name, value) in object {
            if self.property(place, map, (name, value), found)? {
                found.unseen.properties.remove(name);
            }
        }
        if !found.additional.is_empty() {
            let additional = std::mem::take(&mut found.additional);
            let additional: Vec<&str> = additional.iter().map(String::as_str).collect();
            found.say(format!("additional properties {} not allowed", quotes(&additional)));
        }
        self.names(place, map, object, found)
    }

    /// One property. Whether a keyword has looked at it.
    fn property(
        &mut self,
        place: Place<'s>,
        map: Schema<'s>,
        (name, value): (&String, &Value),
        found: &mut Found<'_>,
    ) -> Result<bool, Stop> {
        self.step(1)?;
        let at = below(found.spot.at, name);
        let spot = Spot { value, at: &at };
        let mut is_seen = false;
        if let Some(schema) = map.get("properties").and_then(|all| all.get(name)) {
            is_seen = true;
            let result = self.value(self.document.inner(place, schema), spot);
            found.take(result)?;
        }
        if let Some(Value::Object(patterns)) = map.get("patternProperties") {
            for (pattern, schema) in patterns {
                if self.is_match(pattern, name)? {
                    is_seen = true;
                    let result = self.value(self.document.inner(place, schema), spot);
                    found.take(result)?;
                }
            }
        }
        match map.get("additionalProperties") {
            Some(schema) if !is_seen => {
                match schema {
                    Value::Bool(true) => {}
                    Value::Bool(false) => found.additional.push(name.clone()),
                    _ => {
                        let result = self.value(self.document.inner(place, schema), spot);
                        found.take(result)?;
                    }
                }
                Ok(true)
            }
            _ => Ok(is_seen),
        }
    }

    /// What other properties one property asks for.
    fn dependent(
        &mut self,
        place: Place<'s>,
        map: Schema<'s>,
        object: &Map<String, Value>,
        found: &mut Found<'_>,
    ) -> Result<(), Stop> {
        for key in ["dependencies", "dependentRequired", "dependentSchemas"] {
            let Some(Value::Object(all)) = map.get(key) else {
                continue;
            };
            for (name, asked) in all.iter().filter(|(name, _)| object.contains_key(*name)) {
                self.step(1)?;
                if asked.is_array() {
                    let missing = missing(object, asked);
                    if !missing.is_empty() {
                        let (missing, name) = (quotes(&missing), quote(name));
                        found.say(format!("properties {missing} required, if {name} exists"));
                    }
                } else {
                    let result = self.same_value(self.document.inner(place, asked), found.spot);
                    if let Some(unseen) = found.take(result)? {
                        found.unseen.keep(&unseen);
                    }
                }
            }
        }
        Ok(())
    }

    fn names(
        &mut self,
        place: Place<'s>,
        map: Schema<'s>,
        object: &Map<String, Value>,
        found: &mut Found<'_>,
    ) -> Result<(), Stop> {
        let Some(schema) = map.get("propertyNames") else {
            return Ok(());
        };
        for name in object.keys() {
            let text = Value::String(name.clone());
            let spot = Spot { value: &text, at: "" };
            match self.value(self.document.inner(place, schema), spot) {
                Ok(_) => {}
                Err(Stop::Invalid(fault)) => {
                    let causes = fault.parts();
                    found.faults.push(Fault {
                        at: found.spot.at.to_owned(),
                        kind: super::Kind::Said(format!("invalid propertyName {}", quote(name))),
                        causes,
                    });
                }
                Err(stop) => return Err(stop),
            }
        }
        Ok(())
    }

    pub(super) fn array(
        &mut self,
        place: Place<'s>,
        map: Schema<'s>,
        items: &[Value],
        found: &mut Found<'_>,
    ) -> Result<(), Stop> {
        sized(map, ("minItems", "maxItems"), items.len(), found);
        if map.get("uniqueItems") == Some(&Value::Bool(true)) {
            self.unique(items, found)?;
        }
        let is_new = self.document.draft(place) >= Draft(2020);
        let (listed, rest) = match (is_new, map.get("items")) {
            (true, rest) => (map.get("prefixItems"), rest),
            (false, list @ Some(Value::Array(_))) => (list, map.get("additionalItems")),
            (false, rest) => (None, rest),
        };
        let listed = listed.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        if let Some(Value::Bool(false)) = rest
            && !is_new
            && !listed.is_empty()
            && items.len() > listed.len()
        {
            let more = count((items.len() - listed.len()) as u64);
            found.say(format!("last {more} additionalItem(s) not allowed"));
        }
        let is_said = !is_new && !listed.is_empty() && rest == Some(&Value::Bool(false));
        for (index, value) in items.iter().enumerate() {
            let schema = match listed.get(index) {
                Some(schema) => schema,
                None => match rest.filter(|_| !is_said) {
                    Some(schema) => schema,
                    None => break,
                },
            };
            found.unseen.items.remove(&index);
            let at = below(found.spot.at, &index.to_string());
            let result = self.value(self.document.inner(place, schema), Spot { value, at: &at });
            found.take(result)?;
        }
        self.contains(place, map, items, found)
    }

    fn unique(&mut self, items: &[Value], found: &mut Found<'_>) -> Result<(), Stop> {
        for later in 1..items.len() {
            for earlier in 0..later {
                if self.equal(&items[later], &items[earlier])? {
                    found.say(format!("items at {earlier} and {later} are equal"));
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn contains(
        &mut self,
        place: Place<'s>,
        map: Schema<'s>,
        items: &[Value],
        found: &mut Found<'_>,
    ) -> Result<(), Stop> {
        let Some(schema) = map.get("contains") else {
            return Ok(());
        };
        let is_new = self.document.draft(place) >= Draft(2020);
        let (mut matched, mut faults) = (Vec::new(), Vec::new());
        for (index, value) in items.iter().enumerate() {
            let at = below(found.spot.at, &index.to_string());
            match self.value(self.document.inner(place, schema), Spot { value, at: &at }) {
                Ok(_) => {
                    matched.push(index.to_string());
                    if is_new {
                        found.unseen.items.remove(&index);
                    }
                }
                Err(Stop::Invalid(fault)) => faults.push(fault),
                Err(stop) => return Err(stop),
            }
        }
        let got = matched.len() as u64;
        let but = format!("but matched {} items at {}", count(got), matched.join(" "));
        let words = "items required to match contains schema";
        match bound(map, "minContains") {
            Some(want) if got < want && got == 0 => {
                found.because(format!("min {} {words}, but none matched", count(want)), faults);
            }
            Some(want) if got < want => {
                found.because(format!("min {} {words}, {but}", count(want)), faults);
            }
            None if got == 0 => found.because("no items match contains schema", faults),
            _ => {}
        }
        if let Some(want) = bound(map, "maxContains").filter(|want| got > *want) {
            found.say(format!("max {} {words}, {but}", count(want)));
        }
        Ok(())
    }

    pub(super) fn text(
        &mut self,
        map: Schema<'s>,
        text: &str,
        found: &mut Found<'_>,
    ) -> Result<(), Stop> {
        if map.contains_key("minLength") || map.contains_key("maxLength") {
            self.step(text.len() as u64 / BYTES_A_STEP)?;
            sized(map, ("minLength", "maxLength"), text.chars().count(), found);
        }
        if let Some(pattern) = map.get("pattern").and_then(Value::as_str)
            && !self.is_match(pattern, text)?
        {
            found.say(format!("{} does not match pattern {}", quote(text), quote(pattern)));
        }
        Ok(())
    }

    /// Keywords for what no other keyword has looked at.
    pub(super) fn unseen(
        &mut self,
        place: Place<'s>,
        map: Schema<'s>,
        found: &mut Found<'_>,
    ) -> Result<(), Stop> {
        let unseen: Unseen = found.unseen.clone();
        if let (Some(schema), Value::Object(object)) =
            (map.get("unevaluatedProperties"), found.spot.value)
        {
            for name in &unseen.properties {
                let Some(value) = object.get(name) else { continue };
                let at = below(found.spot.at, name);
                let inner = self.document.inner(place, schema);
                let result = self.value(inner, Spot { value, at: &at });
                found.take(result)?;
            }
            found.unseen.properties.clear();
        }
        if let (Some(schema), Value::Array(items)) = (map.get("unevaluatedItems"), found.spot.value)
        {
            for index in unseen.items {
                let at = below(found.spot.at, &index.to_string());
                let inner = self.document.inner(place, schema);
                let result = self.value(inner, Spot { value: &items[index], at: &at });
                found.take(result)?;
            }
            found.unseen.items.clear();
        }
        Ok(())
    }
}
