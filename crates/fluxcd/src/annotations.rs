//! What annotations and labels of objects mean to the family.

use trimtab_model::{Annotations, Form, Meaning, Place, Switch};

/// The family's table. It has neither waves nor hooks.
/// Source: kustomize-controller 1.9.4 `internal/controller`, fluxcd/pkg `ssa`.
pub fn annotations() -> Annotations {
    let switches = vec![
        // What is not pruned stays with its Kustomization's deletion too: one switch, two meanings.
        switch("prune", &[("disabled", Meaning::NeverPrune)], Meaning::NoEffect),
        switch("prune", &[("disabled", Meaning::NeverDelete)], Meaning::NoEffect),
        switch("reconcile", &[("disabled", Meaning::LeaveAlone)], Meaning::NoEffect),
        switch(
            "ssa",
            &[
                ("Override", Meaning::NoEffect),
                ("Merge", Meaning::KeepPredecessors),
                ("IfNotPresent", Meaning::CreateOnly),
                ("Ignore", Meaning::LeaveAlone),
            ],
            Meaning::Restrains,
        ),
        // Without force an object that cannot be changed fails.
        switch("force", &[("enabled", Meaning::Adds)], Meaning::NoEffect),
    ];
    Annotations { wave: Vec::new(), hooks: Vec::new(), switches }
}

fn switch(name: &str, values: &[(&str, Meaning)], otherwise: Meaning) -> Switch {
    let values = values.iter().map(|(text, meaning)| ((*text).into(), *meaning)).collect();
    Switch {
        name: format!("{}/{name}", crate::names::KUSTOMIZE_GROUP).into(),
        place: Place::AnnotationOrLabel,
        form: Form::WordOfAnyCase,
        values,
        otherwise,
    }
}
