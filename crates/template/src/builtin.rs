//! The functions of text/template.

use crate::error::Error;
use crate::format::Printer;
use crate::function::Signature;
use crate::run::{Operand, Run};
use crate::sink::Sink;
use crate::text::Text;
use crate::types::{Type, UintType};
use crate::value::{Kind, Value};

mod compare;
mod escape;

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Builtin {
    And,
    Call,
    Eq,
    Ge,
    Gt,
    Html,
    Index,
    Js,
    Le,
    Len,
    Lt,
    Ne,
    Not,
    Or,
    Print,
    Printf,
    Println,
    Slice,
    Urlquery,
}

impl Builtin {
    pub(crate) const ALL: [Self; 19] = [
        Self::And,
        Self::Call,
        Self::Eq,
        Self::Ge,
        Self::Gt,
        Self::Html,
        Self::Index,
        Self::Js,
        Self::Le,
        Self::Len,
        Self::Lt,
        Self::Ne,
        Self::Not,
        Self::Or,
        Self::Print,
        Self::Printf,
        Self::Println,
        Self::Slice,
        Self::Urlquery,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::And => "and",
            Self::Call => "call",
            Self::Eq => "eq",
            Self::Ge => "ge",
            Self::Gt => "gt",
            Self::Html => "html",
            Self::Index => "index",
            Self::Js => "js",
            Self::Le => "le",
            Self::Len => "len",
            Self::Lt => "lt",
            Self::Ne => "ne",
            Self::Not => "not",
            Self::Or => "or",
            Self::Print => "print",
            Self::Printf => "printf",
            Self::Println => "println",
            Self::Slice => "slice",
            Self::Urlquery => "urlquery",
        }
    }

    pub(crate) fn signature(self) -> Signature {
        let value = || Type::Reflected;
        match self {
            Self::And | Self::Or | Self::Call | Self::Index | Self::Slice => {
                Signature::new([value()], value()).and_any_number_of(value())
            }
            Self::Eq => Signature::new([value()], Type::Bool).and_any_number_of(value()),
            Self::Ge | Self::Gt | Self::Le | Self::Lt | Self::Ne => {
                Signature::new([value(), value()], Type::Bool)
            }
            Self::Not => Signature::new([value()], Type::Bool),
            Self::Len => Signature::new([value()], Type::INT),
            Self::Html | Self::Js | Self::Print | Self::Println | Self::Urlquery => {
                Signature::new([], Type::String).and_any_number_of(Type::Any)
            }
            Self::Printf => {
                Signature::new([Type::String], Type::String).and_any_number_of(Type::Any)
            }
        }
    }

    /// Computes the function. `and`, `or` and `call` are not computed here: they need more than the
    /// values of their arguments.
    pub(crate) fn call(self, run: &Run<'_>, arguments: &[Operand]) -> Result<Operand, Error> {
        let (first, others) = match arguments {
            [first, others @ ..] => (first, others),
            [] => (&Operand { value: Value::Nil, is_boxed: false }, arguments),
        };
        let truth = |result: Result<bool, Error>| Ok(Operand::of(Value::Bool(result?)));
        match self {
            Self::And | Self::Or | Self::Call => Ok(first.clone()),
            Self::Eq => truth(compare::equal(&first.value, others)),
            Self::Ne => truth(compare::equal(&first.value, others).map(|equal| !equal)),
            Self::Lt => truth(compare::less(&first.value, value_of(others))),
            Self::Le => truth(compare::less_or_equal(&first.value, others)),
            Self::Gt => truth(compare::less_or_equal(&first.value, others).map(|least| !least)),
            Self::Ge => truth(compare::less(&first.value, value_of(others)).map(|less| !less)),
            Self::Not => Ok(Operand::of(Value::Bool(!first.value.truth()))),
            Self::Len => length(first),
            Self::Index => index(first, others),
            Self::Slice => slice(run, &first.value, others),
            Self::Html => escaped(run, arguments, escape::html),
            Self::Js => escaped(run, arguments, escape::js),
            Self::Urlquery => escaped(run, arguments, escape::urlquery),
            Self::Print | Self::Println | Self::Printf => {
                let values: Vec<Value> =
                    arguments.iter().map(|argument| argument.value.clone()).collect();
                printed(run, self, &values)
            }
        }
    }
}

fn value_of(operands: &[Operand]) -> &Value {
    operands.first().map_or(&Value::Nil, |operand| &operand.value)
}

fn finished(sink: Sink<'_>) -> Result<Operand, Error> {
    sink.finish().map(|text| Operand::of(Value::String(text)))
}

fn escaped(
    run: &Run<'_>,
    arguments: &[Operand],
    escape: impl Fn(&[u8], &mut Sink<'_>) -> Result<(), Error>,
) -> Result<Operand, Error> {
    let mut sink = run.sink();
    escape(&joined(run, arguments)?, &mut sink)?;
    finished(sink)
}

fn printed(run: &Run<'_>, builtin: Builtin, values: &[Value]) -> Result<Operand, Error> {
    let mut sink = run.sink();
    let mut printer = Printer::new(&mut sink);
    match (builtin, values.split_first()) {
        (Builtin::Printf, Some((Value::String(format), values))) => printer.format(format, values),
        (Builtin::Println, _) => printer.print_line(values),
        _ => printer.print_all(values),
    }
    finished(sink)
}

/// The text that `html`, `js` and `urlquery` escape: that of a lone string, or what `print` makes of
/// all, with no value for nil.
fn joined(run: &Run<'_>, arguments: &[Operand]) -> Result<Text, Error> {
    if let [Operand { value: Value::String(text), .. }] = arguments {
        return Ok(text.clone());
    }
    let shown = |argument: &Operand| match &argument.value {
        Value::Nil => Value::from("<no value>"),
        other => other.clone(),
    };
    let values: Vec<Value> = arguments.iter().map(shown).collect();
    let mut sink = run.sink();
    Printer::new(&mut sink).print_pointees(&values);
    sink.finish()
}

fn length(item: &Operand) -> Result<Operand, Error> {
    let count = match item.value.base() {
        Value::Nil if item.is_boxed => return Err(Error::message("len of nil pointer")),
        Value::Nil => return Err(no_value("Type")),
        Value::String(text) | Value::Bytes(text) => text.len(),
        Value::List(list) => list.items().len(),
        Value::Map(map) => map.count(),
        Value::NilOf(Type::Map(_) | Type::List(_) | Type::Bytes) => 0,
        Value::NilOf(Type::Named(_)) => return Err(Error::message("len of nil pointer")),
        _ => return Err(Error::message(format!("len of type {}", pointee(&item.value)))),
    };
    Ok(Operand::of(Value::int(i64::try_from(count).unwrap_or(i64::MAX))))
}

/// The name of a value's type; of a pointer, that of what it points to.
fn pointee(value: &Value) -> String {
    let name = value.type_name();
    name.strip_prefix('*').map(str::to_owned).unwrap_or(name)
}

/// What Go says where no value is asked for its type.
fn no_value(method: &str) -> Error {
    Error::message(format!("reflect: call of reflect.Value.{method} on zero Value"))
}

/// `index`: what a list or text has at a place, or a map under a key; repeated for each index.
fn index(item: &Operand, indexes: &[Operand]) -> Result<Operand, Error> {
    if item.value.is_nil() {
        return Err(Error::message("index of untyped nil"));
    }
    let mut item = item.clone();
    for index in indexes {
        item = index_once(&item, &index.value)?;
    }
    Ok(item)
}

fn index_once(item: &Operand, index: &Value) -> Result<Operand, Error> {
    let out_of_range = |what| Error::message(format!("reflect: {what} index out of range"));
    match item.value.base() {
        Value::Nil | Value::NilOf(Type::Named(_)) => Err(Error::message("index of nil pointer")),
        Value::String(text) => {
            let at = place(index, text.len())?;
            let byte = text.get(at).ok_or_else(|| out_of_range("string"))?;
            Ok(Operand::of(Value::Uint(u64::from(*byte), UintType::Uint8)))
        }
        Value::Bytes(text) => {
            let at = place(index, text.len())?;
            let byte = text.get(at).ok_or_else(|| out_of_range("slice"))?;
            Ok(Operand::of(Value::Uint(u64::from(*byte), UintType::Uint8)))
        }
        Value::List(list) => {
            let at = place(index, list.items().len())?;
            let value = list.items().get(at).ok_or_else(|| out_of_range("slice"))?.clone();
            Ok(Operand { value, is_boxed: list.element().is_interface() })
        }
        Value::NilOf(Type::List(_) | Type::Bytes) => {
            place(index, 0)?;
            Err(out_of_range("slice"))
        }
        Value::Map(map) => {
            let key = prepared(index.clone(), &Type::String)?;
            let found = key.as_text().and_then(|key| map.get(key));
            let value = found.unwrap_or_else(|| Value::zero(map.element()));
            Ok(Operand { value, is_boxed: map.element().is_interface() })
        }
        Value::NilOf(Type::Map(element)) => {
            prepared(index.clone(), &Type::String)?;
            Ok(Operand { value: Value::zero(element), is_boxed: element.is_interface() })
        }
        _ => {
            let type_name = pointee(&item.value);
            Err(Error::message(format!("can't index item of type {type_name}")))
        }
    }
}

/// An index of a list or text with so many elements; one beyond the last passes, as in Go.
fn place(index: &Value, count: usize) -> Result<usize, Error> {
    let number = match index.base() {
        Value::Int(number, _) => *number,
        Value::Uint(number, _) => number.cast_signed(),
        Value::Nil => return Err(Error::message("cannot index slice/array with nil")),
        _ => {
            let type_name = index.type_name();
            return Err(Error::message(format!("cannot index slice/array with type {type_name}")));
        }
    };
    match usize::try_from(number) {
        Ok(place) if place <= count => Ok(place),
        _ => Err(Error::message(format!("index out of range: {number}"))),
    }
}

/// `slice`: a part of a list or text. What a list could grow to is taken as what it has.
fn slice(run: &Run<'_>, item: &Value, indexes: &[Operand]) -> Result<Operand, Error> {
    let count = match item.base() {
        Value::Nil => return Err(Error::message("slice of untyped nil")),
        Value::NilOf(Type::Named(_)) => return Err(Error::message("slice of nil pointer")),
        _ if indexes.len() > 3 => {
            let message = format!("too many slice indexes: {}", indexes.len());
            return Err(Error::message(message));
        }
        Value::String(_) if indexes.len() == 3 => {
            return Err(Error::message("cannot 3-index slice a string"));
        }
        Value::String(text) | Value::Bytes(text) => text.len(),
        Value::List(list) => list.items().len(),
        Value::NilOf(Type::List(_) | Type::Bytes) => 0,
        _ => {
            let message = format!("can't slice item of type {}", pointee(item));
            return Err(Error::message(message));
        }
    };
    let mut places = [0, count, count];
    for (index, at) in indexes.iter().zip(&mut places) {
        if index.is_boxed {
            // Unlike `index`, Go's `slice` does not look into an interface.
            return Err(Error::message("cannot index slice/array with type interface {}"));
        }
        *at = place(&index.value, count)?;
    }
    let [from, to, capacity] = places;
    if from > to {
        return Err(Error::message(format!("invalid slice index: {from} > {to}")));
    }
    if to > capacity {
        return Err(Error::message(format!("invalid slice index: {to} > {capacity}")));
    }
    let part = match item.base() {
        Value::String(text) => run.heap().text(&text[from..to])?,
        Value::Bytes(bytes) => {
            let mut part = Text::from(&bytes[from..to]);
            run.heap().own(&mut part)?;
            Value::Bytes(part)
        }
        Value::List(list) => {
            run.heap().list_of(list.element().clone(), list.items()[from..to].to_vec())?
        }
        other => other.clone(),
    };
    Ok(Operand::of(item.rebased(part)))
}

/// A value as an argument of `call` or a key of `index`: integers are converted to one another.
pub(crate) fn prepared(value: Value, wanted: &Type) -> Result<Value, Error> {
    if value.is_nil() {
        if wanted.can_be_nil() {
            return Ok(Value::zero(wanted));
        }
        return Err(Error::message(format!("value is nil; should be of type {wanted}")));
    }
    if value.is_assignable_to(wanted) {
        return Ok(value);
    }
    let converted = match (value.base(), wanted) {
        (Value::Int(number, _), Type::Int(kind)) => Some(Value::Int(kind.wrap(*number), *kind)),
        (Value::Int(number, _), Type::Uint(kind)) => {
            Some(Value::Uint(kind.wrap(number.cast_unsigned()), *kind))
        }
        (Value::Uint(number, _), Type::Int(kind)) => {
            Some(Value::Int(kind.wrap(number.cast_signed()), *kind))
        }
        (Value::Uint(number, _), Type::Uint(kind)) => Some(Value::Uint(kind.wrap(*number), *kind)),
        _ => None,
    };
    converted.ok_or_else(|| {
        let given = value.type_name();
        Error::message(format!("value has type {given}; should be {wanted}"))
    })
}

/// Whether a value is nil or can be: what `eq` compares with nil.
pub(crate) fn is_nil(value: &Value) -> bool {
    matches!(value.base(), Value::Nil | Value::NilOf(_))
}

/// Whether `==` is defined for the type of a value.
pub(crate) fn is_comparable(value: &Value) -> bool {
    !matches!(value.kind(), Kind::Slice | Kind::Map | Kind::Function)
}
