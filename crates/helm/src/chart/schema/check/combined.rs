//! Keywords that put schemas together.

use serde_json::Value;

use super::{Check, Fault, Found, Place, Schema, Stop, count};

impl<'s> Check<'s, '_, '_> {
    pub(super) fn combined(
        &mut self,
        place: Place<'s>,
        map: Schema<'s>,
        found: &mut Found<'_>,
    ) -> Result<(), Stop> {
        if let Some(schema) = map.get("not")
            && self.tried(place, schema, found)?.is_ok()
        {
            found.say("'not' failed");
        }
        self.all_of(place, map, found)?;
        self.any_of(place, map, found)?;
        self.one_of(place, map, found)?;
        let Some(condition) = map.get("if") else {
            return Ok(());
        };
        let branch = if self.tried(place, condition, found)?.is_ok() { "then" } else { "else" };
        let tried = map.get(branch).map(|schema| self.tried(place, schema, found)).transpose()?;
        found.faults.extend(tried.and_then(Result::err));
        Ok(())
    }

    /// Whether a schema allows the value. If it does, what it looked at counts as looked at.
    fn tried(
        &mut self,
        place: Place<'s>,
        schema: &'s Value,
        found: &mut Found<'_>,
    ) -> Result<Result<(), Fault>, Stop> {
        match self.same_value(self.document.inner(place, schema), found.spot) {
            Ok(unseen) => {
                found.unseen.keep(&unseen);
                Ok(Ok(()))
            }
            Err(Stop::Invalid(fault)) => Ok(Err(fault)),
            Err(stop) => Err(stop),
        }
    }

    fn all_of(
        &mut self,
        place: Place<'s>,
        map: Schema<'s>,
        found: &mut Found<'_>,
    ) -> Result<(), Stop> {
        let mut faults = Vec::new();
        for schema in map.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            faults.extend(self.tried(place, schema, found)?.err());
        }
        if !faults.is_empty() {
            found.because("'allOf' failed", faults);
        }
        Ok(())
    }

    fn any_of(
        &mut self,
        place: Place<'s>,
        map: Schema<'s>,
        found: &mut Found<'_>,
    ) -> Result<(), Stop> {
        let Some(Value::Array(schemas)) = map.get("anyOf") else {
            return Ok(());
        };
        let (mut is_matched, mut faults) = (false, Vec::new());
        for schema in schemas {
            match self.tried(place, schema, found)? {
                // The others count only for what nothing has looked at yet.
                Ok(()) => is_matched = true,
                Err(fault) => faults.push(fault),
            }
        }
        if !is_matched {
            found.because("'anyOf' failed", faults);
        }
        Ok(())
    }

    fn one_of(
        &mut self,
        place: Place<'s>,
        map: Schema<'s>,
        found: &mut Found<'_>,
    ) -> Result<(), Stop> {
        let Some(Value::Array(schemas)) = map.get("oneOf") else {
            return Ok(());
        };
        let (mut matched, mut faults) = (None, Vec::new());
        for (index, schema) in schemas.iter().enumerate() {
            match (self.tried(place, schema, found)?, matched) {
                (Ok(()), None) => matched = Some(index),
                (Ok(()), Some(first)) => {
                    let (first, second) = (count(first as u64), count(index as u64));
                    found.say(format!("'oneOf' failed, subschemas {first}, {second} matched"));
                    return Ok(());
                }
                (Err(fault), None) => faults.push(fault),
                (Err(_), Some(_)) => {}
            }
        }
        if matched.is_none() {
            found.because("'oneOf' failed, none matched", faults);
        }
        Ok(())
    }
}
