//! What versions must fulfil: `>=1.2, <2 || ^3`.

use std::cmp::Ordering;
use std::fmt::Write;

use trimtab_template::quoted;

use super::version::{Parts, Version, compare_prereleases};

/// The longest text that is read as constraints, in bytes.
const CONSTRAINT_BYTES_MAX: usize = 512;

/// The most alternatives.
const ALTERNATIVES_MAX: usize = 32;

/// Alternatives, of which a version must fulfil one whole.
pub(crate) struct Constraints(Vec<Vec<Constraint>>);

/// One condition.
struct Constraint {
    operator: Operator,
    version: Version,
    /// Whether a part is left out or stands for any: the minor one, the patch, any of the three.
    is_minor_open: bool,
    is_patch_open: bool,
    is_open: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterOrEqual,
    LessOrEqual,
    Tilde,
    Caret,
}

/// Those that begin with another come before it.
const OPERATORS: [(&str, Operator); 11] = [
    ("!=", Operator::NotEqual),
    (">=", Operator::GreaterOrEqual),
    ("=>", Operator::GreaterOrEqual),
    ("<=", Operator::LessOrEqual),
    ("=<", Operator::LessOrEqual),
    ("~>", Operator::Tilde),
    ("=", Operator::Equal),
    (">", Operator::Greater),
    ("<", Operator::Less),
    ("~", Operator::Tilde),
    ("^", Operator::Caret),
];

/// What Go's `\s` matches.
const SPACE: [char; 5] = [' ', '\t', '\n', '\u{C}', '\r'];

impl Constraints {
    /// Reads constraints.
    ///
    /// # Errors
    /// They are none, in the words of Masterminds/semver.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, String> {
        if text.len() > CONSTRAINT_BYTES_MAX {
            return Err(format!(
                "constraint string is too long (max {CONSTRAINT_BYTES_MAX} bytes)"
            ));
        }
        let text = with_ranges(&String::from_utf8_lossy(text));
        let alternatives: Vec<&str> = text.split("||").collect();
        if alternatives.len() > ALTERNATIVES_MAX {
            return Err(format!("too many constraint groups (max {ALTERNATIVES_MAX})"));
        }
        let alternatives = alternatives.into_iter().map(|alternative| {
            conditions(alternative)
                .ok_or_else(|| format!("improper constraint: {}", quoted(alternative.as_bytes())))?
        });
        alternatives.collect::<Result<Vec<_>, String>>().map(Self)
    }

    /// Whether a version fulfils them. A prerelease does only where one is named.
    pub(crate) fn allow(&self, version: &Version) -> bool {
        self.0.iter().any(|conditions| {
            let names_prerelease = conditions.iter().any(|one| !one.version.prerelease.is_empty());
            (version.prerelease.is_empty() || names_prerelease)
                && conditions.iter().all(|condition| condition.allows(version))
        })
    }
}

/// The conditions of one alternative; `None` if it does not look like any.
fn conditions(text: &str) -> Option<Result<Vec<Constraint>, String>> {
    let mut rest = text.trim_start_matches(SPACE);
    let mut conditions = Vec::new();
    loop {
        let (operator, after) = operator(rest);
        let pattern = Pattern::begin(after.trim_start_matches(SPACE))?;
        let after = pattern.0.rest;
        match pattern.constraint(operator) {
            Ok(condition) => conditions.push(condition),
            Err(reason) => return Some(Err(reason)),
        }
        rest = after.trim_start_matches(SPACE);
        if rest.is_empty() {
            return Some(Ok(conditions));
        }
        let is_separated = rest.len() < after.len();
        match rest.strip_prefix(',') {
            Some(next) => rest = next.trim_start_matches(SPACE),
            None if is_separated => {}
            None => return None,
        }
    }
}

fn operator(text: &str) -> (Operator, &str) {
    let found =
        OPERATORS.iter().find_map(|(name, operator)| Some((*operator, text.strip_prefix(name)?)));
    found.unwrap_or((Operator::Equal, text))
}

/// A version in which parts may be left out or stand for any (`1.x`).
struct Pattern<'t>(Parts<'t>);

impl<'t> Pattern<'t> {
    fn begin(text: &'t str) -> Option<Self> {
        let is_of_number = |c: char| c.is_ascii_digit() || matches!(c, 'x' | 'X' | '*' | '|');
        Parts::begin(text, is_of_number).map(Self)
    }

    fn constraint(&self, operator: Operator) -> Result<Constraint, String> {
        let is_any = |part: Option<&str>| part.is_none_or(|part| matches!(part, "x" | "X" | "*"));
        let Parts { numbers: [major, minor, patch], prerelease, .. } = self.0;
        let suffix = if prerelease.is_empty() { String::new() } else { format!("-{prerelease}") };
        let (major_text, minor_text) = (major.unwrap_or_default(), minor.unwrap_or_default());
        let mut constraint = Constraint {
            operator,
            version: Version::parse(b"0.0.0")?,
            is_minor_open: false,
            is_patch_open: false,
            is_open: true,
        };
        let text = if is_any(major) {
            format!("0.0.0{suffix}")
        } else if is_any(minor) {
            constraint.is_minor_open = true;
            format!("{major_text}.0.0{suffix}")
        } else if is_any(patch) {
            constraint.is_patch_open = true;
            format!("{major_text}.{minor_text}.0{suffix}")
        } else {
            constraint.is_open = false;
            format!("{major_text}.{minor_text}.{}{suffix}", patch.unwrap_or_default())
        };
        let wrong = |_| "constraint parser error".to_owned();
        constraint.version = Version::parse(text.as_bytes()).map_err(wrong)?;
        Ok(constraint)
    }
}

/// `1.2 - 3.4` as `>= 1.2, <= 3.4`.
fn with_ranges(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, low, high, after)) = range(rest) {
        out.push_str(before);
        let _infallible = write!(out, ">= {low}, <= {high} ");
        rest = after;
    }
    out.push_str(rest);
    out
}

/// The first range of a text: what stands before it, its ends, and what follows.
fn range(text: &str) -> Option<(&str, &str, &str, &str)> {
    let mut at = 0;
    while at < text.len() {
        let found = text[at..]
            .find(|c: char| c == 'v' || c.is_ascii_digit() || matches!(c, 'x' | 'X' | '*'))?;
        let begin = at + found;
        let Some(Pattern(Parts { rest: after, .. })) = Pattern::begin(&text[begin..]) else {
            at = begin + 1;
            continue;
        };
        let low = &text[begin..text.len() - after.len()];
        let high = after
            .trim_start_matches(SPACE)
            .strip_prefix('-')
            .filter(|tail| after.starts_with(SPACE) && tail.starts_with(SPACE))
            .map(|tail| tail.trim_start_matches(SPACE));
        let high = high.and_then(|tail| Some((tail, Pattern::begin(tail)?.0.rest)));
        if let Some((tail, rest)) = high {
            let before = text[..begin].trim_end_matches(SPACE);
            let high = &tail[..tail.len() - rest.len()];
            return Some((before, low, high, rest.trim_start_matches(SPACE)));
        }
        at = text.len() - after.len();
    }
    None
}

impl Constraint {
    fn allows(&self, version: &Version) -> bool {
        let order = version.compare(&self.version);
        match self.operator {
            Operator::Equal if self.is_open => self.allows_tilde(version),
            Operator::Equal => order.is_eq(),
            Operator::NotEqual => self.is_not(version),
            Operator::Greater => self.allows_above(version, order),
            Operator::Less => order.is_lt(),
            Operator::GreaterOrEqual => order.is_ge(),
            Operator::LessOrEqual => self.allows_up_to(version, order),
            Operator::Tilde => self.allows_tilde(version),
            Operator::Caret => self.allows_caret(version),
        }
    }

    fn is_not(&self, version: &Version) -> bool {
        let own = &self.version;
        if self.is_open {
            if own.major != version.major {
                return true;
            }
            if own.minor != version.minor && !self.is_minor_open {
                return true;
            }
            if self.is_minor_open {
                return false;
            }
            if own.patch != version.patch && !self.is_patch_open {
                return true;
            }
            if self.is_patch_open {
                return compare_prereleases(&version.prerelease, &own.prerelease).is_ne();
            }
        }
        version.compare(own).is_ne()
    }

    fn allows_above(&self, version: &Version, order: Ordering) -> bool {
        let own = &self.version;
        if !self.is_open || version.major == own.major && !self.is_minor_open && !self.is_patch_open
        {
            return order.is_gt();
        }
        match version.major.cmp(&own.major) {
            Ordering::Greater => true,
            Ordering::Less => false,
            Ordering::Equal => !self.is_minor_open && version.minor > own.minor,
        }
    }

    fn allows_up_to(&self, version: &Version, order: Ordering) -> bool {
        let own = &self.version;
        if !self.is_open {
            return order.is_le();
        }
        let is_beyond =
            version.major == own.major && version.minor > own.minor && !self.is_minor_open;
        version.major <= own.major && !is_beyond
    }

    fn allows_tilde(&self, version: &Version) -> bool {
        let own = &self.version;
        if version.compare(own).is_lt() {
            return false;
        }
        let is_zero = own.major == 0 && own.minor == 0 && own.patch == 0;
        if is_zero && !self.is_minor_open && !self.is_patch_open {
            return true;
        }
        version.major == own.major && (version.minor == own.minor || self.is_minor_open)
    }

    fn allows_caret(&self, version: &Version) -> bool {
        let own = &self.version;
        if version.compare(own).is_lt() {
            return false;
        }
        if own.major > 0 || self.is_minor_open {
            return version.major == own.major;
        }
        if version.major > 0 {
            return false;
        }
        if own.minor > 0 || self.is_patch_open {
            return version.minor == own.minor;
        }
        version.minor == 0 && version.patch == own.patch
    }
}
