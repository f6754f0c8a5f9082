//! Tokens to nodes.

use std::collections::BTreeMap;

use crate::error::{Bound, Error, Unparsable};
use crate::function::Functions;
use crate::lex::{Keyword, Lexer, Names, Sort, Token};
use crate::limits::Limits;
use crate::quote::{quoted, unquoted};
use crate::text::Text;
use crate::tree::{Branch, Kind, NodeId, Source};

mod expression;
mod tokens;
mod variables;

use tokens::Tokens;
use variables::Variables;

/// A parsed text and the templates that it defines: by name, the list of their nodes.
pub(crate) struct Parsed {
    pub(crate) source: Source,
    pub(crate) templates: BTreeMap<Text, NodeId>,
    /// The text's own nodes, even where they are blank and another template of its name is defined.
    pub(crate) root: NodeId,
}

/// Parses a text.
///
/// # Errors
/// It is no template, or it is larger or nested deeper than the limits allow.
pub(crate) fn parse(
    name: &Text,
    text: &Text,
    functions: &Functions,
    limits: &Limits,
) -> Result<Parsed> {
    if u32::try_from(text.len()).is_err() {
        return Err(Error::bound(Bound::TextBytes, u64::from(u32::MAX)));
    }
    let names = Names {
        break_is_function: functions.id(b"break").is_some(),
        continue_is_function: functions.id(b"continue").is_some(),
    };
    let parser = Parser {
        tokens: Tokens::new(Lexer::new(text, names)),
        source: Source::new(name.clone(), text.clone()),
        templates: BTreeMap::new(),
        functions,
        limits,
        scope: Scope::default(),
        depth: 0,
    };
    parser.parse(name.clone())
}

struct Parser<'t> {
    tokens: Tokens<'t>,
    source: Source,
    templates: BTreeMap<Text, NodeId>,
    functions: &'t Functions,
    limits: &'t Limits,
    scope: Scope,
    /// Levels of nesting.
    depth: u32,
}

/// What belongs to one template of the text.
#[derive(Default)]
struct Scope {
    variables: Variables,
    /// Loops around.
    ranges: u32,
    /// The line of the delimiter of the action that is being read; 0 outside.
    action_line: u32,
    /// Where errors of this template are reported: the line of the last token that was read for it.
    line: u32,
}

/// How a list of nodes ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    End,
    /// At the byte offset.
    Else(usize),
}

impl Ending {
    fn shown(self) -> &'static str {
        match self {
            Self::End => "{{end}}",
            Self::Else(_) => "{{else}}",
        }
    }
}

/// A node, or what ends the list it would be in.
enum Item {
    Node(NodeId),
    Ending(Ending),
}

type Result<T> = std::result::Result<T, Error>;

impl<'t> Parser<'t> {
    fn parse(mut self, name: Text) -> Result<Parsed> {
        let begin = self.peek().at;
        let mut nodes = Vec::new();
        while self.peek().sort != Sort::End {
            if self.peek().sort == Sort::LeftDelimiter {
                let delimiter = self.next();
                if self.next_beyond_space().sort == Sort::Keyword(Keyword::Define) {
                    self.definition()?;
                    continue;
                }
                self.tokens.backup_two(delimiter);
            }
            match self.text_or_action()? {
                Item::Node(node) => nodes.push(node),
                Item::Ending(ending) => {
                    return Err(self.error(format!("unexpected {}", ending.shown())));
                }
            }
        }
        let root = self.add(begin, Kind::List(nodes.into()))?;
        self.define(name, root)?;
        Ok(Parsed { source: self.source, templates: self.templates, root })
    }

    /// What follows `{{define`.
    fn definition(&mut self) -> Result<()> {
        let context = "define clause";
        self.in_scope(|parser| {
            let token = parser.next_beyond_space();
            if !matches!(token.sort, Sort::String | Sort::RawString) {
                return Err(parser.unexpected(&token, context));
            }
            let name = parser.string(&token)?;
            parser.expect(Sort::RightDelimiter, context)?;
            parser.body(name, context)
        })
    }

    /// The nodes of a template up to its end.
    fn body(&mut self, name: Text, context: &str) -> Result<()> {
        let (list, ending) = self.list()?;
        if ending != Ending::End {
            return Err(self.error(format!("unexpected {} in {context}", ending.shown())));
        }
        self.define(name, list)
    }

    /// Reads a template inside the text: it has its own variables and loops.
    fn in_scope<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let outer = std::mem::take(&mut self.scope);
        let result = read(self);
        self.scope = outer;
        result
    }

    fn define(&mut self, name: Text, list: NodeId) -> Result<()> {
        let is_free = match self.templates.get(&name) {
            Some(known) => self.source.is_blank(*known),
            None => true,
        };
        if is_free {
            self.templates.insert(name, list);
        } else if !self.source.is_blank(list) {
            let message = format!("template: multiple definition of template {}", quoted(&name));
            return Err(self.error(message));
        }
        Ok(())
    }

    /// Nodes up to `end` or `else`.
    fn list(&mut self) -> Result<(NodeId, Ending)> {
        self.nested(|parser| {
            let begin = parser.peek_beyond_space().at;
            let mut nodes = Vec::new();
            while parser.peek_beyond_space().sort != Sort::End {
                match parser.text_or_action()? {
                    Item::Node(node) => nodes.push(node),
                    Item::Ending(ending) => {
                        return Ok((parser.add(begin, Kind::List(nodes.into()))?, ending));
                    }
                }
            }
            Err(parser.error("unexpected EOF"))
        })
    }

    fn text_or_action(&mut self) -> Result<Item> {
        let token = self.next_beyond_space();
        match token.sort {
            Sort::Text => {
                let (from, to) = range(&token);
                Ok(Item::Node(self.add(token.at, Kind::Text(from, to))?))
            }
            Sort::LeftDelimiter => {
                self.scope.action_line = token.line;
                let item = self.action()?;
                self.scope.action_line = 0;
                Ok(item)
            }
            _ => Err(self.unexpected(&token, "input")),
        }
    }

    fn action(&mut self) -> Result<Item> {
        let token = self.next_beyond_space();
        let Sort::Keyword(keyword) = token.sort else {
            self.tokens.backup();
            return self.plain_action();
        };
        let node = match keyword {
            Keyword::Block => self.block()?,
            Keyword::Break => self.jump(&token, "{{break}}", Kind::Break)?,
            Keyword::Continue => self.jump(&token, "{{continue}}", Kind::Continue)?,
            Keyword::Else => return Ok(Item::Ending(self.otherwise()?)),
            Keyword::End => {
                self.expect(Sort::RightDelimiter, "end")?;
                return Ok(Item::Ending(Ending::End));
            }
            Keyword::If | Keyword::Range | Keyword::With => self.control(keyword)?,
            Keyword::Template => self.template()?,
            Keyword::Define | Keyword::Dot | Keyword::Nil => {
                self.tokens.backup();
                return self.plain_action();
            }
        };
        Ok(Item::Node(node))
    }

    fn plain_action(&mut self) -> Result<Item> {
        let at = self.peek().at;
        let pipe = self.pipeline("command", Sort::RightDelimiter)?;
        Ok(Item::Node(self.add(at, Kind::Action(pipe))?))
    }

    fn jump(&mut self, token: &Token<'t>, shown: &str, kind: Kind) -> Result<NodeId> {
        let next = self.next_beyond_space();
        if next.sort != Sort::RightDelimiter {
            return Err(self.unexpected(&next, shown));
        }
        if self.scope.ranges == 0 {
            return Err(self.error(format!("{shown} outside {{{{range}}}}")));
        }
        self.add(token.at, kind)
    }

    fn otherwise(&mut self) -> Result<Ending> {
        let next = self.peek_beyond_space();
        if matches!(next.sort, Sort::Keyword(Keyword::If | Keyword::With)) {
            return Ok(Ending::Else(next.at));
        }
        Ok(Ending::Else(self.expect(Sort::RightDelimiter, "else")?.at))
    }

    /// What follows `{{if`, `{{with` or `{{range`, to its end.
    fn control(&mut self, keyword: Keyword) -> Result<NodeId> {
        let (context, make): (_, fn(Branch) -> Kind) = match keyword {
            Keyword::If => ("if", Kind::If),
            Keyword::With => ("with", Kind::With),
            _ => ("range", Kind::Range),
        };
        let variables = self.scope.variables.count();
        let pipe = self.pipeline(context, Sort::RightDelimiter)?;
        let is_range = u32::from(keyword == Keyword::Range);
        self.scope.ranges += is_range;
        let (list, ending) = self.list()?;
        self.scope.ranges -= is_range;
        let otherwise = match ending {
            Ending::End => None,
            Ending::Else(at) => Some(self.else_list(keyword, at)?),
        };
        self.scope.variables.truncate(variables);
        let at = self.source.node(pipe).at as usize;
        self.add(at, make(Branch { pipe, list, otherwise }))
    }

    fn else_list(&mut self, keyword: Keyword, at: usize) -> Result<NodeId> {
        let is_chained = matches!(keyword, Keyword::If | Keyword::With)
            && self.peek().sort == Sort::Keyword(keyword);
        if is_chained {
            self.next();
            let nested = self.nested(|parser| parser.control(keyword))?;
            return self.add(at, Kind::List([nested].into()));
        }
        let (list, ending) = self.list()?;
        if ending != Ending::End {
            return Err(self.error(format!("expected end; found {}", ending.shown())));
        }
        Ok(list)
    }

    fn block(&mut self) -> Result<NodeId> {
        let context = "block clause";
        let token = self.next_beyond_space();
        let name = self.template_name(&token, context)?;
        let pipe = self.pipeline(context, Sort::RightDelimiter)?;
        self.in_scope(|parser| parser.body(name.clone(), context))?;
        self.add(token.at, Kind::Template { name, pipe: Some(pipe) })
    }

    fn template(&mut self) -> Result<NodeId> {
        let context = "template clause";
        let token = self.next_beyond_space();
        let name = self.template_name(&token, context)?;
        let pipe = if self.next_beyond_space().sort == Sort::RightDelimiter {
            None
        } else {
            self.tokens.backup();
            Some(self.pipeline(context, Sort::RightDelimiter)?)
        };
        self.add(token.at, Kind::Template { name, pipe })
    }

    fn template_name(&mut self, token: &Token<'t>, context: &str) -> Result<Text> {
        match token.sort {
            Sort::String | Sort::RawString => self.string(token),
            _ => Err(self.unexpected(token, context)),
        }
    }

    /// The text of a constant.
    fn string(&self, token: &Token<'t>) -> Result<Text> {
        unquoted(token.text).map(Text::from).ok_or_else(|| self.error("invalid syntax"))
    }

    /// Reads something one level deeper.
    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.depth += 1;
        if self.depth > self.limits.nesting {
            return Err(self.bound(Bound::Nesting, u64::from(self.limits.nesting)));
        }
        let result = read(self);
        self.depth -= 1;
        result
    }

    fn add(&mut self, at: usize, kind: Kind) -> Result<NodeId> {
        if self.source.count() >= self.limits.nodes as usize {
            return Err(self.bound(Bound::Nodes, u64::from(self.limits.nodes)));
        }
        Ok(self.source.add(at, kind))
    }

    fn bound(&self, bound: Bound, max: u64) -> Error {
        Error::bound(bound, max).because(format!("template: {}", self.source.name))
    }

    fn error(&self, message: impl Into<String>) -> Error {
        Error::Parse(Box::new(Unparsable {
            template: self.source.name.to_string(),
            line: self.scope.line,
            message: message.into(),
        }))
    }

    fn unexpected(&self, token: &Token<'t>, context: &str) -> Error {
        if token.sort != Sort::Error {
            return self.error(format!("unexpected {} in {context}", token.shown()));
        }
        let started = self.scope.action_line;
        if started == 0 || started == token.line {
            return self.error(token.shown());
        }
        let place = format!("started at {}:{started}", self.source.name);
        let shown = token.shown();
        let between = if shown.ends_with(" action") { "" } else { " in action" };
        self.error(format!("{shown}{between} {place}"))
    }

    fn expect(&mut self, sort: Sort, context: &str) -> Result<Token<'t>> {
        let token = self.next_beyond_space();
        if token.sort == sort { Ok(token) } else { Err(self.unexpected(&token, context)) }
    }

    fn next(&mut self) -> Token<'t> {
        let token = self.tokens.next();
        self.scope.line = self.tokens.line();
        token
    }

    fn peek(&mut self) -> Token<'t> {
        let token = self.tokens.peek();
        self.scope.line = self.tokens.line();
        token
    }

    fn next_beyond_space(&mut self) -> Token<'t> {
        loop {
            let token = self.next();
            if token.sort != Sort::Space {
                return token;
            }
        }
    }

    fn peek_beyond_space(&mut self) -> Token<'t> {
        let token = self.next_beyond_space();
        self.tokens.backup();
        token
    }
}

/// The byte offsets of a token.
fn range(token: &Token<'_>) -> (u32, u32) {
    (crate::tree::offset(token.at), crate::tree::offset(token.at + token.text.len()))
}
