//! What a report says, the next reader of the status knows.

use crate::support::{application, health, key, revision, settings, time, written};
use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;
use trimtab_health::Code;
use trimtab_inventory::{Entry, Inventory};
use trimtab_model::{Backoff, Digest, ObjectKey, Retry, Timestamp, Version, Wave};
use trimtab_plan::SyncStatus;
use trimtab_sync::{
    HistoryEntry, ObjectReport, ObjectResult, Operation, Phase, Record, Report, Request,
    ResultCode, Stage,
};

fn any_key() -> impl Strategy<Value = ObjectKey> {
    let kind = prop_oneof![Just(("", "ConfigMap")), Just(("apps", "Deployment"))];
    prop_oneof![
        (kind, "[ab]", "[a-e]").prop_map(|((group, kind), ns, name)| key(group, kind, &ns, &name)),
        "[a-e]".prop_map(|name| key("", "Namespace", "", &name)),
    ]
}

fn any_object() -> impl Strategy<Value = (ObjectKey, ObjectReport, bool)> {
    let status = prop_oneof![
        Just(SyncStatus::Synced),
        Just(SyncStatus::OutOfSync),
        Just(SyncStatus::Unknown)
    ];
    (any_key(), status, -2..3_i32, any::<bool>(), any::<bool>()).prop_map(
        |(key, status, wave, extra, ours)| {
            let report = ObjectReport {
                key: key.clone(),
                version: Version::from("v1"),
                status,
                health: None,
                wave: Wave(wave),
                requires_pruning: extra,
                only_marked: extra,
            };
            // What is desired is applied, or about to be.
            (key, report, ours || !extra)
        },
    )
}

fn any_second() -> impl Strategy<Value = Timestamp> {
    (1_700_000_000_i64..1_900_000_000).prop_map(|second| Timestamp::from_second(second).unwrap())
}

/// A sync that began by itself; what a person asks for is copied as it is.
fn any_request() -> impl Strategy<Value = Request> {
    let only = prop::option::of(prop::collection::vec(any_key(), 1..3));
    let options = prop::collection::vec("(Prune|Validate)=(true|false)", 0..3);
    (any::<bool>(), only, 0..4_u32, options).prop_map(|(prune, only, heals, options)| Request {
        only,
        self_heal_attempts: heals,
        self_heal: heals > 0,
        options: options.into_iter().map(Into::into).collect(),
        ..Request::by_itself(prune)
    })
}

fn any_operation() -> impl Strategy<Value = Operation> {
    let phase = prop_oneof![
        Just(Phase::Running),
        Just(Phase::Failed),
        Just(Phase::Error),
        Just(Phase::Succeeded)
    ];
    let code = prop_oneof![
        Just(ResultCode::Synced),
        Just(ResultCode::SyncFailed),
        Just(ResultCode::Pruned),
        Just(ResultCode::PruneSkipped)
    ];
    let key = ("[ab]", "[a-e]").prop_map(|(namespace, name)| key("", "Secret", &namespace, &name));
    let result = (key, code, "[a-z ]{0,9}").prop_map(|(key, code, message)| ObjectResult {
        key,
        version: Version::from("v1"),
        code,
        message,
        images: Vec::new(),
        waited: None,
    });
    let results = prop::collection::vec(result, 0..4);
    (phase, any_second(), prop::option::of(any_second()), 0..4_u32, any_request(), results)
        .prop_map(|(phase, started_at, finished_at, retries, request, results)| Operation {
            request,
            phase,
            message: "m".to_owned(),
            started_at,
            finished_at,
            revisions: vec![revision(None)],
            sources: Digest::of(b""),
            retries,
            results,
        })
}

prop_compose! {
    fn any_report()(
        objects in prop::collection::vec(any_object(), 0..12),
        operation in prop::option::of(any_operation()),
        extra in prop::collection::vec(any_key(), 0..4),
        deployed in prop::collection::vec(any_second(), 0..4),
    ) -> Report {
        let objects: BTreeMap<_, _> =
            objects.into_iter().map(|(key, report, ours)| (key, (report, ours))).collect();
        let mut inventory: BTreeMap<ObjectKey, Entry> = objects
            .iter()
            .filter(|(_, (_, ours))| *ours)
            .map(|(key, (report, _))| (key.clone(), Entry { version: report.version.clone() }))
            .collect();
        let absent = extra.into_iter().filter(|key| !objects.contains_key(key));
        inventory.extend(absent.map(|key| (key, Entry { version: "v1".into() })));
        let history = deployed.into_iter().enumerate().map(|(id, deployed_at)| HistoryEntry {
            id: i64::try_from(id).unwrap(),
            revisions: vec![revision(None)],
            started_at: Some(deployed_at),
            deployed_at,
            user: Some("alice".into()),
            sources: json!(null),
        });
        Report {
            revision_is_news: true,
            status: SyncStatus::OutOfSync,
            health: health(Code::Progressing),
            revisions: vec![revision(None)],
            applied: Vec::new(),
            objects: objects.into_values().map(|(report, _)| report).collect(),
            operation,
            history: history.collect(),
            conditions: Vec::new(),
            inventory: Inventory::Known(inventory),
            images: Vec::new(),
            request_taken: false,
            refreshed: None,
            stage: Stage::Idle,
        }
    }
}

fn read_back(report: &Report) -> Record {
    let written = written(&application(&json!({})), report, "2026-11-21T09:19:33Z");
    trimtab_argoproj::app(&written, &settings()).unwrap().1
}

proptest! {
    #[test]
    fn inventory_operation_and_history_survive(report in any_report()) {
        let record = read_back(&report);
        prop_assert_eq!(&record.inventory, &report.inventory);
        prop_assert_eq!(record.history.len(), report.history.len());
        for (read, told) in record.history.iter().zip(&report.history) {
            prop_assert_eq!((read.id, read.deployed_at, &read.user, &read.revisions),
                            (told.id, told.deployed_at, &told.user, &told.revisions));
        }
        match (record.operation, &report.operation) {
            (Some(read), Some(told)) => {
                prop_assert_eq!(read.phase, told.phase);
                prop_assert_eq!(read.started_at, told.started_at);
                prop_assert_eq!(read.finished_at, told.finished_at);
                prop_assert_eq!(read.retries, told.retries);
                prop_assert_eq!(&read.revisions, &told.revisions);
                prop_assert_eq!(&read.message, &told.message);
                // It keeps the revision that it began with, and is tried again by the spec's rules.
                let retry = Retry {
                    limit: Some(5),
                    backoff: Backoff {
                        first: Duration::from_secs(5),
                        factor: 2,
                        longest: Some(Duration::from_mins(3)),
                    },
                    refresh: false,
                };
                let began = told.revisions[0].commit.as_str().into();
                let kept = Request {
                    revision: Some(began), retry: Some(retry), ..told.request.clone()
                };
                prop_assert_eq!(&read.request, &kept);
                prop_assert_eq!(&read.results, &told.results);
            }
            (read, told) => prop_assert_eq!(read.is_none(), told.is_none()),
        }
    }

    #[test]
    fn what_is_written_is_not_written_again(report in any_report()) {
        let once = written(&application(&json!({})), &report, "2026-11-21T09:19:33Z");
        let (app, _) = trimtab_argoproj::app(&once, &settings()).unwrap();
        let again = trimtab_argoproj::status(
            &once, &app, &report, &settings(), time("2027-01-01T00:00:00Z"));
        prop_assert_eq!(again, None);
    }
}
