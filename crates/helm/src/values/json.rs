//! One JSON value at the beginning of a text, as Go's decoder takes it.

use serde_json::{Map, Number, Value};

/// How deep a value may nest.
const LEVELS_MAX: u32 = 200;

/// The value, with all numbers as floats, and how many bytes it takes; `None` if there is none. What
/// follows it does not matter. Source: Go `encoding/json` (`Decoder`).
pub(super) fn prefix(text: &str) -> Option<(Value, usize)> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(0)?;
    Some((value, reader.at))
}

/// The one value of a text.
pub(super) fn whole(text: &str) -> Option<Value> {
    let (value, end) = prefix(text)?;
    text[end..].trim_matches(SPACE).is_empty().then_some(value)
}

const SPACE: [char; 4] = [' ', '\t', '\n', '\r'];

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    /// The next character that is no blank.
    fn next(&mut self) -> Option<char> {
        self.at = self.text.len() - self.rest().trim_start_matches(SPACE).len();
        self.rest().chars().next()
    }

    fn take(&mut self, wanted: char) -> Option<()> {
        (self.next()? == wanted).then(|| self.at += wanted.len_utf8())
    }

    fn value(&mut self, level: u32) -> Option<Value> {
        if level > LEVELS_MAX {
            return None;
        }
        match self.next()? {
            '{' => self.object(level),
            '[' => self.array(level),
            '"' => self.string().map(Value::String),
            't' => self.word("true", Value::Bool(true)),
            'f' => self.word("false", Value::Bool(false)),
            'n' => self.word("null", Value::Null),
            _ => self.number(),
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Option<Value> {
        self.rest().starts_with(word).then(|| {
            self.at += word.len();
            value
        })
    }

    fn object(&mut self, level: u32) -> Option<Value> {
        self.take('{')?;
        let mut map = Map::new();
        if self.next()? == '}' {
            self.take('}')?;
            return Some(Value::Object(map));
        }
        loop {
            self.next()?;
            let key = self.string()?;
            self.take(':')?;
            map.insert(key, self.value(level + 1)?);
            if self.next()? == '}' {
                self.take('}')?;
                return Some(Value::Object(map));
            }
            self.take(',')?;
        }
    }

    fn array(&mut self, level: u32) -> Option<Value> {
        self.take('[')?;
        let mut items = Vec::new();
        if self.next()? == ']' {
            self.take(']')?;
            return Some(Value::Array(items));
        }
        loop {
            items.push(self.value(level + 1)?);
            if self.next()? == ']' {
                self.take(']')?;
                return Some(Value::Array(items));
            }
            self.take(',')?;
        }
    }

    /// A number, without what does not belong to it.
    fn number(&mut self) -> Option<Value> {
        let bytes = self.rest().as_bytes();
        let digits = |from: usize| {
            from + bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count()
        };
        let begin = usize::from(bytes.first() == Some(&b'-'));
        let mut end = match bytes.get(begin)? {
            b'0' => begin + 1,
            b'1'..=b'9' => digits(begin),
            _ => return None,
        };
        if bytes.get(end) == Some(&b'.') {
            let fraction = digits(end + 1);
            (fraction > end + 1).then_some(())?;
            end = fraction;
        }
        if matches!(bytes.get(end), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
            let exponent = digits(end + 1 + sign);
            (exponent > end + 1 + sign).then_some(())?;
            end = exponent;
        }
        let number = self.rest()[..end].parse::<f64>().ok()?;
        self.at += end;
        Number::from_f64(number).map(Value::Number)
    }

    fn string(&mut self) -> Option<String> {
        let rest = self.rest().strip_prefix('"')?;
        let mut text = String::new();
        let mut characters = rest.char_indices();
        while let Some((at, character)) = characters.next() {
            match character {
                '"' => {
                    self.at += 1 + at + 1;
                    return Some(text);
                }
                '\\' => text.push(escaped(&mut characters)?),
                '\0'..='\u{1F}' => return None,
                _ => text.push(character),
            }
        }
        None
    }
}

/// The character behind a backslash. Half a surrogate pair is U+FFFD.
fn escaped(characters: &mut std::str::CharIndices<'_>) -> Option<char> {
    let (_, escape) = characters.next()?;
    Some(match escape {
        '"' | '\\' | '/' => escape,
        'b' => '\u{8}',
        'f' => '\u{C}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => {
            let unit = unit(characters)?;
            let mut ahead = characters.clone();
            let low = match (ahead.next(), ahead.next()) {
                (Some((_, '\\')), Some((_, 'u'))) if (0xD800..0xDC00).contains(&unit) => {
                    self::unit(&mut ahead)
                }
                _ => None,
            };
            match low.filter(|low| (0xDC00..0xE000).contains(low)) {
                Some(low) => {
                    *characters = ahead;
                    char::from_u32(0x1_0000 + ((unit - 0xD800) << 10) + (low - 0xDC00))
                }
                None => char::from_u32(unit),
            }
            .unwrap_or(char::REPLACEMENT_CHARACTER)
        }
        _ => return None,
    })
}

/// Four hexadecimal digits.
fn unit(characters: &mut std::str::CharIndices<'_>) -> Option<u32> {
    (0..4).try_fold(0, |unit, _| Some(unit << 4 | characters.next()?.1.to_digit(16)?))
}
