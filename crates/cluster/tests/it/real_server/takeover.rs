//! Objects that somebody else has made.

use super::here::{Here, applied};
use crate::fixtures::{MANAGER, config_target, terms, update};
use serde_json::json;
use trimtab_index::Index;
use trimtab_merge::migration;
use trimtab_model::FieldManager;
use trimtab_plan::Live;
use trimtab_ports::cluster::{ApplyAnswer, Cluster as _, JsonPatch};
use trimtab_sync::Change;

#[tokio::test]
async fn what_a_predecessor_owned_is_moved_before_the_apply_and_then_removed_by_it() {
    let here = Here::new().await;
    let body = crate::fixtures::config(here.namespace(), "old", &json!({"a": "1", "b": "2"}));
    let path = here.path("configmaps?fieldManager=kubectl-client-side-apply");
    here.admin.create(&path, &body).expect("created by kubectl");
    let target = config_target(here.namespace(), "old");
    let live = here.cluster.get(target.clone()).await.expect("an answer").expect("the object");
    let predecessors = [FieldManager::from("kubectl-client-side-apply")];
    let operations = migration(&live, &MANAGER.into(), &predecessors).expect("entries");
    let patch = JsonPatch {
        target,
        subresource: None,
        operations: operations.expect("something to move"),
        manager: MANAGER.into(),
        seen: None,
        terms: terms("shop"),
    };
    let (change, row) = applied(here.cluster.migrate(patch.clone()).await);
    assert_eq!(change, Change::Configured);
    assert!(row.entry.is_some(), "the entry is ours now");
    let again = here.cluster.migrate(patch).await;
    assert!(matches!(again, ApplyAnswer::Stale), "{again:?}");
    let (_, row) = applied(here.apply("old", &json!({"a": "1"}), update(&row)).await);
    let body = Index::default().body(&row).expect("its content");
    assert_eq!(body["data"], json!({"a": "1"}));
}
