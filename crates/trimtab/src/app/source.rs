//! The source that a Kustomization names: what it follows, and whether anybody looks for it.

use super::Session;
use serde_json::Value;
use trimtab_api::Application;
use trimtab_cli::printable;
use trimtab_crd::read::{is_true, text};
use trimtab_fluxcd::names::{GIT_REPOSITORY, SOURCE_GROUP};
use trimtab_model::{GroupKind, ObjectKey};
use trimtab_ports::cluster::Target;

/// The branch of a source that names nothing. Source: source-controller `gitrepository_types.go`.
const DEFAULT_BRANCH: &str = "master";

/// The fields that name what a source follows, of which the first counts. Source: the same.
const REFERENCES: [&str; 5] = ["commit", "name", "semver", "tag", "branch"];

/// Fills in what the source of a Kustomization says; nothing where there is none that this user may read.
pub async fn fill(session: &Session, resource: &Value, application: &mut Application) {
    if let Some(source) = of(session, resource).await {
        take(&source, application);
    }
}

/// Warns where the source of a Kustomization is suspended: who asks for what was pushed since waits in vain.
pub async fn warn_where_suspended(session: &Session, resource: &Value) {
    if let Some(sentence) = of(session, resource).await.as_ref().and_then(suspended) {
        eprintln!("{}", printable(&format!("warning: {sentence}")));
    }
}

async fn of(session: &Session, resource: &Value) -> Option<Value> {
    let named = trimtab_fluxcd::source_ref(resource)?;
    let kind = GroupKind::new(SOURCE_GROUP, &*named.kind);
    let key = ObjectKey::namespaced(&kind, named.namespace.as_str(), named.name.as_str());
    let is_known = *named.kind == *GIT_REPOSITORY;
    let target = Target { key, version: "v1".into() };
    if is_known { session.get(target).await.ok().flatten() } else { None }
}

fn take(source: &Value, application: &mut Application) {
    let reference = REFERENCES.iter().find_map(|field| text(source, &format!("spec.ref.{field}")));
    for one in &mut application.sources {
        reference.unwrap_or(DEFAULT_BRANCH).clone_into(&mut one.target_revision);
        one.suspended = is_true(source, "spec.suspend");
    }
}

fn suspended(source: &Value) -> Option<String> {
    let of = |field| text(source, field).unwrap_or_default();
    let name = format!("{}/{}", of("metadata.namespace"), of("metadata.name"));
    is_true(source, "spec.suspend").then(|| {
        format!(
            "its source {GIT_REPOSITORY} {name} is suspended: nobody looks for new commits, and what it had \
             last is used; `trimtab resume source git {name}` goes on with it"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::{suspended, take};
    use serde_json::{Value, json};
    use trimtab_api::{Application, Source};

    fn source(spec: &Value) -> Value {
        json!({"metadata": {"namespace": "trimtab", "name": "environment"}, "spec": spec})
    }

    #[test]
    fn what_a_source_follows_is_what_its_users_follow() {
        for (spec, target) in [
            (json!({"ref": {"branch": "main"}}), "main"),
            (json!({"ref": {"branch": "main", "tag": "v1"}}), "v1"),
            (json!({"ref": {"branch": "main", "commit": "0123"}}), "0123"),
            (json!({}), "master"),
        ] {
            let sources = vec![Source::default()];
            let mut application = Application { sources, ..Application::default() };
            take(&source(&spec), &mut application);
            assert_eq!(application.sources[0].target_revision, target);
            assert!(!application.sources[0].suspended);
        }
    }

    #[test]
    fn a_suspended_source_is_told_with_what_goes_on_with_it() {
        let spec = json!({"suspend": true});
        let sources = vec![Source::default()];
        let mut application = Application { sources, ..Application::default() };
        take(&source(&spec), &mut application);
        assert!(application.sources[0].suspended);
        let said = suspended(&source(&spec)).expect("it is");
        assert!(said.contains("GitRepository trimtab/environment is suspended"), "{said}");
        assert!(said.contains("`trimtab resume source git trimtab/environment`"), "{said}");
        assert_eq!(suspended(&source(&json!({}))), None);
    }
}
