//! What an object itself says about how it is to be treated. The names are data that the doors give.

use std::sync::Arc;

/// Which annotations of an object mean something, and what. No name of any family stands in the
/// engine: a door fills this table once, and every application of its family carries it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Annotations {
    /// Annotations that hold the wave as a whole number: the first one that is present and is a
    /// number counts, and without any the wave is 0.
    pub wave: Vec<Arc<str>>,
    /// Annotations that make an object a hook, asked in this order.
    pub hooks: Vec<HookAnnotation>,
    /// Everything else.
    pub switches: Vec<Switch>,
}

/// An annotation that makes an object a hook: a list of types, separated by commas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookAnnotation {
    /// Its name.
    pub name: Arc<str>,
    /// The types that are known, and what each means. An annotation without any known type leaves
    /// the word to the next one; where none has a word, the object is ignored completely.
    pub types: Vec<(Arc<str>, HookType)>,
}

/// What a type of hook means while hooks do not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HookType {
    /// It would run before or instead of an apply: its application is not written to.
    Restrains,
    /// It would run afterwards: the object is left out, with a warning.
    Adds,
    /// Asked for by name: the object is left out. It counts only as the only type.
    Skip,
    /// No hook at all, if it is the whole text of the annotation: an ordinary object.
    Ordinary,
}

/// An annotation, perhaps also a label, whose values switch something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Switch {
    /// Its name.
    pub name: Arc<str>,
    /// Where it may stand.
    pub place: Place,
    /// How its text is read.
    pub form: Form,
    /// Known values and what each means.
    pub values: Vec<(Arc<str>, Meaning)>,
    /// What any other value means.
    pub otherwise: Meaning,
}

/// Where a switch may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Among the annotations.
    Annotation,
    /// Among the annotations or the labels; the annotation goes first.
    AnnotationOrLabel,
}

/// How the text of a switch is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// Values separated by commas, white space around them dropped.
    List,
    /// One value.
    Word,
    /// One value, in capital or small letters.
    WordOfAnyCase,
}

/// What a value of a switch means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Meaning {
    /// Nothing that we would not do without it.
    NoEffect,
    /// The object is never pruned.
    NeverPrune,
    /// The object is pruned, whatever its application says.
    MayPrune,
    /// The object stays when its application is deleted.
    NeverDelete,
    /// The object goes when its application is deleted, whatever the application says.
    MayDelete,
    /// The object is pruned after everything else is healthy.
    PruneLast,
    /// Fields that the schema does not have are left out instead of refused.
    DropUnknownFields,
    /// The object's health does not count.
    IgnoreHealth,
    /// The object does not make its application OutOfSync when the render no longer has it.
    IgnoreExtraneous,
    /// The object is neither applied nor pruned.
    LeaveAlone,
    /// The object is created when it is absent, and never changed.
    CreateOnly,
    /// Entries of predecessors in `managedFields` stay as they are.
    KeepPredecessors,
    /// It would prevent, delay, narrow or authorise something, and does not act yet: its application
    /// is not written to.
    Restrains,
    /// It would only add something, and does not act yet: a warning.
    Adds,
}

impl Annotations {
    /// The names of all annotations and labels that mean something on a live object too. An index
    /// keeps exactly these of each object.
    pub fn names(&self) -> impl Iterator<Item = &Arc<str>> {
        let switches = self.switches.iter().map(|switch| &switch.name);
        self.wave.iter().chain(switches).chain(self.hooks.iter().map(|hook| &hook.name))
    }
}

impl Switch {
    /// What the text of the annotation means, value by value, each with the value as written.
    pub fn read<'a>(&'a self, text: &'a str) -> Vec<(&'a str, Meaning)> {
        match self.form {
            Form::List => {
                let values = text.split(',').map(str::trim).filter(|value| !value.is_empty());
                values.map(|value| (value, self.meaning(|known| known == value))).collect()
            }
            Form::Word => vec![(text, self.meaning(|known| known == text))],
            Form::WordOfAnyCase => {
                vec![(text, self.meaning(|known| known.eq_ignore_ascii_case(text)))]
            }
        }
    }

    fn meaning(&self, is: impl Fn(&str) -> bool) -> Meaning {
        let known = self.values.iter().find(|(value, _)| is(value));
        known.map_or(self.otherwise, |(_, meaning)| *meaning)
    }
}

#[cfg(test)]
mod tests {
    use super::{Form, Meaning, Place, Switch};

    fn switch(form: Form) -> Switch {
        Switch {
            name: "x/options".into(),
            place: Place::Annotation,
            form,
            values: vec![("Prune=false".into(), Meaning::NeverPrune)],
            otherwise: Meaning::Adds,
        }
    }

    #[test]
    fn a_list_is_read_value_by_value() {
        let options = switch(Form::List);
        let read = options.read("Prune=false , New=thing,");
        assert_eq!(read, [("Prune=false", Meaning::NeverPrune), ("New=thing", Meaning::Adds)]);
    }

    #[test]
    fn only_a_word_of_any_case_forgives_capitals() {
        assert_eq!(switch(Form::Word).read("prune=FALSE"), [("prune=FALSE", Meaning::Adds)]);
        let forgiving = switch(Form::WordOfAnyCase);
        assert_eq!(forgiving.read("prune=FALSE"), [("prune=FALSE", Meaning::NeverPrune)]);
    }
}
