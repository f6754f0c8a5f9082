//! Values of all types.

use std::rc::Rc;

use super::Printer;
use crate::depth::VALUE_LEVELS_MAX;
use crate::error::Bound;
use crate::named::Named;
use crate::object::Object;
use crate::types::Type;
use crate::value::Value;

/// Where pointers point that are printed. Addresses differ from run to run in Go as well.
const ADDRESS: u64 = 0x00C0_0000_0000;

impl Printer<'_, '_> {
    /// Writes a value in a verb.
    pub(super) fn argument(&mut self, value: &Value, verb: char) {
        match (verb, value) {
            ('T' | 'v', Value::Nil) => self.pad(b"<nil>"),
            ('T', _) => {
                let name = value.type_name();
                let name = self.cut(name.as_bytes());
                self.pad(name);
            }
            ('p', _) => self.pointer(value, verb),
            // It wraps errors, and only where an error is made.
            ('w', _) => self.wrong_verb(value, verb),
            _ => self.value(value, verb, true),
        }
    }

    /// Writes that a value has no such verb.
    pub(super) fn wrong_verb(&mut self, value: &Value, verb: char) {
        let mut begin = String::from("%!");
        begin.push(verb);
        begin.push('(');
        self.push(begin.as_bytes());
        if value.is_nil() {
            self.push(b"<nil>");
        } else {
            let before = std::mem::replace(&mut self.is_wrong_verb, true);
            self.push(value.type_name().as_bytes());
            self.push(b"=");
            self.value(value, 'v', true);
            self.is_wrong_verb = before;
        }
        self.push(b")");
    }

    fn value(&mut self, value: &Value, verb: char, is_top: bool) {
        match value {
            Value::Nil if is_top => self.wrong_verb(value, verb),
            Value::Nil if self.flags.sharp_v => self.push(b"interface {}(nil)"),
            Value::Nil => self.push(b"<nil>"),
            Value::Bool(_)
            | Value::Int(..)
            | Value::Uint(..)
            | Value::Float(..)
            | Value::Complex(..)
            | Value::String(_) => self.basic(value, value, verb),
            Value::Bytes(bytes) => self.byte_list(bytes, verb, is_top),
            Value::List(list) => {
                let type_name = || value.type_name();
                self.elements(list.items(), verb, type_name);
            }
            Value::Map(_) => self.entries(value, verb),
            Value::NilOf(nil) => self.typed_nil(nil, value, verb),
            Value::Function(_) => self.pointer(value, verb),
            Value::Named(named) => self.named(named, value, verb),
            Value::Object(object) => self.object(object, value, verb, is_top),
        }
    }

    /// Writes a value that has no parts, or that the verb is wrong for `whole`, whose value it is.
    fn basic(&mut self, value: &Value, whole: &Value, verb: char) {
        let written = match value {
            Value::Bool(truth) => {
                let text: &[u8] = if *truth { b"true" } else { b"false" };
                matches!(verb, 't' | 'v').then(|| self.pad(text))
            }
            Value::Int(number, _) => self.signed(*number, verb),
            Value::Uint(number, _) => self.unsigned(*number, verb),
            Value::Float(number, kind) => self.float(*number, *kind, verb),
            Value::Complex(real, imaginary) => self.complex(*real, *imaginary, verb),
            Value::String(text) => self.string(text, verb),
            other => {
                self.value(other, verb, false);
                Some(())
            }
        };
        if written.is_none() {
            self.wrong_verb(whole, verb);
        }
    }

    fn byte_list(&mut self, bytes: &[u8], verb: char, is_top: bool) {
        let type_name = if is_top { "[]byte" } else { "[]uint8" };
        if self.bytes(bytes, verb, type_name).is_some() {
            return;
        }
        // No verb that comes here is `%#v`.
        self.push(b"[");
        for (index, byte) in bytes.iter().enumerate() {
            if self.sink.is_full() {
                return;
            }
            self.separate(index);
            let byte = Value::Uint(u64::from(*byte), crate::types::UintType::Uint8);
            self.value(&byte, verb, false);
        }
        self.push(b"]");
    }

    /// Goes one level deeper, unless it is too deep.
    fn nested(&mut self, write: impl FnOnce(&mut Self)) {
        if self.depth >= VALUE_LEVELS_MAX {
            self.sink.refuse(Bound::ValueDepth, VALUE_LEVELS_MAX);
        }
        if self.sink.is_full() {
            return;
        }
        self.depth += 1;
        write(self);
        self.depth -= 1;
    }

    fn elements(&mut self, items: &[Value], verb: char, type_name: impl Fn() -> String) {
        self.nested(|printer| {
            let sharp = printer.flags.sharp_v;
            if sharp {
                printer.push(type_name().as_bytes());
            }
            printer.push(if sharp { b"{" } else { b"[" });
            for (index, item) in items.iter().enumerate() {
                if printer.sink.is_full() {
                    return;
                }
                printer.separate(index);
                printer.value(item, verb, false);
            }
            printer.push(if sharp { b"}" } else { b"]" });
        });
    }

    fn entries(&mut self, value: &Value, verb: char) {
        let Value::Map(map) = value else {
            return;
        };
        self.nested(|printer| {
            let sharp = printer.flags.sharp_v;
            if sharp {
                printer.push(value.type_name().as_bytes());
            }
            printer.push(if sharp { b"{" } else { b"map[" });
            for (index, (key, element)) in map.entries().iter().enumerate() {
                if printer.sink.is_full() {
                    return;
                }
                printer.separate(index);
                printer.value(&Value::String(key.clone()), verb, false);
                printer.push(b":");
                printer.value(element, verb, false);
            }
            printer.push(if sharp { b"}" } else { b"]" });
        });
    }

    fn separate(&mut self, index: usize) {
        if index > 0 {
            self.push(if self.flags.sharp_v { b", " } else { b" " });
        }
    }

    fn typed_nil(&mut self, nil: &Type, value: &Value, verb: char) {
        let is_map = matches!(nil, Type::Map(_));
        match nil {
            Type::Map(_) | Type::List(_) | Type::Bytes if self.flags.sharp_v => {
                self.push(format!("{nil}(nil)").as_bytes());
            }
            Type::Map(_) | Type::List(_) => self.push(if is_map { b"map[]" } else { b"[]" }),
            Type::Bytes => self.byte_list(&[], verb, false),
            _ => self.pointer(value, verb),
        }
    }

    /// The address of what a value points to, or that it points nowhere.
    fn pointer(&mut self, value: &Value, verb: char) {
        let address = match value {
            Value::NilOf(_) => 0,
            Value::Object(object) if !object.is_pointer() => return self.wrong_verb(value, verb),
            Value::Named(named) if !matches!(named.base(), Value::Map(_) | Value::List(_)) => {
                return self.wrong_verb(value, verb);
            }
            Value::Function(_)
            | Value::Object(_)
            | Value::Named(_)
            | Value::Map(_)
            | Value::List(_)
            | Value::Bytes(_) => ADDRESS,
            _ => return self.wrong_verb(value, verb),
        };
        match verb {
            'v' if self.flags.sharp_v => {
                self.push(format!("({})(", value.type_name()).as_bytes());
                if address == 0 {
                    self.push(b"nil");
                } else {
                    self.hexadecimal(address);
                }
                self.push(b")");
            }
            'v' if address == 0 => self.pad(b"<nil>"),
            'v' | 'p' if self.flags.sharp => {
                let sharp = std::mem::take(&mut self.flags.sharp);
                let _written = self.unsigned(address, 'x');
                self.flags.sharp = sharp;
            }
            'v' | 'p' => self.hexadecimal(address),
            'b' | 'o' | 'd' | 'x' | 'X' => {
                let _written = self.unsigned(address, verb);
            }
            _ => self.wrong_verb(value, verb),
        }
    }

    fn object(&mut self, object: &Rc<dyn Object>, value: &Value, verb: char, is_top: bool) {
        if let Some(text) = object.text().filter(|_| self.asks_methods(verb)) {
            let _written = self.string(&text, verb);
            return;
        }
        if object.is_pointer() && !is_top {
            return self.pointer(value, verb);
        }
        self.nested(|printer| printer.fields(&**object, verb));
    }

    /// Whether the text is that of a `String` or `Error` method, if there is one.
    fn asks_methods(&self, verb: char) -> bool {
        matches!(verb, 'v' | 's' | 'x' | 'X' | 'q') && !self.flags.sharp_v && !self.is_wrong_verb
    }

    /// A value of a named type that is no struct.
    fn named(&mut self, named: &Named, whole: &Value, verb: char) {
        if let Some(text) = named.text().filter(|_| self.asks_methods(verb)) {
            let _written = self.string(&text, verb);
            return;
        }
        let type_name = named.type_name();
        match named.base() {
            Value::List(list) => {
                self.elements(list.items(), verb, || type_name.to_owned());
            }
            Value::Map(map) if self.flags.sharp_v => self.nested(|printer| {
                printer.push(type_name.as_bytes());
                printer.push(b"{");
                for (index, (key, element)) in map.entries().iter().enumerate() {
                    if printer.sink.is_full() {
                        return;
                    }
                    printer.separate(index);
                    printer.value(&Value::String(key.clone()), verb, false);
                    printer.push(b":");
                    printer.value(element, verb, false);
                }
                printer.push(b"}");
            }),
            other => self.basic(other, whole, verb),
        }
    }

    fn fields(&mut self, object: &dyn Object, verb: char) {
        let names = self.flags.plus_v || self.flags.sharp_v;
        let type_name = object.go_type();
        if object.is_pointer() && !self.is_pointee {
            self.push(b"&");
        }
        if self.flags.sharp_v {
            self.push(type_name.trim_start_matches('*').as_bytes());
        }
        self.push(b"{");
        for (index, (name, field)) in object.fields().iter().enumerate() {
            self.separate(index);
            if names {
                self.push(format!("{name}:").as_bytes());
            }
            self.value(field, verb, false);
        }
        self.push(b"}");
    }
}
