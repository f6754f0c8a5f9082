//! `AppProject`: who may deploy what where.

use crate::definition::{Definition, Presence, Subresource};
use crate::schema::{Field, Schema, boolean, integer, list, map, object, optional, required, text};

/// `AppProject` of argoproj.io.
pub const PROJECT: Definition = Definition {
    group: "argoproj.io",
    version: "v1alpha1",
    kind: "AppProject",
    plural: "appprojects",
    short_names: &["appproj", "appprojs"],
    categories: &[],
    status: Subresource::Unsaid,
    columns: &[],
    fields,
    metadata: Presence::Required,
};

fn fields() -> Vec<Field> {
    let tokens = object([optional("items", list(token()))]);
    let status = object([optional("jwtTokensByRole", map(tokens))]);
    vec![required("spec", spec()), optional("status", status)]
}

fn spec() -> Schema {
    object([
        optional("clusterResourceBlacklist", list(cluster_kind())),
        optional("clusterResourceWhitelist", list(cluster_kind())),
        optional("description", text().at_most(255)),
        optional("destinationServiceAccounts", list(service_account())),
        optional("destinations", list(super::application::destination())),
        optional("namespaceResourceBlacklist", list(namespaced_kind())),
        optional("namespaceResourceWhitelist", list(namespaced_kind())),
        optional("orphanedResources", orphaned()),
        optional("permitOnlyProjectScopedClusters", boolean()),
        optional("roles", list(role())),
        optional("signatureKeys", list(object([required("keyID", text())]))),
        optional("sourceIntegrity", integrity()),
        optional("sourceNamespaces", list(text())),
        optional("sourceRepos", list(text())),
        optional("syncWindows", list(window())),
    ])
}

fn cluster_kind() -> Schema {
    object([required("group", text()), required("kind", text()), optional("name", text())])
}

fn namespaced_kind() -> Schema {
    object([required("group", text()), required("kind", text())])
}

fn service_account() -> Schema {
    object([
        required("defaultServiceAccount", text()),
        optional("namespace", text()),
        required("server", text()),
    ])
}

fn orphaned() -> Schema {
    let ignored =
        object([optional("group", text()), optional("kind", text()), optional("name", text())]);
    object([optional("ignore", list(ignored)), optional("warn", boolean())])
}

fn role() -> Schema {
    object([
        optional("description", text()),
        optional("groups", list(text())),
        optional("jwtTokens", list(token())),
        required("name", text()),
        optional("policies", list(text())),
    ])
}

fn token() -> Schema {
    object([optional("exp", integer()), required("iat", integer()), optional("id", text())])
}

fn integrity() -> Schema {
    let policy = object([
        required("gpg", object([required("keys", list(text())), required("mode", text())])),
        required("repos", list(object([required("url", text())]))),
    ]);
    object([required("git", object([required("policies", list(policy))]))])
}

fn window() -> Schema {
    object([
        optional("andOperator", boolean()),
        optional("applications", list(text())),
        optional("clusters", list(text())),
        optional("description", text()),
        optional("duration", text()),
        optional("kind", text()),
        optional("manualSync", boolean()),
        optional("namespaces", list(text())),
        optional("schedule", text()),
        optional("syncOverrun", boolean()),
        optional("timeZone", text()),
    ])
}
