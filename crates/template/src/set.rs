//! Parsed templates that may carry out one another.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::error::Error;
use crate::function::Functions;
use crate::heap::Charge;
use crate::limits::Limits;
use crate::parse::{Parsed, parse};
use crate::text::Text;
use crate::tree::{NodeId, Source};

/// A template: a list of nodes with a name.
#[derive(Debug)]
pub(crate) struct Template {
    pub(crate) name: Text,
    pub(crate) source: Arc<Source>,
    pub(crate) list: NodeId,
    /// Whether it has nothing but blanks, so that it replaces no other.
    pub(crate) is_blank: bool,
}

/// A set of templates, parsed once, to be carried out any number of times and by any thread.
#[derive(Debug)]
pub struct Set {
    name: Text,
    functions: Arc<Functions>,
    limits: Limits,
    templates: BTreeMap<Text, Arc<Template>>,
}

impl Set {
    /// An empty set. Its name is told where a template is missing. The limits are those of its texts, and
    /// of each of its runs.
    pub fn new(name: impl Into<Text>, functions: Arc<Functions>, limits: Limits) -> Self {
        Self { name: name.into(), functions, limits, templates: BTreeMap::new() }
    }

    /// Parses a text and adds the templates that it defines: one with the name that is given, and
    /// those in `define` and `block`. A template that is there already is replaced, unless the new one
    /// has nothing but blanks.
    ///
    /// # Errors
    /// The text is no template. Nothing is added then.
    pub fn parse(&mut self, name: impl Into<Text>, text: impl Into<Text>) -> Result<(), Error> {
        let layer = Layer::parse(&name.into(), &text.into(), &self.functions, &self.limits)?;
        for (name, template) in layer.templates {
            if !template.is_blank || !self.templates.contains_key(&name) {
                self.templates.insert(name, template);
            }
        }
        Ok(())
    }

    /// Whether it has the template.
    pub fn has(&self, name: &[u8]) -> bool {
        self.templates.contains_key(name)
    }

    /// The names of its templates, in order.
    pub fn names(&self) -> impl Iterator<Item = &Text> {
        self.templates.keys()
    }

    pub(crate) fn name(&self) -> &Text {
        &self.name
    }

    pub(crate) fn template(&self, name: &[u8]) -> Option<&Arc<Template>> {
        self.templates.get(name)
    }

    pub(crate) fn functions(&self) -> &Arc<Functions> {
        &self.functions
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }
}

/// The templates of one text that was parsed while a template was carried out.
#[derive(Debug)]
pub(crate) struct Layer {
    pub(crate) templates: BTreeMap<Text, Arc<Template>>,
    /// The text's own nodes, even where they are blank and replace nothing.
    pub(crate) root: Arc<Template>,
    /// What it counts in the run that parsed it.
    pub(crate) charge: Charge,
}

impl Layer {
    /// About how many bytes it takes.
    pub(crate) fn bytes(&self) -> u64 {
        self.root.source.bytes()
    }

    pub(crate) fn parse(
        name: &Text,
        text: &Text,
        functions: &Functions,
        limits: &Limits,
    ) -> Result<Self, Error> {
        let Parsed { source, templates, root } = parse(name, text, functions, limits)?;
        let source = Arc::new(source);
        let template = |name: Text, list| {
            let is_blank = source.is_blank(list);
            Arc::new(Template { name, source: Arc::clone(&source), list, is_blank })
        };
        let templates =
            templates.into_iter().map(|(name, list)| (name.clone(), template(name, list)));
        Ok(Self {
            templates: templates.collect(),
            root: template(name.clone(), root),
            charge: Charge::default(),
        })
    }
}
