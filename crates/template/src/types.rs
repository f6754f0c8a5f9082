//! The Go types that values of templates have, and their names.

use std::fmt;
use std::sync::Arc;

/// The type of a value, of a parameter, or of what a function returns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// `interface {}`: anything, nil included.
    Any,
    /// `reflect.Value`, as builtin functions take: anything, and they see whether there is a value.
    Reflected,
    /// `error`.
    Error,
    /// `bool`.
    Bool,
    /// A signed integer.
    Int(IntType),
    /// An unsigned integer.
    Uint(UintType),
    /// A floating-point number.
    Float(FloatType),
    /// `complex128`.
    Complex,
    /// `string`.
    String,
    /// `[]uint8`.
    Bytes,
    /// A slice of the given elements.
    List(Arc<Type>),
    /// A map from strings to the given elements.
    Map(Arc<Type>),
    /// A function; its Go type in words.
    Function(Arc<str>),
    /// A type with a name of its own, as Go prints it: `time.Time`, `*semver.Version`.
    Named(Arc<str>),
}

/// The signed integers of Go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum IntType {
    Int,
    Int8,
    Int16,
    Int32,
    Int64,
}

/// The unsigned integers of Go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum UintType {
    Uint,
    Uint8,
    Uint16,
    Uint32,
    Uint64,
}

/// The floating-point numbers of Go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum FloatType {
    Float32,
    Float64,
}

impl Type {
    /// `int`.
    pub const INT: Self = Self::Int(IntType::Int);
    /// `int64`.
    pub const INT64: Self = Self::Int(IntType::Int64);
    /// `float64`.
    pub const FLOAT64: Self = Self::Float(FloatType::Float64);

    /// `[]interface {}`.
    pub fn list() -> Self {
        Self::list_of(Self::Any)
    }

    /// `map[string]interface {}`.
    pub fn map() -> Self {
        Self::map_of(Self::Any)
    }

    /// A slice of such elements.
    pub fn list_of(element: Self) -> Self {
        match element {
            Self::Uint(UintType::Uint8) => Self::Bytes,
            other => Self::List(Arc::new(other)),
        }
    }

    /// A map from strings to such elements.
    pub fn map_of(element: Self) -> Self {
        Self::Map(Arc::new(element))
    }

    /// A named type.
    pub fn named(name: &str) -> Self {
        Self::Named(Arc::from(name))
    }

    /// Whether nil may stand for a value of the type.
    pub(crate) fn can_be_nil(&self) -> bool {
        match self {
            Self::Any
            | Self::Reflected
            | Self::Error
            | Self::Bytes
            | Self::List(_)
            | Self::Map(_)
            | Self::Function(_) => true,
            Self::Named(name) => name.starts_with('*'),
            Self::Bool
            | Self::Int(_)
            | Self::Uint(_)
            | Self::Float(_)
            | Self::Complex
            | Self::String => false,
        }
    }

    /// Whether a value of the type is an interface that holds another.
    pub(crate) fn is_interface(&self) -> bool {
        matches!(self, Self::Any | Self::Error)
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("interface {}"),
            Self::Reflected => f.write_str("reflect.Value"),
            Self::Error => f.write_str("error"),
            Self::Bool => f.write_str("bool"),
            Self::Int(kind) => f.write_str(kind.name()),
            Self::Uint(kind) => f.write_str(kind.name()),
            Self::Float(kind) => f.write_str(kind.name()),
            Self::Complex => f.write_str("complex128"),
            Self::String => f.write_str("string"),
            Self::Bytes => f.write_str("[]uint8"),
            Self::List(element) => write!(f, "[]{element}"),
            Self::Map(element) => write!(f, "map[string]{element}"),
            Self::Function(name) | Self::Named(name) => f.write_str(name),
        }
    }
}

impl IntType {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Int => "int",
            Self::Int8 => "int8",
            Self::Int16 => "int16",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
        }
    }

    /// Cuts a number to what the type holds, as a conversion in Go does.
    #[expect(clippy::cast_possible_truncation, reason = "Go's conversions cut off high bits")]
    pub fn wrap(self, number: i64) -> i64 {
        match self {
            Self::Int | Self::Int64 => number,
            Self::Int8 => i64::from(number as i8),
            Self::Int16 => i64::from(number as i16),
            Self::Int32 => i64::from(number as i32),
        }
    }
}

impl UintType {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Uint => "uint",
            Self::Uint8 => "uint8",
            Self::Uint16 => "uint16",
            Self::Uint32 => "uint32",
            Self::Uint64 => "uint64",
        }
    }

    /// Cuts a number to what the type holds, as a conversion in Go does.
    #[expect(clippy::cast_possible_truncation, reason = "Go's conversions cut off high bits")]
    pub fn wrap(self, number: u64) -> u64 {
        match self {
            Self::Uint | Self::Uint64 => number,
            Self::Uint8 => u64::from(number as u8),
            Self::Uint16 => u64::from(number as u16),
            Self::Uint32 => u64::from(number as u32),
        }
    }
}

impl FloatType {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Float32 => "float32",
            Self::Float64 => "float64",
        }
    }
}
