//! What becomes of each field of an Application and an AppProject, as tables.
//! `PARITY.md` is written from them.

use trimtab_crd::fields::{Rule, acts, adds, fields, for_clients, needs_nothing, restrains};

/// `spec` of an Application.
pub const SPEC: &[Rule] = &[
    acts("project", "controller::application::the_project_s_rules_hold"),
    acts(
        "destination.namespace",
        "controller::application::objects_go_into_the_destination_s_namespace",
    ),
    acts("destination.server", "controller::application::nothing_is_written_for_another_cluster"),
    acts("destination.name", "controller::application::nothing_is_written_for_another_cluster"),
    fields("source", SOURCE),
    fields("sources[]", SOURCE),
    restrains("sourceHydrator", "manifests come from another branch than the source says"),
    acts(
        "syncPolicy.automated.enabled",
        "controller::application::an_application_that_is_not_automated_waits_for_a_person",
    ),
    acts(
        "syncPolicy.automated.prune",
        "controller::application::what_git_no_longer_has_is_pruned_only_where_that_is_asked",
    ),
    acts(
        "syncPolicy.automated.selfHeal",
        "controller::application::a_drift_is_repaired_only_where_that_is_asked",
    ),
    acts(
        "syncPolicy.automated.allowEmpty",
        "controller::application::everything_goes_only_where_that_is_allowed",
    ),
    acts("syncPolicy.syncOptions", "controller::application::options_hold_for_all_objects"),
    acts(
        "syncPolicy.retry.limit",
        "controller::application::a_failed_sync_is_tried_again_as_often_as_the_spec_says",
    ),
    needs_nothing(
        "syncPolicy.retry.refresh",
        "a newer commit takes the place of a sync that started by itself anyway",
    ),
    acts(
        "syncPolicy.retry.backoff.duration",
        "controller::application::pauses_begin_grow_and_end_as_the_spec_says",
    ),
    acts(
        "syncPolicy.retry.backoff.factor",
        "controller::application::pauses_begin_grow_and_end_as_the_spec_says",
    ),
    acts(
        "syncPolicy.retry.backoff.maxDuration",
        "controller::application::pauses_begin_grow_and_end_as_the_spec_says",
    ),
    restrains(
        "syncPolicy.managedNamespaceMetadata",
        "labels of a namespace forbid and allow (Pod Security, network policies); without CreateNamespace=true it counts as not set",
    ),
    acts(
        "ignoreDifferences[].group",
        "controller::application::a_rule_counts_for_the_objects_that_it_names",
    ),
    acts(
        "ignoreDifferences[].kind",
        "controller::application::a_rule_counts_for_the_objects_that_it_names",
    ),
    acts(
        "ignoreDifferences[].name",
        "controller::application::a_rule_counts_for_the_objects_that_it_names",
    ),
    acts(
        "ignoreDifferences[].namespace",
        "controller::application::a_rule_counts_for_the_objects_that_it_names",
    ),
    acts(
        "ignoreDifferences[].jsonPointers",
        "controller::application::differences_at_a_pointer_are_ignored",
    ),
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
        "controller::application::the_history_is_as_long_as_the_spec_says",
    ),
];

/// One source of an Application.
pub const SOURCE: &[Rule] = &[
    acts("repoURL", "controller::application::the_repository_is_the_one_that_is_named"),
    acts("path", "controller::application::the_path_is_the_directory"),
    acts("targetRevision", "controller::application::a_branch_a_tag_and_a_commit_are_kept_to"),
    for_clients("name", "names the source in clients"),
    restrains("chart", "the objects come from a chart"),
    restrains("ref", "other sources take files from this one"),
    restrains("tagPrefix", "narrows the tags that a version range may choose"),
    restrains("helm", "the objects are made by Helm"),
    restrains("kustomize", "the objects are made by Kustomize"),
    restrains("plugin", "the objects are made by a plugin"),
    acts("directory.recurse", "controller::application::directory_options_choose_files"),
    acts("directory.include", "controller::application::directory_options_choose_files"),
    acts("directory.exclude", "controller::application::directory_options_choose_files"),
    restrains("directory.jsonnet", "objects depend on these variables"),
];

/// `operation` of an Application.
pub const OPERATION: &[Rule] = &[
    acts("sync.revision", "controller::operation::another_revision_than_the_spec_s_is_applied"),
    acts("sync.prune", "controller::operation::it_prunes_only_where_that_is_asked"),
    acts("sync.dryRun", "controller::operation::a_dry_run_writes_no_object"),
    acts("sync.resources[].group", "controller::operation::only_the_selected_objects_are_synced"),
    acts("sync.resources[].kind", "controller::operation::only_the_selected_objects_are_synced"),
    acts("sync.resources[].name", "controller::operation::only_the_selected_objects_are_synced"),
    acts(
        "sync.resources[].namespace",
        "controller::operation::only_the_selected_objects_are_synced",
    ),
    acts("sync.syncOptions", "controller::operation::its_options_hold_for_it_and_for_no_other"),
    acts(
        "sync.autoHealAttemptsCount",
        "controller::operation::self_heals_that_were_counted_before_lengthen_the_pause",
    ),
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
    acts("initiatedBy.username", "controller::operation::who_asked_and_why_is_kept"),
    acts(
        "initiatedBy.automated",
        "controller::operation::a_sync_that_a_controller_began_counts_as_automated",
    ),
    acts("info[].name", "controller::operation::who_asked_and_why_is_kept"),
    acts("info[].value", "controller::operation::who_asked_and_why_is_kept"),
    acts("retry.limit", "controller::operation::a_failed_sync_is_tried_again_as_it_says"),
    acts(
        "retry.refresh",
        "controller::operation::a_sync_keeps_its_revision_until_its_end_unless_retries_take_the_newest",
    ),
    acts(
        "retry.backoff.duration",
        "controller::operation::a_failed_sync_is_tried_again_as_it_says",
    ),
    acts("retry.backoff.factor", "controller::operation::a_failed_sync_is_tried_again_as_it_says"),
    acts(
        "retry.backoff.maxDuration",
        "controller::operation::a_failed_sync_is_tried_again_as_it_says",
    ),
];

/// `spec` of an `AppProject`.
pub const PROJECT: &[Rule] = &[
    for_clients("description", "shown by clients"),
    acts("sourceRepos", "controller::project::only_listed_repositories_are_sources"),
    needs_nothing(
        "sourceNamespaces",
        "applications of other namespaces than ours are not read yet",
    ),
    acts("destinations[].name", "controller::project::only_listed_destinations_are_reached"),
    acts("destinations[].namespace", "controller::project::only_listed_destinations_are_reached"),
    acts("destinations[].server", "controller::project::only_listed_destinations_are_reached"),
    acts(
        "clusterResourceWhitelist[]",
        "controller::project::kinds_of_the_whole_cluster_must_be_listed",
    ),
    acts(
        "clusterResourceBlacklist[]",
        "controller::project::denied_kinds_of_the_whole_cluster_are_denied",
    ),
    acts(
        "namespaceResourceWhitelist[]",
        "controller::project::kinds_in_namespaces_are_listed_or_denied",
    ),
    acts(
        "namespaceResourceBlacklist[]",
        "controller::project::kinds_in_namespaces_are_listed_or_denied",
    ),
    acts(
        "permitOnlyProjectScopedClusters",
        "controller::project::a_project_with_clusters_of_its_own_reaches_no_other",
    ),
    acts("syncWindows[].kind", "controller::project::a_window_is_open_when_it_says_so"),
    acts("syncWindows[].schedule", "controller::project::a_window_is_open_when_it_says_so"),
    acts("syncWindows[].duration", "controller::project::a_window_is_open_when_it_says_so"),
    acts("syncWindows[].timeZone", "controller::project::a_window_is_open_when_it_says_so"),
    acts(
        "syncWindows[].applications",
        "controller::project::a_window_is_about_the_applications_that_it_names",
    ),
    acts(
        "syncWindows[].namespaces",
        "controller::project::a_window_is_about_the_applications_that_it_names",
    ),
    acts(
        "syncWindows[].clusters",
        "controller::project::a_window_is_about_the_applications_that_it_names",
    ),
    acts(
        "syncWindows[].andOperator",
        "controller::project::a_window_is_about_the_applications_that_it_names",
    ),
    acts(
        "syncWindows[].manualSync",
        "controller::project::a_person_may_sync_where_the_window_permits_it",
    ),
    acts(
        "syncWindows[].syncOverrun",
        "controller::project::a_sync_that_began_in_time_goes_on_where_the_window_permits_it",
    ),
    for_clients("syncWindows[].description", "shown by clients"),
    for_clients("roles[]", "they permit requests of people, and no API of ours takes any yet"),
    adds("orphanedResources", "nobody is told of objects that no application describes"),
    restrains("destinationServiceAccounts[]", "their permissions narrow what may be applied"),
    restrains("signatureKeys[]", "what nobody signed would be applied"),
    restrains("sourceIntegrity", "what nobody signed would be applied"),
];
