//! What becomes of each field of a Kustomization and a `GitRepository`, as tables.
//! `PARITY.md` is written from them.

use trimtab_crd::fields::{Rule, acts, adds, restrains};

/// `spec` of a Kustomization.
pub const KUSTOMIZATION: &[Rule] = &[
    acts("interval", "controller::kustomization::a_drift_is_repaired_when_the_interval_is_over"),
    acts(
        "retryInterval",
        "controller::kustomization::a_failed_run_is_made_again_after_the_retry_interval",
    ),
    acts("timeout", "controller::kustomization::the_wait_for_health_ends_with_the_timeout"),
    acts("wait", "controller::kustomization::wait_waits_for_all_objects"),
    acts("path", "controller::kustomization::a_directory_of_the_source_is_applied"),
    acts("sourceRef.name", "controller::kustomization::the_source_is_the_one_that_is_named"),
    acts("sourceRef.namespace", "controller::kustomization::the_source_is_the_one_that_is_named"),
    acts("sourceRef.kind", "controller::kustomization::only_sources_of_git_act"),
    acts("sourceRef.apiVersion", "controller::kustomization::only_sources_of_git_act"),
    acts(
        "prune",
        "controller::kustomization::what_git_no_longer_has_is_pruned_only_where_that_is_asked",
    ),
    acts("deletionPolicy", "controller::kustomization::a_deleted_one_leaves_what_its_policy_says"),
    acts("suspend", "controller::kustomization::a_suspended_one_is_left_alone"),
    acts(
        "commonMetadata.labels",
        "controller::kustomization::metadata_and_namespace_reach_every_object",
    ),
    acts(
        "commonMetadata.annotations",
        "controller::kustomization::metadata_and_namespace_reach_every_object",
    ),
    acts("targetNamespace", "controller::kustomization::metadata_and_namespace_reach_every_object"),
    restrains("components", "objects are changed by them"),
    restrains("ignoreMissingComponents", "counts with components only").unless(&["true", "false"]),
    restrains("patches", "objects are changed by them"),
    restrains("images", "objects are changed by them"),
    restrains("namePrefix", "objects have other names"),
    restrains("nameSuffix", "objects have other names"),
    restrains("postBuild.substitute", "variables would be applied as they are written"),
    restrains("postBuild.substituteFrom", "variables would be applied as they are written"),
    restrains("postBuild.substituteStrategy", "variables would be applied as they are written")
        .unless(&["\"WithVariables\""]),
    restrains("decryption", "ciphertext would be applied"),
    restrains("dependsOn", "it waits for others"),
    restrains(
        "healthChecks",
        "whoever waits for Ready would go on too early; with `wait` they count as not set",
    ),
    restrains(
        "healthCheckExprs",
        "whoever waits for Ready would go on too early; without `wait` they count as not set",
    ),
    restrains("ignore", "fields that somebody else sets would be set back"),
    restrains("kubeConfig", "the objects belong to another cluster"),
    restrains("serviceAccountName", "its permissions narrow what may be applied"),
    adds("buildMetadata", "annotations that say where an object comes from are not written"),
    adds("force", "objects that cannot be changed are not created again; they fail"),
];

/// `spec` of a `GitRepository`.
pub const GIT_REPOSITORY: &[Rule] = &[
    acts("url", "controller::git_repository::the_repository_is_the_one_that_is_named"),
    acts(
        "interval",
        "controller::git_repository::it_is_looked_at_with_its_interval_and_no_more_often",
    ),
    acts(
        "timeout",
        "controller::git_repository::a_request_to_the_remote_takes_no_longer_than_it_says",
    ),
    acts("ref.branch", "controller::git_repository::a_branch_a_tag_a_ref_and_a_commit_are_kept_to"),
    acts("ref.tag", "controller::git_repository::a_branch_a_tag_a_ref_and_a_commit_are_kept_to"),
    acts("ref.name", "controller::git_repository::a_branch_a_tag_a_ref_and_a_commit_are_kept_to"),
    acts("ref.commit", "controller::git_repository::a_branch_a_tag_a_ref_and_a_commit_are_kept_to"),
    restrains(
        "ref.semver",
        "another revision would be taken; under `name` or `commit` it counts as not set",
    ),
    acts("secretRef.name", "controller::git_repository::its_secret_opens_the_repository"),
    acts(
        "suspend",
        "controller::git_repository::a_suspended_one_is_not_looked_at_and_its_users_keep_what_it_had",
    ),
    restrains("provider", "the credential comes from elsewhere").unless(&["\"generic\""]),
    restrains("serviceAccountName", "the credential comes from elsewhere"),
    restrains("verify", "what nobody signed would be applied"),
    restrains("include", "objects of other repositories would be missing, and pruned"),
    restrains("recurseSubmodules", "objects of submodules would be missing, and pruned"),
    restrains("ignore", "what is left out would be applied"),
    restrains("sparseCheckout", "what is left out would be applied"),
    restrains("proxySecretRef", "the repository would be asked by another way"),
];
