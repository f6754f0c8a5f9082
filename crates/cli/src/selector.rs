//! Labels that are asked for, as `kubectl -l` reads them.
//!
//! Source: Kubernetes' `apimachinery/pkg/labels/selector.go`, without `gt` and `lt`.

use std::collections::BTreeMap;
use std::str::FromStr;

/// What labels have to be like: all of its parts hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    label: String,
    wish: Wish,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Wish {
    Exists,
    Absent,
    In(Vec<String>),
    NotIn(Vec<String>),
}

impl Selector {
    /// Whether these labels are as asked for.
    pub fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        self.0.iter().all(|part| {
            let value = labels.get(&part.label);
            match &part.wish {
                Wish::Exists => value.is_some(),
                Wish::Absent => value.is_none(),
                Wish::In(values) => value.is_some_and(|value| values.contains(value)),
                Wish::NotIn(values) => value.is_none_or(|value| !values.contains(value)),
            }
        })
    }
}

impl FromStr for Selector {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = split(text).into_iter().map(|part| part_of(part.trim()));
        parts.collect::<Option<Vec<Part>>>().filter(|parts| !parts.is_empty()).map(Self).ok_or_else(
            || format!("`{text}` chooses no labels; write it as a=b, a!=b, `a in (b,c)`, a or !a"),
        )
    }
}

/// The parts of a text: commas within brackets separate values.
fn split(text: &str) -> Vec<&str> {
    let mut depth = 0;
    text.split(|c: char| {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        c == ',' && depth == 0
    })
    .collect()
}

fn part_of(text: &str) -> Option<Part> {
    if let Some(absent) = text.strip_prefix('!') {
        return part(absent, Wish::Absent);
    }
    if let Some((label, value)) = text.split_once("!=") {
        return part(label, Wish::NotIn(vec![value_of(value)?]));
    }
    if let Some((label, value)) = text.split_once("==").or_else(|| text.split_once('=')) {
        return part(label, Wish::In(vec![value_of(value)?]));
    }
    let Some((label, set)) = text.split_once(char::is_whitespace) else {
        return part(text, Wish::Exists);
    };
    let set = set.trim_start();
    let (wish, listed): (fn(Vec<String>) -> Wish, &str) = match set.strip_prefix("notin") {
        Some(listed) => (Wish::NotIn, listed),
        None => (Wish::In, set.strip_prefix("in")?),
    };
    let listed = listed.trim().strip_prefix('(')?.strip_suffix(')')?;
    let values: Option<Vec<String>> = listed.split(',').map(value_of).collect();
    part(label, wish(values?))
}

fn part(label: &str, wish: Wish) -> Option<Part> {
    let label = label.trim();
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    (!label.is_empty() && label.chars().all(fits)).then(|| Part { label: label.to_owned(), wish })
}

fn value_of(text: &str) -> Option<String> {
    let value = text.trim();
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    value.chars().all(fits).then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::Selector;
    use std::collections::BTreeMap;

    fn matches(selector: &str) -> bool {
        let labels = [("team", "web"), ("tier", "front"), ("example.com/part", "a")];
        let labels: BTreeMap<_, _> =
            labels.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        selector.parse::<Selector>().expect(selector).matches(&labels)
    }

    #[test]
    fn labels_are_chosen_as_kubectl_chooses_them() {
        for yes in [
            "team=web",
            "team==web",
            "team = web, tier=front",
            "team!=shop",
            "absent!=x",
            "team",
            "!absent",
            "team in (web, shop)",
            "team notin (shop),tier",
            "absent notin (x)",
            "example.com/part=a",
        ] {
            assert!(matches(yes), "{yes}");
        }
        for no in ["team=shop", "team=", "team!=web", "absent", "!team", "absent in (web)"] {
            assert!(!matches(no), "{no}");
        }
    }

    #[test]
    fn what_chooses_nothing_is_refused() {
        for wrong in ["", "a b", "a in b", "a=b c", "a,,b", "a in (b", "=b", "a b (c)"] {
            assert!(wrong.parse::<Selector>().is_err(), "{wrong}");
        }
    }
}
