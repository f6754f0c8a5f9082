//! When a window is open: again and again, for so long, by the clock of some place.

use crate::cron::Cron;
use crate::{Error, duration};
use jiff::SignedDuration;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use std::sync::Arc;
use trimtab_model::Timestamp;

/// How many occurrences that overlap are followed to find the end of them all.
const OVERLAPS_MAX: usize = 1_000;

/// When a window is open. It opens at each occurrence and stays open for its length, by the wall clock
/// of its time zone: where that clock is changed, the window moves with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    cron: Cron,
    length: SignedDuration,
    zone: TimeZone,
    unknown_zone: Option<Arc<str>>,
}

impl Schedule {
    /// Reads a schedule (five fields), a duration as Go writes it, and the name of a time zone. An
    /// empty name is UTC, and so is one that nobody knows. A zone inside the schedule (`TZ=` or
    /// `CRON_TZ=` in front) wins. A length of zero or less never opens.
    pub fn parse(schedule: &str, length: &str, zone: &str) -> Result<Self, Error> {
        let wrong = |problem| Error::Schedule { schedule: schedule.into(), problem };
        let (own_zone, fields) = own_zone(schedule).map_err(wrong)?;
        let cron = Cron::parse(fields).map_err(wrong)?;
        let length = duration::nanoseconds(length)
            .map_err(|problem| Error::Duration { duration: length.into(), problem })?;
        let named = if zone.is_empty() { Some(TimeZone::UTC) } else { TimeZone::get(zone).ok() };
        let unknown_zone = named.is_none().then(|| zone.into());
        let zone = own_zone.or(named).unwrap_or(TimeZone::UTC);
        Ok(Self { cron, length: SignedDuration::from_nanos(length), zone, unknown_zone })
    }

    /// The time zone that was asked for and that nobody knows, so that UTC holds.
    pub fn unknown_zone(&self) -> Option<&str> {
        self.unknown_zone.as_deref()
    }

    /// Whether the window is open at an instant; it is when it opens, and no longer when it closes.
    pub fn is_open(&self, at: Timestamp) -> bool {
        self.opened(self.local(at)).is_some()
    }

    /// When the window next opens, or if it is open, closes. Where occurrences follow each other
    /// without an end, some later time at which it is still open.
    pub fn next_change(&self, at: Timestamp) -> Option<Timestamp> {
        let local = self.local(at);
        let change = match self.opened(local) {
            Some(opened) => self.close(opened),
            None if self.length.is_positive() => self.cron.next(local),
            None => None,
        };
        let change = change?.to_zoned(self.zone.clone()).ok()?.timestamp();
        // Where the clock is set back, the change may seem to lie behind us.
        if change > at { Some(change) } else { at.checked_add(SignedDuration::from_secs(60)).ok() }
    }

    fn local(&self, at: Timestamp) -> DateTime {
        at.to_zoned(self.zone.clone()).datetime()
    }

    /// The earliest occurrence that keeps the window open now.
    fn opened(&self, local: DateTime) -> Option<DateTime> {
        if !self.length.is_positive() {
            return None;
        }
        let since = local.checked_sub(self.length).unwrap_or(DateTime::MIN);
        self.cron.next(since).filter(|occurrence| *occurrence <= local)
    }

    /// The end of an occurrence and of those that begin before it ends.
    fn close(&self, opened: DateTime) -> Option<DateTime> {
        let mut end = opened.checked_add(self.length).ok()?;
        let mut occurrence = opened;
        for _ in 0..OVERLAPS_MAX {
            match self.cron.next(occurrence) {
                Some(next) if next <= end => {
                    occurrence = next;
                    end = next.checked_add(self.length).ok()?;
                }
                _ => break,
            }
        }
        Some(end)
    }
}

/// The time zone in front of a schedule, and the rest.
fn own_zone(schedule: &str) -> Result<(Option<TimeZone>, &str), String> {
    let zoned = schedule.strip_prefix("TZ=").or_else(|| schedule.strip_prefix("CRON_TZ="));
    let Some(zoned) = zoned else {
        return Ok((None, schedule));
    };
    let (zone, fields) = zoned.split_once(' ').unwrap_or((zoned, ""));
    match TimeZone::get(zone) {
        Ok(zone) => Ok((Some(zone), fields.trim())),
        Err(_) => Err(format!("provided bad location {zone}: unknown time zone {zone}")),
    }
}
