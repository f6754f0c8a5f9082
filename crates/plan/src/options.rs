//! What an object's own annotations switch, over what its application says.

use crate::{ObjectOptions, Placed};
use std::sync::Arc;
use trimtab_model::{
    Annotations, HookType, Meaning, NotSupported, ObjectKey, Options, Place, PruneOption,
    Restraint, Wave,
};

/// Reads an object's annotations and labels by name.
pub(crate) trait Notes {
    /// The text of an annotation.
    fn annotation(&self, name: &str) -> Option<&str>;
    /// The text of a label.
    fn label(&self, name: &str) -> Option<&str>;
}

/// A live row keeps annotations and labels of meaning in one list.
impl Notes for [(Arc<str>, Arc<str>)] {
    fn annotation(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, _)| &**known == name).map(|(_, text)| &**text)
    }

    fn label(&self, name: &str) -> Option<&str> {
        self.annotation(name)
    }
}

impl Notes for trimtab_model::Manifest {
    fn annotation(&self, name: &str) -> Option<&str> {
        self.annotation(name)
    }

    fn label(&self, name: &str) -> Option<&str> {
        self.label(name)
    }
}

/// Everything that an object's annotations say.
pub(crate) struct Said {
    pub options: ObjectOptions,
    pub wave: Wave,
    /// Whether unknown fields are left out instead of refused.
    pub drop_unknown_fields: bool,
    /// What is asked for and does not act yet.
    pub not_supported: Vec<NotSupported>,
    pub place: Placed,
}

/// Reads what an object's annotations say, over its application's options.
pub(crate) fn said(
    annotations: &Annotations,
    of_app: Options,
    key: &ObjectKey,
    notes: &(impl Notes + ?Sized),
) -> Said {
    let (place, mut not_supported) = hook(annotations, key, notes);
    let mut said = Said {
        options: ObjectOptions::of_app(of_app),
        wave: wave(annotations, notes),
        drop_unknown_fields: of_app.drop_unknown_fields,
        not_supported: Vec::new(),
        place,
    };
    for switch in &annotations.switches {
        let text = match switch.place {
            Place::Annotation => notes.annotation(&switch.name),
            Place::AnnotationOrLabel => {
                notes.annotation(&switch.name).or_else(|| notes.label(&switch.name))
            }
        };
        for (value, meaning) in text.map(|text| switch.read(text)).unwrap_or_default() {
            said.take(meaning, || format!("{}: {value} on {key}", switch.name));
        }
    }
    said.not_supported.append(&mut not_supported);
    said
}

/// The options of a live object: what says whether it may go.
pub(crate) fn live_options(
    annotations: &Annotations,
    of_app: Options,
    object: &crate::LiveObject,
) -> ObjectOptions {
    said(annotations, of_app, &object.key, object.annotations.as_slice()).options
}

/// The wave that an object names, or 0.
pub(crate) fn wave(annotations: &Annotations, notes: &(impl Notes + ?Sized)) -> Wave {
    let mut texts = annotations.wave.iter().filter_map(|name| notes.annotation(name));
    Wave(texts.find_map(|text| text.trim().parse().ok()).unwrap_or_default())
}

impl ObjectOptions {
    fn of_app(options: Options) -> Self {
        Self {
            prune: options.prune,
            delete: options.delete,
            prune_last: options.prune_last,
            ignore_health: false,
            ignore_extraneous: false,
            leave_alone: false,
            create_only: false,
            keep_predecessors: false,
        }
    }
}

impl Said {
    fn take(&mut self, meaning: Meaning, named: impl FnOnce() -> String) {
        let options = &mut self.options;
        match meaning {
            Meaning::NoEffect => {}
            Meaning::NeverPrune => options.prune = PruneOption::Keep,
            Meaning::MayPrune => options.prune = PruneOption::Prune,
            Meaning::NeverDelete => options.delete = false,
            Meaning::MayDelete => options.delete = true,
            Meaning::PruneLast => options.prune_last = true,
            Meaning::DropUnknownFields => self.drop_unknown_fields = true,
            Meaning::IgnoreHealth => options.ignore_health = true,
            Meaning::IgnoreExtraneous => options.ignore_extraneous = true,
            Meaning::LeaveAlone => options.leave_alone = true,
            Meaning::CreateOnly => options.create_only = true,
            Meaning::KeepPredecessors => options.keep_predecessors = true,
            Meaning::Restrains => self.not_supported.push(not_supported(named(), true)),
            Meaning::Adds => self.not_supported.push(not_supported(named(), false)),
        }
    }
}

fn not_supported(field: String, restrains: bool) -> NotSupported {
    let restraint = if restrains { Restraint::Restrains } else { Restraint::Adds };
    NotSupported { field: field.into(), restraint }
}

/// Whether an object is a hook, and what that means while hooks do not run. The first
/// annotation with a known type has the word; types unknown to us beside a known one restrain,
/// because nobody can tell when they would have run.
fn hook(
    annotations: &Annotations,
    key: &ObjectKey,
    notes: &(impl Notes + ?Sized),
) -> (Placed, Vec<NotSupported>) {
    let mut named = None;
    for hook in &annotations.hooks {
        let Some(text) = notes.annotation(&hook.name) else { continue };
        let values: Vec<&str> = text.split(',').map(str::trim).filter(|v| !v.is_empty()).collect();
        let known = |value: &str| hook.types.iter().find(|(name, _)| &**name == value);
        let types: Vec<Option<HookType>> =
            values.iter().map(|value| known(value).map(|(_, kind)| *kind)).collect();
        let field = format!("{}: {text} on {key}", hook.name);
        match types.as_slice() {
            [] => {}
            [Some(HookType::Ordinary)] => return (Placed::Ordinary, Vec::new()),
            [Some(HookType::Skip)] => return (Placed::Skipped, Vec::new()),
            // The text counts whole: a list with it has no type that is known.
            types if !types.iter().flatten().any(|kind| *kind != HookType::Ordinary) => {
                named.get_or_insert(field);
            }
            types => return hook_of(types, field),
        }
    }
    match named {
        Some(field) => (Placed::LeftOut, vec![not_supported(field, false)]),
        None => (Placed::Ordinary, Vec::new()),
    }
}

fn hook_of(types: &[Option<HookType>], field: String) -> (Placed, Vec<NotSupported>) {
    let adds = |kind: &Option<HookType>| matches!(kind, Some(HookType::Adds | HookType::Skip));
    let restrains = !types.iter().all(adds);
    (Placed::LeftOut, vec![not_supported(field, restrains)])
}
