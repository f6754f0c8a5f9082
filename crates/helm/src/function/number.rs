//! Numbers: conversions, arithmetic, rounding and sequences.

use trimtab_template::{Arguments, Error, Functions, Run, Signature, Type, Value};

use super::cast::{to_float64, to_int, to_int64};
use super::decimal::{self, Decimal};
use super::of_any;
use super::text::printed;

pub(super) fn add(functions: &mut Functions) {
    add_conversions(functions);
    add_arithmetic(functions);
    add_floats(functions);
    add_sequences(functions);
}

fn add_conversions(functions: &mut Functions) {
    functions.add_native("int", of_any(1, Type::INT), |_, a| Ok(Value::int(to_int(a.at(0)))));
    functions
        .add_native("int64", of_any(1, Type::INT64), |_, a| Ok(Value::int64(to_int64(a.at(0)))));
    functions.add_native("float64", of_any(1, Type::FLOAT64), |_, a| {
        Ok(Value::float(to_float64(a.at(0))))
    });
    functions.add_native("atoi", Signature::new([Type::String], Type::INT), |_, a| {
        Ok(Value::int(integer(a.text(0)?, 10, true)))
    });
    functions.add_native("toDecimal", of_any(1, Type::INT64), |run, a| {
        Ok(Value::int64(integer(&printed(run, a.at(0))?, 8, false)))
    });
}

/// `strconv.ParseInt` without its error: 0 for what is no number, and for one that is too large either
/// the nearest or 0.
fn integer(text: &[u8], base: u32, is_nearest: bool) -> i64 {
    let (is_negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let is_digit = |byte: &u8| char::from(*byte).is_digit(base);
    if digits.is_empty() || !digits.iter().all(is_digit) {
        return 0;
    }
    let step = |number: i128, byte: &u8| {
        let digit = char::from(*byte).to_digit(base).unwrap_or(0);
        (number * i128::from(base) + i128::from(digit)).min(i128::from(u64::MAX))
    };
    let number = digits.iter().fold(0, step) * if is_negative { -1 } else { 1 };
    match i64::try_from(number) {
        Ok(number) => number,
        Err(_) if !is_nearest => 0,
        Err(_) => {
            if is_negative {
                i64::MIN
            } else {
                i64::MAX
            }
        }
    }
}

fn add_arithmetic(functions: &mut Functions) {
    let folded = || of_any(1, Type::INT64).and_any_number_of(Type::Any);
    functions.add_native("add1", of_any(1, Type::INT64), |_, a| {
        Ok(Value::int64(to_int64(a.at(0)).wrapping_add(1)))
    });
    let add = Signature::new([], Type::INT64).and_any_number_of(Type::Any);
    functions.add_native("add", add, |_, a| {
        Ok(Value::int64(a.0.iter().fold(0, |sum, next| sum.wrapping_add(to_int64(next)))))
    });
    functions.add_native("sub", of_any(2, Type::INT64), |_, a| {
        Ok(Value::int64(to_int64(a.at(0)).wrapping_sub(to_int64(a.at(1)))))
    });
    functions.add_native("mul", folded(), |_, a| Ok(folded_ints(a, i64::wrapping_mul)));
    functions.add_native("div", of_any(2, Type::INT64), |_, a| divided(a, i64::wrapping_div));
    functions.add_native("mod", of_any(2, Type::INT64), |_, a| divided(a, i64::wrapping_rem));
    for name in ["max", "biggest"] {
        functions.add_native(name, folded(), |_, a| Ok(folded_ints(a, i64::max)));
    }
    functions.add_native("min", folded(), |_, a| Ok(folded_ints(a, i64::min)));
}

fn folded_ints(a: Arguments<'_>, step: impl Fn(i64, i64) -> i64) -> Value {
    Value::int64(a.0.iter().map(to_int64).reduce(step).unwrap_or(0))
}

fn divided(a: Arguments<'_>, divide: impl Fn(i64, i64) -> i64) -> Result<Value, Error> {
    match to_int64(a.at(1)) {
        0 => Err(Error::message("runtime error: integer divide by zero")),
        divisor => Ok(Value::int64(divide(to_int64(a.at(0)), divisor))),
    }
}

fn add_floats(functions: &mut Functions) {
    let folded = || of_any(1, Type::FLOAT64).and_any_number_of(Type::Any);
    functions.add_native("add1f", of_any(1, Type::FLOAT64), |_, a| {
        let number = Decimal::from_float(to_float64(a.at(0)))?;
        Ok(Value::float(number.plus(&Decimal::from_float(1.0)?).to_float()))
    });
    let add = Signature::new([], Type::FLOAT64).and_any_number_of(Type::Any);
    functions.add_native("addf", add, |run, a| {
        decimal::folded(run, Decimal::from_float(0.0)?, a.0, |a, b| Ok(a.plus(b)))
    });
    functions.add_native("subf", folded(), |run, a| {
        decimal::folded(run, first(a)?, a.from(1), |a, b| Ok(a.minus(b)))
    });
    functions.add_native("mulf", folded(), |run, a| {
        decimal::folded(run, first(a)?, a.from(1), |a, b| Ok(a.times(b)))
    });
    functions.add_native("divf", folded(), |run, a| {
        decimal::folded(run, first(a)?, a.from(1), Decimal::over)
    });
    functions.add_native("maxf", folded(), |_, a| {
        Ok(Value::float(a.0.iter().map(to_float64).reduce(larger).unwrap_or(0.0)))
    });
    functions.add_native("minf", folded(), |_, a| {
        let smaller = |a: f64, b: f64| -larger(-a, -b);
        Ok(Value::float(a.0.iter().map(to_float64).reduce(smaller).unwrap_or(0.0)))
    });
    functions.add_native("floor", of_any(1, Type::FLOAT64), |_, a| {
        Ok(Value::float(to_float64(a.at(0)).floor()))
    });
    functions.add_native("ceil", of_any(1, Type::FLOAT64), |_, a| {
        Ok(Value::float(to_float64(a.at(0)).ceil()))
    });
    let round =
        Signature::new([Type::Any, Type::INT], Type::FLOAT64).and_any_number_of(Type::FLOAT64);
    functions.add_native("round", round, round_to);
}

fn first(a: Arguments<'_>) -> Result<Decimal, Error> {
    Decimal::from_float(to_float64(a.at(0)))
}

/// Go's `math.Max`: infinity before NaN, and NaN before any other number.
fn larger(a: f64, b: f64) -> f64 {
    if a == f64::INFINITY || b == f64::INFINITY {
        return f64::INFINITY;
    }
    if a.is_nan() || b.is_nan() {
        return f64::NAN;
    }
    if a == 0.0 && b == 0.0 {
        return if a.is_sign_negative() { b } else { a };
    }
    if a > b { a } else { b }
}

fn round_to(_: &mut Run<'_>, a: Arguments<'_>) -> Result<Value, Error> {
    let from = if a.count() > 2 { a.float(2)? } else { 0.5 };
    #[expect(clippy::cast_precision_loss, reason = "Go converts as well")]
    let power = 10_f64.powf(a.int(1)? as f64);
    let digit = power * to_float64(a.at(0));
    let fraction = if digit.is_infinite() { f64::NAN } else { digit - digit.trunc() };
    let rounded = if fraction >= from { digit.ceil() } else { digit.floor() };
    Ok(Value::float(rounded / power))
}

fn add_sequences(functions: &mut Functions) {
    let ints = || Type::list_of(Type::INT);
    functions.add_native("until", Signature::new([Type::INT], ints()), |run, a| {
        let end = a.int(0)?;
        list(run, sequence(0, end, if end < 0 { -1 } else { 1 }))
    });
    let until_step = Signature::new([Type::INT, Type::INT, Type::INT], ints());
    functions.add_native("untilStep", until_step, |run, a| {
        list(run, sequence(a.int(0)?, a.int(1)?, a.int(2)?))
    });
    let seq = Signature::new([], Type::String).and_any_number_of(Type::INT);
    functions.add_native("seq", seq, seq_text);
}

/// Numbers at equal distances: the first, the distance, and how many there are.
#[derive(Clone, Copy)]
struct Sequence {
    start: i64,
    step: i64,
    count: u64,
}

impl Sequence {
    fn numbers(self) -> impl Iterator<Item = i64> {
        let next = move |number: &i64| Some(number.wrapping_add(self.step));
        std::iter::successors(Some(self.start), next)
            .take(usize::try_from(self.count).unwrap_or(usize::MAX))
    }
}

/// The numbers from one to before another. Source: Sprig `untilStep`.
fn sequence(start: i64, stop: i64, step: i64) -> Sequence {
    let is_empty = (stop < start && step >= 0) || (stop >= start && step <= 0);
    let distance = if is_empty { 0 } else { stop.abs_diff(start) };
    Sequence { start, step, count: distance.div_ceil(step.unsigned_abs().max(1)) }
}

fn list(run: &Run<'_>, sequence: Sequence) -> Result<Value, Error> {
    let count = usize::try_from(sequence.count).unwrap_or(usize::MAX);
    run.heap().check(count.saturating_mul(size_of::<Value>()))?;
    run.work(sequence.count / NUMBERS_A_STEP)?;
    let mut items = Vec::with_capacity(count);
    items.extend(sequence.numbers().map(Value::int));
    run.heap().list_of(Type::INT, items)
}

/// How many numbers are made for a step.
const NUMBERS_A_STEP: u64 = 32;

fn seq_text(run: &mut Run<'_>, a: Arguments<'_>) -> Result<Value, Error> {
    let toward = |start: i64, end: i64| if end < start { -1 } else { 1 };
    let (start, end, step) = match a.count() {
        1 => (1, a.int(0)?, toward(1, a.int(0)?)),
        2 => (a.int(0)?, a.int(1)?, toward(a.int(0)?, a.int(1)?)),
        3 => (a.int(0)?, a.int(2)?, a.int(1)?),
        _ => return Ok(Value::from("")),
    };
    if a.count() == 3 && end < start && step > 0 {
        return Ok(Value::from(""));
    }
    let mut out = run.sink();
    let sequence = sequence(start, end.wrapping_add(toward(start, end)), step);
    for (index, number) in sequence.numbers().enumerate() {
        if index > 0 {
            out.push(b" ")?;
        }
        out.push(number.to_string().as_bytes())?;
    }
    out.finish().map(Value::String)
}
