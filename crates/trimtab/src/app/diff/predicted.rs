//! What a sync would make of an object, as a text for people.

use serde_json::Value;
use trimtab_diff::{Ignored, Pair, mask};
use trimtab_merge::{Apply, Error, Force, LAST_APPLIED, Schema, apply, migration};
use trimtab_model::{ObjectKey, Timestamp, Tracking};

/// What only the server sets: on both sides alike, or none of a person's business.
const OF_THE_SERVER: [&str; 6] =
    ["managedFields", "resourceVersion", "uid", "generation", "creationTimestamp", "selfLink"];

/// How a sync applies one object.
pub struct Sync<'a> {
    /// The schema of its kind.
    pub schema: &'a Schema,
    /// Under which manager, after whom.
    pub tracking: &'a Tracking,
    /// The fields that do not count.
    pub ignored: &'a Ignored,
    /// Whether predecessors' fields stay theirs.
    pub keep_predecessors: bool,
    /// The time.
    pub now: Timestamp,
}

impl Sync<'_> {
    /// The object after the sync; the server's defaults for what is new are not in it.
    ///
    /// # Errors
    /// When the server would refuse the apply.
    pub fn result(&self, desired: &Value, live: Option<&Value>) -> Result<Value, Error> {
        let Some(live) = live else { return Ok(desired.clone()) };
        let mut desired = desired.clone();
        self.ignored.copy(live, &mut desired);
        let applied = apply(&Apply {
            schema: self.schema,
            live: Some(&self.migrated(live)?),
            desired: &desired,
            manager: &self.tracking.manager,
            subresource: "",
            force: Force::Take,
            now: self.now,
        })?;
        Ok(applied.object)
    }

    /// The live object with predecessors' entries moved into ours, as the first change does.
    fn migrated(&self, live: &Value) -> Result<Value, Error> {
        let mut migrated = live.clone();
        if self.keep_predecessors {
            return Ok(migrated);
        }
        let patch = migration(live, &self.tracking.manager, &self.tracking.predecessors)?;
        let operations = patch.as_ref().and_then(Value::as_array).into_iter().flatten();
        let entries = operations
            .filter(|operation| operation["path"] == "/metadata/managedFields")
            .find_map(|operation| operation.get("value"));
        if let Some(entries) = entries {
            migrated["metadata"]["managedFields"] = entries.clone();
        }
        Ok(migrated)
    }
}

/// The live and the desired text. Values of Secrets are hidden.
pub fn texts(key: &ObjectKey, pair: Pair) -> [String; 2] {
    let is_secret = key.group.is_empty() && key.kind.as_str() == "Secret";
    let Pair { desired, live } = if is_secret { mask(pair) } else { pair };
    [live, desired].map(|object| object.map(text).unwrap_or_default())
}

fn text(mut object: Value) -> String {
    if let Some(fields) = object.as_object_mut() {
        fields.remove("status");
    }
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        for field in OF_THE_SERVER {
            metadata.remove(field);
        }
        if let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut) {
            // It goes with the first change, and says nothing that the fields do not say.
            annotations.remove(LAST_APPLIED);
            if annotations.is_empty() {
                metadata.remove("annotations");
            }
        }
    }
    trimtab_yaml::emit(&object)
}

#[cfg(test)]
mod tests {
    use super::{Sync, texts};
    use serde_json::{Value, json};
    use trimtab_diff::{Ignored, Pair, Sides, unified};
    use trimtab_merge::{Apply, Force, Schema, apply};
    use trimtab_model::{App, GroupVersionKind, IgnoreRule, ObjectKey, Timestamp, Tracking};

    fn tracking() -> Tracking {
        let resource = json!({
            "metadata": {"name": "shop", "namespace": "trimtab"},
            "spec": {"project": "default", "source": {"repoURL": "https://git/shop", "path": "."},
                     "destination": {"server": "https://kubernetes.default.svc", "namespace": "shop"}},
        });
        let settings = trimtab_argoproj::Settings::new("trimtab");
        let (app, _): (App, _) = trimtab_argoproj::app(&resource, &settings).expect("valid");
        app.tracking
    }

    fn config(data: &Value) -> Value {
        json!({"apiVersion": "v1", "kind": "ConfigMap",
               "metadata": {"name": "c", "namespace": "shop"}, "data": data})
    }

    fn key(kind: &str) -> ObjectKey {
        ObjectKey::namespaced(&GroupVersionKind::of("v1", kind).group_kind(), "shop", "c")
    }

    /// As `who` would have applied it.
    fn applied(object: &Value, who: &str, live: Option<&Value>) -> Value {
        let schema = Schema::built_in(&GroupVersionKind::of("v1", "ConfigMap")).expect("built in");
        let request = Apply {
            schema: &schema,
            live,
            desired: object,
            manager: &who.into(),
            subresource: "",
            force: Force::Take,
            now: Timestamp::UNIX_EPOCH,
        };
        let mut object = apply(&request).expect("applied").object;
        object["metadata"]["resourceVersion"] = json!("1");
        object
    }

    fn diff(desired: &Value, live: &Value, ignored: &Ignored) -> String {
        let schema = Schema::built_in(&GroupVersionKind::of("v1", "ConfigMap")).expect("built in");
        let tracking = tracking();
        let sync = Sync {
            schema: &schema,
            tracking: &tracking,
            ignored,
            keep_predecessors: false,
            now: Timestamp::UNIX_EPOCH,
        };
        let after = sync.result(desired, Some(live)).expect("applied");
        let pair = Pair { desired: Some(after), live: Some(live.clone()) };
        let [old, new] = texts(&key("ConfigMap"), pair);
        unified(&Sides { old_name: "live", old: &old, new_name: "desired", new: &new })
            .expect("small")
    }

    #[test]
    fn what_was_applied_and_is_gone_is_removed_and_others_fields_stay() {
        let manager = tracking().manager;
        let live = applied(&config(&json!({"a": "1", "b": "1"})), manager.as_str(), None);
        let live = applied(&config(&json!({"theirs": "1"})), "somebody", Some(&live));
        let shown = diff(&config(&json!({"a": "2"})), &live, &Ignored::default());
        assert!(shown.contains("\n-  a: \"1\"\n-  b: \"1\"\n+  a: \"2\"\n"), "{shown}");
        assert!(shown.contains("\n   theirs: \"1\"\n"), "{shown}");
    }

    #[test]
    fn an_ignored_field_is_no_difference() {
        let live = applied(&config(&json!({"a": "1"})), tracking().manager.as_str(), None);
        let rule = IgnoreRule {
            kind: Some("ConfigMap".into()),
            pointers: vec!["/data/a".into()],
            group: None,
            name: None,
            namespace: None,
        };
        let ignored = Ignored::of([&rule], &key("ConfigMap"));
        assert_eq!(diff(&config(&json!({"a": "2"})), &live, &ignored), "");
    }

    #[test]
    fn a_secrets_values_are_hidden_and_their_difference_is_seen() {
        let secret = |password: &str| {
            json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "c"},
                   "stringData": {"password": password, "user": "u"}})
        };
        let pair = Pair { desired: Some(secret("new")), live: Some(secret("old")) };
        let [old, new] = texts(&key("Secret"), pair);
        assert_ne!(old, new);
        for text in [old, new] {
            assert!(text.contains("password: +") && !text.contains("stringData"), "{text}");
        }
    }
}
