//! Sync options of an application: `Name=value` in a list.

use crate::operation;
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
    /// Those among them that only the sync that is asked for, or runs, has.
    pub of_operation: Vec<Arc<str>>,
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

/// The options that hold now: the spec's, and over them those of the sync that is asked for, or that
/// runs. The family's servers copy the spec's into each operation; where somebody asked without them,
/// the spec's hold all the same, since what they forbid stays forbidden.
pub fn of(resource: &Value) -> AppOptions {
    let spec = read::at(resource, "spec").unwrap_or(&Value::Null);
    let mut options = of_spec(spec);
    let Some((operation, shown)) = operation::present(resource) else { return options };
    for option in trimmed(operation, "sync.syncOptions") {
        if options.written.iter().any(|written| &**written == option) {
            continue;
        }
        options.add(option, &format!("{shown}.sync.syncOptions"));
        options.of_operation.push(option.into());
    }
    options
}

fn trimmed<'a>(value: &'a Value, path: &str) -> impl Iterator<Item = &'a str> {
    read::texts(value, path).map(str::trim).filter(|option| !option.is_empty())
}

fn of_spec(spec: &Value) -> AppOptions {
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
        written: Vec::new(),
        of_operation: Vec::new(),
    };
    for option in trimmed(spec, "syncPolicy.syncOptions") {
        options.add(option, "spec.syncPolicy.syncOptions");
    }
    options
}

impl AppOptions {
    fn add(&mut self, option: &str, shown: &str) {
        if let Some(restraint) = self.take(option) {
            let field = format!("{shown}: {option}").into();
            self.not_supported.push(NotSupported { field, restraint });
        }
        self.written.push(option.into());
    }

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
            "Validate=true" => options.drop_unknown_fields = false,
            "ApplyOutOfSyncOnly=false" => options.only_out_of_sync = false,
            "PruneLast=false" => options.prune_last = false,
            "FailOnSharedResource=false" => options.fail_on_shared = false,
            "CreateNamespace=false" => self.create_namespace = NamespaceCreation::Never,
            "ClientSideApplyMigration=true" => self.migrate_client_side = true,
            // Every apply is server-side; and an option that says what holds without it says nothing.
            "ServerSideApply=true"
            | "ServerSideApply=false"
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
