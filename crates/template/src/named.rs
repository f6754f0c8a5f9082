//! Values of Go types that have a name of their own and are no structs.

use std::rc::Rc;

use crate::function::Function;
use crate::text::Text;
use crate::value::Value;

/// A named map, slice, string or number: `common.Values`, `time.Duration`.
pub struct Named {
    named: Rc<dyn NamedType>,
    pub(crate) base: Value,
}

/// What a type adds to the values under its name.
pub trait NamedType {
    /// Its name as Go prints it: `time.Duration`.
    fn name(&self) -> &str;

    /// A method by its name, bound to the value. Methods are found before keys.
    fn method(&self, _base: &Value, _name: &[u8]) -> Option<Rc<dyn Function>> {
        None
    }

    /// What the `String` method of the value returns, if it has one.
    fn text(&self, _base: &Value) -> Option<Text> {
        None
    }
}

impl Named {
    /// A value of a type.
    pub fn new(named: Rc<dyn NamedType>, base: Value) -> Self {
        Self { named, base }
    }

    /// The name of its type.
    pub fn type_name(&self) -> &str {
        self.named.name()
    }

    /// The value under the name.
    pub fn base(&self) -> &Value {
        &self.base
    }

    /// Another value of the same type.
    pub fn with_base(&self, base: Value) -> Value {
        Value::Named(Rc::new(Self::new(Rc::clone(&self.named), base)))
    }

    /// A method by its name, bound to the value.
    pub fn method(&self, name: &[u8]) -> Option<Rc<dyn Function>> {
        self.named.method(&self.base, name)
    }

    /// What its `String` method returns, if it has one.
    pub fn text(&self) -> Option<Text> {
        self.named.text(&self.base)
    }
}
