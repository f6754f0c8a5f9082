//! Layouts, taken apart.

/// A part of a layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part<'l> {
    /// Text that means itself.
    Text(&'l [u8]),
    Year,
    ShortYear,
    MonthName,
    ShortMonthName,
    Month,
    ZeroMonth,
    Weekday,
    ShortWeekday,
    Day,
    BlankDay,
    ZeroDay,
    BlankYearDay,
    ZeroYearDay,
    Hour,
    Hour12,
    ZeroHour12,
    Minute,
    ZeroMinute,
    Second,
    ZeroSecond,
    Noon,
    SmallNoon,
    Zone,
    Offset {
        is_z: bool,
        has_colon: bool,
        has_minutes: bool,
        has_seconds: bool,
    },
    Fraction {
        digits: usize,
        is_trimmed: bool,
        mark: u8,
    },
}

/// The parts of a layout in order, with their own text.
#[derive(Clone)]
pub(super) struct Parts<'l> {
    rest: &'l [u8],
}

impl<'l> Parts<'l> {
    pub(super) fn of(layout: &'l [u8]) -> Self {
        Self { rest: layout }
    }

    /// The next part, and what it is written as.
    pub(super) fn next_with_text(&mut self) -> Option<(Part<'l>, &'l [u8])> {
        if self.rest.is_empty() {
            return None;
        }
        for at in 0..self.rest.len() {
            let Some((part, length)) = begin(&self.rest[at..]) else {
                continue;
            };
            // An underscore before a year stands for itself.
            let at = if part == Part::Year && self.rest[at] == b'_' { at + 1 } else { at };
            if at > 0 {
                let (text, rest) = self.rest.split_at(at);
                self.rest = rest;
                return Some((Part::Text(text), text));
            }
            let (text, rest) = self.rest.split_at(length);
            self.rest = rest;
            return Some((part, text));
        }
        let text = std::mem::take(&mut self.rest);
        Some((Part::Text(text), text))
    }
}

impl<'l> Iterator for Parts<'l> {
    type Item = Part<'l>;

    fn next(&mut self) -> Option<Part<'l>> {
        self.next_with_text().map(|(part, _)| part)
    }
}

/// The part with which a text begins, and its length.
fn begin(text: &[u8]) -> Option<(Part<'static>, usize)> {
    const PLAIN: [(&[u8], Part<'static>); 26] = [
        (b"January", Part::MonthName),
        (b"Monday", Part::Weekday),
        (b"MST", Part::Zone),
        (b"2006", Part::Year),
        (b"_2006", Part::Year),
        (b"__2", Part::BlankYearDay),
        (b"_2", Part::BlankDay),
        (b"002", Part::ZeroYearDay),
        (b"01", Part::ZeroMonth),
        (b"02", Part::ZeroDay),
        (b"03", Part::ZeroHour12),
        (b"04", Part::ZeroMinute),
        (b"05", Part::ZeroSecond),
        (b"06", Part::ShortYear),
        (b"15", Part::Hour),
        (b"1", Part::Month),
        (b"2", Part::Day),
        (b"3", Part::Hour12),
        (b"4", Part::Minute),
        (b"5", Part::Second),
        (b"PM", Part::Noon),
        (b"pm", Part::SmallNoon),
        (b"-070000", offset(false, false, 2)),
        (b"-07:00:00", offset(false, true, 2)),
        (b"-0700", offset(false, false, 1)),
        (b"-07:00", offset(false, true, 1)),
    ];
    const LATER: [(&[u8], Part<'static>); 6] = [
        (b"-07", offset(false, false, 0)),
        (b"Z070000", offset(true, false, 2)),
        (b"Z07:00:00", offset(true, true, 2)),
        (b"Z0700", offset(true, false, 1)),
        (b"Z07:00", offset(true, true, 1)),
        (b"Z07", offset(true, false, 0)),
    ];
    let named = |name: &[u8], part| {
        let is_word = text.starts_with(name) && !text.get(3).is_some_and(u8::is_ascii_lowercase);
        is_word.then_some((part, 3))
    };
    let plain = PLAIN.iter().chain(&LATER).find(|(name, _)| text.starts_with(name));
    plain
        .map(|(name, part)| (*part, name.len()))
        .or_else(|| named(b"Jan", Part::ShortMonthName))
        .or_else(|| named(b"Mon", Part::ShortWeekday))
        .or_else(|| fraction(text))
}

/// An offset of hours, and of as many further numbers.
const fn offset(is_z: bool, has_colon: bool, further: u8) -> Part<'static> {
    Part::Offset { is_z, has_colon, has_minutes: further > 0, has_seconds: further > 1 }
}

/// `.000` and `,999`, if no further digit follows.
fn fraction(text: &[u8]) -> Option<(Part<'static>, usize)> {
    let [mark @ (b'.' | b','), digit @ (b'0' | b'9'), ..] = text else {
        return None;
    };
    let digits = text[1..].iter().take_while(|byte| *byte == digit).count();
    if text.get(1 + digits).is_some_and(u8::is_ascii_digit) {
        return None;
    }
    Some((Part::Fraction { digits, is_trimmed: *digit == b'9', mark: *mark }, 1 + digits))
}
