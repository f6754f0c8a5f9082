//! Nodes as Go writes them, for error texts.

use crate::quote::quoted;
use crate::text::Text;
use crate::tree::{Branch, Kind, NodeId, Pipe, Source};

/// A node as Go writes it. A deep one is cut: such nodes are never named by an error that helps.
pub(crate) fn shown(source: &Source, node: NodeId) -> String {
    let mut out = Vec::new();
    Shower { source, out: &mut out }.show(node, 0);
    String::from_utf8_lossy(&out).into_owned()
}

/// How deep a node is shown.
const DEPTH_MAX: u32 = 1_000;

struct Shower<'s> {
    source: &'s Source,
    out: &'s mut Vec<u8>,
}

impl Shower<'_> {
    fn push(&mut self, text: &[u8]) {
        self.out.extend_from_slice(text);
    }

    fn show(&mut self, node: NodeId, depth: u32) {
        if depth > DEPTH_MAX {
            return self.push(b"...");
        }
        match self.source.kind(node) {
            Kind::List(nodes) => nodes.iter().for_each(|node| self.show(*node, depth + 1)),
            Kind::Text(from, to) => self.push(self.source.slice(*from, *to)),
            Kind::Action(pipe) => {
                self.push(b"{{");
                self.show(*pipe, depth + 1);
                self.push(b"}}");
            }
            Kind::If(branch) => self.show_branch(b"if", branch, depth),
            Kind::With(branch) => self.show_branch(b"with", branch, depth),
            Kind::Range(branch) => self.show_branch(b"range", branch, depth),
            Kind::Template { name, pipe } => self.show_template(name, *pipe, depth),
            Kind::Break => self.push(b"{{break}}"),
            Kind::Continue => self.push(b"{{continue}}"),
            Kind::Pipe(pipe) => self.show_pipe(pipe, depth),
            Kind::Command(arguments) => self.show_command(arguments, depth),
            Kind::Function(_, name) => self.push(name),
            Kind::Variable(name, fields) => {
                self.push(self.source.variable(*name));
                self.show_fields(fields);
            }
            Kind::Field(fields) => self.show_fields(fields),
            Kind::Chain(node, fields) => {
                self.show_operand(*node, depth);
                self.show_fields(fields);
            }
            Kind::Dot => self.push(b"."),
            Kind::Nil => self.push(b"nil"),
            Kind::Boolean(true) => self.push(b"true"),
            Kind::Boolean(false) => self.push(b"false"),
            Kind::Number(_, from, to) | Kind::String(_, from, to) => {
                self.push(self.source.slice(*from, *to));
            }
        }
    }

    fn show_branch(&mut self, keyword: &[u8], branch: &Branch, depth: u32) {
        self.push(b"{{");
        self.push(keyword);
        self.push(b" ");
        self.show(branch.pipe, depth + 1);
        self.push(b"}}");
        self.show(branch.list, depth + 1);
        if let Some(otherwise) = branch.otherwise {
            self.push(b"{{else}}");
            self.show(otherwise, depth + 1);
        }
        self.push(b"{{end}}");
    }

    fn show_template(&mut self, name: &Text, pipe: Option<NodeId>, depth: u32) {
        self.push(b"{{template ");
        self.push(quoted(name).as_bytes());
        if let Some(pipe) = pipe {
            self.push(b" ");
            self.show(pipe, depth + 1);
        }
        self.push(b"}}");
    }

    fn show_pipe(&mut self, pipe: &Pipe, depth: u32) {
        for (index, name) in pipe.variables.iter().enumerate() {
            self.push(if index > 0 { b", " } else { b"" });
            self.push(self.source.variable(*name));
        }
        match (pipe.variables.is_empty(), pipe.is_assignment) {
            (true, _) => {}
            (false, true) => self.push(b" = "),
            (false, false) => self.push(b" := "),
        }
        for (index, command) in pipe.commands.iter().enumerate() {
            self.push(if index > 0 { b" | " } else { b"" });
            self.show(*command, depth + 1);
        }
    }

    fn show_command(&mut self, arguments: &[NodeId], depth: u32) {
        for (index, argument) in arguments.iter().enumerate() {
            self.push(if index > 0 { b" " } else { b"" });
            self.show_operand(*argument, depth);
        }
    }

    /// A pipeline stands in parentheses where it is an operand.
    fn show_operand(&mut self, node: NodeId, depth: u32) {
        let is_pipe = matches!(self.source.kind(node), Kind::Pipe(_));
        self.push(if is_pipe { b"(" } else { b"" });
        self.show(node, depth + 1);
        self.push(if is_pipe { b")" } else { b"" });
    }

    fn show_fields(&mut self, fields: &[Text]) {
        for field in fields {
            self.push(b".");
            self.push(field);
        }
    }
}
