//! Values as options set them: `a.b[2]=x,c={1,2}`. Source: helm `strvals/parser.go`,
//! `strvals/literal_parser.go`.

use serde_json::{Map, Value};
use trimtab_template::quoted;

use super::json;
use crate::chart::{Error, Exceeded, Limits};

/// The most items that an index may make a list have, but one. Source: helm `MaxIndex`.
const INDEX_MAX: i64 = 65_536;

/// The most dots of one name. Source: helm `MaxNestedNameLevel`.
const NAME_LEVELS_MAX: u32 = 30;

/// How deep what one option sets may nest, its names and indices counted.
const LEVELS_MAX: u32 = 200;

/// What stands behind the `=`.
pub(super) enum Form<'r> {
    /// A text, a number, a truth or null (`--set`).
    Typed,
    /// A text (`--set-string`).
    Text,
    /// JSON (`--set-json`).
    Json,
    /// The path of a file, whose text is the value (`--set-file`).
    File(&'r mut dyn FnMut(&str) -> Result<String, String>),
    /// A text that reaches to the end, in which nothing has a meaning (`--set-literal`).
    Literal,
}

/// Why there is no more to set.
enum Stop {
    /// The option ends here, which is no error.
    End,
    /// It cannot be read.
    Wrong(Error),
}

type Step<T = ()> = Result<T, Stop>;

fn wrong<T>(text: impl Into<String>) -> Step<T> {
    Err(Stop::Wrong(Error::refused(text)))
}

/// Sets what one option says. `room` is how many entries lists may still grow by.
///
/// # Errors
/// The option cannot be read, in helm's words; values are then of no use.
pub(super) fn set(
    option: &str,
    form: Form<'_>,
    values: &mut Map<String, Value>,
    room: &mut u64,
) -> Result<(), Error> {
    let mut setter = Setter { rest: option, form, room };
    loop {
        match setter.key(values, 0, 0) {
            Ok(()) => {}
            Err(Stop::End) => return Ok(()),
            Err(Stop::Wrong(error)) => return Err(error),
        }
    }
}

struct Setter<'o, 'r, 'm> {
    rest: &'o str,
    form: Form<'r>,
    room: &'m mut u64,
}

impl Setter<'_, '_, '_> {
    fn next(&mut self) -> Option<char> {
        let mut characters = self.rest.chars();
        let next = characters.next();
        self.rest = characters.as_str();
        next
    }

    /// The text up to one of some characters, and that character; none at the end.
    fn until(&mut self, stops: &[char]) -> (String, Option<char>) {
        let mut text = String::new();
        while let Some(character) = self.next() {
            match character {
                _ if stops.contains(&character) => return (text, Some(character)),
                '\\' if !self.is_literal() => match self.next() {
                    Some(next) => text.push(next),
                    None => return (text, None),
                },
                _ => text.push(character),
            }
        }
        (text, None)
    }

    fn is_literal(&self) -> bool {
        matches!(self.form, Form::Literal)
    }

    /// One name and what is set there.
    fn key(&mut self, map: &mut Map<String, Value>, names: u32, levels: u32) -> Step {
        check_depth(levels)?;
        let stops: &[char] =
            if self.is_literal() { &['=', '[', '.'] } else { &['=', '[', ',', '.'] };
        let (key, stop) = self.until(stops);
        match stop {
            None if key.is_empty() => Err(Stop::End),
            None => wrong(format!("key {} has no value", quoted(key.as_bytes()))),
            Some('[') => self.indexed(map, key, names, levels),
            Some('=') => self.assigned(map, key),
            Some('.') => self.nested(map, &key, names + 1, levels),
            Some(_) => {
                let key = quoted(key.as_bytes());
                wrong(format!("key {key} has no value (cannot end with ,)"))
            }
        }
    }

    fn assigned(&mut self, map: &mut Map<String, Value>, key: String) -> Step {
        match self.value() {
            Ok(value) => {
                put(map, key, value);
                Ok(())
            }
            Err(Stop::End) => {
                put(map, key, Value::String(String::new()));
                Err(Stop::End)
            }
            Err(stop) => Err(stop),
        }
    }

    fn nested(&mut self, map: &mut Map<String, Value>, key: &str, names: u32, levels: u32) -> Step {
        if names > NAME_LEVELS_MAX {
            let most = "value name nested level is greater than maximum supported nested level of";
            return wrong(format!("{most} {NAME_LEVELS_MAX}"));
        }
        let (mut inner, is_old) = match map.get_mut(key) {
            None => (Map::new(), false),
            Some(Value::Object(inner)) => (std::mem::take(inner), true),
            Some(other) => return wrong(unexpected(other, "map[string]interface {}")),
        };
        let result = self.key(&mut inner, names, levels + 1);
        let is_empty = inner.is_empty();
        if is_old {
            map.insert(key.to_owned(), Value::Object(inner));
        } else if !is_empty {
            put(map, key.to_owned(), Value::Object(inner));
        }
        match result {
            Ok(()) if is_empty => wrong(format!("key map {} has no value", quoted(key.as_bytes()))),
            result => result,
        }
    }

    fn indexed(
        &mut self,
        map: &mut Map<String, Value>,
        key: String,
        names: u32,
        levels: u32,
    ) -> Step {
        let index = self.index()?;
        let mut list = match map.get_mut(&key) {
            None => Vec::new(),
            Some(Value::Array(list)) => std::mem::take(list),
            Some(other) => return wrong(unexpected(other, "[]interface {}")),
        };
        let result = self.item(&mut list, index, names, levels + 1);
        put(map, key, Value::Array(list));
        result
    }

    /// What stands in brackets.
    fn index(&mut self) -> Step<i64> {
        let (text, stop) = self.until(&[']']);
        stop.ok_or(Stop::End)?;
        let unreadable = |reason: &str| {
            let text = quoted(text.as_bytes());
            wrong(format!("error parsing index: strconv.Atoi: parsing {text}: {reason}"))
        };
        match integer(&text) {
            Ok(index) => Ok(index),
            Err(IntegerError::Syntax) => unreadable("invalid syntax"),
            Err(IntegerError::Range) => unreadable("value out of range"),
        }
    }

    /// What is set at an index.
    fn item(&mut self, list: &mut Vec<Value>, index: i64, names: u32, levels: u32) -> Step {
        check_depth(levels)?;
        let Ok(place) = usize::try_from(index) else {
            return wrong(format!("negative {index} index not allowed"));
        };
        let (text, stop) = self.until(&['[', '.', '=']);
        if !text.is_empty() {
            return wrong(format!("unexpected data at end of array index: {}", runes(&text)));
        }
        match stop {
            None => Err(Stop::End),
            Some('=') => {
                let value = match self.value() {
                    Err(Stop::End) => Value::String(String::new()),
                    value => value?,
                };
                self.put_at(list, place, value)
            }
            Some('[') => self.item_of_item(list, place, names, levels),
            Some(_) => self.entry_of_item(list, place, names, levels),
        }
    }

    fn item_of_item(
        &mut self,
        list: &mut Vec<Value>,
        place: usize,
        names: u32,
        levels: u32,
    ) -> Step {
        let index = self.index()?;
        let is_old = place < list.len();
        let mut inner = match list.get_mut(place) {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(inner)) => std::mem::take(inner),
            Some(other) => return wrong(unexpected(other, "[]interface {}")),
        };
        let was_null = is_old && list[place].is_null();
        let result = self.item(&mut inner, index, names, levels + 1);
        match result {
            Ok(()) => self.put_at(list, place, Value::Array(inner)),
            Err(stop) => {
                if is_old && !was_null {
                    list[place] = Value::Array(inner);
                }
                Err(stop)
            }
        }
    }

    fn entry_of_item(
        &mut self,
        list: &mut Vec<Value>,
        place: usize,
        names: u32,
        levels: u32,
    ) -> Step {
        let is_old = place < list.len();
        let mut inner = match list.get_mut(place) {
            Some(Value::Object(inner)) => std::mem::take(inner),
            _ => Map::new(),
        };
        let result = self.key(&mut inner, names, levels + 1);
        match result {
            Ok(()) => self.put_at(list, place, Value::Object(inner)),
            Err(stop) => {
                if is_old {
                    list[place] = Value::Object(inner);
                }
                Err(stop)
            }
        }
    }

    /// Sets an item, with nulls before it where the list is shorter.
    fn put_at(&mut self, list: &mut Vec<Value>, place: usize, value: Value) -> Step {
        if place as u64 > INDEX_MAX.unsigned_abs() {
            return wrong(format!(
                "index of {place} is greater than maximum supported index of {INDEX_MAX}"
            ));
        }
        if place >= list.len() {
            let grown = (place + 1 - list.len()) as u64;
            *self.room = self
                .room
                .checked_sub(grown)
                .ok_or_else(|| Stop::Wrong(Exceeded::Entries(Limits::default().entries).into()))?;
            list.resize(place + 1, Value::Null);
        }
        list[place] = value;
        Ok(())
    }

    /// What stands behind a `=`. The end where there is nothing at all.
    fn value(&mut self) -> Step<Value> {
        match self.form {
            Form::Json => self.json(),
            Form::Literal => Ok(Value::String(std::mem::take(&mut self.rest).to_owned())),
            Form::Typed | Form::Text | Form::File(_) => {
                if let Some(items) = self.list()? {
                    return Ok(Value::Array(items));
                }
                let (text, _) = self.until(&[',']);
                self.scalar(text)
            }
        }
    }

    fn json(&mut self) -> Step<Value> {
        if self.is_blank_to_comma() {
            return Ok(Value::Null);
        }
        let Some((value, length)) = json::prefix(self.rest) else {
            return wrong("no JSON");
        };
        self.rest = &self.rest[length..];
        self.is_blank_to_comma();
        Ok(value)
    }

    /// Takes blanks, and a comma behind them. Whether nothing else stands before a comma or the end.
    fn is_blank_to_comma(&mut self) -> bool {
        self.rest = self.rest.trim_start();
        let after = self.rest.strip_prefix(',');
        self.rest = after.unwrap_or(self.rest);
        after.is_some() || self.rest.is_empty()
    }

    /// The items of `{a,b}`; none if it is no list.
    fn list(&mut self) -> Step<Option<Vec<Value>>> {
        match self.rest.chars().next() {
            None => return Err(Stop::End),
            Some('{') => self.next(),
            Some(_) => return Ok(None),
        };
        let mut items = Vec::new();
        loop {
            let (text, stop) = self.until(&[',', '}']);
            if stop.is_none() {
                return wrong("list must terminate with '}'");
            }
            let is_last = stop == Some('}');
            if is_last {
                self.rest = self.rest.strip_prefix(',').unwrap_or(self.rest);
            }
            items.push(self.scalar(text)?);
            if is_last {
                return Ok(Some(items));
            }
        }
    }

    fn scalar(&mut self, text: String) -> Step<Value> {
        match &mut self.form {
            Form::Typed => Ok(typed(text)),
            Form::Text | Form::Json | Form::Literal => Ok(Value::String(text)),
            Form::File(read) => match read(&text) {
                Ok(text) => Ok(Value::String(text)),
                Err(reason) => wrong(reason),
            },
        }
    }
}

fn check_depth(levels: u32) -> Step {
    if levels > LEVELS_MAX {
        Err(Stop::Wrong(Exceeded::ValueLevels(LEVELS_MAX.into()).into()))
    } else {
        Ok(())
    }
}

/// A name that is empty is not set.
fn put(map: &mut Map<String, Value>, key: String, value: Value) {
    if !key.is_empty() {
        map.insert(key, value);
    }
}

/// What Go says where a value is not of the type that is needed.
fn unexpected(found: &Value, wanted: &str) -> String {
    let found = super::go_type(found);
    format!("unable to parse key: interface conversion: interface {{}} is {found}, not {wanted}")
}

fn typed(text: String) -> Value {
    let is = |word: &str| {
        text.chars().count() == word.len()
            && text.replace('\u{17F}', "s").eq_ignore_ascii_case(word)
    };
    if is("true") || is("false") {
        return Value::Bool(is("true"));
    }
    if is("null") {
        return Value::Null;
    }
    match integer(&text) {
        Ok(number) if !text.starts_with('0') || text == "0" => Value::from(number),
        _ => Value::String(text),
    }
}

enum IntegerError {
    Syntax,
    Range,
}

/// A decimal integer, with or without a sign. Source: Go `strconv.ParseInt`.
fn integer(text: &str) -> Result<i64, IntegerError> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(IntegerError::Syntax);
    }
    text.parse().map_err(|_| IntegerError::Range)
}

/// A text as Go writes the list of its characters with `%q`.
fn runes(text: &str) -> String {
    let rune = |character: char| match character {
        '\'' => "'\\''".to_owned(),
        '"' => "'\"'".to_owned(),
        _ => {
            let quoted = quoted(character.encode_utf8(&mut [0; 4]).as_bytes());
            format!("'{}'", &quoted[1..quoted.len() - 1])
        }
    };
    let runes: Vec<String> = text.chars().map(rune).collect();
    format!("[{}]", runes.join(" "))
}
