//! Times written and read after the pattern of Mon Jan 2 15:04:05 MST 2006. Source: Go `time/format.go`.

mod parse;
mod pattern;

use std::fmt::Write;

use super::clock::{MONTHS, Moment, WEEKDAYS};
use pattern::{Part, Parts};

pub(super) use parse::parse;

/// A time in a layout.
pub(super) fn format(moment: &Moment, layout: &[u8]) -> String {
    let mut out = Vec::with_capacity(layout.len() + 8);
    for part in Parts::of(layout) {
        match part {
            Part::Text(text) => out.extend_from_slice(text),
            other => out.extend_from_slice(written(&other, moment).as_bytes()),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn written(part: &Part<'_>, moment: &Moment) -> String {
    let civil = moment.civil();
    let short = |name: &str| name[..3].to_owned();
    let hour = if civil.hour % 12 == 0 { 12 } else { civil.hour % 12 };
    match part {
        Part::Text(_) => String::new(),
        Part::Year => {
            let sign = if civil.year < 0 { "-" } else { "" };
            format!("{sign}{:04}", civil.year.abs())
        }
        Part::ShortYear => format!("{:02}", civil.year.abs() % 100),
        Part::MonthName => MONTHS[civil.month_index()].to_owned(),
        Part::ShortMonthName => short(MONTHS[civil.month_index()]),
        Part::Month => civil.month.to_string(),
        Part::ZeroMonth => format!("{:02}", civil.month),
        Part::Weekday => WEEKDAYS[civil.weekday_index()].to_owned(),
        Part::ShortWeekday => short(WEEKDAYS[civil.weekday_index()]),
        Part::Day => civil.day.to_string(),
        Part::BlankDay => format!("{:>2}", civil.day),
        Part::ZeroDay => format!("{:02}", civil.day),
        Part::BlankYearDay => format!("{:>3}", civil.day_of_year()),
        Part::ZeroYearDay => format!("{:03}", civil.day_of_year()),
        Part::Hour => format!("{:02}", civil.hour),
        Part::Hour12 => hour.to_string(),
        Part::ZeroHour12 => format!("{hour:02}"),
        Part::Minute => civil.minute.to_string(),
        Part::ZeroMinute => format!("{:02}", civil.minute),
        Part::Second => civil.second.to_string(),
        Part::ZeroSecond => format!("{:02}", civil.second),
        Part::Noon => if civil.hour >= 12 { "PM" } else { "AM" }.to_owned(),
        Part::SmallNoon => if civil.hour >= 12 { "pm" } else { "am" }.to_owned(),
        Part::Zone => zone_name(moment),
        Part::Offset { is_z, .. } if *is_z && moment.zone.offset(moment.seconds).0 == 0 => {
            "Z".to_owned()
        }
        Part::Offset { has_colon, has_minutes, has_seconds, .. } => {
            offset(moment.zone.offset(moment.seconds).0, *has_colon, *has_minutes, *has_seconds)
        }
        Part::Fraction { digits, is_trimmed, mark } => {
            let text = format!("{:09}", moment.nanoseconds);
            let text = &text[..(*digits).min(9)];
            let text = if *is_trimmed { text.trim_end_matches('0') } else { text };
            if text.is_empty() { String::new() } else { format!("{}{text}", char::from(*mark)) }
        }
    }
}

/// The name of a zone; of one without, its offset.
fn zone_name(moment: &Moment) -> String {
    let (seconds, name) = moment.zone.offset(moment.seconds);
    if name.is_empty() { offset(seconds, false, true, false) } else { name }
}

fn offset(seconds: i64, has_colon: bool, has_minutes: bool, has_seconds: bool) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let size = seconds.abs();
    let colon = if has_colon { ":" } else { "" };
    let mut text = format!("{sign}{:02}", size / 3_600);
    if has_minutes {
        let _infallible = write!(text, "{colon}{:02}", size / 60 % 60);
    }
    if has_seconds {
        let _infallible = write!(text, "{colon}{:02}", size % 60);
    }
    text
}
