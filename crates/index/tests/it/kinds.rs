//! Which kinds are served.

use serde_json::{Value, json};
use trimtab_index::Index;
use trimtab_model::{GroupKind, Scope};
use trimtab_plan::{KindFact, Live};
use trimtab_ports::cluster::{Discovery, GroupFact, ServedGroup};

fn widget() -> GroupKind {
    GroupKind::new("example.com", "Widget")
}

fn definition(established: &str) -> Value {
    json!({
        "metadata": {"name": "widgets.example.com"},
        "spec": {
            "group": "example.com", "scope": "Namespaced",
            "names": {"kind": "Widget", "plural": "widgets"},
            "versions": [
                {"name": "v1alpha1", "served": true},
                {"name": "v1", "served": true, "subresources": {"status": {}}},
                {"name": "v2", "served": false},
            ],
        },
        "status": {"conditions": [{"type": "Established", "status": established}]},
    })
}

fn fact(index: &Index, version: &str) -> KindFact {
    index.kind(&widget(), &version.into())
}

#[test]
fn a_definition_is_served_once_it_is_established_before_discovery_knows() {
    let mut index = Index::default();
    index.discovered(Discovery::default());
    assert_eq!(index.defined(&definition("False")), Some(widget()));
    assert_eq!(fact(&index, "v1"), KindFact::Absent);
    assert_eq!(index.defined(&definition("True")), Some(widget()));
    assert_eq!(index.defined(&definition("True")), None);
    assert_eq!(fact(&index, "v1"), KindFact::Served(Scope::Namespaced));
    let KindFact::OtherVersions(Scope::Namespaced, others) = fact(&index, "v2") else {
        panic!("{:?}", fact(&index, "v2"))
    };
    assert_eq!(others[0].as_str(), "v1");
    let served = index.served(&widget()).expect("it is served");
    assert_eq!(&*served.plural, "widgets");
    assert_eq!(served.versions[0].version.as_str(), "v1");
    assert_eq!(served.versions[0].subresources, ["status".into()]);
    assert!(served.versions[1].can("watch"));
}

#[test]
fn a_definition_that_is_gone_is_not_served_whatever_discovery_said_before() {
    let mut index = Index::default();
    index.defined(&definition("True"));
    let served = index.served(&widget()).expect("it is served");
    let group = ServedGroup { versions: vec![], kinds: [("Widget".into(), served)].into() };
    let mut discovery = Discovery::default();
    discovery.groups.insert("example.com".into(), GroupFact::Served(group));
    index.discovered(discovery);
    assert_eq!(index.undefined("widgets.example.com"), Some(widget()));
    assert_eq!(fact(&index, "v1"), KindFact::Absent);
    assert_eq!(index.undefined("widgets.example.com"), None);
}

#[test]
fn before_discovery_nobody_can_tell() {
    assert!(matches!(fact(&Index::default(), "v1"), KindFact::Unknown(_)));
}
