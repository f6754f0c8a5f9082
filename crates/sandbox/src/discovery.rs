//! What the server says that it serves.

use crate::answer::Answer;
use crate::catalogue::Resource;
use crate::refusal::Refusal;
use crate::request::Request;
use crate::server::Server;
use serde_json::{Map, Value, json};
use std::sync::Arc;

const VERBS: [&str; 8] =
    ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
/// The same in the order in which the server tells them of custom resources.
const CUSTOM_VERBS: [&str; 8] =
    ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];
/// The aggregated answer's type.
const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/// The verbs of a resource.
fn verbs(resource: &Resource) -> Vec<&'static str> {
    if resource.is_custom() {
        return CUSTOM_VERBS.to_vec();
    }
    // A collection of namespaces is not deleted in one request.
    let is_namespaces = resource.is("", "namespaces");
    VERBS.into_iter().filter(|verb| !(is_namespaces && *verb == "deletecollection")).collect()
}

impl Server {
    /// A page that is no resource.
    pub(crate) fn page(&self, request: &Request, path: &[String]) -> Result<Answer, Refusal> {
        let steps: Vec<&str> = path.iter().map(String::as_str).collect();
        if request.method != http::Method::GET {
            return Err(Refusal::no_page());
        }
        match steps.as_slice() {
            ["version"] => Ok(Answer::json(200, version())),
            ["healthz" | "livez" | "readyz"] => Ok(Answer::text(200, "ok")),
            ["api"] if wants_aggregated(request) => Ok(self.aggregated(true)),
            ["apis"] if wants_aggregated(request) => Ok(self.aggregated(false)),
            ["api"] => Ok(Answer::json(
                200,
                json!({
                    "kind": "APIVersions",
                    "versions": ["v1"],
                    "serverAddressByClientCIDRs": [],
                }),
            )),
            ["apis"] => Ok(Answer::json(200, self.groups())),
            ["apis", group] => self.group(group),
            ["api", version] => self.resources("", version),
            ["apis", group, version] => self.resources(group, version),
            ["openapi", ..] | ["swagger.json"] => Err(Refusal::not_served("OpenAPI documents")),
            ["metrics" | "logs" | "debug", ..] => {
                Err(Refusal::not_served(&format!("the page /{}", steps.join("/"))))
            }
            _ => Err(Refusal::no_page()),
        }
    }

    fn groups(&self) -> Value {
        let groups = self.catalogue.groups().into_iter().filter(|(group, _)| !group.is_empty());
        let groups: Vec<Value> = groups.map(|(name, versions)| group(&name, &versions)).collect();
        json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
    }

    fn group(&self, name: &str) -> Result<Answer, Refusal> {
        let found = self.catalogue.groups().into_iter().find(|(group, _)| group == name);
        let (name, versions) = found.ok_or_else(Refusal::no_page)?;
        let mut body = group(&name, &versions);
        body["kind"] = "APIGroup".into();
        body["apiVersion"] = "v1".into();
        Ok(Answer::json(200, body))
    }

    fn resources(&self, group: &str, version: &str) -> Result<Answer, Refusal> {
        if !self.catalogue.has_version(group, version) {
            return Err(Refusal::no_page());
        }
        if self.broken_groups.contains(group) {
            return Err(unavailable());
        }
        let mut resources = Vec::new();
        for resource in self.of_version(group, version) {
            resources.push(entry(resource, &resource.plural, &verbs(resource)));
            let has_status = resource.version(version).is_some_and(|version| version.status);
            if has_status {
                let name = format!("{}/status", resource.plural);
                let mut status = entry(resource, &name, &["get", "patch", "update"]);
                status["singularName"] = "".into();
                if let Some(status) = status.as_object_mut() {
                    status.remove("shortNames");
                    status.remove("categories");
                }
                resources.push(status);
            }
        }
        resources.sort_by_key(|resource| resource["name"].to_string());
        let group_version =
            if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
        Ok(Answer::json(
            200,
            json!({
                "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version,
                "resources": resources,
            }),
        ))
    }

    fn of_version<'a>(
        &'a self,
        group: &'a str,
        version: &'a str,
    ) -> impl Iterator<Item = &'a Arc<Resource>> {
        let all = self.catalogue.all();
        all.filter(move |found| found.group == group && found.version(version).is_some())
    }

    fn aggregated(&self, core: bool) -> Answer {
        let groups = self.catalogue.groups().into_iter();
        let groups = groups.filter(|(group, _)| group.is_empty() == core);
        let items: Vec<Value> = groups
            .map(|(group, versions)| {
                let versions: Vec<Value> = versions
                    .iter()
                    .map(|version| self.aggregated_version(&group, version))
                    .collect();
                let metadata = if core {
                    json!({"creationTimestamp": null})
                } else {
                    json!({"name": group, "creationTimestamp": null})
                };
                json!({"metadata": metadata, "versions": versions})
            })
            .collect();
        let body = json!({
            "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2",
            "metadata": {}, "items": items,
        });
        let mut answer = Answer::json(200, body);
        answer.headers = vec![("content-type".to_owned(), AGGREGATED.to_owned())];
        answer
    }

    fn aggregated_version(&self, group: &str, version: &str) -> Value {
        // The server that is down has told what it serves before, or never.
        if self.broken_groups.contains(group) {
            return json!({"version": version, "resources": [], "freshness": "Stale"});
        }
        let mut resources: Vec<Value> = self
            .of_version(group, version)
            .map(|resource| aggregated_resource(resource, version))
            .collect();
        resources.sort_by_key(|resource| resource["resource"].to_string());
        json!({"version": version, "resources": resources, "freshness": "Current"})
    }
}

fn aggregated_resource(resource: &Resource, version: &str) -> Value {
    // The built-in kinds leave out what the version around them says; the real server does so too.
    let response = if resource.is_custom() {
        json!({"group": resource.group, "version": version, "kind": resource.kind})
    } else {
        json!({"group": "", "version": "", "kind": resource.kind})
    };
    let mut out = json!({
        "resource": resource.plural,
        "responseKind": response,
        "scope": if resource.namespaced { "Namespaced" } else { "Cluster" },
        "singularResource": resource.singular,
        "verbs": verbs(resource),
    });
    if !resource.short_names.is_empty() {
        out["shortNames"] = json!(resource.short_names);
    }
    if !resource.categories.is_empty() {
        out["categories"] = json!(resource.categories);
    }
    if resource.version(version).is_some_and(|version| version.status) {
        out["subresources"] = json!([{
            "subresource": "status", "responseKind": response,
            "verbs": ["get", "patch", "update"],
        }]);
    }
    out
}

fn entry(resource: &Resource, name: &str, verbs: &[&str]) -> Value {
    let mut out = Map::new();
    out.insert("name".into(), name.into());
    out.insert("singularName".into(), resource.singular.clone().into());
    out.insert("namespaced".into(), resource.namespaced.into());
    out.insert("kind".into(), resource.kind.clone().into());
    out.insert("verbs".into(), json!(verbs));
    if !resource.short_names.is_empty() {
        out.insert("shortNames".into(), json!(resource.short_names));
    }
    if !resource.categories.is_empty() {
        out.insert("categories".into(), json!(resource.categories));
    }
    Value::Object(out)
}

fn group(name: &str, versions: &[String]) -> Value {
    let version =
        |version: &String| json!({"groupVersion": format!("{name}/{version}"), "version": version});
    let preferred = versions.first().map(version).unwrap_or_default();
    let versions: Vec<Value> = versions.iter().map(version).collect();
    json!({"name": name, "versions": versions, "preferredVersion": preferred})
}

/// The accepted types come in the order of preference here, as every client writes them.
fn wants_aggregated(request: &Request) -> bool {
    let first = request.accept.split(',').map(str::trim).find(|kind| {
        kind.contains("as=APIGroupDiscoveryList") && kind.contains("v=v2")
            || *kind == "application/json"
    });
    first.is_some_and(|kind| kind.contains("as=APIGroupDiscoveryList"))
        && request.accept.split(',').any(|kind| {
            kind.contains("as=APIGroupDiscoveryList") && kind.trim().split(';').any(|p| p == "v=v2")
        })
}

fn unavailable() -> Refusal {
    Refusal::new(503, "ServiceUnavailable", "the server is currently unable to handle the request")
}

fn version() -> Value {
    json!({
        "major": "1", "minor": "36",
        "emulationMajor": "1", "emulationMinor": "36",
        "minCompatibilityMajor": "1", "minCompatibilityMinor": "35",
        "gitVersion": "v1.36.3+sandbox", "gitCommit": "", "gitTreeState": "",
        "buildDate": "1970-01-01T00:00:00Z", "goVersion": "", "compiler": "", "platform": "",
    })
}
