//! The roles that are printed.

use serde_json::Value;
use std::collections::BTreeSet;
use trimtab_crd::rbac;

#[test]
fn no_role_has_every_verb_or_one_that_widens_itself() {
    for object in rbac("trimtab-system") {
        for rule in object["rules"].as_array().into_iter().flatten() {
            for verb in rule["verbs"].as_array().unwrap() {
                let verb = verb.as_str().unwrap();
                assert!(
                    !["*", "escalate", "bind", "impersonate", "deletecollection"].contains(&verb),
                    "{rule}"
                );
            }
        }
    }
}

#[test]
fn every_binding_names_a_role_that_is_printed_and_the_account() {
    let objects = rbac("trimtab-system");
    for binding in objects.iter().filter(|o| o["kind"].as_str().unwrap().ends_with("Binding")) {
        let role = &binding["roleRef"];
        assert!(
            objects
                .iter()
                .any(|o| o["kind"] == role["kind"] && o["metadata"]["name"] == role["name"]),
            "{role}"
        );
        assert_eq!(binding["subjects"][0]["namespace"], "trimtab-system");
    }
}

#[test]
fn an_installation_binds_nothing_that_another_one_binds() {
    let bindings = |namespace: &str| -> BTreeSet<String> {
        let objects = rbac(namespace);
        let bound = objects.iter().filter(|o| o["kind"].as_str().unwrap().ends_with("Binding"));
        let name = |o: &Value| format!("{}/{}", o["metadata"]["namespace"], o["metadata"]["name"]);
        bound.map(name).collect()
    };
    for other in ["deployer", "deployer-a", "trimtab-a"] {
        assert!(bindings("a").is_disjoint(&bindings(other)), "{other}");
    }
}
