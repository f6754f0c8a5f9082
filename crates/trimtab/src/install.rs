//! `trimtab install`: what a cluster needs before the operator runs in it.

use crate::terminal;
use trimtab_cli::{Install, exit};

/// Prints one of the two sets as a multi-document YAML text, and nothing else.
pub fn print(install: &Install) -> anyhow::Result<u8> {
    let objects =
        if install.crds_only { trimtab_crd::all() } else { trimtab_crd::rbac(&install.namespace) };
    let text: Vec<String> = objects.iter().map(trimtab_yaml::emit).collect();
    terminal::print(&text.join("---\n"))?;
    Ok(exit::OK)
}
