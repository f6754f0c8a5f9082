//! What holds for every object, however malformed.

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use trimtab_health::{Code, Part, StatusCode, app, argo, caught_up, kstatus, settles};
use trimtab_model::{GroupVersionKind, Timestamp};

const KINDS: [(&str, &str); 18] = [
    ("apps/v1", "Deployment"),
    ("apps/v1", "StatefulSet"),
    ("apps/v1", "ReplicaSet"),
    ("apps/v1", "DaemonSet"),
    ("v1", "Pod"),
    ("v1", "Service"),
    ("v1", "PersistentVolumeClaim"),
    ("batch/v1", "Job"),
    ("batch/v1", "CronJob"),
    ("autoscaling/v1", "HorizontalPodAutoscaler"),
    ("autoscaling/v2", "HorizontalPodAutoscaler"),
    ("autoscaling/v2beta2", "HorizontalPodAutoscaler"),
    ("apiregistration.k8s.io/v1", "APIService"),
    ("networking.k8s.io/v1", "Ingress"),
    ("policy/v1", "PodDisruptionBudget"),
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
    ("argoproj.io/v1alpha1", "Workflow"),
    ("example.com/v1", "Widget"),
];

/// Names that the checks read, so that chance finds its way into them.
const NAMES: [&str; 46] = [
    "metadata",
    "spec",
    "status",
    "conditions",
    "type",
    "reason",
    "message",
    "generation",
    "observedGeneration",
    "deletionTimestamp",
    "creationTimestamp",
    "name",
    "annotations",
    "autoscaling.alpha.kubernetes.io/conditions",
    "replicas",
    "updatedReplicas",
    "readyReplicas",
    "availableReplicas",
    "currentReplicas",
    "fullyLabeledReplicas",
    "currentRevision",
    "updateRevision",
    "updateStrategy",
    "rollingUpdate",
    "partition",
    "paused",
    "suspend",
    "phase",
    "restartPolicy",
    "containerStatuses",
    "initContainerStatuses",
    "state",
    "waiting",
    "terminated",
    "exitCode",
    "lastState",
    "loadBalancer",
    "ingress",
    "desiredNumberScheduled",
    "currentNumberScheduled",
    "numberReady",
    "startTime",
    "completions",
    "lastScheduleTime",
    "lastSuccessfulTime",
    "active",
];

const TEXTS: [&str; 16] = [
    "",
    "True",
    "False",
    "Running",
    "Pending",
    "Failed",
    "Always",
    "RollingUpdate",
    "OnDelete",
    "Ready",
    "Progressing",
    "CrashLoopBackOff",
    "LoadBalancer",
    "[]",
    "[{\"type\":1}]",
    "{",
];

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        prop_oneof![Just(i64::MIN), Just(-1), Just(0), Just(1), Just(3), Just(i64::MAX)]
            .prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        proptest::sample::select(&TEXTS[..]).prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 96, 8, |inner| {
        prop_oneof![
            1 => proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            3 => fields(inner),
        ]
    })
}

fn fields(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    let name = proptest::sample::select(&NAMES[..]).prop_map(str::to_owned);
    proptest::collection::btree_map(name, value, 0..8)
        .prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>()))
}

/// An object whose outer shape is right more often than not.
fn any_object() -> impl Strategy<Value = Value> {
    let part = || prop_oneof![4 => fields(any_json()), 1 => any_json()];
    (part(), part(), part()).prop_map(
        |(metadata, spec, status)| json!({"metadata": metadata, "spec": spec, "status": status}),
    )
}

fn now() -> Timestamp {
    "2026-06-01T00:00:00Z".parse().expect("a valid time")
}

fn any_code() -> impl Strategy<Value = Code> {
    proptest::sample::select(vec![
        Code::Healthy,
        Code::Suspended,
        Code::Progressing,
        Code::Missing,
        Code::Degraded,
        Code::Unknown,
    ])
}

fn any_part() -> impl Strategy<Value = Part> {
    prop_oneof![
        Just(Part::Missing),
        Just(Part::Silent),
        any_code().prop_map(Part::Live),
        any_code().prop_map(Part::ChildApp),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn any_object_is_judged_without_a_panic(
        object in prop_oneof![any_object(), any_json()],
        (api_version, kind) in proptest::sample::select(&KINDS[..]),
    ) {
        let kind = GroupVersionKind::of(api_version, kind);
        if let Some(health) = argo(&kind, &object) {
            prop_assert!(!health.failed || health.code == Code::Unknown);
        }
        let status = kstatus(&kind, &object, now());
        prop_assert!(status.code != StatusCode::Unknown || !status.message.is_empty());
        let _ = (caught_up(&object), settles(&object));
    }

    #[test]
    fn what_is_being_deleted_is_never_healthy(
        mut object in any_object(),
        (api_version, kind) in proptest::sample::select(&KINDS[..]),
    ) {
        object["metadata"] = json!({"deletionTimestamp": "2026-01-01T00:00:00Z"});
        let kind = GroupVersionKind::of(api_version, kind);
        let health = argo(&kind, &object).expect("deletion is a state of every kind");
        prop_assert_eq!((health.code, health.message.as_str()), (Code::Progressing, "Pending deletion"));
    }

    #[test]
    fn the_order_of_parts_changes_nothing(parts in proptest::collection::vec(any_part(), 0..12)) {
        let forward = app(parts.iter().copied());
        prop_assert_eq!(forward, app(parts.iter().rev().copied()));
    }

    #[test]
    fn another_live_part_never_makes_an_application_better(
        parts in proptest::collection::vec(any_part(), 0..12),
        code in any_code(),
    ) {
        let before = app(parts.iter().copied().filter(|part| *part != Part::Missing));
        let after = app(parts.iter().copied().chain([Part::Live(code)]));
        prop_assert!(after >= before && after >= code);
    }
}
