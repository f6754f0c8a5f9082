//! What a scalar's text means. Source: go-yaml v2 `resolve.go`, with the rules of Go's `strconv`.

use crate::node::Scalar;
use crate::timestamp::Timestamp;
use base64::alphabet;
use base64::engine::{Engine, GeneralPurpose, GeneralPurposeConfig};
use std::borrow::Cow;

const STR: &str = "tag:yaml.org,2002:str";
const BOOL: &str = "tag:yaml.org,2002:bool";
const INT: &str = "tag:yaml.org,2002:int";
const FLOAT: &str = "tag:yaml.org,2002:float";
const NULL: &str = "tag:yaml.org,2002:null";
const TIMESTAMP: &str = "tag:yaml.org,2002:timestamp";
const BINARY: &str = "tag:yaml.org,2002:binary";

/// Whose reading of a text counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dialect {
    /// kubectl's.
    Kubectl,
    /// Kustomize's, which Flux runs over plain manifests too: `yes`, `no`, `on` and `off` are texts,
    /// dates become times, keys must be texts, own entries come before merged ones, and annotations
    /// are texts as they were written. Measured
    /// against Kustomize 5.8.1; its reading of empty values in braces as `""` is not followed.
    Kustomize,
    /// Helm's, of charts and values: kubectl's, but floats stay floats and numbers beyond 63 bits stay
    /// as they are, because their texts differ where a text is asked for.
    Helm,
}

/// The value of a scalar.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Resolved<'t> {
    Null,
    Bool(bool),
    Int(i64),
    /// An integer that only an unsigned one holds.
    Unsigned(u64),
    Float(f64),
    Text(Cow<'t, str>),
    /// A text that looks like a timestamp.
    Timestamp(Timestamp),
}

impl Resolved<'_> {
    fn tag(&self) -> &'static str {
        match self {
            Self::Null => NULL,
            Self::Bool(_) => BOOL,
            Self::Int(_) | Self::Unsigned(_) => INT,
            Self::Float(_) => FLOAT,
            Self::Text(_) => STR,
            Self::Timestamp(_) => TIMESTAMP,
        }
    }
}

/// Resolves a scalar by its tag and text. An error is a message without a place.
pub(crate) fn resolve<'s>(
    scalar: &'s Scalar<'_>,
    dialect: Dialect,
) -> Result<Resolved<'s>, String> {
    let text = || Resolved::Text(Cow::Borrowed(&*scalar.text));
    let Some(tag) = scalar.tag.as_deref() else {
        return Ok(if scalar.implicit { plain(&scalar.text, true, dialect) } else { text() });
    };
    match tag {
        BINARY => binary(&scalar.text).map(|text| Resolved::Text(Cow::Owned(text))),
        BOOL | INT | FLOAT | NULL | TIMESTAMP => tagged(&scalar.text, tag, dialect),
        _ => Ok(text()),
    }
}

fn tagged<'s>(text: &'s str, tag: &str, dialect: Dialect) -> Result<Resolved<'s>, String> {
    let resolved = plain(text, tag == TIMESTAMP, dialect);
    match resolved {
        #[expect(clippy::cast_precision_loss, reason = "a float was asked for")]
        Resolved::Int(integer) if tag == FLOAT => Ok(Resolved::Float(integer as f64)),
        _ if resolved.tag() == tag => Ok(resolved),
        _ => {
            let (found, asked) = (short_tag(resolved.tag()), short_tag(tag));
            // The text may be secret.
            Err(format!("cannot decode {found} as a {asked}"))
        }
    }
}

fn short_tag(tag: &str) -> String {
    tag.replacen("tag:yaml.org,2002:", "!!", 1)
}

/// Resolves a text without quotes. Only the first character decides which types are tried.
pub(crate) fn plain(text: &str, timestamps: bool, dialect: Dialect) -> Resolved<'_> {
    let resolved = match text.as_bytes().first() {
        None => return Resolved::Null,
        Some(b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~') => {
            word(text, dialect)
        }
        Some(b'.') => special_float(text).or_else(|| dotted_float(text)).map(Resolved::Float),
        Some(b'+' | b'-' | b'0'..=b'9') => number(text, timestamps),
        Some(_) => None,
    };
    resolved.unwrap_or(Resolved::Text(Cow::Borrowed(text)))
}

fn word(text: &str, dialect: Dialect) -> Option<Resolved<'static>> {
    match text {
        "true" | "True" | "TRUE" => Some(Resolved::Bool(true)),
        "false" | "False" | "FALSE" => Some(Resolved::Bool(false)),
        "~" | "null" | "Null" | "NULL" => Some(Resolved::Null),
        _ if dialect == Dialect::Kustomize => None,
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Some(Resolved::Bool(true)),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Some(Resolved::Bool(false)),
        _ => None,
    }
}

fn special_float(text: &str) -> Option<f64> {
    match text {
        ".nan" | ".NaN" | ".NAN" => Some(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Some(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}

/// A float that begins with its point. Go lets `_` stand between two digits here.
fn dotted_float(text: &str) -> Option<f64> {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let separates = |at: usize| at > 0 && digit(at - 1) && digit(at + 1);
    let misplaced = |(at, byte): (usize, &u8)| *byte == b'_' && !separates(at);
    if bytes.iter().enumerate().any(misplaced) {
        return None;
    }
    decimal(&text.replace('_', ""))
}

fn number(text: &str, timestamps: bool) -> Option<Resolved<'static>> {
    if let Some(float) = special_float(text) {
        return Some(Resolved::Float(float));
    }
    if let Some(time) = Timestamp::parse(text).filter(|_| timestamps) {
        return Some(Resolved::Timestamp(time));
    }
    let text = text.replace('_', "");
    integer(&text).or_else(|| decimal(&text).map(Resolved::Float))
}

/// An integer with Go's prefixes: `0x`, `0b`, `0o`, and `0` alone for octal.
fn integer(text: &str) -> Option<Resolved<'static>> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (base, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', _, ..] => (16, &digits[2..]),
        [b'0', b'b' | b'B', _, ..] => (2, &digits[2..]),
        [b'0', b'o' | b'O', _, ..] => (8, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    if !digits.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, base).ok()?;
    if negative {
        return 0_i64.checked_sub_unsigned(magnitude).map(Resolved::Int);
    }
    match i64::try_from(magnitude) {
        Ok(integer) => Some(Resolved::Int(integer)),
        // Go reads unsigned numbers only without a sign.
        Err(_) => (!text.starts_with('+')).then_some(Resolved::Unsigned(magnitude)),
    }
}

/// A decimal float: `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`.
fn decimal(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = all_digits(whole) && all_digits(fraction) && whole.len() + fraction.len() > 0;
    let exponent = exponent.map(|text| text.strip_prefix(['-', '+']).unwrap_or(text));
    if !digits || exponent.is_some_and(|text| text.is_empty() || !all_digits(text)) {
        return None;
    }
    // A float that is too large is a text.
    text.parse::<f64>().ok().filter(|float| float.is_finite())
}

/// Decodes base64; bytes that are no text become the replacement character, as in JSON.
fn binary(text: &str) -> Result<String, String> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &alphabet::STANDARD,
        GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
    );
    let text: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect();
    let bytes = LENIENT.decode(text);
    let bytes = bytes.map_err(|_| "!!binary value contains invalid base64 data".to_owned())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
