//! Values of Go types that have a name of their own and are no structs.

use std::cell::OnceCell;
use std::rc::Rc;

use crate::function::Function;
use crate::text::Text;
use crate::value::Value;

/// A named map, slice, string or number: `common.Values`, `time.Duration`.
pub struct Named {
    named: Rc<dyn NamedType>,
    pub(crate) base: OnceCell<Value>,
}

/// What a type adds to the values under its name.
pub trait NamedType {
    /// Its name as Go prints it: `time.Duration`.
    fn name(&self) -> &str;

    /// A method by its name, bound to the value. Methods are found before keys.
    fn method(&self, _base: &Value, _name: &[u8]) -> Option<Rc<dyn Function>> {
        None
    }

    /// What is under the name of a value that was made without it ([`Named::lazy`]). Its methods may be
    /// called before, and are given nil then.
    fn base(&self) -> Value {
        Value::Nil
    }

    /// What the `String` method of the value returns, if it has one.
    fn text(&self, _base: &Value) -> Option<Text> {
        None
    }
}

impl Named {
    /// A value of a type.
    pub fn new(named: Rc<dyn NamedType>, base: Value) -> Self {
        Self { named, base: OnceCell::from(base) }
    }

    /// A value of a type that says what is under its name only when that is asked for.
    pub fn lazy(named: Rc<dyn NamedType>) -> Self {
        Self { named, base: OnceCell::new() }
    }

    /// The name of its type.
    pub fn type_name(&self) -> &str {
        self.named.name()
    }

    /// The value under the name.
    pub fn base(&self) -> &Value {
        self.base.get_or_init(|| self.named.base())
    }

    /// Another value of the same type.
    pub fn with_base(&self, base: Value) -> Value {
        Value::Named(Rc::new(Self::new(Rc::clone(&self.named), base)))
    }

    /// A method by its name, bound to the value.
    pub fn method(&self, name: &[u8]) -> Option<Rc<dyn Function>> {
        self.named.method(self.base.get().unwrap_or(&Value::Nil), name)
    }

    /// What its `String` method returns, if it has one.
    pub fn text(&self) -> Option<Text> {
        self.named.text(self.base())
    }
}
