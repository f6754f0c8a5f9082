//! Pages that people write and that have to name everything: a metric, a condition, a decision, a link.

use std::fs;
use std::path::Path;

use anyhow::Context;

/// Where names are, how they stand there, and which page names them.
struct Named {
    source: &'static str,
    /// What stands before a name.
    before: &'static str,
    page: &'static str,
}

const NAMED: [Named; 6] = [
    Named {
        source: "crates/controller/src/metrics.rs",
        before: "= \"trimtab_",
        page: "docs/reference/metrics.md",
    },
    Named {
        source: "crates/trimtab/src/operator.rs",
        before: "# HELP trimtab_",
        page: "docs/reference/metrics.md",
    },
    Named {
        source: "crates/argoproj/src/conditions.rs",
        before: "=> \"",
        page: "docs/reference/conditions.md",
    },
    Named {
        source: "crates/argoproj/src/conditions.rs",
        before: "&str = \"",
        page: "docs/reference/conditions.md",
    },
    Named {
        source: "crates/fluxcd/src/status.rs",
        before: "=> Some(\"",
        page: "docs/reference/conditions.md",
    },
    Named {
        source: "crates/fluxcd/src/conditions.rs",
        before: "SHARDED: &str = \"",
        page: "docs/reference/conditions.md",
    },
];

/// Documents whose links have to lead somewhere, besides those below `docs`.
const LINKED: [&str; 4] = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "PARITY.md"];

/// What is missing.
pub fn problems() -> anyhow::Result<Vec<String>> {
    let root = trimtab_testkit::repository();
    let mut problems = Vec::new();
    for Named { source, before, page } in NAMED {
        let (text, page_text) = (read(&root.join(source))?, read(&root.join(page))?);
        for name in names(&text, before) {
            if !page_text.contains(&format!("`{name}`")) {
                problems.push(format!("{page} does not name `{name}` of {source}"));
            }
        }
    }
    let mut documents: Vec<_> = LINKED.iter().map(|name| root.join(name)).collect();
    markdown_below(&root.join("docs"), &mut documents)?;
    for document in documents {
        let folder = document.parent().unwrap_or(&root);
        let text = read(&document)?;
        let dead = links(&text).filter(|link| !folder.join(link).exists());
        let name = document.strip_prefix(&root).unwrap_or(&document).display().to_string();
        problems.extend(dead.map(|link| format!("{name} links to {link}, which is not there")));
    }
    Ok(problems)
}

fn read(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// The words that stand behind `before`; its own end counts where that begins a word.
fn names<'a>(text: &'a str, before: &'a str) -> impl Iterator<Item = String> + 'a {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let start = before.rfind(|c| !is_word(c)).map_or(0, |at| at + 1);
    text.match_indices(before).filter_map(move |(at, _)| {
        let rest = &text[at + start..];
        let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        Some(rest[..end].to_owned()).filter(|name| !name.is_empty())
    })
}

/// The files and folders that a page links to; not other sites, and not places in a page.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    let files = targets.map(|(link, _)| link.split('#').next().unwrap_or_default());
    files.filter(|link| !link.is_empty() && !link.contains("://"))
}

fn markdown_below(folder: &Path, found: &mut Vec<std::path::PathBuf>) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            markdown_below(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{links, names, problems};

    #[test]
    fn the_pages_name_everything_and_their_links_lead_somewhere() {
        assert_eq!(problems().expect("pages"), [""; 0]);
    }

    #[test]
    fn names_stand_behind_their_mark() {
        let found: Vec<String> =
            names("x: C = \"trimtab_a\";\ny = \"other\"", "= \"trimtab_").collect();
        assert_eq!(found, ["trimtab_a"]);
        let found: Vec<String> = names("A => \"SyncError\", B => \"X\"", "=> \"").collect();
        assert_eq!(found, ["SyncError", "X"]);
    }

    #[test]
    fn a_link_to_another_site_is_not_followed() {
        let text = "[a](b.md#c) [d](https://example.com) [e](#f) ![g](h.svg)";
        assert_eq!(links(text).collect::<Vec<_>>(), ["b.md", "h.svg"]);
    }
}
