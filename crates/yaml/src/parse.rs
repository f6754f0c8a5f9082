//! From tokens to nodes: the grammar of YAML 1.1, as libyaml reads it. Source: go-yaml v2
//! `parserc.go`; its state machine is written here as functions that call each other.

use crate::limits::Budget;
use crate::node::{Content, Graph, NodeId, Scalar};
use crate::scan::{Scanner, Token};
use crate::text::Fault;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The one document that kubectl reads of a text between two separators.
pub(crate) struct Parsed<'t> {
    pub(crate) graph: Graph<'t>,
    pub(crate) root: NodeId,
    /// Where text begins that kubectl does not read, because the document ended before it.
    pub(crate) unread: Option<usize>,
}

/// Parses the first document of a text; `None` if there is none.
pub(crate) fn parse<'t>(text: &'t str, budget: &mut Budget) -> Result<Option<Parsed<'t>>, Fault> {
    let scanner = Scanner::new(text, budget.depth());
    let (handles, anchors) = (BTreeMap::new(), BTreeMap::new());
    let mut parser = Parser { scanner, budget, graph: Graph::default(), handles, anchors };
    let Some(root) = parser.document()? else { return Ok(None) };
    let unread = parser.end_of_document()?;
    Ok(Some(Parsed { graph: parser.graph, root, unread }))
}

struct Parser<'b, 't> {
    scanner: Scanner<'t>,
    budget: &'b mut Budget,
    graph: Graph<'t>,
    handles: BTreeMap<&'t str, String>,
    anchors: BTreeMap<&'t str, NodeId>,
}

/// Where a node stands, which decides what it may be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Context {
    Block,
    /// In a block mapping, where a sequence needs no indentation of its own.
    BlockOrIndentless,
    Flow,
}

/// What may stand before a node's content.
#[derive(Default)]
struct Properties<'t> {
    anchor: Option<&'t str>,
    tag: Option<Cow<'static, str>>,
}

/// Documents.
impl Parser<'_, '_> {
    fn document(&mut self) -> Result<Option<NodeId>, Fault> {
        let (_, token) = self.scanner.peek()?;
        match token {
            Token::End => Ok(None),
            Token::Version { .. } | Token::TagHandle { .. } | Token::DocumentStart => {
                self.explicit_document().map(Some)
            }
            _ => {
                self.default_handles();
                self.node(Context::Block, 0).map(Some)
            }
        }
    }

    fn explicit_document(&mut self) -> Result<NodeId, Fault> {
        self.directives()?;
        let (at, token) = self.scanner.next()?;
        if token != Token::DocumentStart {
            return Err(Fault::new(at, "did not find expected <document start>"));
        }
        let (at, token) = self.scanner.peek()?;
        match token {
            Token::Version { .. }
            | Token::TagHandle { .. }
            | Token::DocumentStart
            | Token::DocumentEnd
            | Token::End => self.empty(at),
            _ => self.node(Context::Block, 0),
        }
    }

    fn directives(&mut self) -> Result<(), Fault> {
        let mut versions = 0;
        loop {
            let (at, token) = self.scanner.peek()?;
            match token {
                Token::Version { .. } if versions > 0 => {
                    return Err(Fault::new(at, "found duplicate %YAML directive"));
                }
                Token::Version { major: 1, minor: 1 } => versions += 1,
                Token::Version { .. } => {
                    return Err(Fault::new(at, "found incompatible YAML document"));
                }
                Token::TagHandle { handle, .. } if self.handles.contains_key(handle) => {
                    return Err(Fault::new(at, "found duplicate %TAG directive"));
                }
                Token::TagHandle { handle, prefix } => {
                    self.handles.insert(handle, prefix.clone());
                }
                _ => break,
            }
            self.scanner.next()?;
        }
        self.default_handles();
        Ok(())
    }

    fn default_handles(&mut self) {
        self.handles.entry("!").or_insert_with(|| "!".to_owned());
        self.handles.entry("!!").or_insert_with(|| "tag:yaml.org,2002:".to_owned());
    }

    /// Where unread text begins behind the document. What cannot even be scanned is unread too.
    fn end_of_document(&mut self) -> Result<Option<usize>, Fault> {
        let (at, token) = self.scanner.peek()?;
        match token {
            Token::End => return Ok(None),
            Token::DocumentEnd => {}
            _ => return Ok(Some(at)),
        }
        loop {
            match self.scanner.next() {
                Ok((_, Token::DocumentEnd)) => {}
                Ok((_, Token::End)) => return Ok(None),
                Ok((at, _)) | Err(Fault { at, .. }) => return Ok(Some(at)),
            }
        }
    }
}

/// Nodes.
impl<'t> Parser<'_, 't> {
    fn node(&mut self, context: Context, depth: usize) -> Result<NodeId, Fault> {
        let (at, token) = self.scanner.peek()?;
        if let Token::Alias(name) = token {
            let name = *name;
            return self.alias(at, name);
        }
        let properties = self.properties()?;
        self.content(at, properties, context, depth)
    }

    fn alias(&mut self, at: usize, name: &'t str) -> Result<NodeId, Fault> {
        self.scanner.next()?;
        let Some(target) = self.anchors.get(name).copied() else {
            return Err(Fault::new(at, crate::first::UNKNOWN_ANCHOR));
        };
        self.add(at, Content::Alias { target })
    }

    /// Takes an anchor and a tag, in any order, each at most once.
    fn properties(&mut self) -> Result<Properties<'t>, Fault> {
        let mut properties = Properties::default();
        loop {
            match self.scanner.peek()?.1 {
                Token::Anchor(_) if properties.anchor.is_none() => {
                    if let (_, Token::Anchor(name)) = self.scanner.next()? {
                        properties.anchor = Some(name);
                    }
                }
                Token::Tag { .. } if properties.tag.is_none() => {
                    if let (at, Token::Tag { handle, suffix }) = self.scanner.next()? {
                        properties.tag = Some(self.full_tag(at, handle, suffix)?);
                    }
                }
                _ => return Ok(properties),
            }
        }
    }

    fn full_tag(
        &self,
        at: usize,
        handle: &str,
        suffix: String,
    ) -> Result<Cow<'static, str>, Fault> {
        if handle.is_empty() {
            return Ok(Cow::Owned(suffix));
        }
        let prefix = self.handles.get(handle);
        let prefix = prefix.ok_or_else(|| Fault::new(at, "found undefined tag handle"))?;
        Ok(Cow::Owned(format!("{prefix}{suffix}")))
    }

    fn content(
        &mut self,
        at: usize,
        properties: Properties<'t>,
        context: Context,
        depth: usize,
    ) -> Result<NodeId, Fault> {
        self.budget.enter(depth, at)?;
        let block = context != Context::Flow;
        let (here, token) = self.scanner.peek()?;
        match token {
            Token::BlockEntry if context == Context::BlockOrIndentless => {
                self.collection(at, &properties, |parser| parser.indentless_sequence(depth + 1))
            }
            Token::Scalar { .. } => self.scalar(at, properties),
            Token::FlowSequenceStart => {
                self.collection(at, &properties, |parser| parser.flow_sequence(depth + 1))
            }
            Token::FlowMappingStart => {
                self.collection(at, &properties, |parser| parser.flow_mapping(depth + 1))
            }
            Token::BlockSequenceStart if block => {
                self.collection(at, &properties, |parser| parser.block_sequence(depth + 1))
            }
            Token::BlockMappingStart if block => {
                self.collection(at, &properties, |parser| parser.block_mapping(depth + 1))
            }
            _ if properties.anchor.is_some() || properties.tag.is_some() => {
                let implicit = properties.tag.is_none();
                let scalar = Scalar { text: "".into(), tag: properties.tag, implicit };
                self.anchored(at, properties.anchor, Content::Scalar(scalar))
            }
            _ => Err(Fault::new(here, "did not find expected node content")),
        }
    }

    fn scalar(&mut self, at: usize, properties: Properties<'t>) -> Result<NodeId, Fault> {
        let (_, token) = self.scanner.next()?;
        let Token::Scalar { text, plain } = token else {
            return Err(Fault::new(at, "did not find expected node content"));
        };
        let implicit = match properties.tag.as_deref() {
            None => plain,
            Some(tag) => tag == "!",
        };
        let scalar = Scalar { text, tag: properties.tag, implicit };
        self.anchored(at, properties.anchor, Content::Scalar(scalar))
    }

    /// Reads a collection. It has its anchor before its entries are read, so that an entry may
    /// point to it: that is found out later.
    fn collection(
        &mut self,
        at: usize,
        properties: &Properties<'t>,
        entries: impl FnOnce(&mut Self) -> Result<Content<'t>, Fault>,
    ) -> Result<NodeId, Fault> {
        let id = self.anchored(at, properties.anchor, Content::Sequence(Vec::new()))?;
        let content = entries(self)?;
        self.graph.set(id, content);
        Ok(id)
    }

    fn anchored(
        &mut self,
        at: usize,
        anchor: Option<&'t str>,
        content: Content<'t>,
    ) -> Result<NodeId, Fault> {
        let id = self.add(at, content)?;
        anchor.and_then(|name| self.anchors.insert(name, id));
        Ok(id)
    }

    fn empty(&mut self, at: usize) -> Result<NodeId, Fault> {
        let scalar = Scalar { text: "".into(), tag: None, implicit: true };
        self.add(at, Content::Scalar(scalar))
    }

    fn add(&mut self, at: usize, content: Content<'t>) -> Result<NodeId, Fault> {
        self.budget.node(at)?;
        Ok(self.graph.add(at, content))
    }
}

/// Block collections.
impl<'t> Parser<'_, 't> {
    fn block_sequence(&mut self, depth: usize) -> Result<Content<'t>, Fault> {
        let mut items = Vec::new();
        self.scanner.next()?;
        loop {
            match self.scanner.next()? {
                (_, Token::BlockEnd) => return Ok(Content::Sequence(items)),
                (at, Token::BlockEntry) => items.push(match self.scanner.peek()?.1 {
                    Token::BlockEntry | Token::BlockEnd => self.empty(at)?,
                    _ => self.node(Context::Block, depth)?,
                }),
                (at, _) => return Err(Fault::new(at, "did not find expected '-' indicator")),
            }
        }
    }

    fn indentless_sequence(&mut self, depth: usize) -> Result<Content<'t>, Fault> {
        let mut items = Vec::new();
        while let (at, Token::BlockEntry) = self.scanner.peek()? {
            self.scanner.next()?;
            items.push(match self.scanner.peek()?.1 {
                Token::BlockEntry | Token::Key | Token::Value | Token::BlockEnd => {
                    self.empty(at)?
                }
                _ => self.node(Context::Block, depth)?,
            });
        }
        Ok(Content::Sequence(items))
    }

    fn block_mapping(&mut self, depth: usize) -> Result<Content<'t>, Fault> {
        let mut entries = Vec::new();
        self.scanner.next()?;
        loop {
            match self.scanner.next()? {
                (_, Token::BlockEnd) => return Ok(Content::Mapping(entries)),
                (at, Token::Key) => {
                    let key = self.block_entry(at, depth)?;
                    let value = match self.scanner.peek()? {
                        (at, Token::Value) => {
                            self.scanner.next()?;
                            self.block_entry(at, depth)?
                        }
                        (at, _) => self.empty(at)?,
                    };
                    entries.push((key, value));
                }
                (at, _) => return Err(Fault::new(at, "did not find expected key")),
            }
        }
    }

    /// A key or a value of a block mapping, which may be left out.
    fn block_entry(&mut self, at: usize, depth: usize) -> Result<NodeId, Fault> {
        match self.scanner.peek()?.1 {
            Token::Key | Token::Value | Token::BlockEnd => self.empty(at),
            _ => self.node(Context::BlockOrIndentless, depth),
        }
    }
}

/// Flow collections.
impl<'t> Parser<'_, 't> {
    fn flow_sequence(&mut self, depth: usize) -> Result<Content<'t>, Fault> {
        let mut items = Vec::new();
        self.scanner.next()?;
        loop {
            self.separator(&items, &Token::FlowSequenceEnd, "did not find expected ',' or ']'")?;
            let (at, token) = self.scanner.peek()?;
            match token {
                Token::FlowSequenceEnd => break,
                Token::Key => {
                    self.scanner.next()?;
                    let pair = self.flow_pair(depth + 1)?;
                    items.push(self.add(at, Content::Mapping(vec![pair]))?);
                }
                _ => items.push(self.node(Context::Flow, depth)?),
            }
        }
        self.scanner.next()?;
        Ok(Content::Sequence(items))
    }

    /// Takes the `,` before every entry but the first; there may be one before the end.
    fn separator<T>(
        &mut self,
        before: &[T],
        end: &Token<'_>,
        message: &'static str,
    ) -> Result<(), Fault> {
        let (at, token) = self.scanner.peek()?;
        if before.is_empty() || token == end {
            return Ok(());
        }
        if *token != Token::FlowEntry {
            return Err(Fault::new(at, message));
        }
        self.scanner.next().map(|_| ())
    }

    /// One pair of a mapping that has no braces, in a flow sequence.
    fn flow_pair(&mut self, depth: usize) -> Result<(NodeId, NodeId), Fault> {
        let end = Token::FlowSequenceEnd;
        let (at, token) = self.scanner.peek()?;
        self.budget.enter(depth, at)?;
        let key = if matches!(token, Token::Value | Token::FlowEntry) || *token == end {
            // libyaml takes this token away, and so do we.
            self.scanner.next()?;
            self.empty(at)?
        } else {
            self.node(Context::Flow, depth)?
        };
        let value = self.flow_value(&end, depth)?;
        Ok((key, value))
    }

    fn flow_value(&mut self, end: &Token<'_>, depth: usize) -> Result<NodeId, Fault> {
        if *self.scanner.peek()?.1 == Token::Value {
            self.scanner.next()?;
            let token = self.scanner.peek()?.1;
            if *token != Token::FlowEntry && token != end {
                return self.node(Context::Flow, depth);
            }
        }
        let at = self.scanner.peek()?.0;
        self.empty(at)
    }

    fn flow_mapping(&mut self, depth: usize) -> Result<Content<'t>, Fault> {
        let (mut entries, end) = (Vec::new(), Token::FlowMappingEnd);
        self.scanner.next()?;
        loop {
            self.separator(&entries, &end, "did not find expected ',' or '}'")?;
            let (_, token) = self.scanner.peek()?;
            match token {
                Token::FlowMappingEnd => break,
                Token::Key => {
                    self.scanner.next()?;
                    let (at, token) = self.scanner.peek()?;
                    let absent = matches!(token, Token::Value | Token::FlowEntry) || *token == end;
                    let key =
                        if absent { self.empty(at)? } else { self.node(Context::Flow, depth)? };
                    entries.push((key, self.flow_value(&end, depth)?));
                }
                _ => {
                    let key = self.node(Context::Flow, depth)?;
                    let at = self.scanner.peek()?.0;
                    entries.push((key, self.empty(at)?));
                }
            }
        }
        self.scanner.next()?;
        Ok(Content::Mapping(entries))
    }
}
