//! What another controller left is taken over without a write to any workload, by the audit log; the
//! definitions are the reference's own.

use super::support::{ARGOPROJ, KUSTOMIZE, Restored, condition, value_of};

const APPS: [&str; 3] = ["app-00000", "app-00001", "app-00002"];

fn applications_are_synced_at(restored: &Restored, commit: &str) {
    for name in APPS {
        let what = format!("{name} is synced at {commit}");
        let applications = restored.place.at(ARGOPROJ, "applications");
        restored.place.until(&applications, name, &what, |app| {
            let status = &app["status"];
            status["sync"]["status"] == "Synced"
                && status["health"]["status"] == "Healthy"
                && status["sync"]["revision"] == commit
        });
    }
}

fn kustomizations_are_ready_at(restored: &Restored, commit: &str) {
    for name in APPS {
        let what = format!("{name} is ready at {commit}");
        let kustomizations = restored.place.at(KUSTOMIZE, "kustomizations");
        restored.place.until(&kustomizations, name, &what, |object| {
            object["status"]["lastAppliedRevision"] == format!("main@sha1:{commit}")
                && condition(object, "Ready").is_some_and(|ready| ready["status"] == "True")
        });
    }
}

/// Changes one manifest in Git, for one of the three: that one is applied, for the others it is another
/// commit of the same tree.
fn a_commit_writes_only_what_it_changes(restored: &Restored) {
    let path = "apps/00001/configmap.yaml";
    let text = restored.env.read(path).replacen("data:\n", "data:\n  value: ours\n", 1);
    restored.env.write(path, text).push();
    restored.ask();
    let maps = Restored::objects("v1", "configmaps");
    restored
        .place
        .until(&maps, "app-00001", "the commit is applied", |map| value_of(map) == "ours");
    let writes = restored.writes_to_workloads();
    assert!(writes.iter().all(|write| write.contains("/configmaps/app-00001?")), "{writes:#?}");
}

#[test]
fn what_argo_cd_left_is_taken_over_without_a_write() {
    let restored = Restored::from("argo-cd");
    restored.place.operate(&[]);
    applications_are_synced_at(&restored, &restored.commit);
    assert_eq!(restored.writes_to_workloads(), Vec::<String>::new());
    a_commit_writes_only_what_it_changes(&restored);
}

#[test]
fn what_flux_left_is_taken_over_without_a_write() {
    let restored = Restored::from("flux-kustomization");
    restored.place.operate(&[]);
    kustomizations_are_ready_at(&restored, &restored.commit);
    assert_eq!(restored.writes_to_workloads(), Vec::<String>::new());
    a_commit_writes_only_what_it_changes(&restored);
}
