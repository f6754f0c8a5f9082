//! What can be computed from two sets.

use super::{FieldSet, Node};
use std::cmp::Ordering;

impl FieldSet {
    /// The members of either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let mut out = Vec::with_capacity(self.nodes.len().max(other.nodes.len()));
        zip(self, other, |left, right| {
            out.extend(match (left, right) {
                (Some(left), Some(right)) => Some(Node {
                    element: left.element.clone(),
                    member: left.member || right.member,
                    children: left.children.union(&right.children),
                }),
                (Some(only), None) | (None, Some(only)) => Some(only.clone()),
                (None, None) => None,
            });
        });
        Self::from_nodes(out)
    }

    /// The members of both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let mut out = Vec::new();
        zip(self, other, |left, right| {
            if let (Some(left), Some(right)) = (left, right) {
                let children = left.children.intersection(&right.children);
                keep(left, left.member && right.member, children, &mut out);
            }
        });
        Self::from_nodes(out)
    }

    /// The members of this set that are not members of the other. A member's children stay.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        let mut out = Vec::with_capacity(self.nodes.len());
        zip(self, other, |left, right| match (left, right) {
            (Some(left), Some(right)) => {
                let children = left.children.difference(&right.children);
                keep(left, left.member && !right.member, children, &mut out);
            }
            (Some(left), None) => out.push(left.clone()),
            (None, _) => {}
        });
        Self::from_nodes(out)
    }

    /// The members of this set that are neither members of the other nor below one.
    #[must_use]
    pub fn recursive_difference(&self, other: &Self) -> Self {
        let mut out = Vec::with_capacity(self.nodes.len());
        zip(self, other, |left, right| match (left, right) {
            (Some(_), Some(right)) if right.member => {}
            (Some(left), Some(right)) => {
                let children = left.children.recursive_difference(&right.children);
                keep(left, left.member, children, &mut out);
            }
            (Some(left), None) => out.push(left.clone()),
            (None, _) => {}
        });
        Self::from_nodes(out)
    }

    /// The members that have no member below them.
    #[must_use]
    pub fn leaves(&self) -> Self {
        let leaf = |node: &Node| Node {
            element: node.element.clone(),
            member: node.member && node.children.is_empty(),
            children: node.children.leaves(),
        };
        Self::from_nodes(self.nodes.iter().map(leaf).collect())
    }

    /// The same tree with other members, decided for each step; `decide` gets the way to the step.
    pub(crate) fn map_nodes<C: Copy>(
        &self,
        context: C,
        decide: &impl Fn(C, super::Entry<'_>) -> (bool, C),
    ) -> Self {
        let node = |node: &Node| {
            let entry = super::Entry {
                element: &node.element,
                member: node.member,
                children: &node.children,
            };
            let (member, below) = decide(context, entry);
            let children = node.children.map_nodes(below, decide);
            Node { element: node.element.clone(), member, children }
        };
        Self::from_nodes(self.nodes.iter().map(node).collect())
    }
}

fn keep(node: &Node, member: bool, children: FieldSet, out: &mut Vec<Node>) {
    if member || !children.is_empty() {
        out.push(Node { element: node.element.clone(), member, children });
    }
}

/// Visits the steps of two sets in order, equal ones together.
fn zip<'a>(
    left: &'a FieldSet,
    right: &'a FieldSet,
    mut visit: impl FnMut(Option<&'a Node>, Option<&'a Node>),
) {
    let (mut l, mut r) = (left.nodes.iter().peekable(), right.nodes.iter().peekable());
    loop {
        let order = match (l.peek(), r.peek()) {
            (Some(left), Some(right)) => left.element.cmp(&right.element),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return,
        };
        match order {
            Ordering::Less => visit(l.next(), None),
            Ordering::Equal => visit(l.next(), r.next()),
            Ordering::Greater => visit(None, r.next()),
        }
    }
}
