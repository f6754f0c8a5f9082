//! Names of releases. Source: helm `validate_name.go` (`ValidateReleaseName`).

use std::sync::Arc;

use trimtab_template::{Error, Limits, Run, Set, Settings, Value};

use super::Release;
use crate::context::Context;
use crate::function::functions;

/// The longest name, in bytes: kinds add their own endings to it.
const NAME_BYTES_MAX: usize = 53;

/// Why a text is no name of a release, in helm's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidName {
    /// It is empty.
    #[error("release name check failed: release name \"\": no name provided")]
    Missing,
    /// It has characters that names of Kubernetes do not have, or too many.
    #[error(
        "release name check failed: release name {}: invalid release name, must match regex \
         ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$ and the length must not be \
         longer than 53",
        trimtab_template::quoted(.0.as_bytes())
    )]
    Invalid(String),
}

impl Release {
    /// The first revision of a release that is not there yet.
    ///
    /// # Errors
    /// The name is none.
    pub fn new(name: &str, namespace: &str) -> Result<Self, InvalidName> {
        if name.is_empty() {
            return Err(InvalidName::Missing);
        }
        let is_valid = name.len() <= NAME_BYTES_MAX && name.split('.').all(is_label);
        if !is_valid {
            return Err(InvalidName::Invalid(name.to_owned()));
        }
        let (name, namespace) = (name.to_owned(), namespace.to_owned());
        Ok(Self { name, namespace, revision: 1, is_upgrade: false })
    }
}

/// The name that a template of `--name-template` makes. It takes the stack of
/// [`trimtab_template::stack_bytes`] at the depth of the limits. Source: helm `install.go`
/// (`TemplateName`).
///
/// # Errors
/// It is no template, or it fails; in Go's words.
pub fn templated_name(template: &str, context: &Context, limits: Limits) -> Result<String, String> {
    const SET_NAME: &str = "name-template";
    let mut set = Set::new(SET_NAME, Arc::clone(functions()), limits);
    set.parse(SET_NAME, template).map_err(|error| error.text())?;
    let settings = Settings { context: Some(context), ..Settings::default() };
    let name = Run::new(&set, settings).execute(SET_NAME.as_bytes(), Value::Nil);
    name.map(|name| name.to_string()).map_err(|error: Error| error.text())
}

fn is_label(label: &str) -> bool {
    let is_letter = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = label.as_bytes();
    bytes.first().is_some_and(is_letter)
        && bytes.last().is_some_and(is_letter)
        && bytes.iter().all(|byte| is_letter(byte) || *byte == b'-')
}
