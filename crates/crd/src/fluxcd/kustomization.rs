//! `Kustomization`: a directory of a source, and how it is applied.

use super::parts::{AGE, MESSAGE, READY, condition, duration, local_name, unobserved};
use crate::definition::{Definition, Presence, Subresource};
use crate::schema::{
    Field, Schema, boolean, integer, list, object, optional, required, text, texts, time,
};
use crate::selector::selector;

/// `Kustomization` of kustomize.toolkit.fluxcd.io.
pub const KUSTOMIZATION: Definition = Definition {
    group: "kustomize.toolkit.fluxcd.io",
    version: "v1",
    kind: "Kustomization",
    plural: "kustomizations",
    short_names: &["ks"],
    categories: &["all", "fluxcd", "fluxcd-appliers"],
    status: Subresource::Status,
    columns: &[AGE, READY, MESSAGE],
    fields,
    metadata: Presence::Optional,
};

fn fields() -> Vec<Field> {
    vec![optional("spec", spec()), optional("status", unobserved(status()))]
}

fn spec() -> Schema {
    let build_metadata = text().one_of(["originAnnotations", "transformerAnnotations"]);
    let deletion = text().one_of(["MirrorPrune", "Delete", "WaitForTermination", "Orphan"]);
    let affix = || text().at_least(1).at_most(200);
    object([
        optional("buildMetadata", list(build_metadata)),
        optional(
            "commonMetadata",
            object([optional("annotations", texts()), optional("labels", texts())]),
        ),
        optional("components", list(text())),
        optional("decryption", decryption()),
        optional("deletionPolicy", deletion),
        optional("dependsOn", list(dependency())),
        optional("force", boolean().by_default(false)),
        optional("healthCheckExprs", list(health_expression())),
        optional("healthChecks", list(health_check())),
        optional("ignore", list(ignore_rule())),
        optional("ignoreMissingComponents", boolean()),
        optional("images", list(image())),
        required("interval", duration()),
        optional("kubeConfig", kube_config()),
        optional("namePrefix", affix()),
        optional("nameSuffix", affix()),
        optional("patches", list(patch())),
        optional("path", text()),
        optional("postBuild", post_build()),
        required("prune", boolean()),
        optional("retryInterval", duration()),
        optional("serviceAccountName", text()),
        required("sourceRef", source_reference()),
        optional("suspend", boolean()),
        optional("targetNamespace", text().at_least(1).at_most(63)),
        optional("timeout", duration()),
        optional("wait", boolean()),
    ])
}

fn decryption() -> Schema {
    object([
        required("provider", text().one_of(["sops"])),
        optional("secretRef", local_name()),
        optional("serviceAccountName", text()),
    ])
}

fn dependency() -> Schema {
    object([required("name", text()), optional("namespace", text()), optional("readyExpr", text())])
}

fn health_expression() -> Schema {
    object([
        required("apiVersion", text()),
        required("current", text()),
        optional("failed", text()),
        optional("inProgress", text()),
        optional("kind", text()),
    ])
}

fn health_check() -> Schema {
    object([
        optional("apiVersion", text()),
        required("kind", text()),
        required("name", text()),
        optional("namespace", text()),
    ])
}

fn ignore_rule() -> Schema {
    object([required("paths", list(text())), optional("target", selector())])
}

fn image() -> Schema {
    object([
        optional("digest", text()),
        required("name", text()),
        optional("newName", text()),
        optional("newTag", text()),
    ])
}

fn kube_config() -> Schema {
    let one = "exactly one of spec.kubeConfig.configMapRef or spec.kubeConfig.secretRef must be \
               specified";
    object([
        optional("configMapRef", local_name()),
        optional("secretRef", object([optional("key", text()), required("name", text())])),
    ])
    .where_all([
        (one, "has(self.configMapRef) || has(self.secretRef)"),
        (one, "!has(self.configMapRef) || !has(self.secretRef)"),
    ])
}

fn patch() -> Schema {
    object([required("patch", text()), optional("target", selector())])
}

fn post_build() -> Schema {
    let from = object([
        required("kind", text().one_of(["Secret", "ConfigMap"])),
        required("name", text().at_least(1).at_most(253)),
        optional("optional", boolean().by_default(false)),
    ]);
    object([
        optional("substitute", texts()),
        optional("substituteFrom", list(from)),
        optional("substituteStrategy", text().one_of(["WithVariables", "Always"])),
    ])
}

fn source_reference() -> Schema {
    let kind = text().one_of(["OCIRepository", "GitRepository", "Bucket", "ExternalArtifact"]);
    object([
        optional("apiVersion", text()),
        required("kind", kind),
        required("name", text()),
        optional("namespace", text()),
    ])
}

fn status() -> Schema {
    let entry = object([required("id", text()), required("v", text())]);
    object([
        optional("conditions", list(condition())),
        optional("history", list(snapshot())),
        optional("inventory", object([required("entries", list(entry))])),
        optional("lastAppliedOriginRevision", text()),
        optional("lastAppliedRevision", text()),
        optional("lastAttemptedRevision", text()),
        optional("lastHandledReconcileAt", text()),
        optional("observedGeneration", integer()),
    ])
}

fn snapshot() -> Schema {
    object([
        required("digest", text()),
        required("firstReconciled", time()),
        required("lastReconciled", time()),
        required("lastReconciledDuration", text()),
        required("lastReconciledStatus", text()),
        optional("metadata", texts()),
        required("totalReconciliations", integer()),
    ])
}
