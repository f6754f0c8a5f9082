//! Fields that a manager owned under an older schema. Source: structured-merge-diff v6,
//! `typed/reconcile_schema.go`.

use crate::schema::{Shape, TypeRef};
use crate::{Entry, FieldSet, PathElement, Schema};

/// The set as the schema of today sees it: of a list or map that became atomic, the whole is owned
/// instead of its parts.
pub(crate) fn reconcile(schema: &Schema, set: &FieldSet) -> FieldSet {
    let mut walk = Walk { path: Vec::new(), whole: FieldSet::default() };
    walk.visit(&schema.root, set, false);
    if walk.whole.is_empty() {
        return set.clone();
    }
    set.recursive_difference(&walk.whole).union(&walk.whole)
}

struct Walk {
    path: Vec<PathElement>,
    whole: FieldSet,
}

impl Walk {
    /// `alone` says that the field is a member without members below it.
    fn visit(&mut self, of: &TypeRef, set: &FieldSet, alone: bool) {
        match of.resolve().shape(None) {
            Shape::Scalar(_) | Shape::Nothing => {}
            Shape::List { atomic: true, .. } if !alone => self.whole.insert(&self.path),
            Shape::List { of, .. } => {
                set.entries().for_each(|entry| self.descend(&of.element, entry));
            }
            Shape::Map { of, .. } if of.is_deduced() => {}
            Shape::Map { atomic: true, .. } if !alone => {
                if !set.is_empty() {
                    self.whole.insert(&self.path);
                }
            }
            Shape::Map { of, .. } => {
                for entry in set.entries() {
                    let member = match entry.element {
                        PathElement::Field(name) => of.member(name),
                        _ => of.others.as_ref(),
                    };
                    if let Some(of) = member {
                        self.descend(of, entry);
                    }
                }
            }
        }
    }

    fn descend(&mut self, of: &TypeRef, entry: Entry<'_>) {
        self.path.push(entry.element.clone());
        self.visit(of, entry.children, entry.member && entry.children.is_empty());
        self.path.pop();
    }
}
