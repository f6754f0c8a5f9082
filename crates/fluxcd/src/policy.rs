//! How and when a Kustomization runs.

use crate::Settings;
use serde_json::Value;
use std::time::Duration;
use trimtab_crd::{Wishes, duration, read};
use trimtab_model::{
    Backoff, DeletionPolicy, HealthWait, NamespaceCreation, Options, Order, Propagation,
    PruneOption, Retry, SelfHeal, SyncPolicy, Trigger, limit,
};

/// The most entries of a history. Source: fluxcd/pkg `apis/meta/history.go`.
pub const HISTORY_MAX: u32 = 5;

/// The shortest wait for health that follows from an interval.
const TIMEOUT_LEAST: Duration = Duration::from_secs(30);

/// The shortest interval: each run costs requests and writes of a status at least, and each look a
/// request to somebody else's server.
const INTERVAL_MIN: Duration = Duration::from_secs(limit::INTERVAL_SECONDS_MIN);

/// An interval as it counts: no shorter than [`limit::INTERVAL_SECONDS_MIN`].
pub fn interval(asked: Duration) -> Duration {
    asked.max(INTERVAL_MIN)
}

/// The times of a Kustomization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// The pause after a success.
    pub interval: Duration,
    /// The pause after a failure.
    pub retry_interval: Duration,
    /// The longest wait for health.
    pub timeout: Duration,
}

/// Reads the times; what is no duration is said.
/// Source: kustomize-controller `api/v1/kustomization_types.go`, `GetTimeout`, `GetRetryInterval`.
pub fn times(spec: &Value) -> Result<Times, String> {
    let time = |name: &str| match read::text(spec, name) {
        None => Ok(None),
        Some(text) => duration::parse(text)
            .map(Some)
            .ok_or_else(|| format!("spec.{name} must be a duration: {text}")),
    };
    let interval = time("interval")?.ok_or_else(|| "spec.interval must be there".to_owned())?;
    let usual = interval.saturating_sub(TIMEOUT_LEAST).max(TIMEOUT_LEAST);
    Ok(Times {
        interval: self::interval(interval),
        retry_interval: self::interval(time("retryInterval")?.unwrap_or(interval)),
        timeout: time("timeout")?.unwrap_or(usual),
    })
}

/// The times of a Kustomization that is being deleted and whose intervals cannot be read: they no longer
/// matter.
pub fn times_of_the_end(spec: &Value) -> Times {
    let timeout = read::text(spec, "timeout").and_then(duration::parse);
    Times {
        interval: INTERVAL_MIN,
        retry_interval: INTERVAL_MIN,
        timeout: timeout.unwrap_or(TIMEOUT_LEAST),
    }
}

/// Reads the policy.
pub fn policy(spec: &Value, times: &Times, wishes: &Wishes, settings: &Settings) -> SyncPolicy {
    let backoff = Backoff { first: times.retry_interval, factor: 1, longest: None };
    let waits = read::is_true(spec, "wait");
    SyncPolicy {
        trigger: Trigger::Automatic,
        prune: read::is_true(spec, "prune"),
        // An empty directory is no error, and prunes.
        allow_empty: true,
        self_heal: if wishes.heals_at_once {
            SelfHeal::Immediate
        } else {
            SelfHeal::AtInterval(times.interval)
        },
        order: Order::Stages,
        retry: Retry { limit: None, backoff, refresh: true },
        health: if waits { HealthWait::All(times.timeout) } else { HealthWait::Between },
        create_namespace: NamespaceCreation::Never,
        options: Options {
            prune: PruneOption::Prune,
            delete: true,
            drop_unknown_fields: false,
            only_out_of_sync: true,
            prune_last: false,
            fail_on_shared: false,
            propagation: Propagation::Background,
        },
        ignore: Vec::new(),
        deletion: deletion(spec, times),
        prune_limit: wishes.prune_limit.unwrap_or(settings.prune_limit),
        approval: wishes.approval.clone(),
        rewritten_branch: wishes.rewritten_branch,
        history_max: HISTORY_MAX,
    }
}

fn deletion(spec: &Value, times: &Times) -> DeletionPolicy {
    match read::text(spec, "deletionPolicy") {
        Some("Orphan") => DeletionPolicy::Orphan,
        Some("Delete") => DeletionPolicy::Remove,
        Some("WaitForTermination") => DeletionPolicy::RemoveAndWait(times.timeout),
        // `MirrorPrune`, and what the shape does not allow.
        _ if read::is_true(spec, "prune") => DeletionPolicy::Remove,
        _ => DeletionPolicy::Orphan,
    }
}
