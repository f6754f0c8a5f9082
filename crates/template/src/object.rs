//! Values of Go types that are structs, or pointers to structs.

use std::any::Any;
use std::rc::Rc;

use crate::function::Function;
use crate::text::Text;
use crate::value::Value;

/// A value of a struct, or a pointer to one. Named maps, slices, strings and numbers are
/// [`crate::Named`].
pub trait Object: Any {
    /// The type as Go prints it: `time.Time`, `*semver.Version`.
    fn go_type(&self) -> &str;

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

    /// The fields as JSON and YAML name them, in the order of their declaration: by default the exported
    /// ones under their own names.
    fn json_fields(&self) -> Vec<(&'static str, Value)> {
        let mut fields = self.fields();
        fields.retain(|(name, _)| name.starts_with(|c: char| c.is_ascii_uppercase()));
        fields
    }

    /// A method by its name, bound to the value. Methods are found before fields and keys.
    fn method(&self, _name: &[u8]) -> Option<Rc<dyn Function>> {
        None
    }

    /// What its `String` or `Error` method returns, if it has one.
    fn text(&self) -> Option<Text> {
        None
    }

    /// What the `String` method of its pointer returns, if only that has one: Go calls it where an action
    /// prints the field of a struct, and nowhere else.
    fn pointer_text(&self) -> Option<Text> {
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
