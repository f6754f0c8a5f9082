//! A plan on a terminal: one line for each object.

use crate::paint::printable;
use crate::table::table;
use crate::{Colour, Paint};
use trimtab_api::Planned;

/// One line for each object, in the order in which they would be done.
pub fn planned(objects: &[Planned], paint: Paint) -> String {
    let row = |object: &Planned| {
        vec![
            action(&object.action, paint),
            object.group.clone(),
            object.kind.clone(),
            object.namespace.clone(),
            object.name.clone(),
            printable(&object.reason),
        ]
    };
    let rows: Vec<_> = objects.iter().map(row).collect();
    table(&["ACTION", "GROUP", "KIND", "NAMESPACE", "NAME", "REASON"], &rows)
}

fn action(word: &str, paint: Paint) -> String {
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
    use super::planned;
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
}
