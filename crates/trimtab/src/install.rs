//! `trimtab install`: what a cluster needs before the operator runs in it.

use crate::terminal;
use serde_json::{Value, json};
use trimtab_cli::{Install, exit};

/// Prints what is asked for as a multi-document YAML text: the definitions, the namespace and the RBAC,
/// or one part of it.
pub fn print(install: &Install) -> anyhow::Result<u8> {
    let definitions = || trimtab_crd::all().into_iter();
    let rbac = || trimtab_crd::rbac(&install.namespace).into_iter();
    let objects: Vec<Value> = match (install.crds_only, install.rbac_only) {
        (true, _) => definitions().collect(),
        (false, true) => rbac().collect(),
        (false, false) => {
            definitions().chain([namespace(&install.namespace)]).chain(rbac()).collect()
        }
    };
    let text: Vec<String> = objects.iter().map(trimtab_yaml::emit).collect();
    terminal::print(&text.join("---\n"))?;
    Ok(exit::OK)
}

fn namespace(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
}
