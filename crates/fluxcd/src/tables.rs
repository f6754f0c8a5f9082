//! What becomes of each field of a Kustomization and a `GitRepository`, as tables (`DESIGN` 2.10).
//! `PARITY.md` is written from them.

use trimtab_crd::fields::{Rule, acts, adds, restrains};

/// `spec` of a Kustomization.
pub const KUSTOMIZATION: &[Rule] = &[
    acts("interval", "kustomization::intervals_say_when_it_runs_again"),
    acts("retryInterval", "kustomization::intervals_say_when_it_runs_again"),
    acts("timeout", "kustomization::wait_waits_for_all_objects_within_the_timeout"),
    acts("wait", "kustomization::wait_waits_for_all_objects_within_the_timeout"),
    acts("path", "kustomization::a_directory_of_the_source_is_applied"),
    acts("sourceRef.name", "kustomization::a_directory_of_the_source_is_applied"),
    acts(
        "sourceRef.namespace",
        "kustomization::a_source_in_another_namespace_is_read_unless_that_is_forbidden",
    ),
    acts("sourceRef.kind", "kustomization::only_git_sources_act"),
    acts("sourceRef.apiVersion", "kustomization::only_git_sources_act"),
    acts("prune", "kustomization::prune_and_deletion_policy_say_what_is_removed"),
    acts("deletionPolicy", "kustomization::prune_and_deletion_policy_say_what_is_removed"),
    acts("suspend", "kustomization::a_suspended_one_is_left_alone"),
    acts("commonMetadata.labels", "kustomization::metadata_and_namespace_reach_every_object"),
    acts("commonMetadata.annotations", "kustomization::metadata_and_namespace_reach_every_object"),
    acts("targetNamespace", "kustomization::metadata_and_namespace_reach_every_object"),
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
    acts("url", "git_repository::a_repository_is_read_over_http"),
    acts("interval", "git_repository::interval_and_timeout_are_read"),
    acts("timeout", "git_repository::interval_and_timeout_are_read"),
    acts("ref.branch", "git_repository::the_most_specific_ref_counts"),
    acts("ref.tag", "git_repository::the_most_specific_ref_counts"),
    acts("ref.name", "git_repository::the_most_specific_ref_counts"),
    acts("ref.commit", "git_repository::the_most_specific_ref_counts"),
    restrains(
        "ref.semver",
        "another revision would be taken; under `name` or `commit` it counts as not set",
    ),
    acts("secretRef.name", "git_repository::secrets_become_access"),
    acts("suspend", "git_repository::a_suspended_one_is_not_looked_at"),
    restrains("provider", "the credential comes from elsewhere").unless(&["\"generic\""]),
    restrains("serviceAccountName", "the credential comes from elsewhere"),
    restrains("verify", "what nobody signed would be applied"),
    restrains("include", "objects of other repositories would be missing, and pruned"),
    restrains("recurseSubmodules", "objects of submodules would be missing, and pruned"),
    restrains("ignore", "what is left out would be applied"),
    restrains("sparseCheckout", "what is left out would be applied"),
    restrains("proxySecretRef", "the repository would be asked by another way"),
];
