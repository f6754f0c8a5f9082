//! The request of a sync, as an Application's field `operation`.

use crate::app::application;
use crate::app::session::MANAGER;
use anyhow::{bail, ensure};
use serde_json::{Map, Value, json};
use trimtab_api::Application;
use trimtab_cli::Sync;
use trimtab_crd::read::{at, text};

/// The patch that asks for a sync: it sets `operation` and clears the state of the last one in one
/// write. Options and retries are the application's own, as Argo CD's API server copies them.
pub fn operation(resource: &Value, flags: &Sync) -> anyhow::Result<Value> {
    let phase = text(resource, "status.operationState.phase");
    if at(resource, "operation").is_some_and(Value::is_object)
        || matches!(phase, Some("Running" | "Terminating"))
    {
        let name = text(resource, "metadata.name").unwrap_or_default();
        bail!(
            "a sync is running already: `trimtab app wait {name} --operation` waits for its end, and \
             `trimtab app terminate-op {name}` ends it, also between two tries"
        );
    }
    refuse_revision(resource, flags)?;
    let mut sync = Map::new();
    if let Some(revision) = &flags.revision {
        sync.insert("revision".into(), json!(revision));
    }
    if flags.prune {
        sync.insert("prune".into(), json!(true));
    }
    if flags.dry_run {
        sync.insert("dryRun".into(), json!(true));
    }
    if !flags.resources.is_empty() {
        let resources: anyhow::Result<Vec<Value>> =
            flags.resources.iter().map(|r| named(r)).collect();
        sync.insert("resources".into(), json!(resources?));
    }
    if let Some(options) = at(resource, "spec.syncPolicy.syncOptions") {
        sync.insert("syncOptions".into(), options.clone());
    }
    let mut operation = json!({"sync": sync, "initiatedBy": {"username": MANAGER}});
    if let Some(retry) = at(resource, "spec.syncPolicy.retry") {
        operation["retry"] = retry.clone();
    }
    Ok(json!({"operation": operation, "status": {"operationState": null}}))
}

/// What syncs by itself would go back at once. Source: argo-cd `server/application/application.go`.
fn refuse_revision(resource: &Value, flags: &Sync) -> anyhow::Result<()> {
    let own = text(resource, "spec.source.targetRevision").filter(|own| !own.is_empty());
    let own = own.unwrap_or("HEAD");
    match &flags.revision {
        Some(asked)
            if asked != own && !flags.dry_run && application::sync_policy(resource) != "Manual" =>
        {
            bail!("Cannot sync to {asked}: auto-sync currently set to {own}")
        }
        Some(_) | None => Ok(()),
    }
}

/// The patch that ends the sync that runs, or takes back the one that was asked for. Source: argo-cd
/// `util/argo/argo.go`, `server/application/application.go`.
pub fn termination(resource: &Value) -> anyhow::Result<Value> {
    let phase = text(resource, "status.operationState.phase");
    if matches!(phase, Some("Running" | "Terminating")) {
        let ending = json!({"phase": "Terminating", "message": "operation is terminating"});
        return Ok(json!({"status": {"operationState": ending}}));
    }
    if at(resource, "operation").is_some_and(Value::is_object) {
        return Ok(json!({"operation": null}));
    }
    bail!("Unable to terminate operation. No operation is in progress")
}

/// `GROUP:KIND:NAME` or `GROUP:KIND:NAMESPACE/NAME`.
fn named(written: &str) -> anyhow::Result<Value> {
    let parts: Vec<&str> = written.split(':').collect();
    let [group, kind, object] = parts[..] else {
        bail!("--resource {written}: write it as GROUP:KIND:NAME or GROUP:KIND:NAMESPACE/NAME")
    };
    ensure!(
        !kind.is_empty() && !object.is_empty(),
        "--resource {written}: the kind and the name are needed"
    );
    Ok(match object.split_once('/') {
        Some((namespace, name)) => {
            json!({"group": group, "kind": kind, "namespace": namespace, "name": name})
        }
        None => json!({"group": group, "kind": kind, "name": object}),
    })
}

/// Those of the named objects that the application's status does not list.
pub fn unlisted<'a>(application: &Application, resources: &'a [String]) -> Vec<&'a str> {
    let is_listed = |written: &str| {
        let Ok(named) = named(written) else { return true };
        let same =
            |field: &str, value: &str| named[field].as_str().is_none_or(|named| named == value);
        application.resources.iter().any(|listed| {
            same("group", &listed.group)
                && same("kind", &listed.kind)
                && same("namespace", &listed.namespace)
                && same("name", &listed.name)
        })
    };
    resources.iter().map(String::as_str).filter(|written| !is_listed(written)).collect()
}

/// A Kustomization is synced as its spec says, and in no other way.
pub fn refuse_flags(flags: &Sync) -> anyhow::Result<()> {
    let given = [
        (flags.revision.is_some(), "--revision"),
        (flags.prune, "--prune"),
        (flags.dry_run, "--dry-run"),
        (!flags.resources.is_empty(), "--resource"),
    ];
    match given.into_iter().find(|(given, _)| *given) {
        Some((_, flag)) => bail!("a Kustomization is synced as its spec says: leave {flag} out"),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::{named, operation, termination, unlisted};
    use clap::Parser;
    use serde_json::json;
    use trimtab_api::{Application, Resource};
    use trimtab_cli::{AppCommand, Cli, Command, Sync};

    fn flags(more: &[&str]) -> Sync {
        let words = ["trimtab", "app", "sync", "shop"].iter().chain(more);
        match Cli::try_parse_from(words).expect("valid").command {
            Command::App(AppCommand::Sync(sync)) => sync,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_sync_is_asked_for_and_the_last_state_cleared_at_once() {
        let resource = json!({
            "spec": {"syncPolicy": {"syncOptions": ["CreateNamespace=true"], "retry": {"limit": 2}}},
            "status": {"operationState": {"phase": "Succeeded"}},
        });
        let body = operation(&resource, &flags(&["--prune", "--resource", "apps:Deployment:web"]))
            .expect("asked");
        assert_eq!(
            body,
            json!({
                "operation": {
                    "sync": {
                        "prune": true,
                        "resources": [{"group": "apps", "kind": "Deployment", "name": "web"}],
                        "syncOptions": ["CreateNamespace=true"],
                    },
                    "initiatedBy": {"username": "trimtab-cli"},
                    "retry": {"limit": 2},
                },
                "status": {"operationState": null},
            })
        );
    }

    #[test]
    fn another_revision_is_refused_where_syncs_begin_by_themselves() {
        let automated = |policy: serde_json::Value| json!({"spec": {"source": {"targetRevision": "main"}, "syncPolicy": policy}});
        let on = automated(json!({"automated": {}}));
        let refused = operation(&on, &flags(&["--revision", "v1"])).expect_err("refused");
        assert_eq!(refused.to_string(), "Cannot sync to v1: auto-sync currently set to main");
        assert!(operation(&on, &flags(&["--revision", "main"])).is_ok());
        assert!(operation(&on, &flags(&["--revision", "v1", "--dry-run"])).is_ok());
        for off in [json!({}), json!({"automated": {"enabled": false}})] {
            assert!(operation(&automated(off), &flags(&["--revision", "v1"])).is_ok());
        }
    }

    #[test]
    fn a_sync_is_ended_where_it_runs_and_taken_back_where_it_only_was_asked_for() {
        let running = json!({"status": {"operationState": {"phase": "Running"}}});
        let ending = json!({"phase": "Terminating", "message": "operation is terminating"});
        assert_eq!(
            termination(&running).expect("it runs"),
            json!({"status": {"operationState": ending}})
        );
        let asked = json!({"operation": {"sync": {}}});
        assert_eq!(termination(&asked).expect("it was asked for"), json!({"operation": null}));
        let ended = json!({"status": {"operationState": {"phase": "Failed"}}});
        let refused = termination(&ended).expect_err("there is none").to_string();
        assert_eq!(refused, "Unable to terminate operation. No operation is in progress");
    }

    #[test]
    fn a_running_sync_is_not_replaced() {
        let running = json!({"status": {"operationState": {"phase": "Running"}}});
        assert!(operation(&running, &flags(&[])).is_err());
        assert!(operation(&json!({"operation": {"sync": {}}}), &flags(&[])).is_err());
    }

    #[test]
    fn an_object_that_is_not_listed_is_told() {
        let web = Resource {
            group: "apps".into(),
            kind: "Deployment".into(),
            namespace: "shop".into(),
            name: "web".into(),
            ..Resource::default()
        };
        let application = Application { resources: vec![web], ..Application::default() };
        let named = ["apps:Deployment:web", "apps:Deployment:shop/web", "apps:Deployment:wbe"];
        let named = named.map(str::to_owned);
        assert_eq!(unlisted(&application, &named), ["apps:Deployment:wbe"]);
    }

    #[test]
    fn an_object_is_named_with_its_group_and_kind() {
        let config = json!({"group": "", "kind": "ConfigMap", "namespace": "shop", "name": "c"});
        assert_eq!(named(":ConfigMap:shop/c").expect("named"), config);
        assert!(named("ConfigMap:c").is_err());
        assert!(named("::c").is_err());
    }
}
