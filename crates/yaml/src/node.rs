//! One document as a graph of nodes: aliases point, nothing is resolved yet.

use std::borrow::Cow;

/// The index of a node in its document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct NodeId(pub(crate) usize);

/// A node and where it stands.
pub(crate) struct Node<'t> {
    /// The byte offset in the document's text.
    pub(crate) at: usize,
    pub(crate) content: Content<'t>,
}

/// What a node is. Tags of collections mean nothing to Kubernetes and are not kept.
pub(crate) enum Content<'t> {
    Scalar(Scalar<'t>),
    Sequence(Vec<NodeId>),
    Mapping(Vec<(NodeId, NodeId)>),
    /// An alias with the node that it stands for, which may be one that contains it.
    Alias {
        target: NodeId,
    },
}

/// A scalar as it was written.
pub(crate) struct Scalar<'t> {
    pub(crate) text: Cow<'t, str>,
    /// The full tag, if one was written.
    pub(crate) tag: Option<Cow<'static, str>>,
    /// Whether the text decides the type: it has no quotes and no tag, or the tag `!`.
    pub(crate) implicit: bool,
}

impl Scalar<'_> {
    /// Whether this key merges its value into the mapping.
    pub(crate) fn is_merge(&self) -> bool {
        self.text == "<<"
            && (self.implicit || self.tag.as_deref() == Some("tag:yaml.org,2002:merge"))
    }
}

/// The nodes of one document.
#[derive(Default)]
pub(crate) struct Graph<'t> {
    nodes: Vec<Node<'t>>,
}

impl<'t> Graph<'t> {
    pub(crate) fn add(&mut self, at: usize, content: Content<'t>) -> NodeId {
        self.nodes.push(Node { at, content });
        NodeId(self.nodes.len() - 1)
    }

    pub(crate) fn set(&mut self, id: NodeId, content: Content<'t>) {
        self.nodes[id.0].content = content;
    }

    pub(crate) fn get(&self, id: NodeId) -> &Node<'t> {
        &self.nodes[id.0]
    }
}
