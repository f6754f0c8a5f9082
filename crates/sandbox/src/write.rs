//! Writes. Each goes the server's way: read the body, fill in defaults, say who owns what, admit,
//! check, store.

mod body;
mod create;
pub(crate) mod delete;
pub(crate) mod metadata;
mod patch;
mod terms;
mod update;

pub(crate) use patch::Change;
pub(crate) use terms::Terms;

use crate::answer::Answer;
use crate::read::Form;
use crate::refusal::Refusal;
use crate::request::Request;
use crate::server::{Server, Target};
use serde_json::Value;
use std::sync::Arc;

/// The content type of an apply.
pub(crate) const APPLY: &str = "application/apply-patch+yaml";

/// What a write has made.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    pub object: Arc<Value>,
    pub is_new: bool,
    pub warnings: Vec<String>,
}

impl Server {
    pub(crate) fn post(&mut self, request: &Request, target: &Target) -> Result<Answer, Refusal> {
        let form = Form::of(request)?;
        let terms = Terms::read(request, "CreateOptions")?;
        let object = body::object(request, target)?;
        let made = self.create(target, object, &terms)?;
        Ok(answer(&made, target, form))
    }

    pub(crate) fn put(&mut self, request: &Request, target: &Target) -> Result<Answer, Refusal> {
        let form = Form::of(request)?;
        let terms = Terms::read(request, "UpdateOptions")?;
        let object = body::object(request, target)?;
        let made = self.replace(target, object, &terms)?;
        Ok(answer(&made, target, form))
    }

    pub(crate) fn patch(&mut self, request: &Request, target: &Target) -> Result<Answer, Refusal> {
        let form = Form::of(request)?;
        let terms = Terms::read(request, "PatchOptions")?;
        let change = patch::read(request, target)?;
        let made = self.change(target, change, &terms)?;
        Ok(answer(&made, target, form))
    }
}

fn answer(made: &Made, target: &Target, form: Form) -> Answer {
    let code = if made.is_new { 201 } else { 200 };
    let mut answer = Answer::json(code, form.object(&target.seen(&made.object)));
    for warning in &made.warnings {
        answer = answer.with("warning", format!("299 - {warning:?}"));
    }
    answer
}
