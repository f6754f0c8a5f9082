//! Go's syntax of patterns, written in that of the `regex` crate: what both read alike stays, and what
//! either reads otherwise is spelled out. Source: Go `regexp/syntax/parse.go`.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::class;

/// Reads a pattern from its beginning to its end.
pub(super) struct Reader<'p> {
    pub(super) text: &'p str,
    pub(super) at: usize,
    pub(super) out: String,
    /// How many groups are open.
    open: u32,
    names: BTreeSet<&'p str>,
    repeats: Repeats,
}

/// How often parts are repeated, repetitions inside of repetitions multiplied. Source: Go
/// `repeatIsValid`.
struct Repeats {
    /// The part that was read last.
    last: u32,
    /// The most of the parts before it, for each group that is open and for the pattern.
    most: Vec<u32>,
}

impl Repeats {
    /// Another part comes.
    fn part(&mut self) {
        let last = std::mem::replace(&mut self.last, 1);
        if let Some(most) = self.most.last_mut() {
            *most = last.max(*most);
        }
    }

    fn open(&mut self) {
        self.part();
        self.most.push(1);
    }

    /// The group is the last part now.
    fn close(&mut self) {
        self.part();
        self.last = self.most.pop().unwrap_or(1);
    }

    /// The last part is repeated; whether that is too often.
    fn is_too_often(&mut self, least: u32, most: Option<u32>) -> bool {
        self.last = match most.unwrap_or(least) {
            0 => 1,
            times => self.last.saturating_mul(times),
        };
        (least >= 2 || most.is_some_and(|most| most >= 2)) && self.last > COUNT_MAX
    }
}

/// The most groups one inside the other. Source: Go `maxHeight`.
const OPEN_MAX: u32 = 1_000;

/// The largest count of a repetition.
const COUNT_MAX: u32 = 1_000;

/// What Go says of a part of a pattern.
pub(super) fn refused(what: &str, part: &str) -> String {
    format!("error parsing regexp: {what}: `{part}`")
}

/// The same pattern for the `regex` crate.
///
/// # Errors
/// It is no pattern, in Go's words.
pub(crate) fn translated(pattern: &[u8]) -> Result<String, String> {
    let text = std::str::from_utf8(pattern)
        .map_err(|_| refused("invalid UTF-8", &String::from_utf8_lossy(pattern)))?;
    let repeats = Repeats { last: 1, most: vec![1] };
    let (out, names) = (String::new(), BTreeSet::new());
    let mut reader = Reader { text, at: 0, out, open: 0, names, repeats };
    reader.pattern()?;
    Ok(reader.out)
}

impl<'p> Reader<'p> {
    pub(super) fn rest(&self) -> &'p str {
        &self.text[self.at..]
    }

    pub(super) fn take(&mut self) -> Option<char> {
        let c = self.rest().chars().next()?;
        self.at += c.len_utf8();
        Some(c)
    }

    /// The part of the pattern from a place to here.
    pub(super) fn since(&self, begin: usize) -> &'p str {
        &self.text[begin..self.at]
    }

    /// Writes a character that means itself.
    pub(super) fn literal(&mut self, c: char) {
        if c.is_ascii_alphanumeric() || !c.is_ascii() {
            self.out.push(c);
        } else {
            let _infallible = write!(self.out, "\\x{{{:X}}}", u32::from(c));
        }
    }

    fn pattern(&mut self) -> Result<(), String> {
        // Whether there is something to repeat, and where the last repetition began.
        let (mut repeatable, mut last_repeat) = (false, None);
        while let Some(c) = self.rest().chars().next() {
            let begin = self.at;
            let repeated = last_repeat.take();
            match c {
                '(' => {
                    let open = self.open;
                    repeatable = self.group()?;
                    if self.open > open {
                        self.repeats.open();
                    }
                }
                ')' => {
                    if self.open == 0 {
                        return Err(refused("unexpected )", self.text));
                    }
                    self.open -= 1;
                    self.repeats.close();
                    self.copy(1);
                    repeatable = true;
                }
                '|' => {
                    self.repeats.part();
                    self.copy(1);
                    repeatable = false;
                }
                '*' | '+' | '?' => {
                    self.copy(1);
                    self.repeat(begin, repeated, repeatable)?;
                    last_repeat = Some(begin);
                }
                '{' if self.counts().is_some() => {
                    let (least, most) = self.counted(begin)?;
                    self.repeat(begin, repeated, repeatable)?;
                    if self.repeats.is_too_often(least, most) {
                        return Err(refused("invalid repeat count", self.since(begin)));
                    }
                    last_repeat = Some(begin);
                }
                '[' => {
                    self.repeats.part();
                    class::bracketed(self)?;
                    repeatable = true;
                }
                '\\' => {
                    self.repeats.part();
                    self.escaped()?;
                    repeatable = true;
                }
                '.' | '^' | '$' => {
                    self.repeats.part();
                    self.copy(1);
                    repeatable = true;
                }
                _ => {
                    self.repeats.part();
                    self.at += c.len_utf8();
                    self.literal(c);
                    repeatable = true;
                }
            }
        }
        if self.open > 0 {
            return Err(refused("missing closing )", self.text));
        }
        Ok(())
    }

    fn copy(&mut self, bytes: usize) {
        let part = &self.rest()[..bytes];
        self.out.push_str(part);
        self.at += bytes;
    }

    /// Behind the sign of a repetition, which began there.
    fn repeat(
        &mut self,
        begin: usize,
        before: Option<usize>,
        repeatable: bool,
    ) -> Result<(), String> {
        if self.rest().starts_with('?') {
            self.copy(1);
        }
        if let Some(before) = before {
            return Err(refused("invalid nested repetition operator", self.since(before)));
        }
        if !repeatable {
            return Err(refused("missing argument to repetition operator", self.since(begin)));
        }
        Ok(())
    }

    /// The least and the greatest count of `{n}`, `{n,}` or `{n,m}`, and how long it is; `None` where
    /// the brace means itself.
    fn counts(&self) -> Option<(u32, Option<u32>, usize)> {
        let inside = self.rest().strip_prefix('{')?;
        let end = inside.find('}')?;
        let number = |text: &str| {
            let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            let is_plain = is_number && (text.len() == 1 || !text.starts_with('0'));
            is_plain.then(|| text.parse::<u32>().unwrap_or(u32::MAX))
        };
        let (least, most) = match inside[..end].split_once(',') {
            None => (number(&inside[..end])?, Some(number(&inside[..end])?)),
            Some((least, "")) => (number(least)?, None),
            Some((least, most)) => (number(least)?, Some(number(most)?)),
        };
        Some((least, most, end + 2))
    }

    fn counted(&mut self, begin: usize) -> Result<(u32, Option<u32>), String> {
        let Some((least, most, length)) = self.counts() else {
            return Ok((1, Some(1)));
        };
        self.copy(length);
        let is_wrong =
            least > COUNT_MAX || most.is_some_and(|most| most > COUNT_MAX || least > most);
        if is_wrong {
            return Err(refused("invalid repeat count", self.since(begin)));
        }
        Ok((least, most))
    }

    /// A parenthesis and what belongs to it. Returns whether a repetition may follow.
    fn group(&mut self) -> Result<bool, String> {
        let begin = self.at;
        let rest = self.rest();
        if !rest.starts_with("(?") {
            self.copy(1);
            return self.opened().map(|()| false);
        }
        if rest.starts_with("(?P<") || rest.starts_with("(?<") {
            let end = rest.find('>').ok_or_else(|| refused("invalid named capture", rest))?;
            let name = &rest[rest.find('<').unwrap_or(0) + 1..end];
            let is_name = !name.is_empty()
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            if !is_name {
                return Err(refused("invalid named capture", &rest[..=end]));
            }
            self.at += end + 1;
            // Go takes a name twice, and finds the first group of that name.
            if self.names.insert(name) {
                let _infallible = write!(self.out, "(?P<{name}>");
            } else {
                self.out.push('(');
            }
            return self.opened().map(|()| false);
        }
        self.at += 2;
        let (mut saw_flag, mut is_negative) = (false, false);
        loop {
            match self.take() {
                Some('i' | 'm' | 's' | 'U') => saw_flag = true,
                Some('-') if !is_negative => (is_negative, saw_flag) = (true, false),
                Some(end @ (':' | ')')) if saw_flag || !is_negative => {
                    let part = self.since(begin);
                    if part != "(?)" {
                        self.out.push_str(part);
                    }
                    if end == ':' {
                        self.opened()?;
                    }
                    return Ok(false);
                }
                _ => return Err(refused("invalid or unsupported Perl syntax", self.since(begin))),
            }
        }
    }

    fn opened(&mut self) -> Result<(), String> {
        self.open += 1;
        if self.open > OPEN_MAX {
            return Err(refused("expression nests too deeply", self.text));
        }
        Ok(())
    }

    fn escaped(&mut self) -> Result<(), String> {
        let rest = self.rest();
        let simple = match rest.as_bytes().get(1) {
            Some(b'A') => Some("\\A"),
            Some(b'b') => Some("(?-u:\\b)"),
            Some(b'B') => Some("(?-u:\\B)"),
            Some(b'z') => Some("\\z"),
            Some(b'Q') => {
                self.at += 2;
                let (quoted, after) = self
                    .rest()
                    .split_once("\\E")
                    .map_or((self.rest(), 0), |(quoted, _)| (quoted, 2));
                self.at += quoted.len() + after;
                quoted.chars().for_each(|c| self.literal(c));
                return Ok(());
            }
            Some(b'C') => return Err(refused("invalid escape sequence", "\\C")),
            _ => None,
        };
        if let Some(written) = simple {
            self.out.push_str(written);
            self.at += 2;
            return Ok(());
        }
        if let Some(written) = class::escaped(self)? {
            self.out.push_str(&written);
            return Ok(());
        }
        let c = class::character(self)?;
        self.literal(c);
        Ok(())
    }
}
