//! Points in time, and what calendars and clocks show of them.

use std::cmp::Ordering;

use jiff::Timestamp;
use jiff::tz::TimeZone;

pub(crate) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(crate) const WEEKDAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

const DAY_SECONDS: i64 = 86_400;

/// A point in time, and where it is looked at.
#[derive(Clone)]
pub(crate) struct Moment {
    /// Since 1970 in UTC.
    pub(crate) seconds: i64,
    pub(crate) nanoseconds: u32,
    pub(crate) zone: Zone,
}

/// Where a time is looked at.
#[derive(Clone)]
pub(crate) enum Zone {
    Utc,
    /// A zone with its rules.
    Rules(TimeZone),
    /// An offset with a name, which may be empty.
    Fixed {
        name: String,
        offset: i64,
    },
}

impl Zone {
    /// The zone of the process.
    pub(crate) fn local(zone: TimeZone) -> Self {
        if zone == TimeZone::UTC { Self::Utc } else { Self::Rules(zone) }
    }

    /// The offset in seconds east of UTC at a time, and its name.
    pub(crate) fn offset(&self, seconds: i64) -> (i64, String) {
        match self {
            Self::Utc => (0, "UTC".to_owned()),
            Self::Fixed { name, offset } => (*offset, name.clone()),
            Self::Rules(zone) => {
                let last = if seconds < 0 { Timestamp::MIN } else { Timestamp::MAX };
                let at = Timestamp::from_second(seconds).unwrap_or(last);
                let info = zone.to_offset_info(at);
                (i64::from(info.offset().seconds()), info.abbreviation().to_owned())
            }
        }
    }
}

/// What calendar and clock show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Civil {
    pub(crate) year: i64,
    /// From 1.
    pub(crate) month: i64,
    pub(crate) day: i64,
    pub(crate) hour: i64,
    pub(crate) minute: i64,
    pub(crate) second: i64,
}

impl Moment {
    /// A time of the zone's clock.
    pub(crate) fn of_civil(civil: Civil, nanoseconds: u32, zone: Zone) -> Self {
        let shown = civil.seconds();
        // The offset of that time as if it were UTC may be that before or after a change of clocks.
        let (guess, _) = zone.offset(shown);
        let (offset, _) = zone.offset(shown - guess);
        Self { seconds: shown - offset, nanoseconds, zone }
    }

    /// The zero value of Go's: the first second of the year 1.
    pub(crate) fn zero() -> Self {
        Self { seconds: days_from_civil(1, 1, 1) * DAY_SECONDS, nanoseconds: 0, zone: Zone::Utc }
    }

    pub(crate) fn is_zero(&self) -> bool {
        self.is_same(&Self::zero())
    }

    /// The same time, looked at from elsewhere.
    pub(crate) fn at(&self, zone: Zone) -> Self {
        Self { zone, ..self.clone() }
    }

    pub(crate) fn civil(&self) -> Civil {
        Civil::of_seconds(self.seconds.saturating_add(self.zone.offset(self.seconds).0))
    }

    /// Since 1970, in parts of a second.
    pub(crate) fn unix(&self, parts: i64) -> i64 {
        let part = i64::from(self.nanoseconds) / (1_000_000_000 / parts);
        self.seconds.wrapping_mul(parts).wrapping_add(part)
    }

    pub(crate) fn order(&self, other: &Self) -> Ordering {
        (self.seconds, self.nanoseconds).cmp(&(other.seconds, other.nanoseconds))
    }

    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.order(other).is_eq()
    }

    /// How many nanoseconds it is after another; no further than a duration reaches.
    pub(crate) fn since(&self, other: &Self) -> i64 {
        let seconds = i128::from(self.seconds) - i128::from(other.seconds);
        let rest = i128::from(self.nanoseconds) - i128::from(other.nanoseconds);
        let span = seconds * 1_000_000_000 + rest;
        i64::try_from(span).unwrap_or(if span < 0 { i64::MIN } else { i64::MAX })
    }

    pub(crate) fn plus(&self, nanoseconds: i64) -> Self {
        let sum = i64::from(self.nanoseconds) + nanoseconds % 1_000_000_000;
        let carried = nanoseconds / 1_000_000_000 + sum.div_euclid(1_000_000_000);
        let seconds = self.seconds.wrapping_add(carried);
        let rest = sum.rem_euclid(1_000_000_000);
        Self { seconds, nanoseconds: u32::try_from(rest).unwrap_or(0), zone: self.zone.clone() }
    }

    pub(crate) fn plus_date(&self, years: i64, months: i64, days: i64) -> Self {
        let civil = self.civil();
        // What is beyond the calendar goes around, as in Go.
        let month = (civil.month - 1).wrapping_add(months);
        let moved = Civil {
            year: civil.year.wrapping_add(years).wrapping_add(month.div_euclid(12)),
            month: month.rem_euclid(12) + 1,
            day: civil.day.wrapping_add(days),
            ..civil
        };
        Self::of_civil(moved, self.nanoseconds, self.zone.clone())
    }
}

impl Civil {
    fn of_seconds(seconds: i64) -> Self {
        let (days, rest) = (seconds.div_euclid(DAY_SECONDS), seconds.rem_euclid(DAY_SECONDS));
        let (year, month, day) = civil_from_days(days);
        Self { year, month, day, hour: rest / 3_600, minute: rest / 60 % 60, second: rest % 60 }
    }

    /// As if it were UTC. A day beyond the month is one of the next months.
    fn seconds(self) -> i64 {
        let first = days_from_civil(self.year, self.month, 1);
        let days = first.wrapping_add(self.day.wrapping_sub(1));
        let clock = self.hour * 3_600 + self.minute * 60 + self.second;
        days.wrapping_mul(DAY_SECONDS).wrapping_add(clock)
    }

    fn days(self) -> i64 {
        days_from_civil(self.year, self.month, self.day)
    }

    /// From 0, Sunday.
    pub(crate) fn weekday(self) -> i64 {
        // 1970 began on a Thursday.
        (self.days() + 4).rem_euclid(7)
    }

    pub(crate) fn weekday_index(self) -> usize {
        usize::try_from(self.weekday()).unwrap_or(0)
    }

    pub(crate) fn month_index(self) -> usize {
        usize::try_from(self.month - 1).unwrap_or(0).min(11)
    }

    /// From 1.
    pub(crate) fn day_of_year(self) -> i64 {
        self.days() - days_from_civil(self.year, 1, 1) + 1
    }

    /// How many days its month has.
    pub(crate) fn days_of_month(self) -> i64 {
        let (year, month) =
            if self.month == 12 { (self.year + 1, 1) } else { (self.year, self.month + 1) };
        days_from_civil(year, month, 1) - days_from_civil(self.year, self.month, 1)
    }
}

/// The days from 1970 to a date of the Gregorian calendar. Years begin in March here, so that the
/// day that not each has is the last. Years that are too large for a count of days go around as in Go,
/// which counts from a year far before all others. Source: Go `time` (`dateToAbsDays`).
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let years = year.wrapping_sub(i64::from(month <= 2)).cast_unsigned().wrapping_add(YEARS_BEFORE);
    let (century, year_of_century) = (years / 100, years % 100);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5;
    let days = century.wrapping_mul(146_097) / 4 + 1_461 * year_of_century / 4;
    let days = days.cast_signed().wrapping_add(day_of_year).wrapping_add(day.wrapping_sub(1));
    days.wrapping_sub(DAYS_BEFORE)
}

/// How far before the year 0 Go begins to count, in years.
const YEARS_BEFORE: u64 = 292_277_022_400;

/// The days from there to 1970.
const DAYS_BEFORE: i64 = 730_692_556 * 146_097 + 719_468;

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days.wrapping_add(719_468);
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}
