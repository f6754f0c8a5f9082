//! Times read in a layout. Source: Go `time.ParseInLocation`.

use std::fmt::Write;

use super::pattern::{Part, Parts};
use crate::function::clock::{Civil, MONTHS, Moment, WEEKDAYS, Zone};

/// What was read of a time so far.
#[derive(Default)]
struct Read {
    year: i64,
    month: Option<i64>,
    day: Option<i64>,
    day_of_year: Option<i64>,
    hour: i64,
    minute: i64,
    second: i64,
    nanoseconds: u32,
    noon: Option<Noon>,
    is_utc: bool,
    offset: Option<i64>,
    zone_name: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Noon {
    Before,
    After,
}

/// Why a part could not be read.
enum Fault {
    /// It looks otherwise.
    Bad,
    /// It is a number that is too small or too large.
    Range(&'static str),
}

/// Reads a time; one that names no zone is one of the given zone.
///
/// # Errors
/// It is no such time, in Go's words.
pub(in crate::function) fn parse(
    layout: &[u8],
    value: &[u8],
    local: &Zone,
) -> Result<Moment, String> {
    let mut parts = Parts::of(layout);
    let mut reader = Reader { rest: value, read: Read::default() };
    while let Some((part, text)) = parts.next_with_text() {
        let before = reader.rest;
        let next_is_fraction = matches!(parts.clone().next(), Some(Part::Fraction { .. }));
        let result = reader.part(&part, next_is_fraction);
        match result {
            Ok(()) => {}
            Err(Fault::Range(what)) => {
                return Err(format!("parsing time {}: {what} out of range", quoted(value)));
            }
            Err(Fault::Bad) => {
                let at = if matches!(part, Part::Text(_)) { reader.rest } else { before };
                return Err(format!(
                    "parsing time {} as {}: cannot parse {} as {}",
                    quoted(value),
                    quoted(layout),
                    quoted(at),
                    quoted(text)
                ));
            }
        }
    }
    if !reader.rest.is_empty() {
        let rest = quoted(reader.rest);
        return Err(format!("parsing time {}: extra text: {rest}", quoted(value)));
    }
    reader.read.moment(local).map_err(|what| format!("parsing time {}: {what}", quoted(value)))
}

/// A text in double quotes, as the `time` package does it.
fn quoted(text: &[u8]) -> String {
    let mut out = String::from("\"");
    for byte in text {
        match byte {
            b'"' | b'\\' => {
                out.push('\\');
                out.push(char::from(*byte));
            }
            b' '..=b'~' | 0x7F => out.push(char::from(*byte)),
            _ => {
                let _infallible = write!(out, "\\x{byte:02x}");
            }
        }
    }
    out.push('"');
    out
}

struct Reader<'v> {
    rest: &'v [u8],
    read: Read,
}

impl Reader<'_> {
    fn part(&mut self, part: &Part<'_>, next_is_fraction: bool) -> Result<(), Fault> {
        let read = |number: i64, end: i64, what| {
            if number < end { Ok(number) } else { Err(Fault::Range(what)) }
        };
        match part {
            Part::Text(text) => return self.skip(text),
            Part::ShortYear => {
                let year = self.digits(2)?;
                self.read.year = if year >= 69 { year + 1_900 } else { year + 2_000 };
            }
            Part::Year => self.read.year = self.digits(4)?,
            Part::ShortMonthName => self.read.month = Some(self.name(&MONTHS, true)? + 1),
            Part::MonthName => self.read.month = Some(self.name(&MONTHS, false)? + 1),
            Part::Month | Part::ZeroMonth => {
                let month = self.number(*part == Part::ZeroMonth)?;
                if month == 0 || month > 12 {
                    return Err(Fault::Range("month"));
                }
                self.read.month = Some(month);
            }
            Part::ShortWeekday => self.name(&WEEKDAYS, true).map(|_| ())?,
            Part::Weekday => self.name(&WEEKDAYS, false).map(|_| ())?,
            Part::Day | Part::BlankDay | Part::ZeroDay => {
                if *part == Part::BlankDay {
                    self.take(b" ");
                }
                self.read.day = Some(self.number(*part == Part::ZeroDay)?);
            }
            Part::BlankYearDay | Part::ZeroYearDay => {
                if *part == Part::BlankYearDay {
                    self.take(b" ");
                    self.take(b" ");
                }
                self.read.day_of_year = Some(self.day_of_year(*part == Part::ZeroYearDay)?);
            }
            Part::Hour => self.read.hour = read(self.number(false)?, 24, "hour")?,
            Part::Hour12 | Part::ZeroHour12 => {
                self.read.hour = read(self.number(*part == Part::ZeroHour12)?, 13, "hour")?;
            }
            Part::Minute | Part::ZeroMinute => {
                self.read.minute = read(self.number(*part == Part::ZeroMinute)?, 60, "minute")?;
            }
            Part::Second | Part::ZeroSecond => {
                self.read.second = read(self.number(*part == Part::ZeroSecond)?, 60, "second")?;
                // A fraction is read even if the layout has none.
                if !next_is_fraction {
                    self.fraction();
                }
            }
            Part::Noon => self.noon(b"AM", b"PM")?,
            Part::SmallNoon => self.noon(b"am", b"pm")?,
            Part::Offset { is_z: true, .. } if self.take(b"Z") => self.read.is_utc = true,
            Part::Offset { has_colon, has_minutes, has_seconds, .. } => {
                self.offset(*has_colon, *has_minutes, *has_seconds)?;
            }
            Part::Zone => {
                if self.take(b"UTC") {
                    self.read.is_utc = true;
                    return Ok(());
                }
                let length = zone_length(self.rest).ok_or(Fault::Bad)?;
                let (name, rest) = self.rest.split_at(length);
                self.read.zone_name = String::from_utf8_lossy(name).into_owned();
                self.rest = rest;
            }
            Part::Fraction { is_trimmed: true, .. } => self.fraction(),
            Part::Fraction { digits, .. } => {
                let text = self.rest.get(..1 + digits).ok_or(Fault::Bad)?;
                let is_right =
                    matches!(text[0], b'.' | b',') && text[1..].iter().all(u8::is_ascii_digit);
                if !is_right {
                    return Err(Fault::Bad);
                }
                self.read.nanoseconds = nanoseconds(&text[1..]);
                self.rest = &self.rest[1 + digits..];
            }
        }
        Ok(())
    }

    /// Passes over text of the layout; blanks stand for any number of blanks.
    fn skip(&mut self, text: &[u8]) -> Result<(), Fault> {
        let mut text = text;
        while let Some((first, after)) = text.split_first() {
            if *first == b' ' {
                if self.rest.first().is_some_and(|byte| *byte != b' ') {
                    return Err(Fault::Bad);
                }
                text = without_blanks(text);
                self.rest = without_blanks(self.rest);
                continue;
            }
            if self.rest.first() != Some(first) {
                return Err(Fault::Bad);
            }
            text = after;
            self.rest = &self.rest[1..];
        }
        Ok(())
    }

    fn take(&mut self, text: &[u8]) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Exactly so many digits.
    fn digits(&mut self, count: usize) -> Result<i64, Fault> {
        let text = self.rest.get(..count).filter(|text| text.iter().all(u8::is_ascii_digit));
        let number = value_of(text.ok_or(Fault::Bad)?);
        self.rest = &self.rest[count..];
        Ok(number)
    }

    /// One or two digits.
    fn number(&mut self, is_fixed: bool) -> Result<i64, Fault> {
        match self.rest {
            [first, second, ..] if first.is_ascii_digit() && second.is_ascii_digit() => {
                self.digits(2)
            }
            [first, ..] if first.is_ascii_digit() && !is_fixed => self.digits(1),
            _ => Err(Fault::Bad),
        }
    }

    /// One to three digits.
    fn day_of_year(&mut self, is_fixed: bool) -> Result<i64, Fault> {
        let count = self.rest.iter().take(3).take_while(|byte| byte.is_ascii_digit()).count();
        if count == 0 || is_fixed && count != 3 {
            return Err(Fault::Bad);
        }
        self.digits(count)
    }

    /// The place of a name in a list, whatever its case.
    fn name(&mut self, names: &[&str], is_short: bool) -> Result<i64, Fault> {
        for (index, name) in (0..).zip(names) {
            let name = if is_short { &name[..3] } else { name };
            let begins = self.rest.get(..name.len());
            if begins.is_some_and(|begins| begins.eq_ignore_ascii_case(name.as_bytes())) {
                self.rest = &self.rest[name.len()..];
                return Ok(index);
            }
        }
        Err(Fault::Bad)
    }

    fn noon(&mut self, before: &[u8], after: &[u8]) -> Result<(), Fault> {
        self.read.noon = Some(if self.take(after) {
            Noon::After
        } else if self.take(before) {
            Noon::Before
        } else {
            return Err(Fault::Bad);
        });
        Ok(())
    }

    /// A fraction of a second, if there is one.
    fn fraction(&mut self) {
        let [b'.' | b',', digits @ ..] = self.rest else {
            return;
        };
        let count = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if count > 0 {
            self.read.nanoseconds = nanoseconds(&digits[..count]);
            self.rest = &digits[count..];
        }
    }

    fn offset(
        &mut self,
        has_colon: bool,
        has_minutes: bool,
        has_seconds: bool,
    ) -> Result<(), Fault> {
        let fields = 1 + usize::from(has_minutes) + usize::from(has_seconds);
        let width = 2 + usize::from(has_colon);
        let length = 1 + 2 + (fields - 1) * width;
        let text = self.rest.get(..length).ok_or(Fault::Bad)?;
        let (mut numbers, mut is_bad) = ([0; 3], false);
        for (field, number) in numbers.iter_mut().enumerate().take(fields) {
            let begin = 1 + field * width;
            if has_colon && field > 0 && text[begin - 1] != b':' {
                return Err(Fault::Bad);
            }
            let digits = &text[begin..begin + 2];
            if !digits.iter().all(u8::is_ascii_digit) {
                is_bad = true;
                break;
            }
            *number = value_of(digits);
        }
        let limits = [
            (24, "time zone offset hour"),
            (60, "time zone offset minute"),
            (60, "time zone offset second"),
        ];
        for (number, (most, what)) in numbers.iter().zip(limits) {
            if *number > most {
                return Err(Fault::Range(what));
            }
        }
        if is_bad {
            return Err(Fault::Bad);
        }
        let size = numbers[0] * 3_600 + numbers[1] * 60 + numbers[2];
        self.read.offset = Some(match text[0] {
            b'+' => size,
            b'-' => -size,
            _ => return Err(Fault::Bad),
        });
        self.rest = &self.rest[length..];
        Ok(())
    }
}

fn without_blanks(text: &[u8]) -> &[u8] {
    let blanks = text.iter().take_while(|byte| **byte == b' ').count();
    &text[blanks..]
}

fn value_of(digits: &[u8]) -> i64 {
    digits.iter().fold(0, |number, digit| number * 10 + i64::from(digit - b'0'))
}

/// Digits behind a point, nine at most.
fn nanoseconds(digits: &[u8]) -> u32 {
    let padded = digits.iter().copied().chain(std::iter::repeat(b'0')).take(9);
    padded.fold(0, |number, digit| number * 10 + u32::from(digit - b'0'))
}

/// How long the name of a zone is with which a text begins.
fn zone_length(text: &[u8]) -> Option<usize> {
    if text.len() < 3 {
        return None;
    }
    if text.starts_with(b"ChST") || text.starts_with(b"MeST") {
        return Some(4);
    }
    if text.starts_with(b"GMT") {
        return Some(3 + signed_length(&text[3..]));
    }
    if matches!(text[0], b'+' | b'-') {
        let length = signed_length(text);
        return (length > 0).then_some(length);
    }
    match text.iter().take(6).take_while(|byte| byte.is_ascii_uppercase()).count() {
        5 if text[4] == b'T' => Some(5),
        4 if text[3] == b'T' || text.starts_with(b"WITA") => Some(4),
        3 => Some(3),
        _ => None,
    }
}

/// A sign and an hour below 24; 0 if there is none.
fn signed_length(text: &[u8]) -> usize {
    let [b'+' | b'-', digits @ ..] = text else {
        return 0;
    };
    let count = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let is_hour = (1..=9).contains(&count) && value_of(&digits[..count]) < 24;
    if is_hour { 1 + count } else { 0 }
}

impl Read {
    fn moment(mut self, local: &Zone) -> Result<Moment, &'static str> {
        match self.noon {
            Some(Noon::After) if self.hour < 12 => self.hour += 12,
            Some(Noon::Before) if self.hour == 12 => self.hour = 0,
            _ => {}
        }
        self.settle_day_of_year()?;
        let civil = Civil {
            year: self.year,
            month: self.month.unwrap_or(1),
            day: self.day.unwrap_or(1),
            hour: self.hour,
            minute: self.minute,
            second: self.second,
        };
        if civil.day < 1 || civil.day > civil.days_of_month() {
            return Err("day out of range");
        }
        let utc = Moment::of_civil(civil, self.nanoseconds, Zone::Utc);
        if self.is_utc {
            return Ok(utc);
        }
        if let Some(offset) = self.offset {
            return Ok(self.with_offset(&utc, offset, local));
        }
        if !self.zone_name.is_empty() {
            let (offset, name) = local.offset(utc.seconds);
            if name == self.zone_name {
                return Ok(self.with_offset(&utc, offset, local));
            }
            let hours =
                self.zone_name.strip_prefix("GMT").and_then(|hours| hours.parse::<i64>().ok());
            let offset = hours.unwrap_or(0) * 3_600;
            // Where the name says nothing about the offset, the time is that of UTC.
            return Ok(utc.at(Zone::Fixed { name: self.zone_name, offset }));
        }
        Ok(Moment::of_civil(civil, self.nanoseconds, local.clone()))
    }

    /// The time at an offset: in the zone, if that has this offset then, else in one without rules.
    fn with_offset(&self, utc: &Moment, offset: i64, local: &Zone) -> Moment {
        let moment = Moment { seconds: utc.seconds - offset, ..utc.clone() };
        let (known, name) = local.offset(moment.seconds);
        if known == offset && (self.zone_name.is_empty() || name == self.zone_name) {
            return moment.at(local.clone());
        }
        moment.at(Zone::Fixed { name: self.zone_name.clone(), offset })
    }

    fn settle_day_of_year(&mut self) -> Result<(), &'static str> {
        let Some(day_of_year) = self.day_of_year else {
            return Ok(());
        };
        let is_leap = self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0);
        if day_of_year < 1 || day_of_year > 365 + i64::from(is_leap) {
            return Err("day-of-year out of range");
        }
        let mut civil =
            Civil { year: self.year, month: 1, day: day_of_year, hour: 0, minute: 0, second: 0 };
        while civil.day > civil.days_of_month() {
            civil.day -= civil.days_of_month();
            civil.month += 1;
        }
        if self.month.is_some_and(|month| month != civil.month) {
            return Err("day-of-year does not match month");
        }
        if self.day.is_some_and(|day| day != civil.day) {
            return Err("day-of-year does not match day");
        }
        (self.month, self.day) = (Some(civil.month), Some(civil.day));
        Ok(())
    }
}
