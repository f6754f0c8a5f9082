//! What annotations of objects mean to the family.

use trimtab_model::{Annotations, Form, HookAnnotation, HookType, Meaning, Place, Switch};

/// The family's table. Source: argo-cd `gitops-engine/pkg/sync/{common,hook,resource}`,
/// `docs/user-guide/{sync-options,compare-options,helm}.md`.
pub fn annotations() -> Annotations {
    Annotations {
        wave: vec!["argocd.argoproj.io/sync-wave".into(), "helm.sh/hook-weight".into()],
        hooks: vec![hooks("argocd.argoproj.io/hook", HOOKS), hooks("helm.sh/hook", HELM_HOOKS)],
        switches: vec![
            switch("argocd.argoproj.io/sync-options", Form::List, SYNC_OPTIONS, Meaning::Restrains),
            switch(
                "argocd.argoproj.io/compare-options",
                Form::List,
                COMPARE_OPTIONS,
                Meaning::Restrains,
            ),
            switch(
                "argocd.argoproj.io/ignore-healthcheck",
                Form::Word,
                &[("true", Meaning::IgnoreHealth)],
                Meaning::NoEffect,
            ),
            switch(
                "helm.sh/resource-policy",
                Form::Word,
                &[("keep", Meaning::NeverDelete)],
                Meaning::NoEffect,
            ),
        ],
    }
}

const HOOKS: &[(&str, HookType)] = &[
    ("PreSync", HookType::Restrains),
    ("Sync", HookType::Restrains),
    ("PostSync", HookType::Adds),
    ("SyncFail", HookType::Adds),
    ("PreDelete", HookType::Restrains),
    ("PostDelete", HookType::Adds),
    ("Skip", HookType::Skip),
];

/// A chart's hooks, as the family maps them. Types that are not listed are no hooks of the family:
/// such an object is neither applied nor compared.
const HELM_HOOKS: &[(&str, HookType)] = &[
    ("pre-install", HookType::Restrains),
    ("pre-upgrade", HookType::Restrains),
    ("post-install", HookType::Adds),
    ("post-upgrade", HookType::Adds),
    ("pre-delete", HookType::Restrains),
    ("post-delete", HookType::Adds),
    ("crd-install", HookType::Ordinary),
];

/// What is not listed restrains: `Prune=confirm` and `Delete=confirm` wait for a yes.
const SYNC_OPTIONS: &[(&str, Meaning)] = &[
    ("Prune=false", Meaning::NeverPrune),
    ("Prune=true", Meaning::MayPrune),
    ("Delete=false", Meaning::NeverDelete),
    ("Delete=true", Meaning::MayDelete),
    ("Validate=false", Meaning::DropUnknownFields),
    ("PruneLast=true", Meaning::PruneLast),
    ("SkipDryRunOnMissingResource=true", Meaning::Adds),
    ("Replace=true", Meaning::Adds),
    ("Force=true", Meaning::Adds),
    // What holds anyway, and what counts only among the application's own options.
    ("Validate=true", Meaning::NoEffect),
    ("PruneLast=false", Meaning::NoEffect),
    ("SkipDryRunOnMissingResource=false", Meaning::NoEffect),
    ("Replace=false", Meaning::NoEffect),
    ("Force=false", Meaning::NoEffect),
    ("ServerSideApply=true", Meaning::NoEffect),
    ("ServerSideApply=false", Meaning::NoEffect),
    ("ApplyOutOfSyncOnly=true", Meaning::NoEffect),
    ("FailOnSharedResource=true", Meaning::NoEffect),
    ("RespectIgnoreDifferences=true", Meaning::NoEffect),
    ("CreateNamespace=true", Meaning::NoEffect),
    ("ClientSideApplyMigration=false", Meaning::NoEffect),
    ("PrunePropagationPolicy=foreground", Meaning::NoEffect),
    ("PrunePropagationPolicy=background", Meaning::NoEffect),
    ("PrunePropagationPolicy=orphan", Meaning::NoEffect),
];

/// How a difference is found has one answer here; only what it is found in can be changed.
const COMPARE_OPTIONS: &[(&str, Meaning)] = &[
    ("IgnoreExtraneous", Meaning::IgnoreExtraneous),
    ("ServerSideDiff=true", Meaning::NoEffect),
    ("ServerSideDiff=false", Meaning::NoEffect),
    ("IncludeMutationWebhook=true", Meaning::NoEffect),
    ("IncludeMutationWebhook=false", Meaning::NoEffect),
];

fn hooks(name: &str, types: &[(&str, HookType)]) -> HookAnnotation {
    let types = types.iter().map(|(text, kind)| ((*text).into(), *kind)).collect();
    HookAnnotation { name: name.into(), types }
}

fn switch(name: &str, form: Form, values: &[(&str, Meaning)], otherwise: Meaning) -> Switch {
    let values = values.iter().map(|(text, meaning)| ((*text).into(), *meaning)).collect();
    Switch { name: name.into(), place: Place::Annotation, form, values, otherwise }
}
