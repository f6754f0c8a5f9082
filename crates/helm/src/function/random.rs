//! Functions whose answers are drawn from the render's seed.

use data_encoding::{BASE64, HEXLOWER};
use trimtab_template::{Arguments, Error, Functions, Run, Signature, Text, Type, Value};

use super::letters::characters;
use super::of_texts;
use crate::context;
use crate::random::Stream;

pub(super) fn add(functions: &mut Functions) {
    let counted = || Signature::new([Type::INT], Type::String);
    functions.add_native("randAlphaNum", counted(), |run, a| {
        drawn(run, a, "randAlphaNum", u8::is_ascii_alphanumeric)
    });
    functions.add_native("randAlpha", counted(), |run, a| {
        drawn(run, a, "randAlpha", u8::is_ascii_alphabetic)
    });
    functions.add_native("randNumeric", counted(), |run, a| {
        drawn(run, a, "randNumeric", u8::is_ascii_digit)
    });
    functions.add_native("randAscii", counted(), |run, a| {
        drawn(run, a, "randAscii", |byte| matches!(byte, b' '..=b'~'))
    });
    functions.add_native("randBytes", counted(), bytes);
    functions.add_native("randInt", Signature::new([Type::INT, Type::INT], Type::INT), integer);
    functions.add_native("shuffle", of_texts(1), shuffle);
    functions.add_native("uuidv4", Signature::new([], Type::String), uuid);
}

/// So many characters of those that are asked for. A negative number is none.
fn drawn(
    run: &mut Run<'_>,
    a: Arguments<'_>,
    name: &'static str,
    is_wanted: impl Fn(&u8) -> bool,
) -> Result<Value, Error> {
    let count = usize::try_from(a.int(0)?).unwrap_or(0);
    run.heap().check(count)?;
    run.work(count as u64 / LETTERS_A_STEP)?;
    let letters: Vec<u8> = (b' '..=b'~').filter(|byte| is_wanted(byte)).collect();
    let mut stream = context::of(run)?.randomness(name);
    let text: Vec<u8> = (0..count).map(|_| letters[place(&mut stream, letters.len())]).collect();
    Ok(Value::String(Text::from(text)))
}

/// How many letters are drawn for a step.
const LETTERS_A_STEP: u64 = 16;

/// A place in a list of so many items.
fn place(stream: &mut Stream, count: usize) -> usize {
    usize::try_from(stream.below(count as u64)).unwrap_or(0)
}

fn bytes(run: &mut Run<'_>, a: Arguments<'_>) -> Result<Value, Error> {
    let count = usize::try_from(a.int(0)?)
        .map_err(|_| Error::message("runtime error: makeslice: len out of range"))?;
    run.heap().check(count.saturating_mul(3))?;
    run.work(count as u64 / LETTERS_A_STEP)?;
    let mut bytes = vec![0; count];
    context::of(run)?.randomness("randBytes").fill(&mut bytes);
    Ok(Value::from(BASE64.encode(&bytes)))
}

fn integer(run: &mut Run<'_>, a: Arguments<'_>) -> Result<Value, Error> {
    let (min, max) = (a.int(0)?, a.int(1)?);
    let bound = u64::try_from(max.wrapping_sub(min)).ok().filter(|bound| *bound > 0);
    let bound = bound.ok_or_else(|| Error::message("invalid argument to Intn"))?;
    let number = context::of(run)?.randomness("randInt").below(bound);
    Ok(Value::int(min.wrapping_add_unsigned(number)))
}

fn shuffle(run: &mut Run<'_>, a: Arguments<'_>) -> Result<Value, Error> {
    let mut letters: Vec<char> = characters(a.text(0)?).map(|(_, letter)| letter).collect();
    let mut stream = context::of(run)?.randomness("shuffle");
    for last in (1..letters.len()).rev() {
        letters.swap(last, place(&mut stream, last + 1));
    }
    Ok(Value::from(letters.into_iter().collect::<String>()))
}

fn uuid(run: &mut Run<'_>, _: Arguments<'_>) -> Result<Value, Error> {
    let mut bytes = [0_u8; 16];
    context::of(run)?.randomness("uuidv4").fill(&mut bytes);
    bytes[6] = bytes[6] & 0x0F | 0x40;
    bytes[8] = bytes[8] & 0x3F | 0x80;
    let hex = HEXLOWER.encode(&bytes);
    let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
    Ok(Value::from(parts.join("-")))
}
