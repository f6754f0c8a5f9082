//! Every write of an object: under a manager, within its time, once.

use crate::answer::Answer;
use crate::cluster::Edge;
use crate::limiter::TooLate;
use crate::refusal;
use crate::resources::Address;
use crate::wire::Call;
use http::Method;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;
use trimtab_model::limit::WRITE_TIMEOUT_SECONDS_MAX;
use trimtab_model::{
    Class, FieldManager, Manifest, ObjectKey, Origin, Propagation, ResourceVersion, Uid,
};
use trimtab_plan::LiveObject;
use trimtab_ports::cluster::{
    Apply, ApplyAnswer, Delete, JsonPatch, MergePatch, Mode, Target, Terms, WriteError,
};
use trimtab_ports::tasks;
use trimtab_sync::{Change, Failure, Outcome};

const APPLY: &str = "application/apply-patch+yaml";
const MERGE_PATCH: &str = "application/merge-patch+json";
const JSON_PATCH: &str = "application/json-patch+json";
const JSON: &str = "application/json";

/// How long an answer to a write is waited for: the server ends the write before.
const ANSWER_MAX: Duration = Duration::from_secs(2 * WRITE_TIMEOUT_SECONDS_MAX);
/// How long a cluster is left alone after a 429 that does not say how long.
const PAUSE_DEFAULT: Duration = Duration::from_secs(1);
/// The longest pause after a 429, whatever it says.
const PAUSE_MAX: Duration = Duration::from_mins(1);

/// A write as it goes to the server.
struct Write {
    method: Method,
    verb: &'static str,
    path: String,
    query: Query,
    content_type: &'static str,
    body: Vec<u8>,
}

/// The query of a write: always with the time after which the server gives up (P10).
struct Query(String);

impl Query {
    fn new() -> Self {
        Self(format!("timeout={WRITE_TIMEOUT_SECONDS_MAX}s"))
    }

    fn manager(mut self, manager: &FieldManager) -> Self {
        let name: String =
            manager.as_str().bytes().fold(String::new(), |mut name, byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => {
                    name.push(char::from(byte));
                    name
                }
                byte => {
                    let _ = write!(name, "%{byte:02X}");
                    name
                }
            });
        let _ = write!(self.0, "&fieldManager={name}");
        self
    }

    fn with(mut self, wanted: bool, parameter: &str) -> Self {
        if wanted {
            let _ = write!(self.0, "&{parameter}");
        }
        self
    }
}

impl Edge {
    /// Applies an object.
    pub async fn apply(self: &Arc<Self>, apply: Apply) -> ApplyAnswer {
        let written = self.send_apply(&apply).await;
        let answer = match written {
            Ok(answer) => answer,
            Err(error) => return unapplied(error),
        };
        // Something else than what was expected is there, and the apply may have changed it.
        let created = answer.code == 201;
        if created != (apply.mode == Mode::Create) {
            return ApplyAnswer::Stale;
        }
        let object = match self.decode(&apply.target, &answer, apply.dry_run) {
            Ok(object) => object,
            Err(uncertain) => return uncertain,
        };
        let change = change(&apply.mode, apply.dry_run, &object);
        ApplyAnswer::Applied { change, object: Box::new(object) }
    }

    async fn send_apply(self: &Arc<Self>, apply: &Apply) -> Result<Answer, WriteError> {
        let address = self.address_of(&apply.target).await?;
        let (force, body) = match &apply.mode {
            Mode::Create => (false, apply.body.text().as_bytes().to_vec()),
            Mode::Update { uid, seen, exactly, .. } => {
                let seen = exactly.then_some(seen.as_str());
                let required = [("uid", Some(uid.as_str())), ("resourceVersion", seen)];
                (true, requiring(&apply.target.key, apply.body.value(), &required)?)
            }
        };
        let query = Query::new()
            .manager(&apply.manager)
            .with(true, if force { "force=true" } else { "force=false" })
            .with(apply.dry_run, "dryRun=All");
        let write = Write {
            method: Method::PATCH,
            verb: "apply",
            path: address.object.clone(),
            query,
            content_type: APPLY,
            body,
        };
        self.write(&apply.target.key, &address, write, &apply.terms).await
    }

    /// Sends a JSON patch and reads the row that it makes.
    pub async fn migrate(self: &Arc<Self>, patch: JsonPatch) -> ApplyAnswer {
        let target = patch.target.clone();
        let answer = match self.send_json_patch(patch).await {
            Ok(answer) => answer,
            Err(error) => return unapplied(error),
        };
        match self.decode(&target, &answer, false) {
            Ok(object) => {
                ApplyAnswer::Applied { change: Change::Configured, object: Box::new(object) }
            }
            Err(uncertain) => uncertain,
        }
    }

    /// Sends a JSON patch.
    pub async fn json_patch(self: &Arc<Self>, patch: JsonPatch) -> Result<Value, WriteError> {
        let key = patch.target.key.clone();
        object(&key, &self.send_json_patch(patch).await?)
    }

    async fn send_json_patch(self: &Arc<Self>, patch: JsonPatch) -> Result<Answer, WriteError> {
        let address = self.address_of(&patch.target).await?;
        let mut operations = patch.operations;
        if let (Some(operations), Some(seen)) = (operations.as_array_mut(), &patch.seen) {
            // A version that is written but not the present one is a conflict.
            let path = "/metadata/resourceVersion";
            operations.push(json!({"op": "replace", "path": path, "value": seen.as_str()}));
        }
        let write = Write {
            method: Method::PATCH,
            verb: "patch",
            path: path_of(&address, patch.subresource.as_deref()),
            query: Query::new().manager(&patch.manager),
            content_type: JSON_PATCH,
            body: to_vec(&patch.target.key, &operations)?,
        };
        self.write(&patch.target.key, &address, write, &patch.terms).await
    }

    /// Sends a merge patch.
    pub async fn merge_patch(self: &Arc<Self>, patch: MergePatch) -> Result<Value, WriteError> {
        let address = self.address_of(&patch.target).await?;
        let required = [
            ("uid", patch.uid.as_ref().map(Uid::as_str)),
            ("resourceVersion", patch.seen.as_ref().map(ResourceVersion::as_str)),
        ];
        // Only the text waits for its turn.
        let body = requiring(&patch.target.key, patch.body, &required)?;
        let write = Write {
            method: Method::PATCH,
            verb: "patch",
            path: path_of(&address, patch.subresource.as_deref()),
            query: Query::new().manager(&patch.manager),
            content_type: MERGE_PATCH,
            body,
        };
        let answer = self.write(&patch.target.key, &address, write, &patch.terms).await?;
        object(&patch.target.key, &answer)
    }

    /// Creates an object.
    pub async fn create(
        self: &Arc<Self>,
        body: Value,
        manager: FieldManager,
        terms: Terms,
    ) -> Result<Value, WriteError> {
        let target = target_of(&body)?;
        let address = self.address_of(&target).await?;
        let write = Write {
            method: Method::POST,
            verb: "create",
            path: address.collection.clone(),
            query: Query::new().manager(&manager),
            content_type: JSON,
            body: to_vec(&target.key, &body)?,
        };
        let answer = self.write(&target.key, &address, write, &terms).await?;
        object(&target.key, &answer)
    }

    /// Deletes exactly what was seen.
    pub async fn delete(self: &Arc<Self>, delete: Delete) -> Outcome {
        match self.send_delete(&delete).await {
            Ok(_) => Outcome::Deleted,
            Err(WriteError::Gone) => Outcome::Gone,
            Err(WriteError::Stale(_)) => Outcome::Stale,
            Err(WriteError::Refused(failure)) => Outcome::Failed(failure),
            Err(WriteError::Uncertain(_)) => Outcome::Uncertain,
        }
    }

    async fn send_delete(self: &Arc<Self>, delete: &Delete) -> Result<Answer, WriteError> {
        let address = self.address_of(&delete.target).await?;
        let propagation = match delete.propagation {
            Propagation::Foreground => "Foreground",
            Propagation::Background => "Background",
            Propagation::Orphan => "Orphan",
        };
        let body = json!({
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            "propagationPolicy": propagation,
            "preconditions": {
                "uid": delete.uid.as_str(),
                "resourceVersion": delete.seen.as_str(),
            },
        });
        let write = Write {
            method: Method::DELETE,
            verb: "delete",
            path: address.object.clone(),
            query: Query::new(),
            content_type: JSON,
            body: to_vec(&delete.target.key, &body)?,
        };
        self.write(&delete.target.key, &address, write, &delete.terms).await
    }

    async fn address_of(&self, target: &Target) -> Result<Address, WriteError> {
        self.address(target).await.map_err(WriteError::Refused)
    }

    /// Waits for the write's turn and sends it. Once it is sent, it goes on by itself, whether or
    /// not anybody waits for it.
    async fn write(
        self: &Arc<Self>,
        key: &ObjectKey,
        address: &Address,
        write: Write,
        terms: &Terms,
    ) -> Result<Answer, WriteError> {
        let permit = self.limiter.turn(terms).await.map_err(too_late)?;
        let call = call(write, address, terms);
        let edge = self.clone();
        let sending = async move {
            let answer = edge.exchange.ask(call, ANSWER_MAX).await;
            match &answer {
                Ok(answer) if answer.code == 429 => permit.refused(pause(answer)),
                Ok(_) => permit.answered(),
                Err(_) => drop(permit),
            }
            answer
        };
        let sent = tasks::run(&*self.seams.tasks, "write", sending).await;
        let sent = sent.map_err(|ended| WriteError::Uncertain(ended.to_string()))?;
        self.judged(key, sent.map_err(refusal::of_lost_write)?)
    }

    /// As [`Edge::write`], past the limiter: for Leases.
    pub async fn write_now(
        self: &Arc<Self>,
        key: &ObjectKey,
        call: Call,
    ) -> Result<Answer, WriteError> {
        let edge = self.clone();
        let sending = async move { edge.exchange.ask(call, ANSWER_MAX).await };
        let sent = tasks::run(&*self.seams.tasks, "lease", sending).await;
        let sent = sent.map_err(|ended| WriteError::Uncertain(ended.to_string()))?;
        self.judged(key, sent.map_err(refusal::of_lost_write)?)
    }

    fn judged(&self, key: &ObjectKey, answer: Answer) -> Result<Answer, WriteError> {
        if answer.is_success() {
            return Ok(answer);
        }
        let error = refusal::of_write(key, &answer);
        if answer.code == 404 && error != WriteError::Gone {
            self.resources.forget(&key.group_kind());
        }
        Err(error)
    }

    fn decode(
        &self,
        target: &Target,
        answer: &Answer,
        dry_run: bool,
    ) -> Result<LiveObject, ApplyAnswer> {
        let kind = target.key.group_kind().at(target.version.clone());
        let now = self.seams.clock.now();
        let text = answer.text().map_err(|lost| lost.message().to_owned());
        let row = text.and_then(|text| {
            let row = if dry_run {
                self.decoder.unstored_row(&kind, text, now)
            } else {
                self.decoder.row(&kind, text, now)
            };
            row.map_err(|error| error.to_string())
        });
        // It was done, and nobody knows what it has made.
        row.map_err(ApplyAnswer::Uncertain)
    }
}

fn call(write: Write, address: &Address, terms: &Terms) -> Call {
    Call {
        method: write.method,
        path: format!("{}?{}", write.path, write.query.0),
        verb: write.verb,
        resource: address.counted_as.clone(),
        content_type: Some(write.content_type),
        accept: None,
        body: write.body,
        not_after: Some(terms.term.not_after()),
    }
}

fn path_of(address: &Address, subresource: Option<&str>) -> String {
    match subresource {
        Some(subresource) => format!("{}/{subresource}", address.object),
        None => address.object.clone(),
    }
}

fn pause(answer: &Answer) -> Duration {
    let in_body = || answer.refusal().details.retry_after_seconds;
    let said = answer.retry_after.or_else(|| match in_body() {
        0 => None,
        seconds => Some(Duration::from_secs(seconds)),
    });
    said.unwrap_or(PAUSE_DEFAULT).min(PAUSE_MAX)
}

/// What an apply did. In a dry run nothing is stored, so the versions say nothing: it would change
/// something if our entry is another one than before.
fn change(mode: &Mode, dry_run: bool, object: &LiveObject) -> Change {
    match mode {
        Mode::Create => Change::Created,
        Mode::Update { entry, .. } if dry_run => {
            let is_same = entry.is_some() && *entry == object.entry;
            if is_same { Change::Unchanged } else { Change::Configured }
        }
        Mode::Update { seen, .. } if *seen == object.resource_version => Change::Unchanged,
        Mode::Update { .. } => Change::Configured,
    }
}

/// The text of a document that is only taken if what is required of the object's metadata is so.
fn requiring(
    key: &ObjectKey,
    mut body: Value,
    required: &[(&str, Option<&str>)],
) -> Result<Vec<u8>, WriteError> {
    for (field, value) in required {
        let (Some(value), Some(fields)) = (value, body.as_object_mut()) else { continue };
        let metadata = fields.entry("metadata").or_insert_with(|| json!({}));
        if let Some(metadata) = metadata.as_object_mut() {
            metadata.insert((*field).to_owned(), (*value).into());
        }
    }
    to_vec(key, &body)
}

fn unapplied(error: WriteError) -> ApplyAnswer {
    match error {
        WriteError::Stale(_) | WriteError::Gone => ApplyAnswer::Stale,
        WriteError::Refused(failure) => ApplyAnswer::Failed(failure),
        WriteError::Uncertain(message) => ApplyAnswer::Uncertain(message),
    }
}

fn object(key: &ObjectKey, answer: &Answer) -> Result<Value, WriteError> {
    serde_json::from_slice(&answer.body)
        .map_err(|_| WriteError::Uncertain(format!("the answer for {key} cannot be read")))
}

fn target_of(body: &Value) -> Result<Target, WriteError> {
    let origin = Origin { file: "".into(), line: 0 };
    let manifest = Manifest::new(body.clone(), origin).map_err(|error| {
        WriteError::Refused(Failure { class: Class::Bug, message: error.to_string() })
    })?;
    Ok(Target { key: manifest.key, version: manifest.version })
}

fn to_vec(key: &ObjectKey, body: &Value) -> Result<Vec<u8>, WriteError> {
    serde_json::to_vec(body).map_err(|error| unwritable(key, &error))
}

fn unwritable(key: &ObjectKey, error: &serde_json::Error) -> WriteError {
    let message = format!("{key} cannot be written as JSON: {error}");
    WriteError::Refused(Failure { class: Class::Bug, message })
}

fn too_late(why: TooLate) -> WriteError {
    WriteError::Refused(Failure { class: Class::Retry, message: why.to_string() })
}
