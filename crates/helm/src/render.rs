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
        self.run(context, interrupt, |run, context| {
            let file = |(name, dot)| {
                let text = executed(run, context, &name, dot)?;
                Ok((name, text))
            };
            files.into_iter().map(file).collect()
        })
    }

    /// Carries out what the caller does in a run.
    pub(crate) fn run<T>(
        &self,
        context: Context,
        interrupt: Option<&AtomicBool>,
        body: impl FnOnce(&mut Run<'_>, &Context) -> Result<T, Error>,
    ) -> Outcome<T> {
        let settings =
            Settings { missing_key: MissingKey::Zero, interrupt, context: Some(&context) };
        let mut run = Run::new(&self.set, settings);
        let result = body(&mut run, &context);
        drop(run);
        Outcome::of(result.map_err(|error| Failure::of(&error)), context)
    }
}

/// One file's text, without what is no value.
pub(crate) fn executed(
    run: &mut Run<'_>,
    context: &Context,
    name: &Text,
    dot: Value,
) -> Result<Text, Error> {
    context.begin(name);
    let text = run.execute(name, dot)?;
    without_no_value(run, &text)
}

/// How a render ended.
#[derive(Debug)]
pub enum Outcome<T = Vec<(Text, Text)>> {
    /// All went well.
    Rendered {
        /// What came out; of files, the name and the text of each, in the order in which they were asked
        /// for.
        output: T,
        /// What it depends on beside its values.
        asked: Asked,
    },
    /// Something failed. What was there before is of no use.
    Failed {
        /// Why.
        failure: Failure,
        /// What that depends on beside the values.
        asked: Asked,
    },
    /// These questions must be answered first, and then it must be rendered again.
    Needs(Vec<Question>),
}

impl<T> Outcome<T> {
    pub(crate) fn of(result: Result<T, Failure>, context: Context) -> Self {
        let asked = context.into_asked();
        if !asked.unanswered.is_empty() {
            // Whatever came out, or failed, may be so because of what was not known.
            return Self::Needs(asked.unanswered);
        }
        match result {
            Ok(output) => Self::Rendered { output, asked },
            Err(failure) => Self::Failed { failure, asked },
        }
    }

    /// The same with something made of what came out.
    pub(crate) fn and_then<U>(self, next: impl FnOnce(T) -> Result<U, Failure>) -> Outcome<U> {
        match self {
            Self::Rendered { output, asked } => match next(output) {
                Ok(output) => Outcome::Rendered { output, asked },
                Err(failure) => Outcome::Failed { failure, asked },
            },
            Self::Failed { failure, asked } => Outcome::Failed { failure, asked },
            Self::Needs(questions) => Outcome::Needs(questions),
        }
    }
}
