//! What templates compute with.

use std::fmt;
use std::rc::Rc;

use crate::containers::{List, Map};
use crate::function::Function;
use crate::named::{Named, NamedType};
use crate::object::Object;
use crate::text::Text;
use crate::types::{FloatType, IntType, Type, UintType};

/// A Go value. Cloning is cheap: maps, lists and objects are shared, so a change of a map is seen by
/// everyone who holds it.
#[derive(Clone, Default)]
pub enum Value {
    /// The untyped nil.
    #[default]
    Nil,
    /// The nil of a type that can be nil: a map, a slice, a pointer.
    NilOf(Type),
    /// A boolean.
    Bool(bool),
    /// A signed integer.
    Int(i64, IntType),
    /// An unsigned integer.
    Uint(u64, UintType),
    /// A floating-point number.
    Float(f64, FloatType),
    /// A complex number: its real and imaginary part.
    Complex(f64, f64),
    /// A string.
    String(Text),
    /// `[]byte`.
    Bytes(Text),
    /// A slice.
    List(Rc<List>),
    /// A map.
    Map(Rc<Map>),
    /// A function.
    Function(Rc<dyn Function>),
    /// A value of a type with a name that is no struct.
    Named(Rc<Named>),
    /// A struct, or a pointer to one.
    Object(Rc<dyn Object>),
}

/// What a value is at its core, named types resolved (`reflect.Kind`, as far as templates tell).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Kind {
    Invalid,
    Bool,
    Int,
    Uint,
    Float,
    Complex,
    String,
    Slice,
    Map,
    Function,
    Pointer,
    Struct,
}

impl Value {
    /// An `int`.
    pub fn int(number: i64) -> Self {
        Self::Int(number, IntType::Int)
    }

    /// An `int64`.
    pub fn int64(number: i64) -> Self {
        Self::Int(number, IntType::Int64)
    }

    /// A `float64`.
    pub fn float(number: f64) -> Self {
        Self::Float(number, FloatType::Float64)
    }

    /// A `[]interface {}`.
    pub fn list(items: Vec<Self>) -> Self {
        Self::List(Rc::new(List::new(items)))
    }

    /// A slice of elements that are all of the type.
    pub fn list_of(element: Type, items: Vec<Self>) -> Self {
        Self::List(Rc::new(List::of(element, items)))
    }

    /// A `map[string]interface {}`.
    pub fn map(entries: impl IntoIterator<Item = (Text, Self)>) -> Self {
        Self::Map(Rc::new(Map::new(entries)))
    }

    /// A value of a type with a name.
    pub fn named(named: impl NamedType + 'static, base: Self) -> Self {
        Self::Named(Rc::new(Named::new(Rc::new(named), base)))
    }

    /// A value of a type with a name that says what is under it only when that is asked for.
    pub fn lazy(named: impl NamedType + 'static) -> Self {
        Self::Named(Rc::new(Named::lazy(Rc::new(named))))
    }

    /// An object.
    pub fn object(object: impl Object + 'static) -> Self {
        Self::Object(Rc::new(object))
    }

    /// Whether it is the untyped nil.
    pub fn is_nil(&self) -> bool {
        matches!(self, Self::Nil)
    }

    /// The value under a named type: the map of a named map, the number of a `time.Duration`.
    pub fn base(&self) -> &Self {
        match self {
            Self::Named(named) => named.base().base(),
            other => other,
        }
    }

    /// Another underlying value with this value's named type, if it has one.
    pub(crate) fn rebased(&self, base: Self) -> Self {
        match self {
            Self::Named(named) => named.with_base(base),
            _ => base,
        }
    }

    /// What it is at its core.
    pub fn kind(&self) -> Kind {
        match self.base() {
            Self::Nil => Kind::Invalid,
            Self::Bool(_) => Kind::Bool,
            Self::Int(..) => Kind::Int,
            Self::Uint(..) => Kind::Uint,
            Self::Float(..) => Kind::Float,
            Self::Complex(..) => Kind::Complex,
            Self::String(_) => Kind::String,
            Self::Bytes(_) | Self::List(_) => Kind::Slice,
            Self::Map(_) => Kind::Map,
            Self::Function(_) => Kind::Function,
            Self::Object(object) if object.is_pointer() => Kind::Pointer,
            // What is under a name has none.
            Self::Named(_) | Self::Object(_) => Kind::Struct,
            Self::NilOf(nil) => nil_kind(nil),
        }
    }

    /// Its kind by Go's name (`reflect.Kind`): `slice`, `map`, `ptr`, `float64`; `invalid` for nil.
    pub fn kind_name(&self) -> &'static str {
        match (self.kind(), self.base()) {
            (_, Self::Int(_, kind)) => kind.name(),
            (_, Self::Uint(_, kind)) => kind.name(),
            (_, Self::Float(_, kind)) => kind.name(),
            (Kind::Bool, _) => "bool",
            (Kind::Complex, _) => "complex128",
            (Kind::String, _) => "string",
            (Kind::Slice, _) => "slice",
            (Kind::Map, _) => "map",
            (Kind::Function, _) => "func",
            (Kind::Pointer, _) => "ptr",
            (Kind::Struct, _) => "struct",
            (Kind::Invalid | Kind::Int | Kind::Uint | Kind::Float, _) => "invalid",
        }
    }

    /// Its type; `None` for the untyped nil.
    pub fn go_type(&self) -> Option<Type> {
        Some(match self {
            Self::Nil => return None,
            Self::NilOf(nil) => nil.clone(),
            Self::Bool(_) => Type::Bool,
            Self::Int(_, kind) => Type::Int(*kind),
            Self::Uint(_, kind) => Type::Uint(*kind),
            Self::Float(_, kind) => Type::Float(*kind),
            Self::Complex(..) => Type::Complex,
            Self::String(_) => Type::String,
            Self::Bytes(_) => Type::Bytes,
            Self::List(list) => Type::list_of(list.element().clone()),
            Self::Map(map) => Type::map_of(map.element().clone()),
            Self::Function(function) => Type::Function(function.signature().go_type().into()),
            Self::Named(named) => Type::named(named.type_name()),
            Self::Object(object) => Type::named(object.go_type()),
        })
    }

    /// The name of its type as `%T` prints it: `<nil>` for the untyped nil.
    pub fn type_name(&self) -> String {
        self.go_type().map_or_else(|| "<nil>".to_owned(), |go_type| go_type.to_string())
    }

    /// Go's truth: false are nil, false, zero, and what has no elements. A struct is always true.
    pub fn truth(&self) -> bool {
        match self.base() {
            Self::Nil | Self::NilOf(_) => false,
            Self::Bool(truth) => *truth,
            Self::Int(number, _) => *number != 0,
            Self::Uint(number, _) => *number != 0,
            Self::Float(number, _) => *number != 0.0,
            Self::Complex(real, imaginary) => *real != 0.0 || *imaginary != 0.0,
            Self::String(text) | Self::Bytes(text) => !text.is_empty(),
            Self::List(list) => !list.items().is_empty(),
            Self::Map(map) => map.count() > 0,
            Self::Function(_) | Self::Named(_) | Self::Object(_) => true,
        }
    }

    /// The text of a string, also of a named one.
    pub fn as_text(&self) -> Option<&Text> {
        match self.base() {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The map, also of a named one; not a nil map.
    pub fn as_map(&self) -> Option<&Rc<Map>> {
        match self.base() {
            Self::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The elements of a slice other than `[]byte`, also of a named one; none for a nil slice.
    pub fn as_items(&self) -> Option<&[Self]> {
        match self.base() {
            Self::List(list) => Some(list.items()),
            Self::NilOf(Type::List(_)) => Some(&[]),
            _ => None,
        }
    }

    /// Whether a parameter of the type takes the value as it is (Go's assignability).
    pub fn is_assignable_to(&self, wanted: &Type) -> bool {
        match (wanted, self) {
            (Type::Any | Type::Reflected, _) | (Type::String, Self::String(_)) => true,
            (Type::Error, Self::Object(object)) => object.is_error(),
            // A named map or slice is assignable where its underlying type is wanted, which has no
            // name; a named string or number is not.
            (Type::Map(_) | Type::List(_) | Type::Bytes, Self::Named(named)) => {
                named.base().is_assignable_to(wanted)
            }
            // A pointer is dereferenced where what it points to is wanted.
            (Type::Named(name), Self::Object(object)) => {
                let given = object.go_type();
                given == &**name || given.strip_prefix('*') == Some(name)
            }
            _ => self.go_type().is_some_and(|given| given == *wanted),
        }
    }

    /// The zero value of a type.
    pub fn zero(of: &Type) -> Self {
        match of {
            Type::Any | Type::Reflected | Type::Error => Self::Nil,
            Type::Bool => Self::Bool(false),
            Type::Int(kind) => Self::Int(0, *kind),
            Type::Uint(kind) => Self::Uint(0, *kind),
            Type::Float(kind) => Self::Float(0.0, *kind),
            Type::Complex => Self::Complex(0.0, 0.0),
            Type::String => Self::String(Text::default()),
            Type::Bytes | Type::List(_) | Type::Map(_) | Type::Function(_) | Type::Named(_) => {
                Self::NilOf(of.clone())
            }
        }
    }
}

fn nil_kind(nil: &Type) -> Kind {
    match nil {
        Type::Bytes | Type::List(_) => Kind::Slice,
        Type::Map(_) => Kind::Map,
        Type::Function(_) => Kind::Function,
        Type::Any
        | Type::Reflected
        | Type::Error
        | Type::Bool
        | Type::Int(_)
        | Type::Uint(_)
        | Type::Float(_)
        | Type::Complex
        | Type::String
        | Type::Named(_) => Kind::Pointer,
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text.into())
    }
}

impl From<Text> for Value {
    fn from(text: Text) -> Self {
        Self::String(text)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl fmt::Debug for Value {
    /// Prints the type only: a value may contain itself.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.type_name())
    }
}
