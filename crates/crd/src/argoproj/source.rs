//! Where an application's objects come from.

use crate::schema::{
    Schema, anything, boolean, integer_or_text, list, map, object, optional, required, text, texts,
};

pub fn source() -> Schema {
    object([
        optional("chart", text()),
        optional("directory", directory()),
        optional("helm", helm()),
        optional("kustomize", kustomize()),
        optional("name", text()),
        optional("path", text()),
        optional("plugin", plugin()),
        optional("ref", text()),
        required("repoURL", text()),
        optional("tagPrefix", text()),
        optional("targetRevision", text()),
    ])
}

pub fn hydrator() -> Schema {
    let dry = object([
        optional("directory", directory()),
        optional("helm", helm()),
        optional("kustomize", kustomize()),
        required("path", text()),
        optional("plugin", plugin()),
        required("repoURL", text()),
        required("targetRevision", text()),
    ]);
    object([
        required("drySource", dry),
        optional("hydrateTo", object([required("targetBranch", text())])),
        required(
            "syncSource",
            object([
                required("path", text().at_least(1).matching("^.{2,}|[^./]$")),
                optional("repoURL", text()),
                required("targetBranch", text()),
            ]),
        ),
    ])
}

fn directory() -> Schema {
    let variable = || {
        object([optional("code", boolean()), required("name", text()), required("value", text())])
    };
    let jsonnet = object([
        optional("extVars", list(variable())),
        optional("libs", list(text())),
        optional("tlas", list(variable())),
    ]);
    object([
        optional("exclude", text()),
        optional("include", text()),
        optional("jsonnet", jsonnet),
        optional("recurse", boolean()),
    ])
}

fn helm() -> Schema {
    let parameter = object([
        optional("forceString", boolean()),
        optional("name", text()),
        optional("value", text()),
    ]);
    let file = object([optional("name", text()), optional("path", text())]);
    object([
        optional("apiVersions", list(text())),
        optional("fileParameters", list(file)),
        optional("ignoreMissingValueFiles", boolean()),
        optional("kubeVersion", text()),
        optional("namespace", text()),
        optional("parameters", list(parameter)),
        optional("passCredentials", boolean()),
        optional("releaseName", text()),
        optional("skipCrds", boolean()),
        optional("skipSchemaValidation", boolean()),
        optional("skipTests", boolean()),
        optional("valueFiles", list(text())),
        optional("values", text()),
        optional("valuesObject", anything()),
        optional("version", text()),
    ])
}

fn kustomize() -> Schema {
    let replica = object([required("count", integer_or_text()), required("name", text())]);
    object([
        optional("apiVersions", list(text())),
        optional("commonAnnotations", texts()),
        optional("commonAnnotationsEnvsubst", boolean()),
        optional("commonLabels", texts()),
        optional("components", list(text())),
        optional("forceCommonAnnotations", boolean()),
        optional("forceCommonLabels", boolean()),
        optional("ignoreMissingComponents", boolean()),
        optional("images", list(text())),
        optional("kubeVersion", text()),
        optional("labelIncludeTemplates", boolean()),
        optional("labelWithoutSelector", boolean()),
        optional("namePrefix", text()),
        optional("nameSuffix", text()),
        optional("namespace", text()),
        optional("patches", list(patch())),
        optional("replicas", list(replica)),
        optional("version", text()),
    ])
}

fn patch() -> Schema {
    object([
        optional("options", map(boolean())),
        optional("patch", text()),
        optional("path", text()),
        optional("target", crate::selector::selector()),
    ])
}

fn plugin() -> Schema {
    let parameter = object([
        optional("array", list(text())),
        optional("map", texts()),
        optional("name", text()),
        optional("string", text()),
    ]);
    object([
        optional("env", list(super::operation::pair())),
        optional("name", text()),
        optional("parameters", list(parameter)),
    ])
}
