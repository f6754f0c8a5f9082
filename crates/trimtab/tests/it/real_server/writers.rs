//! Others who write: admission webhooks, people who edit what the server keeps of managers, and
//! another controller on the same resource.

use super::support::{ARGOPROJ, Place, Shop, config_map, value_of};
use serde_json::{Value, json};
use trimtab_testkit::webhook::Webhook;

const CONFIGURATIONS: &str = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";

/// A webhook that the server asks about every ConfigMap of the namespace.
struct Registered<'a> {
    place: &'a Place,
    path: String,
}

impl<'a> Registered<'a> {
    fn new(place: &'a Place, webhook: &Webhook) -> Self {
        let name = format!("{}.example.com", place.namespace);
        let configuration = json!({
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "MutatingWebhookConfiguration",
            "metadata": {"name": name},
            "webhooks": [{
                "name": name, "clientConfig": webhook.client_config(), "sideEffects": "None",
                "admissionReviewVersions": ["v1"], "failurePolicy": "Ignore",
                "namespaceSelector": {
                    "matchLabels": {"kubernetes.io/metadata.name": place.namespace},
                },
                "rules": [{
                    "apiGroups": [""], "apiVersions": ["v1"], "resources": ["configmaps"],
                    "operations": ["CREATE", "UPDATE"],
                }],
            }],
        });
        place.admin.create(CONFIGURATIONS, &configuration).expect("registered");
        Self { place, path: format!("{CONFIGURATIONS}/{name}") }
    }

    /// The server notices a registration a moment later: asks it until it does, storing nothing.
    fn until_it_acts(&self, name: &str, value: &str) {
        let path = format!("{}/{name}?dryRun=All", self.place.at("v1", "configmaps"));
        let touch = json!({"metadata": {"annotations": {"touched": "no"}}});
        let touched =
            || self.place.admin.must("PATCH", &path, "application/merge-patch+json", &touch);
        let acts = (0..10_000).any(|_| value_of(&touched().expect("an answer")) == value);
        assert!(acts, "the webhook is not asked");
    }
}

impl Drop for Registered<'_> {
    fn drop(&mut self) {
        // Others share the server; a failed test has said what it has to say already.
        let _ = self.place.admin.delete(&self.path);
    }
}

/// A webhook that gives one ConfigMap another value; in the requests of `user` it does nothing.
fn changes_value(name: &'static str, except: Option<String>) -> Webhook {
    let webhook = Webhook::start(move |request| {
        let by = request["userInfo"]["username"].as_str();
        let is_excepted = except.is_some() && by == except.as_deref();
        let is_it = request["name"] == name && !is_excepted;
        is_it.then(|| json!([{"op": "replace", "path": "/data/value", "value": "webhook"}]))
    });
    webhook.expect("a webhook")
}

fn touch(shop: &Shop, name: &str) -> Value {
    let touch = json!({"metadata": {"annotations": {"touched": "yes"}}});
    shop.place.patch(&shop.place.at("v1", "configmaps"), name, "person", &touch)
}

#[test]
fn a_webhook_that_changes_our_field_in_anothers_request_is_repaired_once() {
    let shop = Shop::open();
    let webhook = changes_value("app-a", Some(shop.place.user.clone()));
    let registered = Registered::new(&shop.place, &webhook);
    registered.until_it_acts("app-a", "webhook");
    assert_eq!(value_of(&touch(&shop, "app-a")), "webhook");
    let repaired = shop.place.until_value("app-a", "first");
    assert_eq!(repaired["metadata"]["annotations"]["touched"], "yes");
    shop.place.until_synced("shop");
    shop.another_directory_goes_on();
    let writes = shop.place.writes_to("configmaps", "app-a");
    assert_eq!(writes.len(), 2, "the create and one repair: {writes:#?}");
    shop.nothing_was_deleted();
}

#[test]
fn a_webhook_that_changes_what_we_apply_is_no_drift() {
    let shop = Shop::open();
    let webhook = changes_value("app-a", None);
    let registered = Registered::new(&shop.place, &webhook);
    registered.until_it_acts("app-a", "webhook");
    shop.env.write("app/a.yaml", config_map("app-a", "third")).push();
    shop.place.until_value("app-a", "webhook");
    shop.place.until_synced("shop");
    touch(&shop, "app-a");
    shop.another_directory_goes_on();
    shop.place.until_synced("shop");
    let writes = shop.place.writes_to("configmaps", "app-a");
    assert_eq!(writes.len(), 2, "the create and one change: {writes:#?}");
}

#[test]
fn managed_fields_that_a_person_strips_are_ours_again() {
    let shop = Shop::open();
    let maps = shop.place.at("v1", "configmaps");
    let before = shop.place.read(&maps, "app-a").expect("it is there");
    shop.place.patch(&maps, "app-a", "person", &json!({"metadata": {"managedFields": [{}]}}));
    let owned = shop.place.until(&maps, "app-a", "the fields are ours again", |map| {
        owners_of_value(map).contains(&"argocd-controller")
    });
    assert_eq!(owned["metadata"]["uid"], before["metadata"]["uid"]);
    assert_eq!(owned["data"], before["data"]);
    shop.place.until_synced("shop");
    shop.another_directory_goes_on();
    let writes = shop.place.writes_to("configmaps", "app-a");
    assert!(writes.len() <= 3, "no more than the entry and the apply: {writes:#?}");
    // What Git no longer says goes, though the server counted everything as somebody's meanwhile.
    let text = config_map("app-a", "third").replace("value:", "other:");
    shop.env.write("app/a.yaml", text).push();
    shop.place.until(&maps, "app-a", "the old key is gone", |map| {
        map["data"] == json!({"other": "third"})
    });
    shop.nothing_was_deleted();
}

/// Who owns `data.value` by server-side apply.
fn owners_of_value(map: &Value) -> Vec<&str> {
    let entries = map["metadata"]["managedFields"].as_array();
    let owns = |entry: &&Value| {
        entry["operation"] == "Apply" && entry.pointer("/fieldsV1/f:data/f:value").is_some()
    };
    let owners = entries.into_iter().flatten().filter(owns);
    owners.filter_map(|entry| entry["manager"].as_str()).collect()
}

#[test]
fn another_controller_on_the_same_application_is_named_and_left_to_it() {
    let shop = Shop::open();
    let applications = shop.place.at(ARGOPROJ, "applications");
    let name = shop.place.app("shop");
    let looked = |at: &str| {
        let status = json!({"status": {"reconciledAt": at}});
        shop.place.patch(&applications, &name, "argocd-application-controller", &status)
    };
    looked("2026-01-01T00:00:00Z");
    let told = shop.place.until_told("ForeignOwner", &name);
    assert!(told.contains("argocd-application-controller still writes this resource"), "{told}");
    assert!(told.contains("trimtab.dev/owner: trimtab"), "{told}");
    let before = shop.place.writes_to("applications", &name).len();
    looked("2026-01-01T00:00:01Z");
    shop.env.write("app/a.yaml", config_map("app-a", "third")).push();
    shop.another_directory_goes_on();
    shop.another_repository_goes_on();
    let writes = shop.place.writes_to("applications", &name);
    assert_eq!(writes.len(), before, "{writes:#?}");
    shop.nothing_was_changed();
    let owner = json!({"metadata": {"annotations": {"trimtab.dev/owner": "trimtab"}}});
    shop.place.patch(&applications, &name, "person", &owner);
    shop.place.until_value("app-a", "third");
    shop.place.until_synced("shop");
    assert_eq!(shop.place.told("ForeignOwner", &name).len(), 1, "it is said once");
}

/// An object as kubectl's client-side apply made it, with a label of somebody else.
fn made_by_kubectl(shop: &Shop, plural: &str, object: &Value) {
    let collection = shop.place.at("v1", plural);
    let path = format!("{collection}?fieldManager=kubectl-client-side-apply");
    shop.place.admin.create(&path, object).expect("created");
    let label = json!({"metadata": {"labels": {"tier": "gold"}}});
    let name = object["metadata"]["name"].as_str().expect("a name");
    shop.place.patch(&collection, name, "person", &label);
}

#[test]
fn what_kubectl_made_is_taken_over_and_what_others_own_stays_theirs() {
    let shop = Shop::open();
    let map = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "map"},
        "data": {"value": "first", "old": "x"},
    });
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "login"}, "type": "Opaque",
        "data": {"value": "Zmlyc3Q=", "old": "eA=="},
    });
    made_by_kubectl(&shop, "configmaps", &map);
    made_by_kubectl(&shop, "secrets", &secret);
    shop.env.write("app/map.yaml", config_map("map", "second"));
    let text = "apiVersion: v1\nkind: Secret\nmetadata: {name: login}\ndata: {value: c2Vjb25k}\n";
    shop.env.write("app/secret.yaml", text);
    let commit = shop.env.push();
    shop.place.until_synced_at("shop", &commit);
    let taken = [("configmaps", "map", "second"), ("secrets", "login", "c2Vjb25k")];
    for (plural, name, value) in taken {
        let object = shop.place.read(&shop.place.at("v1", plural), name).expect("it is there");
        assert_eq!(object["data"], json!({"value": value}), "{name}");
        let entries = object["metadata"]["managedFields"].as_array().expect("entries");
        let owns_label = |entry: &&Value| entry["fieldsV1"].to_string().contains("f:tier");
        let owners: Vec<_> = entries.iter().filter(owns_label).map(|e| &e["manager"]).collect();
        assert_eq!(owners, ["person"], "{name}");
        assert_eq!(object["metadata"]["labels"]["tier"], "gold", "{name}");
    }
    shop.nothing_was_changed();
}
