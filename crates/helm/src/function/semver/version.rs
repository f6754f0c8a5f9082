//! Semantic versions, read leniently: `v1`, `1.2` and leading zeros are taken.

use std::cmp::Ordering;
use std::fmt;

/// A version.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    pub(crate) major: u64,
    pub(crate) minor: u64,
    pub(crate) patch: u64,
    pub(crate) prerelease: String,
    pub(crate) metadata: String,
    /// As it was written.
    pub(crate) original: String,
}

/// The longest text that is read as a version, in bytes.
const VERSION_BYTES_MAX: usize = 256;

impl Version {
    /// Reads a version.
    ///
    /// # Errors
    /// It is none, in the words of Masterminds/semver.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, String> {
        if text.len() > VERSION_BYTES_MAX {
            return Err(format!("version string is too long (max {VERSION_BYTES_MAX} bytes)"));
        }
        let invalid = || "invalid semantic version".to_owned();
        let text = std::str::from_utf8(text).map_err(|_| invalid())?;
        let parts = Parts::begin(text, |c| c.is_ascii_digit());
        let parts = parts.filter(|parts| parts.rest.is_empty()).ok_or_else(invalid)?;
        let [major, minor, patch] = parts.numbers.map(|number| match number {
            None => Ok(0),
            Some(digits) => digits.parse::<u64>().map_err(|_| {
                let reason = format!("strconv.ParseUint: parsing \"{digits}\": value out of range");
                format!("error parsing version segment: {reason}")
            }),
        });
        let version = Self {
            major: major?,
            minor: minor?,
            patch: patch?,
            prerelease: parts.prerelease.to_owned(),
            metadata: parts.metadata.to_owned(),
            original: text.to_owned(),
        };
        check_prerelease(&version.prerelease)?;
        Ok(version)
    }

    /// How it stands to another. Metadata does not count.
    pub(crate) fn compare(&self, other: &Self) -> Ordering {
        let numbers = |version: &Self| (version.major, version.minor, version.patch);
        numbers(self)
            .cmp(&numbers(other))
            .then_with(|| compare_prereleases(&self.prerelease, &other.prerelease))
    }

    /// The next patch version; of a prerelease, the release.
    pub(crate) fn next_patch(&self) -> Result<Self, String> {
        let patch =
            if self.prerelease.is_empty() { counted_up(self.patch, "patch")? } else { self.patch };
        Ok(self.released(self.major, self.minor, patch))
    }

    pub(crate) fn next_minor(&self) -> Result<Self, String> {
        Ok(self.released(self.major, counted_up(self.minor, "minor")?, 0))
    }

    pub(crate) fn next_major(&self) -> Result<Self, String> {
        Ok(self.released(counted_up(self.major, "major")?, 0, 0))
    }

    fn released(&self, major: u64, minor: u64, patch: u64) -> Self {
        let (prerelease, metadata) = (String::new(), String::new());
        Self { major, minor, patch, prerelease, metadata, original: String::new() }.prefixed(self)
    }

    /// The same with another prerelease or other metadata.
    pub(crate) fn with(&self, text: &str, is_metadata: bool) -> Result<Self, String> {
        let mut next = self.clone();
        if is_metadata {
            if !text.is_empty() && !text.split('.').all(is_identifier) {
                return Err("invalid metadata string".to_owned());
            }
            text.clone_into(&mut next.metadata);
        } else {
            if !text.is_empty() {
                check_prerelease(text)?;
            }
            text.clone_into(&mut next.prerelease);
        }
        Ok(next.prefixed(self))
    }

    /// With its own text as it would have been written, with a `v` if the other has one.
    fn prefixed(mut self, before: &Self) -> Self {
        let prefix = if before.original.starts_with('v') { "v" } else { "" };
        self.original = format!("{prefix}{self}");
        self
    }
}

fn counted_up(number: u64, name: &str) -> Result<u64, String> {
    number.checked_add(1).ok_or_else(|| format!("{name} version increment would overflow uint64"))
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)?;
        if !self.prerelease.is_empty() {
            write!(f, "-{}", self.prerelease)?;
        }
        if !self.metadata.is_empty() {
            write!(f, "+{}", self.metadata)?;
        }
        Ok(())
    }
}

/// The parts of a version at the beginning of a text, as far as they match.
pub(super) struct Parts<'t> {
    /// Major, minor and patch, as far as they are there.
    pub(super) numbers: [Option<&'t str>; 3],
    pub(super) prerelease: &'t str,
    pub(super) metadata: &'t str,
    /// What follows.
    pub(super) rest: &'t str,
}

impl<'t> Parts<'t> {
    /// Reads as far as numbers have these characters; `None` where there is none.
    pub(super) fn begin(text: &'t str, is_of_number: impl Fn(char) -> bool) -> Option<Self> {
        let mut rest = text.strip_prefix('v').unwrap_or(text);
        let mut numbers = [None; 3];
        for (index, number) in numbers.iter_mut().enumerate() {
            let tail = if index == 0 { Some(rest) } else { rest.strip_prefix('.') };
            let part = tail
                .map(|tail| tail.split_at(tail.find(|c| !is_of_number(c)).unwrap_or(tail.len())));
            match part {
                Some((part, after)) if !part.is_empty() => {
                    *number = Some(part);
                    rest = after;
                }
                _ => break,
            }
        }
        numbers[0]?;
        let prerelease = identifiers(rest, '-');
        rest = &rest[prerelease.map_or(0, |found| found.len() + 1)..];
        let metadata = identifiers(rest, '+');
        rest = &rest[metadata.map_or(0, |found| found.len() + 1)..];
        Some(Self {
            numbers,
            prerelease: prerelease.unwrap_or_default(),
            metadata: metadata.unwrap_or_default(),
            rest,
        })
    }
}

/// Identifiers with points between, behind a sign; `None` if there are none.
fn identifiers(text: &str, sign: char) -> Option<&str> {
    let inside = text.strip_prefix(sign)?;
    let mut end = 0;
    for part in inside.split('.') {
        let length =
            part.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).unwrap_or(part.len());
        if length == 0 {
            break;
        }
        end += usize::from(end > 0) + length;
        if length < part.len() {
            break;
        }
    }
    (end > 0).then(|| &inside[..end])
}

fn is_identifier(part: &str) -> bool {
    !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

fn check_prerelease(prerelease: &str) -> Result<(), String> {
    for part in prerelease.split('.').filter(|part| !part.is_empty()) {
        if part.bytes().all(|byte| byte.is_ascii_digit()) {
            if part.len() > 1 && part.starts_with('0') {
                return Err("version segment starts with 0".to_owned());
            }
        } else if !is_identifier(part) {
            return Err("invalid prerelease string".to_owned());
        }
    }
    Ok(())
}

/// A release comes after its prereleases; of these, numbers come before names.
pub(super) fn compare_prereleases(a: &str, b: &str) -> Ordering {
    match (a.is_empty(), b.is_empty()) {
        (true, true) => return Ordering::Equal,
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    let (mut a, mut b) = (a.split('.'), b.split('.'));
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(a), Some(b)) => compare_parts(a, b),
        };
        if order.is_ne() {
            return order;
        }
    }
}

fn compare_parts(a: &str, b: &str) -> Ordering {
    match (a.parse::<u64>(), b.parse::<u64>()) {
        (Ok(a), Ok(b)) => a.cmp(&b),
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Err(_), Err(_)) => a.cmp(b),
    }
}
