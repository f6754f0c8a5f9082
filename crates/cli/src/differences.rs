//! Differences on a terminal, under the headings of `argocd app diff`.

use crate::paint::{Cell, printable};
use crate::{Colour, Paint};
use std::fmt::Write;
use trimtab_api::Difference;

/// Each object's unified difference under its heading; nothing where there is none.
pub fn differences(all: &[Difference], paint: Paint) -> String {
    let mut text = String::new();
    for one in all {
        let Difference { group, kind, namespace, name, diff } = one;
        let heading = printable(&format!("{group}/{kind} {namespace}/{name}"));
        let _ = writeln!(text, "\n===== {heading} ======");
        for line in diff.lines() {
            let _ = writeln!(text, "{}", painted(line, paint).as_str());
        }
    }
    text
}

fn painted(line: &str, paint: Paint) -> Cell {
    match line.as_bytes().first() {
        Some(b'+') => paint.text(Colour::Good, line),
        Some(b'-') => paint.text(Colour::Bad, line),
        Some(b'@') => paint.text(Colour::Dim, line),
        _ => line.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::differences;
    use crate::Paint;
    use trimtab_api::Difference;

    fn web(diff: &str) -> Difference {
        Difference {
            group: "apps".into(),
            kind: "Deployment".into(),
            namespace: "shop".into(),
            name: "web".into(),
            diff: diff.into(),
        }
    }

    #[test]
    fn each_object_has_its_heading() {
        assert_eq!(differences(&[], Paint(true)), "");
        assert_eq!(
            differences(&[web("--- live\n+++ desired\n@@ -1 +1 @@\n-a: 1\n+a: 2\n")], Paint(false)),
            "\n===== apps/Deployment shop/web ======\n--- live\n+++ desired\n@@ -1 +1 @@\n-a: 1\n+a: 2\n"
        );
    }

    #[test]
    fn what_comes_and_goes_has_a_colour_and_cannot_draw() {
        let text = differences(&[web("-a\n+b\u{1b}[2J\n c\n")], Paint(true));
        assert!(
            text.ends_with("\u{1b}[31m-a\u{1b}[0m\n\u{1b}[32m+b\u{fffd}[2J\u{1b}[0m\n c\n"),
            "{text:?}"
        );
    }
}
