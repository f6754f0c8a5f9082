//! What becomes of each field of an Application and an AppProject, as tables (`DESIGN` 2.10).
//! `PARITY.md` is written from them.

use trimtab_crd::fields::{Rule, acts, adds, fields, for_clients, restrains};

/// `spec` of an Application.
pub const SPEC: &[Rule] = &[
    acts("project", "spec::the_project_is_the_one_that_is_named_or_default"),
    acts("destination.namespace", "spec::the_destination_is_the_cluster_we_run_in"),
    acts("destination.server", "spec::the_destination_is_the_cluster_we_run_in"),
    acts("destination.name", "spec::the_destination_is_the_cluster_we_run_in"),
    fields("source", SOURCE),
    fields("sources[]", SOURCE),
    restrains("sourceHydrator", "manifests come from another branch than the source says"),
    acts(
        "syncPolicy.automated.enabled",
        "policy::automated_starts_syncs_unless_it_is_switched_off",
    ),
    acts(
        "syncPolicy.automated.prune",
        "policy::prune_self_heal_and_allow_empty_are_off_by_default",
    ),
    acts(
        "syncPolicy.automated.selfHeal",
        "policy::prune_self_heal_and_allow_empty_are_off_by_default",
    ),
    acts(
        "syncPolicy.automated.allowEmpty",
        "policy::prune_self_heal_and_allow_empty_are_off_by_default",
    ),
    acts("syncPolicy.syncOptions", "options::each_option_acts_restrains_or_adds"),
    acts(
        "syncPolicy.retry.limit",
        "policy::retries_grow_from_five_seconds_unless_the_spec_says_otherwise",
    ),
    acts(
        "syncPolicy.retry.refresh",
        "policy::retries_grow_from_five_seconds_unless_the_spec_says_otherwise",
    ),
    acts(
        "syncPolicy.retry.backoff.duration",
        "policy::retries_grow_from_five_seconds_unless_the_spec_says_otherwise",
    ),
    acts(
        "syncPolicy.retry.backoff.factor",
        "policy::retries_grow_from_five_seconds_unless_the_spec_says_otherwise",
    ),
    acts(
        "syncPolicy.retry.backoff.maxDuration",
        "policy::retries_grow_from_five_seconds_unless_the_spec_says_otherwise",
    ),
    restrains(
        "syncPolicy.managedNamespaceMetadata",
        "labels of a namespace forbid and allow (Pod Security, network policies); without CreateNamespace=true it counts as not set",
    ),
    acts("ignoreDifferences[].group", "policy::differences_are_ignored_by_json_pointer"),
    acts("ignoreDifferences[].kind", "policy::differences_are_ignored_by_json_pointer"),
    acts("ignoreDifferences[].name", "policy::differences_are_ignored_by_json_pointer"),
    acts("ignoreDifferences[].namespace", "policy::differences_are_ignored_by_json_pointer"),
    acts("ignoreDifferences[].jsonPointers", "policy::differences_are_ignored_by_json_pointer"),
    restrains(
        "ignoreDifferences[].jqPathExpressions",
        "fields that somebody else sets would be set back",
    ),
    restrains(
        "ignoreDifferences[].managedFieldsManagers",
        "fields that somebody else sets would be set back",
    ),
    for_clients("info[]", "shown by clients"),
    acts(
        "revisionHistoryLimit",
        "policy::the_history_has_ten_entries_unless_the_spec_says_otherwise",
    ),
];

/// One source of an Application.
pub const SOURCE: &[Rule] = &[
    acts("repoURL", "source::a_directory_of_a_repository_is_a_source"),
    acts("path", "source::a_directory_of_a_repository_is_a_source"),
    acts("targetRevision", "source::a_directory_of_a_repository_is_a_source"),
    for_clients("name", "names the source in clients"),
    restrains("chart", "the objects come from a chart"),
    restrains("ref", "other sources take files from this one"),
    restrains("tagPrefix", "narrows the tags that a version range may choose"),
    restrains("helm", "the objects are made by Helm"),
    restrains("kustomize", "the objects are made by Kustomize"),
    restrains("plugin", "the objects are made by a plugin"),
    acts("directory.recurse", "source::directory_options_choose_files"),
    acts("directory.include", "source::directory_options_choose_files"),
    acts("directory.exclude", "source::directory_options_choose_files"),
    restrains("directory.jsonnet", "objects depend on these variables"),
];

/// `operation` of an Application.
pub const OPERATION: &[Rule] = &[
    acts("sync.revision", "operation::a_requested_sync_is_read"),
    acts("sync.prune", "operation::a_requested_sync_is_read"),
    acts("sync.dryRun", "operation::a_requested_sync_is_read"),
    acts("sync.resources[].group", "operation::a_requested_sync_is_read"),
    acts("sync.resources[].kind", "operation::a_requested_sync_is_read"),
    acts("sync.resources[].name", "operation::a_requested_sync_is_read"),
    acts("sync.resources[].namespace", "operation::a_requested_sync_is_read"),
    acts("sync.syncOptions", "options::each_option_acts_restrains_or_adds"),
    acts("sync.autoHealAttemptsCount", "operation::a_requested_sync_is_read"),
    acts("sync.syncStrategy.apply", "operation::strategies_without_hooks_are_alike"),
    acts("sync.syncStrategy.hook", "operation::strategies_without_hooks_are_alike"),
    adds(
        "sync.syncStrategy.apply.force",
        "deletes what cannot be changed; without it the object fails",
    ),
    adds(
        "sync.syncStrategy.hook.force",
        "deletes what cannot be changed; without it the object fails",
    ),
    restrains("sync.revisions", "the chosen revisions of several sources would not be taken"),
    restrains(
        "sync.source",
        "another source than the spec's was asked for (counts as not set where it is the spec's)",
    ),
    restrains(
        "sync.sources",
        "other sources than the spec's were asked for (count as not set where they are the spec's)",
    ),
    restrains("sync.manifests", "other objects than the repository's were asked for"),
    acts("initiatedBy.username", "operation::a_requested_sync_is_read"),
    acts("initiatedBy.automated", "operation::a_requested_sync_is_read"),
    acts("info[].name", "operation::a_requested_sync_is_read"),
    acts("info[].value", "operation::a_requested_sync_is_read"),
    acts("retry.limit", "operation::a_requested_sync_retries_only_if_it_says_so"),
    acts("retry.refresh", "operation::a_requested_sync_retries_only_if_it_says_so"),
    acts("retry.backoff.duration", "operation::a_requested_sync_retries_only_if_it_says_so"),
    acts("retry.backoff.factor", "operation::a_requested_sync_retries_only_if_it_says_so"),
    acts("retry.backoff.maxDuration", "operation::a_requested_sync_retries_only_if_it_says_so"),
];

/// `spec` of an `AppProject`.
pub const PROJECT: &[Rule] = &[
    for_clients("description", "shown by clients"),
    acts("sourceRepos", "project::every_rule_is_read"),
    acts("sourceNamespaces", "project::every_rule_is_read"),
    acts("destinations[].name", "project::every_rule_is_read"),
    acts("destinations[].namespace", "project::every_rule_is_read"),
    acts("destinations[].server", "project::every_rule_is_read"),
    acts("clusterResourceWhitelist[]", "project::every_rule_is_read"),
    acts("clusterResourceBlacklist[]", "project::every_rule_is_read"),
    acts("namespaceResourceWhitelist[]", "project::every_rule_is_read"),
    acts("namespaceResourceBlacklist[]", "project::every_rule_is_read"),
    acts(
        "permitOnlyProjectScopedClusters",
        "project::without_clusters_of_its_own_a_locked_project_reaches_none",
    ),
    acts("syncWindows[]", "project::windows_are_read"),
    for_clients("roles[]", "they permit requests of people, and no API of ours takes any yet"),
    adds("orphanedResources", "nobody is told of objects that no application describes"),
    restrains("destinationServiceAccounts[]", "their permissions narrow what may be applied"),
    restrains("signatureKeys[]", "what nobody signed would be applied"),
    restrains("sourceIntegrity", "what nobody signed would be applied"),
];
