//! A set of fields: what a manager owns, what a document sets.

mod algebra;
mod compact;
mod text;

pub use compact::CompactFieldSet;

use crate::{FieldPath, PathElement};
use trimtab_model::Digest;

/// A set of field paths, as a tree. A field can be a member without its children being members, and
/// the other way round. Source: structured-merge-diff v6, `fieldpath/set.go`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldSet {
    /// Sorted by element, each element once; each node is a member or has children.
    nodes: Vec<Node>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Node {
    element: PathElement,
    member: bool,
    children: FieldSet,
}

/// One step of a set, as it is walked.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// The step.
    pub element: &'a PathElement,
    /// Whether the field itself is in the set.
    pub member: bool,
    /// The members below it.
    pub children: &'a FieldSet,
}

impl FieldSet {
    /// The set of nothing.
    pub const EMPTY: &'static Self = &Self { nodes: Vec::new() };

    /// Adds a field. The empty path is nobody's: it is not added.
    pub fn insert(&mut self, path: &[PathElement]) {
        let Some((first, rest)) = path.split_first() else { return };
        let node = self.node(first);
        if rest.is_empty() {
            node.member = true;
        } else {
            node.children.insert(rest);
        }
    }

    fn node(&mut self, element: &PathElement) -> &mut Node {
        let index = match self.find(element) {
            Ok(index) => index,
            Err(index) => {
                let node =
                    Node { element: element.clone(), member: false, children: Self::default() };
                self.nodes.insert(index, node);
                index
            }
        };
        &mut self.nodes[index]
    }

    fn find(&self, element: &PathElement) -> Result<usize, usize> {
        // Sets are read and built in order nearly always: look at the end first.
        match self.nodes.last() {
            Some(last) if last.element < *element => Err(self.nodes.len()),
            _ => self.nodes.binary_search_by(|node| node.element.cmp(element)),
        }
    }

    /// Whether the field is a member.
    pub fn contains(&self, path: &[PathElement]) -> bool {
        let Some((first, rest)) = path.split_first() else { return false };
        let Ok(index) = self.find(first) else { return false };
        let node = &self.nodes[index];
        if rest.is_empty() { node.member } else { node.children.contains(rest) }
    }

    /// Whether the step itself is a member.
    pub(crate) fn has(&self, element: &PathElement) -> bool {
        self.find(element).is_ok_and(|index| self.nodes[index].member)
    }

    /// The members below a step.
    pub fn below(&self, element: &PathElement) -> &Self {
        self.find(element).map_or(Self::EMPTY, |index| &self.nodes[index].children)
    }

    /// Whether there is no member.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The number of members.
    pub fn len(&self) -> usize {
        self.nodes.iter().map(|node| usize::from(node.member) + node.children.len()).sum()
    }

    /// The first steps of the set, in order.
    pub fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        self.nodes.iter().map(|node| Entry {
            element: &node.element,
            member: node.member,
            children: &node.children,
        })
    }

    /// Every member, in the order of the tree.
    pub fn paths(&self) -> Vec<FieldPath> {
        let (mut out, mut prefix) = (Vec::with_capacity(self.len()), Vec::new());
        self.collect(&mut prefix, &mut out);
        out
    }

    fn collect(&self, prefix: &mut Vec<PathElement>, out: &mut Vec<FieldPath>) {
        for node in &self.nodes {
            prefix.push(node.element.clone());
            if node.member {
                out.push(FieldPath(prefix.clone()));
            }
            node.children.collect(prefix, out);
            prefix.pop();
        }
    }

    /// Every member, those of a level before those below it. Source: structured-merge-diff v6,
    /// `fieldpath/set.go`, `Set.Iterate`.
    pub(crate) fn by_level(&self) -> Vec<FieldPath> {
        let step = |node: &Node| FieldPath(vec![node.element.clone()]);
        let members = self.nodes.iter().filter(|node| node.member).map(step);
        let below = self.nodes.iter().flat_map(|node| {
            let below = node.children.by_level().into_iter();
            below.map(move |path| FieldPath([vec![node.element.clone()], path.0].concat()))
        });
        members.chain(below).collect()
    }

    /// The digest of the set's canonical text.
    pub fn digest(&self) -> Digest {
        Digest::of(self.to_json().as_bytes())
    }

    fn from_nodes(nodes: Vec<Node>) -> Self {
        Self { nodes }
    }
}

impl<'a> FromIterator<&'a FieldPath> for FieldSet {
    fn from_iter<I: IntoIterator<Item = &'a FieldPath>>(paths: I) -> Self {
        let mut set = Self::default();
        paths.into_iter().for_each(|path| set.insert(&path.0));
        set
    }
}
