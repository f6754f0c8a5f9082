//! What the real server says that it serves.

use super::here::Here;
use serde_json::json;
use trimtab_model::{GroupKind, Scope};
use trimtab_plan::KindFact;
use trimtab_ports::cluster::{Cluster as _, Discovery};

#[tokio::test]
async fn everything_that_is_served_is_told_in_one_answer() {
    let here = Here::new().await;
    let discovery = here.cluster.discover().await.expect("it answers");
    assert_eq!(&*discovery.server.minor, "36");
    let fact = |group: &str, kind: &str, version: &str| {
        discovery.kind(&GroupKind::new(group, kind), &version.into())
    };
    assert_eq!(fact("", "ConfigMap", "v1"), KindFact::Served(Scope::Namespaced));
    assert_eq!(fact("", "Namespace", "v1"), KindFact::Served(Scope::Cluster));
    assert_eq!(fact("apps", "Deployment", "v1"), KindFact::Served(Scope::Namespaced));
    assert_eq!(
        fact("apps", "Deployment", "v1beta1"),
        KindFact::OtherVersions(Scope::Namespaced, vec!["v1".into()])
    );
    assert_eq!(fact("apps", "Nothing", "v1"), KindFact::Absent);
    assert_eq!(fact("nothing.example.com", "Nothing", "v1"), KindFact::Absent);
    let deployment = discovery.served(&GroupKind::new("apps", "Deployment")).expect("served");
    assert_eq!(&*deployment.plural, "deployments");
    let at = deployment.at(&"v1".into()).expect("v1");
    assert!(at.can("watch") && at.subresources.iter().any(|name| &**name == "status"));
    let requests = here.cluster.requests().counts();
    let asked: u64 = requests.iter().map(|count| count.count).sum();
    assert_eq!(asked, 4, "{requests:?}");
}

#[tokio::test]
async fn an_aggregated_api_that_is_down_is_unknown_and_the_rest_is_known() {
    let here = Here::new().await;
    let group = format!("{}.down.example.com", here.namespace());
    let service = json!({
        "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
        "metadata": {"name": format!("v1.{group}")},
        "spec": {
            "group": group, "version": "v1", "groupPriorityMinimum": 100, "versionPriority": 100,
            "insecureSkipTLSVerify": true,
            "service": {"namespace": here.namespace(), "name": "nowhere"},
        },
    });
    let services = "/apis/apiregistration.k8s.io/v1/apiservices";
    here.admin.create(services, &service).expect("an APIService");
    let kind = GroupKind::new(group.as_str(), "Widget");
    let fact = |discovery: &Discovery| discovery.kind(&kind, &"v1".into());
    // The server judges the APIService a moment later.
    let mut last = KindFact::Absent;
    for _ in 0..600 {
        let discovery = here.cluster.discover().await.expect("it answers");
        last = fact(&discovery);
        let config_map = GroupKind::new("", "ConfigMap");
        assert_eq!(discovery.kind(&config_map, &"v1".into()), KindFact::Served(Scope::Namespaced));
        if matches!(last, KindFact::Unknown(_)) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert!(matches!(last, KindFact::Unknown(_)), "{last:?}");
    here.admin.delete(&format!("{services}/v1.{group}")).expect("it goes");
}
