//! Reading one object, and reading a collection.

use crate::answer::Answer;
use crate::catalogue::Resource;
use crate::refusal::{Cause, Refusal};
use crate::request::Request;
use crate::selector::Selector;
use crate::server::{Server, Target};
use crate::store::Key;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The form in which objects are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Whole,
    /// `PartialObjectMetadata`.
    Metadata,
}

impl Form {
    /// The first accepted type that is served.
    pub fn of(request: &Request) -> Result<Self, Refusal> {
        let accepted: Vec<&str> = match request.accept.trim() {
            "" => return Ok(Self::Whole),
            accept => accept.split(',').map(str::trim).collect(),
        };
        let mut unserved = None;
        for accepted in accepted {
            let mut parts = accepted.split(';').map(str::trim);
            let media = parts.next().unwrap_or("");
            let parameters: Vec<&str> = parts.collect();
            let wanted = parameters.iter().find_map(|parameter| parameter.strip_prefix("as="));
            let is_json = matches!(media, "application/json" | "*/*" | "application/*");
            match wanted {
                None if is_json => return Ok(Self::Whole),
                Some("PartialObjectMetadata" | "PartialObjectMetadataList") if is_json => {
                    return Ok(Self::Metadata);
                }
                Some(other) if is_json => unserved = Some(format!("answers as {other}")),
                _ if media == "application/yaml" || media.contains("protobuf") => {
                    unserved = Some(format!("answers in {media}"));
                }
                _ => {}
            }
        }
        Err(match unserved {
            Some(what) => Refusal::not_served(&what),
            None => not_acceptable(),
        })
    }

    /// An object in this form.
    pub fn object(self, object: &Value) -> Value {
        match self {
            Self::Whole => object.clone(),
            Self::Metadata => json!({
                "kind": "PartialObjectMetadata",
                "apiVersion": "meta.k8s.io/v1",
                "metadata": object["metadata"],
            }),
        }
    }

    /// An object in this form as one of a list: the built-in kinds say in the list alone what they
    /// are.
    fn item(self, resource: &Resource, object: &Value) -> Value {
        let mut item = self.object(object);
        if self == Self::Whole
            && !resource.is_custom()
            && let Some(fields) = item.as_object_mut()
        {
            fields.remove("kind");
            fields.remove("apiVersion");
        }
        item
    }

    fn list_kind(self, target: &Target) -> (String, String) {
        match self {
            Self::Whole => (target.resource.list_kind.clone(), target.api_version()),
            Self::Metadata => ("PartialObjectMetadataList".into(), "meta.k8s.io/v1".into()),
        }
    }
}

fn not_acceptable() -> Refusal {
    let message = "406: Not Acceptable\n\nAvailable representations: application/json, \
                   application/yaml, application/vnd.kubernetes.protobuf";
    let mut refusal = Refusal::new(406, "NotAcceptable", message);
    refusal.details = Some(json!({}));
    refusal
}

/// A version in a parameter; `None` where nothing is said.
pub(crate) fn version_parameter(request: &Request) -> Result<Option<u64>, String> {
    let Some(text) = request.parameter("resourceVersion") else { return Ok(None) };
    text.parse().map(Some).map_err(|_| {
        format!(
            "resourceVersion: Invalid value: \"{text}\": strconv.ParseUint: parsing \"{text}\": \
             invalid syntax"
        )
    })
}

/// Options of a list that do not go together.
pub(crate) fn list_options(cause: &Cause) -> Refusal {
    Refusal::invalid_options("ListOptions", cause)
}

/// Where a page begins.
struct Page {
    revision: u64,
    /// Behind this object.
    after: Option<(String, String)>,
    limit: usize,
}

impl Server {
    pub(crate) fn get(&self, request: &Request, target: &Target) -> Result<Answer, Refusal> {
        let form = Form::of(request)?;
        let version = version_parameter(request).map_err(Refusal::bad_request)?;
        if let Some(asked) = version.filter(|asked| *asked > self.store.revision()) {
            return Err(Refusal::too_new(asked, self.store.revision()));
        }
        let found = self.store.get(&target.key());
        let found = found.ok_or_else(|| Refusal::not_found(&target.resource, &target.name))?;
        Ok(Answer::json(200, form.object(&target.seen(found))))
    }

    pub(crate) fn list(&self, request: &Request, target: &Target) -> Result<Answer, Refusal> {
        let form = Form::of(request)?;
        let selector = selector(request, target)?;
        let page = self.page_of(request)?;
        let all: BTreeMap<Key, Arc<Value>> = if page.revision == self.store.revision() {
            let all = self.store.of(&target.resource.group, &target.resource.plural);
            all.map(|(key, object)| (key.clone(), object.clone())).collect()
        } else {
            self.store.at(page.revision, &target.resource.group, &target.resource.plural)
        };
        let within = |key: &Key| target.namespace.is_empty() || *key.namespace == *target.namespace;
        let behind = |key: &Key| {
            page.after.as_ref().is_none_or(|(namespace, name)| {
                (&*key.namespace, &*key.name) > (namespace.as_str(), name.as_str())
            })
        };
        let matching: Vec<(&Key, &Arc<Value>)> = all
            .iter()
            .filter(|(key, object)| within(key) && behind(key) && selector.matches(object))
            .collect();
        let (kind, api_version) = form.list_kind(target);
        let mut metadata = json!({"resourceVersion": page.revision.to_string()});
        if target.resource.is_custom() {
            metadata["continue"] = "".into();
        }
        let shown = &matching[..matching.len().min(page.limit)];
        if let (true, Some((last, _))) = (shown.len() < matching.len(), shown.last()) {
            metadata["continue"] = token(page.revision, last).into();
            metadata["remainingItemCount"] = (matching.len() - shown.len()).into();
        }
        let items: Vec<Value> = shown
            .iter()
            .map(|(_, object)| form.item(&target.resource, &target.seen(object)))
            .collect();
        Ok(Answer::json(
            200,
            json!({
                "kind": kind, "apiVersion": api_version, "metadata": metadata, "items": items,
            }),
        ))
    }

    fn page_of(&self, request: &Request) -> Result<Page, Refusal> {
        let current = self.store.revision();
        let limit = match request.parameter("limit") {
            None | Some("0") => usize::MAX,
            Some(text) => text.parse().map_err(|_| {
                Refusal::bad_request(format!(
                    "strconv.ParseInt: parsing \"{text}\": invalid syntax"
                ))
            })?,
        };
        let matching = request.parameter("resourceVersionMatch");
        if let Some(token) = request.parameter("continue") {
            let (revision, namespace, name) = read_token(token).ok_or_else(|| {
                Refusal::bad_request("invalid continue token: continue key is not valid")
            })?;
            if revision < self.store.compacted() {
                return Err(Refusal::expired(
                    "The provided continue parameter is too old to display a consistent list \
                     result. You must start a new list without the continue parameter.",
                ));
            }
            return Ok(Page { revision, after: Some((namespace, name)), limit });
        }
        let version = version_parameter(request).map_err(|message| {
            Refusal::bad_request(format!("invalid resource version: {message}"))
        })?;
        let forbidden = |why| list_options(&Cause::forbidden("resourceVersionMatch", why));
        let revision = match (matching, version) {
            (Some(_), None) => {
                let why = "resourceVersionMatch is forbidden unless resourceVersion is provided";
                return Err(forbidden(why));
            }
            (Some("Exact"), Some(0)) => {
                let why = "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"";
                return Err(forbidden(why));
            }
            (Some("Exact"), Some(version)) => version,
            // A list with a limit that names a version is of exactly that version.
            (None, Some(version)) if limit != usize::MAX && version > 0 => version,
            (None | Some("NotOlderThan"), asked) => {
                if asked.is_some_and(|asked| asked > current) {
                    return Err(Refusal::too_new(asked.unwrap_or_default(), current));
                }
                current
            }
            (Some(other), _) => {
                let supported = ["Exact", "NotOlderThan", ""];
                let value = format!("{other:?}");
                let cause = Cause::unsupported("resourceVersionMatch", &value, &supported);
                return Err(list_options(&cause));
            }
        };
        if revision > current {
            return Err(Refusal::too_new(revision, current));
        }
        if revision < self.store.compacted() {
            return Err(Refusal::expired("The resourceVersion for the provided list is too old."));
        }
        Ok(Page { revision, after: None, limit })
    }
}

/// What a list or a watch selects.
pub(crate) fn selector(request: &Request, target: &Target) -> Result<Selector, Refusal> {
    if request.parameter("shardSelector").is_some() {
        return Err(Refusal::not_served("the parameter shardSelector"));
    }
    let labels = request.parameter("labelSelector");
    Selector::new(&target.resource, labels, request.parameter("fieldSelector"))
}

/// What asks for the page behind an object. Its letters are those of URLs.
fn token(revision: u64, last: &Key) -> String {
    use std::fmt::Write as _;
    let text = format!("{revision}/{}/{}", last.namespace, last.name);
    text.bytes().fold(String::new(), |mut token, byte| {
        // Writing into a text cannot fail.
        let _ = write!(token, "{byte:02x}");
        token
    })
}

fn read_token(token: &str) -> Option<(u64, String, String)> {
    let digits = token
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
    let text = String::from_utf8(digits.collect::<Option<Vec<u8>>>()?).ok()?;
    let mut parts = text.splitn(3, '/');
    Some((parts.next()?.parse().ok()?, parts.next()?.to_owned(), parts.next()?.to_owned()))
}
