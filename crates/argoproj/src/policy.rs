//! How and when an Application is synced.

use crate::options::AppOptions;
use crate::{Settings, names};
use serde_json::Value;
use std::time::Duration;
use trimtab_crd::{Wishes, duration, read};
use trimtab_model::{
    Backoff, DeletionPolicy, HealthWait, IgnoreRule, NotSupported, Order, Restraint, Retry,
    SelfHeal, SyncPolicy, Trigger, limit,
};

/// How often a sync that started by itself is tried again, where the spec does not say.
const RETRIES: u32 = 5;

/// Reads the policy. What becomes of the objects of a deleted application the finalizers say.
pub fn policy(
    resource: &Value,
    options: &AppOptions,
    wishes: &Wishes,
    settings: &Settings,
    not_supported: &mut Vec<NotSupported>,
) -> SyncPolicy {
    let spec = read::at(resource, "spec").unwrap_or(&Value::Null);
    let automated = automated(spec);
    let switch = |name: &str| automated.is_some_and(|automated| read::is_true(automated, name));
    let retry = read::at(spec, "syncPolicy.retry");
    SyncPolicy {
        trigger: if automated.is_some() { Trigger::Automatic } else { Trigger::Manual },
        prune: switch("prune"),
        allow_empty: switch("allowEmpty"),
        self_heal: if switch("selfHeal") { SelfHeal::Immediate } else { SelfHeal::Never },
        order: Order::Waves,
        retry: retry.map_or(by_default(RETRIES), |retry| {
            read_retry(retry, "spec.syncPolicy.retry", not_supported)
        }),
        health: HealthWait::Between,
        create_namespace: options.create_namespace,
        options: options.options,
        ignore: ignore_rules(spec),
        deletion: DeletionPolicy::Orphan,
        prune_limit: wishes.prune_limit.unwrap_or(settings.prune_limit),
        approval: wishes.approval.clone(),
        rewritten_branch: wishes.rewritten_branch,
        history_max: history_max(spec),
    }
}

/// The block that makes syncs start by themselves, unless it is switched off. An empty block counts.
pub fn automated(spec: &Value) -> Option<&Value> {
    let automated = read::at(spec, "syncPolicy.automated")?;
    let enabled = read::at(automated, "enabled").and_then(Value::as_bool);
    enabled.unwrap_or(true).then_some(automated)
}

/// Retries with the family's pauses.
pub fn by_default(limit: u32) -> Retry {
    let backoff =
        Backoff { first: Duration::from_secs(5), factor: 2, longest: Some(Duration::from_mins(3)) };
    Retry { limit: Some(limit), backoff, refresh: false }
}

/// Reads a `retry` block. A pause that nobody can read restrains: nobody knows how long to wait.
pub fn read_retry(retry: &Value, shown: &str, not_supported: &mut Vec<NotSupported>) -> Retry {
    let mut pause = |name: &str, or: Option<Duration>| {
        let Some(text) = read::text(retry, &format!("backoff.{name}")) else { return or };
        match pause(text) {
            Some(Pause::Of(pause)) => Some(pause),
            Some(Pause::NotPositive) => None,
            None => {
                let field = format!("{shown}.backoff.{name}").into();
                not_supported.push(NotSupported { field, restraint: Restraint::Restrains });
                or
            }
        }
    };
    let usual = by_default(0).backoff;
    let backoff = Backoff {
        first: pause("duration", Some(usual.first)).unwrap_or_default(),
        longest: pause("maxDuration", usual.longest),
        factor: read::integer(retry, "backoff.factor")
            .map_or(usual.factor, |factor| u32::try_from(factor.max(1)).unwrap_or(u32::MAX)),
    };
    // A negative limit has no end; an absent one is none at all.
    let limit = u32::try_from(read::integer(retry, "limit").unwrap_or(0)).ok();
    Retry { limit, backoff, refresh: read::is_true(retry, "refresh") }
}

enum Pause {
    Of(Duration),
    NotPositive,
}

/// A number without a unit counts seconds.
fn pause(text: &str) -> Option<Pause> {
    if let Some(positive) = text.strip_prefix('-') {
        return pause(positive).map(|_| Pause::NotPositive);
    }
    let pause = match text.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => duration::parse(text)?,
    };
    Some(if pause.is_zero() { Pause::NotPositive } else { Pause::Of(pause) })
}

/// Rules by JSON pointer. An absent group is the core group, not any.
fn ignore_rules(spec: &Value) -> Vec<IgnoreRule> {
    let rules = read::list(spec, "ignoreDifferences").iter();
    rules
        .map(|rule| IgnoreRule {
            group: Some(read::text(rule, "group").unwrap_or_default().into()),
            kind: read::text(rule, "kind").map(Into::into),
            name: read::text(rule, "name").map(Into::into),
            namespace: read::text(rule, "namespace").map(Into::into),
            pointers: read::texts(rule, "jsonPointers").map(Into::into).collect(),
        })
        .filter(|rule| !rule.pointers.is_empty())
        .collect()
}

fn history_max(spec: &Value) -> u32 {
    let usual = i64::try_from(limit::HISTORY_ENTRIES_MAX).unwrap_or(i64::MAX);
    let entries = read::integer(spec, "revisionHistoryLimit").unwrap_or(usual);
    u32::try_from(entries.max(0)).unwrap_or(u32::MAX)
}

/// Values of `link.argocd.argoproj.io/<name>`, sorted, each once.
pub fn links(resource: &Value) -> Vec<String> {
    let mut links: Vec<String> = read::entries(resource, "metadata.annotations")
        .filter(|(name, _)| name.starts_with(names::LINK_PREFIX))
        .map(|(_, value)| value.to_owned())
        .collect();
    links.sort();
    links.dedup();
    links
}
