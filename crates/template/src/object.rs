//! Values of Go types that have methods or fields.

use std::any::Any;
use std::rc::Rc;

use crate::function::Function;
use crate::text::Text;
use crate::value::Value;

/// A value of a named Go type: a struct, a pointer to one, or a named map, slice, string or number.
pub trait Object: Any {
    /// The type as Go prints it: `time.Time`, `*semver.Version`, `common.Values`.
    fn go_type(&self) -> &str;

    /// The underlying value of a named map, slice, string or number; `None` for a struct and for a
    /// pointer to one.
    fn base(&self) -> Option<&Value> {
        None
    }

    /// Gives the underlying value away, because this is dropped next: values nest as deep as a run has
    /// steps, so what a value holds is dropped in a loop and not inside of it. Whoever has a `base` that
    /// may be a map or a slice has this.
    fn take_base(&mut self) -> Option<Value> {
        None
    }

    /// A value of the same type with another underlying value: a part of a named slice, a number up to
    /// a named one. Without it such values lose the name.
    fn with_base(&self, _base: Value) -> Option<Value> {
        None
    }

    /// Whether it is a pointer to a struct. The type's name says it.
    fn is_pointer(&self) -> bool {
        self.go_type().starts_with('*')
    }

    /// A field of the struct by its name.
    fn field(&self, _name: &[u8]) -> Option<Value> {
        None
    }

    /// The fields in the order of their declaration, as `%v` prints them.
    fn fields(&self) -> Vec<(&'static str, Value)> {
        Vec::new()
    }

    /// A method by its name, bound to the value. Methods are found before fields and keys.
    fn method(&self, _name: &[u8]) -> Option<Rc<dyn Function>> {
        None
    }

    /// What its `String` or `Error` method returns, if it has one.
    fn text(&self) -> Option<Text> {
        None
    }

    /// Whether its `text` is that of an `Error` method.
    fn is_error(&self) -> bool {
        false
    }

    /// Whether it equals another (Go's `==`), if it can be compared; `None` compares pointers.
    fn equals(&self, _other: &Value) -> Option<bool> {
        None
    }

    /// Itself, for those who know its Rust type.
    fn as_any(&self) -> &dyn Any;
}
