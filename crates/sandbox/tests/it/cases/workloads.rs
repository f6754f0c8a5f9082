//! Kinds with defaults, generations and fields that do not change.

use crate::script::Step;
use serde_json::{Value, json};

fn path(version: &str, plural: &str, name: &str, query: &str) -> String {
    let root = if version == "v1" { "/api/v1".to_owned() } else { format!("/apis/{version}") };
    let name = if name.is_empty() { String::new() } else { format!("/{name}") };
    format!("{root}/namespaces/{{ns}}/{plural}{name}?{query}")
}

fn object(version: &str, kind: &str, rest: Value) -> Value {
    let mut object = json!({"apiVersion": version, "kind": kind, "metadata": {"name": "web"}});
    for (name, value) in rest.as_object().unwrap() {
        object[name] = value.clone();
    }
    object
}

fn template(image: &str) -> Value {
    json!({"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{
        "name": "web", "image": image,
        "ports": [{"containerPort": 80}],
        "resources": {"limits": {"cpu": "1000m", "memory": "1024Mi"}},
        "readinessProbe": {"httpGet": {"path": "/", "port": 80}},
        "volumeMounts": [{"name": "scratch", "mountPath": "/tmp"}],
    }], "volumes": [{"name": "scratch", "emptyDir": {}}, {"name": "c", "configMap": {"name": "c"}}]}})
}

/// `apiVersion`, plural and object.
type Kind = (&'static str, &'static str, Value);

fn of(version: &'static str, (kind, plural): (&str, &'static str), rest: Value) -> Kind {
    (version, plural, object(version, kind, rest))
}

fn all() -> Vec<Kind> {
    [with_pods(), of_the_core_group(), of_other_groups()].concat()
}

fn selector() -> Value {
    json!({"matchLabels": {"app": "web"}})
}

fn with_pods() -> Vec<Kind> {
    let deployment = json!({"replicas": 0, "selector": selector(), "template": template("nginx")});
    let set = json!({
        "replicas": 0, "serviceName": "web", "selector": selector(),
        "template": template("nginx:1"),
    });
    let daemons = json!({
        "selector": selector(), "updateStrategy": {"type": "OnDelete"},
        "template": template("nginx:latest"),
    });
    let pod =
        json!({"containers": [{"name": "j", "image": "busybox:1"}], "restartPolicy": "Never"});
    let job = json!({
        "schedule": "0 0 1 1 *", "jobTemplate": {"spec": {"template": {"spec": pod}}},
    });
    vec![
        of("apps/v1", ("Deployment", "deployments"), json!({"spec": deployment})),
        of("apps/v1", ("StatefulSet", "statefulsets"), json!({"spec": set})),
        of("apps/v1", ("DaemonSet", "daemonsets"), json!({"spec": daemons})),
        of("batch/v1", ("CronJob", "cronjobs"), json!({"spec": job})),
    ]
}

fn of_the_core_group() -> Vec<Kind> {
    let service = json!({"clusterIP": "None", "ports": [{"port": 80}], "selector": {"app": "web"}});
    let claim = json!({
        "accessModes": ["ReadWriteOnce"], "storageClassName": "none",
        "resources": {"requests": {"storage": "1024Mi"}},
    });
    vec![
        of("v1", ("Service", "services"), json!({"spec": service})),
        of("v1", ("Secret", "secrets"), json!({"data": {"a": "MQ=="}})),
        of("v1", ("ServiceAccount", "serviceaccounts"), json!({})),
        of("v1", ("PersistentVolumeClaim", "persistentvolumeclaims"), json!({"spec": claim})),
    ]
}

fn of_other_groups() -> Vec<Kind> {
    let (networking, rbac) = ("networking.k8s.io/v1", "rbac.authorization.k8s.io/v1");
    let paths = json!([{
        "path": "/", "pathType": "Prefix",
        "backend": {"service": {"name": "web", "port": {"number": 80}}},
    }]);
    let rules = json!([{"host": "a.example.com", "http": {"paths": paths}}]);
    let role = json!([{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]);
    let binding = json!({
        "roleRef": {"kind": "Role", "name": "a", "apiGroup": "rbac.authorization.k8s.io"},
        "subjects": [{"kind": "User", "name": "jane"}],
    });
    let budget = json!({"selector": selector(), "minAvailable": 1});
    let target = json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"});
    let scaler = json!({"maxReplicas": 3, "scaleTargetRef": target});
    let autoscaler = ("HorizontalPodAutoscaler", "horizontalpodautoscalers");
    vec![
        of(networking, ("Ingress", "ingresses"), json!({"spec": {"rules": rules}})),
        of(networking, ("NetworkPolicy", "networkpolicies"), json!({"spec": {"podSelector": {}}})),
        of("policy/v1", ("PodDisruptionBudget", "poddisruptionbudgets"), json!({"spec": budget})),
        of(rbac, ("Role", "roles"), json!({"rules": role})),
        of(rbac, ("RoleBinding", "rolebindings"), binding),
        of("autoscaling/v2", autoscaler, json!({"spec": scaler})),
    ]
}

/// Created by an apply, applied again, changed, thinned out.
pub fn applied() -> Vec<Step> {
    let mut steps = Vec::new();
    for (version, plural, object) in all() {
        let forced = path(version, plural, "web", "fieldManager=ours&force=true");
        let mut labelled = object.clone();
        labelled["metadata"]["labels"] = json!({"a": "b"});
        let bare = json!({"apiVersion": object["apiVersion"], "kind": object["kind"],
            "metadata": {"name": "web"}});
        steps.extend([
            Step::apply(&forced, object.clone()),
            Step::apply(&forced, object.clone()),
            Step::apply(&path(version, plural, "web", "fieldManager=theirs"), bare),
            Step::apply(&path(version, plural, "web", "fieldManager=theirs"), labelled),
            Step::apply(&path(version, plural, "web", "dryRun=All&fieldManager=ours"), object),
        ]);
    }
    steps
}

/// Created and changed by updates.
pub fn updated() -> Vec<Step> {
    let mut steps = Vec::new();
    for (version, plural, object) in all() {
        let mut annotated = object.clone();
        annotated["metadata"]["annotations"] = json!({"a": "b"});
        annotated["metadata"]["resourceVersion"] = "{rv web}".into();
        let at = |name: &str, manager: &str| {
            path(version, plural, name, &format!("fieldManager={manager}"))
        };
        steps.extend([
            Step::post(&at("", "ours"), object.clone()),
            Step::merge(&at("web", "theirs"), json!({"metadata": {"labels": {"a": "b"}}})),
            Step::apply(
                &at("web", "applier"),
                json!({"apiVersion": object["apiVersion"],
                "kind": object["kind"], "metadata": {"name": "web", "labels": {"c": "d"}}}),
            ),
        ]);
        // Whose status a controller writes meanwhile cannot be replaced at the revision that was told.
        let has_controller = ["daemonsets", "poddisruptionbudgets"].contains(&plural);
        if object["spec"]["replicas"].is_null() && !has_controller {
            steps.push(Step::put(&at("web", "theirs"), annotated));
        }
    }
    let deployment = |name: &str| path("apps/v1", "deployments", name, "fieldManager=theirs");
    steps.extend([
        Step::merge(
            &deployment("web"),
            json!({"spec": {"paused": true, "revisionHistoryLimit": 3}}),
        ),
        Step::merge(
            &deployment("web"),
            json!({"spec": {"strategy": {"type": "Recreate", "rollingUpdate": null}}}),
        ),
        Step::merge(&deployment("web/status"), json!({"spec": {"replicas": 7}})),
    ]);
    steps
}

/// What does not change, and what must be there.
pub fn refused() -> Vec<Step> {
    let mut steps = Vec::new();
    for (version, plural, object) in all() {
        steps.push(Step::post(&path(version, plural, "", ""), object));
    }
    let web = |version: &str, plural: &str| path(version, plural, "web", "");
    steps.extend([
        Step::merge(
            &web("rbac.authorization.k8s.io/v1", "rolebindings"),
            json!({"roleRef": {"name": "b"}}),
        ),
        Step::merge(&web("apps/v1", "statefulsets"), json!({"spec": {"serviceName": "other"}})),
        Step::merge(&web("v1", "secrets"), json!({"immutable": true})),
        Step::merge(&web("v1", "secrets"), json!({"data": {"a": "Mg=="}})),
        Step::apply(
            &path("apps/v1", "deployments", "bad", "fieldManager=ours"),
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "bad"},
                "spec": {"prots": 1}}),
        ),
        Step::post(
            &path("apps/v1", "deployments", "", "fieldValidation=Strict"),
            json!({"metadata": {"name": "bad"}, "spec": {"prots": 1}}),
        ),
        Step::get(&path("apps/v1", "deployments", "web/none", "")),
    ]);
    steps
}
