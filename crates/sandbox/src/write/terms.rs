//! On whose terms a write is made.

use crate::refusal::{Cause, Refusal};
use crate::request::Request;
use trimtab_merge::Force;
use trimtab_model::FieldManager;

/// What is done about fields that the schema does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Validation {
    Ignore,
    Warn,
    Strict,
}

/// The terms of a write.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    pub manager: FieldManager,
    /// Whether the manager was named by a parameter.
    pub is_named: bool,
    pub dry_run: bool,
    pub validation: Validation,
    /// `None` where nothing was said.
    pub force: Option<Force>,
}

/// The longest name of a field manager. Source: apimachinery, `pkg/apis/meta/v1/validation`.
const MANAGER_BYTES_MAX: usize = 128;

impl Terms {
    /// The terms on which a cluster's own controllers write.
    pub fn of_controller(manager: &str) -> Self {
        Self {
            manager: manager.into(),
            is_named: true,
            dry_run: false,
            validation: Validation::Ignore,
            force: None,
        }
    }

    pub fn read(request: &Request, options: &str) -> Result<Self, Refusal> {
        let invalid = |cause: Cause| Refusal::invalid_options(options, &[cause]);
        let dry_run = match request.parameter("dryRun") {
            None => false,
            Some("All") => true,
            Some(other) => {
                let value = format!("[{other:?}]");
                return Err(invalid(Cause::unsupported("dryRun", &value, &["All"])));
            }
        };
        let validation = match request.parameter("fieldValidation") {
            None | Some("Warn") => Validation::Warn,
            Some("Ignore") => Validation::Ignore,
            Some("Strict") => Validation::Strict,
            Some(other) => {
                let supported = ["", "Ignore", "Strict", "Warn"];
                let value = format!("{other:?}");
                return Err(invalid(Cause::unsupported("fieldValidation", &value, &supported)));
            }
        };
        let named = request.parameter("fieldManager");
        if named.is_some_and(|name| name.len() > MANAGER_BYTES_MAX) {
            let why = format!("may not be more than {MANAGER_BYTES_MAX} bytes");
            let value = named.unwrap_or_default().into();
            return Err(invalid(Cause::invalid("fieldManager", &value, &why)));
        }
        let force = request
            .query
            .get("force")
            .map(|_| if request.flag("force") { Force::Take } else { Force::Refuse });
        let agent = request.user_agent.split('/').next().unwrap_or("");
        let agent = if agent.is_empty() { "unknown" } else { agent };
        Ok(Self {
            manager: named.unwrap_or(agent).into(),
            is_named: named.is_some(),
            dry_run,
            validation,
            force,
        })
    }
}
