//! A plan on a terminal: one line for each object.

use crate::paint::Cell;
use crate::table::table;
use crate::{Colour, Paint};
use trimtab_api::Planned;

/// One line for each object, in the order in which they would be done; nothing where there is none.
pub fn planned(objects: &[Planned], paint: Paint) -> String {
    if objects.is_empty() {
        return String::new();
    }
    let row = |object: &Planned| {
        vec![
            action(&object.action, paint),
            (&object.group).into(),
            (&object.kind).into(),
            (&object.namespace).into(),
            (&object.name).into(),
            (&object.reason).into(),
        ]
    };
    let rows: Vec<_> = objects.iter().map(row).collect();
    table(&["ACTION", "GROUP", "KIND", "NAMESPACE", "NAME", "REASON"], &rows)
}

/// How many objects there are of each sort, in one line. Where `whole` is false, not all that is desired
/// is known.
pub fn summary(objects: &[Planned], whole: bool) -> String {
    let sorts = [
        ("create", "to create"),
        ("update", "to update"),
        ("prune", "to prune"),
        ("same", "the same"),
        ("keep", "kept"),
        ("refuse", "refused"),
    ];
    let counted = sorts.iter().filter_map(|(action, words)| {
        let count = objects.iter().filter(|object| object.action == *action).count();
        (count > 0).then(|| format!("{count} {words}"))
    });
    match (&*counted.collect::<Vec<_>>().join(", "), whole) {
        ("", true) => "nothing to do: there are no objects".to_owned(),
        ("", false) => "no plan: nothing could be rendered".to_owned(),
        (counted, true) => counted.to_owned(),
        (counted, false) => format!("{counted}; not everything could be rendered"),
    }
}

fn action(word: &str, paint: Paint) -> Cell {
    let colour = match word {
        "create" => Colour::Good,
        "refuse" => Colour::Bad,
        "same" => Colour::Dim,
        _ => Colour::Attention,
    };
    paint.text(colour, word)
}

#[cfg(test)]
mod tests {
    use super::{planned, summary};
    use crate::Paint;
    use trimtab_api::Planned;

    #[test]
    fn one_line_for_each_object() {
        let web = Planned {
            action: "create".into(),
            group: "apps".into(),
            kind: "Deployment".into(),
            namespace: "shop".into(),
            name: "web".into(),
            reason: "absent".into(),
        };
        let text = planned(&[web], Paint(false));
        assert_eq!(
            text,
            "ACTION   GROUP   KIND         NAMESPACE   NAME   REASON\n\
             create   apps    Deployment   shop        web    absent\n"
        );
    }
    #[test]
    fn the_summary_counts_what_there_is() {
        let of = |action: &str| Planned { action: action.into(), ..Planned::default() };
        assert_eq!(summary(&[], true), "nothing to do: there are no objects");
        let all = [of("same"), of("create"), of("same"), of("keep"), of("refuse")];
        assert_eq!(summary(&all, true), "1 to create, 2 the same, 1 kept, 1 refused");
    }

    #[test]
    fn what_could_not_be_rendered_is_not_called_nothing_to_do() {
        assert_eq!(summary(&[], false), "no plan: nothing could be rendered");
        let create = Planned { action: "create".into(), ..Planned::default() };
        assert_eq!(summary(&[create], false), "1 to create; not everything could be rendered");
    }
}
