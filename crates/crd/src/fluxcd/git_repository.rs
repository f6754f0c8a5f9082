//! `GitRepository`: a repository, and the revision of it that is wanted.

use super::parts::{
    AGE, MESSAGE, READY, artifact, condition, duration, duration_without_hours, local_name,
    unobserved,
};
use crate::definition::{Definition, Presence, Subresource, column};
use crate::schema::{Field, Schema, boolean, integer, list, object, optional, required, text};

/// `GitRepository` of source.toolkit.fluxcd.io.
pub const GIT_REPOSITORY: Definition = Definition {
    group: "source.toolkit.fluxcd.io",
    version: "v1",
    kind: "GitRepository",
    plural: "gitrepositories",
    short_names: &["gitrepo"],
    categories: &["all", "fluxcd", "fluxcd-sources"],
    status: Subresource::Status,
    columns: &[column("URL", "string", ".spec.url"), AGE, READY, MESSAGE],
    fields,
    metadata: Presence::Optional,
};

fn fields() -> Vec<Field> {
    vec![optional("spec", spec()), optional("status", unobserved(status()))]
}

fn spec() -> Schema {
    let provider = text().one_of(["generic", "aws", "azure", "github"]);
    object([
        optional("ignore", text()),
        optional("include", list(include())),
        required("interval", duration()),
        optional("provider", provider),
        optional("proxySecretRef", local_name()),
        optional("recurseSubmodules", boolean()),
        optional("ref", revision()),
        optional("secretRef", local_name()),
        optional("serviceAccountName", text()),
        optional("sparseCheckout", list(text())),
        optional("suspend", boolean()),
        optional("timeout", duration_without_hours().by_default("60s")),
        required("url", text().matching("^(http|https|ssh)://.*$")),
        optional("verify", verification()),
    ])
    .where_all([(
        "serviceAccountName can only be set when provider is 'azure' or 'aws'",
        "!has(self.serviceAccountName) || (has(self.provider) && (self.provider == 'azure' || \
         self.provider == 'aws'))",
    )])
}

fn revision() -> Schema {
    object([
        optional("branch", text()),
        optional("commit", text()),
        optional("name", text()),
        optional("semver", text()),
        optional("tag", text()),
    ])
}

fn include() -> Schema {
    object([
        optional("fromPath", text()),
        required("repository", local_name()),
        optional("toPath", text()),
    ])
}

fn verification() -> Schema {
    let mode = text().one_of(["head", "HEAD", "Tag", "TagAndHEAD"]).by_default("HEAD");
    object([optional("mode", mode), required("secretRef", local_name())])
}

fn status() -> Schema {
    object([
        optional("artifact", artifact()),
        optional("conditions", list(condition())),
        optional("includedArtifacts", list(artifact())),
        optional("lastHandledReconcileAt", text()),
        optional("observedGeneration", integer()),
        optional("observedIgnore", text()),
        optional("observedInclude", list(include())),
        optional("observedRecurseSubmodules", boolean()),
        optional("observedSparseCheckout", list(text())),
        optional("sourceVerificationMode", text()),
    ])
}
