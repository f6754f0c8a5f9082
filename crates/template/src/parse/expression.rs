//! Pipelines, commands and operands.

use super::{Parser, Result, range};
use crate::lex::{Keyword, Sort, Token};
use crate::number::Number;
use crate::quote::quoted;
use crate::show::shown;
use crate::text::Text;
use crate::tree::{Kind, NameId, NodeId, Pipe};

/// How deep Go lets parentheses nest.
const PARENTHESES_MAX: u32 = 10_000;

impl<'t> Parser<'t> {
    /// A pipeline up to the token that ends it.
    pub(super) fn pipeline(&mut self, context: &str, end: Sort) -> Result<NodeId> {
        let at = self.peek_beyond_space().at;
        let mut pipe = Declared::default();
        self.declarations(context, &mut pipe)?;
        let mut commands = Vec::new();
        loop {
            let token = self.next_beyond_space();
            if token.sort == end {
                break;
            }
            if !begins_operand(token.sort) {
                return Err(self.unexpected(&token, context));
            }
            self.tokens.backup();
            commands.push(self.command()?);
        }
        self.check(&commands, context)?;
        let Declared { is_assignment, variables } = pipe;
        let (variables, commands) = (variables.into(), commands.into());
        self.add(at, Kind::Pipe(Pipe { is_assignment, variables, commands }))
    }

    /// `$x :=`, `$x =`, and in a range `$x, $y :=`.
    fn declarations(&mut self, context: &str, pipe: &mut Declared) -> Result<()> {
        loop {
            let variable = self.peek_beyond_space();
            if variable.sort != Sort::Variable {
                return Ok(());
            }
            self.next();
            let after = self.peek();
            let next = self.peek_beyond_space();
            match next.sort {
                Sort::Assign | Sort::Declare => {
                    pipe.is_assignment = next.sort == Sort::Assign;
                    self.next_beyond_space();
                    pipe.variables.push(self.declare(&variable));
                    return Ok(());
                }
                Sort::Character if next.text == b"," => {
                    self.next_beyond_space();
                    pipe.variables.push(self.declare(&variable));
                    self.check_comma(context, pipe.variables.len())?;
                }
                _ if after.sort == Sort::Space => {
                    self.tokens.backup_three(variable, after);
                    return Ok(());
                }
                _ => {
                    self.tokens.backup_two(variable);
                    return Ok(());
                }
            }
        }
    }

    fn check_comma(&mut self, context: &str, count: usize) -> Result<()> {
        if context != "range" || count >= 2 {
            return Err(self.error(format!("too many declarations in {context}")));
        }
        match self.peek_beyond_space().sort {
            Sort::Variable | Sort::RightDelimiter | Sort::RightParenthesis => Ok(()),
            _ => Err(self.error("range can only initialize variables")),
        }
    }

    fn declare(&mut self, variable: &Token<'t>) -> NameId {
        let name = self.source.intern(variable.text);
        self.scope.variables.declare(name);
        name
    }

    fn check(&self, commands: &[NodeId], context: &str) -> Result<()> {
        if commands.is_empty() {
            return Err(self.error(format!("missing value for {context}")));
        }
        for (index, command) in commands.iter().enumerate().skip(1) {
            let Kind::Command(arguments) = self.source.kind(*command) else { continue };
            let first = arguments.first().map(|first| self.source.kind(*first));
            let is_constant = matches!(
                first,
                Some(
                    Kind::Boolean(_) | Kind::Dot | Kind::Nil | Kind::Number(..) | Kind::String(..)
                )
            );
            if is_constant {
                let stage = index + 1;
                let message = format!("non executable command in pipeline stage {stage}");
                return Err(self.error(message));
            }
        }
        Ok(())
    }

    fn command(&mut self) -> Result<NodeId> {
        let at = self.peek_beyond_space().at;
        let mut arguments = Vec::new();
        loop {
            self.peek_beyond_space();
            arguments.extend(self.operand()?);
            let token = self.next();
            match token.sort {
                Sort::Space => {}
                Sort::RightDelimiter | Sort::RightParenthesis => {
                    self.tokens.backup();
                    break;
                }
                Sort::Pipe => break,
                _ => return Err(self.unexpected(&token, "operand")),
            }
        }
        if arguments.is_empty() {
            return Err(self.error("empty command"));
        }
        self.add(at, Kind::Command(arguments.into()))
    }

    /// A term and the fields after it.
    fn operand(&mut self) -> Result<Option<NodeId>> {
        let Some(node) = self.term()? else {
            return Ok(None);
        };
        let first = self.peek();
        if first.sort != Sort::Field {
            return Ok(Some(node));
        }
        let mut fields = Vec::new();
        while self.peek().sort == Sort::Field {
            fields.push(Text::from(&self.next().text[1..]));
        }
        let kind = match self.source.kind(node) {
            Kind::Field(before) => Kind::Field(before.iter().cloned().chain(fields).collect()),
            Kind::Variable(name, before) => {
                Kind::Variable(*name, before.iter().cloned().chain(fields).collect())
            }
            Kind::Boolean(_) | Kind::String(..) | Kind::Number(..) | Kind::Nil | Kind::Dot => {
                let term = quoted(shown(&self.source, node).as_bytes());
                return Err(self.error(format!("unexpected . after term {term}")));
            }
            _ => Kind::Chain(node, fields.into()),
        };
        self.add(first.at, kind).map(Some)
    }

    fn term(&mut self) -> Result<Option<NodeId>> {
        let token = self.next_beyond_space();
        let (from, to) = range(&token);
        let kind = match token.sort {
            Sort::Identifier => self.function(&token)?,
            Sort::Keyword(Keyword::Dot) => Kind::Dot,
            Sort::Keyword(Keyword::Nil) => Kind::Nil,
            Sort::Variable => self.variable(&token)?,
            Sort::Field => Kind::Field([Text::from(&token.text[1..])].into()),
            Sort::Boolean => Kind::Boolean(token.text == b"true"),
            Sort::CharacterConstant | Sort::Complex | Sort::Number => {
                let number = number(&token).map_err(|message| self.error(message))?;
                Kind::Number(Box::new(number), from, to)
            }
            Sort::String | Sort::RawString => Kind::String(self.string(&token)?, from, to),
            Sort::LeftParenthesis => return self.parenthesised().map(Some),
            _ => {
                self.tokens.backup();
                return Ok(None);
            }
        };
        self.add(token.at, kind).map(Some)
    }

    fn parenthesised(&mut self) -> Result<NodeId> {
        if self.depth >= PARENTHESES_MAX {
            return Err(self.error("max expression depth exceeded"));
        }
        self.nested(|parser| parser.pipeline("parenthesized pipeline", Sort::RightParenthesis))
    }

    fn function(&self, token: &Token<'t>) -> Result<Kind> {
        match self.functions.id(token.text) {
            Some(id) => Ok(Kind::Function(id, Text::from(token.text))),
            None => Err(self.error(format!("function {} not defined", quoted(token.text)))),
        }
    }

    fn variable(&mut self, token: &Token<'t>) -> Result<Kind> {
        let name = self.source.known(token.text);
        match name.filter(|name| self.scope.variables.has(*name)) {
            Some(name) => Ok(Kind::Variable(name, [].into())),
            None => Err(self.error(format!("undefined variable {}", quoted(token.text)))),
        }
    }
}

/// The variables that a pipeline sets.
#[derive(Default)]
struct Declared {
    is_assignment: bool,
    variables: Vec<NameId>,
}

fn begins_operand(sort: Sort) -> bool {
    matches!(
        sort,
        Sort::Boolean
            | Sort::CharacterConstant
            | Sort::Complex
            | Sort::Keyword(Keyword::Dot | Keyword::Nil)
            | Sort::Field
            | Sort::Identifier
            | Sort::Number
            | Sort::RawString
            | Sort::String
            | Sort::Variable
            | Sort::LeftParenthesis
    )
}

fn number(token: &Token<'_>) -> std::result::Result<Number, String> {
    match token.sort {
        Sort::CharacterConstant => Number::of_character(token.text),
        Sort::Complex => Number::of_complex(token.text),
        _ => Number::of(token.text),
    }
}
