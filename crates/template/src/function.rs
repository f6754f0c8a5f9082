//! Functions that templates call.

use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use crate::builtin::Builtin;
use crate::containers::Map;
use crate::error::Error;
use crate::run::Run;
use crate::text::Text;
use crate::types::Type;
use crate::value::Value;

/// What a function takes and returns. Arguments are checked against it before the function is called,
/// with Go's words where they do not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    parameters: Vec<Type>,
    variadic: Option<Type>,
    result: Type,
}

impl Signature {
    /// A function with these parameters and this result.
    pub fn new(parameters: impl IntoIterator<Item = Type>, result: Type) -> Self {
        Self { parameters: parameters.into_iter().collect(), variadic: None, result }
    }

    /// The same with any number of further parameters.
    #[must_use]
    pub fn and_any_number_of(self, parameter: Type) -> Self {
        Self { variadic: Some(parameter), ..self }
    }

    /// What it returns.
    pub fn result(&self) -> &Type {
        &self.result
    }

    pub(crate) fn fixed(&self) -> usize {
        self.parameters.len()
    }

    pub(crate) fn is_variadic(&self) -> bool {
        self.variadic.is_some()
    }

    /// The type of the parameter at a place; of arguments too many, there is none.
    pub(crate) fn parameter(&self, index: usize) -> Option<&Type> {
        self.parameters.get(index).or(self.variadic.as_ref())
    }

    /// The type as Go prints it, but for the error that a function may return.
    pub(crate) fn go_type(&self) -> String {
        let fixed = self.parameters.iter().map(ToString::to_string);
        let variadic = self.variadic.iter().map(|parameter| format!("...{parameter}"));
        let parameters: Vec<String> = fixed.chain(variadic).collect();
        format!("func({}) {}", parameters.join(", "), self.result)
    }
}

/// A function. It is called with arguments that fit its signature.
pub trait Function {
    /// What it takes and returns.
    fn signature(&self) -> &Signature;

    /// Computes its result. The run is there for functions that carry out templates, allocate, or ask
    /// the run's context.
    ///
    /// # Errors
    /// Whatever the function says; the run stops with it.
    fn call(&self, run: &mut Run<'_>, arguments: Arguments<'_>) -> Result<Value, Error>;
}

/// A function made of a signature and a closure.
pub struct Native<F> {
    signature: Signature,
    body: F,
}

impl<F> Native<F>
where
    F: Fn(&mut Run<'_>, Arguments<'_>) -> Result<Value, Error>,
{
    /// The function.
    pub fn new(signature: Signature, body: F) -> Self {
        Self { signature, body }
    }
}

impl<F> Function for Native<F>
where
    F: Fn(&mut Run<'_>, Arguments<'_>) -> Result<Value, Error>,
{
    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn call(&self, run: &mut Run<'_>, arguments: Arguments<'_>) -> Result<Value, Error> {
        (self.body)(run, arguments)
    }
}

/// The arguments of a call. The readers fail only where the function asks for what its signature does
/// not promise.
#[derive(Clone, Copy)]
pub struct Arguments<'a>(pub &'a [Value]);

impl<'a> Arguments<'a> {
    /// How many there are.
    pub fn count(self) -> usize {
        self.0.len()
    }

    /// The argument at a place; nil if there is none.
    pub fn at(self, index: usize) -> &'a Value {
        self.0.get(index).unwrap_or(&Value::Nil)
    }

    /// The arguments from a place on.
    pub fn from(self, index: usize) -> &'a [Value] {
        self.0.get(index..).unwrap_or_default()
    }

    /// A string.
    pub fn text(self, index: usize) -> Result<&'a Text, Error> {
        self.at(index).as_text().ok_or_else(|| self.mismatch(index, "a string"))
    }

    /// A boolean.
    pub fn truth(self, index: usize) -> Result<bool, Error> {
        match self.at(index).base() {
            Value::Bool(truth) => Ok(*truth),
            _ => Err(self.mismatch(index, "a boolean")),
        }
    }

    /// A signed integer.
    pub fn int(self, index: usize) -> Result<i64, Error> {
        match self.at(index).base() {
            Value::Int(number, _) => Ok(*number),
            _ => Err(self.mismatch(index, "an integer")),
        }
    }

    /// A floating-point number.
    pub fn float(self, index: usize) -> Result<f64, Error> {
        match self.at(index).base() {
            Value::Float(number, _) => Ok(*number),
            _ => Err(self.mismatch(index, "a number")),
        }
    }

    /// A map; `None` for a nil map.
    pub fn map(self, index: usize) -> Result<Option<&'a Rc<Map>>, Error> {
        match self.at(index).base() {
            Value::Map(map) => Ok(Some(map)),
            Value::NilOf(_) | Value::Nil => Ok(None),
            _ => Err(self.mismatch(index, "a map")),
        }
    }

    /// The elements of a slice.
    pub fn items(self, index: usize) -> Result<&'a [Value], Error> {
        self.at(index).as_items().ok_or_else(|| self.mismatch(index, "a list"))
    }

    fn mismatch(self, index: usize, wanted: &str) -> Error {
        let given = self.at(index).type_name();
        Error::misuse(format!("argument {index} is not {wanted} but {given}"))
    }
}

/// The number of a function in its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FunctionId(u32);

/// The functions that templates may call, by name. Those of text/template are there from the start.
/// Names are looked up once, when a text is parsed.
#[derive(Clone)]
pub struct Functions {
    entries: Vec<Entry>,
    names: BTreeMap<Text, FunctionId>,
}

#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) signature: Signature,
    pub(crate) body: Body,
}

#[derive(Clone)]
pub(crate) enum Body {
    Builtin(Builtin),
    Other(Arc<dyn Function + Send + Sync>),
}

impl Default for Functions {
    fn default() -> Self {
        let mut functions = Self { entries: Vec::new(), names: BTreeMap::new() };
        for builtin in Builtin::ALL {
            let entry = Entry { signature: builtin.signature(), body: Body::Builtin(builtin) };
            functions.put(builtin.name(), entry);
        }
        functions
    }
}

impl Functions {
    /// Adds a function; one of the same name is replaced.
    pub fn add(&mut self, name: &str, function: impl Function + Send + Sync + 'static) {
        let signature = function.signature().clone();
        self.put(name, Entry { signature, body: Body::Other(Arc::new(function)) });
    }

    /// Adds a function made of a closure; one of the same name is replaced.
    pub fn add_native<F>(&mut self, name: &str, signature: Signature, body: F)
    where
        F: Fn(&mut Run<'_>, Arguments<'_>) -> Result<Value, Error> + Send + Sync + 'static,
    {
        self.add(name, Native::new(signature, body));
    }

    /// Their names, in order.
    pub fn names(&self) -> impl Iterator<Item = &Text> {
        self.names.keys()
    }

    fn put(&mut self, name: &str, entry: Entry) {
        let id = FunctionId(crate::tree::offset(self.entries.len()));
        self.entries.push(entry);
        self.names.insert(Text::from(name), id);
    }

    pub(crate) fn id(&self, name: &[u8]) -> Option<FunctionId> {
        self.names.get(name).copied()
    }

    pub(crate) fn entry(&self, id: FunctionId) -> &Entry {
        &self.entries[id.0 as usize]
    }
}

impl fmt::Debug for Functions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names.keys()).finish()
    }
}
