//! A parsed text: nodes in one arena.

use std::collections::BTreeMap;

use crate::error::Place;
use crate::function::FunctionId;
use crate::number::Number;
use crate::text::Text;

/// The number of a node in its arena.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NodeId(u32);

/// The number of a variable's name in its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct NameId(pub(crate) u32);

/// The name of `$`, which every text has.
pub(crate) const ROOT_NAME: NameId = NameId(0);

/// A text and its nodes. Several templates may be defined in one text.
#[derive(Debug)]
pub(crate) struct Source {
    /// The name that the text was given.
    pub(crate) name: Text,
    pub(crate) text: Text,
    nodes: Vec<Node>,
    /// Names of variables, `$` included.
    names: Vec<Text>,
    known: BTreeMap<Text, NameId>,
}

/// A node and where it stands in the text.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) at: u32,
    pub(crate) kind: Kind,
}

/// What a node is.
#[derive(Debug)]
pub(crate) enum Kind {
    List(Box<[NodeId]>),
    /// Text between the byte offsets.
    Text(u32, u32),
    Action(NodeId),
    If(Branch),
    With(Branch),
    Range(Branch),
    Template {
        name: Text,
        pipe: Option<NodeId>,
    },
    Break,
    Continue,
    Pipe(Pipe),
    /// Function or value, and its arguments.
    Command(Box<[NodeId]>),
    Function(FunctionId, Text),
    Variable(NameId, Box<[Text]>),
    Field(Box<[Text]>),
    Chain(NodeId, Box<[Text]>),
    Dot,
    Nil,
    Boolean(bool),
    /// The constant as it is written between the byte offsets.
    Number(Box<Number>, u32, u32),
    /// The text of the constant, and how it is written between the byte offsets.
    String(Text, u32, u32),
}

/// A choice or a loop.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Branch {
    pub(crate) pipe: NodeId,
    pub(crate) list: NodeId,
    pub(crate) otherwise: Option<NodeId>,
}

/// Commands, each of which takes the result of the one before as its last argument.
#[derive(Debug)]
pub(crate) struct Pipe {
    pub(crate) is_assignment: bool,
    pub(crate) variables: Box<[NameId]>,
    pub(crate) commands: Box<[NodeId]>,
}

impl Source {
    pub(crate) fn new(name: Text, text: Text) -> Self {
        let dollar = Text::from("$");
        let known = BTreeMap::from([(dollar.clone(), ROOT_NAME)]);
        Self { name, text, nodes: Vec::new(), names: vec![dollar], known }
    }

    pub(crate) fn add(&mut self, at: usize, kind: Kind) -> NodeId {
        let id = NodeId(offset(self.nodes.len()));
        self.nodes.push(Node { at: offset(at), kind });
        id
    }

    pub(crate) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    pub(crate) fn kind(&self, id: NodeId) -> &Kind {
        &self.node(id).kind
    }

    pub(crate) fn count(&self) -> usize {
        self.nodes.len()
    }

    /// About how many bytes it takes.
    pub(crate) fn bytes(&self) -> u64 {
        self.text.len() as u64 + NODE_BYTES * self.nodes.len() as u64
    }

    /// The number of a variable's name, if the text has it so far.
    pub(crate) fn known(&self, name: &[u8]) -> Option<NameId> {
        self.known.get(name).copied()
    }

    /// The number of a variable's name.
    pub(crate) fn intern(&mut self, name: &[u8]) -> NameId {
        if let Some(id) = self.known(name) {
            return id;
        }
        let id = NameId(offset(self.names.len()));
        let name = Text::from(name);
        self.names.push(name.clone());
        self.known.insert(name, id);
        id
    }

    pub(crate) fn variable(&self, name: NameId) -> &Text {
        &self.names[name.0 as usize]
    }

    /// A part of the text.
    pub(crate) fn slice(&self, from: u32, to: u32) -> &[u8] {
        &self.text[from as usize..to as usize]
    }

    /// Where a node stands, as errors say it.
    pub(crate) fn place(&self, id: NodeId) -> Place {
        let before = &self.text[..self.node(id).at as usize];
        let line = 1 + before.iter().map(|byte| usize::from(*byte == b'\n')).sum::<usize>();
        let column = before.iter().rev().take_while(|byte| **byte != b'\n').count();
        Place { template: self.name.to_string(), line: offset(line), column: offset(column) }
    }

    /// Whether a list has nothing but blanks, so that it replaces no other template.
    pub(crate) fn is_blank(&self, list: NodeId) -> bool {
        match self.kind(list) {
            Kind::List(nodes) => nodes.iter().all(|node| self.is_blank(*node)),
            Kind::Text(from, to) => {
                String::from_utf8_lossy(self.slice(*from, *to)).trim().is_empty()
            }
            _ => false,
        }
    }
}

/// About how many bytes a node takes, with what it points to.
const NODE_BYTES: u64 = 2 * size_of::<Node>() as u64;

/// Texts are bounded far below 4 GiB, so their offsets and counts fit.
pub(crate) fn offset(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
