//! What `install` prints.

use trimtab_crd::{INVENTORY, all, definitions, mismatches, rbac, yaml};
use trimtab_yaml::{Rules, documents};

#[test]
fn what_is_printed_is_read_back() {
    for objects in [all(), rbac("trimtab-system")] {
        let read = documents(yaml(&objects).as_bytes(), Rules::default());
        assert_eq!(read.problems, []);
        let values: Vec<_> = read.documents.into_iter().map(|document| document.value).collect();
        assert_eq!(values, objects);
    }
}

#[test]
fn every_kind_is_printed_once_and_nothing_else() {
    let names: Vec<String> = definitions().iter().map(|one| one.name()).collect();
    assert_eq!(
        names,
        [
            "applications.argoproj.io",
            "appprojects.argoproj.io",
            "gitrepositories.source.toolkit.fluxcd.io",
            "kustomizations.kustomize.toolkit.fluxcd.io",
            "inventories.trimtab.dev",
        ]
    );
    assert!(all().iter().all(|object| object["kind"] == "CustomResourceDefinition"));
}

#[test]
fn an_inventory_without_its_numbers_is_refused() {
    let schema = INVENTORY.schema().into_value();
    let found = mismatches(&serde_json::json!({"spec": {"entries": []}}), &schema, "");
    assert_eq!(found.len(), 5);
}
