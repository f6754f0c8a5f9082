//! Patterns that are compiled: what they cost, and where they match.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
use std::rc::Rc;

use regex::bytes::{Regex, RegexBuilder};
use trimtab_template::{Bound, Charge, Error, Run, Text};

use super::syntax;

pub(super) use regex::bytes::Captures;

/// The patterns that a run used last.
#[derive(Default)]
pub(crate) struct Patterns {
    known: BTreeMap<Text, Rc<Compiled>>,
    /// Their texts, the oldest first.
    order: VecDeque<Text>,
}

/// How many patterns are remembered.
const PATTERNS_MAX: usize = 64;

/// A pattern, and what it counts.
pub(super) struct Compiled {
    /// The pattern, or why it is none, in Go's words.
    pub(super) result: Result<Pattern, String>,
    _charge: Charge,
}

/// A compiled pattern.
pub(super) struct Pattern {
    regex: Regex,
    size: Size,
}

/// How large a pattern may become. The smallest size that it fits decides what it costs.
#[derive(Clone, Copy)]
struct Size {
    /// Bytes of the compiled pattern; for the largest, about what Go allows.
    bytes: usize,
    /// Steps of work that compiling it is.
    steps: u64,
}

const SIZES: [Size; 3] = [
    Size { bytes: 16 << 10, steps: 200 },
    Size { bytes: 256 << 10, steps: 5_000 },
    Size { bytes: 16 << 20, steps: 300_000 },
];

/// What a search may remember beside the pattern, in bytes.
const SEARCH_BYTES_MAX: usize = 128 << 10;

/// The most that one search may have to do, in bytes of the text times bytes of the pattern: it cannot be
/// broken off.
const SEARCH_MAX: u64 = 1 << 36;

/// How many bytes are searched for a step.
const BYTES_A_STEP: u64 = 1_024;

impl Patterns {
    /// The pattern of a text.
    pub(super) fn compiled(&mut self, run: &Run<'_>, text: &Text) -> Result<Rc<Compiled>, Error> {
        if let Some(pattern) = self.known.get(text) {
            return Ok(Rc::clone(pattern));
        }
        let pattern = Rc::new(self.compile(run, text)?);
        if self.order.len() >= PATTERNS_MAX {
            self.forget_one();
        }
        self.order.push_back(text.clone());
        self.known.insert(text.clone(), Rc::clone(&pattern));
        Ok(pattern)
    }

    fn compile(&mut self, run: &Run<'_>, text: &Text) -> Result<Compiled, Error> {
        let translated = match syntax::translated(text) {
            Ok(translated) => translated,
            Err(reason) => {
                return Ok(Compiled { result: Err(reason), _charge: run.heap().reserve(0)? });
            }
        };
        for size in SIZES {
            run.work(size.steps)?;
            // The program, the same backwards, and what a search remembers of each.
            let charge = self.reserve(run, 2 * (size.bytes + SEARCH_BYTES_MAX) as u64)?;
            let regex = RegexBuilder::new(&translated)
                .size_limit(size.bytes)
                .dfa_size_limit(SEARCH_BYTES_MAX)
                .build();
            if let Ok(regex) = regex {
                return Ok(Compiled { result: Ok(Pattern { regex, size }), _charge: charge });
            }
        }
        let reason = format!("error parsing regexp: expression too large: `{text}`");
        Ok(Compiled { result: Err(reason), _charge: run.heap().reserve(0)? })
    }

    /// Memory for a pattern; that of others is given back for it.
    fn reserve(&mut self, run: &Run<'_>, bytes: u64) -> Result<Charge, Error> {
        loop {
            match run.heap().reserve(bytes) {
                Err(_) if !self.order.is_empty() => self.forget_one(),
                result => return result,
            }
        }
    }

    fn forget_one(&mut self) {
        if let Some(oldest) = self.order.pop_front() {
            self.known.remove(&oldest);
        }
    }
}

impl Pattern {
    /// Where the first match is.
    pub(super) fn find(&self, run: &Run<'_>, text: &[u8]) -> Result<Option<Range<usize>>, Error> {
        self.find_all(run, text).next().transpose()
    }

    /// Where all matches are.
    pub(super) fn find_all(
        &self,
        run: &Run<'_>,
        text: &[u8],
    ) -> impl Iterator<Item = Result<Range<usize>, Error>> {
        let mut found = self.regex.find_iter(text);
        let mut search = Search { run, text, at: 0 };
        std::iter::from_fn(move || {
            search.next(self.size, || found.next().map(|found| (found.range(), found.range())))
        })
    }

    /// The groups of all matches.
    pub(super) fn captures_all<'t>(
        &self,
        run: &Run<'_>,
        text: &'t [u8],
    ) -> impl Iterator<Item = Result<Captures<'t>, Error>> {
        let mut found = self.regex.captures_iter(text);
        let mut search = Search { run, text, at: 0 };
        std::iter::from_fn(move || {
            search.next(self.size, || {
                let captures = found.next()?;
                Some((captures.get(0).map(|whole| whole.range()).unwrap_or_default(), captures))
            })
        })
    }

    /// Whether a group has that name.
    pub(super) fn has_group(&self, name: &str) -> bool {
        self.regex.capture_names().flatten().any(|known| known == name)
    }
}

/// Goes from match to match. Each search is work, and may go to the end of the text even where the match
/// is near.
struct Search<'r, 's, 't> {
    run: &'r Run<'s>,
    text: &'t [u8],
    at: usize,
}

impl Search<'_, '_, '_> {
    /// The next match that does not cut a character in two, as only empty ones can.
    fn next<T>(
        &mut self,
        size: Size,
        mut find: impl FnMut() -> Option<(Range<usize>, T)>,
    ) -> Option<Result<T, Error>> {
        loop {
            if let Err(error) = self.pay(size) {
                return Some(Err(error));
            }
            let (range, found) = find()?;
            self.at = range.end;
            if !range.is_empty() || is_boundary(self.text, range.start) {
                return Some(Ok(found));
            }
        }
    }

    fn pay(&self, size: Size) -> Result<(), Error> {
        let bytes = (self.text.len() - self.at) as u64;
        if bytes.saturating_mul(size.bytes as u64) > SEARCH_MAX {
            return Err(Error::bound(Bound::Search, SEARCH_MAX));
        }
        self.run.work(1 + bytes / BYTES_A_STEP)
    }
}

/// Whether no character of a text goes on at a place. A byte that is no UTF-8 is one by itself.
fn is_boundary(text: &[u8], at: usize) -> bool {
    let width = |begin: usize| {
        let rest = &text[begin..text.len().min(begin + 4)];
        let chunk = rest.utf8_chunks().next();
        chunk.and_then(|chunk| chunk.valid().chars().next()).map_or(1, char::len_utf8)
    };
    (1..=at.min(3)).all(|back| width(at - back) <= back)
}
