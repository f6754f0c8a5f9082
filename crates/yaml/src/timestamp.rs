//! Which texts are timestamps. To kubectl they stay texts, and are quoted when written. Source: go-yaml
//! v2 `resolve.go` with the rules of Go's `time.Parse`.

use std::fmt;

/// A date, or a date with a time, as go-yaml tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Timestamp {
    year: u32,
    month: u32,
    day: u32,
    clock: Clock,
    /// Minutes east of Greenwich.
    offset: i32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Clock {
    hour: u32,
    minute: u32,
    second: u32,
    nanosecond: u32,
}

impl Timestamp {
    /// Reads a text that is nothing but a timestamp.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        if digits != 4 || text.as_bytes().get(4) != Some(&b'-') {
            return None;
        }
        let year = text.get(..4)?.parse().ok()?;
        let (month, rest) = one_or_two(text.get(5..)?)?;
        let (day, rest) = one_or_two(rest.strip_prefix('-')?)?;
        if !(1..=12).contains(&month) || day < 1 || day > days(year, month) {
            return None;
        }
        let (clock, offset) = match rest.as_bytes().first() {
            None => (Clock::default(), 0),
            Some(b'T' | b't') => {
                let (clock, rest) = clock(rest.get(1..)?)?;
                (clock, zone(rest)?)
            }
            Some(b' ') => {
                let (clock, rest) = clock(rest.trim_start_matches(' '))?;
                (clock, rest.is_empty().then_some(0)?)
            }
            Some(_) => return None,
        };
        Some(Self { year, month, day, clock, offset })
    }
}

/// Displays as Go's `time.RFC3339Nano`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { year, month, day, clock, offset } = self;
        let Clock { hour, minute, second, nanosecond } = clock;
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        if *nanosecond > 0 {
            let digits = format!("{nanosecond:09}");
            write!(f, ".{}", digits.trim_end_matches('0'))?;
        }
        if *offset == 0 {
            return f.write_str("Z");
        }
        let (sign, minutes) = (if *offset < 0 { '-' } else { '+' }, offset.abs());
        write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

/// Reads hours, minutes and seconds with any fraction, and yields what follows.
fn clock(text: &str) -> Option<(Clock, &str)> {
    let (hour, rest) = one_or_two(text)?;
    let (minute, rest) = one_or_two(rest.strip_prefix(':')?)?;
    let (second, rest) = one_or_two(rest.strip_prefix(':')?)?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let clock = Clock { hour, minute, second, nanosecond: 0 };
    let Some(fraction) = rest.strip_prefix(['.', ',']) else { return Some((clock, rest)) };
    let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 {
        return Some((clock, rest));
    }
    let nanosecond = format!("{:0<9.9}", &fraction[..digits]).parse().ok()?;
    Some((Clock { nanosecond, ..clock }, &fraction[digits..]))
}

/// Reads `Z` or an offset, and nothing after it. Go lets offsets go one beyond.
fn zone(text: &str) -> Option<i32> {
    if text == "Z" {
        return Some(0);
    }
    let [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] = text.as_bytes() else { return None };
    let number = |tens: &u8, ones: &u8| {
        let digits = tens.is_ascii_digit() && ones.is_ascii_digit();
        digits.then(|| i32::from(tens - b'0') * 10 + i32::from(ones - b'0'))
    };
    let (hours, minutes) = (number(h1, h2)?, number(m1, m2)?);
    let offset = hours * 60 + minutes;
    let valid = hours <= 24 && minutes <= 60;
    valid.then_some(if *sign == b'-' { -offset } else { offset })
}

fn one_or_two(text: &str) -> Option<(u32, &str)> {
    let digits = text.bytes().take(2).take_while(u8::is_ascii_digit).count();
    Some((text.get(..digits)?.parse().ok()?, text.get(digits..)?))
}

fn days(year: u32, month: u32) -> u32 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
