//! Templates that are carried out as the product does it.

use std::rc::Rc;

use trimtab_helm::{Context, Failure, NoCluster, Outcome, Templates};
use trimtab_template::{Limits, Text, Value, stack_bytes};

use crate::data::{context, dot};

/// The output of one of some files.
pub fn file(
    limits: Limits,
    context: Context,
    files: &[(&str, &str)],
    (name, dot): (&str, Value),
) -> Result<Text, Failure> {
    let mut templates = Templates::new(limits);
    files.iter().try_for_each(|(name, text)| templates.parse(*name, *text))?;
    match templates.render([(Text::from(name), dot)], context, None) {
        Outcome::Rendered { output, .. } => Ok(output[0].1.clone()),
        Outcome::Failed { failure, .. } => Err(failure),
        Outcome::Needs(questions) => panic!("{questions:?}"),
    }
}

/// The output of a template, on a thread with the stack that its limits ask for.
pub fn output(limits: Limits, text: &str) -> Result<String, Failure> {
    let text = text.to_owned();
    let body = move || {
        let context = context().with_inputs(Rc::new(NoCluster::default()));
        let text = file(limits, context, &[("t", &text)], ("t", dot()))?;
        Ok(text.to_string())
    };
    let thread = std::thread::Builder::new().stack_size(stack_bytes(limits.depth));
    thread.spawn(body).unwrap().join().unwrap()
}
