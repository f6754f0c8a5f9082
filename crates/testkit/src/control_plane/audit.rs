use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::Error;
use crate::https::Client;

/// How long the server may take to write down what it has answered.
const FLUSH_MAX: Duration = Duration::from_secs(10);

/// One request, as the API server saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// When it arrived: RFC 3339 with microseconds, so that text order is time order.
    pub received: String,
    /// get, list, watch, create, update, patch, delete or deletecollection. An apply is a patch.
    pub verb: String,
    /// The API group; empty for the core and where no object is meant.
    pub group: String,
    /// The plural; empty where no object is meant.
    pub resource: String,
    /// Such as `status`; empty for none.
    pub subresource: String,
    /// Empty for none.
    pub namespace: String,
    /// Empty for none, as of a list or of a create.
    pub name: String,
    /// Path and query.
    pub uri: String,
    /// The HTTP status code; 0 while there is none.
    pub code: u16,
    /// What the client called itself.
    pub user_agent: String,
    /// As whom the user acted, if not as itself.
    pub impersonated: Option<String>,
    /// Whether the query asks that nothing be stored. The server does not log bodies here, so a
    /// dry run that is asked for in a delete's body is not seen as one.
    pub dry_run: bool,
}

impl Request {
    /// Whether it stores something if it succeeds: a changing verb, no dry run, and neither a
    /// Lease nor a question in the shape of an object (token and access reviews).
    pub fn is_write(&self) -> bool {
        let changes = matches!(
            self.verb.as_str(),
            "create" | "update" | "patch" | "delete" | "deletecollection"
        );
        let stores_nothing =
            matches!(self.group.as_str(), "authorization.k8s.io" | "authentication.k8s.io");
        let is_lease = self.group == "coordination.k8s.io" && self.resource == "leases";
        changes && !self.dry_run && !stores_nothing && !is_lease
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {} ({})", self.code, self.verb, self.uri, self.user_agent)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    #[serde(rename = "auditID")]
    id: String,
    verb: String,
    #[serde(rename = "requestURI")]
    uri: String,
    user: User,
    impersonated_user: Option<User>,
    #[serde(default)]
    user_agent: String,
    #[serde(default)]
    object_ref: ObjectRef,
    response_status: Option<ResponseStatus>,
    request_received_timestamp: String,
}

#[derive(Deserialize)]
struct User {
    #[serde(default)]
    username: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ObjectRef {
    resource: String,
    subresource: String,
    namespace: String,
    name: String,
    api_group: String,
}

#[derive(Deserialize)]
struct ResponseStatus {
    #[serde(default)]
    code: u16,
}

/// All requests of `user` in the log, after everything that was answered before is in it.
pub fn of(user: &str, log: &Path, admin: &Client) -> Result<Vec<Request>, Error> {
    let text = settled(log, admin)?;
    let mut requests: BTreeMap<String, Request> = BTreeMap::new();
    for line in text.lines() {
        let event: Event = serde_json::from_str(line).map_err(Error::Audit)?;
        if event.user.username == user {
            let id = event.id.clone();
            // A watch has two events; the later one knows more.
            requests.insert(id, event.into());
        }
    }
    let mut requests: Vec<Request> = requests.into_values().collect();
    requests.sort_by(|a, b| a.received.cmp(&b.received));
    Ok(requests)
}

/// The log, once it has a request of ours that came after all others of interest. The server
/// writes an event just after it has sent the answer, and in the order of answers.
fn settled(log: &Path, admin: &Client) -> Result<String, Error> {
    static MARKS: AtomicU64 = AtomicU64::new(0);
    let number = MARKS.fetch_add(1, Ordering::Relaxed);
    let mark = format!("/livez?audit-mark={}.{number}", std::process::id());
    admin.get(&mark)?;
    let end = Instant::now() + FLUSH_MAX;
    loop {
        let text = fs::read_to_string(log).map_err(Error::file(log))?;
        if text.contains(&mark) && text.ends_with('\n') {
            return Ok(text);
        }
        if Instant::now() > end {
            let what = "the API server did not write its audit log".into();
            return Err(Error::Late { what, seconds: FLUSH_MAX.as_secs(), log: String::new() });
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

impl From<Event> for Request {
    fn from(event: Event) -> Self {
        let query = event.uri.split_once('?').map_or("", |(_, query)| query);
        let dry_run = query.split('&').any(|pair| pair.starts_with("dryRun="));
        let object = event.object_ref;
        Self {
            received: event.request_received_timestamp,
            verb: event.verb,
            group: object.api_group,
            resource: object.resource,
            subresource: object.subresource,
            namespace: object.namespace,
            name: object.name,
            uri: event.uri,
            code: event.response_status.map_or(0, |status| status.code),
            user_agent: event.user_agent,
            impersonated: event.impersonated_user.map(|user| user.username),
            dry_run,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(line: &str) -> Request {
        serde_json::from_str::<Event>(line).expect("an event").into()
    }

    #[test]
    fn a_dry_run_a_lease_and_a_question_are_no_writes() {
        let line = |verb: &str, uri: &str, group: &str, resource: &str| {
            request(&format!(
                r#"{{"auditID":"1","verb":"{verb}","requestURI":"{uri}","user":{{"username":"u"}},
                "objectRef":{{"apiGroup":"{group}","resource":"{resource}"}},
                "responseStatus":{{"code":200}},"requestReceivedTimestamp":"t"}}"#
            ))
        };
        assert!(line("patch", "/x?fieldManager=a&force=true", "", "configmaps").is_write());
        assert!(!line("patch", "/x?force=true&dryRun=All", "", "configmaps").is_write());
        assert!(!line("update", "/x", "coordination.k8s.io", "leases").is_write());
        assert!(!line("create", "/x", "authorization.k8s.io", "subjectaccessreviews").is_write());
        assert!(!line("list", "/x", "", "configmaps").is_write());
    }
}
