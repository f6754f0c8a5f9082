//! Charts' templates, carried out as helm does.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use trimtab_template::{Error, Limits, MissingKey, Run, Set, Settings, Text, Value};

use crate::context::{Asked, Context};
use crate::failure::Failure;
use crate::function::{functions, without_no_value};
use crate::inputs::Question;

/// The templates of a chart and of the charts that it depends on, parsed once.
#[derive(Debug)]
pub struct Templates {
    set: Set,
}

/// The name of helm's set, which errors tell.
const SET_NAME: &str = "gotpl";

impl Default for Templates {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

impl Templates {
    /// No templates. The limits are those of each text, and of each render.
    pub fn new(limits: Limits) -> Self {
        Self { set: Set::new(SET_NAME, Arc::clone(functions()), limits) }
    }

    /// Adds a file by its path in the chart, and the templates that it defines.
    ///
    /// # Errors
    /// The text is no template. Nothing is added then.
    pub fn parse(&mut self, name: impl Into<Text>, text: impl Into<Text>) -> Result<(), Failure> {
        self.set.parse(name, text).map_err(|error| Failure::of(&error))
    }

    /// Carries files out, each with its dot, one after the other: what one changes in its values the next
    /// one sees. It takes the stack of [`trimtab_template::stack_bytes`] at the depth of the limits, and
    /// stops soon after `interrupt` becomes true.
    pub fn render(
        &self,
        files: impl IntoIterator<Item = (Text, Value)>,
        context: Context,
        interrupt: Option<&AtomicBool>,
    ) -> Outcome {
        let result = self.carry_out(files, &context, interrupt);
        let asked = context.into_asked();
        if !asked.unanswered.is_empty() {
            // Whatever came out, or failed, may be so because of what was not known.
            return Outcome::Needs(asked.unanswered);
        }
        match result {
            Ok(files) => Outcome::Rendered { files, asked },
            Err(error) => Outcome::Failed { failure: Failure::of(&error), asked },
        }
    }

    fn carry_out(
        &self,
        files: impl IntoIterator<Item = (Text, Value)>,
        context: &Context,
        interrupt: Option<&AtomicBool>,
    ) -> Result<Vec<(Text, Text)>, Error> {
        let settings =
            Settings { missing_key: MissingKey::Zero, interrupt, context: Some(context) };
        let mut run = Run::new(&self.set, settings);
        let mut rendered = Vec::new();
        for (name, dot) in files {
            context.begin(&name);
            let text = run.execute(&name, dot)?;
            rendered.push((name, without_no_value(&run, &text)?));
        }
        Ok(rendered)
    }
}

/// How a render ended.
#[derive(Debug)]
pub enum Outcome {
    /// All files, in the order in which they were asked for.
    Rendered {
        /// The name and the text of each.
        files: Vec<(Text, Text)>,
        /// What it depends on beside its values.
        asked: Asked,
    },
    /// A template failed. The files before it are of no use.
    Failed {
        /// Why.
        failure: Failure,
        /// What that depends on beside the values.
        asked: Asked,
    },
    /// These questions must be answered first, and then it must be rendered again.
    Needs(Vec<Question>),
}
