//! Schedules of five fields, on a calendar and a clock without time zones.
//!
//! Source: robfig/cron v3, `parser.go` and `spec.go`, as Argo CD uses it: no seconds, no descriptors,
//! Sunday is 0 and never 7. The error texts are its own.

use jiff::civil::{Date, DateTime, Time};

/// When something occurs, as sets of bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cron {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Whether a day must be in both sets; where both were restricted, one is enough.
    both_days: bool,
}

/// February 29th is at most eight years from the next, and no combination is rarer.
const DAYS_BETWEEN_MAX: usize = 8 * 366;

impl Cron {
    /// Reads a schedule of five fields.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("empty spec string".to_owned());
        }
        if text.starts_with('@') {
            return Err(format!("parser does not accept descriptors: {text}"));
        }
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields[..] else {
            let (count, fields) = (fields.len(), fields.join(" "));
            return Err(format!("expected exactly 5 fields, found {count}: [{fields}]"));
        };
        let (minutes, hours) = (MINUTES.read(minute)?, HOURS.read(hour)?);
        let (days, months, weekdays) =
            (DAYS.read(day)?, MONTHS.read(month)?, WEEKDAYS.read(weekday)?);
        let cron = Self {
            minutes: minutes.bits,
            hours: hours.bits,
            days: days.bits,
            months: months.bits,
            weekdays: weekdays.bits,
            both_days: days.star || weekdays.star,
        };
        // The reference takes a schedule that never comes for one that is always on.
        let never = cron.next(DateTime::constant(2000, 1, 1, 0, 0, 0, 0)).is_none();
        if never { Err("no time matches it".to_owned()) } else { Ok(cron) }
    }

    /// The first occurrence after a time, always at the full minute; `None` only at the end of the
    /// calendar.
    pub fn next(&self, after: DateTime) -> Option<DateTime> {
        let today = self.has_day(after.date()).then(|| self.next_time(after.time())).flatten();
        if let Some(time) = today {
            return Some(after.date().to_datetime(time));
        }
        let first = self.first_time()?;
        let later = after.date().series(jiff::ToSpan::days(1)).skip(1);
        let day = later.take(DAYS_BETWEEN_MAX).find(|day| self.has_day(*day))?;
        Some(day.to_datetime(first))
    }

    fn has_day(&self, date: Date) -> bool {
        let day = has(self.days, date.day());
        let weekday = has(self.weekdays, date.weekday().to_sunday_zero_offset());
        has(self.months, date.month())
            && if self.both_days { day && weekday } else { day || weekday }
    }

    fn first_time(&self) -> Option<Time> {
        time(first(self.hours, 0)?, first(self.minutes, 0)?)
    }

    /// The first time of day that is later, in this hour or another.
    fn next_time(&self, after: Time) -> Option<Time> {
        let this_hour = has(self.hours, after.hour())
            .then(|| first(self.minutes, after.minute() + 1))
            .flatten()
            .and_then(|minute| time(after.hour(), minute));
        this_hour.or_else(|| time(first(self.hours, after.hour() + 1)?, first(self.minutes, 0)?))
    }
}

fn time(hour: i8, minute: i8) -> Option<Time> {
    Time::new(hour, minute, 0, 0).ok()
}

fn has(bits: u64, number: i8) -> bool {
    bits & (1 << number) != 0
}

/// The lowest number in a set that is at least so large.
fn first(bits: u64, from: i8) -> Option<i8> {
    (from..60).find(|number| has(bits, *number))
}

/// The numbers that a field can have, and the names of some.
struct Field {
    low: u32,
    high: u32,
    names: &'static [&'static str],
}

const MINUTES: Field = Field { low: 0, high: 59, names: &[] };
const HOURS: Field = Field { low: 0, high: 23, names: &[] };
const DAYS: Field = Field { low: 1, high: 31, names: &[] };
const MONTHS: Field = Field {
    low: 1,
    high: 12,
    names: &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
};
const WEEKDAYS: Field =
    Field { low: 0, high: 6, names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"] };

/// The numbers of one field; `star` if one part of it means all.
#[derive(Default)]
struct Numbers {
    bits: u64,
    star: bool,
}

impl Field {
    fn read(&self, text: &str) -> Result<Numbers, String> {
        let mut numbers = Numbers::default();
        for part in text.split(',').filter(|part| !part.is_empty()) {
            let part = self.part(part)?;
            numbers.bits |= part.bits;
            numbers.star |= part.star;
        }
        Ok(numbers)
    }

    /// `*`, `5`, `1-5`, and each of them with a step; `5/10` goes on to the end.
    fn part(&self, part: &str) -> Result<Numbers, String> {
        let sides: Vec<&str> = part.split('/').collect();
        let ends: Vec<&str> = sides[0].split('-').collect();
        let all = matches!(ends[0], "*" | "?");
        let (low, mut high) = match ends[..] {
            _ if all => (self.low, self.high),
            [low] => (self.number(low)?, self.number(low)?),
            [low, high] => (self.number(low)?, self.number(high)?),
            _ => {
                self.number(ends[0])?;
                return Err(format!("too many hyphens: {part}"));
            }
        };
        let step = match sides[..] {
            [_] => 1,
            [_, step] => number(step)?,
            _ => return Err(format!("too many slashes: {part}")),
        };
        if sides.len() == 2 && ends.len() == 1 {
            high = self.high;
        }
        self.check(part, low, high, step)?;
        let bits = (low..=high).step_by(step as usize).fold(0, |bits, one| bits | 1 << one);
        Ok(Numbers { bits, star: all && step == 1 })
    }

    fn check(&self, part: &str, low: u32, high: u32, step: u32) -> Result<(), String> {
        if low < self.low {
            let least = self.low;
            return Err(format!("beginning of range ({low}) below minimum ({least}): {part}"));
        }
        if high > self.high {
            let most = self.high;
            return Err(format!("end of range ({high}) above maximum ({most}): {part}"));
        }
        if low > high {
            return Err(format!("beginning of range ({low}) beyond end of range ({high}): {part}"));
        }
        if step == 0 {
            return Err(format!("step of range should be a positive number: {part}"));
        }
        Ok(())
    }

    fn number(&self, text: &str) -> Result<u32, String> {
        let named = self.names.iter().position(|name| name.eq_ignore_ascii_case(text));
        match named.and_then(|position| u32::try_from(position).ok()) {
            Some(position) => Ok(self.low + position),
            None => number(text),
        }
    }
}

fn number(text: &str) -> Result<u32, String> {
    let failed = |problem: &str| {
        format!("failed to parse int from {text}: strconv.Atoi: parsing {text:?}: {problem}")
    };
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(failed("invalid syntax"));
    }
    let value: i64 = text.parse().map_err(|_| failed("value out of range"))?;
    if value < 0 {
        return Err(format!("negative number ({value}) not allowed: {text}"));
    }
    Ok(u32::try_from(value).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::Cron;
    use crate::{Error, Schedule, duration};
    use jiff::civil::DateTime;
    use std::collections::BTreeMap;

    /// Schedules and durations as robfig/cron and Go read them; see `tests/golden/README.md`.
    #[test]
    fn schedules_and_durations_mean_what_they_mean_to_the_reference() {
        let (mut wrong, mut asked) = (Vec::new(), BTreeMap::<&str, usize>::new());
        for line in include_str!("../tests/golden/cron.tsv").lines() {
            let fields: Vec<&str> = line.split('\t').collect();
            *asked.entry(fields[0]).or_default() += 1;
            let right = match fields[..] {
                ["next", schedule, after, next] => {
                    let time = |text: &str| text.parse::<DateTime>().expect("a time");
                    Cron::parse(schedule).ok().and_then(|cron| cron.next(time(after)))
                        == Some(time(next))
                }
                // With the time zone that may stand in front.
                ["error", schedule, error] => matches!(
                    Schedule::parse(schedule, "1h", ""),
                    Err(Error::Schedule { problem, .. }) if problem == error
                ),
                // A field without any number: the reference takes it, and it never comes.
                ["fine", schedule, _] if schedule.starts_with(", ") => {
                    Cron::parse(schedule).is_err()
                }
                ["fine", schedule, _] => Cron::parse(schedule).is_ok(),
                ["duration", text, nanoseconds] => {
                    duration::nanoseconds(text).map(|found| found.to_string())
                        == Ok(nanoseconds.to_owned())
                }
                ["noduration", text, error] => duration::nanoseconds(text) == Err(error.to_owned()),
                _ => false,
            };
            if !right {
                wrong.push(line);
            }
        }
        let kinds = ["duration", "error", "fine", "next", "noduration"];
        assert!(asked.keys().eq(&kinds) && asked.values().all(|count| *count >= 3), "{asked:?}");
        assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    }
}
