//! Sync options of an application: `Name=value` in a list.

use serde_json::Value;
use std::sync::Arc;
use trimtab_crd::read;
use trimtab_model::{
    NamespaceCreation, NotSupported, Options, Propagation, PruneOption, Restraint, UnknownFields,
};

/// What the options of an application, or of one operation, say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppOptions {
    /// Options that hold for all objects.
    pub options: Options,
    /// Whether the destination's namespace is created.
    pub create_namespace: NamespaceCreation,
    /// Whether a person's client-side entries are moved with the first apply.
    pub migrate_client_side: bool,
    /// Options that do not act yet.
    pub not_supported: Vec<NotSupported>,
    /// The options as written.
    pub written: Vec<Arc<str>>,
}

impl AppOptions {
    /// What an unknown field means under these options.
    pub fn unknown_fields(&self) -> UnknownFields {
        if self.options.drop_unknown_fields {
            UnknownFields::DropWithWarning
        } else {
            UnknownFields::Refuse
        }
    }
}

/// Reads the options at `path`; `shown` is how a person finds them.
pub fn read(value: &Value, path: &str, shown: &str) -> AppOptions {
    let mut options = AppOptions {
        options: Options {
            prune: PruneOption::Prune,
            delete: true,
            drop_unknown_fields: false,
            only_out_of_sync: false,
            prune_last: false,
            fail_on_shared: false,
            propagation: Propagation::Foreground,
        },
        create_namespace: NamespaceCreation::Never,
        migrate_client_side: true,
        not_supported: Vec::new(),
        written: read::texts(value, path).map(Into::into).collect(),
    };
    for option in read::texts(value, path).map(str::trim).filter(|option| !option.is_empty()) {
        if let Some(restraint) = options.take(option) {
            let field = format!("{shown}: {option}").into();
            options.not_supported.push(NotSupported { field, restraint });
        }
    }
    options
}

impl AppOptions {
    /// Takes one option over; if it does not act yet, says what that means.
    /// Source: argo-cd `docs/user-guide/sync-options.md`.
    fn take(&mut self, option: &str) -> Option<Restraint> {
        let options = &mut self.options;
        match option {
            "Prune=true" => options.prune = PruneOption::Prune,
            "Prune=false" => options.prune = PruneOption::Keep,
            "Delete=true" => options.delete = true,
            "Delete=false" => options.delete = false,
            "Validate=false" => options.drop_unknown_fields = true,
            "ApplyOutOfSyncOnly=true" => options.only_out_of_sync = true,
            "PruneLast=true" => options.prune_last = true,
            "FailOnSharedResource=true" => options.fail_on_shared = true,
            "PrunePropagationPolicy=foreground" => options.propagation = Propagation::Foreground,
            "PrunePropagationPolicy=background" => options.propagation = Propagation::Background,
            "PrunePropagationPolicy=orphan" => options.propagation = Propagation::Orphan,
            "CreateNamespace=true" => self.create_namespace = NamespaceCreation::WhenAbsent,
            "ClientSideApplyMigration=false" => self.migrate_client_side = false,
            // Every apply is server-side; and an option that says what holds without it says nothing.
            "ServerSideApply=true"
            | "ServerSideApply=false"
            | "Validate=true"
            | "ApplyOutOfSyncOnly=false"
            | "PruneLast=false"
            | "FailOnSharedResource=false"
            | "CreateNamespace=false"
            | "ClientSideApplyMigration=true"
            | "SkipDryRunOnMissingResource=false"
            | "Replace=false"
            | "Force=false"
            | "RespectIgnoreDifferences=false" => {}
            // Without these an apply fails where it would have gone on.
            "SkipDryRunOnMissingResource=true" | "Replace=true" | "Force=true" => {
                return Some(Restraint::Adds);
            }
            // `Prune=confirm` and `Delete=confirm` wait for a yes, `RespectIgnoreDifferences=true`
            // keeps values of others; of what nobody here knows, nobody knows what it prevents.
            _ => return Some(Restraint::Restrains),
        }
        None
    }
}
