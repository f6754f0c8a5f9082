//! Decimal arithmetic, so that 0.1 and 0.2 make 0.3. Source: shopspring/decimal 1.4.0.

use num_bigint::BigInt;
use trimtab_template::{Error, Run, Value};

use super::cast::to_float64;

/// `value` × 10^`power`.
#[derive(Clone)]
pub(super) struct Decimal {
    value: BigInt,
    power: i32,
}

/// How many digits after the point a quotient has.
const QUOTIENT_DIGITS: i32 = 16;

impl Decimal {
    /// The decimal of the fewest digits that is this float.
    pub(super) fn from_float(number: f64) -> Result<Self, Error> {
        if !number.is_finite() {
            let name = match number {
                f64::INFINITY => "+Inf",
                f64::NEG_INFINITY => "-Inf",
                _ => "NaN",
            };
            return Err(Error::message(format!("Cannot create a Decimal from {name}")));
        }
        let text = format!("{number:e}");
        let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let value = format!("{whole}{fraction}").parse().unwrap_or_default();
        let places = i32::try_from(fraction.len()).unwrap_or(0);
        Ok(Self { value, power: power.parse::<i32>().unwrap_or(0) - places })
    }

    /// The nearest float.
    pub(super) fn to_float(&self) -> f64 {
        format!("{}e{}", self.value, self.power).parse().unwrap_or(f64::NAN)
    }

    /// The value at a smaller power.
    fn at(&self, power: i32) -> BigInt {
        &self.value * ten_to(self.power - power)
    }

    pub(super) fn plus(&self, other: &Self) -> Self {
        let power = self.power.min(other.power);
        Self { value: self.at(power) + other.at(power), power }
    }

    pub(super) fn minus(&self, other: &Self) -> Self {
        let power = self.power.min(other.power);
        Self { value: self.at(power) - other.at(power), power }
    }

    pub(super) fn times(&self, other: &Self) -> Self {
        Self { value: &self.value * &other.value, power: self.power + other.power }
    }

    /// The quotient, rounded half away from zero.
    pub(super) fn over(&self, other: &Self) -> Result<Self, Error> {
        let zero = BigInt::default();
        if other.value == zero {
            return Err(Error::message("decimal division by 0"));
        }
        let shift = self.power - other.power + QUOTIENT_DIGITS;
        let (dividend, divisor) = if shift < 0 {
            (self.value.clone(), &other.value * ten_to(-shift))
        } else {
            (&self.value * ten_to(shift), other.value.clone())
        };
        let (quotient, rest) = (&dividend / &divisor, &dividend % &divisor);
        let twice = rest.magnitude() * 2_u32;
        let is_up = twice >= *divisor.magnitude();
        let is_negative = (self.value < zero) != (other.value < zero);
        let value = match (is_up, is_negative && self.value != zero) {
            (false, _) => quotient,
            (true, true) => quotient - 1,
            (true, false) => quotient + 1,
        };
        Ok(Self { value, power: -QUOTIENT_DIGITS })
    }
}

fn ten_to(power: i32) -> BigInt {
    BigInt::from(10).pow(u32::try_from(power).unwrap_or(0))
}

/// A number, and others worked into it one after the other.
pub(super) fn folded(
    run: &mut Run<'_>,
    first: Decimal,
    others: &[Value],
    step: impl Fn(&Decimal, &Decimal) -> Result<Decimal, Error>,
) -> Result<Value, Error> {
    let mut result = first;
    for other in others {
        // Products grow with each factor, and so does the work.
        run.work(1 + result.value.bits() / 64)?;
        result = step(&result, &Decimal::from_float(to_float64(other))?)?;
    }
    Ok(Value::float(result.to_float()))
}
