//! Deep equality (Go's `reflect.DeepEqual`): types count, and what is nil differs from what is empty.
//!
//! Lists and maps are shared, so that two short chains of them may hold more pairs than there is time
//! for. As in Go, a pair that was compared, or is being compared, counts as equal: if it is not, that is
//! found where it was met first.

use std::collections::BTreeSet;
use std::rc::Rc;

use trimtab_template::{Depth, Error, List, Map, Object, Run, Value};

/// Whether two values are deeply equal.
pub(super) fn deep_equal(run: &Run<'_>, a: &Value, b: &Value) -> Result<bool, Error> {
    Comparison::default().values(a, b, Depth::of(run))
}

/// Pairs of lists and maps, by their addresses.
#[derive(Default)]
struct Comparison {
    visited: BTreeSet<(usize, usize)>,
}

impl Comparison {
    #[expect(clippy::float_cmp, reason = "the question is whether they are the same")]
    fn values(&mut self, a: &Value, b: &Value, depth: Depth<'_>) -> Result<bool, Error> {
        Ok(match (a, b) {
            (Value::Nil, Value::Nil) => true,
            (Value::NilOf(a), Value::NilOf(b)) => a == b,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Int(a, a_type), Value::Int(b, b_type)) => a == b && a_type == b_type,
            (Value::Uint(a, a_type), Value::Uint(b, b_type)) => a == b && a_type == b_type,
            (Value::Float(a, a_type), Value::Float(b, b_type)) => a == b && a_type == b_type,
            (Value::Complex(a, a_imaginary), Value::Complex(b, b_imaginary)) => {
                a == b && a_imaginary == b_imaginary
            }
            (Value::String(a), Value::String(b)) | (Value::Bytes(a), Value::Bytes(b)) => {
                depth.compare(a.len().min(b.len()))?;
                a == b
            }
            (Value::List(a), Value::List(b)) => return self.lists(a, b, depth),
            (Value::Map(a), Value::Map(b)) => return self.maps(a, b, depth),
            (Value::Named(a), Value::Named(b)) => {
                return Ok(
                    a.type_name() == b.type_name() && self.values(a.base(), b.base(), depth)?
                );
            }
            (Value::Object(a), Value::Object(b)) => return self.objects(&**a, &**b, depth),
            _ => false,
        })
    }

    fn lists(&mut self, a: &Rc<List>, b: &Rc<List>, depth: Depth<'_>) -> Result<bool, Error> {
        if a.element() != b.element() || a.items().len() != b.items().len() {
            return Ok(false);
        }
        // The same array is equal to itself, even if it has NaN in it.
        if Rc::ptr_eq(a, b) || self.is_known(Rc::as_ptr(a).addr(), Rc::as_ptr(b).addr()) {
            return Ok(true);
        }
        let depth = depth.enter(a.items().len())?;
        self.all(a.items().iter().zip(b.items()), depth)
    }

    fn maps(&mut self, a: &Rc<Map>, b: &Rc<Map>, depth: Depth<'_>) -> Result<bool, Error> {
        if a.element() != b.element() || a.count() != b.count() {
            return Ok(false);
        }
        if Rc::ptr_eq(a, b) || self.is_known(Rc::as_ptr(a).addr(), Rc::as_ptr(b).addr()) {
            return Ok(true);
        }
        let depth = depth.enter(a.count())?;
        let (a, b) = (a.entries(), b.entries());
        Ok(a.keys().eq(b.keys()) && self.all(a.values().zip(b.values()), depth)?)
    }

    fn objects(&mut self, a: &dyn Object, b: &dyn Object, depth: Depth<'_>) -> Result<bool, Error> {
        if a.go_type() != b.go_type() {
            return Ok(false);
        }
        let (a_fields, b_fields) = (a.fields(), b.fields());
        let depth = depth.enter(a_fields.len())?;
        let pairs = a_fields.iter().zip(&b_fields).map(|((_, a), (_, b))| (a, b));
        Ok(a.text() == b.text() && self.all(pairs, depth)?)
    }

    /// Whether the pair was met before.
    fn is_known(&mut self, a: usize, b: usize) -> bool {
        !self.visited.insert((a, b))
    }

    fn all<'v>(
        &mut self,
        pairs: impl Iterator<Item = (&'v Value, &'v Value)>,
        depth: Depth<'_>,
    ) -> Result<bool, Error> {
        for (a, b) in pairs {
            if !self.values(a, b, depth)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
