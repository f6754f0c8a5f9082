//! Numbers as Go writes them, which decides how Kubernetes reads them.

use serde_json::{Number, Value};

/// A float as it reaches the API server. kubectl writes it as JSON and reads that again, so one
/// without a fraction becomes an integer: `1e3` is 1000. `None` for what JSON cannot say.
pub(crate) fn from_float(float: f64) -> Option<Value> {
    // Beyond this, the text of an integral float fits no integer.
    const INTEGER_MAX: f64 = 1e19;
    if float.fract() == 0.0 && float.abs() < INTEGER_MAX {
        // The shortest text, filled up with zeros, may be another integer than the float's own.
        let integer = float.to_string().parse::<i64>().ok();
        if let Some(integer) = integer {
            return Some(Value::from(integer));
        }
    }
    Number::from_f64(float).map(Value::Number)
}

/// A number of JSON text: an integer where 64 bits hold it, else a float. `None` if it is too large.
/// Source: sigs.k8s.io/json.
pub(crate) fn from_json(text: &str) -> Option<Value> {
    if !text.contains(['.', 'e', 'E'])
        && let Ok(integer) = text.parse::<i64>()
    {
        return Some(Value::from(integer));
    }
    text.parse::<f64>().ok().filter(|float| float.is_finite()).and_then(from_float)
}

/// A number as sigs.k8s.io/yaml writes it.
pub(crate) fn to_yaml(number: &Number) -> String {
    if number.is_i64() || number.is_u64() {
        return number.to_string();
    }
    float_to_yaml(number.as_f64().unwrap_or_default())
}

/// A finite float as sigs.k8s.io/yaml writes it.
pub fn float_to_yaml(float: f64) -> String {
    // It goes through JSON, where a float below 1e21 has no exponent, and integers of 64 bits are
    // read back as integers.
    let plain = (float.abs() < 1e21 && float.fract() == 0.0).then(|| float.to_string());
    match plain {
        Some(text) if text == "-0" => "0".to_owned(),
        Some(text) if text.parse::<i64>().is_ok() || text.parse::<u64>().is_ok() => text,
        _ => general(&format!("{float:e}"), float),
    }
}

/// A float of 64 bits that stands where sigs.k8s.io/yaml wants a text, as a mapping's key or in a text's
/// field: it writes it with 32 bits.
pub fn key(float: f64) -> String {
    if float.is_nan() {
        return ".nan".to_owned();
    }
    #[expect(clippy::cast_possible_truncation, reason = "the precision is lost there too")]
    let short = float as f32;
    if short.is_infinite() {
        return if short > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    general(&format!("{short:e}"), short)
}

/// Go's format `g` with the fewest digits: an exponent below -4 or from 6 on stays, with two digits.
fn general(scientific: &str, plain: impl std::fmt::Display) -> String {
    let (digits, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..6).contains(&exponent) {
        return plain.to_string();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}
