//! `spec` of a Kustomization, and what its metadata asks for.

use super::objects::{deployment, map};
use super::{prove, prove_instead};
use crate::tests::world::{HOME, SHOP, URL, World, key};
use serde_json::{Value, json};
use trimtab_ports::git::Ancestry;

const KIND: &str = "Kustomization";

/// A source, and a Kustomization of its directory `one`.
pub fn of_directory(world: &mut World, change: impl FnOnce(&mut Value)) {
    both(world, |_| {}, change);
}

/// A source with these fields, and a Kustomization of its directory `one`.
pub fn of_source(world: &mut World, change: impl FnOnce(&mut Value)) {
    both(world, change, |_| {});
}

fn both(world: &mut World, of_source: impl FnOnce(&mut Value), change: impl FnOnce(&mut Value)) {
    let mut source = json!({
        "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository",
        "metadata": {"name": "env", "namespace": HOME},
        "spec": {"url": URL, "interval": "10m", "ref": {"branch": "main"}},
    });
    of_source(&mut source["spec"]);
    world.put(source);
    let mut resource = json!({
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": KIND,
        "metadata": {"name": "one", "namespace": HOME},
        "spec": {"interval": "10m", "path": "./one", "prune": true, "targetNamespace": SHOP,
            "sourceRef": {"kind": "GitRepository", "name": "env"}},
    });
    change(&mut resource["spec"]);
    world.put(resource);
    world.run(30);
}

impl World {
    /// The status of the Kustomization `one`.
    pub fn applied(&self) -> &Value {
        &self.objects[&key(KIND, HOME, "one")]["status"]
    }

    /// A condition of the Kustomization `one`: status, reason and message.
    pub fn told(&self, kind: &str) -> Option<(&str, &str, &str)> {
        let conditions = self.applied()["conditions"].as_array()?;
        let found = conditions.iter().find(|condition| condition["type"] == kind)?;
        let text = |name: &str| found[name].as_str().unwrap_or_default();
        Some((text("status"), text("reason"), text("message")))
    }

    fn edit_it(&mut self, change: impl FnOnce(&mut Value)) {
        self.edit(&key(KIND, HOME, "one"), change);
    }
}

#[test]
fn a_directory_of_the_source_is_applied() {
    prove(KIND, &["spec.path"], |world| {
        world.push("one/all.yaml", &map("a"));
        world.push("two/all.yaml", &map("b"));
        of_directory(world, |_| {});
        assert!(world.has_map("a") && !world.has_map("b"));
        let said = format!("Applied revision: main@sha1:{}", world.commit());
        let ready = world.told("Ready");
        assert_eq!(ready, Some(("True", "ReconciliationSucceeded", said.as_str())));
        let status = world.applied();
        let revision = format!("main@sha1:{}", world.commit());
        assert_eq!(status["lastAppliedRevision"], revision);
        assert_eq!(status["lastAttemptedRevision"], revision);
        assert_eq!(status["observedGeneration"], 1);
        let entries = json!([{"id": "shop_a__ConfigMap", "v": "v1"}]);
        assert_eq!(status["inventory"]["entries"], entries);
        assert_eq!((world.told("Reconciling"), world.told("Stalled")), (None, None));
    });
}

#[test]
fn the_source_is_the_one_that_is_named() {
    prove_instead(KIND, "spec.sourceRef.name", json!("env"), |world| {
        world.push("one/all.yaml", &map("a"));
        of_directory(world, |spec| spec["sourceRef"]["name"] = "other".into());
        assert!(!world.has_map("a"));
        let (status, reason, message) = world.told("Ready").expect("it is told");
        assert_eq!((status, reason), ("False", "ArtifactFailed"));
        assert!(message.contains("argocd/other"), "{message}");
    });
    prove(KIND, &["spec.sourceRef.namespace"], |world| {
        world.push("one/all.yaml", &map("a"));
        of_directory(world, |spec| spec["sourceRef"]["namespace"] = SHOP.into());
        assert!(!world.has_map("a"));
    });
}

#[test]
fn only_sources_of_git_act() {
    prove_instead(KIND, "spec.sourceRef.kind", json!("GitRepository"), |world| {
        world.push("one/all.yaml", &map("a"));
        of_directory(world, |spec| spec["sourceRef"]["kind"] = "Bucket".into());
        assert!(!world.has_map("a"));
        let told = world.told("Stalled").expect("it is told");
        assert!(
            told.1 == "NotSupportedError" && told.2.contains("spec.sourceRef.kind"),
            "{told:?}"
        );
    });
    prove(KIND, &["spec.sourceRef.apiVersion"], |world| {
        world.push("one/all.yaml", &map("a"));
        of_directory(world, |spec| spec["sourceRef"]["apiVersion"] = "example.org/v1".into());
        assert!(!world.has_map("a"));
    });
}

#[test]
fn what_git_no_longer_has_is_pruned_only_where_that_is_asked() {
    prove_instead(KIND, "spec.prune", json!(false), |world| {
        world.push("one/all.yaml", &(map("a") + &map("b")));
        of_directory(world, |_| {});
        world.push("one/all.yaml", &map("b"));
        world.run(30);
        assert!(world.has_map("b") && !world.has_map("a"));
    });
}

fn deleted(world: &mut World, change: impl FnOnce(&mut Value)) {
    world.push("one/all.yaml", &map("a"));
    of_directory(world, change);
    assert!(world.has_map("a"));
    let finalizers = &world.objects[&key(KIND, HOME, "one")]["metadata"]["finalizers"];
    assert_eq!(*finalizers, json!(["finalizers.fluxcd.io"]));
    world.edit_it(|object| {
        object["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:30Z".into();
    });
    world.run(60);
    assert!(!world.has(KIND, HOME, "one"));
}

#[test]
fn a_deleted_one_leaves_what_its_policy_says() {
    prove(KIND, &["spec.deletionPolicy"], |world| {
        deleted(world, |spec| spec["deletionPolicy"] = "Orphan".into());
        assert!(world.has_map("a"));
    });
    let after = |change: fn(&mut Value)| {
        let mut world = World::new();
        deleted(&mut world, change);
        world.has_map("a")
    };
    assert!(!after(|_| {}), "the policy mirrors `prune`");
    assert!(after(|spec| spec["prune"] = false.into()));
    assert!(!after(|spec| spec["deletionPolicy"] = "Delete".into()));
    assert!(!after(|spec| spec["deletionPolicy"] = "WaitForTermination".into()));
}

#[test]
fn a_drift_is_repaired_when_the_interval_is_over() {
    prove_instead(KIND, "spec.interval", json!("10h"), |world| {
        world.push("one/all.yaml", &map("a"));
        of_directory(world, |spec| spec["interval"] = "5m".into());
        world.spoil("a");
        world.run(60);
        assert!(world.is_spoilt("a"));
        assert!(world.told("Drifted").is_some());
        world.run(300);
        assert!(!world.is_spoilt("a"));
        assert!(world.told("Drifted").is_none());
    });
}

#[test]
fn a_drift_is_repaired_at_once_where_that_is_asked() {
    prove(KIND, &["metadata.annotations.trimtab.dev/self-heal"], |world| {
        world.push("one/all.yaml", &map("a"));
        of_directory(world, |_| {});
        world.edit_it(|object| {
            object["metadata"]["annotations"] = json!({"trimtab.dev/self-heal": "immediate"});
        });
        world.run(10);
        world.spoil("a");
        world.run(10);
        assert!(!world.is_spoilt("a"));
    });
}

/// A Kustomization of three objects of which Git has only one any more, with these annotations.
fn shrunk(world: &mut World, ancestry: Ancestry, annotations: &Value) {
    world.push("one/all.yaml", &(map("a") + &map("b") + &map("c")));
    of_directory(world, |_| {});
    world.edit_it(|object| object["metadata"]["annotations"] = annotations.clone());
    world.run(30);
    world.ancestry = ancestry;
    world.push("one/all.yaml", &map("a"));
    world.run(30);
}

#[test]
fn annotations_of_ours_act_as_on_an_application() {
    prove(KIND, &["metadata.annotations.trimtab.dev/prune-budget"], |world| {
        shrunk(world, Ancestry::Descendant, &json!({"trimtab.dev/prune-budget": "1"}));
        assert!(world.has_map("b") && world.told("PruneHeld").is_some());
    });
    prove(KIND, &["metadata.annotations.trimtab.dev/approve"], |world| {
        shrunk(world, Ancestry::Descendant, &json!({"trimtab.dev/prune-budget": "1"}));
        let said = world.told("PruneHeld").expect("they wait").2.to_owned();
        let (set, _) = trimtab_sync::held_set(&said).expect("a set");
        world.edit_it(|object| {
            object["metadata"]["annotations"]["trimtab.dev/approve"] = set.into();
        });
        world.run(30);
        assert!(!world.has_map("b") && !world.has_map("c"));
    });
    prove(KIND, &["metadata.annotations.trimtab.dev/rewritten-branch"], |world| {
        shrunk(world, Ancestry::Rewritten, &json!({"trimtab.dev/rewritten-branch": "follow"}));
        assert!(!world.has_map("b") && !world.has_map("c"));
    });
    prove(KIND, &["metadata.annotations.trimtab.dev/owner"], |world| {
        let written_by_another = |time: &str| {
            json!([{
                "manager": "kustomize-controller", "operation": "Update", "time": time,
                "subresource": "status", "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
                "fieldsType": "FieldsV1", "fieldsV1": {"f:status": {"f:conditions": {}}},
            }])
        };
        world.push("one/all.yaml", &map("a"));
        of_directory(world, |_| {});
        let new = written_by_another("2026-01-01T00:00:20Z");
        world.edit_it(|object| object["metadata"]["managedFields"] = new);
        world.run(10);
        world.push("one/all.yaml", &map("b"));
        world.run(200);
        assert!(world.has_map("a") && !world.has_map("b"), "it is the other's");
        world.edit_it(|object| {
            object["metadata"]["annotations"] = json!({"trimtab.dev/owner": "trimtab"});
        });
        world.run(30);
        assert!(world.has_map("b"));
    });
}

/// A ConfigMap with an annotation of the family.
fn annotated(name: &str, annotation: &str, value: &str) -> String {
    map(name).replace(
        &format!("{{name: {name}}}"),
        &format!(
            "{{name: {name}, annotations: {{kustomize.toolkit.fluxcd.io/{annotation}: {value}}}}}"
        ),
    )
}

#[test]
fn an_object_that_says_prune_disabled_stays() {
    let mut world = World::new();
    world.push("one/all.yaml", &(annotated("a", "prune", "disabled") + &map("b") + &map("c")));
    of_directory(&mut world, |_| {});
    world.push("one/all.yaml", &map("c"));
    world.run(30);
    assert!(world.has_map("a") && !world.has_map("b"), "{:#}", world.applied());
    // It stays when the Kustomization goes, too.
    let mut world = World::new();
    world.push("one/all.yaml", &(annotated("a", "prune", "disabled") + &map("b")));
    of_directory(&mut world, |_| {});
    world.edit_it(|object| {
        object["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:30Z".into();
    });
    world.run(60);
    assert!(world.has_map("a") && !world.has_map("b"), "{:#?}", world.log);
}

#[test]
fn an_object_that_says_how_it_is_applied_is_applied_so() {
    // Left alone, whatever Git says.
    for (annotation, value) in [("reconcile", "disabled"), ("ssa", "Ignore")] {
        let mut world = World::new();
        world.push("one/all.yaml", &(annotated("a", annotation, value) + &map("b")));
        of_directory(&mut world, |_| {});
        assert!(!world.has_map("a") && world.has_map("b"), "{annotation}: {:#?}", world.log);
    }
    // Made where it is absent, and then left to others.
    let mut world = World::new();
    let once = annotated("a", "ssa", "IfNotPresent");
    world.push("one/all.yaml", &(once.clone() + &map("b")));
    of_directory(&mut world, |_| {});
    assert!(world.has_map("a"));
    world.push("one/all.yaml", &((once + &map("b")).replace("c: d", "c: new")));
    world.run(30);
    let value = |name: &str| world.objects[&key("ConfigMap", SHOP, name)]["data"]["c"].clone();
    assert_eq!((value("a"), value("b")), (json!("d"), json!("new")));
    // What others applied stays theirs.
    let mut world = World::new();
    for name in ["a", "b"] {
        world.made_by("kubectl-client-side-apply", name);
    }
    world.push("one/all.yaml", &(annotated("a", "ssa", "Merge") + &map("b")));
    of_directory(&mut world, |_| {});
    assert!(world.keeps_the_old_key("a") && !world.keeps_the_old_key("b"));
}

#[test]
fn a_failed_run_is_made_again_after_the_retry_interval() {
    prove(KIND, &["spec.retryInterval"], |world| {
        world.push("one/all.yaml", &map("a"));
        world.refuse("a");
        of_directory(world, |spec| spec["retryInterval"] = "40s".into());
        let (status, reason, message) = world.told("Ready").expect("it is told");
        assert_eq!((status, reason), ("False", "ReconciliationFailed"));
        assert!(message.contains("a is refused"), "{message}");
        let reconciling = world.told("Reconciling").expect("it is told");
        assert_eq!((reconciling.0, reconciling.1), ("True", "ProgressingWithRetry"));
        assert!(world.applied().get("lastAppliedRevision").is_none());
        assert!(world.applied().get("observedGeneration").is_none_or(|seen| *seen != 1));
        world.refused.clear();
        world.run(60);
        assert!(world.has_map("a"));
    });
}

#[test]
fn wait_waits_for_all_objects() {
    prove(KIND, &["spec.wait"], |world| {
        world.push("one/all.yaml", &deployment("web", None));
        of_directory(world, |spec| spec["wait"] = true.into());
        let (status, reason, message) = world.told("Reconciling").expect("it is told");
        assert_eq!((status, reason), ("True", "Progressing"));
        assert!(message.starts_with("Running health checks for revision main@sha1:"), "{message}");
        assert!(world.applied().get("lastAppliedRevision").is_none());
        world.heal("web");
        world.run(10);
        assert_eq!(world.told("Ready").map(|told| told.0), Some("True"));
        assert_eq!(world.told("Healthy").map(|told| told.0), Some("True"));
    });
}

#[test]
fn the_wait_for_health_ends_with_the_timeout() {
    prove(KIND, &["spec.timeout"], |world| {
        world.push("one/all.yaml", &deployment("web", None));
        of_directory(world, |spec| {
            spec["wait"] = true.into();
            spec["timeout"] = "2m".into();
        });
        world.run(60);
        assert_eq!(world.told("Ready").map(|told| told.0), Some("Unknown"));
        world.run(60);
        let (status, reason, message) = world.told("Ready").expect("it is told");
        assert_eq!((status, reason), ("False", "HealthCheckFailed"));
        assert!(message.starts_with("health check failed after 2m"), "{message}");
        assert!(message.contains("timeout waiting for: ["), "{message}");
        let named = message.contains("Deployment/shop/web status: 'InProgress'");
        assert!(named, "{message}");
    });
}

#[test]
fn a_suspended_one_is_left_alone() {
    prove(KIND, &["spec.suspend"], |world| {
        world.push("one/all.yaml", &map("a"));
        of_directory(world, |spec| spec["suspend"] = true.into());
        world.run(700);
        assert!(!world.has_map("a"));
        world.edit_it(|object| object["spec"]["suspend"] = false.into());
        world.run(10);
        assert!(world.has_map("a"));
    });
}

#[test]
fn metadata_and_namespace_reach_every_object() {
    let fields =
        ["spec.commonMetadata.labels", "spec.commonMetadata.annotations", "spec.targetNamespace"];
    prove(KIND, &fields, |world| {
        world.push("one/all.yaml", &map("a"));
        of_directory(world, |spec| {
            spec["commonMetadata"] = json!({"labels": {"team": "x"}, "annotations": {"by": "y"}});
        });
        let metadata = &world.objects[&key("ConfigMap", SHOP, "a")]["metadata"];
        assert_eq!(metadata["labels"]["team"], "x");
        assert_eq!(metadata["annotations"]["by"], "y");
        assert_eq!(metadata["labels"]["kustomize.toolkit.fluxcd.io/name"], "one");
    });
}

#[test]
fn a_request_is_answered_by_a_run() {
    prove(KIND, &["metadata.annotations.reconcile.fluxcd.io/requestedAt"], |world| {
        world.push("one/all.yaml", &map("a"));
        of_directory(world, |_| {});
        world.spoil("a");
        world.run(10);
        assert!(world.is_spoilt("a"));
        world.edit_it(|object| {
            object["metadata"]["annotations"] =
                json!({"reconcile.fluxcd.io/requestedAt": "2026-01-01T00:01:00Z"});
        });
        world.run(10);
        assert!(!world.is_spoilt("a"));
        assert_eq!(world.applied()["lastHandledReconcileAt"], "2026-01-01T00:01:00Z");
    });
}

#[test]
fn another_spec_is_another_run_and_is_observed() {
    let mut world = World::new();
    world.push("one/all.yaml", &map("a"));
    of_directory(&mut world, |_| {});
    world.edit_it(|object| object["spec"]["commonMetadata"] = json!({"labels": {"x": "y"}}));
    world.run(10);
    let labels = &world.objects[&key("ConfigMap", SHOP, "a")]["metadata"]["labels"];
    assert_eq!(labels["x"], "y", "{:#} {:#?}", world.applied(), world.log);
    assert_eq!(world.applied()["observedGeneration"], 2);
    let ready = world.applied()["conditions"].as_array().expect("conditions");
    assert!(ready.iter().all(|condition| condition["observedGeneration"] == 2), "{ready:#?}");
}

#[test]
fn a_field_that_does_not_act_stalls_it_and_is_named() {
    let mut world = World::new();
    world.push("one/all.yaml", &map("a"));
    of_directory(&mut world, |spec| spec["serviceAccountName"] = "deployer".into());
    assert!(!world.has_map("a"));
    let told = world.told("Stalled").expect("it is told");
    assert!(
        told.1 == "NotSupportedError" && told.2.contains("spec.serviceAccountName"),
        "{told:?}"
    );
    assert_eq!(world.applied()["observedGeneration"], 1);
}
