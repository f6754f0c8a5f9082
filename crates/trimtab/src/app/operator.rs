//! Whether anybody would do what is asked of an application.

use super::find::Found;
use super::{Session, warn_where_suspended};
use anyhow::bail;
use serde_json::Value;
use trimtab_cli::AppKind;
use trimtab_crd::read::{integer, is_true, text};
use trimtab_model::{GroupKind, Namespace, ObjectKey, Timestamp};
use trimtab_ports::cluster::Target;

/// After how many of its terms a Lease that is not renewed counts as nobody's: clocks differ, and one who
/// takes over waits for the end of a term.
const TERMS_MAX: i64 = 5;

/// Refuses what the operator would pass over, and warns where none is at work: the request waits for one.
pub async fn expect(session: &Session, found: &Found) -> anyhow::Result<()> {
    let key = &found.target.key;
    if let Some(why) = passed_over(found.kind, &found.resource) {
        bail!("{key} {why}")
    }
    if let Some(namespace) = &key.namespace {
        warn_where_nobody_leads(session, namespace).await;
    }
    if found.kind == AppKind::Kustomization {
        warn_where_suspended(session, &found.resource).await;
    }
    Ok(())
}

/// Why nothing at all is done for an application, if so: who waited for it would wait in vain.
fn passed_over(kind: AppKind, resource: &Value) -> Option<String> {
    match kind {
        AppKind::Application => trimtab_argoproj::is_skipped(resource).then(|| {
            format!(
                "is left alone: its annotation {} says so; take it off first",
                trimtab_argoproj::names::SKIP_RECONCILE
            )
        }),
        AppKind::Kustomization => is_true(resource, "spec.suspend").then(|| {
            let (namespace, name) =
                (text(resource, "metadata.namespace"), text(resource, "metadata.name"));
            format!(
                "is suspended, and nothing is done for it: `trimtab resume kustomization {}/{}` goes on with it",
                namespace.unwrap_or_default(),
                name.unwrap_or_default()
            )
        }),
    }
}

/// Warns where no operator leads in a namespace. Who may not read its Lease is told nothing.
pub async fn warn_where_nobody_leads(session: &Session, namespace: &Namespace) {
    let key = ObjectKey::namespaced(
        &GroupKind::new("coordination.k8s.io", "Lease"),
        namespace.as_str(),
        crate::operator::LEASE,
    );
    let Ok(lease) = session.get(Target { key, version: "v1".into() }).await else { return };
    if let Some(since) = unled(lease.as_ref(), session.now()) {
        eprintln!(
            "warning: no operator leads in the namespace {namespace}{since}: the request waits until one \
             runs there (`trimtab run`; with --observe it does nothing)"
        );
    }
}

/// Since when nobody leads, as the end of a sentence; nothing where somebody does.
fn unled(lease: Option<&Value>, now: Timestamp) -> Option<String> {
    let Some(lease) = lease else { return Some(String::new()) };
    let holder = text(lease, "spec.holderIdentity").filter(|holder| !holder.is_empty());
    let renewed = text(lease, "spec.renewTime").and_then(|at| at.parse::<Timestamp>().ok());
    let (Some(_), Some(renewed)) = (holder, renewed) else { return Some(String::new()) };
    let term = integer(lease, "spec.leaseDurationSeconds").unwrap_or_default();
    let age = now.as_second().saturating_sub(renewed.as_second());
    let stale = age > term.saturating_mul(TERMS_MAX);
    stale.then(|| format!(" (its Lease was renewed {age} s ago)"))
}

#[cfg(test)]
mod tests {
    use super::{passed_over, unled};
    use serde_json::json;
    use trimtab_cli::AppKind;

    #[test]
    fn what_is_suspended_is_not_asked_for_anything() {
        let suspended =
            json!({"metadata": {"namespace": "a", "name": "blog"}, "spec": {"suspend": true}});
        let said = passed_over(AppKind::Kustomization, &suspended).expect("it is");
        assert!(said.contains("`trimtab resume kustomization a/blog`"), "{said}");
        let skipped =
            json!({"metadata": {"annotations": {"argocd.argoproj.io/skip-reconcile": "true"}}});
        assert!(passed_over(AppKind::Application, &skipped).is_some());
        for kind in [AppKind::Application, AppKind::Kustomization] {
            assert_eq!(passed_over(kind, &json!({"spec": {}})), None);
        }
    }

    #[test]
    fn a_lease_that_is_absent_given_up_or_old_is_led_by_nobody() {
        let now = "2026-01-01T00:01:00Z".parse().expect("a time");
        let lease = |holder: &str, at: &str| json!({"spec": {"holderIdentity": holder, "renewTime": at, "leaseDurationSeconds": 6}});
        assert_eq!(unled(None, now).as_deref(), Some(""));
        let fresh = lease("a", "2026-01-01T00:00:58.000000Z");
        assert_eq!(unled(Some(&fresh), now), None);
        let slow = lease("a", "2026-01-01T00:00:40.000000Z");
        assert_eq!(unled(Some(&slow), now), None, "another may be taking over");
        let old = lease("a", "2026-01-01T00:00:10.000000Z");
        assert_eq!(unled(Some(&old), now).as_deref(), Some(" (its Lease was renewed 50 s ago)"));
        let given_up = lease("", "2026-01-01T00:00:58.000000Z");
        assert_eq!(unled(Some(&given_up), now).as_deref(), Some(""));
    }
}
