//! Manifests as people write them, different for each seed, and valid for the server.

use serde_json::{Map, Value, json};

/// A sequence of numbers that its seed decides. Source: Steele, Lea and Flood, `SplitMix`.
#[derive(Clone, Debug)]
pub struct Seeded(pub u64);

impl Seeded {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below a bound.
    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).expect("it is below a usize")
    }

    /// True once in `times`.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// One of some values.
    pub fn one(&mut self, of: &[Value]) -> Value {
        of[self.below(of.len())].clone()
    }

    /// Some of some values, in another order.
    fn some(&mut self, of: &[Value]) -> Vec<Value> {
        let mut left = of.to_vec();
        let mut out = Vec::new();
        while !left.is_empty() {
            let value = left.remove(self.below(left.len()));
            if self.once_in(2) {
                out.push(value);
            }
        }
        out
    }

    /// Puts a field into a map half of the time.
    fn maybe(&mut self, into: &mut Value, name: &str, of: &[Value]) {
        if self.once_in(2) {
            into[name] = self.one(of);
        }
    }

    /// Takes one thing out of a value, but not what every object has.
    pub fn thin_out(&mut self, value: &mut Value) {
        match value {
            Value::Object(members) => {
                let kept = ["apiVersion", "kind", "metadata", "name", "namespace"];
                let names: Vec<String> =
                    members.keys().filter(|name| !kept.contains(&name.as_str())).cloned().collect();
                if names.is_empty() {
                    return;
                }
                let name = &names[self.below(names.len())];
                let deeper = members[name].is_object() || members[name].is_array();
                if deeper && !self.once_in(4) {
                    self.thin_out(&mut members[name]);
                } else {
                    members.remove(name);
                }
            }
            Value::Array(items) if !items.is_empty() => {
                let index = self.below(items.len());
                if self.once_in(2) {
                    items.remove(index);
                } else {
                    self.thin_out(&mut items[index]);
                }
            }
            _ => {}
        }
    }

    fn texts(&mut self, names: &[&str]) -> Value {
        let mut map = Map::new();
        for name in names {
            if self.once_in(2) {
                map.insert((*name).into(), json!(["one", "two", "three"][self.below(3)]));
            }
        }
        Value::Object(map)
    }
}

/// The kinds that can be generated.
pub const KINDS: [&str; 16] = [
    "ConfigMap",
    "Secret",
    "Service",
    "ServiceAccount",
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "CronJob",
    "Ingress",
    "NetworkPolicy",
    "Role",
    "RoleBinding",
    "HorizontalPodAutoscaler",
    "PodDisruptionBudget",
    "PersistentVolumeClaim",
    "Widget",
];

/// A manifest of a kind.
pub fn manifest(kind: &str, seeded: &mut Seeded) -> Value {
    let mut object = match kind {
        "ConfigMap" => config_map(seeded),
        "Secret" => secret(seeded),
        "Service" => service(seeded),
        "ServiceAccount" => service_account(seeded),
        "Deployment" => deployment(seeded),
        "StatefulSet" => stateful_set(seeded),
        "DaemonSet" => daemon_set(seeded),
        "CronJob" => cron_job(seeded),
        "Ingress" => ingress(seeded),
        "NetworkPolicy" => network_policy(seeded),
        "Role" => role(seeded),
        "RoleBinding" => role_binding(seeded),
        "HorizontalPodAutoscaler" => autoscaler(seeded),
        "PodDisruptionBudget" => disruption_budget(seeded),
        "PersistentVolumeClaim" => volume_claim(seeded),
        "Widget" => widget(seeded),
        other => panic!("no manifest for {other}"),
    };
    object["kind"] = json!(kind);
    object["metadata"]["name"] = json!("one");
    if seeded.once_in(2) {
        object["metadata"]["labels"] = seeded.texts(&["app", "tier", "example.com/part"]);
    }
    if seeded.once_in(2) {
        object["metadata"]["annotations"] = seeded.texts(&["note", "example.com/owner"]);
    }
    if seeded.once_in(8) {
        object["metadata"]["finalizers"] = Value::Array(seeded.some(&[
            json!("example.com/a"),
            json!("example.com/b"),
            json!("example.com/c"),
        ]));
    }
    if seeded.once_in(8) {
        object["metadata"]["creationTimestamp"] = Value::Null;
    }
    object
}

fn config_map(seeded: &mut Seeded) -> Value {
    let mut object = json!({"apiVersion": "v1"});
    if !seeded.once_in(6) {
        object["data"] = seeded.texts(&["a", "b", "c.yaml", "d"]);
    }
    seeded.maybe(&mut object, "binaryData", &[json!({"e": "AQID"}), json!({"f": ""}), json!({})]);
    object
}

fn secret(seeded: &mut Seeded) -> Value {
    let mut object = json!({"apiVersion": "v1", "type": "Opaque"});
    let values = [json!({"a": "MQ=="}), json!({"a": "Mg==", "b": "Mw=="}), json!({}), Value::Null];
    seeded.maybe(&mut object, "data", &values);
    object
}

fn service_account(seeded: &mut Seeded) -> Value {
    let mut object = json!({"apiVersion": "v1"});
    seeded.maybe(&mut object, "automountServiceAccountToken", &[json!(false), json!(true)]);
    let secrets = seeded.some(&[json!({"name": "x"}), json!({"name": "y"}), json!({"name": "z"})]);
    if seeded.once_in(2) {
        object["secrets"] = Value::Array(secrets.clone());
    }
    if seeded.once_in(2) {
        object["imagePullSecrets"] = Value::Array(secrets);
    }
    object
}

fn service(seeded: &mut Seeded) -> Value {
    let ports = [
        json!({"name": "web", "port": 80}),
        json!({"name": "web", "port": 80, "targetPort": "http", "protocol": "TCP"}),
        json!({"name": "dns", "port": 53, "protocol": "UDP", "targetPort": 5353}),
        json!({"name": "dns-tcp", "port": 53, "appProtocol": "dns"}),
    ];
    let first = seeded.below(2);
    let mut chosen = vec![ports[first].clone()];
    chosen.extend(seeded.some(&ports[2..]));
    if seeded.once_in(2) {
        chosen.reverse();
    }
    let mut object = json!({"apiVersion": "v1", "spec": {"ports": chosen}});
    object["spec"]["selector"] = seeded.texts(&["app", "tier"]);
    let spec = &mut object["spec"];
    seeded.maybe(spec, "sessionAffinity", &[json!("None"), json!("ClientIP")]);
    seeded.maybe(spec, "publishNotReadyAddresses", &[json!(false), json!(true)]);
    seeded.maybe(spec, "internalTrafficPolicy", &[json!("Cluster"), json!("Local")]);
    object
}

fn quantities(seeded: &mut Seeded) -> Value {
    let mut out = json!({});
    seeded.maybe(
        &mut out,
        "cpu",
        &[json!("1000m"), json!("1"), json!(1), json!("250m"), json!(0.5)],
    );
    seeded.maybe(
        &mut out,
        "memory",
        &[json!("1024Mi"), json!("1Gi"), json!("512Mi"), json!("1e9")],
    );
    out
}

fn probe(seeded: &mut Seeded) -> Value {
    let mut probe = seeded.one(&[
        json!({"httpGet": {"path": "/ready", "port": "http"}}),
        json!({"httpGet": {"port": 8080, "httpHeaders": [{"name": "A", "value": "b"}]}}),
        json!({"tcpSocket": {"port": 8080}}),
        json!({"exec": {"command": ["true"]}}),
    ]);
    seeded.maybe(&mut probe, "periodSeconds", &[json!(10), json!(5)]);
    seeded.maybe(&mut probe, "initialDelaySeconds", &[json!(0), json!(3)]);
    probe
}

fn container(name: &str, seeded: &mut Seeded) -> Value {
    let images = [json!("app:1"), json!("app:2"), json!("example.com/app@sha256:1234")];
    let mut container = json!({"name": name, "image": seeded.one(&images[..2])});
    let variables = [
        json!({"name": "A", "value": "1"}),
        json!({"name": "B", "value": ""}),
        json!({"name": "C", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}),
        json!({"name": "D", "valueFrom": {"configMapKeyRef": {"name": "c", "key": "k"}}}),
        json!({"name": "E", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu"}}}),
    ];
    if seeded.once_in(2) {
        container["env"] = Value::Array(seeded.some(&variables));
    }
    let ports = [
        json!({"containerPort": 8080, "name": "http"}),
        json!({"containerPort": 53, "protocol": "UDP"}),
        json!({"containerPort": 53}),
    ];
    if seeded.once_in(2) {
        container["ports"] = Value::Array(seeded.some(&ports));
    }
    if seeded.once_in(2) {
        container["resources"] = json!({});
        container["resources"]["limits"] = quantities(seeded);
    }
    if seeded.once_in(3) {
        container["readinessProbe"] = probe(seeded);
    }
    if seeded.once_in(3) {
        container["volumeMounts"] = seeded.one(&[
            json!([{"name": "scratch", "mountPath": "/tmp"}]),
            json!([{"name": "scratch", "mountPath": "/a", "readOnly": false},
                   {"name": "scratch", "mountPath": "/b", "subPath": ""}]),
        ]);
    }
    seeded.maybe(&mut container, "command", &[json!([]), json!(["a", "b"]), Value::Null]);
    seeded.maybe(&mut container, "imagePullPolicy", &[json!("IfNotPresent"), json!("Always")]);
    let contexts =
        [json!({}), json!({"capabilities": {"drop": ["ALL"]}, "privileged": false}), Value::Null];
    seeded.maybe(&mut container, "securityContext", &contexts);
    container
}

fn pod_spec(seeded: &mut Seeded) -> Value {
    let mut containers = vec![container("app", seeded)];
    if seeded.once_in(2) {
        containers.push(container("side", seeded));
    }
    if seeded.once_in(3) {
        containers.reverse();
    }
    let mut spec = json!({"containers": containers});
    spec["volumes"] = json!([{"name": "scratch", "emptyDir": {}}]);
    if seeded.once_in(2) {
        let more = seeded.one(&[
            json!({"name": "conf", "configMap": {"name": "c", "items": [{"key": "k", "path": "p"}]}}),
            json!({"name": "conf", "secret": {"secretName": "s", "defaultMode": 256}}),
            json!({"name": "conf", "projected": {"sources": [
                {"serviceAccountToken": {"path": "token"}},
                {"configMap": {"name": "c"}}, {"downwardAPI": {"items": [
                    {"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}}]}}]}}),
            json!({"name": "conf", "hostPath": {"path": "/x"}}),
        ]);
        spec["volumes"].as_array_mut().expect("a list").push(more);
    }
    seeded.maybe(&mut spec, "hostNetwork", &[json!(false)]);
    seeded.maybe(&mut spec, "nodeSelector", &[json!({}), json!({"disk": "ssd"})]);
    seeded.maybe(&mut spec, "securityContext", &[json!({}), json!({"runAsNonRoot": true})]);
    seeded.maybe(&mut spec, "serviceAccountName", &[json!("one")]);
    seeded.maybe(&mut spec, "terminationGracePeriodSeconds", &[json!(30), json!(0)]);
    let tolerations = [
        json!([]),
        json!([{"key": "a", "operator": "Exists"}]),
        json!([{"key": "b", "value": "c", "effect": "NoExecute", "tolerationSeconds": 5}]),
    ];
    seeded.maybe(&mut spec, "tolerations", &tolerations);
    let spread =
        [json!([{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": {"app": "one"}}}])];
    seeded.maybe(&mut spec, "topologySpreadConstraints", &spread);
    let affinities = [
        json!({}),
        json!({"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1,
            "podAffinityTerm": {"topologyKey": "host",
                "labelSelector": {"matchExpressions": [{"key": "app", "operator": "Exists"}]}}}]}}),
    ];
    seeded.maybe(&mut spec, "affinity", &affinities);
    seeded.maybe(
        &mut spec,
        "imagePullSecrets",
        &[json!([]), json!([{"name": "x"}, {"name": "y"}])],
    );
    spec
}

fn template(seeded: &mut Seeded) -> Value {
    let mut template = json!({"metadata": {"labels": {"app": "one"}}, "spec": pod_spec(seeded)});
    seeded.maybe(&mut template["metadata"], "annotations", &[json!({}), json!({"a": "b"})]);
    seeded.maybe(&mut template["metadata"], "creationTimestamp", &[Value::Null]);
    template
}

fn deployment(seeded: &mut Seeded) -> Value {
    let spec = json!({"selector": {"matchLabels": {"app": "one"}}, "template": template(seeded)});
    let mut object = json!({"apiVersion": "apps/v1", "spec": spec});
    seeded.maybe(&mut object["spec"], "replicas", &[json!(0), json!(1), json!(3), Value::Null]);
    let strategies = [
        json!({}),
        json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}),
        json!({"rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "50%"}}),
    ];
    seeded.maybe(&mut object["spec"], "strategy", &strategies);
    seeded.maybe(&mut object["spec"], "revisionHistoryLimit", &[json!(10), json!(3)]);
    seeded.maybe(&mut object["spec"], "paused", &[json!(false)]);
    seeded.maybe(&mut object, "status", &[json!({}), json!({"replicas": 3})]);
    object
}

fn stateful_set(seeded: &mut Seeded) -> Value {
    let claim = json!({"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "1024Mi"}}}});
    let spec = json!({"selector": {"matchLabels": {"app": "one"}}, "serviceName": "one",
        "replicas": 0, "template": template(seeded), "volumeClaimTemplates": [claim]});
    let mut object = json!({"apiVersion": "apps/v1", "spec": spec});
    seeded.maybe(
        &mut object["spec"],
        "updateStrategy",
        &[json!({"type": "RollingUpdate"}), json!({"rollingUpdate": {"partition": 1}})],
    );
    seeded.maybe(&mut object["spec"], "minReadySeconds", &[json!(0), json!(5)]);
    object
}

fn daemon_set(seeded: &mut Seeded) -> Value {
    let spec = json!({"selector": {"matchLabels": {"app": "one"}}, "template": template(seeded)});
    let mut object = json!({"apiVersion": "apps/v1", "spec": spec});
    seeded.maybe(&mut object["spec"], "updateStrategy", &[json!({"type": "OnDelete"}), json!({})]);
    object
}

fn cron_job(seeded: &mut Seeded) -> Value {
    let mut pod = template(seeded);
    pod["spec"]["restartPolicy"] = json!("Never");
    let spec = json!({"schedule": "0 0 1 1 *", "jobTemplate": {"spec": {"template": pod}}});
    let mut object = json!({"apiVersion": "batch/v1", "spec": spec});
    seeded.maybe(&mut object["spec"], "suspend", &[json!(false), json!(true)]);
    seeded.maybe(&mut object["spec"], "concurrencyPolicy", &[json!("Forbid"), json!("Allow")]);
    seeded.maybe(&mut object["spec"]["jobTemplate"]["spec"], "backoffLimit", &[json!(0), json!(6)]);
    object
}

fn ingress(seeded: &mut Seeded) -> Value {
    let backend = |name: &str| json!({"service": {"name": name, "port": {"number": 80}}});
    let rule = |host: &str| {
        json!({"host": host, "http": {"paths": [
            {"path": "/", "pathType": "Prefix", "backend": backend("web")}]}})
    };
    let mut object = json!({"apiVersion": "networking.k8s.io/v1", "spec": {}});
    object["spec"]["rules"] = Value::Array(vec![rule("a.example.com")]);
    if seeded.once_in(2) {
        object["spec"]["rules"] = Value::Array(vec![rule("b.example.com"), rule("a.example.com")]);
    }
    seeded.maybe(&mut object["spec"], "ingressClassName", &[json!("nginx"), json!("other")]);
    seeded.maybe(&mut object["spec"], "defaultBackend", &[backend("x"), backend("y")]);
    seeded.maybe(
        &mut object["spec"],
        "tls",
        &[json!([]), json!([{"hosts": ["a"], "secretName": "t"}])],
    );
    object
}

fn network_policy(seeded: &mut Seeded) -> Value {
    let mut object = json!({"apiVersion": "networking.k8s.io/v1", "spec": {}});
    object["spec"]["podSelector"] =
        seeded.one(&[json!({}), json!({"matchLabels": {"app": "one"}})]);
    let rules = [
        json!([]),
        json!([{}]),
        json!([{"ports": [{"port": 80}, {"port": "dns", "protocol": "UDP"}]}]),
        json!([{"from": [{"podSelector": {}}, {"ipBlock": {"cidr": "10.0.0.0/8"}}]}]),
    ];
    seeded.maybe(&mut object["spec"], "ingress", &rules);
    seeded.maybe(&mut object["spec"], "policyTypes", &[json!(["Ingress"]), json!(["Egress"])]);
    object
}

fn role(seeded: &mut Seeded) -> Value {
    let rules = [
        json!({"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}),
        json!({"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["*"]}),
        json!({"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["a"], "verbs": ["get"]}),
    ];
    json!({"apiVersion": "rbac.authorization.k8s.io/v1", "rules": seeded.some(&rules)})
}

fn role_binding(seeded: &mut Seeded) -> Value {
    let subjects = [
        json!({"kind": "ServiceAccount", "name": "one", "namespace": "default"}),
        json!({"kind": "User", "name": "jane"}),
        json!({"kind": "Group", "name": "all", "apiGroup": "rbac.authorization.k8s.io"}),
    ];
    let mut object = json!({"apiVersion": "rbac.authorization.k8s.io/v1"});
    object["roleRef"] =
        json!({"kind": "Role", "name": "one", "apiGroup": "rbac.authorization.k8s.io"});
    if seeded.once_in(2) {
        object["subjects"] = Value::Array(seeded.some(&subjects));
    }
    object
}

fn autoscaler(seeded: &mut Seeded) -> Value {
    let resource = |name: &str, value: i64| {
        json!({"type": "Resource", "resource": {"name": name,
            "target": {"type": "Utilization", "averageUtilization": value}}})
    };
    let target = json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": "one"});
    let mut object = json!({"apiVersion": "autoscaling/v2",
        "spec": {"scaleTargetRef": target, "maxReplicas": 3}});
    let metrics = [
        json!([resource("cpu", 80)]),
        json!([resource("memory", 70), resource("cpu", 60)]),
        json!([]),
    ];
    seeded.maybe(&mut object["spec"], "metrics", &metrics);
    seeded.maybe(&mut object["spec"], "minReplicas", &[json!(1), json!(2)]);
    let behaviors = [
        json!({"scaleDown": {"stabilizationWindowSeconds": 60}}),
        json!({"scaleUp": {"policies": [{"type": "Pods", "value": 1, "periodSeconds": 15}]}}),
    ];
    seeded.maybe(&mut object["spec"], "behavior", &behaviors);
    object
}

fn disruption_budget(seeded: &mut Seeded) -> Value {
    let mut object = json!({"apiVersion": "policy/v1", "spec": {}});
    object["spec"]["selector"] = json!({"matchLabels": {"app": "one"}});
    object["spec"]["minAvailable"] = seeded.one(&[json!(1), json!("50%"), json!(0)]);
    object
}

fn volume_claim(seeded: &mut Seeded) -> Value {
    let mut object = json!({"apiVersion": "v1", "spec": {"accessModes": ["ReadWriteOnce"],
        "storageClassName": "none",
        "resources": {"requests": {"storage": "1024Mi"}}}});
    if seeded.once_in(2) {
        object["spec"]["volumeMode"] = json!("Filesystem");
    }
    object
}

fn widget(seeded: &mut Seeded) -> Value {
    let mut object = json!({"apiVersion": "example.com/v1", "spec": {}});
    let parts = [
        json!({"name": "a", "port": 1}),
        json!({"name": "a", "port": 1, "protocol": "UDP", "weight": 2}),
        json!({"name": "b", "port": 1, "options": {"x": "1"}}),
        json!({"name": "c", "port": 2, "options": {}}),
    ];
    let spec = &mut object["spec"];
    if seeded.once_in(2) {
        spec["parts"] = Value::Array(seeded.some(&parts));
    }
    if seeded.once_in(2) {
        spec["tags"] = Value::Array(seeded.some(&[json!("x"), json!("y"), json!("z")]));
    }
    if seeded.once_in(2) {
        spec["steps"] =
            Value::Array(seeded.some(&[json!({"run": "a"}), json!({"run": "b", "times": 2})]));
    }
    seeded.maybe(spec, "whole", &[json!({"a": 1}), json!({"a": 2, "b": "x"}), json!({})]);
    seeded.maybe(spec, "limit", &[json!(5), json!("50%")]);
    seeded.maybe(spec, "enabled", &[json!(false), json!(true)]);
    seeded.maybe(spec, "size", &[json!("small"), json!("large")]);
    let free = [
        json!({"a": {"b": [1, {"c": 2}]}}),
        json!({"a": {"d": 1}, "e": []}),
        json!({"a": "text"}),
        json!({}),
    ];
    seeded.maybe(spec, "free", &free);
    let embedded = [json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x",
        "labels": {"a": "b"}}, "data": {"k": "v"}})];
    seeded.maybe(spec, "embedded", &embedded);
    seeded.maybe(spec, "at", &[json!("2026-01-01T00:00:00Z"), json!("2026-01-01T01:00:00+01:00")]);
    seeded.maybe(spec, "nothing", &[Value::Null, json!("x")]);
    object
}

/// The definition of `Widget`, a custom resource with every kind of list and map.
pub fn widget_definition() -> Value {
    let text = json!({"type": "string"});
    let part = json!({"type": "object", "required": ["name", "port"], "properties": {
        "name": text, "port": {"type": "integer"},
        "protocol": {"type": "string", "default": "TCP"},
        "weight": {"type": "integer", "default": 1},
        "options": {"type": "object", "additionalProperties": text}}});
    let spec = json!({"type": "object", "properties": {
        "parts": {"type": "array", "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["name", "port", "protocol"], "items": part},
        "tags": {"type": "array", "x-kubernetes-list-type": "set", "items": text},
        "steps": {"type": "array", "items": {"type": "object", "properties": {
            "run": text, "times": {"type": "integer", "default": 1}}}},
        "whole": {"type": "object", "x-kubernetes-map-type": "atomic",
            "x-kubernetes-preserve-unknown-fields": true},
        "limit": {"x-kubernetes-int-or-string": true},
        "enabled": {"type": "boolean"},
        "size": {"type": "string", "default": "small"},
        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
        "embedded": {"type": "object", "x-kubernetes-embedded-resource": true,
            "x-kubernetes-preserve-unknown-fields": true},
        "at": {"type": "string", "format": "date-time"},
        "nothing": {"type": "string", "nullable": true}}});
    let status = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    let schema = json!({"openAPIV3Schema": {"type": "object",
        "properties": {"spec": spec, "status": status}}});
    let version = json!({"name": "v1", "served": true, "storage": true, "schema": schema,
        "subresources": {"status": {}}});
    json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.com"},
        "spec": {"group": "example.com", "scope": "Namespaced", "versions": [version],
            "names": {"kind": "Widget", "plural": "widgets", "singular": "widget",
                "listKind": "WidgetList"}}})
}
